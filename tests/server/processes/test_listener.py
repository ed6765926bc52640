"""Binds, accepts, admits by address: over loopback, on ports that the system picks."""

import asyncio
import errno
import ipaddress
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, closing

import pytest

from server.processes import listener
from server.processes.listener import BindError, Listener, bind, is_loopback, outside_address
from tests.support.waiting import until


def close(sockets: list[socket.socket]) -> None:
    for one in sockets:
        one.close()


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


# --- binding -----------------------------------------------------------------------------


def test_localhost_is_every_loopback_address_on_one_port() -> None:
    sockets = bind("localhost", 0)
    try:
        assert len({one.getsockname()[1] for one in sockets}) == 1
        families = {one.family for one in sockets}
        assert socket.AF_INET in families
        assert (socket.AF_INET6 in families) == has_ipv6()
        assert is_loopback(sockets)
    finally:
        close(sockets)


def test_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(BindError, match=f"Port {port} on 127.0.0.1 is in use") as refused:
            bind("127.0.0.1", port)
        assert "--port 0" in str(refused.value)


def test_a_port_that_is_taken_on_one_address_is_taken() -> None:
    """Nothing is left bound on the other one."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(BindError, match="in use"):
            bind("localhost", port)
    close(bind("localhost", port))


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid", "a" * 70, "", "a b"])
def test_what_is_no_address_of_this_machine(host: str) -> None:
    with pytest.raises(BindError) as refused:
        bind(host, 0)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EADDRINUSE, "in use"),
        (errno.EACCES, "more rights"),
        (errno.EADDRNOTAVAIL, "no address of this machine"),
        (errno.EPERM, "Cannot listen on here:80"),
    ],
)
def test_the_reason_is_told(number: int, words: str) -> None:
    assert words in listener._why("here", 80, OSError(number, "no"))


def test_all_addresses_are_not_loopback() -> None:
    sockets = bind("0.0.0.0", 0)
    try:
        assert not is_loopback(sockets)
    finally:
        close(sockets)


# --- where others find the room ----------------------------------------------------------


@pytest.mark.parametrize(
    "host", ["localhost", "192.168.1.5", "::1", "chat.example.org", "fe80::1"]
)
def test_an_address_that_says_where(host: str) -> None:
    assert outside_address(host) == host


def test_all_addresses_stand_for_one_that_others_can_reach() -> None:
    found = outside_address("0.0.0.0")
    try:
        assert not ipaddress.ip_address(found).is_unspecified
    except ValueError:
        assert found == socket.gethostname()  # no network at all


def test_all_ipv6_addresses_stand_for_one_that_others_can_reach() -> None:
    found = outside_address("::")
    try:
        assert not ipaddress.ip_address(found).is_unspecified
    except ValueError:
        assert found == socket.gethostname()


# --- accepting ---------------------------------------------------------------------------


class Door:
    """A listener on one loopback port; `taken` is what it offered."""

    def __init__(self, most: int = 0) -> None:
        self.sockets = bind("127.0.0.1", 0)
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
async def open_door() -> AsyncIterator[Callable[..., Door]]:
    with ExitStack() as stack:

        def open_one(most: int = 0) -> Door:
            door = stack.enter_context(closing(Door(most)))
            door.listener.start()
            return door

        yield open_one


@pytest.fixture
async def door(open_door: Callable[..., Door]) -> Door:
    return open_door()


async def test_everybody_is_offered_with_a_number_of_their_own(door: Door) -> None:
    for _ in range(5):
        door.connect()
    await until(lambda: len(door.taken) == 5)
    assert sorted(door.taken) == [1, 2, 3, 4, 5]


async def test_only_so_many_from_one_address(open_door: Callable[..., Door]) -> None:
    door = open_door(most=2)
    door.connect()
    door.connect()
    await until(lambda: len(door.taken) == 2)
    third = door.connect()
    await asyncio.to_thread(expect_end, third)
    assert len(door.taken) == 2
    door.listener.ended(1)
    door.connect()
    await until(lambda: len(door.taken) == 3)


async def test_an_end_is_counted_once(open_door: Callable[..., Door]) -> None:
    door = open_door(most=1)
    door.connect()
    await until(lambda: door.taken)
    for _ in range(3):
        door.listener.ended(1)
    door.connect()
    await until(lambda: len(door.taken) == 2)
    await asyncio.to_thread(expect_end, door.connect())


async def test_without_a_worker_connections_wait_in_the_kernel(door: Door) -> None:
    """All workers may be restarting: whoever comes meanwhile is served a moment later."""
    door.workers = False
    door.connect()
    await until(lambda: door.refused)
    door.connect()
    door.connect()
    door.workers = True
    await until(lambda: len(door.taken) == 2)


async def test_one_refusal_does_not_turn_away_the_whole_queue(door: Door) -> None:
    door.workers = False
    for _ in range(8):
        door.connect()
    await until(lambda: door.refused)
    assert door.refused == 1
    door.workers = True
    await until(lambda: len(door.taken) == 7)


async def test_nobody_is_accepted_after_the_end(door: Door) -> None:
    address = door.sockets[0].getsockname()
    door.workers = False
    door.connect()
    await until(lambda: door.refused)
    door.listener.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, timeout=5).close()


def expect_end(client: socket.socket) -> None:
    assert client.recv(1) == b""
