"""The process that makes thumbnails, as it runs: no picture harms it or another picture."""

import asyncio
import multiprocessing
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psutil
import pytest

from server.files.thumbnailer import Made, Thumbnailer
from server.processes import child, children
from server.processes.child import Child
from server.processes.control_channel import Drain, Message, Ready
from server.processes.run_directory import RunInfo
from server.settings import Settings
from server.thumbnails import process as thumbnails
from tests.support.pictures import flat_png, picture
from tests.support.waiting import until


class Running:
    """The process, started as the main process starts it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.info = RunInfo(folder=str(folder))
        self.ready = asyncio.Event()
        arguments = (Settings(files="any"), self.info)
        self.child = child.start(
            "thumbnails", children.thumbnails, arguments, self._received, 5.0
        )
        self.process = psutil.Process(self.child.process.pid)
        self.own = Thumbnailer(Path(self.info.thumbnails_address))

    def _received(self, sender: Child, message: Message) -> None:
        if isinstance(message, Ready):
            self.ready.set()

    async def make(self, data: bytes) -> Made | None:
        path = self.folder / f"picture {time.monotonic_ns()}"
        path.write_bytes(data)
        with path.open("rb") as file:
            return await self.own.make(1, file)


@pytest.fixture
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    own = Running(tmp_path_factory.mktemp("run"))
    async with asyncio.timeout(60):
        await own.ready.wait()
    yield own
    own.child.channel.send(Drain())
    await asyncio.to_thread(own.child.process.join, 30)
    assert own.child.process.exitcode == 0
    own.child.channel.close()
    own.child.process.close()


async def test_pictures_are_made_one_after_the_other(running: Running) -> None:
    made = await asyncio.gather(*(running.make(picture()) for _ in range(5)))
    assert [one.width if one else 0 for one in made] == [640] * 5
    await until(lambda: not running.process.children())


async def test_hostile_pictures_leave_the_next_one_alone(running: Running) -> None:
    before = running.process.memory_info().rss
    for data in (flat_png(30_000, 30_000, rows=3), flat_png(9_000, 7_000), b"\x89PNG" * 99):
        made = await running.make(data)
        assert made is not None
        assert not made.data
    made = await running.make(picture())
    assert made is not None
    assert made.data
    assert running.process.memory_info().rss - before < 16 * 1024 * 1024
    assert not list(running.folder.glob("core*"))


async def test_a_socket_that_was_cleaned_away_is_made_again(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.files.thumbnailer.CONNECT_WITHIN", 20.0)
    monkeypatch.setattr("server.files.thumbnailer.MADE_WITHIN", 20.0)
    os.unlink(running.info.thumbnails_address)  # noqa: PTH108
    made = await running.make(picture())
    assert made is not None
    assert made.data


async def test_a_worker_that_asks_for_nothing_is_let_go(running: Running) -> None:
    for _ in range(3):
        _, writer = await asyncio.open_unix_connection(running.info.thumbnails_address)
        writer.write(b"\x01")
        writer.close()
        await writer.wait_closed()
    made = await running.make(picture())
    assert made is not None


# --- the process of one picture ----------------------------------------------------------


def _confined(work: Callable[[], object]) -> int:
    """Run `work` within the limits of a picture's process; return its exit code."""
    one = multiprocessing.get_context("fork").Process(target=_confine_and, args=(work,))
    one.start()
    one.join(30)
    assert one.exitcode is not None
    return one.exitcode


def _confine_and(work: Callable[[], object]) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    thumbnails._confine()
    work()


def _loop() -> None:
    while True:
        pass


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # pytest may have threads
@pytest.mark.parametrize(
    ("work", "codes"),
    [
        (lambda: bytearray(8 << 20), (0,)),
        (lambda: bytearray(2 << 30), (1,)),
        (_loop, (-signal.SIGXCPU, -signal.SIGKILL)),
        (lambda: os.open("/etc/passwd", os.O_RDONLY), (1,)),
        (os.pipe, (1,)),
    ],
    ids=["a little", "memory", "time", "a file", "a pipe"],
)
def test_it_can_do_little(
    monkeypatch: pytest.MonkeyPatch, work: Callable[[], object], codes: tuple[int, ...]
) -> None:
    monkeypatch.setattr(thumbnails, "CPU_SECONDS", 1)
    assert _confined(work) in codes
