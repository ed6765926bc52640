"""Files are opened by the system's program, and it is known where there is none."""

import sys
from pathlib import Path

import pytest

from client_mvc.platform.browser import open_file

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="xdg-open is of Linux")


@pytest.mark.parametrize(("status", "opened"), [(0, True), (3, False)])
def test_the_answer_of_xdg_open_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int, opened: bool
) -> None:
    seen = tmp_path / "seen"
    opener = tmp_path / "xdg-open"
    opener.write_text(f'#!/bin/sh\nprintf %s "$1" > "{seen}"\nexit {status}\n')
    opener.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    file = tmp_path / "a file; rm -rf.pdf"
    assert open_file(file) is opened
    assert seen.read_text() == str(file)


def test_without_it_nothing_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not open_file(tmp_path / "a.pdf")
