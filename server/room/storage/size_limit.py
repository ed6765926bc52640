"""How many events fit in `--max-journal`: of the journal and its search index together.

The index cannot give up single events: it is made anew when half as many as are kept have
gone, so at its largest it has one and a half times the kept events. Room for that is reserved.
Space inside a file that became free is used again, so neither file grows further; the files
themselves shrink at a start.
"""

import logging
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from server.room.storage import search_index
from server.room.storage.journal import Journal
from server.room.storage.reader import file_bytes, read_only

log = logging.getLogger(__name__)

INDEX_AT_ITS_LARGEST = 1.5
FIRST_GUESS = 1.0
"""Bytes of the index for each of the journal, until the index has some events."""
ENOUGH = 200
LOGS = 32 * 1024 * 1024
"""The logs (-wal) of both files at their largest; a quarter of the limit if that is less."""
KEY_BYTES = 1024
"""One key of a forgotten event may stay for so many bytes of the limit; it takes some 100."""
_JOURNAL_SHARE = 0.4
_WORTH_SHRINKING = 32 * 1024 * 1024

_COVERED = "SELECT sum(last - first + 1) FROM covered"


def most_keys(most: int) -> int:
    """Return how many keys of forgotten events may stay in a journal of `most` bytes."""
    return most // KEY_BYTES


class SizeLimit:
    """The limit of one journal: `most` bytes for it and for its index."""

    def __init__(self, journal: Journal, index: Path, most: int) -> None:
        self._journal = journal
        self._index = index
        self._most = most - min(LOGS, most // 4)
        self._ratio = FIRST_GUESS

    def first(self) -> int:
        """Return the first `seq` to keep. Raises `sqlite3.Error`."""
        first, newest = self._journal.first_kept(), self._journal.newest()
        kept, most = newest - first + 1, self._most
        size, used = self._journal.bytes()
        if kept < 2 or used * 8 < most:
            return first
        index_size, in_index, covered = self._look_at_index()
        if covered >= min(ENOUGH, kept):
            self._ratio = in_index / covered * kept / used
        index = INDEX_AT_ITS_LARGEST * self._ratio * used
        size = min(size, max(used, int(_JOURNAL_SHARE * most)))
        index_size = min(index_size, int((1 - _JOURNAL_SHARE) * most))
        fits = (
            (most - size) / index if size <= _JOURNAL_SHARE * most else most / (used + index),
            (most - index_size) / used,
        )
        if min(fits) >= 1:
            return first
        return newest - max(1, int(kept * min(fits))) + 1

    def _look_at_index(self) -> tuple[int, int, int]:
        """Return the bytes of its file, those in use, and how many events it has."""
        try:
            with closing(read_only(self._index)) as db:
                size, used = file_bytes(db)
                (covered,) = db.execute(_COVERED).fetchone()
        except sqlite3.Error:  # it is not there yet, or is being replaced
            return 0, 0, 0
        return size, used, covered or 0

    def shrink(self) -> None:
        """Make files smaller that have much free space inside; for the start, as it takes long.

        The index is made anew by the workers.
        """
        size, used = self._journal.bytes()
        try:
            disk = shutil.disk_usage(self._index.parent).free
            if size - used > max(_WORTH_SHRINKING, used) and disk > 3 * used:
                log.info("journal shrinks from=%d to=%d", size, used)
                self._journal.shrink()
            if self._index.exists() and self._index.stat().st_size > self._most:
                search_index.remove(self._index)
        except (OSError, sqlite3.Error) as error:
            log.warning("journal not made smaller error=%s", error)
