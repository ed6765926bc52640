"""The entries of the log on the wire: a host's operations, in MessagePack.

Every entry has the version of the rules by which it is to be carried out. A host that does not
know a version must not guess: it stops, and says that it needs an update.
"""

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from server.room.hosts import Source
from server.room.operations import Operation

VERSION = 1
"""Goes up whenever the core decides otherwise than before on the same operations."""


class VersionError(Exception):
    """Another host runs a later version of Chatroom; the text says what to do."""


class EntryError(Exception):
    """A record of the stream is no entry; the text says why."""


class _Entry(Struct, frozen=True, array_like=True):
    version: int
    host: str
    epoch: int
    number: int
    operations: msgspec.Raw


_encoder = msgspec.msgpack.Encoder()
_entries: msgspec.msgpack.Decoder[_Entry] = msgspec.msgpack.Decoder(_Entry)
_operations: msgspec.msgpack.Decoder[list[Operation]] = msgspec.msgpack.Decoder(list[Operation])


def encode(source: Source, operations: Sequence[Operation]) -> bytes:
    """Return an entry of this version."""
    raw = msgspec.Raw(_encoder.encode(operations))
    return _encoder.encode(_Entry(VERSION, *source, raw))


def decode(data: bytes) -> tuple[Source, list[Operation]]:
    """Return where an entry comes from, and its operations.

    Raises:
        VersionError: it is one of a later version.
        EntryError: it is none.
    """
    try:
        entry = _entries.decode(data)
        if entry.version > VERSION:
            raise VersionError(
                f"host {entry.host!r} runs a later version of Chatroom. Update this one."
            )
        source = Source(entry.host, entry.epoch, entry.number)
        return source, _operations.decode(entry.operations)
    except msgspec.DecodeError as error:
        raise EntryError(str(error)) from error
