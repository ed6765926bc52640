"""The downloads folder: safe names, what is text, nothing left behind."""

import codecs
import errno
import os
import random
import threading
import unicodedata
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server import files
from server.files import (
    INCOMING,
    Folder,
    Kept,
    NoSpaceError,
    NotTextError,
    TooLargeError,
    safe_name,
)
from shared import limits
from tests import strategies

MOST = 10 * 1024 * 1024
DEVICES = {
    "con",
    "prn",
    "aux",
    "nul",
    "clock$",
    *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10)),
}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    folder = Folder(tmp_path / "downloads")
    folder.prepare()
    return folder


def take(folder: Folder, data: bytes, name: str = "notes.txt", piece: int = 1 << 30) -> Kept:
    upload = folder.begin(name, len(data), MOST)
    try:
        for start in range(0, len(data), piece):
            upload.write(data[start : start + piece])
        return upload.finish()
    finally:
        upload.abandon()


def left(folder: Folder) -> list[str]:
    """All files, those under way too."""
    paths = [*folder.path.iterdir(), *(folder.path / INCOMING).iterdir()]
    return sorted(path.name for path in paths if path.is_file())


# --- names -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("notes.txt", "notes.txt"),
        ("My notes (final).txt", "My notes (final).txt"),
        ("日本語.txt", "日本語.txt"),
        ("/etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("C:\\Users\\ada\\a.txt", "a.txt"),
        ("../", "file"),
        ("", "file"),
        (".", "file"),
        ("..", "file"),
        ("...", "file"),
        (" . ", "file"),
        (".bashrc", "bashrc"),
        ("a.txt.", "a.txt"),
        ("a.txt ", "a.txt"),
        ("a\n\tb.txt", "ab.txt"),
        ("a\0b.txt", "ab.txt"),
        ("a:b*c?.txt", "abc.txt"),
        ("photo\u202egnp.txt", "photognp.txt"),
        ("\ufeffa.txt", "a.txt"),
        ("e\u0301.txt", "é.txt"),
        ("a.tar.gz", "a.tar.gz"),
    ],
)
def test_a_name_is_made_safe(given_name: str, kept: str) -> None:
    assert safe_name(given_name) == kept


@pytest.mark.parametrize(
    "name",
    [
        "CON", "con.txt", "nul", "NUL.tar.gz", "com1", "LPT9.log", ".CON", " .CON.txt",
        "CON .txt", "..nul", "con\u3000.txt", "nul\u200e", "aux.", "PRN ...",
        ". con.txt", "a/con", "con/",
    ],
)  # fmt: skip
def test_no_name_is_a_device(name: str) -> None:
    """Windows opens `CON.txt` as the console, whatever the extension."""
    assert not is_device(safe_name(name))


def is_device(name: str) -> bool:
    return name.split(".", maxsplit=1)[0].rstrip(" ").lower() in DEVICES


def test_long_names_are_cut_before_the_extension() -> None:
    name = safe_name("x" * 300 + ".txt")
    assert limits.FILE_NAME_CHARACTERS - 2 <= len(name) <= limits.FILE_NAME_CHARACTERS
    assert name.endswith("xx.txt")
    assert len(safe_name("語" * 300 + ".md").encode()) <= 255
    assert len(safe_name("a." + "x" * 300)) <= limits.FILE_NAME_CHARACTERS


@given(strategies.file_names)
@settings(max_examples=300)
def test_any_name_is_made_safe(name: str) -> None:
    safe = safe_name(name)
    assert safe
    assert not set(safe) & set('/\\:*?"<>|')
    assert not safe.startswith((".", " "))
    assert not safe.endswith((".", " "))
    assert safe not in (".", "..", INCOMING)
    assert not any(unicodedata.category(character) in ("Cc", "Cs") for character in safe)
    assert len(safe) <= limits.FILE_NAME_CHARACTERS
    assert len(safe.encode()) <= 255 - len(" (1234567)")
    assert not is_device(safe)


@given(strategies.file_names)
@settings(max_examples=300)
def test_a_safe_name_stays_as_it_is(name: str) -> None:
    safe = safe_name(name)
    assert safe_name(safe) == safe
    assert unicodedata.is_normalized("NFC", safe)


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
def test_old_encodings_are_told(folder: Folder, text: str, encoding: str) -> None:
    kept = take(folder, text.encode(encoding))
    assert kept.preview.split("\n")[0] == text.split("\n", maxsplit=1)[0]
    assert kept.lines == 40


@pytest.mark.parametrize("data", [one[1] for one in NOT_TEXT], ids=[one[0] for one in NOT_TEXT])
@pytest.mark.parametrize("piece", [1, 3, 4096])
def test_what_is_not_text_is_refused_and_leaves_nothing(
    folder: Folder, data: bytes, piece: int
) -> None:
    with pytest.raises(NotTextError, match=r"not a text file"):
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
    upload = folder.begin("notes.txt", len(data), MOST)
    upload.write(data[:cut])
    upload.write(data[cut:])
    kept = upload.finish()
    folder.remove(kept.stored)
    assert kept == whole


def test_a_large_old_file_is_told_by_its_start_wherever_that_is_cut(folder: Folder) -> None:
    """Characters of two bytes do not end where the sample does."""
    text = JAPANESE * 100
    for shift in ("", "x"):
        kept = take(folder, (shift + text).encode("cp932"))
        assert kept.preview.split("\n")[1] == text.split("\n")[1]


