"""Names of files, made safe for every file system."""

import unicodedata

import pytest
from hypothesis import given, settings

from shared import limits
from shared.file_names import safe_name
from tests import strategies

DEVICES = {
    "con",
    "prn",
    "aux",
    "nul",
    "clock$",
    "conin$",
    "conout$",
    *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10)),
}


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
        ("-rf", "rf"),
        ("--help.txt", "help.txt"),
        ("~root", "root"),
        (".-~ -x.txt", "x.txt"),
        ("-", "file"),
        ("$(id).txt", "_(id).txt"),
        ("`id`; rm & x.txt", "_id__ rm _ x.txt"),
        ("${HOME}.txt", "_{HOME}.txt"),
        ("a\u200bb\u00ad\u2060\u180e.txt", "ab.txt"),
        ("a\u3164\U000e0041.txt", "a.txt"),
        ("a\u034f\u17b4\u17b5.l\u034fnk", "a.lnk.txt"),
        ("O'Brien #1 50% (x) + [y].txt", "O'Brien #1 50% (x) + [y].txt"),
    ],
)
def test_a_name_is_made_safe(given_name: str, kept: str) -> None:
    assert safe_name(given_name) == kept


@pytest.mark.parametrize(
    "name",
    [
        "x.desktop", "X.DESKTOP", "setup.exe", "photo.jpg.exe", "a.bat", "a.cmd", "example.com",
        "a.ps1", "a.vbs", "a.js", "a.hta", "a.lnk", "a.url", "a.reg", "a.sh", "autorun.inf",
        "Desktop.ini", "a.scr", "a.command", "a.webloc", "a.appimage", "a.msi", "thumbs.db",
        "x.library-ms", "a.pyw", "a.iqy", "a.slk", "a.diagcfg", "a.shb", "a.ins", "a.xbap",
    ],
)  # fmt: skip
def test_what_runs_or_is_obeyed_gets_the_ending_of_a_text(name: str) -> None:
    assert safe_name(name) == f"{name}.txt"
    for hidden in (f"{name}.", f"{name} ", f"{name}\u200b", f".{name}", f"-{name}"):
        assert safe_name(hidden) == f"{name}.txt"


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("setup.exe", "setup.exe"),
        ("Build.SH", "Build.SH"),
        ("../-app.js ", "app.js"),
        ("a.txt", "a.txt"),
        ("con.exe", "con_.exe"),
        ("x.desktop", "x.desktop.txt"),
        ("x.lnk", "x.lnk.txt"),
        ("x.scf", "x.scf.txt"),
        ("x.url", "x.url.txt"),
        ("autorun.inf", "autorun.inf.txt"),
        ("desktop.ini", "desktop.ini.txt"),
        ("x.library-ms", "x.library-ms.txt"),
    ],
)
def test_a_program_can_keep_its_ending_but_not_what_acts_when_it_is_looked_at(
    name: str, kept: str
) -> None:
    assert safe_name(name, programs=True) == kept


@pytest.mark.parametrize(
    "name", ["notes.ini", "a.py", "a.html", "exe", "desktop.txt", "a.json"]
)
def test_other_endings_stay(name: str) -> None:
    assert safe_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "CON", "con.txt", "nul", "NUL.tar.gz", "com1", "LPT9.log", ".CON", " .CON.txt",
        "CON .txt", "..nul", "con\u3000.txt", "nul\u200e", "aux.", "PRN ...",
        ". con.txt", "a/con", "con/", "CONIN$", "conout$.txt", "conin$ .a",
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
    assert not safe.startswith((".", " ", "-", "~"))
    assert not set(safe) & set("$`;&")
    assert not safe.endswith((".", " "))
    assert safe not in (".", "..")
    assert not any(unicodedata.category(character) in ("Cc", "Cf", "Cs") for character in safe)
    assert len(safe) <= limits.FILE_NAME_CHARACTERS
    assert len(safe.encode()) <= 255 - len(" (1234567)")
    assert not is_device(safe)


@given(strategies.file_names)
@settings(max_examples=300)
def test_a_safe_name_stays_as_it_is(name: str) -> None:
    safe = safe_name(name)
    assert safe_name(safe) == safe
    assert unicodedata.is_normalized("NFC", safe)
