"""The downloads folder: uploaded files under readable and safe names.

A file is written under `.incoming/` and moved into the folder when it is whole and known to be
one that the room takes; no name that a client sends can reach outside the folder, hide, or
overwrite. No link in it is followed. Everything here may block: call it from a thread.
"""

import contextlib
import errno
import os
import secrets
import stat
from pathlib import Path
from typing import BinaryIO

from server.files.incoming import KEPT_FOR, Incoming, disk_full
from server.files.regular import directory, is_plain, open_regular
from server.files.thumbnails import Thumbnails
from server.files.upload import Target, Upload
from shared.file_names import safe_name
from shared.media_types import Accepted

_TAG_BYTES = 6
"""Two of 10,000 files of one name get the same by a chance of one in five million."""


class Folder:
    """The downloads folder at `path`. New files get `mode`, new folders one that fits it.

    `accepted` is what the room takes. With `unique`, new files get names that no other host of
    the room gives: `notes.3f9ac2d01b7e.txt`.
    """

    def __init__(
        self,
        path: Path,
        mode: int = 0o600,
        accepted: Accepted = "text",
        *,
        unique: bool = False,
    ) -> None:
        self.path = path
        self._unique = unique
        self.thumbnails = Thumbnails(path)
        self._accepted = accepted
        self._mode = mode
        self._incoming = Incoming(path)

    def create(self) -> None:
        """Create it if need be, for whom its mode lets in. Raises `OSError`."""
        missing = [one for one in (self.path, *self.path.parents) if not one.exists()]
        for one in reversed(missing):
            with contextlib.suppress(FileExistsError):
                one.mkdir(0o700)
                one.chmod(folder_mode(self._mode))

    def prepare(self, kept_for: float = 0.0) -> None:
        """Create it if need be, see that it can be written, remove unfinished uploads.

        Uploads that were cut in the last `kept_for` seconds stay.

        Raises:
            UnsafeFolderError: a link stands in it where the server writes.
            OSError: it cannot be written.
        """
        self.create()
        self._incoming.prepare()
        self._incoming.sweep(kept_for)

    def others_can_write(self) -> bool:
        """Whether other users of this computer can put files into it."""
        return bool(self.path.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH))

    def begin(
        self, name: str, most: int, part: str = "", offset: int = 0, quota: int = 0
    ) -> Upload:
        """Start an upload.

        Args:
            name: the file's name, as the client gave it.
            most: the most bytes that it may have.
            part: the name under which its bytes are kept if it is cut; empty: they are not.
            offset: the byte from which on they come now; those before are kept under `part`.
            quota: bytes for all files together, if kept ones may have to give way; else 0.

        Raises:
            UploadError: there is no space, or not `offset` bytes are kept.
            OSError: the folder cannot be written.
        """
        try:
            self._incoming.sweep(KEPT_FOR)
            place = self._incoming.place(part, offset)
        except OSError as why:
            raise disk_full(why) from why
        target = Target(self.path, self._mode, self._incoming, self._accepted)
        shown = safe_name(name, programs=self._accepted == "any")
        tag = secrets.token_hex(_TAG_BYTES) if self._unique else ""
        return Upload(target, place, shown, most, quota, tag=tag)

    def kept(self, part: str) -> int:
        """Return how many bytes are kept under `part`; 0 while an upload is adding to them."""
        if (file := self._incoming.reopen(part)) is None:
            return 0
        with file:
            return os.fstat(file.fileno()).st_size

    def open(self, stored: str, size: int) -> BinaryIO:
        """Open a file to read. Raises `FileNotFoundError` if it was removed or changed."""
        with directory(self.path) as folder:
            file = os.fdopen(open_regular(folder, stored, os.O_RDONLY), "rb")
        if os.fstat(file.fileno()).st_size != size:
            file.close()
            raise FileNotFoundError(errno.ENOENT, "it has another size", stored)
        return file

    def begin_copy(self) -> tuple[str, BinaryIO]:
        """Create a file for the copy of another host's file; its name and itself, locked.

        Then `finish_copy`, and in any case `abandon_copy`. All raise `OSError`.
        """
        return self._incoming.place("", 0)

    def finish_copy(self, part: str, file: BinaryIO, stored: str) -> None:
        """Move a copy to its place, also over a damaged one."""
        file.flush()
        with contextlib.suppress(PermissionError):  # not every file system has modes
            os.fchmod(file.fileno(), self._mode)
        with directory(self.path) as folder, self._incoming.opened() as own:
            if not is_plain(stored):
                raise FileNotFoundError(errno.ENOENT, "it is no name of a file", stored)
            os.rename(part, stored, src_dir_fd=own, dst_dir_fd=folder)

    def abandon_copy(self, part: str, file: BinaryIO) -> None:
        """Remove a copy that is not in its place, and close it."""
        with contextlib.suppress(FileNotFoundError):
            self._incoming.remove(part)
        with contextlib.suppress(OSError):  # what is still buffered may not fit
            file.close()

    def remove(self, stored: str) -> None:
        """Remove a file that the room did not accept."""
        self.thumbnails.remove(stored)
        (self.path / stored).unlink(missing_ok=True)


def folder_mode(mode: int) -> int:
    """Return the mode of a folder for files of this mode: whoever reads them may enter."""
    return mode | (mode & 0o444) >> 2
