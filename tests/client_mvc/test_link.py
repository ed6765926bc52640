"""The link's rules one by one: what goes in, which steps come out. No sockets, no clock."""

import random
from itertools import pairwise

import pytest

from client_mvc import link, news
from client_mvc.link import HangUp, Link, Open, Send, State, Step
from shared import limits, messages
from tests.client_mvc.fakes import ADDRESS, AT, joined, left, said, welcome


def ticket(**changes: object) -> news.Ticket:
    return news.Ticket(ADDRESS, "alice", **changes)  # type: ignore[arg-type]


def opened(**changes: object) -> Link:
    """A link whose socket is open and whose `join` is sent."""
    new = Link(ticket(**changes), uniform=lambda _low, high: high)
    new.start()
    new.opened(0.0)
    return new


def ready(seq: int = 0, **changes: object) -> Link:
    """A link that has caught up with a room whose newest event is `seq`."""
    new = opened(**changes)
    new.received(welcome(seq), 0.0)
    for each in range((new._held or 0) + 1, seq + 1):
        new.received(said(each), 0.0)
    assert new.state is State.READY
    return new


def lost_and_open_again(one: Link, now: float = 10.0) -> list[Step]:
    one.closed(1006, now)
    one.tick(now)
    return one.opened(now)


def sent(steps: list[Step]) -> list[messages.Request]:
    return [step.request for step in steps if isinstance(step, Send)]


def told[T](steps: list[Step], kind: type[T]) -> list[T]:
    return [step for step in steps if isinstance(step, kind)]


A, B = news.Unsaid("a", "first"), news.Unsaid("b", "second")
SAY_A, SAY_B = messages.Say("first", "a"), messages.Say("second", "b")


class TestJoining:
    def test_join_is_the_first_frame(self) -> None:
        new = Link(ticket(password="secret"))
        assert new.start() == [Open()]
        assert sent(new.opened(0.0)) == [messages.Join("alice", "secret")]

    def test_a_restarted_client_resumes_with_its_token_and_place(self) -> None:
        new = Link(ticket(token="t0", after=7))
        new.start()
        assert sent(new.opened(0.0)) == [messages.Join("alice", token="t0", after=7)]

    def test_after_a_loss_it_resumes_from_the_last_event(self) -> None:
        one = ready(3)
        assert sent(lost_and_open_again(one)) == [messages.Join("alice", token="t1", after=3)]

    def test_a_void_token_is_dropped_and_the_place_kept(self) -> None:
        one = ready(3)
        lost_and_open_again(one)
        steps = one.received(messages.Refused("bad_token", "Who?"), 10.0)
        assert told(steps, HangUp)
        assert told(steps, Open)
        assert sent(one.opened(10.0)) == [messages.Join("alice", after=3)]

    @pytest.mark.parametrize(
        "code",
        [
            "name_taken",
            "room_full",
            "bad_name",
            "bad_password",
            "bad_token",
            "banned",
            "too_many",
            "bad_request",
            "shutting_down",
        ],
    )
    def test_the_first_join_is_refused_for_good(self, code: messages.RefusedCode) -> None:
        steps = opened().received(messages.Refused(code, "No."), 0.0)
        assert steps[-1] == news.Ended("refused", "No.", code)

    @pytest.mark.parametrize("code", ["bad_name", "bad_password", "banned", "bad_request"])
    def test_what_cannot_change_ends_a_reconnect(self, code: messages.RefusedCode) -> None:
        one = ready()
        lost_and_open_again(one)
        steps = one.received(messages.Refused(code, "No."), 10.0)
        assert steps[-1] == news.Ended("refused", "No.", code)
        assert one.wake_at is None

    @pytest.mark.parametrize("code", ["name_taken", "room_full", "too_many", "shutting_down"])
    def test_what_may_change_is_tried_again(self, code: messages.RefusedCode) -> None:
        one = ready()
        lost_and_open_again(one)
        steps = one.received(messages.Refused(code, "Not now."), 10.0)
        assert told(steps, news.Lost)[0].reason == "Not now."
        assert one.wake_at is not None
        assert told(one.tick(one.wake_at), Open)

    def test_a_server_that_does_not_answer_is_left(self) -> None:
        one = ready()
        lost_and_open_again(one, 10.0)
        assert one.tick(10.0 + link.ANSWER_WITHIN - 0.1) == []
        assert told(one.tick(10.0 + link.ANSWER_WITHIN), HangUp)
        assert one.state is State.WAITING

    def test_nobody_there_at_first_ends_it(self) -> None:
        new = Link(ticket())
        new.start()
        assert new.unreachable("Nothing answers.", 0.0)[-1] == news.Ended(
            "unreachable", "Nothing answers."
        )


