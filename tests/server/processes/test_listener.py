"""Accept, limit by address: over loopback, on ports that the system picks."""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, closing
from ipaddress import ip_network
from typing import Any

import pytest

from server.budgets.refusals import Refusals
from server.connections.kind import Kind
from server.processes.binding import bind
from server.processes.listener import Listener
from server.settings import Settings
from tests.support.waiting import until


class Workers:
    """The workers, as one; `taken` has the connections that it got."""

    def __init__(self) -> None:
        self.taken: dict[int, socket.socket] = {}
        self.pushed_out: list[int] = []
        self.ready = True
        self.asked = 0
        self.most = 10_000

    def choose(self) -> "Workers | None":
        self.asked += 1
        return self if self.ready else None

    def is_full(self, worker: "Workers") -> bool:
        return len(self.taken) - len(self.pushed_out) >= self.most

    def is_overfull(self, worker: "Workers") -> bool:
        return False

    def give(self, worker: "Workers", number: int, client: socket.socket) -> None:
        self.taken[number] = client

    def push_out(self, number: int) -> None:
        self.pushed_out.append(number)


class Entry:
    """A listener on one loopback port."""

    def __init__(self, **settings: Any) -> None:
        self.sockets = bind(["127.0.0.1"], 0)
        self.workers = Workers()
        self.refusals = Refusals()
        self.listener = Listener(
            self.sockets, self.workers, Settings(**settings), self.refusals
        )
        self.clients = ExitStack()

    @property
    def taken(self) -> dict[int, socket.socket]:
        return self.workers.taken

    def connect(self, address: str = "127.0.0.1") -> socket.socket:
        client = socket.create_connection(
            self.sockets[0].getsockname(), timeout=5, source_address=(address, 0)
        )
        return self.clients.enter_context(closing(client))

    def close(self) -> None:
        if self.sockets[0].fileno() != -1:
            self.listener.stop()
        self.clients.close()
        for one in self.taken.values():
            one.close()


@pytest.fixture
async def open_entry() -> AsyncIterator[Callable[..., Entry]]:
    with ExitStack() as stack:

        def open_one(**settings: Any) -> Entry:
            entry = stack.enter_context(closing(Entry(**settings)))
            entry.listener.start()
            return entry

        yield open_one


@pytest.fixture
async def entry(open_entry: Callable[..., Entry]) -> Entry:
    return open_entry()


async def test_each_connection_gets_its_own_number(entry: Entry) -> None:
    for _ in range(5):
        entry.connect()
    await until(lambda: len(entry.taken) == 5)
    assert sorted(entry.taken) == [1, 2, 3, 4, 5]


async def test_the_limit_of_connections_from_one_address(
    open_entry: Callable[..., Entry],
) -> None:
    entry = open_entry(max_connections=2)
    entry.connect()
    entry.connect()
    await until(lambda: len(entry.taken) == 2)
    await asyncio.to_thread(expect_end, entry.connect())
    assert entry.refusals.totals()["connections"] == 1
    entry.connect("127.0.0.2")
    await until(lambda: len(entry.taken) == 3)
    entry.listener.ended(1)
    entry.connect()
    await until(lambda: len(entry.taken) == 4)


async def test_an_end_is_counted_once(open_entry: Callable[..., Entry]) -> None:
    entry = open_entry(max_connections=1)
    entry.connect()
    await until(lambda: entry.taken)
    for _ in range(3):
        entry.listener.ended(1)
    entry.connect()
    await until(lambda: len(entry.taken) == 2)
    await asyncio.to_thread(expect_end, entry.connect())


async def test_too_many_new_connections_are_closed_and_logged_once(
    open_entry: Callable[..., Entry], caplog: pytest.LogCaptureFixture
) -> None:
    entry = open_entry(max_connections=0)
    for number in range(1, 301):
        entry.connect()
        await until(
            lambda number=number: (
                len(entry.taken) + entry.refusals.totals()["connects"] == number
            )
        )
    assert 209 <= len(entry.taken) < 300
    (line,) = [one for one in caplog.messages if "reason=connects" in one]
    assert line == "connection refused reason=connects address=127.0.0.1"
    before = len(entry.taken)
    entry.connect("127.0.0.2")
    await until(lambda: len(entry.taken) == before + 1)


async def test_a_trusted_proxy_has_no_limits(open_entry: Callable[..., Entry]) -> None:
    entry = open_entry(max_connections=1, trusted_proxy=(ip_network("127.0.0.2/31"),))
    for _ in range(300):
        entry.connect("127.0.0.3")
    entry.connect("127.0.0.1")
    await until(lambda: len(entry.taken) == 301)
    await asyncio.to_thread(expect_end, entry.connect("127.0.0.1"))


async def test_a_full_server_closes_the_newest_where_no_other_can_go(
    entry: Entry,
) -> None:
    entry.workers.most = 3
    for _ in range(3):
        entry.connect()
    await until(lambda: len(entry.taken) == 3)
    await asyncio.to_thread(expect_end, entry.connect("127.0.0.2"))
    assert entry.refusals.totals()["descriptors"] == 1


async def test_a_full_server_closes_what_waits_longest(
    entry: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        entry.connect()
    entry.connect("127.0.0.2")
    await until(lambda: len(entry.taken) == 4)
    entry.workers.most = 4
    entry.listener.changed(1, Kind.JOINED)
    now = asyncio.get_running_loop().time()
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: now + 3)
    entry.connect("127.0.0.3")
    await until(lambda: len(entry.taken) == 5)
    assert entry.workers.pushed_out == [2]


async def test_without_a_worker_connections_wait_in_the_kernel(entry: Entry) -> None:
    """All workers may be restarting: a new connection is served a moment later."""
    entry.workers.ready = False
    for _ in range(8):
        entry.connect()
    await until(lambda: entry.workers.asked)
    entry.workers.ready = True
    await until(lambda: len(entry.taken) == 8)


class FullTable:
    """A listening socket in a process that has no descriptor left."""

    def __init__(self, real: socket.socket) -> None:
        self.real = real
        self.tries = 0

    def fileno(self) -> int:
        return self.real.fileno()

    def close(self) -> None:
        self.real.close()

    def accept(self) -> None:
        self.tries += 1
        raise OSError(errno.EMFILE, "Too many open files")


async def test_accepting_pauses_longer_and_longer_and_says_so_once(
    entry: Entry, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    loop = asyncio.get_running_loop()
    later = loop.call_later

    def at_once(delay: float, callback: Any, *args: Any) -> asyncio.TimerHandle:
        if callback == entry.listener.start:
            waits.append(delay)
            delay = 0
        return later(delay, callback, *args)

    monkeypatch.setattr(loop, "call_later", at_once)
    full: Any = FullTable(entry.sockets[0])
    entry.listener._remove_readers()
    entry.listener._sockets = [full]
    entry.listener.start()
    entry.connect()
    await until(lambda: full.tries == 6)
    assert waits[:6] == [0.2, 0.4, 0.8, 1.6, 2.0, 2.0]
    assert len(caplog.messages) == 1
    assert "accept failed" in caplog.text
    entry.listener._remove_readers()
    entry.listener._sockets = entry.sockets
    entry.listener.start()
    await until(lambda: entry.taken)


async def test_no_connection_is_accepted_after_the_end(entry: Entry) -> None:
    address = entry.sockets[0].getsockname()
    entry.workers.ready = False
    entry.connect()
    await until(lambda: entry.workers.asked)
    entry.listener.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, timeout=5).close()


def expect_end(client: socket.socket) -> None:
    assert client.recv(1) == b""
