"""What workers and the room process say to each other.

Over their Unix socket in frames: a length (4 bytes, big-endian), then MessagePack. Up: a list
of operations, in the order they happened. Down: events encoded once for all workers, and each
worker's answers. Knows neither side's state.
"""

from collections.abc import Callable

import msgspec
from msgspec import Struct

from server.room.interface import (
    ConnectionUsage,
    JoinAccepted,
    JoinRefused,
    JoinRequest,
    Post,
    PostResult,
)

_LENGTH = 4


class Leave(Struct, frozen=True, array_like=True, tag=1):
    """The member said `leave`, or was thrown out."""

    member: int
    connection: int
    reason: str


class Drop(Struct, frozen=True, array_like=True, tag=2):
    """The connection is gone."""

    connection: int


type Operation = Post | Leave | Drop


class Hello(Struct, frozen=True, array_like=True, tag=3):
    """First frame of a worker: who it is, and who is here by it already."""

    worker: int
    registered: list[tuple[int, JoinRequest]]


class Tally(Struct, frozen=True, array_like=True, tag=4):
    """Answer to `Poll`."""

    poll: int
    usage: list[ConnectionUsage]


type Up = Operation | Hello | Tally


class Feed(Struct, frozen=True, array_like=True, tag=0):
    """Events from `first` on, and presences as (name, JSON)."""

    first: int
    bodies: list[bytes]
    signals: list[tuple[str, bytes]]


class Answers(Struct, frozen=True, array_like=True, tag=1):
    """`done` operations of this worker were carried out since its `Hello`.

    `special` are (number of the operation, answer) where there is more to say than "done".
    """

    done: int
    special: list[tuple[int, PostResult]]


class Evict(Struct, frozen=True, array_like=True, tag=2):
    """Close this connection with this code."""

    connection: int
    code: int


class Poll(Struct, frozen=True, array_like=True, tag=3):
    """Send a `Tally`."""

    poll: int


class Here(Struct, frozen=True, array_like=True, tag=4):
    """Answer to `Hello`: the newest `seq`."""

    newest: int


type Down = Feed | Answers | Evict | Poll | Here

_encoder = msgspec.msgpack.Encoder()
_ups: msgspec.msgpack.Decoder[list[Up]] = msgspec.msgpack.Decoder(
    list[Post | Leave | Drop | Hello | Tally]
)
_downs: msgspec.msgpack.Decoder[Down] = msgspec.msgpack.Decoder(
    Feed | Answers | Evict | Poll | Here
)
_granted: msgspec.msgpack.Decoder[JoinAccepted | JoinRefused] = msgspec.msgpack.Decoder(
    JoinAccepted | JoinRefused
)
decode_up = _ups.decode
decode_down = _downs.decode


def pack_granted(granted: JoinAccepted | JoinRefused) -> bytes:
    """The answer to a wish, for a proxy: pickling the members one by one took milliseconds."""
    return _encoder.encode(granted)


unpack_granted = _granted.decode


def frame(message: Down | list[Up]) -> bytes:
    """One frame."""
    body = _encoder.encode(message)
    return len(body).to_bytes(_LENGTH, "big") + body


class Frames:
    """Bytes in, whole frames out."""

    def __init__(self, take: Callable[[bytes], None]) -> None:
        self._take = take
        self._buffer = bytearray()

    def feed(self, data: bytes) -> None:
        """Take in what arrived; calls `take` for each frame that is whole."""
        buffer = self._buffer
        buffer += data
        start = 0
        while len(buffer) - start >= _LENGTH:
            end = start + _LENGTH + int.from_bytes(buffer[start : start + _LENGTH], "big")
            if len(buffer) < end:
                break
            self._take(bytes(buffer[start + _LENGTH : end]))
            start = end
        if start:
            del buffer[:start]
