"""Replies and events as WebSocket frames with JSON (docs/protocol.md, part 1)."""

from collections.abc import Sequence

import msgspec
from msgspec import UNSET, Raw, structs

from server.connections.replies import FoundPage, HistoryPage, Reply, Welcomed
from server.protocols.websocket.frames import frame, frame_of
from server.protocols.websocket.version_1 import (
    as_version_1,
    error_as_version_1,
    refused_as_version_1,
)
from server.room.interface import CloseReason
from shared import limits, protocol
from shared.codec import encode, encode_page
from shared.messages import Error, MemberInfo, OwnMute, Refused, Report, Welcome

CLOSE_CODES: dict[CloseReason, int] = {
    CloseReason.LEFT: protocol.CLOSE_LEFT,
    CloseReason.SHUTTING_DOWN: protocol.CLOSE_SHUTTING_DOWN,
    CloseReason.REPLACED: protocol.CLOSE_REPLACED,
    CloseReason.REFUSED: protocol.CLOSE_REFUSED,
    CloseReason.TOO_SLOW: protocol.CLOSE_TOO_SLOW,
    CloseReason.REMOVED: protocol.CLOSE_REMOVED,
    CloseReason.RATE_LIMITED: protocol.CLOSE_RATE_LIMITED,
}


_EMPTY = b"[]"
_decode_members = msgspec.json.Decoder(list[MemberInfo]).decode


def encode_events(events: Sequence[bytes]) -> list[bytes]:
    """Return events as frames: the fan-out's encoding for clients that named their features."""
    return [frame(event) for event in events]


def encode_events_version_1(events: Sequence[bytes]) -> list[bytes]:
    """Return events as frames for clients of version 1; empty for one they must not get."""
    known = map(as_version_1, events)
    return [frame(event) if event else b"" for event in known]


def reply_frame(reply: Reply, *, version_1: bool, key: str = "") -> bytes:
    """Return a reply as a frame; the arguments are those of `encode_reply`."""
    if isinstance(reply, Welcomed):
        return frame_of(_welcome(reply, key))
    return frame(encode_reply(reply, version_1=version_1, key=key))


def encode_reply(reply: Reply, *, version_1: bool, key: str = "") -> bytes:
    """Return a reply's JSON.

    Args:
        reply: the reply.
        version_1: the client knows version 1 only.
        key: the hash of the server's TLS key; empty without TLS.
    """
    match reply:
        case Welcomed():
            return b"".join(_welcome(reply, key))
        case HistoryPage(id, events, before, after):
            more = before is not None
            return encode_page(
                "history", id, _events(events, version_1), more=more, before=before, after=after
            )
        case FoundPage(id, events, more, before):
            # A client of version 1 takes no `found` without `before`.
            position = before if more or version_1 else None
            return encode_page(
                "found", id, _events(events, version_1), more=more, before=position
            )
        case Report():
            return _report(reply)
        case Refused() if version_1:
            return encode(refused_as_version_1(reply))
        case Error() if version_1:
            return encode(error_as_version_1(reply))
    return encode(reply)


def _events(events: list[bytes], version_1: bool) -> list[bytes]:
    return [known for one in events if (known := as_version_1(one))] if version_1 else events


def _welcome(reply: Welcomed, key: str) -> list[bytes | memoryview]:
    """Return the JSON in pieces; where it would not fit into a frame, without notes.

    That of the members is in the memory of all who join now.
    """
    accepted = reply.accepted
    encoded = encode(
        Welcome(
            you=accepted.name,
            token=accepted.token,
            seq=accepted.seq,
            reset=accepted.reset,
            max_users=accepted.max_users,
            limits=reply.limits,
            members=Raw(_EMPTY),  # type: ignore[arg-type] # put in below, as the pins
            room=reply.room,
            journal=accepted.journal,
            member=accepted.member,
            features=protocol.features(key, hosts=bool(accepted.hosts)),
            key=key or UNSET,
            role=accepted.role,
            topic=accepted.topic,
            locked=accepted.locked,
            slow=accepted.slow,
            muted=OwnMute(accepted.muted) if accepted.muted else UNSET,
            pins=Raw(_EMPTY),  # type: ignore[arg-type]
            hosts=list(accepted.hosts) or UNSET,
        )
    )
    # In a string the quotes would be escaped, so these are the fields.
    head, members, rest = encoded.partition(b'"members":' + _EMPTY)
    middle, pins, tail = rest.partition(b'"pins":' + _EMPTY)
    head += members[: -len(_EMPTY)]
    middle = b"]" + middle + pins[: -len(_EMPTY)]
    size = sum(map(len, (head, accepted.members, middle, accepted.pins, tail)))
    listed = accepted.members
    if size > limits.SERVER_FRAME_BYTES:
        listed = _without_notes(listed)
    return [head, listed, middle, accepted.pins, tail]


def _without_notes(members: memoryview) -> memoryview:
    infos = _decode_members(bytes(members) + b"]")
    return memoryview(encode([structs.replace(one, note=UNSET) for one in infos])[:-1])


def _report(report: Report) -> bytes:
    """Return the report's JSON; where it would not fit into a frame, without `client`."""
    encoded = encode(report)
    if len(encoded) <= limits.SERVER_FRAME_BYTES:
        return encoded
    members = [structs.replace(line, client=UNSET) for line in report.members]
    return encode(structs.replace(report, members=members))
