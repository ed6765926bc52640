"""Messages between hosts that nobody stores."""

import asyncio

import pytest

from server.cluster.between import Between
from server.cluster.connection import Connection
from tests.server.cluster.conftest import Connect
from tests.support.nats_servers import NatsServers
from tests.support.waiting import until


async def _there(*hosts: Connection) -> None:
    """Wait until the node knows what these listen to."""
    for host in hosts:
        await host.request("$JS.API.INFO", b"", 5)


@pytest.fixture
async def three(nats1: NatsServers, connect: Connect) -> list[Connection]:
    return [await connect(nats1.urls, name) for name in ("a", "b", "c")]


async def test_all_hosts_hear_what_is_told_in_order(three: list[Connection]) -> None:
    hosts = [Between(connection) for connection in three]
    heard: list[list[bytes]] = [[] for _ in hosts]

    for host, got in zip(hosts, heard, strict=True):

        def take(data: bytes, got: list[bytes] = got) -> None:
            got.append(data)

        await host.on("word", take)
    await _there(*three)
    for number in range(100):
        hosts[0].tell("word", b"%d" % number)
        hosts[0].tell("other", b"no")
    await until(lambda: all(len(got) == 100 for got in heard))
    assert heard == [[b"%d" % number for number in range(100)]] * 3


async def test_all_hosts_answer_a_question(three: list[Connection]) -> None:
    hosts = [Between(connection) for connection in three]

    async def slow(data: bytes) -> bytes:
        await asyncio.sleep(0)
        return data + b" slow"

    await hosts[0].on("name", lambda data: data + b" a")
    await hosts[1].on("name", slow)
    await hosts[2].on("name", lambda data: None)
    await _there(*three)
    # None of them is waited for longer than the two that answer.
    answers = await asyncio.wait_for(hosts[2].ask_all("name", b"?", 60, most=2), 10)
    assert sorted(answers) == [b"? a", b"? slow"]
    assert len(await hosts[0].ask_all("name", b"?", 0.2)) == 2


async def test_a_question_that_nobody_hears_has_no_answers(three: list[Connection]) -> None:
    assert await asyncio.wait_for(Between(three[0]).ask_all("nothing", b"", 60), 10) == []


async def test_an_answer_that_fails_is_none(
    three: list[Connection], caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(data: bytes) -> bytes:
        raise LookupError("no answer")

    host = Between(three[0])
    await host.on("fails", fail)
    assert await host.ask_all("fails", b"", 0.2) == []
    assert "message not answered kind=fails" in caplog.text


async def test_a_host_that_closed_hears_nothing(three: list[Connection]) -> None:
    asked = asyncio.Event()
    gone = asyncio.Event()

    async def forever(data: bytes) -> None:
        asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            gone.set()

    host, other = Between(three[0]), Between(three[1])
    await host.on("question", forever)
    await _there(three[0])
    asking = asyncio.create_task(other.ask_all("question", b"", 0.2))
    await asyncio.wait_for(asked.wait(), 10)
    await host.close()
    assert gone.is_set()
    assert await asking == []
    await _there(three[0])
    assert await asyncio.wait_for(other.ask_all("question", b"", 60), 10) == []


async def test_without_a_connection_nothing_is_told_or_asked(room: str) -> None:
    between = Between(Connection(["nats://127.0.0.1"], room, "host"))
    between.tell("word", b"lost")
    assert await between.ask_all("word", b"", 60) == []
