"""The rules of connections, one by one: how they begin, break, come back and end."""

import random
from itertools import pairwise

import pytest

from client_mvc.network import api, backoff, state
from client_mvc.network.protocol import ClientProtocol
from client_mvc.network.state import ClientState
from client_mvc.network.steps import HangUp, Open, Send
from shared import messages
from shared.protocol import CLOSE_LEFT, CLOSE_REPLACED, FEATURES
from tests.client_mvc.fakes import AT, failure, joined, left, said, welcome
from tests.client_mvc.network.driving import (
    A,
    join,
    lost_and_open_again,
    opened,
    options,
    ready,
    sent,
    told,
)


class TestJoining:
    def test_join_is_the_first_frame(self) -> None:
        new = ClientProtocol(options(password="secret"))
        assert new.start() == [Open()]
        assert sent(new.opened(0.0)) == [join("secret")]

    def test_a_restarted_client_resumes_with_its_token_and_position(self) -> None:
        new = ClientProtocol(options(token="t0", after=7))
        new.start()
        assert sent(new.opened(0.0)) == [join(token="t0", after=7, after_at=None)]

    def test_after_a_loss_it_resumes_from_the_last_event(self) -> None:
        one = ready(3)
        assert sent(lost_and_open_again(one)) == [join(token="t1", after=3)]

    def test_a_void_token_is_dropped_and_the_position_kept(self) -> None:
        one = ready(3)
        lost_and_open_again(one)
        steps = one.received(messages.Refused("bad_token", "Who?"), 10.0)
        assert told(steps, HangUp)
        assert told(steps, Open)
        assert sent(one.opened(10.0)) == [join(after=3)]

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
    def test_a_refused_first_join_is_final(self, code: str) -> None:
        answer = messages.Refused(code, "No.")
        steps = opened().received(answer, 0.0)
        assert steps[-1] == api.MembershipEnded("refused", messages.problem_of(answer))

    @pytest.mark.parametrize("code", ["bad_name", "bad_password", "banned", "bad_request"])
    def test_final_refusals_end_a_reconnect(self, code: str) -> None:
        one = ready()
        lost_and_open_again(one)
        answer = messages.Refused(code, "No.")
        steps = one.received(answer, 10.0)
        assert steps[-1] == api.MembershipEnded("refused", messages.problem_of(answer))
        assert one.wake_at is None

    @pytest.mark.parametrize("code", ["name_taken", "room_full", "too_many", "shutting_down"])
    def test_temporary_refusals_are_tried_again(self, code: str) -> None:
        one = ready()
        lost_and_open_again(one)
        steps = one.received(messages.Refused(code, "Not now."), 10.0)
        assert told(steps, api.Disconnected)[0].problem.code == code
        assert one.wake_at is not None
        assert told(one.tick(one.wake_at), Open)

    def test_a_server_that_does_not_answer_is_disconnected(self) -> None:
        one = ready()
        lost_and_open_again(one, 10.0)
        assert one.tick(10.0 + state.ANSWER_WITHIN - 0.1) == []
        assert told(one.tick(10.0 + state.ANSWER_WITHIN), HangUp)
        assert one.state is ClientState.WAITING

    def test_an_unreachable_server_ends_the_first_attempt(self) -> None:
        new = ClientProtocol(options())
        new.start()
        assert new.unreachable(failure("Nothing answers."), 0.0)[-1] == api.MembershipEnded(
            "unreachable", failure("Nothing answers.")
        )


def test_join_names_the_journal_of_its_seq() -> None:
    new = ClientProtocol(options(after=7, journal="j1"))
    new.start()
    [sent] = new.opened(0.0)
    assert isinstance(sent, Send)
    assert sent.request == join(after=7, journal="j1", after_at=None)


def test_join_names_the_client_its_features_and_the_time_of_its_last_event() -> None:
    new = ClientProtocol(options(after=7, after_at=AT), client="Chatroom desktop 0.2")
    new.start()
    [sent] = new.opened(0.0)
    assert isinstance(sent, Send)
    assert isinstance(sent.request, messages.Join)
    assert (sent.request.after_at, sent.request.client) == (AT, "Chatroom desktop 0.2")
    assert sent.request.features == list(FEATURES)


def test_an_event_of_an_unknown_type_moves_the_position() -> None:
    one = ready(3)
    event = messages.UnknownEvent(seq=4, type="edited", at="2027-01-01T00:00:00.000Z")
    assert one.received(event, 0.0) == [api.EventReceived(event)]
    [again] = sent(lost_and_open_again(one))
    assert again == join(token="t1", after=4, after_at=event.at)


