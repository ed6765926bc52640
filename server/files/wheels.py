"""What a room offers to install from: the wheels in a folder of its own.

`chatroom-server wheels` fills the folder. Only files with names of wheels are seen there, and
no link is followed.
"""

import hashlib
import os
import re
from pathlib import Path
from typing import BinaryIO, NamedTuple

from server.files.regular import directory, is_regular, open_regular

FOLDER = "wheels"
"""The name of the folder in the data folder."""
_NAME = re.compile(r"([A-Za-z0-9][A-Za-z0-9._]*)-[A-Za-z0-9._+!-]+\.whl")
_LONGEST = 200
_BLOCK = 1 << 18


class Wheel(NamedTuple):
    """A file of the folder; `size` is in bytes."""

    name: str
    size: int
    sha256: str

    @property
    def project(self) -> str:
        """The name of what it installs, as indexes spell it (PEP 503)."""
        return normalised(self.name.partition("-")[0])


class Wheels:
    """The wheels in a folder, which need not exist. Hashes of unchanged files are kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._hashes: dict[str, tuple[tuple[int, ...], str]] = {}

    def all(self) -> list[Wheel]:
        """Return the wheels by name; none without the folder. It reads those that are new."""
        try:
            with directory(self._folder, follow=False) as folder:
                names = sorted(one.name for one in os.scandir(folder) if _is_wheel(one.name))
                found = [self._look_at(folder, name) for name in names]
        except OSError:
            return []
        present = [wheel for wheel in found if wheel is not None]
        kept = {wheel.name for wheel in present}
        self._hashes = {name: one for name, one in self._hashes.items() if name in kept}
        return present

    def open(self, name: str) -> tuple[Wheel, BinaryIO]:
        """Open a wheel. Raises `OSError` if there is none of this name."""
        if not _is_wheel(name):
            raise FileNotFoundError(name)
        with directory(self._folder, follow=False) as folder:
            file = os.fdopen(open_regular(folder, name, os.O_RDONLY), "rb")
        try:
            return self._known(name, file), file
        except BaseException:
            file.close()
            raise

    def _look_at(self, folder: int, name: str) -> Wheel | None:
        try:
            if not is_regular(os.stat(name, dir_fd=folder, follow_symlinks=False)):
                return None
            with os.fdopen(open_regular(folder, name, os.O_RDONLY), "rb") as file:
                return self._known(name, file)
        except OSError:  # it was removed meanwhile, or cannot be read
            return None

    def _known(self, name: str, file: BinaryIO) -> Wheel:
        """Return what is known of an open file; read it if it is new."""
        status = os.fstat(file.fileno())
        state = (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        known = self._hashes.get(name)
        if known is None or known[0] != state:
            digest = hashlib.sha256()
            while data := file.read(_BLOCK):
                digest.update(data)
            file.seek(0)
            known = self._hashes[name] = state, digest.hexdigest()
        return Wheel(name, status.st_size, known[1])


def normalised(project: str) -> str:
    """Return the name of a project as indexes spell it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", project).lower()


def _is_wheel(name: str) -> bool:
    return len(name) <= _LONGEST and _NAME.fullmatch(name) is not None
