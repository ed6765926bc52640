"""Starts that fail before any process is started, and the delay before a restart."""

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from server.processes import binding, logs, supervisor
from server.processes.child import Backoff
from server.processes.run_directory import RunDirectory
from server.processes.supervisor import Supervisor
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
        assert supervisor.run(settings) == 1
        assert "running on the data folder" in capsys.readouterr().err
        assert under_way.exists()


def test_a_downloads_folder_that_cannot_be_written(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.downloads.write_text("a file")
    assert supervisor.run(settings) == 1
    said = capsys.readouterr().err
    assert "downloads folder" in said
    assert said.count("\n") == 1


def test_a_start_that_fails_closes_the_port(
    settings: Settings, bound: list[socket.socket]
) -> None:
    settings.downloads.write_text("a file")
    assert supervisor.run(settings) == 1
    assert all(one.fileno() == -1 for one in bound)


class Ending:
    """A process that ends by itself at the `checks`-th call of `is_alive`."""

    name = "room"

    def __init__(self, checks: int) -> None:
        self.checks = checks
        self.killed = False

    def is_alive(self) -> bool:
        self.checks -= 1
        return self.checks >= 0 and not self.killed

    def kill(self) -> None:
        self.killed = True

    def join(self) -> None:
        pass


async def test_the_room_process_may_use_the_time_that_the_workers_left(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "ROOM_ENDS_WITHIN", 0.0)
    silent: Any = SimpleNamespace(send=lambda message: None, stop=lambda: None)
    worker, room = Ending(0), Ending(5)
    with closing(RunDirectory(settings.data_dir)) as here:
        server: Any = Supervisor(settings, here, [], 1024)
        server._listener = silent
        server._pool.add(SimpleNamespace(process=worker, channel=silent, ready=True))
        server._room = SimpleNamespace(process=room, channel=silent)
        await server._stop()
    assert not room.killed


def test_a_process_that_ends_now_and_then_is_restarted_at_once() -> None:
    backoff = Backoff()
    assert [backoff.delay(lived=60) for _ in range(50)] == [0] * 50


def test_the_delay_grows_and_the_server_never_gives_up() -> None:
    backoff = Backoff()
    delays = [backoff.delay(lived=0.1) for _ in range(1000)]
    assert delays[:10] == [0, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5, 5, 5]
    assert set(delays[10:]) == {5}


def test_a_long_life_resets_the_delay() -> None:
    backoff = Backoff()
    for _ in range(10):
        backoff.delay(lived=0.1)
    assert backoff.delay(lived=10) == 0
    assert backoff.delay(lived=0.1) == 0
