"""The command line itself: version, help, exit status."""

from pathlib import Path

import pytest

from server.cli import commands
from server.processes import main_process
from server.settings import Settings
from shared import __version__
from tests.server.cli.conftest import Refused


def test_version(capsys: pytest.CaptureFixture[str], calls: list[Settings]) -> None:
    assert commands.main(["--version"]) == 0
    assert capsys.readouterr().out == f"Chatroom {__version__}\n"
    assert calls == []


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help(capsys: pytest.CaptureFixture[str], calls: list[Settings], flag: str) -> None:
    assert commands.main([flag]) == 0
    assert "--max-users" in capsys.readouterr().out
    assert calls == []


def test_report_where_no_server_runs(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, calls: list[Settings]
) -> None:
    for arguments in (
        ["report", "--data-dir", str(tmp_path)],
        ["--data-dir", str(tmp_path), "report", "--json"],
    ):
        assert commands.main(arguments) == 1
        printed = capsys.readouterr()
        assert printed.err == f"chatroom: no server runs on the data folder {tmp_path}.\n"
        assert printed.out == ""
    assert calls == []


def test_the_exit_status_is_that_of_the_main_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main_process, "run", lambda settings: 1)
    assert commands.main([]) == 1


def test_an_interrupt_while_starting(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(settings: Settings) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(main_process, "run", interrupted)
    assert commands.main([]) == 130


def test_an_unknown_command(refused: Refused) -> None:
    assert "nope" in refused("nope")
