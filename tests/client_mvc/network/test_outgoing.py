"""The queue of outgoing messages: one in flight, in order, pauses where the server is busy."""

import pytest

from client_mvc.network import api, backoff
from client_mvc.network.outgoing import RECEIPT_WITHIN, OutgoingQueue
from shared.problems import Problem
from tests.client_mvc.network.driving import SAY_A, SAY_B, A, B


def test_one_is_in_flight_at_a_time() -> None:
    queue = OutgoingQueue([A, B])
    assert queue.next(0.0) == SAY_A
    assert queue.next(0.0) is None
    assert queue.wake_at == RECEIPT_WITHIN
    assert queue.remove("a")
    assert not queue.remove("a")
    assert queue.next(1.0) == SAY_B


def test_the_same_message_is_added_once() -> None:
    queue = OutgoingQueue([A])
    queue.add(api.OutgoingMessage("a", "another text"))
    assert queue.next(0.0) == SAY_A
    queue.remove("a")
    assert queue.next(0.0) is None


def test_a_message_that_was_sent_was_tried() -> None:
    queue = OutgoingQueue([A, B])
    assert queue.tried == []
    queue.next(0.0)
    queue.restart()
    assert queue.tried == ["a"]
    assert queue.next(0.0) == SAY_A, "it is sent again, in its place"


@pytest.mark.parametrize(
    ("retry_after", "pause"),
    [(None, backoff.FIRST), (7.0, 7.0), (0.0, 0.0), (-1.0, 0.0), (1e12, 600.0)],
)
def test_a_busy_server_says_how_long_to_wait(retry_after: float | None, pause: float) -> None:
    queue = OutgoingQueue([A])
    queue.next(0.0)
    queue.pause(Problem("storage", {}, retry_after), 100.0)
    assert queue.wake_at == 100.0 + pause
    assert queue.next(100.0 + pause - 0.001) is None or pause == 0.0
    queue.restart()
    assert queue.next(100.0 + pause) == SAY_A


def test_a_pause_that_is_over_wakes_the_driver_once() -> None:
    queue = OutgoingQueue([A])
    queue.next(0.0)
    queue.pause(Problem("storage"), 0.0)
    queue.remove("a")
    assert queue.wake_at is not None
    assert queue.next(queue.wake_at) is None
    assert queue.wake_at is None
