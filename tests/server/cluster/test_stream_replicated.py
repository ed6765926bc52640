"""The stream of a room on three nodes, of which one fails."""

import asyncio

import pytest

from server.cluster.connection import UnavailableError
from server.cluster.stream import OtherSettingsError, Stream
from tests.server.cluster.conftest import Connect
from tests.server.cluster.following import following
from tests.support.nats_servers import NatsServers
from tests.support.waiting import until


def first(nats: NatsServers, node: int) -> list[str]:
    """The URLs of all nodes, this one first."""
    return nats.urls[node:] + nats.urls[:node]


async def opened(nats: NatsServers, connect: Connect, node: int, name: str) -> Stream:
    stream = Stream(await connect(first(nats, node), name))
    await stream.open()
    return stream


def _leader(nats: NatsServers, stream: Stream) -> int:
    leader = nats.leader(stream._api.name)
    assert leader is not None
    return leader


async def _append_until_stored(stream: Stream, data: bytes) -> int:
    """Append as a host does: again with the same id until it is known to be stored."""
    while True:
        try:
            return await stream.append(data, data.decode(), 1)
        except UnavailableError:
            await asyncio.sleep(0.05)


async def test_three_nodes_make_three_replicas(nats3: NatsServers, connect: Connect) -> None:
    stream = await opened(nats3, connect, 0, "host")
    assert (await stream._api.ask("STREAM.INFO"))["config"]["num_replicas"] == 3


async def test_one_replica_is_too_few_where_three_nodes_are(
    nats3: NatsServers, connect: Connect
) -> None:
    stream = Stream(await connect(nats3.urls))
    await stream._api.ask("STREAM.CREATE", stream._settings(1))
    with pytest.raises(OtherSettingsError, match="num_replicas=1, not 3"):
        await stream.open()


async def test_all_hosts_see_one_order(nats3: NatsServers, connect: Connect) -> None:
    streams = [await opened(nats3, connect, node, f"host{node}") for node in range(3)]
    async with (
        following(streams[0]) as one, following(streams[1]) as two,
        following(streams[2], after=0) as three,
    ):  # fmt: skip
        async with asyncio.TaskGroup() as tasks:
            for host, stream in enumerate(streams):
                tasks.create_task(_append_many(stream, host, 100))
        for follower in (one, two, three):
            await follower.has(300)
    assert one.records == two.records == three.records
    assert one.positions == list(range(1, 301))


async def _append_many(stream: Stream, host: int, count: int) -> None:
    for number in range(count):
        await _append_until_stored(stream, b"%d %d" % (host, number))


async def test_the_leader_is_killed_and_writes_go_on(
    nats3: NatsServers, connect: Connect
) -> None:
    stream = await opened(nats3, connect, 0, "host0")
    leader = _leader(nats3, stream)
    beside = await opened(nats3, connect, (leader + 1) % 3, "beside")
    there = await opened(nats3, connect, leader, "there")
    async with following(beside) as one, following(there) as two:
        await _append_many(beside, 0, 50)
        nats3.kill(leader)
        async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
            tasks.create_task(_append_many(beside, 1, 50))
            tasks.create_task(_append_many(there, 2, 50))
        await one.has(150)
        await two.has(150)
    assert one.records == two.records
    assert sorted(one.data) == sorted(
        b"%d %d" % (host, number) for host in range(3) for number in range(50)
    )


async def test_the_node_of_a_follower_is_killed_and_others_wait_for_nothing(
    nats3: NatsServers, connect: Connect
) -> None:
    stream = await opened(nats3, connect, 0, "host0")
    leader = _leader(nats3, stream)
    beside = await opened(nats3, connect, leader, "beside")
    there = await opened(nats3, connect, (leader + 1) % 3, "there")
    async with following(beside) as one, following(there) as two:
        await _append_many(beside, 0, 20)
        await two.has(20)
        nats3.kill((leader + 1) % 3)
        await _append_many(beside, 1, 20)
        await one.has(40, within=2)
        await two.has(40)
        await _append_many(there, 2, 5)
        await two.has(45)
        await one.has(45)
    assert one.records == two.records


async def test_a_node_that_stands_still_is_left(
    nats3: NatsServers, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.cluster.connection.PING_EVERY", 0.5)
    stream = await opened(nats3, connect, 0, "host0")
    leader = _leader(nats3, stream)
    frozen = (leader + 1) % 3
    there = await opened(nats3, connect, frozen, "there")
    async with following(there) as follower:
        await _append_many(there, 0, 5)
        await follower.has(5)
        nats3.freeze(frozen)
        # More than the sockets hold, so that bytes wait that can never be sent.
        with pytest.raises(UnavailableError, match="takes nothing"):  # noqa: PT012
            while True:
                there._connection.publish("nowhere", bytes(900_000))
                await asyncio.sleep(0)
        await until(lambda: not there._connection.connected, within=15)
        await there._connection.open(10)
        await _append_many(there, 1, 5)
        await follower.has(10)


async def test_without_a_majority_nothing_is_appended(
    nats3: NatsServers, connect: Connect
) -> None:
    stream = await opened(nats3, connect, 2, "host")
    async with following(stream) as follower:
        await _append_many(stream, 0, 3)
        await follower.has(3)
        nats3.kill(0)
        nats3.kill(1)
        with pytest.raises(UnavailableError):
            await stream.append(b"1 0", "1 0", 1)
        await asyncio.to_thread(nats3.mend)
        async with asyncio.timeout(30):
            await _append_until_stored(stream, b"1 0")
        await follower.has(4)
    assert follower.data[-1] == b"1 0"
