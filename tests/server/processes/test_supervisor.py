"""The end of the processes, and the delay before a restart."""

from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from server.processes import supervisor
from server.processes.child import Backoff
from server.processes.run_directory import RunDirectory
from server.processes.supervisor import Supervisor
from server.settings import Settings


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
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(data_dir=tmp_path / "data", downloads=tmp_path / "downloads")
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
