"""Takes deleted events out of the search index, so that none of their terms stay in its file.

The index has no texts, so an event can be taken out only by its text before it was deleted; the
index is removed where that is not known any more, and the workers make it again.
"""

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

import msgspec

from server.room.storage import search_index, search_terms
from server.room.storage.search_index import Index, OtherFormatError, identity
from shared import searching
from shared.codec import decode_event

_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)


def take_out(path: Path, journal: str, before: Mapping[int, bytes | None]) -> bool:
    """Take events out of the index at `path`, once; returns False if it is busy: try again.

    Args:
        path: the file; there may be none.
        journal: the journal's name.
        before: the events as they were, None where that is not known, by `seq`.

    Raises:
        sqlite3.Error, OSError: it cannot be written (the disk is full, for one).
    """
    terms = {seq: _terms(body) for seq, body in before.items() if body is not None}

    def take(index: Index) -> bool:
        with index.reading() as covered:
            ours = covered.journal == identity(journal)
        if len(terms) < len(before) or not ours:
            search_index.remove(path)
        else:
            index.take_out(terms)
        return True

    return _try(path, take)


def clean(path: Path) -> bool:
    """Leave nothing in the files but what the index has; returns and raises as `take_out`."""
    return _try(path, Index.clean)


def _try(path: Path, work: Callable[[Index], bool]) -> bool:
    if not path.exists():
        return True
    try:
        with closing(Index(path)) as index:
            return work(index)
    except OtherFormatError:
        search_index.remove(path)
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
        if code in _BUSY:
            return False
        if code not in _DAMAGED:
            raise
        search_index.remove(path)
    return True


def _terms(body: bytes) -> set[str]:
    try:
        return search_terms.of_text(searching.searched(decode_event(body)))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return set()
