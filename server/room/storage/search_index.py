"""Which events may have a piece of text: an index of a journal, in a file of its own.

Holds the terms of each event's searched text (`search_terms`) and not the text itself (SQLite
FTS5, contentless, without positions), so it can only narrow a search down; the searcher looks
at the events themselves. It can always be made again from the journal, and is when it is
damaged or of another format. Reads no journal: its user adds the texts.
"""

import logging
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger(__name__)

FORMAT = 3
"""Counts the changes of `shared.folding` and of what is kept here; an older index is remade."""

_SCHEMA = f"""
CREATE VIRTUAL TABLE IF NOT EXISTS terms USING fts5(
    term, content='', detail='none', columnsize=0, tokenize='ascii');
CREATE TABLE IF NOT EXISTS covered (
    journal TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    mark INTEGER NOT NULL) STRICT;
PRAGMA user_version = {FORMAT};
"""
LOG_BYTES = 4 * 1024 * 1024
"""The log (-wal) is cut to this once its contents are in the index."""


def identity(journal: str) -> str:
    """Return how an index names the journal with this name."""
    return f"{journal} format {FORMAT}"


class OtherFormatError(Exception):
    """The index has another format: remove it."""


@dataclass(frozen=True, slots=True)
class Covered:
    """The events from `first` to `last` of the journal `journal` are in the index.

    `mark` is a checksum of this and of the last event: it differs for a journal that was
    replaced by an older copy and went on from there.
    """

    journal: str = ""
    first: int = 1
    last: int = 0
    mark: int = 0


class Index:
    """The index file, made if there is none. Any method may raise `sqlite3.Error`.

    Raises `OtherFormatError`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        path.touch(mode=0o600)
        self._file = path.stat().st_ino
        self._db = sqlite3.connect(
            path, timeout=1, autocommit=True, check_same_thread=False, cached_statements=16
        )
        try:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.execute(f"PRAGMA journal_size_limit = {LOG_BYTES}")
            self._db.execute("BEGIN IMMEDIATE")
            self._check_format()
            self._db.executescript(f"{_SCHEMA} COMMIT;")
            # From here on a worker that finds another one writing leaves it to that one.
            self._db.execute("PRAGMA busy_timeout = 0")
        except (sqlite3.Error, OtherFormatError):
            self._db.close()
            raise

    def _check_format(self) -> None:
        (tables,) = self._db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if tables and version != FORMAT:
            raise OtherFormatError(f"format={version}")

    @property
    def replaced(self) -> bool:
        """Whether another file has taken its place."""
        try:
            return self._path.stat().st_ino != self._file
        except OSError:
            return True

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def reading(self) -> Iterator[Covered]:
        """Make several reads see one state, whatever others write meanwhile."""
        self._db.execute("BEGIN")
        try:
            yield self._covered()
        finally:
            self._end("COMMIT")

    @contextmanager
    def writing(self) -> Iterator[Covered]:
        """Be the only one who writes; all of it is written, or nothing."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield self._covered()
        except BaseException:
            self._end("ROLLBACK")
            raise
        self._end("COMMIT")

    def candidates(self, query: str, first: int, before: int) -> Iterator[int]:
        """Yield the events that fit a query (`search_terms.query`), newest first.

        Only those from `first` to below `before`.
        """
        rows = self._db.execute(
            "SELECT rowid FROM terms WHERE terms MATCH ? AND rowid >= ? AND rowid < ?"
            " ORDER BY rowid DESC",
            (query, first, before),
        )
        try:
            for (seq,) in rows:
                yield seq
        finally:
            rows.close()

    def add(self, events: Sequence[tuple[int, set[str]]], covered: Covered) -> None:
        """Add events as (seq, terms of the searched text); `covered` is true after that."""
        self._db.executemany(
            "INSERT INTO terms (rowid, term) VALUES (?, ?)",
            [(seq, " ".join(terms)) for seq, terms in events],
        )
        self._db.execute("DELETE FROM covered")
        self._db.execute(
            "INSERT INTO covered VALUES (?, ?, ?, ?)",
            (covered.journal, covered.first, covered.last, covered.mark),
        )

    def replace(self, events: Mapping[int, tuple[set[str], set[str]]], *, merge: bool) -> None:
        """Let events have other terms.

        Args:
            events: the terms that each may have been added with, and those that it has now.
            merge: leave nothing of the former ones in the file: they stay in it until all
                parts of the index are merged into one, which takes long.
        """
        self._db.execute("PRAGMA busy_timeout = 200")
        with self.writing() as covered:
            for seq, (former, now) in events.items():
                if covered.first <= seq <= covered.last:
                    self._replace(seq, former, now)
            if merge:
                self._db.execute("INSERT INTO terms (terms) VALUES ('optimize')")

    def _replace(self, seq: int, former: set[str], now: set[str]) -> None:
        """Let an event have other terms; `former` may be more than it was added with."""
        # FTS5 counts rows and terms, so what is not there must not be taken out.
        here = {term for term in former | now if self._has(seq, term)}
        if here == now:
            return
        for command, terms, wanted in (
            ("'delete'", here - now, here),
            ("NULL", now - here, now),
        ):
            if wanted:
                self._db.execute(
                    f"INSERT INTO terms (terms, rowid, term) VALUES ({command}, ?, ?)",  # noqa: S608
                    (seq, " ".join(terms)),
                )

    def _has(self, seq: int, term: str) -> bool:
        found = self._db.execute(
            "SELECT 1 FROM terms WHERE terms MATCH ? AND rowid = ?", (f'"{term}"', seq)
        )
        return found.fetchone() is not None

    def clean(self) -> bool:
        """Leave nothing else in the files; returns False if others read the log meanwhile."""
        self._db.execute("PRAGMA busy_timeout = 200")
        self._db.execute("VACUUM")
        ((blocked, _, _),) = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return not blocked

    def empty(self) -> None:
        """Remove everything."""
        self._db.execute("INSERT INTO terms (terms) VALUES ('delete-all')")
        self._db.execute("DELETE FROM covered")

    def _covered(self) -> Covered:
        row = self._db.execute("SELECT journal, first, last, mark FROM covered").fetchone()
        return Covered(str(row[0]), *map(int, row[1:])) if row else Covered()

    def _end(self, how: str) -> None:
        if self._db.in_transaction:
            self._db.execute(how)


def remove(path: Path) -> None:
    """Remove the index and the files that SQLite keeps beside it. Raises OSError."""
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    log.info("search index removed path=%s", os.fspath(path))
