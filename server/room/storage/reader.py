"""Reads of the journal, for any process. Replies come with quotes (`server.room.quotes`)."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

import msgspec

from server.room import quotes
from server.room.interface import Page, StoredFile
from shared.codec import decode_event
from shared.limits import ANSWER_BYTES


def read_only(path: Path) -> sqlite3.Connection:
    """Open a database to read. One thread at a time uses it, but not always the same one."""
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro",
        uri=True,
        timeout=10,
        autocommit=True,
        check_same_thread=False,
    )


def file_bytes(db: sqlite3.Connection) -> tuple[int, int]:
    """Return the bytes of a database's file, and those in use."""
    pages, unused, size = (
        db.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    )
    return pages * size, (pages - unused) * size


class JournalReader:
    """Read-only access. `keep` is how many events count as kept (0: all)."""

    def __init__(self, path: Path, keep: int = 0) -> None:
        self._keep = keep
        self._db = self._open(path)

    def _open(self, path: Path) -> sqlite3.Connection:
        return read_only(path)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def newest(self) -> int:
        """Return the last `seq`; 0 in a new room."""
        (seq,) = self._db.execute("SELECT max(seq) FROM event").fetchone()
        return seq or 0

    def first_kept(self) -> int:
        """Return the oldest `seq` that can be asked for; `newest() + 1` in a new room."""
        (first,) = self._db.execute("SELECT first FROM kept").fetchone()
        return max(first, self.newest() - self._keep + 1) if self._keep else int(first)

    def after(self, seq: int, limit: int) -> list[bytes] | None:
        """Return at most `limit` events after `seq`, and `ANSWER_BYTES`, oldest first.

        None if not all events after `seq` are kept.
        """
        with self._snapshot():
            first = self.first_kept()
            if seq + 1 < first:
                return None
            rows = self._db.execute(
                "SELECT body FROM event WHERE seq > ? ORDER BY seq LIMIT ?", (seq, limit)
            )
            return _fitting(rows, self.quotes(first))

    def page_before(self, seq: int, limit: int) -> Page:
        """Return the last kept events before `seq`: at most `limit`, and `ANSWER_BYTES`."""
        with self._snapshot():
            first, newest = self.first_kept(), self.newest()
            end = max(first, min(seq, newest + 1))
            rows = self._db.execute(
                "SELECT body FROM event WHERE seq >= ? AND seq < ? ORDER BY seq DESC LIMIT ?",
                (first, end, limit),
            )
            bodies = _fitting(rows, self.quotes(first))[::-1]
            return _page(bodies, end - len(bodies), first, newest)

    def page_from(self, seq: int, limit: int) -> Page:
        """Return the kept events from `seq` on: at most `limit`, and `ANSWER_BYTES`."""
        with self._snapshot():
            first, newest = self.first_kept(), self.newest()
            start = max(first, min(seq, newest + 1))
            rows = self._db.execute(
                "SELECT body FROM event WHERE seq >= ? ORDER BY seq LIMIT ?", (start, limit)
            )
            return _page(_fitting(rows, self.quotes(first)), start, first, newest)

    def first_at(self, when: datetime) -> int:
        """Return the kept `seq` from which on all events came at this time or later.

        Between two places where the clock was set back, events are in the order of time.
        """
        with self._snapshot():
            low, high = self.first_kept(), self.newest() + 1
            rows = self._db.execute(
                "SELECT seq FROM set_back WHERE seq > ? ORDER BY seq DESC", (low,)
            )
            for start in [int(seq) for (seq,) in rows]:
                if self._is_before(start, when):
                    return self._first_between(start, high, when)
                if self._is_before(start - 1, when):
                    return start
                high = start
            return self._first_between(low, high, when)

    def _first_between(self, low: int, high: int, when: datetime) -> int:
        while low < high:
            middle = (low + high) // 2
            if self._is_before(middle, when):
                low = middle + 1
            else:
                high = middle
        return low

    def _is_before(self, seq: int, when: datetime) -> bool:
        body = self.body(seq)
        return not body or datetime.fromisoformat(decode_event(body).at) < when

    def some(self, seqs: Iterable[int]) -> dict[int, bytes]:
        """Return these events, as far as they are kept, without quotes."""
        wanted = ",".join(map(str, seqs))
        rows = self._db.execute(f"SELECT seq, body FROM event WHERE seq IN ({wanted})")  # noqa: S608 - numbers
        return {seq: body for seq, body in rows if body}

    def identity(self) -> str:
        """Return the journal's name: a `seq` of another means nothing here."""
        (id,) = self._db.execute("SELECT id FROM kept").fetchone()
        return str(id)

    @contextmanager
    def _snapshot(self) -> Iterator[None]:
        """Make several reads see one state, whatever is written meanwhile."""
        self._db.execute("BEGIN")
        try:
            yield
        finally:
            self._db.execute("COMMIT")

    def event(self, seq: int) -> bytes | None:
        """Return one event."""
        body = self.body(seq)
        return self.quotes(self.first_kept())(body) if body and quotes.parent(body) else body

    def quotes(self, first: int) -> quotes.Quotes:
        """Return what puts quotes into events; `first` is the first `seq` that is kept."""
        return quotes.Quotes(lambda seq: self.body(seq) if seq >= first else None)

    def body(self, seq: int) -> bytes | None:
        """Return one event without its quote."""
        row = self._db.execute("SELECT body FROM event WHERE seq = ?", (seq,)).fetchone()
        return row[0] if row else None

    def file(self, id: str) -> StoredFile | None:
        """Return a shared file by its id."""
        row = self._db.execute("SELECT stored FROM file WHERE id = ?", (id,)).fetchone()
        return msgspec.msgpack.decode(row[0], type=StoredFile) if row else None

    def doomed(self, limit: int) -> list[tuple[int, str, int, str]]:
        """Return files to remove: a number, their name, bytes and SHA-256 (hex).

        A file of that name which another event has is not among them.
        """
        return self._db.execute(
            "SELECT rowid, name, size, sha256 FROM doomed ORDER BY rowid LIMIT ?", (limit,)
        ).fetchall()

    def stored_names(self) -> list[str]:
        """Return the names of all shared files in the downloads folder."""
        return [name for (name,) in self._db.execute("SELECT name FROM file ORDER BY seq")]

    def files_between(self, after: int, end: int, limit: int) -> list[int]:
        """Return at most `limit` events with a file, after one `seq` and before another."""
        rows = self._db.execute(
            "SELECT seq FROM file WHERE seq > ? AND seq < ? ORDER BY seq LIMIT ?",
            (after, end, limit),
        )
        return [seq for (seq,) in rows]

    def is_shared(self, name: str) -> bool:
        """Return whether a kept event has the file of this name in the downloads folder."""
        found = self._db.execute("SELECT 1 FROM file WHERE name = ?", (name,)).fetchone()
        return found is not None

    def is_deleted(self, file: str) -> bool:
        """Return whether the event that had the file with this id was deleted."""
        found = self._db.execute("SELECT 1 FROM deleted WHERE file = ?", (file,)).fetchone()
        return found is not None

    def file_count(self) -> int:
        """Return how many shared files the kept events have."""
        (count,) = self._db.execute("SELECT count(*) FROM file").fetchone()
        return int(count)


def _fitting(rows: sqlite3.Cursor, quoted: quotes.Quotes) -> list[bytes]:
    """Return the first bodies that fit in an answer together; one always does."""
    bodies: list[bytes] = []
    size = 0
    with closing(rows):
        for (row,) in rows:
            body = quoted(row)
            size += len(body)
            if bodies and size > ANSWER_BYTES:
                break
            bodies.append(body)
    return bodies


def _page(bodies: list[bytes], start: int, first: int, newest: int) -> Page:
    last = start + len(bodies) - 1
    return Page(
        bodies,
        before=start if start > first else None,
        after=last if last < newest else None,
    )
