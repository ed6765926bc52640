"""The JSON of events: the fields from `name` on, and those that stand before them.

Workers encode messages and files, the room joins and leaves; the core puts `type`, `seq`, `at`
and `member` before that when the event has its place.
"""

from collections.abc import Collection, Mapping

from msgspec import UNSET, Struct, UnsetType

from server.room.interface import Act
from shared.codec import encode
from shared.messages import Deletion, File, Said, Shared


class _Said(Struct):
    name: str
    text: str
    id: str | UnsetType = UNSET
    reply_to: int | UnsetType = UNSET


class _Shared(Struct):
    name: str
    file: File
    id: str | UnsetType = UNSET


class _Erased(Struct):
    name: str
    text: str | UnsetType
    id: str | UnsetType
    deleted: Deletion


class _Joined(Struct):
    name: str


def said(name: str, text: str, id: str | UnsetType, reply_to: int | UnsetType = UNSET) -> bytes:
    """Return the JSON of a `said` event from `name` on."""
    return encode(_Said(name, text, id, reply_to))[1:]


def shared(name: str, file: File, id: str | UnsetType) -> bytes:
    """Return the JSON of a `shared` event from `name` on."""
    return encode(_Shared(name, file, id))[1:]


def joined(name: str) -> bytes:
    """Return the JSON of a `joined` event from `name` on."""
    return encode(_Joined(name))[1:]


def left(name: str, reason: str, by: str = "", text: str = "", of: Act | None = None) -> bytes:
    """Return the JSON of a `left` event from `name` on; `by` and `text` where it is an act."""
    return act(name, {"reason": reason, "by": by, "text": text}, of)


def act(
    name: str, fields: Mapping[str, object], of: Act | None, keep: Collection[str] = ()
) -> bytes:
    """Return the JSON of an act from `name` on.

    Args:
        name: of who did it.
        fields: those of the event; one that is empty is left out, unless it is in `keep`.
        of: the act that the event answers.
    """
    there = {key: value for key, value in fields.items() if value != "" or key in keep}
    id = {"id": of.key} if of is not None else {}
    return encode({"name": name, **there, **id})[1:]


def event(kind: bytes, seq: int, at: bytes, member: int, tail: bytes) -> bytes:
    """Return the JSON of an event; `tail` is its JSON from `name` on.

    Events of the host and of the room itself have no member (0).
    """
    if not member:
        return b'{"type":"%b","seq":%d,"at":"%b",%b' % (kind, seq, at, tail)
    return b'{"type":"%b","seq":%d,"at":"%b","member":%d,%b' % (kind, seq, at, member, tail)


def erased(sent: Said | Shared, by: str, at: str) -> bytes:
    """Return the JSON of a message or a file that `by` deleted at this time."""
    is_said = isinstance(sent, Said)
    tail = _Erased(sent.name, "" if is_said else UNSET, sent.id, Deletion(by, at))
    kind = b"said" if is_said else b"shared"
    member = 0 if sent.member is UNSET else sent.member
    return event(kind, sent.seq, sent.at.encode(), member, encode(tail)[1:])


def with_member(body: bytes, member: int) -> bytes:
    """Return the JSON of an event with its member, which older journals do not have in it."""
    head, name, tail = body.partition(b'"name":')
    if not member or not name or b'"member":' in head:
        return body
    return head + b'"member":%d,' % member + name + tail
