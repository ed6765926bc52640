"""Requests and events of protocol version 1 (docs/protocol.md), and their JSON.

One frozen struct for each type; unknown fields are ignored, as the protocol asks. Decoding
checks shapes only: `names` and `texts` decide which names and texts are allowed, the server's
session decides which requests a member may make.

The protocol grows by new types, fields, codes and reasons. Codes, reasons and states are
therefore open strings, and `decode_from_server` turns an event that this version does not know
into an `UnknownEvent`.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from shared import protocol
from shared.limits import CLIENT_CHARACTERS, DEFAULT_FOUND, DEFAULT_HISTORY, ID_CHARACTERS
from shared.problems import Problem, ProblemError, problem, template

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

    `after` is the last `seq` held, of the journal `journal`; `after_at` is that event's `at`.
    `features` are those that the client understands; None from a client that knows of none.
    `client` is the client's own name and version, for the report.
    """

    name: str
    password: str | None = None
    token: str | None = None
    after: Count | None = None
    history: Count = DEFAULT_HISTORY
    journal: str | None = None
    after_at: str | None = None
    features: list[str] | None = None
    client: Annotated[str, Meta(max_length=CLIENT_CHARACTERS)] | None = None


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
    """An entry of the journal: every member gets it, in the order of `seq`.

    `at` is RFC 3339, UTC, milliseconds. `name` and `member` say who did it; the server itself
    has the name `server` and no number. Unlike a name, a number is never used again.
    """

    seq: int
    at: str
    name: str
    member: int | UnsetType = UNSET


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


class Left(_Event, frozen=True, kw_only=True, tag="left"):
    """`name` is no longer a member; the name is free.

    `reason` is `quit`, `lost`, `kicked`, `banned`, or one that this version does not know.
    """

    reason: str


class UnknownEvent(Struct, frozen=True, kw_only=True):
    """An event of a type (or a shape) that this version does not know.

    It counts in the order of `seq`; `at` is empty if it has none. `raw` is its JSON.
    """

    seq: int
    type: str
    at: str = ""
    name: str = ""
    raw: bytes = b""


type Event = Said | Shared | Joined | Left
type AnyEvent = Event | UnknownEvent


# --- from the server: the rest, not kept -------------------------------------------------


class MemberInfo(Struct, frozen=True):
    """A member as `welcome` lists it; `since` as `at` of events.

    `state` is `active` (connected), `away` (the connection is lost), or an unknown one.
    """

    name: str
    since: str
    state: str = "active"
    member: int | UnsetType = UNSET


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
    version: int = protocol.VERSION
    member: int | UnsetType = UNSET
    features: list[str] = []


class Refused(_Message, frozen=True, tag="refused"):
    """`join` failed; the connection is closed after it.

    `reason` is English; `code` and `params` are for a client's own sentence. `retry_after` is
    in seconds. So in `Error`.
    """

    code: str
    reason: str
    params: dict[str, Any] | UnsetType = UNSET
    retry_after: float | UnsetType = UNSET


class Presence(_Message, frozen=True, tag="presence"):
    """A connection dropped, or came back within the grace period."""

    name: str
    state: str
    member: int | UnsetType = UNSET


class Accepted(_Message, frozen=True, tag="accepted"):
    """A `say` whose `id` was said before, as `seq`: nothing new is said."""

    id: str
    seq: int


class History(_Message, frozen=True, tag="history"):
    """Answer to `history`, oldest first. `more`: older events are kept.

    Ask with `before` for older events and with `after` for newer ones; each stands here exactly
    when there is more in that direction.
    """

    id: str
    events: list[AnyEvent]
    more: bool
    before: int | UnsetType = UNSET
    after: int | UnsetType = UNSET


class Found(_Message, frozen=True, tag="found"):
    """Answer to `search`, newest first. `more`: ask again with this `before` for the rest.

    One search looks at a limited number of events, so there may be more though few were found.
    """

    id: str
    events: list[AnyEvent]
    more: bool
    before: int | UnsetType = UNSET


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
    state: str
    sent: int
    received: int
    member: int | UnsetType = UNSET
    client: str | UnsetType = UNSET


class Report(_Message, frozen=True, tag="report"):
    """Answer to `report`: how many of how many, and from where."""

    id: str
    active: int
    max_users: int
    started: str
    members: list[ReportLine]


class Error(_Message, frozen=True, tag="error"):
    """A request failed; the connection stays."""

    code: str
    reason: str
    id: str | UnsetType = UNSET
    params: dict[str, Any] | UnsetType = UNSET
    retry_after: float | UnsetType = UNSET


class _RawHistory(_Message, frozen=True, tag="history"):
    id: str
    events: list[Raw]
    more: bool
    before: int | UnsetType = UNSET
    after: int | UnsetType = UNSET


class _RawFound(_Message, frozen=True, tag="found"):
    id: str
    events: list[Raw]
    more: bool
    before: int | UnsetType = UNSET


type Reply = Welcome | Refused | Presence | Accepted | History | Found | Report | Error


class RoomInfo(Struct, frozen=True, kw_only=True):
    """The answer to `GET /room`: what a client may know before it joins."""

    room: str
    journal: str
    features: list[str]
    password: bool
    active: int
    max_users: int
    version: int = protocol.VERSION


def refused(why: Problem) -> Refused:
    """Return the `refused` that tells of this problem."""
    return Refused(why.code, why.reason, *_optional(why))