class TestReconnecting:
    def test_the_waits_grow_to_the_longest(self) -> None:
        one, now, delays = ready(), 100.0, []
        one.closed(1006, now)
        for _ in range(10):
            delays.append(one.wake_at - now if one.wake_at is not None else -1.0)
            now = one.wake_at or now
            one.tick(now)
            one.unreachable(failure("Nothing answers."), now)
        assert delays[:3] == pytest.approx([0.0, 0.5, 0.85])
        assert all(before < after for before, after in pairwise(delays[:8]))
        assert delays[8:] == [15.0, 15.0]

    @pytest.mark.parametrize("closed_for", [0.5, 1.0, 2.0, 3.0])
    def test_after_a_restart_of_the_server_the_wait_is_short(self, closed_for: float) -> None:
        chance = random.Random(7)
        waits = []
        for _ in range(500):
            one, now = ClientProtocol(options(), uniform=chance.uniform), 0.0
            one.start()
            one.opened(now)
            one.received(welcome(), now)
            one.closed(1001, now)
            while now < closed_for:
                one.tick(now)
                one.unreachable(failure("Nothing answers."), now)
                assert one.wake_at is not None
                now = one.wake_at
            waits.append(now - closed_for)
        assert sorted(waits)[450] < 2.0

    def test_the_wait_is_random(self) -> None:
        asked: list[tuple[float, float]] = []

        def uniform(low: float, high: float) -> float:
            asked.append((low, high))
            return 0.25

        one = ClientProtocol(options(), uniform=uniform)
        one.start()
        one.opened(0.0)
        one.received(welcome(), 0.0)
        one.closed(1006, 0.0)
        one.tick(0.0)
        assert told(one.unreachable(failure("No."), 0.0), api.Disconnected) == [
            api.Disconnected(failure("No."), 2, 0.25)
        ]
        assert asked == [(0.25, 0.5)]

    def test_a_steady_connection_restarts_the_count(self) -> None:
        one = ready()
        lost_and_open_again(one, 10.0)
        one.received(welcome(), 10.0)
        assert told(one.closed(1006, 11.0), api.Disconnected)[0].attempt == 2
        one.tick(20.0)
        one.opened(20.0)
        one.received(welcome(), 20.0)
        assert told(one.closed(1006, 20.0 + backoff.STEADY), api.Disconnected)[0].attempt == 1

    def test_reconnect_now_ends_the_wait(self) -> None:
        one = ready()
        one.closed(1006, 10.0)
        one.tick(10.0)
        one.unreachable(failure("No."), 10.0)
        assert told(one.reconnect_now(), Open)
        assert one.reconnect_now() == []

    def test_after_reconnect_now_the_waits_are_short_again(self) -> None:
        one = ready()
        one.closed(1006, 10.0)
        for _ in range(9):
            one.tick(one.wake_at or 0.0)
            one.unreachable(failure("No."), 10.0)
        one.reconnect_now()
        assert told(one.unreachable(failure("No."), 10.0), api.Disconnected) == [
            api.Disconnected(failure("No."), 2, 0.5)
        ]

    def test_a_network_that_is_back_ends_the_wait(self) -> None:
        one = ready()
        one.closed(1006, 10.0)
        one.tick(10.0)
        one.unreachable(failure("No."), 10.0)
        assert one.reconnecting
        assert one.network_back() == [Open(), api.Reconnecting(1)]

    def test_a_network_that_is_back_restarts_an_attempt(self) -> None:
        one = ready()
        one.closed(1006, 10.0)
        one.tick(10.0)
        assert one.state is ClientState.CONNECTING
        assert one.network_back() == [HangUp(), Open(), api.Reconnecting(1)]

    def test_a_network_that_is_back_leaves_other_connections_alone(self) -> None:
        one = ready()
        assert not one.reconnecting
        assert one.network_back() == []
        first = ClientProtocol(options())
        first.start()
        assert not first.reconnecting
        assert first.network_back() == []

    @pytest.mark.parametrize("code", [1000, 1001, 1006, 1009, 4003, 4008, 4029])
    def test_these_close_codes_reconnect(self, code: int) -> None:
        one = ready()
        assert told(one.closed(code, 10.0), api.Disconnected)
        assert one.state is ClientState.WAITING

    def test_replaced_ends_the_membership(self) -> None:
        one = ready()
        assert told(one.closed(CLOSE_REPLACED, 10.0), api.MembershipEnded)[0].why == "replaced"
        assert one.wake_at is None


