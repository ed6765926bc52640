"""Copies of a journal, and ways to put one back behind the back of the server."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path


def backup(path: Path, to: Path) -> None:
    """Copy a journal as `sqlite3 .backup` does."""
    to.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as db, closing(sqlite3.connect(to)) as target:
        db.backup(target)


def overwrite(old: Path, path: Path) -> None:
    """Put a copy back into the file that is there, as `cp` does."""
    path.write_bytes(old.read_bytes())


def replace(old: Path, path: Path) -> None:
    """Put a copy back in the place of the file, as `mv` does."""
    copied = old.with_suffix(".moved")
    shutil.copy(old, copied)
    copied.replace(path)