class TestReconnecting:
    def test_at_once_then_ever_later_but_within_the_longest_wait(self) -> None:
        one, now, delays = ready(), 100.0, []
        one.closed(1006, now)
        for _ in range(10):
            delays.append(one.wake_at - now if one.wake_at is not None else -1.0)
            now = one.wake_at or now
            one.tick(now)
            one.unreachable("Nothing answers.", now)
        assert delays[:3] == pytest.approx([0.0, 0.5, 0.85])
        assert all(before < after for before, after in pairwise(delays[:8]))
        assert delays[8:] == [15.0, 15.0]

    @pytest.mark.parametrize("closed_for", [0.5, 1.0, 2.0, 3.0])
    def test_after_a_servers_restart_the_wait_is_short(self, closed_for: float) -> None:
        chance = random.Random(7)
        waits = []
        for _ in range(500):
            one, now = Link(ticket(), uniform=chance.uniform), 0.0
            one.start()
            one.opened(now)
            one.received(welcome(), now)
            one.closed(1001, now)
            while now < closed_for:
                one.tick(now)
                one.unreachable("Nothing answers.", now)
                assert one.wake_at is not None
                now = one.wake_at
            waits.append(now - closed_for)
        assert sorted(waits)[450] < 2.0

    def test_the_wait_is_by_chance(self) -> None:
        asked: list[tuple[float, float]] = []

        def uniform(low: float, high: float) -> float:
            asked.append((low, high))
            return 0.25

        one = Link(ticket(), uniform=uniform)
        one.start()
        one.opened(0.0)
        one.received(welcome(), 0.0)
        one.closed(1006, 0.0)
        one.tick(0.0)
        assert told(one.unreachable("No.", 0.0), news.Lost) == [news.Lost("No.", 2, 0.25)]
        assert asked == [(0.25, 0.5)]

    def test_a_connection_that_held_starts_the_count_anew(self) -> None:
        one = ready()
        lost_and_open_again(one, 10.0)
        one.received(welcome(), 10.0)
        assert told(one.closed(1006, 11.0), news.Lost)[0].attempt == 2
        one.tick(20.0)
        one.opened(20.0)
        one.received(welcome(), 20.0)
        assert told(one.closed(1006, 20.0 + link.STEADY), news.Lost)[0].attempt == 1

    def test_now_means_now(self) -> None:
        one = ready()
        one.closed(1006, 10.0)
        one.tick(10.0)
        one.unreachable("No.", 10.0)
        assert told(one.reconnect_now(), Open)
        assert one.reconnect_now() == []

    def test_after_now_the_waits_are_short_again(self) -> None:
        one = ready()
        one.closed(1006, 10.0)
        for _ in range(9):
            one.tick(one.wake_at or 0.0)
            one.unreachable("No.", 10.0)
        one.reconnect_now()
        assert told(one.unreachable("No.", 10.0), news.Lost) == [news.Lost("No.", 2, 0.5)]

    def test_a_network_that_is_back_ends_the_wait(self) -> None:
        one = ready()
        one.closed(1006, 10.0)
        one.tick(10.0)
        one.unreachable("No.", 10.0)
        assert one.missed
        assert one.network_back() == [Open(), news.Retrying(1)]

    def test_and_an_attempt_that_began_without_it(self) -> None:
        one = ready()
        one.closed(1006, 10.0)
        one.tick(10.0)
        assert one.state is State.CONNECTING
        assert one.network_back() == [HangUp(), Open(), news.Retrying(1)]

    def test_but_not_a_connection_that_holds_or_the_first(self) -> None:
        one = ready()
        assert not one.missed
        assert one.network_back() == []
        first = Link(ticket())
        first.start()
        assert not first.missed
        assert first.network_back() == []

    @pytest.mark.parametrize("code", [1000, 1001, 1006, 1009, 4003, 4008, 4029])
    def test_these_close_codes_reconnect(self, code: int) -> None:
        one = ready()
        assert told(one.closed(code, 10.0), news.Lost)
        assert one.state is State.WAITING

    def test_replaced_does_not(self) -> None:
        one = ready()
        assert told(one.closed(limits.CLOSE_REPLACED, 10.0), news.Ended)[0].why == "replaced"
        assert one.wake_at is None


