"""The requests, events and replies of protocol version 1 (docs/protocol.md), a struct each.

The protocol grows by new types, fields, codes and reasons. Codes, reasons and states are
therefore open strings, and an event that this version does not know is an `UnknownEvent`.
`codec` has their JSON.
"""

from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType, field

from shared import protocol
from shared.conversation import (
    ConversationEvent,
    ConversationRequest,
    IsTyping,
    Quote,
    Reactor,
    Typing,
)
from shared.limits import (
    CLIENT_CHARACTERS,
    DEFAULT_FOUND,
    DEFAULT_HISTORY,
    DEVICE_CHARACTERS,
    OWNER_KEY_CHARACTERS,
)
from shared.moderation import ActEvent, ActRequest, AskBans, Bans
from shared.problems import Problem, template
from shared.wire import AtLeastOne, Count, Id, Moment, WireEvent, WireMessage

# --- from the client ---------------------------------------------------------------------


class Join(WireMessage, frozen=True, omit_defaults=True, tag="join"):
    """Become a member, or resume a membership by `token`.

    `after` is the last `seq` held, of the journal `journal`; `after_at` is that event's `at`.
    `features` are those that the client understands; None from a client that knows of none.
    `client` is the client's own name and version, for the report. `device` is a number that the
    client made once and keeps: 128 random bits in base64url. `owner_key` makes the owner of it.
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
    device: Annotated[str, Meta(max_length=DEVICE_CHARACTERS)] | None = None
    owner_key: Annotated[str, Meta(max_length=OWNER_KEY_CHARACTERS)] | None = None


class Say(WireMessage, frozen=True, tag="say"):
    """Say `text`; with an `id` it is safe to send again.

    `reply_to` is the `seq` of the message or file that it answers.
    """

    text: str
    id: Id | UnsetType = UNSET
    reply_to: AtLeastOne | UnsetType = UNSET


class AskHistory(WireMessage, frozen=True, tag="history"):
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


class AskSearch(WireMessage, frozen=True, tag="search"):
    """The newest `limit` events that have each word of `text`, of those before `before`."""

    id: Id
    text: str
    before: AtLeastOne | UnsetType = UNSET
    limit: AtLeastOne = DEFAULT_FOUND


class AskReport(WireMessage, frozen=True, tag="report"):
    """The active-user report."""

    id: Id


class Leave(WireMessage, frozen=True, tag="leave"):
    """Leave for good: the name is free at once."""


type Request = (
    Join | Say | AskHistory | AskSearch | AskReport | Leave | AskBans | ActRequest
    | ConversationRequest | Typing
)  # fmt: skip


# --- from the server: events, kept in the journal under a `seq` --------------------------


class Deletion(Struct, frozen=True):
    """Who deleted a message or a file (a name), and when."""

    by: str
    at: str


type Reactions = dict[str, list[Reactor]]
"""Who reacted, by emoji."""


class Said(WireEvent, frozen=True, kw_only=True, tag="said"):
    """Somebody said `text`; to the speaker it is the receipt.

    It is sent as it stands now: `edited` is the time of the last edit; deleted, it has no text.
    `reply_to` is the `seq` of what it answers, and `quote` is of that, if it is still kept.
    """

    text: str
    id: str | UnsetType = UNSET
    deleted: Deletion | UnsetType = UNSET
    reply_to: int | UnsetType = UNSET
    quote: Quote | UnsetType = UNSET
    edited: str | UnsetType = UNSET
    reactions: Reactions | UnsetType = UNSET
    pinned: bool | UnsetType = UNSET


class File(Struct, frozen=True):
    """A shared file. `size` in bytes, `sha256` in hexadecimal, `url` relative to the server.

    `type` is its media type, by content. A picture has `width` and `height` in pixels, and
    `thumb`, where a small copy of it is (WebP; relative to the server).
    """

    id: str
    name: str
    size: int
    sha256: str
    lines: int
    preview: str
    url: str
    type: str | UnsetType = UNSET
    width: int | UnsetType = UNSET
    height: int | UnsetType = UNSET
    thumb: str | UnsetType = UNSET


class Shared(WireEvent, frozen=True, kw_only=True, tag="shared"):
    """Somebody shared `file`. Deleted, it has no `file`. The rest is as in `Said`."""

    file: File | UnsetType = UNSET
    id: str | UnsetType = UNSET
    deleted: Deletion | UnsetType = UNSET
    edited: str | UnsetType = UNSET
    reactions: Reactions | UnsetType = UNSET
    pinned: bool | UnsetType = UNSET


class Joined(WireEvent, frozen=True, kw_only=True, tag="joined"):
    """`name` is a member from now on."""


class Left(WireEvent, frozen=True, kw_only=True, tag="left"):
    """`name` is no longer a member; the name is free.

    `reason` is `quit`, `lost`, `kicked`, `banned`, or one that this version does not know. Of
    the last two, `by` is the name of who did it, `text` why, and `id` that of the request.
    """

    reason: str
    by: str | UnsetType = UNSET
    text: str | UnsetType = UNSET
    id: str | UnsetType = UNSET


class UnknownEvent(Struct, frozen=True, kw_only=True):
    """An event of a type (or a shape) that this version does not know.

    It counts in the order of `seq`; `at` is empty if it has none. `raw` is its JSON.
    """

    seq: int
    type: str
    at: str = ""
    name: str = ""
    raw: bytes = b""


type Event = Said | Shared | Joined | Left | ActEvent | ConversationEvent
type AnyEvent = Event | UnknownEvent


# --- from the server: the rest, not kept -------------------------------------------------


class MemberInfo(Struct, frozen=True):
    """A member as `welcome` lists it; `since` as `at` of events.

    `state` is `active` (connected), `away` (the connection is lost), or an unknown one. `role`
    is `owner`, `moderator`, `member`, or an unknown one; `muted` is until when, if so.
    `note` is what the member says of itself ("at lunch").
    """

    name: str
    since: str
    state: str = "active"
    member: int | UnsetType = UNSET
    role: str = "member"
    muted: str | UnsetType = UNSET
    note: str | UnsetType = UNSET


class Limits(Struct, frozen=True):
    """`text` in characters, `file` in bytes.

    `files` are those that the room takes: `text`, `pictures` (and text), `any`, or an unknown
    word. `edit` is for how many seconds one can edit an own message.
    """

    text: int
    file: int
    files: str = "text"
    edit: float = 0.0


class OwnMute(Struct, frozen=True):
    """The member cannot send before `until`."""

    until: str


class Welcome(WireMessage, frozen=True, kw_only=True, tag="welcome"):
    """First answer to `join`. `reset`: forget what you hold, it does not connect to `seq`.

    `key` is the SHA-256 of the room's TLS key in base64url. `topic`, `locked`, `slow` (seconds
    between two messages of one member) and `muted` hold as of `seq`. `pins` are pinned events,
    the newest ones, those pinned last at the end. `hosts` are the URLs of all hosts of the
    room, that of this server first (`https://a:18000`); a room on one host has none.
    """

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
    features: list[str] = field(default_factory=list)
    key: str | UnsetType = UNSET
    role: str = "member"
    topic: str = ""
    locked: bool = False
    slow: int = 0
    muted: OwnMute | UnsetType = UNSET
    pins: list[Said | Shared] = field(default_factory=list)
    hosts: list[str] | UnsetType = UNSET


class Refused(WireMessage, frozen=True, tag="refused"):
    """`join` failed; the connection is closed after it.

    `reason` is English; `code` and `params` are for a client's own sentence. `retry_after` is
    in seconds. So in `Error`.
    """

    code: str
    reason: str
    params: dict[str, Any] | UnsetType = UNSET
    retry_after: float | UnsetType = UNSET


class Presence(WireMessage, frozen=True, tag="presence"):
    """A connection dropped, or came back within the grace period, or a member's note changed.

    `note` is the member's, if it has one. `id` is that of the request for the note.
    """

    name: str
    state: str
    member: int | UnsetType = UNSET
    note: str | UnsetType = UNSET
    id: str | UnsetType = UNSET


class HasMajority(WireMessage, frozen=True, tag="majority"):
    """Whether enough hosts of the room reach each other: without, nothing can be sent.

    A client is told when that changes.
    """

    on: bool


class HostList(WireMessage, frozen=True, tag="hosts"):
    """The URLs of all hosts of the room, as in `Welcome`: sent when they change."""

    hosts: list[str]


class Accepted(WireMessage, frozen=True, tag="accepted"):
    """A `say` whose `id` was said before, as `seq`: nothing new is said."""

    id: str
    seq: int


class History(WireMessage, frozen=True, tag="history"):
    """Answer to `history`, oldest first. `more`: older events are kept.

    Ask with `before` for older events and with `after` for newer ones; each stands here exactly
    when there is more in that direction.
    """

    id: str
    events: list[AnyEvent]
    more: bool
    before: int | UnsetType = UNSET
    after: int | UnsetType = UNSET


class Found(WireMessage, frozen=True, tag="found"):
    """Answer to `search`, newest first. `more`: ask again with this `before` for the rest.

    One search looks at a limited number of events, so there may be more though few were found.
    """

    id: str
    events: list[AnyEvent]
    more: bool
    before: int | UnsetType = UNSET


class ReportLine(Struct, frozen=True):
    """One line of the report. `idle` in seconds; `sent` and `received` in messages.

    `host` has or had the connection, in a room on several hosts.
    """

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
    role: str = "member"
    host: str | UnsetType = UNSET


class Report(WireMessage, frozen=True, tag="report"):
    """Answer to `report`: how many of how many, and from where."""

    id: str
    active: int
    max_users: int
    started: str
    members: list[ReportLine]


class Error(WireMessage, frozen=True, tag="error"):
    """A request failed; the connection stays."""

    code: str
    reason: str
    id: str | UnsetType = UNSET
    params: dict[str, Any] | UnsetType = UNSET
    retry_after: float | UnsetType = UNSET


type Reply = (
    Welcome | Refused | Presence | Accepted | History | Found | Report | Error | Bans | IsTyping
    | HasMajority | HostList
)  # fmt: skip


class RoomInfo(Struct, frozen=True, kw_only=True):
    """The answer to `GET /room`: what a client may know before it joins.

    `key` as in `Welcome`. `majority` is False where the room has several hosts, of which too
    few reached each other just now.
    """

    room: str
    journal: str
    features: list[str]
    password: bool
    active: int
    max_users: int
    version: int = protocol.VERSION
    key: str | UnsetType = UNSET
    majority: bool | UnsetType = UNSET


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
