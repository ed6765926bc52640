"""Search: the index says where words may be, the journal's events whether they are there.

Events that the index does not cover yet are looked at one by one, so a search never waits for
the index and never misses a new message. A search works for `SLICE` at most and then answers
with what it has and where to go on, whatever the messages and the words are. `update` brings
the index up to date in small steps. Lives on a thread of a worker; knows no event loop.
"""

import logging
import sqlite3
import time
import zlib
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import batched
from pathlib import Path

import msgspec

from server.room.interface import SearchResult
from server.room.storage import search_terms
from server.room.storage.forgetting import PRUNE_EVERY
from server.room.storage.reader import JournalReader
from server.room.storage.search_index import (
    Covered,
    Index,
    OtherFormatError,
    identity,
    remove,
)
from shared import searching
from shared.codec import decode_event
from shared.limits import ANSWER_BYTES

log = logging.getLogger(__name__)

SLICE = 0.2
"""How many seconds one search works before it answers with what it has."""
WINDOW = 200_000
"""How many events the index is asked about at once: some 20 ms, also without a match."""
STEP = 200
"""How many events one step takes into the index, at most: some milliseconds of work."""
STEP_CHARACTERS = 40_000
"""With so many characters, a step takes no further event: they are some 40 ms of work."""
_AT_ONCE = 100

type Likely = Generator[tuple[Sequence[int], int]]
"""Events to look at, newest first; all from the second value on have been in some batch."""

# Errors of a damaged file; a disk that is full or busy causes none of these.
_DAMAGE = {
    *(sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR),
    *(sqlite3.SQLITE_SCHEMA, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH),
}
_TROUBLE = (sqlite3.Error, OtherFormatError, OSError, ValueError, TypeError, OverflowError)


