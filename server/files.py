"""The downloads folder: what people upload, under readable and safe names.

A file is written under `.incoming/` and moved into the folder when it is whole and known to
be text; no name that a client sends can reach outside the folder, hide, or overwrite.
Everything here may block: call it from a thread. Knows no HTTP and no room.
"""

import codecs
import contextlib
import errno
import fcntl
import hashlib
import os
import re
import secrets
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pathvalidate import sanitize_filename

from shared import limits, texts

INCOMING = ".incoming"
_SAMPLE = 64 * 1024
_NAME_BYTES = 200  # file systems allow 255; " (123)" and the temporary suffix need some
_SUFFIX_CHARACTERS = 20
_RESERVED = ':*?"<>|'
_CONSOLE = ("conin$", "conout$")  # devices of Windows that pathvalidate does not know
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_DIRECTION = {"RLE", "LRE", "RLO", "LRO", "PDF", "RLI", "LRI", "FSI", "PDI"}


class NotTextError(Exception):
    """The file is not text that can be told; the message says what was found."""


class TooLargeError(Exception):
    """The file has more bytes than it may."""


class NoSpaceError(Exception):
    """The disk, or the quota, is full."""


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

    def prepare(self) -> None:
        """Make it, if need be, and remove what uploads left unfinished. Raises `OSError`."""
        incoming = self.path / INCOMING
        incoming.mkdir(parents=True, exist_ok=True)
        for left_over in incoming.iterdir():
            _remove_unless_held(left_over)

    def begin(self, name: str, size: int, most: int) -> "Upload":
        """Start taking in a file of `size` bytes. Raises `NoSpaceError`."""
        if self._quota and self._used() + size > self._quota:
            raise NoSpaceError("The room keeps no more files: its quota is used up.")
        try:
            return Upload(self.path, safe_name(name), most)
        except OSError as problem:
            raise _as_space(problem) from problem

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

    def _used(self) -> int:
        used = 0
        for folder in (self.path, self.path / INCOMING):
            with os.scandir(folder) as entries:
                for entry in entries:
                    with contextlib.suppress(FileNotFoundError):  # an upload that just ended
                        used += entry.stat().st_size if entry.is_file() else 0
        return used


def _open_held(path: Path) -> BinaryIO:
    """A new file that says by its lock that an upload writes it."""
    while True:
        file = path.open("xb")
        fcntl.flock(file, fcntl.LOCK_EX)
        if os.fstat(file.fileno()).st_nlink:
            return file
        file.close()  # taken for a left-over before it was locked


def _remove_unless_held(path: Path) -> None:
    """Remove what no upload writes any more; other workers may have some under way."""
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink(missing_ok=True)
    except (BlockingIOError, FileNotFoundError):
        return


class Upload:
    """A file on its way in. `write` what arrives, then `finish`, or `abandon` it."""

    def __init__(self, folder: Path, name: str, most: int) -> None:
        self._folder = folder
        self._name = name
        self._most = most
        self._path = folder / INCOMING / f"{os.getpid()}-{secrets.token_hex(8)}.part"
        self._file = _open_held(self._path)
        self._sha256 = hashlib.sha256()
        self._probe = _TextProbe()
        self._size = 0

    def write(self, data: bytes) -> None:
        """Take in the next bytes. Raises `TooLargeError`, `NotTextError`, `NoSpaceError`."""
        self._size += len(data)
        if self._size > self._most:
            raise TooLargeError(f"A file may have at most {self._most} bytes.")
        self._probe.feed(data)
        self._sha256.update(data)
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
        """Leave nothing behind. Harmless after `finish`."""
        with contextlib.suppress(OSError):  # what is still buffered may not fit: it goes anyway
            self._file.close()
        self._path.unlink(missing_ok=True)

    def _move(self) -> str:
        """Give the file its name: the first of `x.txt`, `x (2).txt`, … that is free."""
        stem, suffix = os.path.splitext(self._name)  # noqa: PTH122
        number = 1
        while True:
            stored = self._name if number == 1 else f"{stem} ({number}){suffix}"
            try:
                os.link(self._path, self._folder / stored)
            except FileExistsError:
                number += 1
                continue
            except OSError as problem:
                if problem.errno in _FULL:
                    raise
                # No hard links on this file system: claim the name, then replace the claim.
                try:
                    (self._folder / stored).open("xb").close()
                except FileExistsError:
                    number += 1
                    continue
                self._path.replace(self._folder / stored)
                return stored
            self._path.unlink()
            return stored


