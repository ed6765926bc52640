"""The JSON of protocol version 1 (docs/protocol.md): frames to messages, messages to frames.

Unknown fields are ignored, as the protocol asks. Decoding checks shapes only: `names` and
`texts` decide which names and texts are allowed, the server's session which requests a member
may make.
"""

import contextlib
from collections.abc import Iterable
from typing import Any, get_args

import msgspec
from msgspec import UNSET, Raw, UnsetType, field

from shared.conversation import (
    Edit,
    Edited,
    IsTyping,
    Pin,
    Pinned,
    React,
    Reacted,
    Rename,
    Renamed,
    SetNote,
    Typing,
)
from shared.limits import ID_CHARACTERS
from shared.messages import (
    Accepted,
    AnyEvent,
    AskHistory,
    AskReport,
    AskSearch,
    Error,
    Event,
    Found,
    HasMajority,
    History,
    HostList,
    Join,
    Joined,
    Leave,
    Left,
    Presence,
    Refused,
    Reply,
    Report,
    Request,
    RoomInfo,
    Said,
    Say,
    Shared,
    UnknownEvent,
    Welcome,
)
from shared.moderation import (
    AskBans,
    Ban,
    Banned,
    Bans,
    Claim,
    Delete,
    Deleted,
    Kick,
    Lock,
    Locked,
    Mute,
    Muted,
    RoleSet,
    SetRole,
    SetTopic,
    Slow,
    Slowed,
    TopicSet,
    Unban,
    Unbanned,
)
from shared.problems import Problem, ProblemError, problem
from shared.wire import MAX_INTEGER, WireMessage


class _RawHistory(WireMessage, frozen=True, tag="history"):
    id: str
    events: list[Raw]
    more: bool
    before: int | UnsetType = UNSET
    after: int | UnsetType = UNSET


class _RawFound(WireMessage, frozen=True, tag="found"):
    id: str
    events: list[Raw]
    more: bool
    before: int | UnsetType = UNSET


class _RawWelcome(Welcome, frozen=True, kw_only=True, tag="welcome"):
    # Kinds of events that are pinned in later versions must not keep a client out.
    pins: list[Raw] = field(default_factory=list)  # type: ignore[assignment]


class BadMessage(ProblemError):
    """A request cannot be decoded.

    `id` is the request's and `request` its `type`, as far as they could be read.
    """

    def __init__(self, why: Problem, id: str | UnsetType = UNSET, request: str = "") -> None:
        super().__init__(why)
        self.id = id
        self.request = request


_REQUESTS = (
    Join | Say | AskHistory | AskSearch | AskReport | Leave | AskBans
    | Claim | SetRole | Kick | Ban | Unban | Mute | Slow | Lock | SetTopic | Delete
    | Edit | React | Pin | Rename | SetNote | Typing
)  # fmt: skip
_EVENTS = (
    Said | Shared | Joined | Left
    | RoleSet | Banned | Unbanned | Muted | Slowed | Locked | TopicSet | Deleted
    | Edited | Reacted | Pinned | Renamed
)  # fmt: skip
_REPLIES = (
    _RawWelcome
    | Refused
    | Presence
    | Accepted
    | _RawHistory
    | _RawFound
    | Report
    | Error
    | Bans
    | IsTyping
    | HasMajority
    | HostList
)
_REQUEST_TYPES = {one.__struct_config__.tag for one in get_args(_REQUESTS)}
_REPLY_TYPES = {one.__struct_config__.tag for one in get_args(_REPLIES)}

_encoder = msgspec.json.Encoder()
_requests: msgspec.json.Decoder[Request] = msgspec.json.Decoder(_REQUESTS)
_events: msgspec.json.Decoder[Event] = msgspec.json.Decoder(_EVENTS)
_from_server: msgspec.json.Decoder[Event | Reply] = msgspec.json.Decoder(_EVENTS | _REPLIES)
_room: msgspec.json.Decoder[RoomInfo] = msgspec.json.Decoder(RoomInfo)
_http_error: msgspec.json.Decoder[Error] = msgspec.json.Decoder(Error)
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
    return _decode(_room, data)


def decode_http_error(data: bytes) -> Error:
    """Return the body of an HTTP answer with an error. Raises `msgspec.DecodeError`."""
    return _decode(_http_error, data)


def _decode[T](decoder: msgspec.json.Decoder[T], data: bytes) -> T:
    try:
        return decoder.decode(data)
    except (RecursionError, UnicodeDecodeError) as why:  # UnicodeDecodeError: inside a string
        raise msgspec.DecodeError(str(why)) from None


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
        match message:
            case _RawWelcome(pins=pins):
                return _welcome(message, pins)
            case _RawHistory(id, events, more, before, after):
                return History(id, _any_events(events), more, before, after)
            case _RawFound(id, events, more, before):
                return Found(id, _any_events(events), more, before)
    except (RecursionError, UnicodeDecodeError) as why:
        raise msgspec.DecodeError(str(why)) from None
    return message


def _welcome(raw: _RawWelcome, pins: Iterable[Raw]) -> Welcome:
    """Return it with those pins that this version can read."""
    known = []
    for pin in pins:
        with contextlib.suppress(msgspec.ValidationError):
            event = _events.decode(pin)
            if isinstance(event, Said | Shared):
                known.append(event)
    fields = {name: getattr(raw, name) for name in Welcome.__struct_fields__}
    return Welcome(**(fields | {"pins": known}))


def _any_events(events: Iterable[Raw]) -> list[AnyEvent]:
    decoded = []
    for raw in events:
        try:
            event: AnyEvent | None = _events.decode(raw)
        except msgspec.ValidationError:
            event = _unknown(bytes(raw))
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
    if (
        type(seq) is not int
        or not 1 <= seq <= MAX_INTEGER
        or message.get("type") in _REPLY_TYPES
    ):
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
