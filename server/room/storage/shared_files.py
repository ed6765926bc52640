"""Shared files in the downloads folder, as the journal knows them.

Only a regular file of a name that a server gives is opened or removed; links are not followed.
May block: call it from a thread.
"""

import contextlib
import errno
import fcntl
import hashlib
import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

from server.files.thumbnails import Thumbnails

INCOMING = ".incoming"
_PART = re.compile(r"[0-9]+-[0-9a-f]{16}\.part|[0-9a-f]{64}\.kept")
_BLOCK = 64 * 1024

type Doomed = tuple[int, str, int, str]
"""A number, the name in the folder, bytes, SHA-256 (hex)."""


def is_name(name: str) -> bool:
    """Return whether a name stays in its folder and is not hidden."""
    return bool(name) and "/" not in name and "\0" not in name and not name.startswith(".")


@contextmanager
def opened(downloads: Path, name: str) -> Iterator[FileIO]:
    """Open a shared file to read. Raises `OSError`; `FileNotFoundError` if it is no file."""
    if not is_name(name):
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)
    with _opened(downloads, name) as file:
        yield file


@contextmanager
def _opened(folder: Path, name: str) -> Iterator[FileIO]:
    try:
        descriptor = os.open(folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):  # a link, a socket
            raise FileNotFoundError(error.errno, error.strerror, name) from None
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise FileNotFoundError(errno.ENOENT, "it is no file", name)
    with open(descriptor, "rb", buffering=0) as file:  # noqa: PTH123 - of a descriptor
        yield file


def remove(downloads: Path, doomed: Iterable[Doomed]) -> list[int]:
    """Remove files of events that went; return the numbers of those that are done.

    With a file go its thumbnail, and the bytes that are kept of uploads of it that were cut.

    What has changed since it was shared, or is no regular file, stays and is done too.

    Raises:
        OSError: none of them could be removed; try again later.
    """
    if not downloads.is_dir():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(downloads))
    done: list[int] = []
    problem: OSError | None = None
    thumbnails = Thumbnails(downloads)
    for number, name, size, sha256 in doomed:
        if is_name(name):
            # Before the file: as long as that is there, no other picture has this name.
            thumbnails.remove(name)
        try:
            with opened(downloads, name) as file:
                ours = os.fstat(file.fileno()).st_size == size
                ours = ours and hashlib.file_digest(file, "sha256").hexdigest() == sha256
                if ours:
                    _remove_parts(downloads / INCOMING, file)
            if ours:
                (downloads / name).unlink()
        except FileNotFoundError:
            pass
        except OSError as failed:
            problem = failed
            continue
        done.append(number)
    if problem is not None and not done:
        raise problem
    return done


def _remove_parts(incoming: Path, shared: FileIO) -> None:
    """Remove what is kept of uploads of this file that were cut; not those under way."""
    try:
        names = [one.name for one in incoming.iterdir() if _PART.fullmatch(one.name)]
    except OSError:
        return
    for name in names:
        with contextlib.suppress(OSError), _opened(incoming, name) as part:
            fcntl.flock(part, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_beginning(part, shared):
                (incoming / name).unlink()


def _is_beginning(part: FileIO, whole: FileIO) -> bool:
    """Return whether a file begins with all bytes of another."""
    whole.seek(0)
    while data := part.read(_BLOCK):
        if whole.read(len(data)) != data:
            return False
    return True