class TestEvents:
    def test_each_is_told_once(self) -> None:
        one = ready(2)
        assert told(one.received(said(3), 0.0), news.Received) == [news.Received(said(3))]
        assert one.received(said(3), 0.0) == []
        assert one.received(said(2), 0.0) == []

    def test_a_gap_is_a_lost_connection(self) -> None:
        one = ready(2)
        steps = one.received(said(4), 10.0)
        assert told(steps, news.Received) == []
        assert told(steps, HangUp)
        one.tick(10.0)
        assert sent(one.opened(10.0)) == [messages.Join("alice", token="t1", after=2)]

    def test_the_first_after_a_fresh_join_may_start_anywhere(self) -> None:
        one = opened()
        one.received(welcome(100), 0.0)
        assert told(one.received(said(51), 0.0), news.Received)
        assert told(one.received(said(53), 0.0), HangUp)

    def test_the_first_after_our_place_may_not(self) -> None:
        one = opened(token="t0", after=7)
        one.received(welcome(10), 0.0)
        assert told(one.received(said(9), 0.0), HangUp)

    def test_caught_up_is_when_the_replay_is_complete(self) -> None:
        one = opened()
        assert not told(one.received(welcome(2), 0.0), news.CaughtUp)
        assert not told(one.received(said(1), 0.0), news.CaughtUp)
        assert told(one.received(said(2), 0.0), news.CaughtUp)

    def test_a_reset_forgets_and_starts_anywhere(self) -> None:
        one = ready(2)
        lost_and_open_again(one)
        steps = one.received(welcome(90, reset=True), 10.0)
        assert told(steps, news.Welcomed)[0].forget
        assert told(one.received(said(60), 10.0), news.Received)

    def test_a_room_that_counts_anew_is_a_reset_even_unsaid(self) -> None:
        one = ready(20)
        lost_and_open_again(one)
        steps = one.received(welcome(4, token="t2"), 10.0)
        assert told(steps, news.Welcomed)[0].forget
        assert told(one.received(said(1), 10.0), news.Received)

    def test_a_stranger_between_the_rules_is_ignored(self) -> None:
        one = opened()
        assert one.received(said(1), 0.0) == []
        assert one.received(messages.Accepted("x", 1), 0.0) == []


