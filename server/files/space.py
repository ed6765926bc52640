"""How much space the downloads folder takes, and how much the disk has left.

The room process asks, as it reserves space for the uploads of all workers.
"""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from server.files.incoming import Incoming, is_kept
from server.files.regular import directory, is_regular
from server.files.thumbnails import size_of_all


class Space(NamedTuple):
    """Bytes of whole files and thumbnails, of parts, and free ones.

    `parts` cannot be kept, those in `kept` can, by name.
    """

    stored: int
    parts: int
    kept: Mapping[str, int]
    free: int

    @property
    def used(self) -> int:
        """Bytes of all files."""
        return self.stored + self.parts + sum(self.kept.values())


def measure(downloads: Path) -> Space:
    """Return the space of a downloads folder. It may block. Raises `OSError`.

    Entries that are no regular files, or that cannot be looked at, count as nothing.
    """
    stored = size_of_all(downloads)
    with directory(downloads) as folder:
        for name in os.listdir(folder):  # noqa: PTH208
            try:
                state = os.stat(name, dir_fd=folder, follow_symlinks=False)
            except OSError:  # just removed, or a damaged entry
                continue
            if is_regular(state):
                stored += state.st_size
    unfinished = Incoming(downloads).unfinished()
    kept = {one.name: one.size for one in unfinished if is_kept(one.name)}
    parts = sum(one.size for one in unfinished) - sum(kept.values())
    return Space(stored, parts, kept, shutil.disk_usage(downloads).free)
