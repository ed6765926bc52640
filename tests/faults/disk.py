"""A disk that can be full: a small file system in memory, and a limit on file sizes.

The file system needs the right to mount one; the limit works for every user.
"""

import contextlib
import errno
import os
import resource
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from server.processes.run_directory import RUNNING

_BALLAST = "ballast"
_PIECE = bytes(64 * 1024)


@contextmanager
def mounted(folder: Path, megabytes: int) -> Iterator[bool]:
    """Mount a file system at `folder`; yield False where this user may not."""
    folder.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=700", "faults", str(folder)]
    try:
        done = subprocess.run(mount, check=False, capture_output=True)
        may = done.returncode == 0
    except FileNotFoundError:
        may = False
    try:
        yield may
    finally:
        if may:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> None:
    """Fill the free space."""
    with (folder / _BALLAST).open("ab", buffering=0) as ballast:
        for size in (len(_PIECE), 1):
            with contextlib.suppress(_DiskFull):
                while True:
                    _write(ballast.fileno(), _PIECE[:size])


def free(folder: Path) -> None:
    """Free the space again."""
    (folder / _BALLAST).unlink(missing_ok=True)


class _DiskFull(Exception):
    """The file system is full."""


def _write(file: int, data: bytes) -> None:
    try:
        os.write(file, data)
    except OSError as problem:
        if problem.errno != errno.ENOSPC:
            raise
        raise _DiskFull from problem


def tear(journal: Path, rng: Random) -> None:
    """Leave the files as a loss of power may: the last write of each is only half there.

    A write that was not synced may be torn. With `--durability full` everything before it is on
    the disk; what `normal` may lose beyond that is not taken away here.
    """
    wal = journal.with_name(journal.name + "-wal")
    if wal.exists():
        with wal.open("ab") as file:
            file.write(rng.randbytes(rng.randrange(1, 5000)))
    journal.with_name(journal.name + "-shm").unlink(missing_ok=True)
    (journal.parent / RUNNING).write_bytes(b"")


def limit(pids: Iterable[int]) -> None:
    """Let these processes write no file beyond its first byte."""
    for pid in pids:
        _set(pid, 1)


def unlimit(pids: Iterable[int]) -> None:
    """Remove the limit again."""
    for pid in pids:
        _set(pid, None)


def _set(pid: int, size: int | None) -> None:
    with contextlib.suppress(ProcessLookupError):
        _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (most if size is None else size, most))
