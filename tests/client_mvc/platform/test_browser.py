"""Opening web pages with the programs of a desktop, which are scripts here."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from client_mvc.platform import browser

URL = "https://example.org/?a=1&b=2"

type MakeOpener = Callable[[str], Path]


@pytest.fixture
def opener(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeOpener:
    """Return a function that makes the only program on the path; it notes its arguments."""
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("BROWSER", raising=False)

    def make(ends: str) -> Path:
        program, noted = tmp_path / "xdg-open", tmp_path / "noted"
        program.write_text(f'#!/bin/sh\nprintf %s "$*" > {noted}\n{ends}\n')
        program.chmod(0o700)
        return noted

    return make


def test_a_browser_opens(opener: MakeOpener) -> None:
    noted = opener("exit 0")
    assert browser.open_page(URL)
    assert noted.read_text() == URL


def test_a_desktop_without_a_browser(opener: MakeOpener) -> None:
    opener("exit 3")
    assert not browser.open_page(URL)


def test_a_program_that_stays_is_a_browser(
    opener: MakeOpener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browser, "FAILS_WITHIN", 0.05)
    stop = opener("while ! [ -e ${0%/*}/stop ]; do /bin/sleep 0.05; done").with_name("stop")
    assert browser.open_page(URL)
    stop.touch()


def test_without_any_program(opener: MakeOpener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webbrowser.open", lambda _: False)
    assert not browser.open_page(URL)


def test_a_program_that_cannot_run(opener: MakeOpener) -> None:
    opener("").with_name("xdg-open").write_text("#!/nowhere\n")
    assert not browser.open_page(URL)
