"""Keeps the search index true where events change, and free of what was deleted.

The index has no texts, so an event can be taken out only by its text before it was changed; the
index is removed where that is not known any more, and the workers make it again.
"""

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

import msgspec

from server.room.storage import search_index, search_terms
from server.room.storage.erasing import Formers
from server.room.storage.search_index import Index, OtherFormatError, identity
from shared import searching
from shared.codec import decode_event

_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)


def replace(
    path: Path,
    journal: str,
    formers: Mapping[int, Formers],
    now: Mapping[int, bytes | None],
    *,
    merge: bool = True,
) -> bool:
    """Let events in the index at `path` be what they are now, once.

    Args:
        path: the file; there may be none.
        journal: the journal's name.
        formers: the events as they were, by `seq`.
        now: the same as they are.
        merge: leave nothing of the former ones in the file.

    Returns:
        False if it is busy: try again.

    Raises:
        sqlite3.Error, OSError: it cannot be written (the disk is full, for one).
    """
    known = all(body is not None for bodies in formers.values() for body in bodies)
    terms = {
        seq: (set().union(*map(_terms, bodies)), _terms(now.get(seq)))
        for seq, bodies in formers.items()
    }

    def work(index: Index) -> bool:
        with index.reading() as covered:
            ours = covered.journal == identity(journal)
        if not known or not ours:
            search_index.remove(path)
        else:
            index.replace(terms, merge=merge)
        return True

    return _try(path, work)


def clean(path: Path) -> bool:
    """Leave nothing in the files but what the index has; returns and raises as `replace`."""
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


def _terms(body: bytes | None) -> set[str]:
    if not body:
        return set()
    try:
        return search_terms.of_text(searching.searched(decode_event(body)))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return set()
