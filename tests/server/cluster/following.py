"""A follower in a test: what it was given, and its task."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from server.cluster.stream import Record, Stream
from tests.support.waiting import until


class Follower:
    """Follows a stream into a list."""

    def __init__(self, stream: Stream, after: int = 0) -> None:
        self.records: list[Record] = []
        self.task = asyncio.create_task(stream.follow(after, self.records.append))

    @property
    def positions(self) -> list[int]:
        return [record.position for record in self.records]

    @property
    def data(self) -> list[bytes]:
        return [record.data for record in self.records]

    async def has(self, count: int, within: float = 15) -> None:
        """Wait for so many records."""
        await until(lambda: self.task.done() or len(self.records) >= count, within)
        if self.task.done():
            self.task.result()
        assert len(self.records) == count


@asynccontextmanager
async def following(stream: Stream, after: int = 0) -> AsyncIterator[Follower]:
    """Follow for as long as the block runs, without an error."""
    follower = Follower(stream, after)
    try:
        yield follower
    finally:
        follower.task.cancel()
        await asyncio.wait({follower.task})
        assert follower.task.cancelled() or follower.task.result()


async def append_all(stream: Stream, records: Sequence[bytes], within: float = 10) -> None:
    """Append these, one after the other, each with an id of its own."""
    for record in records:
        await stream.append(record, record.decode(), within)
