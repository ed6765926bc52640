"""The stream of a room on one node: it is made, appended to, followed, purged."""

import asyncio
import re

import pytest

from server.cluster.api import StreamApi
from server.cluster.connection import Connection, UnavailableError
from server.cluster.following import Following
from server.cluster.stream import (
    MAX_RECORD,
    OtherSettingsError,
    PurgedError,
    Record,
    RewoundError,
    Stream,
)
from tests.server.cluster.conftest import Connect
from tests.server.cluster.following import Follower, append_all, following
from tests.support.nats_servers import NatsServers
from tests.support.waiting import until, until_asked


@pytest.fixture
async def connection(nats1: NatsServers, connect: Connect) -> Connection:
    return await connect(nats1.urls)


@pytest.fixture
async def stream(connection: Connection) -> Stream:
    stream = Stream(connection)
    await stream.open()
    return stream


def numbered(first: int, last: int) -> list[bytes]:
    return [f"record {number}".encode() for number in range(first, last + 1)]


async def test_a_record_is_followed_with_its_position_and_time(stream: Stream) -> None:
    async with following(stream) as follower:
        assert await stream.append(b"one", "id-1", 5) == 1
        assert await stream.append(b"two", "id-2", 5) == 2
        await follower.has(2)
    async with following(stream) as later:
        await later.has(2)
    assert later.records == follower.records  # heard live, and read from the stream
    assert [(record.position, record.data) for record in later.records] == [
        (1, b"one"), (2, b"two"),
    ]  # fmt: skip
    assert later.records[0].at_ns < later.records[1].at_ns


async def test_a_repeat_has_the_position_of_the_first(stream: Stream) -> None:
    assert await stream.append(b"same", "id", 5) == 1
    assert await stream.append(b"other", "id 2", 5) == 2
    assert await stream.append(b"same", "id", 5) == 1
    assert await stream.state() == (1, 2)


async def test_two_hosts_append_at_once_and_both_see_one_order(
    stream: Stream, nats1: NatsServers, connect: Connect
) -> None:
    other = Stream(await connect(nats1.urls, "other"))
    async with following(stream) as here, following(other) as there:
        await asyncio.gather(
            append_all(stream, [b"a%d" % number for number in range(200)]),
            append_all(other, [b"b%d" % number for number in range(200)]),
        )
        await here.has(400)
        await there.has(400)
    assert here.records == there.records
    assert here.positions == list(range(1, 401))
    assert [data for data in here.data if data[:1] == b"b"] == [b"b%d" % n for n in range(200)]


async def test_following_begins_while_others_append(stream: Stream) -> None:
    await append_all(stream, numbered(1, 300))
    appending = asyncio.create_task(append_all(stream, numbered(301, 600)))
    async with following(stream) as all_of_it, following(stream, after=299) as the_rest:
        await appending
        await all_of_it.has(600)
        await the_rest.has(301)
    assert all_of_it.data == numbered(1, 600)
    assert the_rest.data == numbered(300, 600)


async def _deafen(stream: Stream, deaf: bool) -> None:
    """Let the node no longer send live records, or send them again."""
    connection = stream._connection
    (listener,) = connection._listeners
    if deaf:
        assert listener.subscription
        await connection.client.unlisten(listener.subscription)
        listener.subscription = None
    else:
        await connection._listen(listener)


async def test_a_gap_is_read_when_the_next_record_comes(stream: Stream) -> None:
    async with following(stream) as follower:
        await append_all(stream, numbered(1, 1))
        await follower.has(1)
        await _deafen(stream, True)
        await append_all(stream, numbered(2, 20))
        await _deafen(stream, False)
        await append_all(stream, numbered(21, 21))
        await follower.has(21, within=0.9)  # sooner than the watchdog
    assert follower.data == numbered(1, 21)


async def test_a_record_that_was_not_heard_is_read_though_no_other_comes(
    stream: Stream,
) -> None:
    async with following(stream) as follower:
        await append_all(stream, numbered(1, 1))
        await follower.has(1)
        await _deafen(stream, True)
        await append_all(stream, numbered(2, 3))
        await follower.has(3, within=5)
    assert follower.data == numbered(1, 3)