class _TextProbe:
    """Whether bytes are text, told while they pass: UTF-8, UTF-16 with BOM, or unknown yet."""

    def __init__(self) -> None:
        self._encoding: str | None = None
        self._decoder: codecs.IncrementalDecoder | None = None
        self._head = b""
        self._line_feeds = 0
        self._last = ""
        self._preview = ""

    def feed(self, data: bytes) -> None:
        """The next bytes. Raises `NotTextError` as soon as it is certain."""
        if self._encoding is None:
            data = self._head + data
            if len(data) < 4:
                self._head = data
                return
            self._begin(data)
        if self._encoding != "utf-16" and b"\0" in data:
            raise NotTextError("This is not a text file: it has NUL bytes.")
        if self._decoder is not None:
            self._decode(data, final=False)

    def _begin(self, data: bytes) -> None:
        self._head = b""
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            self._encoding = "utf-16"
        else:
            self._encoding = "utf-8-sig" if data.startswith(codecs.BOM_UTF8) else "utf-8"
        self._decoder = codecs.getincrementaldecoder(self._encoding)()

    def _decode(self, data: bytes, *, final: bool) -> None:
        assert self._decoder is not None
        try:
            text = self._decoder.decode(data, final)
        except UnicodeDecodeError:
            if self._encoding == "utf-16":
                raise NotTextError("This is not a text file: its UTF-16 is damaged.") from None
            self._decoder = None  # a legacy encoding, or none: told when it is whole
            return
        self._count(text)

    def _count(self, text: str) -> None:
        if self._encoding == "utf-16" and "\0" in text:
            raise NotTextError("This is not a text file: it has NUL characters.")
        self._line_feeds += text.count("\n")
        self._last = text[-1:] or self._last
        if len(self._preview) < 2 * limits.PREVIEW_CHARACTERS:
            self._preview += text[: 2 * limits.PREVIEW_CHARACTERS]

    def verdict(self, path: Path) -> tuple[str, int, str]:
        """Encoding, number of lines, preview. `path` has all the bytes. May take a second."""
        if self._encoding is None:
            rest = self._head
            self._begin(rest)
            self.feed(rest)
        if self._decoder is not None:
            self._decode(b"", final=True)
        if self._decoder is None:
            self._encoding = _legacy_encoding(path)
            self._read_whole(path)
        assert self._encoding is not None
        lines = self._line_feeds + (self._last not in ("", "\n"))
        return self._encoding, lines, _preview(self._preview)

    def _read_whole(self, path: Path) -> None:
        """Count again, from the start, now that the encoding is known."""
        self._line_feeds, self._last, self._preview = 0, "", ""
        try:
            with path.open(encoding=self._encoding, newline="") as whole:
                while text := whole.read(_SAMPLE):
                    self._count(text)
        except UnicodeError:  # of UTF-16 without its mark it is no UnicodeDecodeError
            raise NotTextError("This is not a text file: no encoding fits all of it.") from None


def _legacy_encoding(path: Path) -> str:
    """The likely encoding of a file that is not Unicode. Raises `NotTextError`."""
    sample = b""
    with path.open("rb") as file:
        while len(sample) < _SAMPLE and (block := file.read(_SAMPLE)):
            lines = block.splitlines(keepends=True)
            sample += b"".join(line for line in lines if not line.isascii())
    # Of the encodings that are still met: the rarer ones would only be told wrongly instead.
    import chardet  # when first needed: 3 MB and 20 ms that most processes never need

    found = chardet.detect(sample, encoding_era=chardet.EncodingEra.MODERN_WEB)["encoding"]
    if found is None:
        raise NotTextError("This is not a text file, or its encoding cannot be told.")
    return found.lower()


def _preview(text: str) -> str:
    lines = texts.defuse(text).split("\n")[: limits.PREVIEW_LINES]
    return "\n".join(lines)[: limits.PREVIEW_CHARACTERS].rstrip("\n")


def _as_space(problem: OSError) -> Exception:
    if problem.errno in _FULL:
        return NoSpaceError("The room's disk is full.")
    return problem
