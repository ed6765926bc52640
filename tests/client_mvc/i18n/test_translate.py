"""Which language is chosen, its texts, and that its catalogue is complete."""

import ast
import configparser
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from string import Formatter

import pytest
from babel.messages import Catalog
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from client_mvc.controller import help_page, wording
from client_mvc.controller.notices import notice
from client_mvc.i18n import translate
from client_mvc.i18n.translate import _, ngettext
from tests.client_mvc.fakes import joined

ROOT = Path(__file__).parents[3]
TEMPLATE = translate.FOLDER / "chatroom.pot"
GERMAN = translate.FOLDER / "de" / "LC_MESSAGES" / "chatroom.po"


@pytest.fixture
def german() -> Iterator[None]:
    translate.choose(["de_DE"])
    yield
    translate.choose([])


# --- choosing ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [
        ({"LANG": "de_DE.UTF-8"}, ["de_DE"]),
        ({"LANG": "en_GB.UTF-8", "LC_MESSAGES": "de_AT@euro"}, ["de_AT"]),
        ({"LC_MESSAGES": "de_DE", "LC_ALL": "fr_FR.UTF-8"}, ["fr_FR"]),
        ({"LC_ALL": "", "LANG": "de"}, ["de"]),
        ({"LANG": "fr_FR.UTF-8", "LANGUAGE": "nds:de_CH:"}, ["nds", "de_CH", "fr_FR"]),
        ({"LC_ALL": "C.UTF-8", "LANG": "de_DE", "LANGUAGE": "de"}, []),
        ({"LANG": "POSIX"}, []),
    ],
)
def test_the_locale_chooses_the_language(environ: dict[str, str], wanted: list[str]) -> None:
    assert translate.preferred(environ) == wanted


@pytest.mark.parametrize(("system", "wanted"), [("de_DE", ["de_DE"]), (None, []), ("C", [])])
def test_without_variables_the_system_decides(
    monkeypatch: pytest.MonkeyPatch, system: str | None, wanted: list[str]
) -> None:
    monkeypatch.setattr("locale.getlocale", lambda: (system, "cp1252"))
    assert translate.preferred({}) == wanted


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        (["de_AT"], "de"),
        (["fr_FR", "de"], "de"),
        (["en_US", "de"], "en"),
        (["tlh", "../de"], "en"),
        (["de_XX"], "de"),
        ([], "en"),
    ],
)
@pytest.mark.usefixtures("german")
def test_the_first_language_with_a_catalogue_else_english(
    wanted: list[str], chosen: str
) -> None:
    translate.choose(wanted)
    assert translate.language() == chosen


def test_english_loads_no_library() -> None:
    program = (
        "import sys; sys.modules['babel'] = None; from client_mvc.i18n import translate;"
        "translate.choose(['en_GB']); print(translate.gettext('Send'))"
    )
    said = subprocess.check_output([sys.executable, "-c", program], cwd=ROOT, timeout=30)
    assert said.strip() == b"Send"


# --- translating -------------------------------------------------------------------------


@pytest.mark.usefixtures("german")
def test_german() -> None:
    assert _("Saved as {target}.", target="{notes}.txt") == "Gespeichert als {notes}.txt."
    assert translate.day(date(2026, 11, 20)) == "Freitag, 20. November 2026"
    assert translate.short_day(date(2026, 11, 20)) == "20.11.2026"
    assert translate.size(2_458) == "2,4 KB"
    assert translate.size(1_023) == "1.023 Byte"
    assert notice(joined(1, "bob")) == "bob ist gekommen"
    assert wording.reading(1_234).endswith("Seitdem 1.234 neue Nachrichten.")
    assert wording.reading(1).endswith("Seitdem 1 neue Nachricht.")
    assert "Strg+F" in str(help_page.groups())


@pytest.mark.usefixtures("german")
def test_a_text_without_a_translation_stays_english() -> None:
    assert _("not translated") == "not translated"
    assert ngettext("{count} x", "{count} xs", 2_000) == "2.000 xs"


# --- the catalogue -----------------------------------------------------------------------


def _read(path: Path) -> Catalog:
    with path.open("rb") as source:
        return read_po(source, abort_invalid=True)


