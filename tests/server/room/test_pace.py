"""The pace of batches: under load the next one waits a moment, else it goes at once."""

import pytest

from server.room.room_side.pace import AT_MOST, MANY, SHARE, Pace
from tests.fakes import Clock
from tests.support.waiting import until

TOOK = 0.008


class Batches:
    """A pace, and how often it said that a batch goes."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.went = 0
        self.pace = Pace(self._go, self.clock)

    def _go(self) -> None:
        self.went += 1

    def carry_out(
        self, requests: int, waiting: int = 0, took: float = TOOK, left: int = 0
    ) -> None:
        self.pace.went(requests, left)
        self.clock.now += took
        self.pace.came_back(waiting)


@pytest.fixture
async def batches() -> Batches:
    return Batches()


async def test_the_first_batch_goes_at_once(batches: Batches) -> None:
    assert not batches.pace.waits(1)


async def test_behind_few_requests_the_next_batch_goes_at_once(batches: Batches) -> None:
    batches.carry_out(MANY - 1, waiting=MANY)
    assert not batches.pace.waits(MANY)


@pytest.mark.parametrize("waiting", [0, 5])
async def test_behind_many_it_waits_until_as_many_have_come_as_were_under_way(
    batches: Batches, waiting: int
) -> None:
    batches.carry_out(MANY, waiting)
    assert batches.pace.waits(MANY + waiting - 1)
    assert not batches.pace.waits(MANY + waiting)


@pytest.mark.parametrize(
    ("took", "longest"), [(TOOK, SHARE * TOOK), (10 * AT_MOST / SHARE, AT_MOST)]
)
async def test_it_waits_for_a_share_of_the_time_that_the_last_one_took(
    batches: Batches, took: float, longest: float
) -> None:
    batches.carry_out(MANY, took=took)
    batches.clock.now += 0.9 * longest
    assert batches.pace.waits(1)
    batches.clock.now += 0.2 * longest
    assert not batches.pace.waits(1)


async def test_then_it_goes_without_being_asked_once(batches: Batches) -> None:
    batches.carry_out(MANY)
    assert batches.pace.waits(1)
    assert batches.pace.waits(2)
    await until(lambda: batches.went)
    assert batches.went == 1


async def test_what_went_meanwhile_is_waited_for_no_more(batches: Batches) -> None:
    batches.carry_out(MANY)
    batches.pace.went(1, 0)
    assert not batches.pace.waits(1)


async def test_behind_a_batch_that_was_full_the_next_goes_at_once(batches: Batches) -> None:
    """As where many join: there is enough for the next one already."""
    batches.carry_out(MANY, left=1, waiting=1)
    assert not batches.pace.waits(1)


async def test_a_log_that_becomes_ready_without_a_batch_makes_nothing_wait(
    batches: Batches,
) -> None:
    batches.carry_out(MANY)
    batches.carry_out(1)
    batches.pace.came_back(3)
    assert not batches.pace.waits(3)
