"""The records of a stream, as nodes send them."""

from base64 import b64decode
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from server.cluster.nats_internals import Message


class Record(NamedTuple):
    """One record of the stream.

    Attributes:
        position: its number in the stream, from 1.
        at_ns: when it was stored, in nanoseconds of Unix time; the same on all hosts.
        data: what was appended.
    """

    position: int
    at_ns: int
    data: bytes


class PurgedError(Exception):
    """Records that are wanted are no longer in the stream.

    Attributes:
        first: the first position that the stream has, or will have.
    """

    def __init__(self, first: int) -> None:
        super().__init__(f"the stream begins at position {first}")
        self.first = first


class RewoundError(Exception):
    """The stream ends before what was already read: it was made anew, or lost its end.

    Attributes:
        last: its last position.
    """

    def __init__(self, last: int) -> None:
        super().__init__(f"the stream ends at position {last}")
        self.last = last


def record_of(message: Message) -> Record:
    """Return the record in a message. Raises `ValueError` if it is none."""
    return Record(
        int(message.field(b"Nats-Sequence:")),
        nanoseconds(message.field(b"Nats-Time-Stamp:")),
        message.data,
    )


def record_of_json(message: dict[str, Any]) -> Record:
    """Return the record in an answer of JetStream's API."""
    data = b64decode(message.get("data") or "")
    return Record(message["seq"], nanoseconds(message["time"]), data)


def nanoseconds(time: str) -> int:
    """Return RFC 3339 in UTC, with up to nine decimals, as nanoseconds of Unix time: exactly.

    Raises:
        ValueError: it is something else.
    """
    second, _, decimals = time[:-1].partition(".")
    if time[-1:] != "Z" or len(decimals) > 9 or (decimals and not decimals.isdecimal()):
        raise ValueError(f"not a time in UTC: {time!r}")
    return _second(second) * 1_000_000_000 + int(decimals.ljust(9, "0"))


@lru_cache(4)
def _second(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())
