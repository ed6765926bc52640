"""Search: the index says where words may be, the journal's events whether they are there.

Events that the index does not cover yet are looked at one by one, so a search never waits for
the index and never misses a new message. `update` brings the index up to date in small steps.
Lives on a thread of a worker; knows no event loop.
"""

import logging
import sqlite3
import zlib
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import batched
from pathlib import Path

import msgspec

from server.room.interface import SearchResult
from server.room.storage.journal import PRUNE_EVERY
from server.room.storage.reader import JournalReader
from server.room.storage.search_index import FORMAT, Covered, Index, remove
from shared import searching
from shared.codec import decode_event
from shared.limits import ANSWER_BYTES

log = logging.getLogger(__name__)

MOST_EXAMINED = 20_000
"""How many events one search looks at before it answers with what it has."""
STEP = 200
"""How many events one step takes into the index: some milliseconds of work."""
_AT_ONCE = 100

# Errors of a damaged file; a disk that is full or busy causes none of these.
_DAMAGE = {
    *(sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR),
    *(sqlite3.SQLITE_SCHEMA, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH),
}
_TROUBLE = (sqlite3.Error, OSError, ValueError, TypeError, OverflowError)


class Searcher:
    """Searches one journal. `keep` as for `JournalReader`. One thread at a time."""

    def __init__(self, journal: Path, index: Path, keep: int = 0) -> None:
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

        At most `limit`, and `ANSWER_BYTES` together.
        """
        first, end = self._journal.first_kept(), self._journal.newest() + 1
        end = end if before is None else min(before, end)
        found: list[tuple[int, bytes]] = []
        size = examined = 0
        with closing(self._likely(words, first, end)) as likely:
            for seqs in batched(likely, _AT_ONCE):
                bodies = self._journal.some(seqs)
                for seq in seqs:
                    if not _has(words, bodies.get(seq)):
                        continue
                    size += len(bodies[seq])
                    if len(found) == limit or (found and size > ANSWER_BYTES):
                        return _result(found, more=True, before=found[-1][0])
                    found.append((seq, bodies[seq]))
                examined += len(seqs)
                if examined >= MOST_EXAMINED and seqs[-1] > first:
                    return _result(found, more=True, before=seqs[-1])
        return _result(found, more=False, before=first)

    def _likely(self, words: Sequence[str], first: int, end: int) -> Generator[int]:
        """Yield where the words may be, from below `end` down to `first`, newest first."""
        at = end
        try:
            index = self._open_index()
            with index.reading() as covered:
                if self._matches_journal(covered):
                    yield from range(end - 1, max(first - 1, covered.last), -1)
                    at = min(at, covered.last + 1)
                    for seq in index.candidates(words, max(first, covered.first), at):
                        yield seq
                        at = seq
                    at = min(at, max(first, covered.first))
        except _TROUBLE as error:
            self._give_up_index(error)
        yield from range(at - 1, first - 1, -1)

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
        texts = [(seq, text) for seq, body in bodies.items() if (text := _text(body))]
        covered = replace(covered, last=last)
        index.add(texts, replace(covered, mark=_mark(covered, bodies.get(last))))
        return last < newest

    def _identity(self) -> str:
        return f"{self._journal.identity()} format {FORMAT}"

    def _matches_journal(self, covered: Covered) -> bool:
        """Return whether the index was made of this journal, as it is now."""
        if covered.journal != self._identity():
            return False
        if covered.last < self._journal.first_kept():
            return covered.last < covered.first
        return covered.mark == _mark(covered, self._journal.event(covered.last))

    def _open_index(self) -> Index:
        if self._index is not None and self._index.replaced:
            self._close_index()
        if self._index is None:
            self._index = Index(self._path)
        return self._index

    def _give_up_index(self, error: Exception) -> None:
        """Search without it, looking at every event; remove it if it is damaged."""
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
        if isinstance(error, OSError) or code == sqlite3.SQLITE_BUSY:
            log.info("search index not usable error=%s", error)
            return
        log.warning("search index not usable action=replace error=%s", error)
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


def _mark(covered: Covered, last: bytes | None) -> int:
    place = f"{covered.journal} {covered.first} {covered.last} ".encode()
    return zlib.crc32(place + (last or b""))


def _text(body: bytes) -> str:
    try:
        return searching.searched(decode_event(body)) if body else ""
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""


def _has(words: Sequence[str], body: bytes | None) -> bool:
    return bool(body) and searching.matches(words, _text(body or b""))


def _result(found: Sequence[tuple[int, bytes]], *, more: bool, before: int) -> SearchResult:
    return SearchResult([body for _, body in found], more, max(1, before))
