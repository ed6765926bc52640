"""The JSON of events: the fields from `name` on, and those that stand before them.

Workers encode messages and files, the room joins and leaves; the core puts `type`, `seq`, `at`
and `member` before that when the event has its place.
"""

from collections.abc import Collection, Mapping

from msgspec import UNSET, Struct, UnsetType

from server.room.interface import Act
from shared.codec import encode
from shared.conversation import Edited
from shared.messages import Deletion, File, Reactions, Said, Shared


class _Said(Struct):
    name: str
    text: str
    id: str | UnsetType = UNSET
    reply_to: int | UnsetType = UNSET


class _Shared(Struct):
    name: str
    file: File
    id: str | UnsetType = UNSET


class _Standing(Struct):
    name: str
    text: str | UnsetType = UNSET
    file: File | UnsetType = UNSET
    id: str | UnsetType = UNSET
    deleted: Deletion | UnsetType = UNSET
    reply_to: int | UnsetType = UNSET
    edited: str | UnsetType = UNSET
    reactions: Reactions | UnsetType = UNSET
    pinned: bool | UnsetType = UNSET


class _Emptied(Struct):
    name: str
    target: int
    text: str
    id: str | UnsetType


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


def standing(sent: Said | Shared) -> bytes:
    """Return the JSON of a message or a file as it stands, without the quote of a reply."""
    is_said = isinstance(sent, Said)
    tail = _Standing(
        name=sent.name,
        text=sent.text if isinstance(sent, Said) else UNSET,
        file=sent.file if isinstance(sent, Shared) else UNSET,
        id=sent.id,
        deleted=sent.deleted,
        reply_to=sent.reply_to if isinstance(sent, Said) else UNSET,
        edited=sent.edited,
        reactions=sent.reactions,
        pinned=sent.pinned,
    )
    return _again(b"said" if is_said else b"shared", sent, tail)


def emptied(edited: Edited) -> bytes:
    """Return the JSON of an `edited` event whose message was deleted."""
    tail = _Emptied(edited.name, edited.target, "", edited.id)
    return _again(b"edited", edited, tail)


def _again(kind: bytes, former: Said | Shared | Edited, tail: Struct) -> bytes:
    member = 0 if former.member is UNSET else former.member
    return event(kind, former.seq, former.at.encode(), member, encode(tail)[1:])


def named(tail: bytes, name: str) -> bytes:
    """Return the JSON of an event from `name` on, with this name."""
    begin = b'"name":"%b"' % name.encode()
    if tail.startswith(begin):
        return tail
    end = tail.index(b'"', len(b'"name":"'))  # no name has a quotation mark
    return begin + tail[end + 1 :]


def with_member(body: bytes, member: int) -> bytes:
    """Return the JSON of an event with its member, which older journals do not have in it."""
    head, name, tail = body.partition(b'"name":')
    if not member or not name or b'"member":' in head:
        return body
    return head + b'"member":%d,' % member + name + tail