class Searcher:
    """Searches one journal. One thread at a time.

    Args:
        journal, index: the files.
        keep: as for `JournalReader`.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        journal: Path,
        index: Path,
        keep: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._journal = JournalReader(journal, keep)
        self._path = index
        self._index: Index | None = None

    def close(self) -> None:
        """Close both files."""
        self._journal.close()
        self._close_index()

    # --- searching -----------------------------------------------------------------------

    def find(self, words: Sequence[str], before: int | None, limit: int) -> SearchResult:
        """Return the newest events with all these words (`searching.words`).

        At most `limit`, `ANSWER_BYTES` together, and as far as `SLICE` allows; each search gets
        further than the one before.
        """
        deadline = self._clock() + SLICE
        first, end = self._journal.first_kept(), self._journal.newest() + 1
        end = end if before is None else min(before, end)
        found: list[tuple[int, bytes]] = []
        size, quoted = 0, self._journal.quotes(first)
        with closing(self._likely(words, first, end)) as likely:
            for seqs, reached in likely:
                bodies = self._journal.some(seqs)
                for seq in seqs:
                    if has(words, bodies.get(seq)):
                        body = quoted(bodies[seq])
                        size += len(body)
                        if len(found) == limit or (found and size > ANSWER_BYTES):
                            return _result(found, more=True, before=found[-1][0])
                        found.append((seq, body))
                    if seq > first and self._clock() >= deadline:
                        return _result(found, more=True, before=seq)
                if reached > first and self._clock() >= deadline:
                    return _result(found, more=True, before=reached)
        return _result(found, more=False, before=first)

    def _likely(self, words: Sequence[str], first: int, end: int) -> Likely:
        """Yield where the words may be, from below `end` down to `first`, newest first."""
        at = end
        query = search_terms.query(words)
        try:
            index = self._open_index()
            with index.reading() as covered:
                if query is not None and self._matches_journal(covered):
                    for seqs, at in _batches(range(end - 1, max(first - 1, covered.last), -1)):
                        yield seqs, at
                    low, at = max(first, covered.first), min(at, covered.last + 1)
                    while at > low:
                        start = max(low, at - WINDOW)
                        candidates = index.candidates(query, start, at)
                        for seqs, at in _batches(candidates):
                            yield seqs, at
                        at = start
                        yield (), at
        except _TROUBLE as error:
            self._give_up_index(error)
        yield from _batches(range(at - 1, first - 1, -1))

    # --- the index -----------------------------------------------------------------------

    def update(self) -> bool:
        """Take the next events into the index; returns whether there are still more."""
        try:
            index = self._open_index()
            with index.writing() as covered:
                return self._add(index, covered)
        except _TROUBLE as error:
            self._give_up_index(error)
            return False

    def _add(self, index: Index, covered: Covered) -> bool:
        first, newest = self._journal.first_kept(), self._journal.newest()
        forgotten, kept = first - covered.first, newest - first + 1
        if not self._matches_journal(covered) or forgotten > max(PRUNE_EVERY, kept // 2):
            # Events cannot be taken out of it (it does not have their texts), so it begins
            # anew; rarely enough that it costs each event only so much.
            index.empty()
            covered = Covered(self._identity(), first, first - 1)
        start = max(covered.last + 1, first)
        last = min(newest, start + STEP - 1)
        if last < start:
            return False
        bodies = self._journal.some(range(start, last + 1))
        events: list[tuple[int, set[str]]] = []
        size = 0
        for seq, body in sorted(bodies.items()):
            text = _text(body)
            if terms := search_terms.of_text(text):
                events.append((seq, terms))
            size += len(text)
            if size >= STEP_CHARACTERS:
                last = seq
                break
        covered = replace(covered, last=last)
        index.add(events, replace(covered, mark=_mark(covered, bodies.get(last))))
        return last < newest

    def _identity(self) -> str:
        return identity(self._journal.identity())

    def _matches_journal(self, covered: Covered) -> bool:
        """Return whether the index was made of this journal, as it is now."""
        if covered.journal != self._identity():
            return False
        if covered.last < self._journal.first_kept():
            return covered.last < covered.first
        return covered.mark == _mark(covered, self._journal.body(covered.last))

    def _open_index(self) -> Index:
        if self._index is not None and self._index.replaced:
            self._close_index()
        if self._index is None:
            self._index = Index(self._path)
        return self._index

    def _give_up_index(self, error: Exception) -> None:
        """Search without it, looking at every event; remove it if it is of no use."""
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
        if isinstance(error, OSError) or code == sqlite3.SQLITE_BUSY:
            log.info("search index not usable error=%s", error)
            return
        level = logging.INFO if isinstance(error, OtherFormatError) else logging.WARNING
        log.log(level, "search index not usable action=replace error=%s", error)
        # Another worker may have put a good one in its place already.
        mine = self._index is None or not self._index.replaced
        self._close_index()
        if code in _DAMAGE and mine:
            try:
                remove(self._path)
            except OSError as stuck:
                log.warning("search index not removed error=%s", stuck)

    def _close_index(self) -> None:
        if self._index is not None:
            self._index.close()
            self._index = None


def _batches(seqs: Iterable[int]) -> Likely:
    for batch in batched(seqs, _AT_ONCE):
        yield batch, batch[-1]


def _mark(covered: Covered, last: bytes | None) -> int:
    """Return the checksum of what a deletion does not change: all before the name."""
    head = (last or b"").partition(b'"name":')[0]
    place = f"{covered.journal} {covered.first} {covered.last} ".encode()
    return zlib.crc32(place + head)


def _text(body: bytes) -> str:
    try:
        return searching.searched(decode_event(body)) if body else ""
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""


def has(words: Sequence[str], body: bytes | None) -> bool:
    """Return whether an event has all these words."""
    return bool(body) and searching.matches(words, _text(body or b""))


def _result(found: Sequence[tuple[int, bytes]], *, more: bool, before: int) -> SearchResult:
    return SearchResult([body for _, body in found], more, max(1, before))
