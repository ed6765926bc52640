"""Which events may have a piece of text: an index of a journal, in a file of its own.

Holds the trigrams of each event's searched text and not the text itself (SQLite FTS5,
contentless, without positions), so it can only narrow a search down; the searcher looks at the
events themselves. It can always be made again from the journal, and is when it is damaged.
Reads no journal: its user adds the texts.
"""

import logging
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger(__name__)

FORMAT = 2
"""Counts the changes of `shared.folding` and of what is kept here; an older index is remade."""

_SCHEMA = """
CREATE VIRTUAL TABLE IF NOT EXISTS piece USING fts5(
    text, content='', detail='none', columnsize=0, tokenize='trigram case_sensitive 1');
CREATE TABLE IF NOT EXISTS covered (
    journal TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    mark INTEGER NOT NULL) STRICT;
"""
# All trigrams, to complete words of one or two characters. For this connection only.
_TRIGRAMS = "CREATE VIRTUAL TABLE temp.trigram USING fts5vocab('main', 'piece', 'row')"
_PIECE = 3
# With this behind it, the last characters of a text begin a trigram too.
_PADDING = "\n" * (_PIECE - 1)
_HIGHEST = "\U0010ffff" * _PIECE
# A short word that begins more trigrams than this is in nearly every event anyway.
MOST_COMPLETIONS = 256


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
    """The index file, made if there is none. Any method may raise `sqlite3.Error`."""

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
            self._db.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT;")
            self._db.execute(_TRIGRAMS)
            # From here on a worker that finds another one writing leaves it to that one.
            self._db.execute("PRAGMA busy_timeout = 0")
        except sqlite3.Error:
            self._db.close()
            raise

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

    def candidates(self, words: Sequence[str], first: int, before: int) -> Iterator[int]:
        """Yield the events that may have all these words (folded), newest first.

        Only covered events from `first` to below `before`.
        """
        pieces = self._pieces(words)
        if pieces is None:
            return
        if not pieces:
            yield from range(before - 1, first - 1, -1)
            return
        rows = self._db.execute(
            "SELECT rowid FROM piece WHERE piece MATCH ? AND rowid >= ? AND rowid < ?"
            " ORDER BY rowid DESC",
            (" AND ".join(pieces), first, before),
        )
        try:
            for (seq,) in rows:
                yield seq
        finally:
            rows.close()

    def add(self, texts: Sequence[tuple[int, str]], covered: Covered) -> None:
        """Add events as (seq, searched text); `covered` is true after that."""
        self._db.executemany(
            "INSERT INTO piece (rowid, text) VALUES (?, ?)",
            [(seq, text + _PADDING) for seq, text in texts],
        )
        self._db.execute("DELETE FROM covered")
        self._db.execute(
            "INSERT INTO covered VALUES (?, ?, ?, ?)",
            (covered.journal, covered.first, covered.last, covered.mark),
        )

    def empty(self) -> None:
        """Remove everything."""
        self._db.execute("INSERT INTO piece (piece) VALUES ('delete-all')")
        self._db.execute("DELETE FROM covered")

    def _covered(self) -> Covered:
        row = self._db.execute("SELECT journal, first, last, mark FROM covered").fetchone()
        return Covered(str(row[0]), *map(int, row[1:])) if row else Covered()

    def _end(self, how: str) -> None:
        if self._db.in_transaction:
            self._db.execute(how)

    def _pieces(self, words: Sequence[str]) -> list[str] | None:
        """Return the terms to ask for, all of them; None if no event has some word."""
        pieces: dict[str, None] = {}
        for word in words:
            if len(word) >= _PIECE:
                for start in range(len(word) - _PIECE + 1):
                    pieces[_quoted(word[start : start + _PIECE])] = None
                continue
            completions = self._completions(word)
            if not completions:
                return None
            if len(completions) <= MOST_COMPLETIONS:
                pieces["(" + " OR ".join(map(_quoted, completions)) + ")"] = None
        return list(pieces)

    def _completions(self, word: str) -> list[str]:
        rows = self._db.execute(
            "SELECT term FROM trigram WHERE term >= ? AND term <= ? LIMIT ?",
            (word, word + _HIGHEST, MOST_COMPLETIONS + 1),
        )
        return [term for (term,) in rows]


def _quoted(piece: str) -> str:
    """Return a string of FTS5's query language, in which no character is special."""
    return '"' + piece.replace('"', '""') + '"'


def remove(path: Path) -> None:
    """Remove the index and the files that SQLite keeps beside it. Raises OSError."""
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    log.info("search index removed path=%s", os.fspath(path))
