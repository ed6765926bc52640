"""Requests and events of protocol version 1 (docs/protocol.md), and their JSON.

One frozen struct for each type; unknown fields are ignored, as the protocol asks. Decoding
checks shapes only: whether a name or a text is allowed is for `names` and `texts`, whether
a member may do it is for the server's session. Knows no socket and no clock.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from shared.limits import DEFAULT_FOUND, DEFAULT_HISTORY, ID_CHARACTERS, PROTOCOL_VERSION

Id = Annotated[str, Meta(min_length=1, max_length=ID_CHARACTERS)]
_MOST = 2**63 - 1  # what SQLite and MessagePack hold
Count = Annotated[int, Meta(ge=0, le=_MOST)]
AtLeastOne = Annotated[int, Meta(ge=1, le=_MOST)]
Moment = Annotated[datetime, Meta(tz=True)]


class _Message(Struct, frozen=True, tag_field="type"):
    """Common ground of all messages; fields that are UNSET do not appear in the JSON."""


# --- from the client ---------------------------------------------------------------------


class Join(_Message, frozen=True, omit_defaults=True, tag="join"):
    """Become a member, or resume a membership by `token`.

    `after` is the last `seq` held, of the journal called `journal`.
    """

    name: str
    password: str | None = None
    token: str | None = None
    after: Count | None = None
    history: Count = DEFAULT_HISTORY
    journal: str | None = None


class Say(_Message, frozen=True, tag="say"):
    """Say `text`; with an `id` it is safe to send again."""

    text: str
    id: Id | UnsetType = UNSET


class AskHistory(_Message, frozen=True, tag="history"):
    """At most `limit` events, newest last, from the place that one of the others names.

    Those before the `seq` `before`; those after the `seq` `after`; half of them before the
    `seq` `around`, the rest from it on; or those from the time `at` on (RFC 3339).
    """

    id: Id
    before: AtLeastOne | UnsetType = UNSET
    limit: AtLeastOne = DEFAULT_HISTORY
    after: Count | UnsetType = UNSET
    around: AtLeastOne | UnsetType = UNSET
    at: Moment | UnsetType = UNSET


class AskSearch(_Message, frozen=True, tag="search"):
    """The newest `limit` events that have each word of `text`, of those before `before`."""

    id: Id
    text: str
    before: AtLeastOne | UnsetType = UNSET
    limit: AtLeastOne = DEFAULT_FOUND


class AskReport(_Message, frozen=True, tag="report"):
    """The active-user report."""

    id: Id


class Leave(_Message, frozen=True, tag="leave"):
    """Leave for good: the name is free at once."""


type Request = Join | Say | AskHistory | AskSearch | AskReport | Leave


# --- from the server: events, kept in the journal under a `seq` --------------------------


class _Event(_Message, frozen=True, kw_only=True):
    """What everybody sees, in the order of `seq`. `at` is RFC 3339, UTC, milliseconds."""

    seq: int
    at: str
    name: str


class Said(_Event, frozen=True, kw_only=True, tag="said"):
    """Somebody said `text`; to the speaker it is the receipt."""

    text: str
    id: str | UnsetType = UNSET


class File(Struct, frozen=True):
    """A shared file. `size` in bytes, `sha256` in hexadecimal, `url` relative to the server."""

    id: str
    name: str
    size: int
    sha256: str
    lines: int
    preview: str
    url: str


class Shared(_Event, frozen=True, kw_only=True, tag="shared"):
    """Somebody shared `file`."""

    file: File
    id: str | UnsetType = UNSET


class Joined(_Event, frozen=True, kw_only=True, tag="joined"):
    """`name` is a member from now on."""


type LeftReason = Literal["quit", "lost", "kicked", "banned"]


class Left(_Event, frozen=True, kw_only=True, tag="left"):
    """`name` is no longer a member; the name is free."""

    reason: LeftReason


type Event = Said | Shared | Joined | Left


# --- from the server: the rest, not kept -------------------------------------------------

type PresenceState = Literal["active", "away"]
type RefusedCode = Literal[
    "name_taken",
    "room_full",
    "bad_name",
    "bad_password",
    "bad_token",
    "banned",
    "too_many",
    "bad_request",
    "shutting_down",
]
type ErrorCode = Literal[
    "bad_request", "unknown_type", "too_long", "empty", "rate_limited", "not_joined", "storage"
]


class MemberInfo(Struct, frozen=True):
    """A member as `welcome` lists it; `since` as `at` of events."""

    name: str
    since: str
    state: PresenceState = "active"


class Limits(Struct, frozen=True):
    """`text` in characters, `file` in bytes."""

    text: int
    file: int


class Welcome(_Message, frozen=True, kw_only=True, tag="welcome"):
    """First answer to `join`. `reset`: forget what you hold, it does not connect to `seq`."""

    you: str
    token: str
    seq: int
    reset: bool
    max_users: int
    limits: Limits
    members: list[MemberInfo]
    room: str
    journal: str = ""
    version: int = PROTOCOL_VERSION


class Refused(_Message, frozen=True, tag="refused"):
    """`join` failed; the connection is closed after it."""

    code: RefusedCode
    reason: str


class Presence(_Message, frozen=True, tag="presence"):
    """A connection dropped, or came back within the grace period."""

    name: str
    state: PresenceState


class Accepted(_Message, frozen=True, tag="accepted"):
    """A `say` whose `id` was said before, as `seq`: nothing new is said."""

    id: str
    seq: int


class History(_Message, frozen=True, tag="history"):
    """Answer to `history`, oldest first. `more`: there is still older to ask for."""

    id: str
    events: list[Event]
    more: bool


class Found(_Message, frozen=True, tag="found"):
    """Answer to `search`, newest first. `more`: ask again with this `before` for the rest.

    A search looks at so many events at once, so there may be more though few were found.
    """

    id: str
    events: list[Event]
    more: bool
    before: int


class ReportLine(Struct, frozen=True):
    """One line of the report. `idle` in seconds; `sent` and `received` in messages."""

    name: str
    address: str
    port: int
    door: str
    tls: bool
    worker: int
    since: str
    idle: float
    state: PresenceState
    sent: int
    received: int


class Report(_Message, frozen=True, tag="report"):
    """Answer to `report`: how many of how many, and from where."""

    id: str
    active: int
    max_users: int
    started: str
    members: list[ReportLine]


class Error(_Message, frozen=True, tag="error"):
    """A request failed; the connection stays."""

    code: ErrorCode
    reason: str
    id: str | UnsetType = UNSET


type Reply = Welcome | Refused | Presence | Accepted | History | Found | Report | Error


# --- JSON --------------------------------------------------------------------------------


class BadMessage(ValueError):
    """A request that cannot be served. `code` and `id` are those of the `error` to answer.

    `request` is the `type` it claims to have, as far as there is one.
    """

    def __init__(
        self, code: ErrorCode, reason: str, id: str | UnsetType = UNSET, request: str = ""
    ) -> None:
        super().__init__(reason)
        self.request = request
        self.code: ErrorCode = code
        self.reason = reason
        self.id = id

    def error(self) -> Error:
        """The event that tells the client."""
        return Error(self.code, self.reason, self.id)


_REQUEST_TYPES = ("join", "say", "history", "search", "report", "leave")

_encoder = msgspec.json.Encoder()
_requests: msgspec.json.Decoder[Request] = msgspec.json.Decoder(
    Join | Say | AskHistory | AskSearch | AskReport | Leave
)
_events: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Said | Shared | Joined | Left)
_from_server: msgspec.json.Decoder[Event | Reply] = msgspec.json.Decoder(
    Said
    | Shared
    | Joined
    | Left
    | Welcome
    | Refused
    | Presence
    | Accepted
    | History
    | Found
    | Report
    | Error
)
_anything = msgspec.json.Decoder()

encode = _encoder.encode


def decode_request(data: bytes) -> Request:
    """The request in one text frame. Raises `BadMessage` if there is none."""
    try:
        return _requests.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise _explain(data, str(problem)) from None


def decode_event(data: bytes) -> Event:
    """An event as the journal keeps it. Raises `msgspec.DecodeError`."""
    return _events.decode(data)


def decode_from_server(data: bytes | str) -> Event | Reply:
    """Any frame of the server. Raises `msgspec.DecodeError` on what version 1 does not know."""
    try:
        return _from_server.decode(data)
    except RecursionError as problem:
        raise msgspec.DecodeError(str(problem)) from None


def encode_history(id: str, events: Iterable[bytes], more: bool) -> bytes:
    """The `History` of events that are encoded already; the same JSON as `encode` gives."""
    tail = b'],"more":true}' if more else b'],"more":false}'
    return b'{"type":"history","id":' + encode(id) + b',"events":[' + b",".join(events) + tail


def encode_found(id: str, events: Iterable[bytes], more: bool, before: int) -> bytes:
    """The `Found` of events that are encoded already."""
    tail = b'],"more":%b,"before":%d}' % (b"true" if more else b"false", before)
    return b'{"type":"found","id":' + encode(id) + b',"events":[' + b",".join(events) + tail


def _explain(data: bytes, problem: str) -> BadMessage:
    """Why `data` is no request, looked at again without the shapes."""
    try:
        message = _anything.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return BadMessage("bad_request", f"That is not JSON: {problem}.")
    if not isinstance(message, dict):
        return BadMessage("bad_request", "A message is one JSON object.")
    id = message.get("id")
    id = id if isinstance(id, str) and 1 <= len(id) <= ID_CHARACTERS else UNSET
    kind = message.get("type")
    if not isinstance(kind, str):
        return BadMessage("bad_request", "A message needs a `type`, a string.", id)
    if kind not in _REQUEST_TYPES:
        return BadMessage("unknown_type", f"There is no request {kind[:40]!r}.", id)
    return BadMessage("bad_request", f"Bad {kind!r}: {problem}.", id, kind)
