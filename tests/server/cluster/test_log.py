"""The log of several hosts over a stream in memory, and once over a real one."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest

from server.cluster import entries, log
from server.cluster.log import HostPlace, JetStreamLog, StoppedError
from server.cluster.records import PurgedError
from server.cluster.stream import Stream
from server.room.hosts import Source
from server.room.operations import Drop, HostLost, Operation
from server.room.storage.errors import OvertakenError, StorageError
from tests.fakes import Clock, turns
from tests.server.cluster.conftest import Connect
from tests.server.cluster.memory_stream import MemoryStream
from tests.server.room.log_contract import Host, LogContract, OpenLog, append
from tests.support.nats_servers import NatsServers
from tests.support.waiting import until

EPOCH = 77


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a host not wait before it tries again."""
    for name in ("AGAIN_AFTER", "LONGEST_WAIT", "DISK_AGAIN_AFTER"):
        monkeypatch.setattr(log, name, 0)


def log_of(
    stream: MemoryStream | Stream,
    host: Host,
    epoch: int = EPOCH,
    now: Callable[[], float] = lambda: 0.0,
) -> JetStreamLog:
    last = host.entries[-1][0] if host.entries else 0
    place = HostPlace("a", epoch, last)
    return JetStreamLog(host.apply, host.restore, cast(Stream, stream), place, now)


@asynccontextmanager
async def running(
    stream: MemoryStream | Stream,
    host: Host,
    epoch: int = EPOCH,
    now: Callable[[], float] = lambda: 0.0,
) -> AsyncIterator[JetStreamLog]:
    """A host `a` that follows the stream from where it is."""
    made = log_of(stream, host, epoch, now)
    task = asyncio.create_task(made.run())
    made.caught_up()
    try:
        yield made
    finally:
        made.close()
        task.cancel()
        await asyncio.wait({task})
        if not task.cancelled():
            task.result()


@pytest.fixture
def host() -> Host:
    return Host()


@pytest.fixture
async def stream() -> MemoryStream:
    return MemoryStream()


class TestInMemory(LogContract):
    @pytest.fixture
    def open_log(self, stream: MemoryStream) -> OpenLog:
        epochs = iter(range(1, 9))
        return lambda host: cast(Any, running(stream, host, next(epochs)))


class TestOverNats(LogContract):
    @pytest.fixture
    async def open_log(self, nats1: NatsServers, connect: Connect) -> OpenLog:
        stream = Stream(await connect(nats1.urls))
        await stream.open()
        epochs = iter(range(1, 9))
        return lambda host: cast(Any, running(stream, host, next(epochs)))


def of_host(host: str, number: int, *operations: Operation, epoch: int = 1) -> bytes:
    return entries.encode(Source(host, epoch, number), operations)


# --- to the stream -----------------------------------------------------------------------


async def test_one_batch_is_on_its_way_at_a_time(stream: MemoryStream, host: Host) -> None:
    async with running(stream, host) as made:
        resumed: list[bool] = []
        made.resumed = lambda: resumed.append(made.ready)
        stream.held = True
        made.append([Drop(1)])
        await until(lambda: stream.records)
        assert not made.ready, "it is stored, but not carried out here"
        stream.release()
        await until(lambda: made.ready)
        assert (resumed, host.operations) == ([True], [[Drop(1)]])


@pytest.mark.parametrize("troubles", [["lost"], ["lost"] * 3, ["refused"] * 5])
async def test_a_batch_without_an_acknowledgement_is_appended_again_under_its_id(
    stream: MemoryStream, host: Host, troubles: list[str]
) -> None:
    async with running(stream, host) as made:
        stream.held = True
        stream.troubles = list(troubles)
        made.append([Drop(1)])
        await until(lambda: len(stream.asked) == len(troubles) + 1)
        await turns()
        assert set(stream.asked) == {f"{EPOCH:x}-1"}
        assert len(stream.records) == 1
        stream.release()
        await append(made, host, Drop(2)) if made.ready else await until(lambda: made.ready)
        assert host.operations[0] == [Drop(1)]


async def test_what_came_back_is_not_appended_again(stream: MemoryStream, host: Host) -> None:
    async with running(stream, host) as made:
        stream.troubles = ["lost"]
        await append(made, host, Drop(1))
        await append(made, host, Drop(2))
        await turns()
        assert stream.asked[-1] == f"{EPOCH:x}-2"
        assert len(stream.asked) <= 3


async def test_a_repeat_that_nobody_noticed_is_no_own_batch(
    stream: MemoryStream, host: Host
) -> None:
    """Stored twice, since the time was over in which NATS knows repeats: the core knows it."""
    async with running(stream, host) as made:
        await append(made, host, Drop(1))
        stream.held = True
        made.append([Drop(2)])
        await until(lambda: len(stream.records) == 2)
        stream.put(stream.records[0].data)
        stream.put(stream.records[1].data)
        stream.release()
        await until(lambda: len(host.entries) == 4)
        assert host.own == [True, True, False, False]
        assert made.ready


