"""The announcement, without a network: `zeroconf` is a stand-in."""

import asyncio
import logging
from types import SimpleNamespace
from typing import Any

import pytest
from zeroconf.asyncio import AsyncServiceInfo

from server.announcing import responder
from server.announcing.responder import Responder


class FakeDns:
    """Stands in for `AsyncZeroconf`; `broken` addresses raise, `deaf` ones get no socket."""

    def __init__(self) -> None:
        self.zeroconf: Any = self
        self.engine = SimpleNamespace(senders=[])
        self.broken: set[str] = set()
        self.deaf: set[str] = set()
        self.said: list[tuple[str, AsyncServiceInfo]] = []
        self.closed = False

    async def async_wait_for_start(self) -> None:
        pass

    async def async_update_interfaces(self, addresses: list[str]) -> None:
        if self.broken & set(addresses):
            raise OSError(19, "No such device")
        self.engine.senders = [one for one in addresses if one not in self.deaf]

    async def async_register_service(self, service: AsyncServiceInfo, **_: Any) -> None:
        self.said.append(("registered", service))

    async def async_update_service(self, service: AsyncServiceInfo) -> None:
        self.said.append(("updated", service))

    async def async_unregister_service(self, service: AsyncServiceInfo) -> Any:
        self.said.append(("unregistered", service))
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done

    async def async_close(self) -> None:
        self.closed = True

    @property
    def words(self) -> list[str]:
        return [word for word, _ in self.said]


@pytest.fixture
def dns(monkeypatch: pytest.MonkeyPatch) -> FakeDns:
    fake = FakeDns()
    monkeypatch.setattr(responder, "AsyncZeroconf", lambda **_: fake)
    return fake


async def announce(to: Responder, *senders: str, name: str = "lobby", **text: str) -> None:
    await to.announce(
        instance=name,
        host="chatroom-1.local.",
        port=18000,
        text={"room": "lobby"} | text,
        senders=senders,
        reached_at=senders,
    )


async def test_it_says_only_what_is_new(dns: FakeDns) -> None:
    own = Responder()
    await announce(own, "10.0.0.1")
    ((word, service),) = dns.said
    assert word == "registered"
    assert service.name == "lobby._chatroom._tcp.local."
    assert service.decoded_properties == {"room": "lobby"}
    assert service.parsed_addresses() == ["10.0.0.1"]
    await announce(own, "10.0.0.1")
    assert dns.words == ["registered"]
    await announce(own, "10.0.0.1", places="1/3")
    assert dns.words == ["registered", "updated"]
    await announce(own, "10.0.0.1", "10.0.1.1", places="1/3")
    assert dns.words == ["registered", "updated", "updated"]
    assert dns.engine.senders == ["10.0.0.1", "10.0.1.1"]
    await own.close()
    assert dns.closed


async def test_another_name_takes_the_first_back(dns: FakeDns) -> None:
    own = Responder()
    await announce(own, "10.0.0.1")
    await announce(own, "10.0.0.1", name="hall")
    assert dns.words == ["registered", "unregistered", "registered"]


@pytest.mark.parametrize("how", ["broken", "deaf"])
async def test_an_interface_that_fails_is_skipped_until_it_works(
    dns: FakeDns, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    dead: set[str] = getattr(dns, how)
    dead.add("10.0.1.1")
    own = Responder()
    for _ in range(3):
        await announce(own, "10.0.1.1", "10.0.0.1")
    assert dns.engine.senders == ["10.0.0.1"]
    (line,) = caplog.messages
    assert line.startswith("interface skipped address=10.0.1.1 ")
    dead.clear()
    await announce(own, "10.0.0.1")  # it is gone,
    await announce(own, "10.0.0.1", "10.0.1.1")  # and back
    assert own.working == ("10.0.0.1", "10.0.1.1")


async def test_without_the_port_it_tries_again_later(
    dns: FakeDns, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(**_: Any) -> FakeDns:
        raise OSError(98, "Address already in use")

    monkeypatch.setattr(responder, "AsyncZeroconf", fail)
    monkeypatch.setattr(responder, "TRY_AGAIN_AFTER", 0.0)
    own = Responder()
    await announce(own, "10.0.0.1")
    await announce(own, "10.0.0.1")
    assert caplog.messages == ["room not announced error='Address already in use' action=retry"]
    monkeypatch.setattr(responder, "AsyncZeroconf", lambda **_: dns)
    await announce(own, "10.0.0.1")
    assert dns.words == ["registered"]


async def test_a_goodbye_that_fails_ends_nothing(
    dns: FakeDns, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never() -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(responder, "GOODBYE_WITHIN", 0.01)
    monkeypatch.setattr(dns, "async_close", never)
    own = Responder()
    await announce(own, "10.0.0.1")
    logging.getLogger().debug("closing")
    await own.close()
