"""The client's command: help, version, and one line when no window can be opened."""

import importlib.util
import subprocess
import sys
import tkinter
import types
from pathlib import Path

import pytest
from click.testing import CliRunner

from client_mvc import __main__
from client_mvc.app import about, main
from shared import __version__

ROOT = Path(__file__).parents[2]


def test_help_names_every_option() -> None:
    result = CliRunner().invoke(main, ["--help"])
    assert result.exit_code == 0
    for option in ("--server", "--name", "--data-dir", "--log-level", "--no-discovery"):
        assert option in result.output


@pytest.mark.parametrize("arguments", [["-h"], ["--version"]])
def test_short_answers(arguments: list[str]) -> None:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0
    assert "Chatroom" in result.output


def test_about_names_the_program_and_its_version() -> None:
    assert (about().name, about().version) == ("Chatroom", f"Version {__version__}")


def test_without_tkinter_it_names_the_package_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        __main__, "find_spec", lambda name: None if name == "_tkinter" else found(name)
    )
    with pytest.raises(SystemExit, match="sudo apt install python3-tk") as ended:
        __main__.main()
    assert len(str(ended.value).splitlines()) == 1


def test_it_can_be_imported_without_tkinter() -> None:
    program = "import sys; sys.modules['tkinter'] = None; import client_mvc.app"
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, timeout=30)


def test_without_a_display_the_error_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_window(**_: object) -> None:
        raise tkinter.TclError("no display name and no $DISPLAY environment variable")

    window = types.ModuleType("client_mvc.view.window.main_window")
    monkeypatch.setattr(window, "ChatWindow", no_window, raising=False)
    monkeypatch.setitem(sys.modules, "client_mvc.view.window.main_window", window)
    result = CliRunner().invoke(main, ["--data-dir", str(tmp_path)])
    assert result.exit_code == 1
    assert "No window can be opened here: no display name" in result.output
    assert len(result.output.splitlines()) == 1


def test_a_data_folder_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = CliRunner().invoke(main, ["--data-dir", str(tmp_path / "file" / "folder")])
    assert result.exit_code == 1
    assert "cannot be used" in result.output
    assert len(result.output.splitlines()) == 1


@pytest.mark.parametrize("options", [[], ["--name", "ann"]])
def test_without_a_home_folder_the_error_is_one_line(
    monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    def unknown(_: int) -> None:
        raise KeyError("uid not found")

    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr("pwd.getpwuid", unknown)
    result = CliRunner().invoke(main, options)
    assert result.exit_code == 1
    assert "You have no home folder. Set HOME" in result.output
    assert len(result.output.splitlines()) == 1
