"""The upload queue on disk: files that the server has not confirmed yet.

Part of a box (`outbox`), in its database (`box_file`), in a table that all versions call
`unshared`. It has paths, not contents; the progress of an upload is in memory only (`uploads`).
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from client_mvc.model.transaction import transaction


@dataclass(frozen=True, slots=True)
class QueuedUpload:
    """A file. No event up to the `seq` `after` can show it. `problem`: why it failed."""

    key: str
    path: Path
    after: int
    problem: str | None = None


class UploadQueue:
    """In the order of upload. A change is on disk when the method returns."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        rows = database.execute(
            "SELECT key, path, after, problem FROM unshared ORDER BY number"
        )
        # Paths are bytes, as in the file system: a file name need not be valid text.
        self._files = {
            key: QueuedUpload(key, Path(os.fsdecode(path)), after, problem)
            for key, path, after, problem in rows
        }

    def __iter__(self) -> Iterator[QueuedUpload]:
        return iter(self._files.values())

    def __len__(self) -> int:
        return len(self._files)

    def add(self, files: Iterable[tuple[str, Path]], after: int) -> None:
        """Queue these files, each under its key; none of them is above the composer then."""
        new = [QueuedUpload(key, path, after) for key, path in files]
        # One transaction: a crash must not leave a file in both places.
        with transaction(self._database):
            self._database.executemany(
                "INSERT INTO unshared (key, path, after) VALUES (?, ?, ?)",
                [(each.key, os.fsencode(each.path), after) for each in new],
            )
            self._database.executemany(
                "DELETE FROM attached WHERE path = ?",
                [(os.fsencode(each.path),) for each in new],
            )
        self._files |= {each.key: each for each in new}

    def failed(self, key: str, problem: str) -> None:
        """Note that the upload failed; it waits until the person asks for it again."""
        if upload := self._files.get(key):
            self._write("UPDATE unshared SET problem = ? WHERE key = ?", [(problem, key)])
            self._files[key] = replace(upload, problem=problem)

    def retry(self, key: str) -> None:
        """Queue a failed upload again, behind all others."""
        if upload := self._files.get(key):
            self._write(
                "UPDATE unshared SET problem = NULL,"
                " number = (SELECT max(number) + 1 FROM unshared) WHERE key = ?",
                [(key,)],
            )
            del self._files[key]
            self._files[key] = replace(upload, problem=None)

    def remove(self, *keys: str) -> None:
        """Remove uploads that are done or cancelled."""
        if known := [(key,) for key in keys if key in self._files]:
            self._write("DELETE FROM unshared WHERE key = ?", known)
            for (key,) in known:
                del self._files[key]

    def restart_count(self, seq: int) -> None:
        """Note that the `seq` of the room started again: no event up to `seq` shows a file."""
        self._write("UPDATE unshared SET after = min(after, ?)", [(seq,)])
        self._files = {
            key: replace(each, after=min(each.after, seq)) for key, each in self._files.items()
        }

    def _write(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        """Write all rows in one transaction, because each transaction waits for the disk."""
        with transaction(self._database):
            self._database.executemany(statement, rows)
