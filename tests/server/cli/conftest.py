"""Fixtures of the command line's tests."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from server.cli import commands
from server.processes import main_process
from server.settings import Settings
from tests.server.cli.house import House

type Start = Callable[..., Settings]
type Refused = Callable[..., str]


@pytest.fixture
def house(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> House:
    house = House(tmp_path / "room", capsys)
    house.say()
    house.share("notes.txt", b"some notes\n")
    return house


# --- the options: no server starts -------------------------------------------------------


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the variables of whoever runs the tests."""
    for name in [name for name in os.environ if name.startswith("CHATROOM_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """The settings that the main process was started with."""
    started: list[Settings] = []

    def run(settings: Settings) -> int:
        started.append(settings)
        return 0

    monkeypatch.setattr(main_process, "run", run)
    return started


@pytest.fixture
def start(calls: list[Settings], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Start:
    """Run `server`, with a configuration file if there is one; returns its settings."""

    def run(*arguments: str, config: str | None = None) -> Settings:
        status = commands.main([*_config(tmp_path, config), *arguments])
        assert (status, capsys.readouterr().err) == (0, "")
        return calls[-1]

    return run


@pytest.fixture
def refused(
    calls: list[Settings], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Refused:
    """Run `server`, which must not start; returns the error."""

    def run(*arguments: str, config: str | None = None) -> str:
        assert commands.main([*_config(tmp_path, config), *arguments]) == 2
        printed = capsys.readouterr()
        assert printed.out == ""
        assert printed.err.startswith("chatroom: ")
        assert printed.err.count("\n") == 1, "an error is one line"
        assert calls == []
        return printed.err

    return run


def _config(folder: Path, text: str | None) -> list[str]:
    if text is None:
        return []
    path = folder / "chatroom.toml"
    path.write_text(text, "utf-8")
    return ["--config", str(path)]