async def test_entries_of_others_come_in_their_place(stream: MemoryStream, host: Host) -> None:
    async with running(stream, host) as made:
        stream.held = True
        stream.put(of_host("b", 1, Drop(1)))
        made.append([Drop(2)])
        await until(lambda: len(stream.records) == 2)
        stream.put(of_host("b", 2, Drop(3)))
        stream.release()
        await until(lambda: len(host.entries) == 3)
        assert host.operations == [[Drop(1)], [Drop(2)], [Drop(3)]]
        assert host.own == [False, True, False]
        assert [position for position, _, _ in host.entries] == [1, 2, 3]


async def test_an_entry_of_another_start_of_this_host_is_no_own_one(
    stream: MemoryStream, host: Host
) -> None:
    async with running(stream, host) as made:
        stream.troubles = ["silent"]
        made.append([Drop(1)])
        stream.put(of_host("a", 1, Drop(9), epoch=EPOCH - 1))
        await until(lambda: host.entries)
        assert (host.own, made.ready) == ([False], False)


async def test_it_says_for_how_long_it_has_not_been_ready(
    stream: MemoryStream, host: Host
) -> None:
    clock = Clock()
    async with running(stream, host, now=clock) as made:
        clock.now += 100
        assert made.waits() == 0
        stream.troubles = ["silent"]
        made.append([Drop(1)])
        clock.now += 7
        assert made.waits() == 7
        stream.put(of_host("a", 1, Drop(1), epoch=EPOCH))
        await until(lambda: made.ready)
        assert made.waits() == 0


async def test_it_is_not_ready_before_the_past_is_carried_out(
    stream: MemoryStream, host: Host
) -> None:
    clock = Clock()
    made = log_of(stream, host, now=clock)
    clock.now += 3
    assert (made.ready, made.waits()) == (False, 3)
    resumed: list[bool] = []
    made.resumed = lambda: resumed.append(made.ready)
    made.caught_up()
    assert (resumed, made.waits()) == ([True], 0)


async def test_a_batch_that_no_stream_takes_ends_the_process(
    stream: MemoryStream, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def too_large(*_: object) -> int:
        raise ValueError("a record of 2 MiB is too large")

    ended: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _, context: ended.append(context.get("exception"))
    )
    monkeypatch.setattr(stream, "append", too_large)
    async with running(stream, host) as made:
        made.append([Drop(1)])
        await until(lambda: ended)
    assert isinstance(ended[0], ValueError)


# --- from the stream ---------------------------------------------------------------------


@pytest.mark.parametrize("failure", [StorageError("full"), sqlite3.OperationalError("full")])
async def test_while_the_disk_refuses_nothing_is_carried_out_and_then_all(
    stream: MemoryStream, host: Host, failure: Exception
) -> None:
    async with running(stream, host) as made:
        await append(made, host, Drop(1))
        host.failure = failure
        made.append([Drop(2)])
        await until(lambda: len(stream.followed) > 3)
        assert made.trouble == "full"
        assert (host.operations, made.position) == ([[Drop(1)]], 1)
        stream.put(of_host("b", 1, Drop(3)))
        host.failure = None
        await until(lambda: len(host.entries) == 3)
        assert host.operations == [[Drop(1)], [Drop(2)], [Drop(3)]]
        assert (made.trouble, made.ready, host.own) == ("", True, [True, True, False])
        assert set(stream.followed[1:]) == {1}


async def test_nothing_is_carried_out_before_the_last_failure_is_undone(
    stream: MemoryStream, host: Host
) -> None:
    async with running(stream, host) as made:
        host.failure, host.readable = StorageError("full"), False
        made.append([Drop(1)])
        await until(lambda: len(stream.followed) > 1)
        host.failure = None
        seen = len(stream.followed)
        await until(lambda: len(stream.followed) > seen + 1)
        assert host.written == []
        host.readable = True
        await until(lambda: made.ready)
        assert host.operations == [[Drop(1)]]


@pytest.mark.parametrize("error", [OvertakenError("!"), PurgedError(5)])
async def test_other_errors_end_it(stream: MemoryStream, host: Host, error: Exception) -> None:
    host.failure = error
    stream.put(of_host("b", 1, Drop(1)))
    with pytest.raises(type(error)):
        await log_of(stream, host).run()


async def test_an_entry_of_a_later_version_stops_this_host(
    stream: MemoryStream, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as later:
        later.setattr(entries, "VERSION", entries.VERSION + 1)
        stream.put(of_host("b", 1, Drop(1)))
    with pytest.raises(StoppedError, match="'b' runs a later version of Chatroom"):
        await log_of(stream, host).run()
    assert host.entries == []


@pytest.mark.parametrize("data", [b"", b"no entry", b"\x95\x01\xa1b\x01\x01\x91\x92\x63\x01"])
async def test_what_is_no_entry_is_left_out(
    stream: MemoryStream, host: Host, data: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(stream, host) as made:
        stream.put(data)
        await append(made, host, Drop(1))
        assert host.operations == [[Drop(1)]]
        assert made.position == 2
    assert "record is no entry position=1" in caplog.text


# --- on the wire -------------------------------------------------------------------------


def test_entries_are_the_same_on_the_other_side() -> None:
    source = Source("a host", 2**63 - 1, 5)
    operations: list[Operation] = [Drop(2**63 - 1), HostLost("b", 7)]
    assert entries.decode(entries.encode(source, operations)) == (source, operations)
