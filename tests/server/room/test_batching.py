"""Events become few batches, in order, and none waits for long."""

from collections.abc import Sequence
from typing import Any, cast

import pytest

from server.room import events
from server.room.interface import CloseReason, ConnectionUsage, JoinRequest, RoomCallbacks
from server.room.ipc import Answers, EventBatch
from server.room.worker_side import batching
from server.room.worker_side.batching import FEW, EventBatcher
from tests.fakes import turns
from tests.support.waiting import until


class Room:
    """A batcher, what it handed on, and how many operations the room works on."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []
        self.asked = 0
        self.batcher = EventBatcher(cast(RoomCallbacks, self), self.settle, self.awaited)
        self._next = 1

    def deliver(self, first: int, bodies: Sequence[bytes]) -> None:
        self.told.append(("deliver", first, len(bodies)))

    def rewrite(self, seq: int, body: bytes) -> None:
        self.told.append(("rewrite", seq, body))

    def requote(self, seq: int, quote: bytes) -> None:
        self.told.append(("requote", seq, quote))

    def signal(self, presences: Sequence[tuple[str, bytes]]) -> None:
        self.told.append(("signal", *(name for name, _ in presences)))

    def settle(self, answers: Answers) -> None:
        self.told.append(("settle", answers.done))

    def awaited(self, newest: Answers | None) -> bool:
        return (newest.done if newest else 0) < self.asked

    def joins(self, count: int, done: int) -> None:
        """So many members join, as the room writes it."""
        self.events(count, done, events.event(b"joined", 1, b"now", 1, events.joined("ada")))

    def events(self, count: int, done: int, body: bytes = b"event") -> None:
        """So many events and the answer behind them, in one read."""
        self.add(self._next, [body] * count, [])
        self._next += count
        self.batcher.answered(Answers(done, []))
        self.batcher.end_of_read()

    def add(self, first: int, bodies: list[bytes], signals: list[tuple[str, bytes]]) -> None:
        self.batcher.add(EventBatch(first, bodies, signals, []))

    def evict(self, connection: int, reason: CloseReason) -> None:
        self.told.append(("evict", connection))

    def usage(self) -> list[ConnectionUsage]:
        raise NotImplementedError

    def moved(self, head: int) -> None:
        raise NotImplementedError

    def registered(self) -> list[tuple[int, JoinRequest]]:
        raise NotImplementedError


@pytest.fixture
async def room() -> Room:
    return Room()


async def test_few_events_wait_behind_a_batch_that_took_long_to_write(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    deliver = room.deliver

    def slowly(first: int, bodies: Sequence[bytes]) -> None:
        nonlocal now
        now += 0.004 if len(bodies) > 1 else 0.0
        deliver(first, bodies)

    monkeypatch.setattr(batching, "monotonic", lambda: now)
    monkeypatch.setattr(room, "deliver", slowly)
    room.events(2, done=2)
    room.events(1, done=3)
    room.events(1, done=4)
    assert room.told == [("deliver", 1, 2), ("settle", 2)]
    await until(lambda: len(room.told) > 2)
    assert room.told[2:] == [("deliver", 3, 2), ("settle", 3), ("settle", 4)]


async def test_one_event_alone_makes_none_wait(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = iter(range(100))
    monkeypatch.setattr(batching, "monotonic", lambda: float(next(now)))
    room.events(1, done=1)
    room.events(1, done=2)
    assert room.told == [("deliver", 1, 1), ("settle", 1), ("deliver", 2, 1), ("settle", 2)]


class Slow:
    """A clock that goes on while a batch is written."""

    def __init__(self, room: Room, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
        self.now, self._seconds, self._deliver = 0.0, seconds, room.deliver
        monkeypatch.setattr(batching, "monotonic", lambda: self.now)
        monkeypatch.setattr(room, "deliver", self.deliver)

    def deliver(self, first: int, bodies: Sequence[bytes]) -> None:
        self.now += self._seconds
        self._deliver(first, bodies)


async def test_joins_wait_in_proportion_to_what_a_batch_costs_and_answers_do_not(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Slow(room, monkeypatch, 0.002)
    room.joins(2, done=2)
    assert room.told == [("deliver", 1, 2), ("settle", 2)]
    for done in range(30, 61, 10):
        room.joins(10, done=done)
        await turns()
    assert room.told[2:] == [("settle", done) for done in range(30, 61, 10)]
    clock.now += 0.018
    room.joins(1, done=61)
    assert room.told[6:] == [("deliver", 3, 41), ("settle", 61)]


async def test_joins_that_wait_are_handed_on_when_nothing_else_comes(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    Slow(room, monkeypatch, 0.002)
    room.joins(2, done=2)
    room.joins(20, done=22)
    await until(lambda: room.told[-1] == ("deliver", 3, 20))


async def test_no_message_waits_with_joins(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    Slow(room, monkeypatch, 0.002)
    room.joins(2, done=2)
    room.joins(20, done=22)
    room.events(FEW, done=30)
    await turns()
    assert room.told[2:] == [("settle", 22), ("deliver", 3, 20 + FEW), ("settle", 30)]


async def test_joins_of_a_large_room_wait_for_a_bounded_time(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Slow(room, monkeypatch, 5.0)
    room.joins(2, done=2)
    clock.now += batching.JOINS_REST_AT_MOST
    room.joins(2, done=4)
    assert room.told[2:] == [("deliver", 3, 2), ("settle", 4)]


async def test_few_events_are_handed_on_at_once(room: Room) -> None:
    room.asked = 100
    room.events(FEW - 1, done=FEW - 1)
    assert room.told == [("deliver", 1, FEW - 1), ("settle", FEW - 1)]


async def test_many_are_handed_on_when_nothing_is_on_its_way(room: Room) -> None:
    room.asked = 60
    room.events(60, done=60)
    await turns()
    assert room.told == [("deliver", 1, 60), ("settle", 60)]


async def test_many_wait_for_those_on_their_way_and_become_one_batch(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batching, "MERGE_WITHIN", 3600.0)
    room.asked = 60
    room.events(60, done=60)
    room.asked = 120  # said in the same turn
    await turns()
    assert room.told == []
    room.events(60, done=120)
    assert room.told == [("deliver", 1, 120), ("settle", 60), ("settle", 120)]
    await turns()
    assert len(room.told) == 3


async def test_they_wait_only_for_a_moment(room: Room) -> None:
    room.asked = 120
    room.events(60, done=60)
    await until(lambda: room.told)
    assert room.told == [("deliver", 1, 60), ("settle", 60)]


async def test_presence_does_not_wait_and_stays_between_its_events(room: Room) -> None:
    room.asked = 120
    room.events(60, done=60)
    room.add(61, [b"event"], [("ada", b"away")])
    assert room.told == [("deliver", 1, 61), ("signal", "ada"), ("settle", 60)]
    room.add(62, [b"event"], [])
    room.batcher.end_of_read()
    assert room.told[3:] == [("deliver", 62, 1)]


async def test_presences_of_many_wait_in_proportion_to_what_they_cost(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Slow(room, monkeypatch, 0.002)
    room.joins(2, done=2)
    for name in "ada", "bob":
        room.add(0, [], [(name, b"away")])
        room.batcher.answered(Answers(3, []))
        room.batcher.end_of_read()
    room.joins(1, done=4)
    assert room.told[2:] == [("settle", 3), ("settle", 3), ("settle", 4)]
    clock.now += 0.1
    room.add(0, [], [("ada", b"active")])
    room.batcher.end_of_read()
    assert room.told[5:] == [("deliver", 3, 1), ("signal", "ada", "bob", "ada")]


async def test_a_presence_that_waits_comes_before_a_later_message(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    Slow(room, monkeypatch, 0.002)
    room.joins(2, done=2)
    room.add(0, [], [("ada", b"away")])
    room.batcher.end_of_read()
    room.events(1, done=3)
    room.batcher.flush()
    assert room.told[2:] == [("signal", "ada"), ("deliver", 3, 1), ("settle", 3)]


async def test_one_presence_does_not_wait(room: Room) -> None:
    room.add(0, [], [("ada", b"away")])
    room.batcher.end_of_read()
    assert room.told == [("signal", "ada")]


async def test_a_gap_is_not_bridged(room: Room) -> None:
    room.add(1, [b"event"], [])
    room.add(9, [b"event"], [])
    room.batcher.end_of_read()
    assert room.told == [("deliver", 1, 1), ("deliver", 9, 1)]


async def test_making_presence_void_may_wait(room: Room) -> None:
    room.add(1, [b"event"], [("ada", b"")])
    room.add(2, [b"event"], [])
    room.batcher.end_of_read()
    assert room.told == [("deliver", 1, 2), ("signal", "ada")]


async def test_evictions_come_behind_all_that_was_sent_before(room: Room) -> None:
    room.asked = 120
    room.events(60, done=60)
    room.batcher.add(EventBatch(61, [b"event"], [], [(5, CloseReason.REPLACED)]))
    assert room.told == [("deliver", 1, 61), ("settle", 60), ("evict", 5)]


async def test_events_that_wait_are_handed_on_as_they_stand_now(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    room = Room()
    handed: list[bytes] = []
    monkeypatch.setattr(room, "deliver", lambda first, bodies: handed.extend(bodies))
    room.batcher.add(EventBatch(5, [b"5", b"6"], [], []))
    reply = b'{"type":"said","seq":7,"reply_to":6,"quote":{"name":"a","text":"6"}}'
    quote = b'{"name":"a","text":"now"}'
    room.batcher.add(EventBatch(7, [reply], [], [], replied=[6]))
    changed = [(6, b"now"), (2, b"before")]
    room.batcher.add(EventBatch(8, [b"edited"], [], [], changed, [(6, quote), (5, quote)]))
    assert room.told == [("rewrite", 2, b"before"), ("requote", 6, quote)]
    room.batcher.flush()
    assert handed == [b"5", b"now", reply.replace(b'"text":"6"', b'"text":"now"'), b"edited"]
