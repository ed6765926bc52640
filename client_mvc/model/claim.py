"""Locks by which one process at a time opens a box of the outbox."""

from pathlib import Path

from filelock import FileLock, Timeout


class Claimed(Exception):
    """Another process has opened this box."""


def take(path: Path) -> FileLock:
    """Take the lock of the file at `path`, which ends with its process on every system.

    Raises:
        Claimed: another process has it.
        OSError: the file cannot be made, or its file system has no locks.
    """
    lock = FileLock(path, timeout=0, mode=0o600, thread_local=False, fallback_to_soft=False)
    try:
        lock.acquire()
    except Timeout as problem:
        raise Claimed(str(problem)) from problem
    return lock
