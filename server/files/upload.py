"""An upload under way: its bytes are checked, hashed and written as they come."""

import contextlib
import errno
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import batched
from pathlib import Path
from typing import BinaryIO

from server.files.content import Content, ContentProbe
from server.files.incoming import FULL, Incoming, UploadError, disk_full, is_kept
from server.files.regular import directory, open_regular
from server.files.space import measure
from shared.file_names import safe_name
from shared.media_types import Accepted
from shared.problems import problem

_PIECES = 1024
"""The most that `writev` takes on Linux (`IOV_MAX`)."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A file in the folder: `stored` is its name there, `name` the one that members see."""

    stored: str
    name: str
    size: int
    sha256: str
    type: str
    encoding: str
    lines: int
    preview: str


@dataclass(frozen=True, slots=True)
class Target:
    """Where an upload goes: the downloads folder, the mode of its files, and `.incoming/`.

    `accepted` is what the room takes.
    """

    downloads: Path
    mode: int
    incoming: Incoming
    accepted: Accepted = "text"


class Upload:
    """An upload under way: `recall` the kept bytes, `write` those that come, then `finish`.

    Before that, `check` and `reopen` show what has come. Or `abandon` it, or `set_aside` its
    bytes for later; both do nothing after its end.

    Args:
        target: where it goes.
        part: the name in `.incoming/` and the file, locked and without a buffer.
        name: the file's name as members see it, safe; in the folder no program keeps it.
        most: the most bytes that the file may have.
        quota: bytes for all files together; what is kept of other uploads may have to give way.
            0: there is room for all.
        tag: goes into its name in the folder, so that no other host has the same.
    """

    def __init__(
        self,
        target: Target,
        part: tuple[str, BinaryIO],
        name: str,
        most: int,
        quota: int = 0,
        *,
        tag: str = "",
    ) -> None:
        self._target = target
        self._tag = tag
        self._part, self._file = part
        self._name = name
        self._most = most
        self._quota = quota
        self._ended = False
        self._sha256 = hashlib.sha256()
        self._probe = ContentProbe(target.accepted)
        self._content: Content | None = None
        self._size = 0

    def recall(self, count: int) -> bool:
        """Read the next `count` of the kept bytes; return False if there are none."""
        data = self._file.read(count)
        self._take(data)
        return bool(data)

    def write(self, *pieces: bytes) -> None:
        """Append the next bytes. Raises `UploadError`, `NotTextError`, `OSError`."""
        for piece in pieces:
            self._take(piece)
        try:
            _write(self._file.fileno(), pieces)
        except OSError as why:
            raise disk_full(why) from why

    def check(self) -> Content:
        """Return what the file is, when all of it has come.

        Raises `UploadError`, `NotTextError`, `OSError`.
        """
        if self._content is None:
            self._content = self._probe.verdict(self._file.fileno())
        return self._content

    def reopen(self) -> BinaryIO:
        """Open the file, of which all has come, to read. Raises `OSError`."""
        with self._target.incoming.opened() as folder:
            return os.fdopen(open_regular(folder, self._part, os.O_RDONLY), "rb")

    @property
    def stored(self) -> str:
        """Its name in the folder, if that is free."""
        name = safe_name(self._name)  # people open what lies in this folder
        if not self._tag:
            return name
        stem, suffix = os.path.splitext(name)  # noqa: PTH122
        return f"{stem}.{self._tag}{suffix}"

    def finish(self) -> Kept:
        """Move the file to the folder. Raises `UploadError`, `NotTextError`, `OSError`."""
        content = self.check()
        try:
            if self._quota:
                used = measure(self._target.downloads).used
                self._target.incoming.make_room(used - self._quota)
            with contextlib.suppress(PermissionError):  # not every file system has modes
                os.fchmod(self._file.fileno(), self._target.mode)
            stored = self._move()
            self._ended = True
            self._file.close()  # not before: closing gives up the lock
        except OSError as why:
            raise disk_full(why) from why
        return Kept(
            stored=stored,
            name=self._name,
            size=self._size,
            sha256=self._sha256.hexdigest(),
            **content._asdict(),
        )

    def abandon(self) -> None:
        """Remove its bytes."""
        if not self._ended:
            self._ended = True
            with contextlib.suppress(OSError):  # the folder was cleared
                self._target.incoming.remove(self._part)
            with contextlib.suppress(OSError):  # a network disk may report an earlier write
                self._file.close()

    def set_aside(self) -> None:
        """Keep its bytes, so that the rest can be appended; without a `part`, remove them."""
        if is_kept(self._part) and not self._ended:
            self._ended = True
            with contextlib.suppress(OSError):  # a network disk may report an earlier write
                self._file.close()
        self.abandon()

    def _take(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > self._most:
            raise UploadError(problem("too_long", "file", most=self._most, have=self._size))
        self._probe.feed(data)
        self._sha256.update(data)

    def _move(self) -> str:
        """Give the file the first free name of `x.txt`, `x (2).txt`, …, and return it.

        With a tag it must get the first of them, as other hosts know it by that.
        """
        name = self.stored
        stem, suffix = os.path.splitext(name)  # noqa: PTH122
        number = 1
        with directory(self._target.downloads) as folder, self._target.incoming.opened() as own:
            while True:
                if self._tag and number > 1:
                    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), name)
                stored = name if number == 1 else f"{stem} ({number}){suffix}"
                try:
                    os.link(
                        self._part, stored, src_dir_fd=own, dst_dir_fd=folder,
                        follow_symlinks=False,
                    )  # fmt: skip
                except FileExistsError:
                    number += 1
                    continue
                except OSError as why:
                    if why.errno in FULL:
                        raise
                    if not self._replace_claim(own, folder, stored):
                        number += 1
                        continue
                    return stored
                os.unlink(self._part, dir_fd=own)
                return stored

    def _replace_claim(self, own: int, folder: int, stored: str) -> bool:
        """Move the file where the file system has no hard links; return False for a taken name.

        An empty file claims the name; then the upload takes its place.
        """
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            os.close(os.open(stored, flags, 0o600, dir_fd=folder))
        except FileExistsError:
            return False
        try:
            os.rename(self._part, stored, src_dir_fd=own, dst_dir_fd=folder)
        except OSError:
            os.unlink(stored, dir_fd=folder)
            raise
        return True


def _write(file: int, pieces: Sequence[bytes]) -> None:
    """Write all bytes; the system may take fewer at a time. Raises `OSError`."""
    for some in batched(pieces, _PIECES):
        written = os.writev(file, some)
        if written < sum(map(len, some)):
            rest = memoryview(b"".join(some))[written:]
            while rest:
                rest = rest[os.write(file, rest) :]