def error(why: Problem, id: str | UnsetType = UNSET) -> Error:
    """Return the `error` that tells of this problem; `id` is the request's."""
    return Error(why.code, why.reason, id, *_optional(why))


def _optional(why: Problem) -> tuple[dict[str, Any] | UnsetType, float | UnsetType]:
    after = UNSET if why.retry_after is None else why.retry_after
    return why.params or UNSET, after


def problem_of(answer: Refused | Error) -> Problem:
    """Return the problem that the server's answer tells of.

    Where this version has no sentence for it, `params["reason"]` keeps the server's.
    """
    params = {} if answer.params is UNSET else answer.params
    if template(answer.code, params) is None:
        params = {**params, "reason": answer.reason}
    after = None if answer.retry_after is UNSET else answer.retry_after
    return Problem(answer.code, params, after)


# --- JSON --------------------------------------------------------------------------------


class BadMessage(ProblemError):
    """A request cannot be decoded.

    `id` is the request's and `request` its `type`, as far as they could be read.
    """

    def __init__(self, why: Problem, id: str | UnsetType = UNSET, request: str = "") -> None:
        super().__init__(why)
        self.id = id
        self.request = request


_REQUEST_TYPES = ("join", "say", "history", "search", "report", "leave")
_REPLY_TYPES = (
    "welcome",
    "refused",
    "presence",
    "accepted",
    "history",
    "found",
    "report",
    "error",
)

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
    | _RawHistory
    | _RawFound
    | Report
    | Error
)
_room: msgspec.json.Decoder[RoomInfo] = msgspec.json.Decoder(RoomInfo)
_anything = msgspec.json.Decoder()

encode = _encoder.encode


def decode_request(data: bytes) -> Request:
    """Return the request in one text frame. Raises `BadMessage` if there is none."""
    try:
        return _requests.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as why:
        raise _explain(data, str(why)) from None


def decode_event(data: bytes) -> Event:
    """Return an event of the journal. Raises `msgspec.DecodeError`."""
    return _events.decode(data)


def decode_room(data: bytes) -> RoomInfo:
    """Return the answer to `GET /room`. Raises `msgspec.DecodeError`."""
    return _room.decode(data)


def decode_from_server(data: bytes | str) -> AnyEvent | Reply | None:
    """Return what a frame of the server says; None for a type without `seq` that is unknown.

    Raises:
        msgspec.DecodeError: the frame is no JSON object, or a known type that is no event has a
            shape that this version cannot read.
    """
    try:
        try:
            message = _from_server.decode(data)
        except msgspec.ValidationError:
            return _unknown(data.encode() if isinstance(data, str) else data)
    except RecursionError as why:
        raise msgspec.DecodeError(str(why)) from None
    match message:
        case _RawHistory(id, events, more, before, after):
            return History(id, _any_events(events), more, before, after)
        case _RawFound(id, events, more, before):
            return Found(id, _any_events(events), more, before)
    return message


def _any_events(events: Iterable[Raw]) -> list[AnyEvent]:
    decoded = []
    for raw in events:
        try:
            event: AnyEvent | None = _events.decode(raw)
        except msgspec.ValidationError:
            event = _unknown_event(bytes(raw), _anything.decode(raw))
        if event is not None:
            decoded.append(event)
    return decoded


def _unknown(data: bytes) -> UnknownEvent | None:
    message = _anything.decode(data)
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise msgspec.ValidationError("a frame of the server is an object with a type")
    event = _unknown_event(data, message)
    if event is None and message["type"] in _REPLY_TYPES:
        _from_server.decode(data)  # raises, and says what is wrong with it
    return event


def _unknown_event(data: bytes, message: Any) -> UnknownEvent | None:
    """Return the event if `message` counts in the order: it is an object with a `seq`."""
    if not isinstance(message, dict):
        return None
    seq, at = message.get("seq"), message.get("at")
    if type(seq) is not int or not 1 <= seq <= _MOST or message.get("type") in _REPLY_TYPES:
        return None
    return UnknownEvent(
        seq=seq, type=str(message.get("type")), at=at if isinstance(at, str) else "", raw=data
    )


def encode_page(
    kind: str,
    id: str,
    events: Iterable[bytes],
    *,
    more: bool,
    before: int | None = None,
    after: int | None = None,
) -> bytes:
    """Return the `History` or `Found` (`kind`) of events that are encoded already."""
    tail = b'],"more":true' if more else b'],"more":false'
    if before is not None:
        tail += b',"before":%d' % before
    if after is not None:
        tail += b',"after":%d' % after
    head = b'{"type":"%b","id":%b,"events":[' % (kind.encode(), encode(id))
    return head + b",".join(events) + tail + b"}"


def _explain(data: bytes, why: str) -> BadMessage:
    """Return why `data` is no request: decode it again without the shapes."""
    try:
        message = _anything.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return BadMessage(problem("bad_request", "json", problem=why))
    if not isinstance(message, dict):
        return BadMessage(problem("bad_request", "object"))
    id = message.get("id")
    id = id if isinstance(id, str) and 1 <= len(id) <= ID_CHARACTERS else UNSET
    kind = message.get("type")
    if not isinstance(kind, str):
        return BadMessage(problem("bad_request", "type"), id)
    if kind not in _REQUEST_TYPES:
        return BadMessage(problem("unknown_type", type=kind[:40]), id)
    return BadMessage(problem("bad_request", "fields", type=kind, problem=why), id, kind)
