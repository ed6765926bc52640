"""How often is too often, with a clock that stands still."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.budgets.buckets import Allowance, Attempts, Meter, SessionBucket, TokenBucket


def test_a_burst_then_the_rate() -> None:
    bucket = TokenBucket(rate=2, burst=4, now=100)
    assert [bucket.take(100) for _ in range(5)] == [True] * 4 + [False]
    assert not bucket.take(100.4)
    assert bucket.take(100.5)
    assert not bucket.take(100.9)
    assert bucket.take(101.0)


def test_a_bucket_holds_no_more_than_its_burst() -> None:
    bucket = TokenBucket(rate=10, burst=3, now=0)
    assert sum(bucket.take(10_000) for _ in range(100)) == 3


def test_no_rate_is_no_limit() -> None:
    bucket = TokenBucket(rate=0, burst=0, now=0)
    assert all(bucket.take(0) for _ in range(1000))


@given(
    st.floats(0.1, 1000),
    st.lists(st.floats(0, 3), min_size=1, max_size=200),
)
def test_never_more_than_burst_and_rate(rate: float, pauses: list[float]) -> None:
    bucket = TokenBucket(rate, 2 * rate, now=0)
    now, taken = 0.0, 0
    for pause in pauses:
        now += pause
        taken += bucket.take(now)
    assert taken <= 2 * rate + now * rate + 1e-6


def waits(attempts: Attempts, tries: int, key: str = "eve") -> list[float]:
    found, now = [], 0.0
    for _ in range(tries):
        attempts.failed(key, now)
        found.append(attempts.must_wait(key, now))
        now += found[-1]
    return found


def test_a_few_tries_are_free_then_the_wait_doubles() -> None:
    assert waits(Attempts(), 11) == [0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900]


def test_a_wait_passes() -> None:
    attempts = Attempts(free=1, wait=30)
    attempts.failed("eve", now=100)
    assert attempts.must_wait("eve", now=100) == 30
    assert attempts.must_wait("eve", now=129) == 1
    assert attempts.must_wait("eve", now=130) == 0
    assert attempts.must_wait("ada", now=100) == 0


def test_a_right_try_forgets() -> None:
    attempts = Attempts()
    waits(attempts, 4)
    attempts.succeeded("eve")
    attempts.succeeded("nobody")
    assert waits(attempts, 4) == [0, 0, 0, 0]


def test_very_many_tries_are_still_a_number() -> None:
    assert waits(Attempts(), 3000)[-1] == 900


def test_memory_has_an_end_and_the_oldest_goes_first() -> None:
    attempts = Attempts(free=1, most=3)
    for key in ("a", "b", "c"):
        attempts.failed(key, 0)
    attempts.failed("a", 0)
    attempts.failed("d", 0)
    assert [attempts.must_wait(key, 0) > 0 for key in "abcd"] == [True, False, True, True]


@pytest.mark.parametrize(("rested", "at_once"), [(inf, 4), (10, 4), (1, 2), (0.5, 1), (0, 0)])
def test_a_bucket_may_begin_as_one_that_was_emptied_before(rested: float, at_once: int) -> None:
    bucket = TokenBucket(rate=2, burst=4, now=100, rested=rested)
    assert sum(bucket.take(100) for _ in range(10)) == at_once
    assert TokenBucket(rate=0, burst=0, now=0, rested=rested).take(0)


def test_a_session_is_new_until_it_might_have_begun_full() -> None:
    for rested, until in ((0, 2), (0.5, 1.5), (2, 0), (inf, 0)):
        bucket = SessionBucket(Allowance(20, 40), 100, rested)
        assert bucket.is_new(100) == (until > 0)
        assert bucket.is_new(100 + until - 0.1) or not until
        assert not bucket.is_new(100 + until)
    assert not SessionBucket(Allowance(0, 0), 100, 0).is_new(100)


def test_a_meter_tells_of_each_outage_once() -> None:
    outages: list[None] = []
    meter = Meter(Allowance(10, 5), 0, lambda: outages.append(None))
    assert [meter.spend(0) for _ in range(7)] == [0] * 5 + [
        pytest.approx(0.1 * i) for i in (1, 2)
    ]
    assert meter.spend(0.3, 10) > 0
    assert len(outages) == 1
    assert meter.spend(100) == 0
    assert meter.spend(100, 100) > 0
    assert len(outages) == 2
