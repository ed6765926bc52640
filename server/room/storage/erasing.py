"""Deleting messages and files: their rows change at once, and then nothing of them may stay.

The journal's file keeps no deleted bytes (`PRAGMA secure_delete`), but its log (-wal), the
search index and the downloads folder do until they are cleaned. The row in `deleted` says so,
also after a crash. Works within the journal's transactions.
"""

import sqlite3
from collections.abc import Callable, Mapping

SCHEMA = """
CREATE TABLE deleted (seq INTEGER PRIMARY KEY, file TEXT, erased INTEGER NOT NULL);
CREATE INDEX deleted_file ON deleted (file);
"""
"""Deleted events, with the id of the file that they had. `erased`: nothing is left of it."""

_DOOM = """
INSERT INTO doomed SELECT name, stored_size(stored), stored_sha256(stored) FROM file
    WHERE seq = ?
"""
_DELETE = "INSERT INTO deleted VALUES (?, (SELECT id FROM file WHERE seq = ?), 0)"


class Erasing:
    """What is still to be cleaned after deletions in one journal.

    `waiting` are the events, with their JSON before they were deleted; None if it is not known
    any more. `wanted` is called when there are more of them.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        rows = db.execute("SELECT seq FROM deleted WHERE NOT erased")
        self.waiting: dict[int, bytes | None] = {seq: None for (seq,) in rows}
        self.wanted: Callable[[], None] = lambda: None

    def rewrite(self, rewritten: Mapping[int, bytes]) -> dict[int, bytes | None]:
        """Change these rows; returns what `committed` takes once that is written."""
        before: dict[int, bytes | None] = {}
        files = 0
        for seq, body in rewritten.items():
            row = self._db.execute("SELECT body FROM event WHERE seq = ?", (seq,)).fetchone()
            before[seq] = row[0]
            self._db.execute("UPDATE event SET body = ? WHERE seq = ?", (body, seq))
            self._db.execute(_DELETE, (seq, seq))
            self._db.execute(_DOOM, (seq,))
            files += self._db.execute("DELETE FROM file WHERE seq = ?", (seq,)).rowcount
        if files:
            # Inserts into an index move names, and their bytes may stay where they were.
            self._db.execute("REINDEX file_name")
        return before

    def committed(self, before: Mapping[int, bytes | None]) -> None:
        """Note what is to be cleaned."""
        if before:
            self.waiting.update(before)
            self.wanted()

    def done(self, seqs: Mapping[int, object]) -> None:
        """Note, within a transaction, that nothing is left of these events."""
        self._db.executemany(
            "UPDATE deleted SET erased = 1 WHERE seq = ?", [(seq,) for seq in seqs]
        )
