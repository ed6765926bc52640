"""The program that reads the clipboard, stood in for by a script."""

import os
from pathlib import Path

import pytest

from client_mvc.platform.clipboard import ClipboardProgram


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/bin{os.pathsep}/usr/bin")
    monkeypatch.setenv("DISPLAY", ":99")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    return tmp_path


def script(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n", "utf-8")
    path.chmod(0o700)


def test_what_the_program_writes_is_the_data(folder: Path) -> None:
    script(folder / "xclip", r"""printf '%s\0\377' "$*" """)
    program = ClipboardProgram()
    assert program.available
    assert program.read("image/png", 5) == b"-o -selection clipboard -t image/png\0\xff"


def test_wayland_has_a_program_of_its_own(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(folder / "xclip", "exit 1")
    script(folder / "wl-paste", 'echo -n "$*"')
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert ClipboardProgram().read("image/png", 5) == b"--no-newline --type image/png"


@pytest.mark.parametrize("text", ["exit 1", "exec sleep 60"])
def test_a_program_that_fails_or_hangs_gives_nothing(folder: Path, text: str) -> None:
    script(folder / "xclip", text)
    assert ClipboardProgram().read("image/png", 0.2) is None


def test_without_a_display_there_is_none(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(folder / "xclip", "exit 0")
    monkeypatch.delenv("DISPLAY")
    assert not ClipboardProgram().available
