"""The downloads folder: uploaded files under readable and safe names.

A file is written under `.incoming/` and moved into the folder when it is whole and known to be
text; no name that a client sends can reach outside the folder, hide, or overwrite. The bytes of
an upload that was cut stay in `.incoming/` for a while, so that the rest can be appended.
Everything here may block: call it from a thread.
"""

import contextlib
import errno
import fcntl
import hashlib
import os
import re
import secrets
import time
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from pathvalidate import sanitize_filename

from server.files.text_detection import TextProbe
from shared import limits
from shared.problems import ProblemError, problem

INCOMING = ".incoming"
_KEPT = ".kept"
KEPT_FOR = 600.0
"""Seconds for which the bytes of an upload that was cut are kept."""
_NAME_BYTES = 200  # file systems allow 255; " (123)" and the temporary suffix need some
_SUFFIX_CHARACTERS = 20
_RESERVED = ':*?"<>|'
_CONSOLE = ("conin$", "conout$")  # devices of Windows that pathvalidate does not know
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_DIRECTION = {"RLE", "LRE", "RLO", "LRO", "PDF", "RLI", "LRI", "FSI", "PDI"}


class UploadError(ProblemError):
    """An upload cannot go on: too large, no space, or not the kept bytes that it continues."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A file in the folder: `stored` is its name there, `name` the one that members see."""

    stored: str
    name: str
    size: int
    sha256: str
    lines: int
    preview: str
    encoding: str


def safe_name(name: str) -> str:
    """Return a name that any system can keep, made from `name`.

    It has no path, no device name and no control characters, is not hidden and not empty, and
    has at most 120 characters. Unicode is kept, in NFC.
    """
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(c for c in name if c not in _RESERVED and not _invisible(c))
    name = re.sub(r" +\.", ".", " ".join(name.split())).strip(". ")
    stem, dot, suffix = name.rpartition(".")
    if not stem.strip(". ") or len(suffix) > _SUFFIX_CHARACTERS:
        stem, dot, suffix = name, "", ""
    stem, suffix = stem.rstrip(". ") or "file", dot + suffix.strip()
    if name.partition(".")[0].rstrip().lower() in _CONSOLE:
        stem = "_" + stem
    stem = stem[: limits.FILE_NAME_CHARACTERS].rstrip(". ")
    while True:
        name = sanitize_filename(stem + suffix, platform="universal")  # CON becomes CON_
        if len(name) <= limits.FILE_NAME_CHARACTERS and _bytes(name) <= _NAME_BYTES:
            return name
        stem = stem[:-1].rstrip(". ")


def _bytes(name: str) -> int:
    return len(name.encode())


def _invisible(character: str) -> bool:
    return (
        unicodedata.category(character) in ("Cc", "Cs", "Co", "Zl", "Zp")
        or unicodedata.bidirectional(character) in _DIRECTION
        or character in "\u200e\u200f\ufeff"
    )


class Folder:
    """The downloads folder at `path`; `quota` is for all files together, 0 for no limit."""

    def __init__(self, path: Path, quota: int = 0) -> None:
        self.path = path
        self._quota = quota

    def prepare(self, kept_for: float = 0.0) -> None:
        """Create it if need be, and remove unfinished uploads. Raises `OSError`.

        Uploads that were cut in the last `kept_for` seconds stay.
        """
        (self.path / INCOMING).mkdir(parents=True, exist_ok=True)
        self._sweep(kept_for)

    def begin(
        self, name: str, size: int, most: int, part: str = "", offset: int = 0
    ) -> "Upload":
        """Start an upload.

        Args:
            name: the file's name, as the client gave it.
            size: bytes of the whole file, as announced.
            most: the most bytes that it may have.
            part: the name under which its bytes are kept if it is cut; empty: they are not.
            offset: the byte from which on they come now; those before are kept under `part`.

        Raises:
            UploadError: there is no space, or not `offset` bytes are kept.
            OSError: the folder cannot be written.
        """
        try:
            self._sweep(KEPT_FOR)
            path, file = self._place(part, offset)
        except OSError as why:
            raise _disk_full(why) from why
        upload = Upload(path, file, safe_name(name), most)
        if self._quota and not self._fits(size - offset):
            upload.abandon()
            raise UploadError(problem("storage", "quota"))
        return upload

    def kept(self, part: str) -> int:
        """Return how many bytes are kept under `part`; 0 while an upload is adding to them."""
        if (file := _reopen(self._part(part))) is None:
            return 0
        with file:
            return os.fstat(file.fileno()).st_size

    def open(self, stored: str, size: int) -> BinaryIO:
        """Open a file to read. Raises `FileNotFoundError` if it was removed or changed."""
        file = (self.path / stored).open("rb")
        if os.fstat(file.fileno()).st_size != size:
            file.close()
            raise FileNotFoundError(errno.ENOENT, "it has another size", stored)
        return file

    def remove(self, stored: str) -> None:
        """Remove a file that the room did not accept."""
        (self.path / stored).unlink(missing_ok=True)

    def _fits(self, size: int) -> bool:
        """Return whether the quota allows `size` more bytes; remove kept ones if need be."""
        if self._used() + size <= self._quota:
            return True
        self._sweep(0.0)
        return self._used() + size <= self._quota

    def _used(self) -> int:
        used = 0
        for folder in (self.path, self.path / INCOMING):
            with os.scandir(folder) as entries:
                for entry in entries:
                    with contextlib.suppress(FileNotFoundError):  # an upload that just ended
                        used += entry.stat().st_size if entry.is_file() else 0
        return used

    def _sweep(self, kept_for: float) -> None:
        """Remove uploads that are not under way and not to be kept for their rest."""
        for path in (self.path / INCOMING).iterdir():
            with contextlib.suppress(OSError):  # removed by another, or not ours to remove
                if path.suffix == _KEPT and time.time() - path.stat().st_mtime < kept_for:
                    continue
                if (file := _held(path, "r+b")) is not None:
                    path.unlink()
                    file.close()

    def _part(self, part: str) -> Path:
        return self.path / INCOMING / f"{part}{_KEPT}"

    def _place(self, part: str, offset: int) -> tuple[Path, BinaryIO]:
        """Open the file that an upload is written to: the kept one, or a new one."""
        if part:
            path = self._part(part)
            file = _reopen(path)
            if offset:
                return path, _ending_at(offset, file)
            if file is not None:
                file.truncate()
            elif (file := _held(path, "x+b")) is None:
                return self._place("", 0)  # an upload whose client is gone still has it
            return path, file
        if offset:
            raise UploadError(problem("bad_offset", "nothing"))
        while True:
            path = self.path / INCOMING / f"{os.getpid()}-{secrets.token_hex(8)}.part"
            if (file := _held(path, "x+b")) is not None:
                return path, file


