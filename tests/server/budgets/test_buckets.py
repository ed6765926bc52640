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


def test_what_is_given_back_can_be_taken_again() -> None:
    bucket = TokenBucket(rate=1, burst=1, now=0)
    assert bucket.take(0)
    bucket.give_back()
    assert bucket.take(0)
    bucket.give_back(5)
    assert [bucket.take(0) for _ in range(2)] == [True, False]


def test_half_of_the_tries_are_forgotten_with_time() -> None:
    attempts = Attempts(half_life=600)
    for _ in range(8):
        attempts.tried("eve", now=100)
    assert attempts.count("eve", now=100) == 8
    assert attempts.count("eve", now=700) == 4
    attempts.tried("eve", now=1300)
    assert attempts.count("eve", now=1300) == 3
    assert attempts.count("ada", now=1300) == 0
    assert attempts.count("eve", now=1e9) < 1e-9


def test_a_right_try_forgets() -> None:
    attempts = Attempts()
    attempts.tried("eve", 0)
    attempts.succeeded("eve")
    attempts.succeeded("nobody")
    assert attempts.count("eve", 0) == 0


def test_memory_has_an_end_and_who_tried_last_stays() -> None:
    attempts = Attempts(most=3)
    for key in ("a", "b", "c", "a", "d"):
        attempts.tried(key, 0)
    assert [attempts.count(key, 0) for key in "abcd"] == [2, 0, 1, 1]


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
