"""Locks by which one process at a time opens a box of the outbox."""

import os
import sqlite3
from pathlib import Path


class Claimed(Exception):
    """Another process has opened this box."""


def take(path: Path) -> sqlite3.Connection:
    """Take SQLite's lock on `path`, which ends with its process on every system.

    Raises:
        Claimed: another process has it.
    """
    while True:
        path.touch(mode=0o600)
        file = path.stat().st_ino
        lock = _lock(path)
        if path.exists() and path.stat().st_ino == file:
            return lock
        lock.close()  # the process that had it removed the file meanwhile


def _lock(path: Path) -> sqlite3.Connection:
    try:
        return _locked(path)
    except sqlite3.OperationalError as problem:
        if problem.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise
        raise Claimed(str(problem)) from problem
    except sqlite3.DatabaseError:
        # It never has any content, so what is in it is damage, and no process has the lock.
        os.truncate(path, 0)
        return _locked(path)


def _locked(path: Path) -> sqlite3.Connection:
    lock = sqlite3.connect(path, isolation_level=None, timeout=0)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error:
        lock.close()
        raise
    return lock