def _held(path: Path, mode: str) -> BinaryIO | None:
    """Open and lock a file for an upload, in a mode that writes.

    Returns None if another upload has it, or if it exists and should be new.
    """
    try:
        file = cast("BinaryIO", path.open(mode))
    except FileExistsError:
        return None
    with contextlib.ExitStack() as stack:
        stack.callback(file.close)
        with contextlib.suppress(BlockingIOError, FileNotFoundError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(file.fileno()), path.stat()):
                stack.pop_all()
                return file
    return None  # another has it, or it was finished or removed before it was locked


def _reopen(path: Path) -> BinaryIO | None:
    """Open a kept file to add to; None if there is none, or an upload has it."""
    try:
        file = _held(path, "r+b")
    except FileNotFoundError:
        return None
    if file is not None and os.fstat(file.fileno()).st_nlink > 1:
        # Its worker died while it moved the file to the folder, where it must not change.
        path.unlink()
        file.close()
        return None
    return file


def _ending_at(offset: int, file: BinaryIO | None) -> BinaryIO:
    """Return the file if it has `offset` bytes. Raises `UploadError`."""
    if file is None:
        raise UploadError(problem("bad_offset", "nothing"))
    if (size := os.fstat(file.fileno()).st_size) != offset:
        file.close()
        raise UploadError(problem("bad_offset", "differs", have=size, offset=offset))
    return file


class Upload:
    """An upload under way: `recall` the kept bytes, `write` those that come, then `finish`.

    Or `abandon` it, or `set_aside` its bytes for later; both do nothing after its end.
    """

    def __init__(self, path: Path, file: BinaryIO, name: str, most: int) -> None:
        self._path = path
        self._file = file
        self._name = name
        self._most = most
        self._ended = False
        self._sha256 = hashlib.sha256()
        self._probe = TextProbe()
        self._size = 0

    def recall(self, count: int) -> bool:
        """Read the next `count` of the kept bytes; return False if there are none."""
        data = self._file.read(count)
        self._take(data)
        return bool(data)

    def write(self, data: bytes) -> None:
        """Append the next bytes. Raises `UploadError`, `NotTextError`, `OSError`."""
        self._take(data)
        try:
            self._file.write(data)
        except OSError as why:
            raise _disk_full(why) from why

    def finish(self) -> Kept:
        """Move the file to the folder. Raises `UploadError`, `NotTextError`, `OSError`."""
        try:
            self._file.flush()
            encoding, lines, preview = self._probe.verdict(self._path)
            stored = self._move()
            self._ended = True
            self._file.close()  # not before: closing gives up the lock
        except OSError as why:
            raise _disk_full(why) from why
        return Kept(
            stored=stored,
            name=self._name,
            size=self._size,
            sha256=self._sha256.hexdigest(),
            lines=lines,
            preview=preview,
            encoding=encoding,
        )

    def abandon(self) -> None:
        """Remove its bytes."""
        if not self._ended:
            self._ended = True
            with contextlib.suppress(FileNotFoundError):  # the folder was cleared
                self._path.unlink()
            with contextlib.suppress(OSError):  # what is still buffered may not fit
                self._file.close()

    def set_aside(self) -> None:
        """Keep its bytes, so that the rest can be appended; without a `part`, remove them."""
        if self._path.suffix == _KEPT and not self._ended:
            self._ended = True
            with contextlib.suppress(OSError):  # what is still buffered may not fit
                self._file.close()
        self.abandon()

    def _take(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > self._most:
            raise UploadError(problem("too_long", "file", most=self._most, have=self._size))
        self._probe.feed(data)
        self._sha256.update(data)

    def _move(self) -> str:
        """Give the file the first free name of `x.txt`, `x (2).txt`, …, and return it."""
        folder = self._path.parent.parent
        stem, suffix = os.path.splitext(self._name)  # noqa: PTH122
        number = 1
        while True:
            stored = self._name if number == 1 else f"{stem} ({number}){suffix}"
            try:
                os.link(self._path, folder / stored)
            except FileExistsError:
                number += 1
                continue
            except OSError as why:
                if why.errno in _FULL:
                    raise
                # This file system has no hard links: claim the name, then replace the claim.
                try:
                    (folder / stored).open("xb").close()
                except FileExistsError:
                    number += 1
                    continue
                self._path.replace(folder / stored)
                return stored
            self._path.unlink()
            return stored


def _disk_full(why: OSError) -> Exception:
    """Return the error to raise for `why`: an `UploadError` if the disk is full."""
    return UploadError(problem("storage", "disk")) if why.errno in _FULL else why
