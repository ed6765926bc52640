"""Files made of what was pasted: kept on disk until they are shared.

An upload needs a file, also after a restart. Each has a folder of its own, so that all can have
the name that others are to see.
"""

import contextlib
import logging
import time
import uuid
from pathlib import Path

from client_mvc.model.atomic import write_atomically

log = logging.getLogger(__name__)

FOLDER = "pasted"
KEPT_FOR = 90 * 24 * 60 * 60.0
"""Seconds after which one that no upload removed is."""


class PastedFiles:
    """Methods may raise OSError, for example on a full disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER

    def keep(self, name: str, data: bytes) -> Path:
        """Write a file with this name and return its path."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder = self._folder / uuid.uuid4().hex
        folder.mkdir(mode=0o700)
        path = folder / name
        write_atomically(path, data, private=True)
        return path

    def remove(self, path: Path) -> None:
        """Remove a file if it is one of these: it was shared, or is not wanted."""
        if path.parent.parent != self._folder:
            return
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
            path.parent.rmdir()

    def sweep(self) -> None:
        """Remove old ones that nobody will share any more."""
        try:
            old = [
                path
                for path in self._folder.glob("*/*")
                if path.stat().st_mtime < time.time() - KEPT_FOR
            ]
        except OSError as problem:
            log.warning("pasted files not swept error=%s", problem)
            return
        for path in old:
            self.remove(path)
