"""Which worker gets a connection, and where it goes when that worker does not take it."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest

from server.processes.control_channel import Message, PushOut, Take
from server.processes.worker_pool import WorkerPool


class Channel:
    """A channel whose messages a test lets through, or not."""

    def __init__(self) -> None:
        self.stuck = False
        self.sent: list[Message] = []
        self.waiting: list[tuple[int, Any]] = []

    @property
    def sockets(self) -> int:
        return len(self.waiting)

    def send(self, message: Message, passed: Any = None) -> None:
        if self.stuck and isinstance(message, Take):
            self.waiting.append((message.number, passed))
        else:
            self.sent.append(message)

    def take_back(self) -> list[tuple[int, Any]]:
        found, self.waiting = self.waiting, []
        return found


class Worker:
    """A worker as the pool sees it."""

    def __init__(self) -> None:
        self.ready = True
        self.connections: set[int] = set()
        self.channel = Channel()

    def takes_connections(self) -> bool:
        return not self.channel.stuck


class Pool(WorkerPool):
    """A pool of such workers; `client` is the socket of each connection."""

    def __init__(self, count: int) -> None:
        super().__init__(most=10, most_waiting=4)
        self.all: list[Any] = [Worker() for _ in range(count)]
        for one in self.all:
            self.add(one)
        self.client, self.other = socket.socketpair()
        self.number = 0

    def enter(self) -> int:
        worker = self.choose()
        assert worker is not None
        self.number += 1
        self.give(worker, self.number, self.client)
        return self.number

    def end(self) -> None:
        self.close()
        self.client.close()
        self.other.close()


@pytest.fixture
def pools() -> Iterator[Any]:
    with ExitStack() as stack:

        def make(count: int) -> Pool:
            pool = Pool(count)
            stack.callback(pool.end)
            return pool

        yield make


def test_the_worker_with_the_fewest_connections(pools: Any) -> None:
    pool = pools(2)
    for _ in range(4):
        pool.enter()
    one, other = pool.all
    assert (one.connections, other.connections) == ({1, 3}, {2, 4})
    pool.ended(1)
    pool.ended(3)
    pool.push_out(2)
    pool.push_out(3)
    assert other.channel.sent[-1] == PushOut(2)
    assert pool.enter() in one.connections
    one.ready = other.ready = False
    assert pool.choose() is None


def test_a_full_worker(pools: Any) -> None:
    pool = pools(1)
    (worker,) = pool.all
    full = []
    for _ in range(14):
        full.append((pool.is_full(worker), pool.is_overfull(worker)))
        pool.enter()
    assert full == [(False, False)] * 10 + [(True, False)] * 4
    assert pool.is_overfull(worker)


def test_a_stuck_worker_gets_nothing_and_the_others_get_what_it_waits_for(pools: Any) -> None:
    pool = pools(2)
    stuck, working = pool.all
    stuck.channel.stuck = True
    stuck.takes_connections = lambda: True  # nobody knows yet
    for _ in range(4):
        pool.enter()
    assert stuck.channel.sockets == 2
    del stuck.takes_connections
    pool.relieve()
    for _ in range(4):
        pool.enter()
    assert working.connections == set(range(1, 9))
    assert not stuck.connections
    stuck.channel.stuck = False
    assert pool.enter() in stuck.connections


def test_the_only_worker_that_is_stuck_keeps_some_and_the_kernel_the_rest(pools: Any) -> None:
    pool = pools(1)
    (worker,) = pool.all
    worker.channel.stuck = True
    for _ in range(4):
        pool.enter()
    assert pool.choose() is None
    pool.relieve()
    assert worker.channel.sockets == 4


def test_connections_that_a_dead_worker_did_not_take_wait_for_the_next(pools: Any) -> None:
    pool = pools(1)
    (worker,) = pool.all
    pool.enter()
    worker.channel.stuck = True
    pool.enter()
    pool.enter()
    assert pool.remove(worker) == [1]
    following: Any = Worker()
    following.ready = False
    pool.add(following)
    pool.place_orphans()
    assert not following.connections
    following.ready = True
    pool.place_orphans()
    assert following.channel.sent == [Take(2), Take(3)]
    assert pool.remove(following) == [2, 3]


def test_connections_without_a_worker_are_closed_at_the_end(pools: Any) -> None:
    pool = pools(1)
    (worker,) = pool.all
    worker.channel.stuck = True
    pool.enter()
    pool.remove(worker)
    with closing(pool.other):
        pool.close()
        assert pool.other.recv(1) == b""
