"""A worker's reads of the journal, and its searches: the part of `Room` that asks no process.

SQLite (WAL mode) lets workers read while the room process writes. Reads have one thread, and
searches another, so that no read waits for a search. Searches take turns: each is short, and a
member who asks for many waits behind the others.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

from server.room.interface import Page, RoomUnavailableError, SearchResult, StoredFile
from server.room.storage.reader import JournalReader
from server.room.worker_side.search import Searcher
from server.room.worker_side.turns import Turns
from shared.problems import Problem, problem

log = logging.getLogger(__name__)

# Members have numbers from 1 on.
_INDEX = 0


class _Reading[Source]:
    """Work on one thread with something that is opened there when it is needed first."""

    def __init__(self, name: str, open_source: Callable[[], Source]) -> None:
        self._thread = ThreadPoolExecutor(1, name)
        self._open = open_source
        self.source: Source | None = None

    async def do[T](self, function: Callable[[Source], T]) -> T:
        """Return the result of the function. Raises `RoomUnavailableError`."""

        def work() -> T:
            if self.source is None:
                self.source = self._open()
            return function(self.source)

        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except sqlite3.Error as error:
            raise RoomUnavailableError(str(error)) from error

    def end(self) -> Source | None:
        """Wait for the work under way, which takes milliseconds; returns what is still open."""
        self._thread.shutdown(cancel_futures=True)
        return self.source


class JournalReads:
    """Reads of the journal at `journal` and of the search index at `index`.

    `keep` is how many events count as kept (0: all).
    """

    def __init__(self, journal: Path, index: Path, keep: int) -> None:
        self._journal = _Reading("journal-read", lambda: JournalReader(journal, keep))
        self._search = _Reading("search", lambda: Searcher(journal, index, keep))
        self._turns = Turns()
        self.rewrites = 0
        """How many events changed since this began, as far as the room has told."""

    def close(self) -> None:
        """Let go of the files."""
        for source in (self._journal.end(), self._search.end()):
            if source is not None:
                source.close()

    async def _read[T](self, function: Callable[[JournalReader], T]) -> T:
        """Read the journal; again, if an event changed meanwhile.

        Else an answer could bring an event after its deletion as it was before.
        """
        while True:
            before = self.rewrites
            result = await self._journal.do(function)
            if before == self.rewrites:
                return result

    async def events_after(self, seq: int, limit: int) -> list[bytes] | None:
        """Return at most `limit` events after `seq`; None if they are not kept."""
        return await self._read(lambda journal: journal.after(seq, limit))

    async def page_before(self, seq: int, limit: int) -> Page:
        """Return the last events before `seq`."""
        return await self._read(lambda journal: journal.page_before(seq, limit))

    async def page_from(self, seq: int, limit: int) -> Page:
        """Return the events from `seq` on."""
        return await self._read(lambda journal: journal.page_from(seq, limit))

    async def first_at(self, when: datetime) -> int:
        """Return the `seq` of the first event at this time or later."""
        return await self._read(lambda journal: journal.first_at(when))

    async def event(self, seq: int) -> bytes | None:
        """Return one event."""
        return await self._read(lambda journal: journal.event(seq))

    async def file(self, id: str) -> StoredFile | Problem:
        """Return a shared file by its id."""

        def look(journal: JournalReader) -> StoredFile | Problem:
            file = journal.file(id)
            return file or problem("gone" if journal.is_deleted(id) else "not_found")

        return await self._read(look)

    async def search(
        self, member: int, words: Sequence[str], before: int | None, limit: int
    ) -> SearchResult:
        """Return the newest events with all these words, for this member."""
        async with self._turns.turn(member):
            while True:
                rewrites = self.rewrites
                found = await self._search.do(lambda it: it.find(words, before, limit))
                if rewrites == self.rewrites:
                    return found

    async def update_index(self) -> bool:
        """Take the next events into the search index; returns whether there are still more."""
        try:
            async with self._turns.turn(_INDEX):
                return await self._search.do(lambda searcher: searcher.update())
        except RoomUnavailableError as error:
            log.warning("search index not updated error=%s", error)
            return False
