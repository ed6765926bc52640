"""An event's JSON from `name` on, the part that whoever makes the event knows.

Workers encode what people say and share, the room who joins and leaves; the core puts `type`,
`seq` and `at` before it when the event has its place. Knows nothing but the fields.
"""

from msgspec import UNSET, Struct, UnsetType

from shared.messages import File, encode


class _Said(Struct):
    name: str
    text: str
    id: str | UnsetType = UNSET


class _Shared(Struct):
    name: str
    file: File
    id: str | UnsetType = UNSET


class _Joined(Struct):
    name: str


class _Left(Struct):
    name: str
    reason: str


def said(name: str, text: str, id: str | UnsetType) -> bytes:
    """Of a `said` event."""
    return encode(_Said(name, text, id))[1:]


def shared(name: str, file: File, id: str | UnsetType) -> bytes:
    """Of a `shared` event."""
    return encode(_Shared(name, file, id))[1:]


def joined(name: str) -> bytes:
    """Of a `joined` event."""
    return encode(_Joined(name))[1:]


def left(name: str, reason: str) -> bytes:
    """Of a `left` event."""
    return encode(_Left(name, reason))[1:]


def event(kind: bytes, seq: int, at: bytes, tail: bytes) -> bytes:
    """The whole event's JSON."""
    return b'{"type":"%b","seq":%d,"at":"%b",%b' % (kind, seq, at, tail)
