"""The downloads folder: what people upload, under readable and safe names.

A file is written under `.incoming/` and moved into the folder when it is whole and known to
be text; no name that a client sends can reach outside the folder, hide, or overwrite. What came
of an upload that was cut stays there for a while, for the rest to be put behind it.
Everything here may block: call it from a thread. Knows no HTTP and no room.
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

INCOMING = ".incoming"
_KEPT = ".kept"
KEPT_FOR = 600.0
"""Seconds after its last byte that an upload which was cut can be gone on with."""
_NAME_BYTES = 200  # file systems allow 255; " (123)" and the temporary suffix need some
_SUFFIX_CHARACTERS = 20
_RESERVED = ':*?"<>|'
_CONSOLE = ("conin$", "conout$")  # devices of Windows that pathvalidate does not know
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_DIRECTION = {"RLE", "LRE", "RLO", "LRO", "PDF", "RLI", "LRI", "FSI", "PDI"}


class TooLargeError(Exception):
    """The file has more bytes than it may."""


class NoSpaceError(Exception):
    """The disk, or the quota, is full."""


class OffsetError(Exception):
    """What is kept of an upload does not end where its rest begins."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A file in the folder: `stored` is its name there, `name` the one it was shared under."""

    stored: str
    name: str
    size: int
    sha256: str
    lines: int
    preview: str
    encoding: str


def safe_name(name: str) -> str:
    """A name any system can keep: no path, no device, not hidden, no control characters.

    At most 120 characters; Unicode is kept, in NFC. Never empty.
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
        """Make it, if need be, and remove what uploads left unfinished. Raises `OSError`.

        But for what came of those that were cut in the last `kept_for` seconds.
        """
        (self.path / INCOMING).mkdir(parents=True, exist_ok=True)
        self._sweep(kept_for)

    def begin(
        self, name: str, size: int, most: int, part: str = "", offset: int = 0
    ) -> "Upload":
        """Start taking in a file of `size` bytes. Raises `NoSpaceError`, `OffsetError`.

        If it is cut, what came is kept under `part`, unless that is empty. With an `offset`,
        only the bytes from there on come now; those before must be kept under `part`.
        """
        try:
            self._sweep(KEPT_FOR)
            path, file = self._place(part, offset)
        except OSError as problem:
            raise _as_space(problem) from problem
        upload = Upload(path, file, safe_name(name), most)
        if self._quota and not self._fits(size - offset):
            upload.abandon()
            raise NoSpaceError("The room keeps no more files: its quota is used up.")
        return upload

    def kept(self, part: str) -> int:
        """How many bytes are kept under `part`: 0 too while an upload is adding to them."""
        if (file := _reopen(self._part(part))) is None:
            return 0
        with file:
            return os.fstat(file.fileno()).st_size

    def open(self, stored: str, size: int) -> BinaryIO:
        """A file to read. Raises `FileNotFoundError` if the host has removed or changed it."""
        file = (self.path / stored).open("rb")
        if os.fstat(file.fileno()).st_size != size:
            file.close()
            raise FileNotFoundError(errno.ENOENT, "it has another size", stored)
        return file

    def remove(self, stored: str) -> None:
        """Take back a file that the room did not accept."""
        (self.path / stored).unlink(missing_ok=True)

    def _fits(self, size: int) -> bool:
        """Whether the quota has room for so many bytes, if need be in place of kept ones."""
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
        """Remove what no upload is adding to, or can go on with."""
        for path in (self.path / INCOMING).iterdir():
            with contextlib.suppress(OSError):  # somebody else was quicker, or it is not ours
                if path.suffix == _KEPT and time.time() - path.stat().st_mtime < kept_for:
                    continue
                if (file := _held(path, "r+b")) is not None:
                    path.unlink()
                    file.close()

    def _part(self, part: str) -> Path:
        return self.path / INCOMING / f"{part}{_KEPT}"

    def _place(self, part: str, offset: int) -> tuple[Path, BinaryIO]:
        """Where an upload is written: what is kept under `part`, or a new file."""
        if part:
            path = self._part(part)
            file = _reopen(path)
            if offset:
                return path, _ending_at(offset, file)
            if file is not None:
                file.truncate()
            elif (file := _held(path, "x+b")) is None:
                return self._place("", 0)  # an upload that nobody waits for any more has it
            return path, file
        if offset:
            raise OffsetError("Nothing is kept of this file.")
        while True:
            path = self.path / INCOMING / f"{os.getpid()}-{secrets.token_hex(8)}.part"
            if (file := _held(path, "x+b")) is not None:
                return path, file


def _held(path: Path, mode: str) -> BinaryIO | None:
    """The file, opened in this mode (one that writes), its lock saying that an upload has it.

    None if another upload has it, or it is there and should be new.
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
    return None  # another has it, or it was finished or swept away before it was locked