class TestSaying:
    def test_one_at_a_time_in_order(self) -> None:
        one = ready()
        assert sent(one.say(A, 0.0)) == [SAY_A]
        assert sent(one.say(B, 0.0)) == []
        steps = one.received(said(1, "first", name="alice", id="a"), 0.0)
        assert news.Confirmed("a") in steps
        assert sent(steps) == [SAY_B]

    def test_nothing_is_said_before_the_replay_is_complete(self) -> None:
        one = opened()
        one.say(A, 0.0)
        assert not sent(one.received(welcome(2), 0.0))
        assert not sent(one.received(said(1), 0.0))
        assert sent(one.received(said(2), 0.0)) == [SAY_A]

    def test_accepted_is_a_receipt_too(self) -> None:
        one = ready()
        one.say(A, 0.0)
        one.say(B, 0.0)
        steps = one.received(messages.Accepted("a", 1), 0.0)
        assert news.Confirmed("a") in steps
        assert sent(steps) == [SAY_B]

    def test_said_again_after_a_loss_on_the_same_membership(self) -> None:
        one = ready()
        one.say(A, 0.0)
        lost_and_open_again(one)
        assert sent(one.received(welcome(0), 10.0)) == [SAY_A]

    def test_seen_in_the_replay_of_a_fresh_membership_it_is_not_said_again(self) -> None:
        one = ready()
        one.say(A, 0.0)
        lost_and_open_again(one)
        one.received(messages.Refused("bad_token", "Who?"), 10.0)
        one.opened(10.0)
        one.received(welcome(2, token="t2"), 10.0)
        steps = one.received(said(1, "first", name="alice", id="a"), 10.0)
        assert news.Confirmed("a") in steps
        assert told(steps, news.Received)
        assert sent(one.received(said(2), 10.0)) == []

    def test_not_seen_in_it_it_is(self) -> None:
        one = ready()
        one.say(A, 0.0)
        lost_and_open_again(one)
        one.received(messages.Refused("bad_token", "Who?"), 10.0)
        one.opened(10.0)
        one.received(welcome(1, token="t2"), 10.0)
        assert sent(one.received(said(1), 10.0)) == [SAY_A]

    def test_anothers_use_of_our_id_is_no_receipt(self) -> None:
        one = ready()
        one.say(A, 0.0)
        assert not told(one.received(said(1, name="bob", id="a"), 0.0), news.Confirmed)

    def test_our_name_in_another_case_is_ours(self) -> None:
        one = opened(after=0, unsaid=(news.Unsaid("a", "first", tried=True),))
        one.received(welcome(1), 0.0)
        assert told(one.received(said(1, name="Alice", id="a"), 0.0), news.Confirmed)

    def test_reset_on_a_fresh_membership_fails_what_was_tried_only(self) -> None:
        one = ready()
        one.say(A, 0.0)
        one.say(B, 0.0)
        lost_and_open_again(one)
        one.received(messages.Refused("bad_token", "Who?"), 10.0)
        one.opened(10.0)
        steps = one.received(welcome(5, token="t2", reset=True), 10.0)
        assert told(steps, news.SayFailed) == [news.SayFailed("a", link.UNKNOWN_FATE)]
        assert sent(one.received(said(5), 10.0)) == [SAY_B]

    def test_reset_after_a_restart_fails_what_may_have_been_tried(self) -> None:
        one = opened(after=3, unsaid=(news.Unsaid("a", "first", tried=True),))
        steps = one.received(welcome(90, reset=True), 0.0)
        assert told(steps, news.SayFailed) == [news.SayFailed("a", link.UNKNOWN_FATE)]

    def test_reset_on_a_resumed_membership_says_again(self) -> None:
        one = ready()
        one.say(A, 0.0)
        lost_and_open_again(one)
        assert not told(one.received(welcome(5, reset=True), 10.0), news.SayFailed)
        assert sent(one.received(said(5), 10.0)) == [SAY_A]

    @pytest.mark.parametrize("code", ["rate_limited", "storage"])
    def test_a_busy_room_gets_the_same_again_after_a_growing_pause(
        self, code: messages.ErrorCode
    ) -> None:
        one, now, pauses = ready(), 0.0, []
        one.say(A, now)
        one.say(B, now)
        for _ in range(6):
            steps = one.received(messages.Error(code, "Later.", "a"), now)
            assert steps == [news.SayWaiting("a", "Later.")]
            assert one.wake_at is not None
            pauses.append(one.wake_at - now)
            now = one.wake_at
            assert sent(one.tick(now)) == [SAY_A]
        assert pauses == [1.0, 2.0, 3.0, 4.0, 5.0, 5.0]

    def test_a_say_during_the_pause_waits_too(self) -> None:
        one = ready()
        one.say(A, 0.0)
        one.received(messages.Error("rate_limited", "Later.", "a"), 0.0)
        assert sent(one.say(B, 0.5)) == []
        assert sent(one.received(said(1), 0.6)) == []
        assert sent(one.tick(1.0)) == [SAY_A]

    @pytest.mark.parametrize("code", ["too_long", "bad_request", "empty"])
    def test_what_cannot_be_said_fails_and_the_next_is_said(
        self, code: messages.ErrorCode
    ) -> None:
        one = ready()
        one.say(A, 0.0)
        one.say(B, 0.0)
        steps = one.received(messages.Error(code, "No.", "a"), 0.0)
        assert news.SayFailed("a", "No.") in steps
        assert sent(steps) == [SAY_B]

    def test_an_error_without_id_is_about_what_is_in_flight(self) -> None:
        one = ready()
        one.say(A, 0.0)
        steps = one.received(messages.Error("rate_limited", "Later."), 0.0)
        assert steps == [news.SayWaiting("a", "Later.")]

    def test_not_joined_is_a_lost_connection(self) -> None:
        one = ready()
        one.say(A, 10.0)
        steps = one.received(messages.Error("not_joined", "Join first.", "a"), 10.0)
        assert told(steps, HangUp)
        assert told(steps, news.Lost)

    def test_no_receipt_is_a_lost_connection(self) -> None:
        one = ready()
        one.say(A, 10.0)
        assert one.tick(10.0 + link.RECEIPT_WITHIN - 0.1) == []
        assert told(one.tick(10.0 + link.RECEIPT_WITHIN), HangUp)

    def test_without_a_connection_it_waits(self) -> None:
        one = ready()
        one.closed(1006, 10.0)
        assert one.say(A, 10.0) == []
        one.tick(10.0)
        one.opened(10.0)
        assert sent(one.received(welcome(0), 10.0)) == [SAY_A]


