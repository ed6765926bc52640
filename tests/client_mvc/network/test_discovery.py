"""Finding rooms: what is asked, when, and what is told; without multicast."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from client_mvc.network import api_nearby, discovery, sweep
from client_mvc.network.discovery import Discovery
from client_mvc.network.multicast import MulticastListener
from client_mvc.network.nearby import Heard
from shared.joinlink import Address
from tests.support.waiting import until

HERE, THERE = Address("10.0.0.5"), Address("10.0.0.6")
NAMED = Address("lab.example")


class Network:
    """Other computers: `rooms` answer, and `asked` has who was asked, for how many seconds."""

    def __init__(self) -> None:
        self.rooms: dict[Address, str] = {}
        self.asked: list[tuple[Address, float]] = []
        self.told: list[api_nearby.NearbyEvent] = []

    async def room_at(
        self, _: Any, address: Address, within: float
    ) -> api_nearby.NearbyRoom | None:
        self.asked.append((address, within))
        name = self.rooms.get(address)
        return None if name is None else api_nearby.NearbyRoom(address, name, answered=True)

    async def listens(self, host: str, port: int) -> bool:
        await asyncio.sleep(0)
        return Address(host, port) in self.rooms

    def listed(self) -> list[str]:
        """Return the names of the rooms that were told last."""
        lists = [one.rooms for one in self.told if isinstance(one, api_nearby.RoomsNearby)]
        return [room.name for room in lists[-1]] if lists else []

    @asynccontextmanager
    async def discover(self, *known: Address) -> AsyncIterator[Discovery]:
        made = Discovery(known, self.told.append)
        task = asyncio.create_task(made.run())
        try:
            yield made
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            assert task.cancelled()


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    network = Network()

    async def listen(self: MulticastListener) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(MulticastListener, "run", listen)
    monkeypatch.setattr(sweep, "room_at", network.room_at)
    monkeypatch.setattr(sweep, "listens", network.listens)
    monkeypatch.setattr(discovery, "ASK_EVERY", 0.02)
    monkeypatch.setattr(discovery, "TOLD_AFTER", 0.0)
    return network


async def test_known_addresses_are_asked_at_once_and_again(network: Network) -> None:
    async with network.discover(HERE, Address("localhost"), Address("::1"), THERE):
        await until(lambda: len(network.asked) >= 4)
        assert network.asked[:4] == [(HERE, 0.5), (THERE, 0.5), (HERE, 2.0), (THERE, 2.0)]
        network.rooms[THERE] = "Lab 7"
        await until(lambda: network.listed() == ["Lab 7"])
        del network.rooms[THERE]
        await until(lambda: network.told and network.listed() == [])


async def test_at_most_so_many_addresses_are_asked(network: Network) -> None:
    many = [Address("10.0.0.1", port) for port in range(1, 1000)]
    async with network.discover(*many):
        await until(lambda: network.asked)
        assert len(network.asked) == discovery.MOST_KNOWN


async def test_announced_rooms_are_told(network: Network) -> None:
    room = api_nearby.NearbyRoom(HERE, "LAN party")
    async with network.discover() as made:
        made._listener.heard["x"] = Heard(room, frozenset({HERE}))
        made._news.set()
        await until(lambda: network.told == [api_nearby.RoomsNearby((room,))])
        made._news.set()
        await asyncio.sleep(0.01)
        assert len(network.told) == 1, "nothing has changed"


async def test_without_multicast_the_known_addresses_are_asked(
    network: Network, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(self: MulticastListener) -> None:
        raise OSError(98, "Address already in use")

    monkeypatch.setattr(MulticastListener, "run", fail)
    network.rooms[HERE] = "Lab 7"
    async with network.discover(HERE):
        await until(lambda: network.listed() == ["Lab 7"])
    assert [record.getMessage() for record in caplog.records] == [
        "rooms not heard error=OSError(98, 'Address already in use')"
    ]


async def test_look_further(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "hosts", lambda _: ["10.0.0.4", "10.0.0.5", "10.0.0.6"])
    network.rooms[THERE] = "Lab 7"
    async with network.discover() as made:
        assert network.told == []
        made.look_further()
        made.look_further()
        await until(lambda: network.listed() == ["Lab 7"])
        await until(lambda: api_nearby.LookedFurther(3, 3) in network.told)
        counts = [one for one in network.told if isinstance(one, api_nearby.LookedFurther)]
        assert counts == [api_nearby.LookedFurther(done, 3) for done in range(4)]
        # From now on its room is asked as those that were known.
        del network.rooms[THERE]
        await until(lambda: network.listed() == [])


async def test_look_further_can_be_stopped(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(host: str, port: int) -> bool:
        await asyncio.Event().wait()
        return False

    monkeypatch.setattr(sweep, "hosts", lambda _: ["10.0.0.4"])
    monkeypatch.setattr(sweep, "listens", never)
    async with network.discover() as made:
        made.look_further()
        await until(lambda: network.told == [api_nearby.LookedFurther(0, 1)])
        made.stop_looking()
        await until(lambda: made._looking is None)
        monkeypatch.setattr(sweep, "listens", network.listens)
        made.look_further()
        await until(lambda: network.told[-1] == api_nearby.LookedFurther(1, 1))


async def test_a_slow_name_server_holds_nothing_up(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    hang, asked = threading.Event(), []

    def look_up(host: str, *_: Any, **__: Any) -> list[str]:
        asked.append(host)
        hang.wait()
        return ["an address"]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(discovery, "FIRST_ANSWER_WITHIN", 0.01)
    network.rooms |= {HERE: "Lab 7", NAMED: "Lab 8"}
    async with network.discover(NAMED, HERE):
        await until(lambda: network.listed() == ["Lab 7"])
        await until(lambda: len(network.asked) > 3)
        assert asked == [NAMED.host], "it is asked once until it answers"
        hang.set()
        await until(lambda: network.listed() == ["Lab 7", "Lab 8"])


async def test_a_name_that_nobody_knows(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look_up(*_: Any, **__: Any) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    async with network.discover(NAMED, HERE):
        await until(lambda: len(network.asked) > 2)
        assert {address for address, _ in network.asked} == {HERE}