def _reopen(path: Path) -> BinaryIO | None:
    """A kept file to add to, if there is one that no upload has."""
    try:
        file = _held(path, "r+b")
    except FileNotFoundError:
        return None
    if file is not None and os.fstat(file.fileno()).st_nlink > 1:
        # Its worker died as it put it into the folder, where it must not change any more.
        path.unlink()
        file.close()
        return None
    return file


def _ending_at(offset: int, file: BinaryIO | None) -> BinaryIO:
    if file is None:
        raise OffsetError("Nothing is kept of this file.")
    if (size := os.fstat(file.fileno()).st_size) != offset:
        file.close()
        raise OffsetError(f"{size} bytes of this file are kept, not {offset}.")
    return file


class Upload:
    """A file on its way in. `recall` what is kept of it, `write` what arrives, then `finish`.

    Or `abandon` it, or `set_aside` what came; either is harmless after its end.
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
        """Look at the next `count` bytes of what came before; false if there are none."""
        data = self._file.read(count)
        self._take(data)
        return bool(data)

    def write(self, data: bytes) -> None:
        """Take in the next bytes. Raises `TooLargeError`, `NotTextError`, `NoSpaceError`."""
        self._take(data)
        try:
            self._file.write(data)
        except OSError as problem:
            raise _as_space(problem) from problem

    def finish(self) -> Kept:
        """Put the whole file into the folder. Raises `NotTextError`, `NoSpaceError`."""
        try:
            self._file.flush()
            encoding, lines, preview = self._probe.verdict(self._path)
            stored = self._move()
            self._ended = True
            self._file.close()  # not before: the lock goes with it
        except OSError as problem:
            raise _as_space(problem) from problem
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
        """Leave nothing behind."""
        if not self._ended:
            self._ended = True
            with contextlib.suppress(FileNotFoundError):  # the host has cleared the folder
                self._path.unlink()
            with contextlib.suppress(OSError):  # what is still buffered may not fit
                self._file.close()

    def set_aside(self) -> None:
        """Keep what came, for the rest to be put behind it; of one with no `part`, nothing."""
        if self._path.suffix == _KEPT and not self._ended:
            self._ended = True
            with contextlib.suppress(OSError):  # what is still buffered may not fit
                self._file.close()
        self.abandon()

    def _take(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > self._most:
            raise TooLargeError(f"A file may have at most {self._most} bytes.")
        self._probe.feed(data)
        self._sha256.update(data)

    def _move(self) -> str:
        """Give the file its name: the first of `x.txt`, `x (2).txt`, … that is free."""
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
            except OSError as problem:
                if problem.errno in _FULL:
                    raise
                # No hard links on this file system: claim the name, then replace the claim.
                try:
                    (folder / stored).open("xb").close()
                except FileExistsError:
                    number += 1
                    continue
                self._path.replace(folder / stored)
                return stored
            self._path.unlink()
            return stored


def _as_space(problem: OSError) -> Exception:
    if problem.errno in _FULL:
        return NoSpaceError("The room's disk is full.")
    return problem
