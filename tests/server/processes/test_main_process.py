"""Starts that fail before any process is started."""

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from server.processes import binding, logs, main_process
from server.processes.run_directory import RunDirectory
from server.settings import Settings


@pytest.fixture
def bound(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[socket.socket]]:
    """The sockets that `binding.bind` returned."""
    sockets: list[socket.socket] = []
    bind = binding.bind

    def recording(host: str, port: int) -> list[socket.socket]:
        sockets.extend(bind(host, port))
        return sockets

    monkeypatch.setattr(binding, "bind", recording)
    yield sockets
    for one in sockets:
        one.close()


@pytest.fixture
def settings(
    bound: list[socket.socket], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    monkeypatch.setattr(logs, "configure", lambda config, process: None)
    return Settings(
        host=("127.0.0.1",),
        port=0,
        data_dir=tmp_path / "data",
        downloads=tmp_path / "downloads",
    )


def test_a_second_server_leaves_the_files_of_the_first_alone(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(RunDirectory(settings.data_dir)):
        under_way = settings.downloads / ".incoming" / "1-ab.part"
        under_way.parent.mkdir(parents=True)
        under_way.touch()
        assert main_process.run(settings) == 1
        assert "running on the data folder" in capsys.readouterr().err
        assert under_way.exists()


def test_a_downloads_folder_that_cannot_be_written(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.downloads.write_text("a file")
    assert main_process.run(settings) == 1
    said = capsys.readouterr().err
    assert "downloads folder" in said
    assert said.count("\n") == 1


def test_a_start_that_fails_closes_the_port(
    settings: Settings, bound: list[socket.socket]
) -> None:
    settings.downloads.write_text("a file")
    assert main_process.run(settings) == 1
    assert all(one.fileno() == -1 for one in bound)
