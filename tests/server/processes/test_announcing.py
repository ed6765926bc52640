"""The main process and its announcer: no failure of it ends or slows the server."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any

import pytest

from server.processes import auxiliary
from server.processes.announcing import Announcing
from server.processes.control_channel import Drain
from server.processes.run_directory import RunInfo
from server.settings import Settings
from tests.support.waiting import until

INFO = RunInfo(folder="/nowhere", key="a")


class FakeChild:
    """A child process whose sentinel is one end of a socket pair; `end` ends it."""

    def __init__(self, info: RunInfo) -> None:
        self.info = info
        self.ours, self.theirs = socket.socketpair()
        self.exitcode: int | None = None
        self.killed = self.closed = False
        self.obeys = True
        self.process: Any = self
        self.channel: Any = self
        self.sentinel = self.ours.fileno()
        self.started = asyncio.get_running_loop().time()

    def end(self, code: int = 0) -> None:
        self.exitcode = code
        self.theirs.close()

    def send(self, message: Any) -> None:
        assert isinstance(message, Drain)
        if self.obeys:
            self.end()

    def kill(self) -> None:
        self.killed = True
        self.exitcode = -9

    def join(self) -> None:
        assert self.exitcode is not None

    def close(self) -> None:
        """Close the process, or its channel."""
        self.closed = True

    def free(self) -> None:
        self.ours.close()
        self.theirs.close()


class Bench:
    """An `Announcing` whose children are stand-ins; the first `failures` starts fail."""

    def __init__(self, host: str, **settings: Any) -> None:
        self.children: list[FakeChild] = []
        self.failures = 0
        self.listening = [SimpleNamespace(getsockname=lambda: (host, 18000))]
        self.own = Announcing(Settings(**settings), self.listening, self.start)  # type: ignore[arg-type]

    def start(self, name: str, target: Any, arguments: tuple[Any, ...], *_: Any) -> Any:
        if self.failures:
            self.failures -= 1
            raise OSError(12, "Cannot allocate memory")
        assert (name, arguments[2:]) == ("announcer", (["0.0.0.0"], 18000))
        self.children.append(FakeChild(arguments[1]))
        return self.children[-1]


@pytest.fixture
async def bench(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Callable[..., Bench]]:
    monkeypatch.setattr(auxiliary, "FIRST_DELAY", 0.01)
    monkeypatch.setattr(auxiliary, "ENDS_WITHIN", 0.05)
    made: list[Bench] = []

    def make(host: str = "0.0.0.0", **settings: Any) -> Bench:
        made.append(Bench(host, **settings))
        return made[-1]

    yield make
    for one in made:
        one.own.stop()
        await one.own.ended()
        for child in one.children:
            child.free()


@pytest.mark.parametrize(
    ("host", "announce"), [("127.0.0.1", True), ("::1", True), ("0.0.0.0", False)]
)
async def test_nobody_else_is_to_hear_of_it(
    bench: Callable[..., Bench], host: str, announce: bool
) -> None:
    one = bench(host, announce=announce)
    one.own.start(INFO)
    assert one.children == []


async def test_it_runs_until_the_server_ends(bench: Callable[..., Bench]) -> None:
    one = bench()
    one.own.start(INFO)
    (child,) = one.children
    one.own.start(INFO)
    one.own.stop()
    await one.own.ended()
    assert (child.exitcode, child.killed, child.closed) == (0, False, True)
    assert len(one.children) == 1


async def test_one_that_dies_is_started_again(
    bench: Callable[..., Bench], caplog: pytest.LogCaptureFixture
) -> None:
    one = bench()
    one.own.start(INFO)
    for _ in range(3):
        count = len(one.children)
        one.children[-1].end(1)
        await until(lambda count=count: len(one.children) > count)
    lines = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [line.getMessage() for line in lines] == [
        "announcer exited exit_code=1 action=restart"
    ]


async def test_without_memory_it_is_tried_again(bench: Callable[..., Bench]) -> None:
    one = bench()
    one.failures = 2
    one.own.start(INFO)
    assert one.children == []
    await until(lambda: one.children)


async def test_it_waits_longer_after_each_early_death(bench: Callable[..., Bench]) -> None:
    one = bench()
    one.own.start(INFO)
    waits = []
    for _ in range(12):
        waits.append(one.own._process._delay)
        one.own._process._again("exit_code=1", 0.0)
        assert one.own._process._later is not None
        one.own._process._later.cancel()
    assert waits[:3] == [0.01, 0.02, 0.04]
    one.own._process._delay = 1e9
    one.own._process._again("exit_code=1", 0.0)
    assert one.own._process._delay == auxiliary.LONGEST_DELAY
    one.own._process._again("exit_code=1", auxiliary.STABLE_AFTER)
    assert one.own._process._delay == 0.02


async def test_another_key_is_announced_anew(bench: Callable[..., Bench]) -> None:
    one = bench()
    one.own.start(INFO)
    one.own.start(RunInfo(folder="/nowhere", key="b"))
    await until(lambda: len(one.children) == 2)
    assert [child.info.key for child in one.children] == ["a", "b"]


async def test_one_that_hangs_is_killed_at_the_end(bench: Callable[..., Bench]) -> None:
    one = bench()
    one.own.start(INFO)
    (child,) = one.children
    child.obeys = False
    one.own.stop()
    await one.own.ended()
    assert (child.killed, child.closed) == (True, True)
    assert len(one.children) == 1
