"""Regular files and nothing else: no link is followed, no pipe or device opened.

Others may be able to write to the folder. A link there would lead a write or a deletion to
another place, and opening a pipe waits for its other end.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def directory(path: Path, *, follow: bool = True) -> Iterator[int]:
    """Open a folder, to name files in it; with `follow` it may be a link. Raises `OSError`."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
    folder = os.open(path, flags if follow else flags | os.O_NOFOLLOW)
    try:
        yield folder
    finally:
        os.close(folder)


def open_regular(folder: int, name: str, flags: int) -> int:
    """Return the descriptor of an existing regular file; never wait.

    Args:
        folder: the descriptor of its folder.
        name: its name there, without a path.
        flags: as for `os.open`.

    Raises:
        FileNotFoundError: there is none, or it is something else.
        OSError: it cannot be opened.
    """
    if os.sep in name or not is_regular(os.stat(name, dir_fd=folder, follow_symlinks=False)):
        raise _not_regular(name)
    try:
        file = os.open(
            name, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder
        )
    except OSError as why:
        if why.errno in (errno.ELOOP, errno.ENXIO):  # it has just become a link or a pipe
            raise _not_regular(name) from None
        raise
    if not is_regular(os.fstat(file)):
        os.close(file)
        raise _not_regular(name)
    return file


def is_regular(found: os.stat_result) -> bool:
    """Whether this is a file with bytes."""
    return stat.S_ISREG(found.st_mode)


def _not_regular(name: str) -> FileNotFoundError:
    return FileNotFoundError(errno.ENOENT, "it is not a regular file", name)


def is_plain(name: str) -> bool:
    """Whether a name stays in its folder and is not hidden."""
    return bool(name) and os.sep not in name and "\0" not in name and not name.startswith(".")
