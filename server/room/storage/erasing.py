"""Deleting and editing: rows change at once, and then nothing of what they had may stay.

The journal's file keeps no deleted bytes (`PRAGMA secure_delete`), but its log (-wal), the
search index and the downloads folder do until they are cleaned. The rows in `deleted` and
`edit` say so, also after a crash. Works within the journal's transactions.
"""

import sqlite3
from collections.abc import Callable, Iterable, Mapping

SCHEMA = """
CREATE TABLE deleted (seq INTEGER PRIMARY KEY, file TEXT, erased INTEGER NOT NULL);
CREATE INDEX deleted_file ON deleted (file);
"""
"""Deleted events, with the id of the file that they had. `erased`: nothing is left of it."""

_WAITING = """
SELECT seq FROM deleted WHERE NOT erased UNION SELECT target FROM edit WHERE NOT erased
"""
_DOOM = """
INSERT INTO doomed SELECT name, stored_size(stored), stored_sha256(stored) FROM file
    WHERE seq = ?
"""
_DELETE = "INSERT INTO deleted VALUES (?, (SELECT id FROM file WHERE seq = ?), 0)"

type Formers = list[bytes | None]
"""What an event was before its changes, oldest first; None where that is not known any more."""


class Erasing:
    """What is still to be cleaned after deletions and edits in one journal.

    `waiting` are the events, with what they were before. `wanted` is called when there are more
    of them; `urgent` tells whether one of those was deleted.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self.waiting: dict[int, Formers] = {seq: [None] for (seq,) in db.execute(_WAITING)}
        self.urgent = bool(self.waiting)
        self.wanted: Callable[[], None] = lambda: None

    def formers(self, seqs: Iterable[int]) -> dict[int, bytes | None]:
        """Return what these events are, which are about to be changed."""
        select = "SELECT body FROM event WHERE seq = ?"
        return {seq: self._db.execute(select, (seq,)).fetchone()[0] for seq in seqs}

    def delete(self, seqs: Iterable[int]) -> None:
        """Note, within a transaction, that these events are deleted, and doom their files."""
        files = 0
        for seq in seqs:
            self._db.execute(_DELETE, (seq, seq))
            self._db.execute(_DOOM, (seq,))
            files += self._db.execute("DELETE FROM file WHERE seq = ?", (seq,)).rowcount
        if files:
            # Inserts into an index move names, and their bytes may stay where they were.
            self._db.execute("REINDEX file_name")

    def committed(self, before: Mapping[int, bytes | None], *, urgent: bool) -> None:
        """Note what is to be cleaned."""
        if before:
            for seq, body in before.items():
                self.waiting.setdefault(seq, []).append(body)
            self.urgent = self.urgent or urgent
            self.wanted()

    def done(self, counts: Mapping[int, int]) -> None:
        """Note, within a transaction, that so many formers of these events are cleaned."""
        rows = [(seq,) for seq, count in counts.items() if len(self.waiting[seq]) <= count]
        self._db.executemany("UPDATE deleted SET erased = 1 WHERE seq = ?", rows)
        self._db.executemany("UPDATE edit SET erased = 1 WHERE target = ? AND NOT erased", rows)

    def committed_done(self, counts: Mapping[int, int]) -> None:
        """Wait for these formers no more."""
        for seq, count in counts.items():
            del self.waiting[seq][:count]
            if not self.waiting[seq]:
                del self.waiting[seq]