class TestEvents:
    def test_each_event_is_told_once(self) -> None:
        one = ready(2)
        assert told(one.received(said(3), 0.0), api.EventReceived) == [
            api.EventReceived(said(3))
        ]
        assert one.received(said(3), 0.0) == []
        assert one.received(said(2), 0.0) == []

    def test_a_gap_is_a_lost_connection(self) -> None:
        one = ready(2)
        steps = one.received(said(4), 10.0)
        assert told(steps, api.EventReceived) == []
        assert told(steps, HangUp)
        one.tick(10.0)
        assert sent(one.opened(10.0)) == [join(token="t1", after=2)]

    def test_the_first_after_a_fresh_join_may_start_anywhere(self) -> None:
        one = opened()
        one.received(welcome(100), 0.0)
        assert told(one.received(said(51), 0.0), api.EventReceived)
        assert told(one.received(said(53), 0.0), HangUp)

    def test_the_first_after_a_known_position_may_not(self) -> None:
        one = opened(token="t0", after=7)
        one.received(welcome(10), 0.0)
        assert told(one.received(said(9), 0.0), HangUp)

    def test_caught_up_is_when_the_replay_is_complete(self) -> None:
        one = opened()
        assert not told(one.received(welcome(2), 0.0), api.CaughtUp)
        assert not told(one.received(said(1), 0.0), api.CaughtUp)
        assert told(one.received(said(2), 0.0), api.CaughtUp)

    def test_a_reset_forgets_and_starts_anywhere(self) -> None:
        one = ready(2)
        lost_and_open_again(one)
        steps = one.received(welcome(90, reset=True), 10.0)
        assert told(steps, api.Welcomed)[0].forget
        assert told(one.received(said(60), 10.0), api.EventReceived)

    def test_a_lower_seq_is_a_reset_without_the_flag(self) -> None:
        one = ready(20)
        lost_and_open_again(one)
        steps = one.received(welcome(4, token="t2"), 10.0)
        assert told(steps, api.Welcomed)[0].forget
        assert told(one.received(said(1), 10.0), api.EventReceived)

    def test_messages_in_the_wrong_state_are_ignored(self) -> None:
        one = opened()
        assert one.received(said(1), 0.0) == []
        assert one.received(messages.Accepted("x", 1), 0.0) == []


class TestEnding:
    def test_leaving_is_clean_when_the_server_confirms_it(self) -> None:
        one = ready()
        assert sent(one.leave(10.0)) == [messages.Leave()]
        assert one.closed(CLOSE_LEFT, 10.1)[-1] == api.MembershipEnded("left", clean=True)

    def test_receipts_still_count_while_leaving(self) -> None:
        one = ready()
        one.send(A, 0.0)
        one.leave(0.0)
        steps = one.received(said(1, "first", name="alice", id="a"), 0.1)
        assert api.MessageConfirmed("a") in steps
        assert told(steps, api.EventReceived)

    def test_cut_while_leaving_is_not_clean(self) -> None:
        one = ready()
        one.leave(10.0)
        assert one.closed(1006, 10.1)[-1] == api.MembershipEnded("left")

    def test_leaving_waits_for_a_bounded_time(self) -> None:
        one = ready()
        one.leave(10.0)
        assert one.tick(10.0 + api.LEAVE_WITHIN) == [HangUp(), api.MembershipEnded("left")]

    def test_leaving_while_disconnected_ends_at_once(self) -> None:
        one = ready()
        one.closed(1006, 10.0)
        assert one.leave(10.0) == [HangUp(), api.MembershipEnded("left")]
        assert one.tick(100.0) == []

    @pytest.mark.parametrize("reason", ["kicked", "banned"])
    def test_being_removed_ends_it(self, reason: str) -> None:
        one = ready()
        steps = one.received(left(1, "alice", reason), 0.0)
        assert told(steps, api.MembershipEnded)[0].why == "removed"

    def test_an_earlier_removal_in_the_replay_does_not(self) -> None:
        one = opened()
        one.received(welcome(3), 0.0)
        one.received(joined(1, "alice"), 0.0)
        one.received(left(2, "alice", "kicked"), 0.0)
        assert told(one.received(joined(3, "alice"), 0.0), api.CaughtUp)

    def test_after_a_lost_of_its_own_it_joins_again(self) -> None:
        one = ready()
        assert told(one.received(left(1, "alice", "lost"), 10.0), api.Disconnected)
