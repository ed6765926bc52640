"""`.incoming/` in the downloads folder: the bytes of uploads that are not whole yet.

A file that an upload writes to is locked. The bytes of an upload that was cut stay for a while,
so that the rest can be appended. Only files with names of this module's own pattern are ever
opened or removed.
"""

import contextlib
import errno
import fcntl
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from server.files.regular import directory, is_regular, open_regular
from shared.problems import ProblemError, problem

INCOMING = ".incoming"
KEPT_FOR = 600.0
"""Seconds for which the bytes of an upload that was cut are kept."""
_KEPT = ".kept"
_OWN = re.compile(r"[0-9]+-[0-9a-f]{16}\.part|[0-9a-f]{64}\.kept")


class UploadError(ProblemError):
    """An upload cannot go on: too large, no space, or not the kept bytes that it continues."""


class UnsafeFolderError(OSError):
    """The folder cannot be used as it is; the text says why."""


class Unfinished(NamedTuple):
    """A file in `.incoming/`; `changed` is in Unix time."""

    name: str
    size: int
    changed: float


def kept_name(part: str) -> str:
    """Return the name of the file that keeps an upload's bytes; `part` is 64 hex digits."""
    return part + _KEPT


def is_kept(name: str) -> bool:
    """Whether the bytes of a file in `.incoming/` are kept when its upload is cut."""
    return name.endswith(_KEPT)


class Incoming:
    """The folder of unfinished uploads below the downloads folder `downloads`."""

    def __init__(self, downloads: Path) -> None:
        self.path = downloads / INCOMING

    def prepare(self) -> None:
        """Create it if need be, and see that it can be written.

        Raises:
            UnsafeFolderError: it is a link, or another user's.
            OSError: it cannot be written.
        """
        self._make()
        if self.path.is_symlink():
            raise UnsafeFolderError(
                f"{self.path} is a link, and the server would write to another folder. "
                "Remove the link."
            )
        with self.opened() as folder, contextlib.suppress(OSError):
            os.fchmod(folder, 0o700)  # not every file system has modes
        name, file = self._new()
        self.remove(name)
        file.close()

    def _make(self) -> None:
        with contextlib.suppress(FileExistsError):
            self.path.mkdir(0o700)

    @contextmanager
    def opened(self) -> Iterator[int]:
        """Open it, to name files in it; make it again if somebody has removed it."""
        if not self.path.exists():
            self._make()
        with directory(self.path, follow=False) as folder:
            yield folder

    def unfinished(self) -> list[Unfinished]:
        """Return the files of uploads, under way or kept; nothing else that lies here."""
        found = []
        with self.opened() as folder:
            for name in os.listdir(folder):  # noqa: PTH208
                if not _OWN.fullmatch(name):
                    continue
                with contextlib.suppress(OSError):  # an upload that just ended
                    state = os.stat(name, dir_fd=folder, follow_symlinks=False)
                    if is_regular(state):
                        found.append(Unfinished(name, state.st_size, state.st_mtime))
        return found

    def sweep(self, kept_for: float) -> None:
        """Remove uploads that are not under way and were not cut in the last `kept_for` s."""
        now = time.time()
        for one in self.unfinished():
            if not is_kept(one.name) or now - one.changed >= kept_for:
                self._discard(one.name)

    def make_room(self, size: int) -> None:
        """Remove kept bytes until `size` of them are gone, the oldest first."""
        kept = [one for one in self.unfinished() if is_kept(one.name)]
        for one in sorted(kept, key=lambda one: one.changed):
            if size <= 0:
                return
            if self._discard(one.name):
                size -= one.size

    def _discard(self, name: str) -> bool:
        """Remove a file unless an upload writes to it; return whether it was removed."""
        with contextlib.suppress(OSError):  # removed by another, or not ours to remove
            if (file := self._held(name)) is not None:
                with file:
                    self.remove(name)
                return True
        return False

    def remove(self, name: str) -> None:
        """Remove a file. Raises `OSError`."""
        with self.opened() as folder:
            os.unlink(name, dir_fd=folder)

    def reopen(self, part: str) -> BinaryIO | None:
        """Open and lock the bytes kept under `part`; None without, or if an upload has them."""
        name = kept_name(part)
        try:
            file = self._held(name)
        except FileNotFoundError:
            return None
        if file is not None and os.fstat(file.fileno()).st_nlink > 1:
            # Its worker died while it moved the file to the folder, where it must not change.
            self.remove(name)
            file.close()
            return None
        return file

    def place(self, part: str, offset: int) -> tuple[str, BinaryIO]:
        """Return the name and the file that an upload is written to: a kept one, or a new one.

        Args:
            part: the name under which its bytes are kept if it is cut; empty: they are not.
            offset: the byte from which on they come; those before are kept under `part`.

        Raises:
            UploadError: not `offset` bytes are kept.
            OSError: the folder cannot be written.
        """
        if not part:
            if offset:
                raise UploadError(problem("bad_offset", "nothing"))
            return self._new()
        name = kept_name(part)
        file = self.reopen(part)
        if offset:
            return name, _ending_at(offset, file)
        if file is not None:
            file.truncate()
        elif (file := self._created(name)) is None:
            return self._new()  # an upload whose client is gone still has it
        return name, file

    def _new(self) -> tuple[str, BinaryIO]:
        while True:
            name = f"{os.getpid()}-{secrets.token_hex(8)}.part"
            if (file := self._created(name)) is not None:
                return name, file

    def _created(self, name: str) -> BinaryIO | None:
        """Create and lock a file; None if there is something of that name."""
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with self.opened() as folder:
            try:
                file = os.open(name, flags, 0o600, dir_fd=folder)
            except FileExistsError:
                return None
            # Not the user of this process: some disks give all files the same owner.
            if os.fstat(file).st_uid != os.fstat(folder).st_uid:
                os.close(file)
                os.unlink(name, dir_fd=folder)
                raise UnsafeFolderError(f"{self.path} belongs to another user. Remove it.")
            return _locked(folder, name, file)

    def _held(self, name: str) -> BinaryIO | None:
        """Open and lock a file; None if an upload has it. Raises `FileNotFoundError`."""
        with self.opened() as folder:
            return _locked(folder, name, open_regular(folder, name, os.O_RDWR))


def _locked(folder: int, name: str, descriptor: int) -> BinaryIO | None:
    """Return the file, locked and unbuffered; None if another has it, or it was finished."""
    file = os.fdopen(descriptor, "r+b", buffering=0)
    with contextlib.ExitStack() as stack:
        stack.callback(file.close)
        with contextlib.suppress(BlockingIOError, FileNotFoundError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            now = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if os.path.samestat(os.fstat(file.fileno()), now):
                stack.pop_all()
                return file
    return None


def _ending_at(offset: int, file: BinaryIO | None) -> BinaryIO:
    """Return the file if it has `offset` bytes. Raises `UploadError`."""
    if file is None:
        raise UploadError(problem("bad_offset", "nothing"))
    if (size := os.fstat(file.fileno()).st_size) != offset:
        file.close()
        raise UploadError(problem("bad_offset", "differs", have=size, offset=offset))
    return file


FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def disk_full(why: OSError) -> Exception:
    """Return the error to raise for `why`: an `UploadError` if the disk is full."""
    return UploadError(problem("storage", "disk")) if why.errno in FULL else why