class TestEnding:
    def test_leaving_is_clean_when_the_room_closed_it(self) -> None:
        one = ready()
        assert sent(one.leave(10.0)) == [messages.Leave()]
        assert one.closed(limits.CLOSE_LEFT, 10.1)[-1] == news.Ended("left", clean=True)

    def test_receipts_still_count_while_leaving(self) -> None:
        one = ready()
        one.say(A, 0.0)
        one.leave(0.0)
        steps = one.received(said(1, "first", name="alice", id="a"), 0.1)
        assert news.Confirmed("a") in steps
        assert told(steps, news.Received)

    def test_cut_while_leaving_is_not_clean(self) -> None:
        one = ready()
        one.leave(10.0)
        assert one.closed(1006, 10.1)[-1] == news.Ended("left")

    def test_leaving_does_not_wait_for_ever(self) -> None:
        one = ready()
        one.leave(10.0)
        assert one.tick(10.0 + link.LEAVE_WITHIN) == [HangUp(), news.Ended("left")]

    def test_leaving_while_away_ends_at_once(self) -> None:
        one = ready()
        one.closed(1006, 10.0)
        assert one.leave(10.0) == [HangUp(), news.Ended("left")]
        assert one.tick(100.0) == []

    @pytest.mark.parametrize("reason", ["kicked", "banned"])
    def test_being_removed_ends_it(self, reason: messages.LeftReason) -> None:
        one = ready()
        steps = one.received(left(1, "alice", reason), 0.0)
        assert told(steps, news.Ended)[0].why == "removed"

    def test_an_earlier_removal_in_the_replay_does_not(self) -> None:
        one = opened()
        one.received(welcome(3), 0.0)
        one.received(joined(1, "alice"), 0.0)
        one.received(left(2, "alice", "kicked"), 0.0)
        assert told(one.received(joined(3, "alice"), 0.0), news.CaughtUp)

    def test_a_room_that_thinks_us_gone_is_joined_again(self) -> None:
        one = ready()
        assert told(one.received(left(1, "alice", "lost"), 10.0), news.Lost)


class TestReport:
    def test_it_is_asked_for(self) -> None:
        assert sent(ready().report("r", 10.0)) == [messages.AskReport("r")]

    def test_without_a_connection_it_fails(self) -> None:
        one = ready()
        one.closed(1006, 10.0)
        assert told(one.report("r", 10.0), news.RequestFailed)

    def test_the_answer_comes_with_its_round_trip(self) -> None:
        one, report = ready(), messages.Report("r", 1, 3, AT, [])
        one.report("r", 10.0)
        assert one.received(report, 10.25) == [news.Reported(report, 0.25)]

    def test_an_error_about_it_is_told(self) -> None:
        one = ready()
        one.say(A, 0.0)
        steps = one.received(messages.Error("bad_request", "No.", "r"), 0.0)
        assert steps == [news.RequestFailed("r", "No.")]


class TestQuestions:
    HISTORY = messages.AskHistory("h", before=9)
    SEARCH = messages.AskSearch("s", "words")

    def test_they_are_asked_and_answered(self) -> None:
        one = ready()
        assert sent(one.ask(self.HISTORY, 0.0)) == [self.HISTORY]
        assert sent(one.ask(self.SEARCH, 0.0)) == [self.SEARCH]
        history = messages.History("h", [said(1)], more=False)
        found = messages.Found("s", [said(1)], more=False, before=1)
        assert one.received(history, 0.0) == [history], "it is no event of the replay"
        assert one.received(found, 0.0) == [found]
        assert not told(one.closed(1006, 0.0), news.RequestFailed)

    def test_without_a_connection_they_fail(self) -> None:
        one = ready()
        one.closed(1006, 10.0)
        assert one.ask(self.SEARCH, 0.0) == [news.RequestFailed("s", link.NO_CONNECTION)]

    def test_a_connection_that_is_lost_answers_nothing_any_more(self) -> None:
        one = ready()
        one.ask(self.SEARCH, 0.0)
        one.ask(self.HISTORY, 0.0)
        failed = told(one.closed(1006, 10.0), news.RequestFailed)
        assert {each.id for each in failed} == {"s", "h"}
        assert not told(lost_and_open_again(one), news.RequestFailed)

    def test_the_end_answers_nothing_any_more(self) -> None:
        one = ready()
        one.ask(self.SEARCH, 0.0)
        one.leave(0.0)
        steps = one.closed(limits.CLOSE_LEFT, 0.0)
        assert [each.id for each in told(steps, news.RequestFailed)] == ["s"]
        assert isinstance(steps[-1], news.Ended)

    def test_an_error_about_one_ends_it(self) -> None:
        one = ready()
        one.ask(self.SEARCH, 0.0)
        error = messages.Error("rate_limited", "Wait.", "s")
        assert one.received(error, 0.0) == [news.RequestFailed("s", "Wait.")]
        assert not told(one.closed(1006, 0.0), news.RequestFailed)


def test_it_says_of_which_journal_its_seq_is() -> None:
    link = Link(ticket(after=7, journal="j1"))
    link.start()
    [sent] = link.opened(0.0)
    assert isinstance(sent, Send)
    assert sent.request == messages.Join("alice", after=7, journal="j1")
