"""The messages between workers and the room process, and their frames on a Unix socket.

A frame is a length (4 bytes, big-endian) and a message in MessagePack. Up goes a list of
operations in the order in which they happened; down go the events, encoded once for all
workers, and each worker's answers. Knows neither side's state.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import msgspec
from msgspec import Struct, structs

from server.room.interface import (
    Act,
    Answer,
    CloseReason,
    ConnectionUsage,
    JoinAccepted,
    JoinRequest,
    Post,
    UploadRequest,
)
from server.room.operations import Drop, Leave

_LENGTH = 4
_NO_PINS = b"[]"


class JoinAttempt(Struct, frozen=True, array_like=True, tag=3):
    """A request to join, and the hash of its token (of the new one, if it brought none)."""

    request: JoinRequest
    token_hash: bytes


class Hello(Struct, frozen=True, array_like=True, tag=4):
    """First message of a worker.

    `connections` are those that have joined, as (member, connection); `pending` those that the
    operations behind this message are about.
    """

    worker: int
    connections: list[tuple[int, int]]
    pending: list[int]


class UsageReply(Struct, frozen=True, array_like=True, tag=5):
    """Answer to a `UsageRequest`."""

    number: int
    usage: list[ConnectionUsage]


class HeldUploads(Struct, frozen=True, array_like=True, tag=6):
    """The uploads of a worker whose space is reserved: behind `Hello`, and regularly."""

    uploads: list[UploadRequest]


class SomebodyTypes(Struct, frozen=True, array_like=True, tag=9):
    """This member is typing: JSON for the others. Goes up, and down to each worker."""

    member: int
    body: bytes


type WorkerOperation = Post | Act | Leave | Drop | JoinAttempt
type Up = WorkerOperation | Hello | UsageReply | HeldUploads | SomebodyTypes


class EventBatch(Struct, frozen=True, array_like=True, tag=0):
    """Events from `first` on, then presences (name, JSON), then connections to close.

    `rewritten` are earlier events (`seq`, JSON) as they stand after these, and `requoted` the
    quotes (`seq`, JSON) of those whose quotes are others now. `replied` are the events to which
    `bodies` are replies.
    """

    first: int
    bodies: Sequence[bytes]
    signals: list[tuple[str, bytes]]
    evictions: list[tuple[int, CloseReason]]
    rewritten: list[tuple[int, bytes]] = []
    requoted: list[tuple[int, bytes]] = []
    replied: Sequence[int] = []


class Answers(Struct, frozen=True, array_like=True, tag=1):
    """`done` operations of this worker were carried out since its `Hello`.

    `special` are (number of the operation, answer) where the answer is not just "done". On the
    socket the `members` of a join lack the first bytes where those are all `members` of the
    join before; `shared` counts them for each join. Its `pins` are empty there if they are
    those of the join before.
    """

    done: int
    special: list[tuple[int, Answer]]
    shared: list[int] = []

    def packed(self) -> "Answers":
        """Return the same for the socket: the members of many joins differ in few bytes."""
        if not self.special:
            return self
        special: list[tuple[int, Answer]] = []
        shared: list[int] = []
        previous, pins = memoryview(b""), _NO_PINS
        for number, answer in self.special:
            if not isinstance(answer, JoinAccepted):
                special.append((number, answer))
                continue
            begins = answer.members.obj is previous.obj and len(answer.members) >= len(previous)
            shared.append(len(previous) if begins else 0)
            previous = answer.members
            rest = answer.members[shared[-1] :]
            again = answer.pins == pins
            pins = answer.pins
            packed = structs.replace(answer, members=rest, pins=b"" if again else pins)
            special.append((number, packed))
        return Answers(self.done, special, shared)

    def unpacked(self) -> "Answers":
        """Return the same as it was before `packed`."""
        if not self.shared:
            return self
        special: list[tuple[int, Answer]] = []
        whole, pins = self._members(), _NO_PINS
        for number, answer in self.special:
            if isinstance(answer, JoinAccepted):
                pins = answer.pins or pins
                joined = structs.replace(answer, members=next(whole), pins=pins)
                special.append((number, joined))
            else:
                special.append((number, answer))
        return Answers(self.done, special)

    def _members(self) -> Iterator[memoryview]:
        """Return the whole `members` of each join; those that share bytes share memory."""
        rests = [one.members for _, one in self.special if isinstance(one, JoinAccepted)]
        starts = [number for number, shared in enumerate(self.shared) if not shared]
        for start, end in pairwise([*starts, len(rests)]):
            longest, size = memoryview(b"".join(rests[start:end])), 0
            for rest in rests[start:end]:
                size += len(rest)
                yield longest[:size]


class UsageRequest(Struct, frozen=True, array_like=True, tag=2):
    """Send a `UsageReply`."""

    number: int


class HelloReply(Struct, frozen=True, array_like=True, tag=3):
    """Answer to `Hello`: the newest `seq`, and the name of the journal that it counts."""

    newest: int
    journal: str = ""


class UploadsEnded(Struct, frozen=True, array_like=True, tag=4):
    """The memberships of these uploads have ended."""

    ids: list[int]


class RoomHosts(Struct, frozen=True, array_like=True, tag=5):
    """The URLs of all hosts of the room, that of this one first; the origins of their pages."""

    urls: tuple[str, ...]
    pages: tuple[str, ...] = ()


class HostsDecide(Struct, frozen=True, array_like=True, tag=6):
    """Whether enough hosts of the room reach each other to decide anything (a majority)."""

    majority: bool


type Down = (
    EventBatch | Answers | UsageRequest | HelloReply | UploadsEnded | SomebodyTypes | RoomHosts
    | HostsDecide
)  # fmt: skip

_encoder = msgspec.msgpack.Encoder()
_ups: msgspec.msgpack.Decoder[list[Up]] = msgspec.msgpack.Decoder(
    list[
        Post | Act | Leave | Drop | JoinAttempt
        | Hello | UsageReply | HeldUploads | SomebodyTypes
    ]
)  # fmt: skip
_downs: msgspec.msgpack.Decoder[Down] = msgspec.msgpack.Decoder(
    EventBatch | Answers | UsageRequest | HelloReply | UploadsEnded | SomebodyTypes | RoomHosts
    | HostsDecide
)  # fmt: skip
decode_up = _ups.decode
decode_down = _downs.decode


def frame(message: Down | list[Up]) -> bytes:
    """Return one frame."""
    body = _encoder.encode(message)
    return len(body).to_bytes(_LENGTH, "big") + body


class Frames:
    """Cuts a stream of bytes into messages; calls `take` with each that is whole."""

    def __init__(self, take: Callable[[bytes | bytearray], None]) -> None:
        self._take = take
        self._buffer = bytearray()

    def feed(self, data: bytes) -> None:
        """Take in the next bytes."""
        if not self._buffer:  # nearly always: whole frames in one read
            self._buffer += data[self._cut(data) :]
            return
        self._buffer += data
        del self._buffer[: self._cut(self._buffer)]

    def _cut(self, data: bytes | bytearray) -> int:
        """Take all whole messages; returns where the rest begins."""
        start = 0
        while len(data) - start >= _LENGTH:
            end = start + _LENGTH + int.from_bytes(data[start : start + _LENGTH], "big")
            if len(data) < end:
                break
            self._take(data[start + _LENGTH : end])
            start = end
        return start
