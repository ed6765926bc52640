"""The files above the composer on disk: those that go with the next message, like its draft.

Part of a box (`outbox`), in its database (`box_file`). It has paths, not contents.
"""

import os
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from client_mvc.model.transaction import transaction


class AttachedFiles:
    """`paths` are in the order on screen. A change is on disk when the method returns.

    A file that is queued for upload (`queued_uploads`) is one of these no longer.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        # Paths are bytes, as in the file system: a file name need not be valid text.
        self.paths = tuple(
            Path(os.fsdecode(path))
            for (path,) in database.execute("SELECT path FROM attached ORDER BY number")
        )

    def keep(self, paths: Iterable[Path]) -> None:
        """Replace the files."""
        paths = tuple(paths)
        if paths == self.paths:
            return
        with transaction(self._database):
            self._database.execute("DELETE FROM attached")
            self._database.executemany(
                "INSERT INTO attached (path) VALUES (?)",
                [(os.fsencode(path),) for path in paths],
            )
        self.paths = paths
