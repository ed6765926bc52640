"""Asking other computers of the network for their rooms."""

import asyncio
from collections.abc import AsyncIterator
from ipaddress import ip_interface
from pathlib import Path

import aiohttp
import pytest

from client_mvc.network import sweep
from client_mvc.network.api_nearby import NearbyRoom
from client_mvc.network.http_answers import http_session
from shared.joinlink import Address
from tests.client_mvc.network import certificates
from tests.client_mvc.network.fake_room import FakeRoom


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with http_session(keep=False) as http:
        yield http


@pytest.mark.parametrize(
    ("own", "count", "first", "last"),
    [
        (["192.168.1.20/24"], 253, "192.168.1.1", "192.168.1.254"),
        (["10.1.2.3/8"], 253, "10.1.2.1", "10.1.2.254"),
        (["192.168.1.21/30"], 1, "192.168.1.22", "192.168.1.22"),
        (["192.168.1.20/24", "192.168.1.21/24"], 252, "192.168.1.1", "192.168.1.254"),
        (["192.168.1.20/24", "10.1.2.3/24"], 506, "192.168.1.1", "10.1.2.254"),
    ],
)
def test_the_addresses_beside_this_computer(
    own: list[str], count: int, first: str, last: str
) -> None:
    found = sweep.hosts([ip_interface(one) for one in own])
    assert (len(found), found[0], found[-1]) == (count, first, last)
    assert not {one.partition("/")[0] for one in own} & set(found)


@pytest.mark.parametrize(
    "own", ["127.0.0.1/8", "8.8.8.8/24", "169.254.3.4/16", "fd00::1/64", "192.168.1.20/32"]
)
def test_networks_that_are_not_tried(own: str) -> None:
    assert sweep.hosts([ip_interface(own)]) == []


async def test_fifty_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    at_work, most, tried = 0, 0, set()

    async def listens(host: str, port: int) -> bool:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        tried.add((host, port))
        await asyncio.sleep(0)
        at_work -= 1
        return host == "h7"

    asked: list[Address] = []
    told: list[int] = []

    async def ask(address: Address) -> None:
        asked.append(address)

    monkeypatch.setattr(sweep, "listens", listens)
    hosts = [f"h{n}" for n in range(254)]
    await sweep.sweep(hosts, 18000, ask, told.append)
    assert most == 50
    assert tried == {(host, 18000) for host in hosts}
    assert asked == [Address("h7", 18000)]
    assert told == list(range(1, 255))


async def test_a_computer_that_does_not_answer_costs_half_a_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def never(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(sweep, "CONNECT_WITHIN", 0.01)
    monkeypatch.setattr(asyncio, "open_connection", never)
    assert not await sweep.listens("192.0.2.1", 18000)


@pytest.mark.parametrize("encrypted", [True, False])
async def test_a_room_that_answers(
    http: aiohttp.ClientSession, room: FakeRoom, tmp_path: Path, encrypted: bool
) -> None:
    own = certificates.make(tmp_path, "room")
    room.serve_journal("j1")
    address = await room.open(tls=own.context() if encrypted else None)
    assert await sweep.listens(*address)
    assert await sweep.room_at(http, address, 10.0) == NearbyRoom(
        address, "lobby", "j1", own.key if encrypted else "", 0, 3, answered=True
    )


async def test_a_server_without_a_room(http: aiohttp.ClientSession, address: Address) -> None:
    assert await sweep.room_at(http, address, 10.0) is None  # as version 0.1


async def test_no_room(http: aiohttp.ClientSession, room: FakeRoom, address: Address) -> None:
    await room.close()
    assert not await sweep.listens(*address)
    assert await sweep.room_at(http, address, 10.0) is None
