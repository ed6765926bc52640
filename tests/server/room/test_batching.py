"""Events become few batches, in order, and none waits for long."""

from collections.abc import Sequence
from typing import Any

import pytest

from server.room.interface import CloseReason, ConnectionUsage, JoinRequest
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
        self.batcher = EventBatcher(self, self.settle, self.awaited)
        self._next = 1

    def deliver(self, first: int, bodies: Sequence[bytes]) -> None:
        self.told.append(("deliver", first, len(bodies)))

    def rewrite(self, seq: int, body: bytes) -> None:
        self.told.append(("rewrite", seq, body))

    def signal(self, name: str, body: bytes) -> None:
        self.told.append(("signal", name))

    def settle(self, answers: Answers) -> None:
        self.told.append(("settle", answers.done))

    def awaited(self, newest: Answers | None) -> bool:
        return (newest.done if newest else 0) < self.asked

    def events(self, count: int, done: int) -> None:
        """So many events and the answer behind them, in one read."""
        self.add(self._next, [b"event"] * count, [])
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
    room.batcher.add(EventBatch(7, [b"deleted"], [], [], [(6, b"now"), (2, b"before")]))
    assert room.told == [("rewrite", 2, b"before")]
    room.batcher.flush()
    assert handed == [b"5", b"now", b"deleted"]
