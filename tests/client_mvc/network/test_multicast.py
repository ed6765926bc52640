"""Services that are announced, without a network: `zeroconf` is a stand-in."""

import asyncio
from collections.abc import AsyncIterator, Callable
from ipaddress import ip_interface
from types import SimpleNamespace
from typing import Any

import pytest
from zeroconf import ServiceStateChange

from client_mvc.network import interfaces, multicast
from client_mvc.network.multicast import TYPE, MulticastListener
from shared.joinlink import Address
from tests.support.waiting import until

ADDED, REMOVED = ServiceStateChange.Added, ServiceStateChange.Removed


class FakeDns:
    """Stands in for `AsyncZeroconf`, its browser and its services.

    `broken` addresses raise an error, `deaf` ones get no socket.
    """

    def __init__(self) -> None:
        self.zeroconf: Any = self
        self.engine = SimpleNamespace(senders=[])
        self.broken: set[str] = set()
        self.deaf: set[str] = set()
        self.services: dict[str, str] = {}
        self.gone: set[str] = set()
        self.browsers = 0
        self.closed = False
        self.tell: Callable[..., None]

    async def async_wait_for_start(self) -> None:
        pass

    async def async_update_interfaces(self, addresses: list[str]) -> None:
        if self.broken & set(addresses):
            raise OSError(19, "No such device")
        self.engine.senders = [one for one in addresses if one not in self.deaf]

    async def async_close(self) -> None:
        self.closed = True

    def browse(self, _: Any, kind: str, *, handlers: list[Any], **__: Any) -> Any:
        self.browsers += 1
        (self.tell,) = handlers
        for name in self.services:
            self.says(name, ADDED)

        async def cancel() -> None:
            pass

        return SimpleNamespace(async_cancel=cancel)

    def says(self, name: str, what: ServiceStateChange) -> None:
        self.tell(zeroconf=self, service_type=TYPE, name=name, state_change=what)

    def service(self, kind: str, name: str) -> Any:
        async def ask(*_: Any) -> bool:
            return name not in self.gone

        return SimpleNamespace(
            name=name,
            port=18000,
            properties={b"room": name.encode()},
            load_from_cache=lambda _: name in self.services,
            async_request=ask,
            parsed_addresses=lambda: [self.services.get(name, "10.0.0.99")],
        )


@pytest.fixture
async def dns(monkeypatch: pytest.MonkeyPatch) -> FakeDns:
    fake = FakeDns()
    monkeypatch.setattr(multicast, "AsyncZeroconf", lambda **_: fake)
    monkeypatch.setattr(multicast, "AsyncServiceBrowser", fake.browse)
    monkeypatch.setattr(multicast, "AsyncServiceInfo", fake.service)
    monkeypatch.setattr(multicast, "LOOK_EVERY", 0.005)
    use(monkeypatch, "10.0.0.1/24")
    return fake


def use(monkeypatch: pytest.MonkeyPatch, *own: str) -> None:
    found = tuple(ip_interface(one) for one in own)
    monkeypatch.setattr(interfaces, "networks", lambda: found)


@pytest.fixture
async def listener(
    dns: FakeDns, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[MulticastListener]:
    monkeypatch.setattr(multicast, "CHECK_EVERY", 0.0)
    listener = MulticastListener(lambda: None)
    task = asyncio.create_task(listener.run())
    yield listener
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert dns.closed


def rooms(listener: MulticastListener) -> list[str]:
    return [one.room.name for one in listener.heard.values()]


async def test_rooms_come_and_go(dns: FakeDns, listener: MulticastListener) -> None:
    await until(lambda: dns.browsers)
    dns.services["a"] = "10.0.0.5"
    dns.says("a", ADDED)
    assert rooms(listener) == ["a"]
    assert listener.heard["a"].room.address == Address("10.0.0.5")
    dns.services["a"] = "10.0.0.6"
    dns.says("a", ServiceStateChange.Updated)
    assert listener.heard["a"].room.address == Address("10.0.0.6")
    dns.says("a", REMOVED)
    assert rooms(listener) == []


async def test_a_service_that_has_to_be_asked(
    dns: FakeDns, listener: MulticastListener
) -> None:
    await until(lambda: dns.browsers)
    dns.gone.add("c")
    dns.says("b", ADDED)
    dns.says("c", ADDED)
    await until(lambda: rooms(listener) == ["b"])


async def test_a_service_that_was_cut_off_leaves(
    dns: FakeDns, listener: MulticastListener
) -> None:
    await until(lambda: dns.browsers)
    dns.services |= {"a": "10.0.0.5", "b": "10.0.0.6"}
    for name in dns.services:
        dns.says(name, ADDED)
    assert rooms(listener) == ["a", "b"]
    del dns.services["a"]  # its record has run out
    dns.gone.add("a")
    await until(lambda: rooms(listener) == ["b"])


async def test_of_thousands_of_services_some_are_kept(
    dns: FakeDns, listener: MulticastListener
) -> None:
    await until(lambda: dns.browsers)
    for number in range(3000):
        dns.services[str(number)] = "10.0.0.5"
        dns.says(str(number), ADDED)
    assert len(listener.heard) == multicast.MOST_SERVICES
    dns.says("0", REMOVED)
    dns.says("2999", ADDED)
    assert "2999" in listener.heard


async def test_a_service_that_cannot_be_read(dns: FakeDns, listener: MulticastListener) -> None:
    await until(lambda: dns.browsers)
    dns.services |= {"nowhere": "no address", "a": "10.0.0.5"}
    for name in dns.services:
        dns.says(name, ADDED)
    assert rooms(listener) == ["a"]


@pytest.mark.parametrize("how", ["broken", "deaf"])
async def test_an_interface_that_fails_is_skipped_until_it_works(
    dns: FakeDns,
    listener: MulticastListener,
    monkeypatch: pytest.MonkeyPatch,
    how: str,
) -> None:
    monkeypatch.setattr(multicast, "TRY_AGAIN_AFTER", 0.02)
    dead: set[str] = getattr(dns, how)
    dead.add("10.0.1.1")
    use(monkeypatch, "10.0.1.1/24", "10.0.0.1/24", "fd00::1/64")
    await until(lambda: dns.engine.senders == ["10.0.0.1"])
    dead.clear()
    await until(lambda: dns.engine.senders == ["10.0.0.1", "10.0.1.1"])


async def test_on_a_new_interface_it_asks_again(
    dns: FakeDns, listener: MulticastListener, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch)
    await until(lambda: dns.engine.senders == [])
    before = dns.browsers
    use(monkeypatch, "10.0.2.1/24")
    await until(lambda: dns.engine.senders == ["10.0.2.1"])
    await until(lambda: dns.browsers == before + 1)
