"""The rules of requests, one by one: messages that are sent, and queries."""

import pytest

from client_mvc.network import api, outgoing, sending
from client_mvc.network.steps import HangUp
from shared import messages
from shared.protocol import CLOSE_LEFT
from tests.client_mvc.fakes import AT, failure, said, welcome
from tests.client_mvc.network.driving import (
    SAY_A,
    SAY_B,
    A,
    B,
    lost_and_joined_anew,
    lost_and_open_again,
    opened,
    ready,
    sent,
    told,
)


class TestSending:
    def test_one_at_a_time_in_order(self) -> None:
        one = ready()
        assert sent(one.send(A, 0.0)) == [SAY_A]
        assert sent(one.send(B, 0.0)) == []
        steps = one.received(said(1, "first", name="alice", id="a"), 0.0)
        assert api.MessageConfirmed("a") in steps
        assert sent(steps) == [SAY_B]

    def test_no_message_is_sent_before_the_replay_is_complete(self) -> None:
        one = opened()
        one.send(A, 0.0)
        assert not sent(one.received(welcome(2), 0.0))
        assert not sent(one.received(said(1), 0.0))
        assert sent(one.received(said(2), 0.0)) == [SAY_A]

    def test_accepted_is_a_receipt_too(self) -> None:
        one = ready()
        one.send(A, 0.0)
        one.send(B, 0.0)
        steps = one.received(messages.Accepted("a", 1), 0.0)
        assert api.MessageConfirmed("a") in steps
        assert sent(steps) == [SAY_B]

    def test_a_resumed_membership_sends_again(self) -> None:
        one = ready()
        one.send(A, 0.0)
        lost_and_open_again(one)
        assert sent(one.received(welcome(0), 10.0)) == [SAY_A]

    def test_a_fresh_membership_sends_no_message_that_is_in_the_replay(self) -> None:
        one = ready()
        one.send(A, 0.0)
        lost_and_joined_anew(one)
        one.received(welcome(2, token="t2"), 10.0)
        steps = one.received(said(1, "first", name="alice", id="a"), 10.0)
        assert api.MessageConfirmed("a") in steps
        assert told(steps, api.EventReceived)
        assert sent(one.received(said(2), 10.0)) == []

    def test_a_fresh_membership_sends_a_message_that_is_not_in_the_replay(self) -> None:
        one = ready()
        one.send(A, 0.0)
        lost_and_joined_anew(one)
        one.received(welcome(1, token="t2"), 10.0)
        assert sent(one.received(said(1), 10.0)) == [SAY_A]

    def test_the_same_id_of_another_member_is_no_receipt(self) -> None:
        one = ready()
        one.send(A, 0.0)
        assert not told(one.received(said(1, name="bob", id="a"), 0.0), api.MessageConfirmed)

    def test_the_own_name_matches_in_any_case(self) -> None:
        one = opened(after=0, outgoing=(api.OutgoingMessage("a", "first", tried=True),))
        one.received(welcome(1), 0.0)
        assert told(one.received(said(1, name="Alice", id="a"), 0.0), api.MessageConfirmed)

    def test_reset_on_a_fresh_membership_fails_messages_that_were_tried(self) -> None:
        one = ready()
        one.send(A, 0.0)
        one.send(B, 0.0)
        lost_and_joined_anew(one)
        steps = one.received(welcome(5, token="t2", reset=True), 10.0)
        assert told(steps, api.MessageFailed) == [api.MessageFailed("a", sending.UNKNOWN_FATE)]
        assert sent(one.received(said(5), 10.0)) == [SAY_B]

    def test_reset_after_a_restart_fails_messages_that_were_tried(self) -> None:
        one = opened(after=3, outgoing=(api.OutgoingMessage("a", "first", tried=True),))
        steps = one.received(welcome(90, reset=True), 0.0)
        assert told(steps, api.MessageFailed) == [api.MessageFailed("a", sending.UNKNOWN_FATE)]

    def test_reset_on_a_resumed_membership_sends_again(self) -> None:
        one = ready()
        one.send(A, 0.0)
        lost_and_open_again(one)
        assert not told(one.received(welcome(5, reset=True), 10.0), api.MessageFailed)
        assert sent(one.received(said(5), 10.0)) == [SAY_A]

    @pytest.mark.parametrize("code", ["rate_limited", "storage"])
    def test_a_busy_server_gets_the_message_again_after_a_growing_pause(
        self, code: str
    ) -> None:
        one, now, pauses = ready(), 0.0, []
        one.send(A, now)
        one.send(B, now)
        for _ in range(6):
            steps = one.received(messages.Error(code, "Later.", "a"), now)
            assert steps == [api.MessageDelayed("a", failure("Later.", code))]
            assert one.wake_at is not None
            pauses.append(one.wake_at - now)
            now = one.wake_at
            assert sent(one.tick(now)) == [SAY_A]
        assert pauses == pytest.approx([0.5, 0.85, 1.445, 2.4565, 4.17605, 5.0])

    def test_a_message_refused_right_after_resuming_waits_as_the_server_says(self) -> None:
        one = ready()
        one.send(A, 10.0)
        one.send(B, 10.0)
        lost_and_open_again(one)
        assert sent(one.received(welcome(0), 10.0)) == [SAY_A]
        later = messages.Error("rate_limited", "Later.", "a", retry_after=2.0)
        assert sent(one.received(later, 10.0)) == []
        assert one.wake_at == 12.0
        assert sent(one.received(said(1), 11.0)) == []
        assert sent(one.tick(12.0)) == [SAY_A]
        steps = one.received(said(2, "first", name="alice", id="a"), 12.0)
        assert sent(steps) == [SAY_B]

    def test_a_message_that_waits_is_sent_once_after_another_resume(self) -> None:
        one = ready()
        one.send(A, 10.0)
        one.received(messages.Error("rate_limited", "Later.", "a", retry_after=5.0), 10.0)
        lost_and_open_again(one)
        assert sent(one.received(welcome(1), 10.0)) == []
        steps = one.received(said(1, "first", name="alice", id="a"), 10.0)
        assert told(steps, api.MessageConfirmed) == [api.MessageConfirmed("a")]
        assert sent(steps) == []
        assert sent(one.tick(20.0)) == []

    def test_a_message_during_the_pause_waits_too(self) -> None:
        one = ready()
        one.send(A, 0.0)
        one.received(messages.Error("rate_limited", "Later.", "a"), 0.0)
        assert sent(one.send(B, 0.3)) == []
        assert sent(one.received(said(1), 0.4)) == []
        assert sent(one.tick(0.5)) == [SAY_A]

    @pytest.mark.parametrize("code", ["too_long", "bad_request", "empty"])
    def test_a_message_that_is_refused_fails_and_the_next_is_sent(self, code: str) -> None:
        one = ready()
        one.send(A, 0.0)
        one.send(B, 0.0)
        steps = one.received(messages.Error(code, "No.", "a"), 0.0)
        assert api.MessageFailed("a", failure("No.", code)) in steps
        assert sent(steps) == [SAY_B]

    def test_an_error_without_id_is_about_the_message_in_flight(self) -> None:
        one = ready()
        one.send(A, 0.0)
        steps = one.received(messages.Error("rate_limited", "Later."), 0.0)
        assert steps == [api.MessageDelayed("a", failure("Later.", "rate_limited"))]

    def test_not_joined_is_a_lost_connection(self) -> None:
        one = ready()
        one.send(A, 10.0)
        steps = one.received(messages.Error("not_joined", "Join first.", "a"), 10.0)
        assert told(steps, HangUp)
        assert told(steps, api.Disconnected)

    def test_no_receipt_is_a_lost_connection(self) -> None:
        one = ready()
        one.send(A, 10.0)
        assert one.tick(10.0 + outgoing.RECEIPT_WITHIN - 0.1) == []
        assert told(one.tick(10.0 + outgoing.RECEIPT_WITHIN), HangUp)

    def test_without_a_connection_it_waits(self) -> None:
        one = ready()
        one.closed(1006, 10.0)
        assert one.send(A, 10.0) == []
        one.tick(10.0)
        one.opened(10.0)
        assert sent(one.received(welcome(0), 10.0)) == [SAY_A]


