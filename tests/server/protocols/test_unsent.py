"""What WebSocket clients do not take: how much of it a worker keeps."""

from server.budgets.refusals import Refusals
from server.protocols.websocket.unsent import COUNTED, Unsent


class Reader:
    """A connection; `waiting` bytes of its answers are not taken."""

    def __init__(self) -> None:
        self.waiting = 0
        self.ended = False

    def backlog(self) -> int:
        return self.waiting

    def end_as_slow(self) -> None:
        self.ended = True


def answer(unsent: Unsent, reader: Reader, size: int = COUNTED) -> None:
    reader.waiting += size
    unsent.hold(reader, size)


def test_who_takes_nothing_for_longest_ends_first() -> None:
    refusals = Refusals()
    unsent = Unsent(3 * COUNTED, refusals)
    readers = [Reader() for _ in range(5)]
    for reader in readers:
        answer(unsent, reader)
    assert [reader.ended for reader in readers] == [True, True, False, False, False]
    assert refusals.totals()["slow"] == 2


def test_who_reads_stays_however_long_ago_it_asked() -> None:
    unsent = Unsent(3 * COUNTED, Refusals())
    reads, stuck, other = Reader(), Reader(), Reader()
    answer(unsent, reads)
    answer(unsent, stuck)
    reads.waiting -= 1
    for _ in range(2):
        answer(unsent, other)
    assert (reads.ended, stuck.ended, other.ended) == (False, True, False)


def test_what_was_taken_does_not_count() -> None:
    unsent = Unsent(3 * COUNTED, Refusals())
    reader, stuck = Reader(), Reader()
    answer(unsent, stuck, 2 * COUNTED)
    for _ in range(100):
        answer(unsent, reader)
        reader.waiting = 0
    assert not stuck.ended
    assert not reader.ended


def test_a_connection_that_ended_does_not_count() -> None:
    unsent = Unsent(3 * COUNTED, Refusals())
    ended, reader = Reader(), Reader()
    answer(unsent, ended, 3 * COUNTED)
    unsent.forget(ended)
    answer(unsent, reader, 3 * COUNTED)
    assert not ended.ended
    assert unsent.forget(reader) == 3 * COUNTED


def test_who_was_sent_something_right_now_stays() -> None:
    unsent = Unsent(3 * COUNTED, Refusals())
    reads, last = Reader(), Reader()
    answer(unsent, reads)
    reads.waiting -= 1
    answer(unsent, last, 4 * COUNTED)
    assert not reads.ended
    assert not last.ended