def test_a_large_file_that_is_plain_at_first_is_an_old_text_too(folder: Folder) -> None:
    kept = take(folder, b"plain ascii, line after line\n" * 10_000 + GERMAN.encode("cp1252"))
    assert kept.lines == 10_040


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


# --- the folder --------------------------------------------------------------------------


def test_names_never_overwrite(folder: Folder) -> None:
    stored = [take(folder, f"{n}".encode()).stored for n in range(4)]
    assert stored == ["notes.txt", "notes (2).txt", "notes (3).txt", "notes (4).txt"]
    assert [(folder.path / name).read_text() for name in stored] == ["0", "1", "2", "3"]
    assert take(folder, b"", "README").stored == "README"
    assert take(folder, b"", "README").stored == "README (2)"
    assert take(folder, b"").name == "notes.txt", "it is shared under the name it came with"


def test_two_at_once_get_two_names(folder: Folder) -> None:
    uploads = [folder.begin("a.txt", 1, MOST) for _ in range(8)]
    kept: list[Kept] = []
    for number, upload in enumerate(uploads):
        upload.write(b"%d" % number)
    threads = [
        threading.Thread(target=lambda one=one: kept.append(one.finish())) for one in uploads
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({one.stored for one in kept}) == 8
    contents = sorted((folder.path / one.stored).read_bytes() for one in kept)
    assert contents == [b"%d" % n for n in range(8)]


def test_a_file_system_without_hard_links(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*args: Any) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    assert [take(folder, b"x").stored for _ in range(2)] == ["notes.txt", "notes (2).txt"]
    assert left(folder) == ["notes (2).txt", "notes.txt"]


def test_an_abandoned_upload_leaves_nothing(folder: Folder) -> None:
    upload = folder.begin("a.txt", 10, MOST)
    upload.write(b"half")
    assert len(left(folder)) == 1
    upload.abandon()
    upload.abandon()
    assert left(folder) == []


def test_abandoning_after_the_end_is_harmless(folder: Folder) -> None:
    kept = take(folder, b"whole")
    assert left(folder) == [kept.stored]
    folder.remove(kept.stored)
    folder.remove(kept.stored)
    assert left(folder) == []


def test_too_large(folder: Folder) -> None:
    upload = folder.begin("a.txt", 10, 10)
    upload.write(b"x" * 10)
    with pytest.raises(TooLargeError, match="10 bytes"):
        upload.write(b"x")
    upload.abandon()
    assert left(folder) == []


def test_the_quota_counts_what_is_there_and_what_is_coming(tmp_path: Path) -> None:
    folder = Folder(tmp_path, quota=10)
    folder.prepare()
    take(folder, b"12345")
    with pytest.raises(NoSpaceError, match="quota"):
        folder.begin("a.txt", 6, MOST)
    upload = folder.begin("a.txt", 5, MOST)
    upload.write(b"12345")
    upload._file.flush()
    with pytest.raises(NoSpaceError):
        folder.begin("b.txt", 1, MOST)
    upload.abandon()
    folder.begin("b.txt", 5, MOST).abandon()


def test_the_quota_is_counted_while_other_uploads_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another worker may move a file away between being listed and being looked at."""
    folder = Folder(tmp_path, quota=1000)
    folder.prepare()
    others = folder.begin("other.txt", 5, MOST)
    scandir = os.scandir

    @contextmanager
    def overtaken(path: Path) -> Iterator[list[os.DirEntry[str]]]:
        with scandir(path) as entries:
            listed = list(entries)
        if path.name == INCOMING:
            others.abandon()
        yield listed

    monkeypatch.setattr(files.os, "scandir", overtaken)
    folder.begin("mine.txt", 5, MOST).abandon()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_no_space(folder: Folder, number: int) -> None:
    upload = folder.begin("a.txt", 10, MOST)

    class Full:
        def write(self, data: bytes) -> None:
            raise OSError(number, os.strerror(number))

        def close(self) -> None:
            raise OSError(number, os.strerror(number))

    upload._file.close()
    upload._file = Full()  # type: ignore[assignment]
    with pytest.raises(NoSpaceError, match="disk is full"):
        upload.write(b"x")
    upload.abandon()
    assert left(folder) == []


def test_preparing_removes_what_uploads_left_and_nothing_else(folder: Folder) -> None:
    kept = take(folder, b"keep")
    (folder.path / INCOMING / "99999999-abcdef.part").write_text("of a process that died")
    folder.prepare()
    assert left(folder) == [kept.stored]


def test_preparing_leaves_uploads_of_another_server_alone(folder: Folder) -> None:
    """Two servers may share the folder, each with its own data."""
    upload = folder.begin("theirs.txt", 10, MOST)
    upload.write(b"half")
    folder.prepare()
    assert upload.finish().stored == "theirs.txt"


def test_uploads_go_on_while_another_worker_starts(folder: Folder) -> None:
    """A worker removes left-overs when it starts; what others write is none."""
    with ThreadPoolExecutor(1) as other:
        ended = threading.Event()

        def start_again_and_again() -> None:
            while not ended.is_set():
                folder.prepare()

        starting = other.submit(start_again_and_again)
        try:
            kept = [take(folder, b"whole") for _ in range(500)]
        finally:
            ended.set()
        starting.result()
    assert len({one.stored for one in kept}) == 500


def test_a_file_that_its_owner_removed(folder: Folder) -> None:
    kept = take(folder, b"x")
    with folder.open(kept.stored) as file:
        assert file.read() == b"x"
    folder.remove(kept.stored)
    with pytest.raises(FileNotFoundError):
        folder.open(kept.stored)