REPORT = messages.AskReport("r")


class TestReport:
    def test_it_is_asked_for(self) -> None:
        assert sent(ready().ask(REPORT, 10.0)) == [messages.AskReport("r")]

    def test_without_a_connection_it_fails(self) -> None:
        one = ready()
        one.closed(1006, 10.0)
        assert told(one.ask(REPORT, 10.0), api.RequestFailed)

    def test_the_answer_comes_with_its_round_trip(self) -> None:
        one, report = ready(), messages.Report("r", 1, 3, AT, [])
        one.ask(REPORT, 10.0)
        assert one.received(report, 10.25) == [api.ReportReceived(report, 0.25)]

    def test_an_error_about_it_is_told(self) -> None:
        one = ready()
        one.send(A, 0.0)
        steps = one.received(messages.Error("bad_request", "No.", "r"), 0.0)
        assert steps == [api.RequestFailed("r", failure("No.", "bad_request"))]


class TestQueries:
    HISTORY = messages.AskHistory("h", before=9)
    SEARCH = messages.AskSearch("s", "words")

    def test_queries_are_answered(self) -> None:
        one = ready()
        assert sent(one.ask(self.HISTORY, 0.0)) == [self.HISTORY]
        assert sent(one.ask(self.SEARCH, 0.0)) == [self.SEARCH]
        history = messages.History("h", [said(1)], more=False)
        found = messages.Found("s", [said(1)], more=False, before=1)
        assert one.received(history, 0.0) == [history], "it is no event of the replay"
        assert one.received(found, 0.0) == [found]
        assert not told(one.closed(1006, 0.0), api.RequestFailed)

    def test_queries_fail_without_a_connection(self) -> None:
        one = ready()
        one.closed(1006, 10.0)
        assert one.ask(self.SEARCH, 0.0) == [api.RequestFailed("s", sending.DISCONNECTED)]

    def test_a_lost_connection_fails_the_open_queries(self) -> None:
        one = ready()
        one.ask(self.SEARCH, 0.0)
        one.ask(self.HISTORY, 0.0)
        failed = told(one.closed(1006, 10.0), api.RequestFailed)
        assert {each.id for each in failed} == {"s", "h"}
        assert not told(lost_and_open_again(one), api.RequestFailed)

    def test_the_end_fails_the_open_queries(self) -> None:
        one = ready()
        one.ask(self.SEARCH, 0.0)
        one.leave(0.0)
        steps = one.closed(CLOSE_LEFT, 0.0)
        assert [each.id for each in told(steps, api.RequestFailed)] == ["s"]
        assert isinstance(steps[-1], api.MembershipEnded)

    def test_an_error_ends_its_query(self) -> None:
        one = ready()
        one.ask(self.SEARCH, 0.0)
        error = messages.Error("rate_limited", "Wait.", "s")
        assert one.received(error, 0.0) == [
            api.RequestFailed("s", failure("Wait.", "rate_limited"))
        ]
        assert not told(one.closed(1006, 0.0), api.RequestFailed)
