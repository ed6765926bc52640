"""A worker's reads of the journal, and its searches: the part of `Room` that asks no process.

SQLite (WAL mode) lets workers read while the room process writes. Reads have one thread, and
searches another, so that no read waits for a search. Searches take turns: each is short, and a
member who asks for many waits behind the others.
"""

import asyncio
import logging
import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from msgspec import structs

from server.room import quotes
from server.room.interface import Page, RoomUnavailableError, SearchResult, StoredFile
from server.room.storage.reader import JournalReader
from server.room.worker_side.search import Searcher, has
from server.room.worker_side.turns import Turns
from shared.problems import Problem, problem

log = logging.getLogger(__name__)

_DELETED = b'"deleted":{'
_SEQ = re.compile(rb'"seq":([0-9]+)')
# Members have numbers from 1 on.
_INDEX = 0
AT_ONCE = 4
"""Results that the thread makes ahead: each has up to `ANSWER_BYTES` until it is sent."""


class _Reading[Source]:
    """Work on one thread with something that is opened there when it is needed first."""

    def __init__(self, name: str, open_source: Callable[[], Source]) -> None:
        self._thread = ThreadPoolExecutor(1, name)
        self._open = open_source
        self._places = asyncio.Semaphore(AT_ONCE)
        self._ended = False
        self.source: Source | None = None

    async def do[T](self, function: Callable[[Source], T]) -> T:
        """Return the result of the function. Raises `RoomUnavailableError`."""

        def work() -> T:
            if self.source is None:
                self.source = self._open()
            return function(self.source)

        try:
            async with self._places:
                if self._ended:
                    raise RoomUnavailableError("the worker ends")
                return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except sqlite3.Error as error:
            raise RoomUnavailableError(str(error)) from error

    def end(self) -> Source | None:
        """Wait for the work under way, which takes milliseconds; returns what is still open."""
        self._ended = True
        self._thread.shutdown(cancel_futures=True)
        return self.source


class Changed:
    """Changes of events while something was read: `bodies` and `quotes` by `seq`, as JSON."""

    def __init__(self) -> None:
        self.bodies: dict[int, bytes] = {}
        self.quotes: dict[int, bytes] = {}

    def applied(self, events: list[bytes]) -> list[bytes]:
        """Return these events as they stand now; the same list if none of them changed."""
        if not self.bodies:
            return events
        return [self._applied(event) for event in events]

    def _applied(self, event: bytes) -> bytes:
        seq = _SEQ.search(event)
        if seq and _DELETED not in event:  # perhaps it was read after a later change
            event = self.bodies.get(int(seq[1]), event)
        quote = self.quotes.get(quotes.parent(event))
        return event if quote is None else quotes.quoting(event, quote)

    def any_deleted(self) -> bool:
        """Whether any event was deleted."""
        return any(_DELETED in body for body in self.bodies.values())


class JournalReads:
    """Reads of the journal at `journal` and of the search index at `index`.

    `keep` is how many events count as kept (0: all).
    """

    def __init__(self, journal: Path, index: Path, keep: int) -> None:
        self._journal = _Reading("journal-read", lambda: JournalReader(journal, keep))
        self._search = _Reading("search", lambda: Searcher(journal, index, keep))
        self._turns = Turns()
        self._under_way: list[Changed] = []

    def close(self) -> None:
        """Let go of the files."""
        for source in (self._journal.end(), self._search.end()):
            if source is not None:
                source.close()

    def changed(
        self, rewritten: Sequence[tuple[int, bytes]], requoted: Sequence[tuple[int, bytes]]
    ) -> None:
        """Note events that changed (`seq`, JSON), and the quotes of some (`seq`, JSON)."""
        for changed in self._under_way:
            changed.bodies.update(rewritten)
            changed.quotes.update(requoted)

    @contextmanager
    def _noting(self) -> Iterator[Changed]:
        """Collect what changes while something is read.

        Else an answer could bring an event after its deletion as it was before.
        """
        changed = Changed()
        self._under_way.append(changed)
        try:
            yield changed
        finally:
            self._under_way.remove(changed)

    async def _page(self, function: Callable[[JournalReader], Page]) -> Page:
        with self._noting() as changed:
            page = await self._journal.do(function)
            return structs.replace(page, events=changed.applied(page.events))

    async def events_after(self, seq: int, limit: int) -> list[bytes] | None:
        """Return at most `limit` events after `seq`; None if they are not kept."""
        with self._noting() as changed:
            events = await self._journal.do(lambda journal: journal.after(seq, limit))
            return None if events is None else changed.applied(events)

    async def page_before(self, seq: int, limit: int) -> Page:
        """Return the last events before `seq`."""
        return await self._page(lambda journal: journal.page_before(seq, limit))

    async def page_from(self, seq: int, limit: int) -> Page:
        """Return the events from `seq` on."""
        return await self._page(lambda journal: journal.page_from(seq, limit))

    async def first_at(self, when: datetime) -> int:
        """Return the `seq` of the first event at this time or later."""
        return await self._journal.do(lambda journal: journal.first_at(when))

    async def event(self, seq: int) -> bytes | None:
        """Return one event."""
        with self._noting() as changed:
            event = await self._journal.do(lambda journal: journal.event(seq))
            return changed.applied([event])[0] if event else event

    async def file(self, id: str) -> StoredFile | Problem:
        """Return a shared file by its id."""

        def look(journal: JournalReader) -> StoredFile | Problem:
            file = journal.file(id)
            return file or problem("gone" if journal.is_deleted(id) else "not_found")

        while True:
            with self._noting() as changed:
                file = await self._journal.do(look)
                if not changed.any_deleted():
                    return file

    async def search(
        self, member: int, words: Sequence[str], before: int | None, limit: int
    ) -> SearchResult:
        """Return the newest events with all these words, for this member."""
        async with self._turns.turn(member):
            with self._noting() as changed:
                found = await self._search.do(lambda it: it.find(words, before, limit))
                events = changed.applied(found.events)
                if events is found.events:
                    return found
                return structs.replace(
                    found, events=[event for event in events if has(words, event)]
                )

    async def update_index(self) -> bool:
        """Take the next events into the search index; returns whether there are still more."""
        try:
            async with self._turns.turn(_INDEX):
                return await self._search.do(lambda searcher: searcher.update())
        except RoomUnavailableError as error:
            log.warning("search index not updated error=%s", error)
            return False
