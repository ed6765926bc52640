"""A disk that can be full: a small file system in memory where one may mount it, and a limit.

Knows nothing of what is kept on it.
"""

import contextlib
import errno
import os
import resource
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

_BALLAST = "ballast"
_PIECE = bytes(64 * 1024)


@contextmanager
def mounted(folder: Path, megabytes: int) -> Iterator[bool]:
    """A file system of its own at `folder`; False where this user may not mount one."""
    folder.mkdir()
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
    """Take all that is free."""
    with (folder / _BALLAST).open("ab", buffering=0) as ballast:
        for size in (len(_PIECE), 1):
            with contextlib.suppress(_Full):
                while True:
                    _write(ballast.fileno(), _PIECE[:size])


def free(folder: Path) -> None:
    """Give it back."""
    (folder / _BALLAST).unlink(missing_ok=True)


class _Full(Exception):
    """Nothing more can be written."""


def _write(file: int, data: bytes) -> None:
    try:
        os.write(file, data)
    except OSError as problem:
        if problem.errno != errno.ENOSPC:
            raise
        raise _Full from problem


def limit(pids: Iterable[int]) -> None:
    """These processes can write no file beyond its first byte."""
    for pid in pids:
        _set(pid, 1)


def unlimit(pids: Iterable[int]) -> None:
    """They can again."""
    for pid in pids:
        _set(pid, None)


def _set(pid: int, size: int | None) -> None:
    with contextlib.suppress(ProcessLookupError):
        _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (most if size is None else size, most))
