"""Fixtures of the room's tests."""

import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from server.room.room_side.gateway import Gateway
from server.settings import Durability
from tests.fakes import Clock
from tests.server.room.gateway_worker import GRACE
from tests.server.room.hosts_bench import HostsBench
from tests.server.room.indexed_journal import DataFolder
from tests.server.room.room_line import Line
from tests.server.room.tampered_room import TamperedRoom
from tests.server.room.workbench import Bench

type OpenBench = Callable[..., Bench]
type OpenHosts = Callable[..., HostsBench]


@pytest.fixture
def open_bench(tmp_path: Path) -> Iterator[OpenBench]:
    """Open rooms, each on a journal of its own."""
    with ExitStack() as stack:

        def open_one(**options: Any) -> Bench:
            bench = Bench(tmp_path / f"{len(list(tmp_path.iterdir()))}.sqlite3", **options)
            return stack.enter_context(closing(bench))

        yield open_one


@pytest.fixture
def bench(open_bench: OpenBench) -> Bench:
    """A room with three places."""
    return open_bench()


@pytest.fixture
def open_hosts(tmp_path: Path) -> Iterator[OpenHosts]:
    """Open rooms of several hosts, each on a journal of its own."""
    with ExitStack() as stack:

        def open_one(**options: Any) -> HostsBench:
            path = tmp_path / f"{len(list(tmp_path.iterdir()))}.sqlite3"
            return stack.enter_context(closing(HostsBench(path, **options)))

        yield open_one


@pytest.fixture
def room(open_hosts: OpenHosts) -> HostsBench:
    """A room with three places, on the hosts a, b and c."""
    return open_hosts()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def gateway(bench: Bench, clock: Clock) -> Gateway:
    return Gateway(bench.core, GRACE, now=clock)


@pytest.fixture
def make_data(tmp_path: Path) -> Iterator[Callable[..., DataFolder]]:
    """Open a journal in a folder, with searchers."""
    with ExitStack() as stack:

        def make(keep: int = 0) -> DataFolder:
            data = DataFolder(tmp_path, keep)
            stack.enter_context(data.stack)
            return data

        yield make


@pytest.fixture
def data(make_data: Callable[..., DataFolder]) -> DataFolder:
    return make_data()


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[Line]:
    """A worker's client of the room, connected to a test."""
    line = Line(tmp_path)
    with closing(line.room):
        yield line


@pytest.fixture
def rooms(tmp_path: Path) -> Iterator[Callable[..., TamperedRoom]]:
    """Make rooms on journals that can be tampered with, each in a folder of its own."""
    numbers = itertools.count()

    def make(durability: Durability = "normal") -> TamperedRoom:
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        stack.callback((room := TamperedRoom(folder, durability)).close)
        return room

    with ExitStack() as stack:
        yield make
