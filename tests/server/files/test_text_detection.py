"""What is a text file, in which encoding, and what is shown of it before it is opened."""

import codecs
import random
import time
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.files.folder import Folder
from server.files.text_detection import NotTextError
from shared import limits
from tests import strategies
from tests.server.files.downloads import MOST, left, take

# --- what is text ------------------------------------------------------------------------

GERMAN = "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich.\n" * 40
RUSSIAN = "Съешь же ещё этих мягких французских булок, да выпей чаю.\n" * 40
JAPANESE = "いろはにほへと ちりぬるを わかよたれそ つねならむ。日本語の文章です。\n" * 40

TEXTS: list[tuple[str, bytes, str, int]] = [
    # what, bytes, encoding, lines
    ("empty", b"", "utf-8", 0),
    ("one letter", b"a", "utf-8", 1),
    ("line feed", b"\n", "utf-8", 1),
    ("ascii", b"hello\nworld\n", "utf-8", 2),
    ("no last line feed", b"hello\nworld", "utf-8", 2),
    ("crlf", b"a\r\nb\r\n", "utf-8", 2),
    ("utf-8", "žluťoučký kůň 😀\n".encode(), "utf-8", 1),
    ("one long character", "😀".encode(), "utf-8", 1),
    ("utf-8 with bom", codecs.BOM_UTF8 + b"a\nb", "utf-8-sig", 2),
    ("utf-8 bom alone", codecs.BOM_UTF8, "utf-8-sig", 0),
    ("utf-16 le", codecs.BOM_UTF16_LE + "a\nü\n".encode("utf-16-le"), "utf-16", 2),
    ("utf-16 be", codecs.BOM_UTF16_BE + "a\nü😀".encode("utf-16-be"), "utf-16", 2),
    ("utf-16 bom alone", codecs.BOM_UTF16_BE, "utf-16", 0),
]
LEGACY: list[tuple[str, str, str]] = [
    ("german in cp1252", GERMAN, "cp1252"),
    ("russian in cp1251", RUSSIAN, "cp1251"),
    ("russian in koi8-r", RUSSIAN, "koi8_r"),
    ("japanese in shift-jis", JAPANESE, "cp932"),
    ("japanese in euc-jp", JAPANESE, "euc_jp"),
]
_random = random.Random(5)
NOT_TEXT: list[tuple[str, bytes]] = [
    ("nul", b"hello\0world"),
    ("nul at the end", b"hello\0"),
    ("a nul alone", b"\0"),
    ("utf-16 without bom", "hello world".encode("utf-16-le")),
    ("utf-32", codecs.BOM_UTF32_LE + "hello".encode("utf-32-le")),
    ("half a utf-16 character", codecs.BOM_UTF16_LE + b"a\0b"),
    ("broken utf-16", codecs.BOM_UTF16_LE + b"a\0\x00\xdcb\0"),
    ("png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x10\0\0\0\x10\x08\x02\0\0\0"),
    ("jpeg", b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0"),
    ("elf", b"\x7fELF\x02\x01\x01" + b"\0" * 9),
    ("zip", b"PK\x03\x04\x14\0\0\0\x08\0"),
    ("deflated", zlib.compress(b"".join(b"%d" % n for n in range(5000)))),
    ("random bytes", _random.randbytes(5000)),
    ("random without nul", _random.randbytes(5000).replace(b"\0", b"\x01")),
]


@pytest.mark.parametrize(
    ("data", "encoding", "lines"),
    [case[1:] for case in TEXTS],
    ids=[case[0] for case in TEXTS],
)
def test_unicode_is_text(folder: Folder, data: bytes, encoding: str, lines: int) -> None:
    kept = take(folder, data)
    assert (kept.encoding, kept.lines, kept.size) == (encoding, lines, len(data))
    assert (folder.path / kept.stored).read_bytes() == data
    codec = "utf-16" if encoding == "utf-16" else "utf-8-sig"
    assert kept.preview == data.decode(codec).replace("\r\n", "\n").rstrip("\n")


@pytest.mark.parametrize(
    ("text", "encoding"), [case[1:] for case in LEGACY], ids=[case[0] for case in LEGACY]
)
def test_legacy_encodings_are_found(folder: Folder, text: str, encoding: str) -> None:
    kept = take(folder, text.encode(encoding))
    assert kept.preview.split("\n")[0] == text.split("\n", maxsplit=1)[0]
    assert kept.lines == 40


@pytest.mark.parametrize("data", [one[1] for one in NOT_TEXT], ids=[one[0] for one in NOT_TEXT])
@pytest.mark.parametrize("piece", [1, 3, 4096])
def test_a_file_that_is_not_text_is_refused_and_leaves_nothing(
    folder: Folder, data: bytes, piece: int
) -> None:
    with pytest.raises(NotTextError, match="This file is not text"):
        take(folder, data, piece=piece)
    assert left(folder) == []


@pytest.mark.parametrize("data", [case[1] for case in TEXTS], ids=[case[0] for case in TEXTS])
def test_the_verdict_is_the_same_wherever_the_bytes_are_cut(
    folder: Folder, data: bytes
) -> None:
    whole = take(folder, data)
    for piece in (1, 2, 3, 5):
        kept = take(folder, data, piece=piece)
        assert (kept.encoding, kept.lines, kept.preview, kept.sha256) == (
            whole.encoding, whole.lines, whole.preview, whole.sha256,
        )  # fmt: skip


@given(strategies.unicode_files, st.integers(0, 200))
def test_any_unicode_cut_anywhere(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, cut: int
) -> None:
    folder = Folder(tmp_path_factory.getbasetemp() / "any-unicode")
    folder.prepare()
    whole = take(folder, data)
    folder.remove(whole.stored)
    upload = folder.begin("notes.txt", MOST)
    upload.write(data[:cut])
    upload.write(data[cut:])
    kept = upload.finish()
    folder.remove(kept.stored)
    assert kept == whole


def test_a_large_legacy_file_is_known_by_its_start_wherever_that_is_cut(folder: Folder) -> None:
    """Characters of two bytes do not end where the sample does."""
    text = JAPANESE * 100
    for shift in ("", "x"):
        kept = take(folder, (shift + text).encode("cp932"))
        assert kept.preview.split("\n")[1] == text.split("\n")[1]


def test_a_large_file_that_begins_with_ascii_is_a_legacy_text_too(folder: Folder) -> None:
    kept = take(folder, b"plain ascii, line after line\n" * 10_000 + GERMAN.encode("cp1252"))
    assert kept.lines == 10_040


def test_a_line_that_does_not_end_is_looked_through_once(folder: Folder) -> None:
    """A worker that looked at it again from each of its bytes would be busy for minutes."""
    before = time.process_time()
    kept = take(folder, b"a" * 65_536 + "ü".encode("cp1252"))
    assert time.process_time() - before < 3
    assert (kept.lines, kept.size) == (1, 65_537)


def test_a_character_cut_off_at_the_very_end_of_a_large_file(folder: Folder) -> None:
    data = ("grün\n" * 30_000).encode() + "ü".encode()[:1]
    try:
        kept = take(folder, data)
    except NotTextError:
        return
    assert kept.lines == 30_001


# --- lines and preview -------------------------------------------------------------------


def test_a_preview_has_so_many_lines(folder: Folder) -> None:
    kept = take(folder, b"".join(b"%d\n" % n for n in range(1000)))
    assert kept.preview == "\n".join(str(n) for n in range(limits.PREVIEW_LINES))
    assert kept.lines == 1000


@pytest.mark.parametrize("piece", [1 << 20, 7])
def test_a_preview_has_so_many_characters(folder: Folder, piece: int) -> None:
    kept = take(folder, ("ü" * 5000).encode(), piece=piece)
    assert kept.preview == "ü" * limits.PREVIEW_CHARACTERS
    assert kept.lines == 1


def test_a_preview_can_be_shown(folder: Folder) -> None:
    kept = take(folder, b"\x1b[31mred\x07\r\nnext\tone\r")
    assert kept.preview == "\ufffd[31mred\ufffd\nnext\tone"