def _messages(catalog: Catalog) -> dict[str | tuple[str, ...], Message]:
    return {
        tuple(each.id) if isinstance(each.id, list | tuple) else each.id: each
        for each in catalog
        if each.id
    }


def test_the_template_matches_the_source(tmp_path: Path) -> None:
    """If it fails, run `tox -e words`, and translate the new texts."""
    tox = configparser.ConfigParser()
    tox.read(ROOT / "tox.ini")
    command = tox["testenv:words"]["commands"].strip().splitlines()[0].split()
    assert command[:2] == ["pybabel", "extract"]
    fresh = tmp_path / "chatroom.pot"
    command[command.index("--output") + 1] = str(fresh)
    program = [sys.executable, "-m", "babel.messages.frontend", "--quiet", *command[1:]]
    subprocess.run(program, cwd=ROOT, check=True, timeout=60)
    assert fresh.read_text("utf-8") == TEMPLATE.read_text("utf-8")


def test_german_is_complete() -> None:
    wanted, german = _messages(_read(TEMPLATE)), _messages(_read(GERMAN))
    assert german.keys() == wanted.keys()
    assert not _read(GERMAN).obsolete
    for id, message in german.items():
        assert not message.fuzzy, id
        several = not isinstance(id, str)
        says = (message.string,) if isinstance(message.string, str) else message.string
        assert says is not None, id
        assert len(says) == (2 if several else 1), id
        for text in says:
            assert text, id
            assert _places(text) == _places(id if isinstance(id, str) else id[-1]), id
            assert (text[0], text[-1]).count("\n") == (id[0] + id[-1]).count("\n") or several


def _places(text: str) -> set[str | None]:
    return {field for _text, field, _, _ in Formatter().parse(text)} - {None}


# --- every text is in the catalogue ------------------------------------------------------

SHOWN = ("text", "title", "label", "accelerator", "summary", "reason")
"""Arguments whose values a person reads."""
PROSE = re.compile(r"[A-Za-z]{2,} [a-z]{2,}|[a-z]{2,}…|^[A-Z][a-z]+ ")
NOT_PROSE = re.compile(
    r"insert [-+] | \+ 1 char|^(ghost|neutral|primary|selected) [!@a-z]|^Key-| chars$|"
    r"VARIATION|ZERO WIDTH|Noto Color Emoji|^\nproc |^Bearer |^Chatroom( desktop.*| %.*)?$|[<>]"
)
UNSEEN = ("_", "ngettext", "marked", "RuntimeError", "AssertionError", "OSError")


def _literals(node: ast.AST, *, shown: bool = False) -> Iterator[tuple[int, str]]:
    """Yield line and text of each literal that a person reads, unless it is translated."""
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.Call(func=ast.Name(id=name)) if name in UNSEEN:
                continue
            case ast.Call(func=ast.Attribute(value=ast.Name(id="log"))):
                continue
            case ast.Expr(value=ast.Constant()):
                continue
            case ast.keyword(arg="help"):  # of the command line, which is English
                continue
            case ast.keyword(arg=name):
                yield from _literals(child, shown=name in SHOWN)
            case ast.Constant(value=str(text)):
                wordy = shown and re.search(r"[A-Za-z]{2,}", text)
                if (wordy or PROSE.search(text)) and not NOT_PROSE.search(text):
                    yield child.lineno, text
            case ast.JoinedStr() | ast.BinOp() | ast.IfExp() | ast.Tuple():
                yield from _literals(child, shown=shown)
            case _:
                yield from _literals(child)


def test_every_text_on_screen_is_in_the_catalogue() -> None:
    client = ROOT / "client_mvc"
    sources = [
        *(client / "view").rglob("*.py"),
        *(client / "controller").rglob("*.py"),
        *(client / "network").rglob("*.py"),
        client / "app.py",
    ]
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text!r}"
        for path in sources
        for line, text in _literals(ast.parse(path.read_text("utf-8")))
    ]
    assert not found


def test_texts_outside_of_the_catalogue_are_found() -> None:
    source = "Label(text='Send')\nwarn(f'{x} was sent')\nlog.info('x was sent')\n_('Send it')"
    assert list(_literals(ast.parse(source))) == [(1, "Send"), (2, " was sent")]
