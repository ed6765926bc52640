"""A stream in memory, as `server.cluster.stream` is one; a test says what goes wrong."""

import asyncio
from collections.abc import Callable

from server.cluster.connection import UnavailableError
from server.cluster.records import PurgedError, Record


class MemoryStream:
    """The log of one room, for any number of hosts.

    Attributes:
        records: those that are stored.
        asked: the ids that were to be appended, also again.
        troubles: what happens to the next ones: "refused" (not stored), "lost" (stored, not
            acknowledged) or "silent" (neither, and no answer comes).
        held: whether followers get nothing at present.
        followed: the positions from which somebody followed.
        first: the first position that was not purged.
        answers: whether it can say where it ends.
    """

    def __init__(self, wall: Callable[[], float] = lambda: 1_795_334_400.0) -> None:
        self.records: list[Record] = []
        self.asked: list[str] = []
        self.troubles: list[str] = []
        self.held = False
        self.followed: list[int] = []
        self.first = 1
        self.answers = True
        self._wall = wall
        self._known: dict[str, int] = {}
        self._changed = asyncio.Event()

    def put(self, data: bytes) -> int:
        """Store a record, as of another host."""
        position = len(self.records) + 1
        self.records.append(Record(position, round(self._wall() * 1e9), data))
        self._changed.set()
        return position

    def forget_ids(self) -> None:
        """Let the time pass in which repeats are known."""
        self._known.clear()

    def release(self) -> None:
        """Give followers what they lack."""
        self.held = False
        self._changed.set()

    async def append(self, data: bytes, id: str, within: float) -> int:
        self.asked.append(id)
        trouble = self.troubles.pop(0) if self.troubles else ""
        await asyncio.sleep(0)
        if trouble == "refused":
            raise UnavailableError("no leader")
        if trouble == "silent":
            await asyncio.Event().wait()
        if id not in self._known:
            self._known[id] = self.put(data)
        if trouble == "lost":
            raise UnavailableError("no answer")
        return self._known[id]

    async def follow(self, after: int, take: Callable[[Record], None]) -> None:
        self.followed.append(after)
        if after + 1 < self.first:
            raise PurgedError(self.first)
        while True:
            while not self.held and after < len(self.records):
                take(self.records[after])
                after += 1
            self._changed.clear()
            await self._changed.wait()

    async def state(self) -> tuple[int, int]:
        if not self.answers:
            raise UnavailableError("no leader")
        return self.first, len(self.records)

    async def open(self) -> None:
        while not self.answers:  # noqa: ASYNC110 - no event exists for it
            await asyncio.sleep(0)
