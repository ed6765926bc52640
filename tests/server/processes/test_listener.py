"""Accept, limit by address: over loopback, on ports that the system picks."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, closing

import pytest

from server.processes.binding import bind
from server.processes.listener import Listener
from tests.support.waiting import until


def close(sockets: list[socket.socket]) -> None:
    for one in sockets:
        one.close()


class Entry:
    """A listener on one loopback port; `taken` has the connections that it offered."""

    def __init__(self, most: int = 0) -> None:
        self.sockets = bind(["127.0.0.1"], 0)
        self.taken: dict[int, socket.socket] = {}
        self.workers = True
        self.refused = 0
        self.listener = Listener(self.sockets, self.offer, most)
        self.clients = ExitStack()

    def offer(self, number: int, client: socket.socket) -> bool:
        if not self.workers:
            self.refused += 1
            return False
        self.taken[number] = client
        return True

    def connect(self) -> socket.socket:
        client = socket.create_connection(self.sockets[0].getsockname(), timeout=5)
        return self.clients.enter_context(closing(client))

    def close(self) -> None:
        if self.sockets[0].fileno() != -1:
            self.listener.stop()
        self.clients.close()
        close(list(self.taken.values()))


@pytest.fixture
async def open_entry() -> AsyncIterator[Callable[..., Entry]]:
    with ExitStack() as stack:

        def open_one(most: int = 0) -> Entry:
            entry = stack.enter_context(closing(Entry(most)))
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
    entry = open_entry(most=2)
    entry.connect()
    entry.connect()
    await until(lambda: len(entry.taken) == 2)
    third = entry.connect()
    await asyncio.to_thread(expect_end, third)
    assert len(entry.taken) == 2
    entry.listener.ended(1)
    entry.connect()
    await until(lambda: len(entry.taken) == 3)


async def test_an_end_is_counted_once(open_entry: Callable[..., Entry]) -> None:
    entry = open_entry(most=1)
    entry.connect()
    await until(lambda: entry.taken)
    for _ in range(3):
        entry.listener.ended(1)
    entry.connect()
    await until(lambda: len(entry.taken) == 2)
    await asyncio.to_thread(expect_end, entry.connect())


async def test_without_a_worker_connections_wait_in_the_kernel(entry: Entry) -> None:
    """All workers may be restarting: a new connection is served a moment later."""
    entry.workers = False
    entry.connect()
    await until(lambda: entry.refused)
    entry.connect()
    entry.connect()
    entry.workers = True
    await until(lambda: len(entry.taken) == 2)


async def test_one_refusal_keeps_the_rest_of_the_queue(entry: Entry) -> None:
    entry.workers = False
    for _ in range(8):
        entry.connect()
    await until(lambda: entry.refused)
    assert entry.refused == 1
    entry.workers = True
    await until(lambda: len(entry.taken) == 7)


async def test_no_connection_is_accepted_after_the_end(entry: Entry) -> None:
    address = entry.sockets[0].getsockname()
    entry.workers = False
    entry.connect()
    await until(lambda: entry.refused)
    entry.listener.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, timeout=5).close()


def expect_end(client: socket.socket) -> None:
    assert client.recv(1) == b""
