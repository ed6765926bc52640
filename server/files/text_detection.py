"""Whether bytes are text, in which encoding, and how it begins.

Told while they pass where that can be: of legacy encodings only when all of them are there.
Knows no HTTP, no room and of the downloads folder only the path of one file.
"""

import codecs
from pathlib import Path

from shared import limits, texts

_SAMPLE = 64 * 1024


class NotTextError(Exception):
    """The file is not text that can be told; the message says what was found."""


class TextProbe:
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
