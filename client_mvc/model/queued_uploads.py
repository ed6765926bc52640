"""Files to be shared that are not known to have reached the room, on disk until they are.

Part of a box (`outbox`), in its database. Knows a file by its path only, and not the way that
it goes; how far one is on its way is no matter for the disk (`uploads`).
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS unshared (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    path BLOB NOT NULL,
    after INTEGER NOT NULL,
    problem TEXT
) STRICT;
"""


@dataclass(frozen=True, slots=True)
class Promised:
    """A file. The room cannot have shown it up to the `seq` `after`; `problem`: it was refused,
    and why.
    """

    key: str
    path: Path
    after: int
    problem: str | None = None


class Unshared:
    """In the order asked for. A change is on disk when the method returns."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        database.executescript(_SCHEMA)
        rows = database.execute(
            "SELECT key, path, after, problem FROM unshared ORDER BY number"
        )
        # Bytes, as the file system has it: a name there need not be text.
        self._files = {
            key: Promised(key, Path(os.fsdecode(path)), after, problem)
            for key, path, after, problem in rows
        }

    def __iter__(self) -> Iterator[Promised]:
        return iter(self._files.values())

    def __len__(self) -> int:
        return len(self._files)

    def add(self, files: Iterable[tuple[str, Path]], after: int) -> None:
        """These are to be shared, each under its key."""
        new = [Promised(key, path, after) for key, path in files]
        self._write(
            "INSERT INTO unshared (key, path, after) VALUES (?, ?, ?)",
            [(each.key, os.fsencode(each.path), after) for each in new],
        )
        self._files |= {each.key: each for each in new}

    def failed(self, key: str, problem: str) -> None:
        """It will not be shared unless the person asks for it."""
        if promised := self._files.get(key):
            self._write("UPDATE unshared SET problem = ? WHERE key = ?", [(problem, key)])
            self._files[key] = replace(promised, problem=problem)

    def again(self, key: str) -> None:
        """One that failed is to be shared after all others."""
        if promised := self._files.get(key):
            self._write(
                "UPDATE unshared SET problem = NULL,"
                " number = (SELECT max(number) + 1 FROM unshared) WHERE key = ?",
                [(key,)],
            )
            del self._files[key]
            self._files[key] = replace(promised, problem=None)

    def remove(self, *keys: str) -> None:
        """The room has them, or the person does not want them there any more."""
        if gone := [(key,) for key in keys if key in self._files]:
            self._write("DELETE FROM unshared WHERE key = ?", gone)
            for (key,) in gone:
                del self._files[key]

    def count_anew(self, seq: int) -> None:
        """The room counts anew: what was promised cannot have been shown up to `seq`."""
        self._write("UPDATE unshared SET after = min(after, ?)", [(seq,)])
        self._files = {
            key: replace(each, after=min(each.after, seq)) for key, each in self._files.items()
        }

    def _write(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        """All of them at once: each transaction waits for the disk."""
        self._database.execute("BEGIN IMMEDIATE")
        try:
            self._database.executemany(statement, rows)
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")
