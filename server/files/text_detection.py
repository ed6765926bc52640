"""Tells whether bytes are text, in which encoding, and how the text begins.

UTF-8 and UTF-16 are checked while the bytes come; a legacy encoding is found when all of them
are there.
"""

import codecs
import os

from shared import limits, texts
from shared.problems import ProblemError, problem

_SAMPLE = 64 * 1024


class NotTextError(ProblemError):
    """The file is not text, or text in an encoding that cannot be found.

    `rule` says what the room takes beside text, as `shared.problems` words it.
    """

    def __init__(self, rule: str = "") -> None:
        super().__init__(problem("not_text", rule))


class TextProbe:
    """Checks bytes while they come: UTF-8, UTF-16 with BOM, or not known yet."""

    def __init__(self) -> None:
        self._encoding: str | None = None
        self._decoder: codecs.IncrementalDecoder | None = None
        self._head = b""
        self._line_feeds = 0
        self._last = ""
        self._preview = ""

    def feed(self, data: bytes) -> None:
        """Check the next bytes. Raises `NotTextError` as soon as it is certain."""
        if self._encoding is None:
            data = self._head + data
            if len(data) < 4:
                self._head = data
                return
            self._begin(data)
        if self._encoding != "utf-16" and b"\0" in data:
            raise NotTextError
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
                raise NotTextError from None
            self._decoder = None  # a legacy encoding, or none: found when all bytes are there
            return
        self._count(text)

    def _count(self, text: str) -> None:
        if self._encoding == "utf-16" and "\0" in text:
            raise NotTextError
        self._line_feeds += text.count("\n")
        self._last = text[-1:] or self._last
        if len(self._preview) < 2 * limits.PREVIEW_CHARACTERS:
            self._preview += text[: 2 * limits.PREVIEW_CHARACTERS]

    def verdict(self, file: int) -> tuple[str, int, str]:
        """Return encoding, number of lines and preview. It may take a second.

        Raises `NotTextError`. `file` is the descriptor of a file with all the bytes.
        """
        if self._encoding is None:
            rest = self._head
            self._begin(rest)
            self.feed(rest)
        if self._decoder is not None:
            self._decode(b"", final=True)
        if self._decoder is None:
            self._encoding = _legacy_encoding(file)
            self._read_whole(file)
        assert self._encoding is not None
        lines = self._line_feeds + (self._last not in ("", "\n"))
        return self._encoding, lines, _preview(self._preview)

    def _read_whole(self, file: int) -> None:
        """Count again from the start, as the encoding is known now."""
        self._line_feeds, self._last, self._preview = 0, "", ""
        try:
            os.lseek(file, 0, os.SEEK_SET)
            with open(file, encoding=self._encoding, newline="", closefd=False) as whole:
                while text := whole.read(_SAMPLE):
                    self._count(text)
        except UnicodeError:  # of UTF-16 without its mark it is no UnicodeDecodeError
            raise NotTextError from None


def _legacy_encoding(file: int) -> str:
    """Return the likely encoding of a file that is not Unicode. Raises `NotTextError`."""
    sample = b""
    os.lseek(file, 0, os.SEEK_SET)
    with open(file, "rb", closefd=False) as whole:
        while len(sample) < _SAMPLE and (block := whole.read(_SAMPLE)):
            lines = block.splitlines(keepends=True)
            sample += b"".join(line for line in lines if not line.isascii())
    import chardet  # when first needed: 3 MB and 20 ms that most processes never need

    # Only encodings still in use: with the rarer ones it would be wrong more often.

    found = chardet.detect(sample, encoding_era=chardet.EncodingEra.MODERN_WEB)["encoding"]
    if found is None:
        raise NotTextError
    return found.lower()


def _preview(text: str) -> str:
    lines = texts.defuse(text).split("\n")[: limits.PREVIEW_LINES]
    return "\n".join(lines)[: limits.PREVIEW_CHARACTERS].rstrip("\n")
