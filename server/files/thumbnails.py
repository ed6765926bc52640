"""`.thumbnails/` in the downloads folder: the small copies of pictures.

Each has the name of its picture in the downloads folder and `.webp`, so it goes with it. No
link is followed. Everything here may block: call it from a thread.
"""

import contextlib
import os
import secrets
import time
from pathlib import Path
from typing import BinaryIO

from server.files.regular import directory, is_regular, open_regular

FOLDER = ".thumbnails"
SUFFIX = ".webp"
MOST_BYTES = 1024 * 1024
"""More than any picture of `limits.THUMBNAIL_WIDTH` and `limits.THUMBNAIL_HEIGHT` takes."""


class Thumbnails:
    """The small copies below the downloads folder `downloads`."""

    def __init__(self, downloads: Path) -> None:
        self._path = downloads / FOLDER

    def write(self, stored: str, data: bytes) -> None:
        """Keep `data` as the small copy of the picture `stored`. Raises `OSError`."""
        with contextlib.suppress(FileExistsError):
            self._path.mkdir(0o700)
        new = f".{secrets.token_hex(8)}{SUFFIX}"  # no file has this name
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with directory(self._path, follow=False) as folder:
            descriptor = os.open(new, flags, 0o600, dir_fd=folder)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(data)
                os.rename(new, stored + SUFFIX, src_dir_fd=folder, dst_dir_fd=folder)
            except OSError:
                with contextlib.suppress(OSError):
                    os.unlink(new, dir_fd=folder)
                raise

    def open(self, stored: str) -> BinaryIO:
        """Open the small copy of `stored`. Raises `FileNotFoundError`, `OSError`."""
        with directory(self._path, follow=False) as folder:
            return os.fdopen(open_regular(folder, stored + SUFFIX, os.O_RDONLY), "rb")

    def names(self, older: float) -> list[str]:
        """Return the pictures that have a small copy since `older` seconds ago, by name."""
        found = []
        limit = time.time() - older
        with (
            contextlib.suppress(OSError),  # there are none
            directory(self._path, follow=False) as folder,
        ):
            for name in os.listdir(folder):  # noqa: PTH208
                with contextlib.suppress(OSError):  # just removed
                    state = os.stat(name, dir_fd=folder, follow_symlinks=False)
                    if is_regular(state) and state.st_mtime < limit and name.endswith(SUFFIX):
                        found.append(name.removesuffix(SUFFIX))
        return found

    def remove(self, stored: str) -> None:
        """Remove the small copy of `stored`, if there is one."""
        with contextlib.suppress(OSError), directory(self._path, follow=False) as folder:
            os.unlink(stored + SUFFIX, dir_fd=folder)


def size_of_all(downloads: Path) -> int:
    """Return the bytes of all small copies."""
    size = 0
    with (
        contextlib.suppress(OSError),  # there are none
        directory(downloads / FOLDER, follow=False) as folder,
    ):
        for name in os.listdir(folder):  # noqa: PTH208
            with contextlib.suppress(OSError):  # just removed
                state = os.stat(name, dir_fd=folder, follow_symlinks=False)
                size += state.st_size if is_regular(state) else 0
    return size