async def test_records_are_heard_while_nobody_knows_the_end_of_the_stream(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    await append_all(stream, numbered(1, 2))
    asked = asyncio.Event()

    async def unanswered(self: StreamApi) -> tuple[int, int]:
        asked.set()
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(StreamApi, "state", unanswered)
    async with following(stream) as follower:
        await asyncio.wait_for(asked.wait(), 10)
        await append_all(stream, numbered(3, 4))
        await follower.has(4, within=4)
    assert follower.data == numbered(1, 4)


async def test_catching_up_with_many_records(stream: Stream, connection: Connection) -> None:
    subject = stream._api.subject
    for number in range(1, 12_001):
        connection.publish(subject, b"%d" % number)
        if number % 1000 == 0:
            await until_asked(stream.state, (1, number).__eq__)
    async with following(stream) as follower:
        await follower.has(12_000)
    assert follower.data == [b"%d" % number for number in range(1, 12_001)]


async def test_records_that_a_replica_does_not_have_yet_come_from_the_leader(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def late(self: Following, most: int) -> None:
        pass

    await append_all(stream, numbered(1, 5))
    async with following(stream) as usual:
        await usual.has(5)
    monkeypatch.setattr(Following, "_read_batch", late)
    async with following(stream) as follower:
        await follower.has(5)
    assert follower.records == usual.records


async def test_what_take_raises_ends_the_following(stream: Stream) -> None:
    def refuse(record: object) -> None:
        raise LookupError("full disk")

    await append_all(stream, numbered(1, 1))
    with pytest.raises(LookupError, match="full disk"):
        await asyncio.wait_for(stream.follow(0, refuse), 5)
    assert not stream._connection._listeners


async def test_what_take_raises_of_a_record_just_heard_ends_the_following(
    stream: Stream,
) -> None:
    taken: list[bytes] = []

    def refuse_the_second(record: Record) -> None:
        if taken:
            raise LookupError("full disk")
        taken.append(record.data)

    task = asyncio.create_task(stream.follow(0, refuse_the_second))
    await append_all(stream, numbered(1, 1))
    await until(lambda: taken)
    await append_all(stream, numbered(2, 3))
    with pytest.raises(LookupError, match="full disk"):
        await asyncio.wait_for(task, 5)
    assert taken == numbered(1, 1)
    assert not stream._connection._listeners


async def test_what_was_purged_cannot_be_followed(stream: Stream) -> None:
    await append_all(stream, numbered(1, 10))
    await stream.purge_to(4)
    assert await stream.state() == (5, 10)
    with pytest.raises(PurgedError) as purged:
        await asyncio.wait_for(Follower(stream, after=3).task, 5)
    assert purged.value.first == 5
    async with following(stream, after=4) as follower:
        await follower.has(6)
        await stream.purge_to(10)  # behind it: it goes on
        assert await stream.state() == (11, 10)
        await append_all(stream, numbered(11, 11))
        await follower.has(7)
    assert follower.data == numbered(5, 11)


async def test_a_purge_of_what_was_not_heard_yet_ends_the_following(stream: Stream) -> None:
    follower = Follower(stream)
    await append_all(stream, numbered(1, 1))
    await follower.has(1)
    await _deafen(stream, True)
    await append_all(stream, numbered(2, 4))
    await stream.purge_to(4)
    with pytest.raises(PurgedError) as purged:
        await asyncio.wait_for(follower.task, 5)
    assert purged.value.first == 5
    assert follower.data == numbered(1, 1)


async def test_a_purge_stops_at_the_last_record(stream: Stream) -> None:
    await append_all(stream, numbered(1, 2))
    await stream.purge_to(0)
    with pytest.raises(ValueError, match="behind the last one"):
        await stream.purge_to(3)
    assert await stream.state() == (1, 2)


@pytest.mark.parametrize("deleted", [[5], [4, 5, 6], [10], [9, 10]])
async def test_records_deleted_in_the_middle_are_passed_over(
    stream: Stream, connection: Connection, deleted: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    await append_all(stream, numbered(1, 10))
    for position in deleted:
        await connection.jetstream.delete_msg(stream._api.name, position)
    async with following(stream) as follower:
        await append_all(stream, numbered(11, 11))
        await follower.has(11 - len(deleted))
    assert follower.positions == [n for n in range(1, 12) if n not in deleted]
    line = f"records are gone from the stream first={deleted[0]} last={deleted[-1]}"
    assert line in caplog.text


async def test_a_stream_that_ends_too_early_is_noticed(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.cluster.following.REWOUND_AFTER", 0.5)
    await append_all(stream, numbered(1, 2))
    with pytest.raises(RewoundError) as rewound:
        await asyncio.wait_for(Follower(stream, after=7).task, 10)
    assert rewound.value.last == 2


async def test_a_record_may_be_large_but_not_too_large(stream: Stream) -> None:
    async with following(stream) as follower:
        await stream.append(b"x" * MAX_RECORD, "large", 10)
        with pytest.raises(ValueError, match="too large"):
            await stream.append(b"x" * (MAX_RECORD + 1), "too large", 10)
        await follower.has(1)
    assert len(follower.records[0].data) == MAX_RECORD


async def test_hosts_that_open_the_stream_at_once_share_it(
    nats1: NatsServers, connect: Connect
) -> None:
    streams = [Stream(await connect(nats1.urls, f"host{number}")) for number in range(4)]
    await asyncio.gather(*(stream.open() for stream in streams))
    assert [await stream.append(b"", str(n), 5) for n, stream in enumerate(streams)] == [
        1, 2, 3, 4,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("setting", "value"),
    [("max_age", 3600 * 10**9), ("storage", "memory"), ("republish", None), ("max_msgs", 5)],
)
async def test_a_stream_with_other_settings_is_refused(
    connection: Connection, setting: str, value: object
) -> None:
    stream = Stream(connection)
    settings = stream._settings(1) | {setting: value}
    await stream._api.ask("STREAM.CREATE", settings)
    with pytest.raises(OtherSettingsError, match=re.escape(f"{setting}=")):
        await stream.open()


async def test_a_stream_that_is_not_there_is_unavailable(connection: Connection) -> None:
    stream = Stream(connection)
    with pytest.raises(UnavailableError, match="nobody answers"):
        await stream.append(b"", "id", 5)
    with pytest.raises(UnavailableError, match="not found"):
        await stream.state()


async def test_the_following_goes_on_after_the_node_was_away(
    stream: Stream, nats1: NatsServers
) -> None:
    async with following(stream) as follower:
        await append_all(stream, numbered(1, 3))
        await follower.has(3)
        nats1.kill(0)
        await until(lambda: not stream._connection.connected)
        with pytest.raises(UnavailableError):
            await stream.append(b"lost", "lost", 5)
        await asyncio.to_thread(nats1.mend)
        await stream._connection.open(10)
        await append_all(stream, numbered(4, 6))
        await follower.has(6)
    assert follower.data == numbered(1, 6)
