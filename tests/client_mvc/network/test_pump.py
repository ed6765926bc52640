"""The pump: batches, bounded turns, and the next turn after a bug. `after` is a list here."""

from collections.abc import Callable
from itertools import chain
from queue import SimpleQueue

import pytest

from client_mvc.network import api, pump
from client_mvc.network.pump import Pump
from shared import messages
from tests.client_mvc.fakes import said, shared


class Loop:
    """Keeps the calls that `after` was asked for."""

    def __init__(self) -> None:
        self.due: list[tuple[int, Callable[[], None]]] = []

    def after(self, delay: int, call: Callable[[], None]) -> None:
        self.due.append((delay, call))

    def turn(self) -> None:
        _, call = self.due.pop()
        call()


def started(handle: Callable[[list[int]], bool], numbers: int) -> Loop:
    queue: SimpleQueue[int] = SimpleQueue()
    for number in range(numbers):
        queue.put(number)
    loop = Loop()
    Pump(queue, handle, loop.after).start()
    return loop


def kept(batches: list[list[int]]) -> Callable[[list[int]], bool]:
    """Return a handler that keeps each batch, and goes on."""

    def handle(batch: list[int]) -> bool:
        batches.append(batch)
        return True

    return handle


def test_a_turn_handles_all_events_at_once_and_the_next_comes_sooner() -> None:
    batches: list[list[int]] = []
    loop = started(kept(batches), 3)
    delays = []
    for _ in range(2):
        loop.turn()
        delays.append(loop.due[-1][0])
    assert batches == [[0, 1, 2], []]
    assert delays == [pump.SOON_MS, pump.EVERY_MS]
    assert pump.SOON_MS < pump.EVERY_MS


def test_a_flood_is_handled_in_bounded_turns() -> None:
    batches: list[list[int]] = []
    loop = started(kept(batches), pump.MOST * 2 + 1)
    delays = []
    for _ in range(3):
        loop.turn()
        delays.append(loop.due[-1][0])
    assert [len(batch) for batch in batches] == [pump.MOST, pump.MOST, 1]
    assert list(chain(*batches)) == list(range(pump.MOST * 2 + 1))
    assert delays == [pump.AGAIN_MS, pump.AGAIN_MS, pump.SOON_MS]


def test_it_ends_with_the_window() -> None:
    loop = started(lambda batch: False, 1)
    loop.turn()
    assert loop.due == []


def test_a_bug_does_not_stop_it() -> None:
    def handle(batch: list[int]) -> bool:
        raise RuntimeError("a bug")

    loop = started(handle, 1)
    with pytest.raises(RuntimeError, match="a bug"):
        loop.turn()
    assert [delay for delay, _ in loop.due] == [pump.SOON_MS]


def test_events_that_are_much_work_make_a_turn_shorter() -> None:
    batches: list[list[int]] = []
    queue: SimpleQueue[int] = SimpleQueue()
    for number in (1, pump.MOST - 1, 1, 10 * pump.MOST, 1):
        queue.put(number)
    loop = Loop()
    Pump(queue, kept(batches), loop.after, work=lambda number: number).start()
    for _ in range(3):
        loop.turn()
    assert batches == [[1, pump.MOST - 1], [1, 10 * pump.MOST], [1]]


def test_long_messages_and_files_are_much_work() -> None:
    def work(event: messages.Event) -> int:
        return pump.work((1, api.EventReceived(event)))

    assert work(said(1)) == pump.work((1, api.CaughtUp())) == 1
    assert work(said(1, "x" * 8000)) > pump.MOST / 2
    assert work(shared(1)) > 1
