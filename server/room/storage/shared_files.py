"""Removing shared files of events that are not kept any more from the downloads folder.

Only a file that the journal knows is removed: of its name, bytes and SHA-256. Links are not
followed, and whatever else has taken the name stays. May block: call it from a thread.
"""

import hashlib
import os
import stat
from collections.abc import Iterable
from pathlib import Path

type Doomed = tuple[int, str, int, str]
"""A number, the name in the folder, bytes, SHA-256 (hex)."""

_BLOCK = 1024 * 1024


def remove(downloads: Path, doomed: Iterable[Doomed]) -> list[int]:
    """Remove these files; returns the numbers of those that need no further attempt.

    Raises:
        OSError: the others have to be tried again.
    """
    done: list[int] = []
    problem: OSError | None = None
    folder = os.open(downloads, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for number, name, size, sha256 in doomed:
            try:
                if _is_name(name) and _is_ours(folder, name, size, sha256):
                    os.unlink(name, dir_fd=folder)
            except FileNotFoundError:
                pass
            except OSError as failed:
                problem = failed
                continue
            done.append(number)
    finally:
        os.close(folder)
    if problem is not None and not done:
        raise problem
    return done


def _is_name(name: str) -> bool:
    return bool(name) and "/" not in name and "\0" not in name and not name.startswith(".")


def _is_ours(folder: int, name: str, size: int, sha256: str) -> bool:
    """Return whether this is the regular file that was shared, unchanged."""
    found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    if not stat.S_ISREG(found.st_mode) or found.st_size != size:
        return False
    file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    digest = hashlib.sha256()
    with open(file, "rb", buffering=0) as opened:  # noqa: PTH123 - of a descriptor
        while block := opened.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest() == sha256
