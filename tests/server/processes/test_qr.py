"""The QR code in the terminal."""

import shutil
from os import terminal_size

import pytest

from server.processes import qr

URL = "https://192.168.1.5:18000/"


def window(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setattr(shutil, "get_terminal_size", lambda: terminal_size((columns, 24)))


def test_it_is_white_on_black_in_every_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    window(monkeypatch, 80)
    lines = qr.drawn(URL).split("\n")
    assert all(line.startswith("\x1b[97;40m") and line.endswith("\x1b[0m") for line in lines)
    assert len({len(line) for line in lines}) == 1
    assert "▄▄▄▄▄" in lines[1], "the corner that a camera looks for"


def test_a_narrow_window_gets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    window(monkeypatch, 20)
    assert qr.drawn(URL) == ""
