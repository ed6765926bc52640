"""Moderation as the client's protocol sees it: who it is, removal, mutes, acts."""

import pytest

from client_mvc.network import api
from client_mvc.network.protocol import ClientProtocol
from client_mvc.network.steps import Open
from shared import messages, moderation
from shared.problems import Problem
from tests.client_mvc.fakes import AT
from tests.client_mvc.network.driving import (
    SAY_A,
    A,
    lost_and_open_again,
    opened,
    options,
    ready,
    sent,
    told,
)  # fmt: skip


def removed(reason: str, **given: str) -> messages.Left:
    return messages.Left(seq=1, at=AT, name="alice", reason=reason, **given)  # type: ignore[arg-type]


def test_join_names_the_device_and_the_owners_key() -> None:
    new = ClientProtocol(options(device="d", owner_key="k"))
    new.start()
    [request] = sent(new.opened(0.0))
    assert isinstance(request, messages.Join)
    assert (request.device, request.owner_key) == ("d", "k")


def test_whoever_resumes_a_membership_does_not_claim_again() -> None:
    one = ready(device="d", owner_key="k")
    [request] = sent(lost_and_open_again(one))
    assert isinstance(request, messages.Join)
    assert (request.device, request.owner_key) == ("d", None)
    one.received(messages.Refused("bad_token", "Who?"), 10.0)
    [request] = sent(one.opened(10.0))
    assert isinstance(request, messages.Join)
    assert request.owner_key == "k"


def test_a_removal_says_who_and_why_and_when_one_can_be_back() -> None:
    steps = ready().received(removed("kicked", by="ann", text="spam"), 0.0)
    [ended] = told(steps, api.MembershipEnded)
    assert ended.problem == Problem("kicked", {"by": "ann", "text": "spam"}, 60.0)
    steps = ready().received(removed("banned", by="ann"), 0.0)
    [ended] = told(steps, api.MembershipEnded)
    assert ended.problem == Problem("banned", {"by": "ann"})


@pytest.mark.parametrize("code", ["kicked", "banned", "locked"])
def test_it_does_not_come_back_by_itself_also_when_it_was_reconnecting(code: str) -> None:
    one = ready()
    lost_and_open_again(one)
    steps = one.received(messages.Refused(code, "No.", retry_after=30.0), 10.0)
    assert [ended.why for ended in told(steps, api.MembershipEnded)] == ["refused"]
    assert not told(steps, Open)
    assert one.wake_at is None


def test_a_message_waits_for_the_end_of_slow_mode() -> None:
    one = ready()
    one.send(A, 0.0)
    steps = one.received(messages.Error("slow", "Slow.", id="a", retry_after=20.0), 1.0)
    assert told(steps, api.MessageDelayed)[0].problem.retry_after == 20.0
    assert sent(one.tick(20.5)) == []
    assert sent(one.tick(21.0)) == [SAY_A]


def test_the_end_of_slow_mode_sends_at_once() -> None:
    one = ready()
    one.send(A, 0.0)
    one.received(messages.Error("slow", "Slow.", id="a", retry_after=20.0), 1.0)
    off = moderation.Slowed(seq=1, at=AT, name="ann", seconds=0)
    assert sent(one.received(off, 2.0)) == [SAY_A]


def test_a_message_of_a_muted_member_stays_with_its_author() -> None:
    one = ready()
    one.send(A, 0.0)
    steps = one.received(messages.Error("muted", "Muted.", id="a", retry_after=600.0), 1.0)
    assert [(each.id, each.problem.code) for each in told(steps, api.MessageFailed)] == [
        ("a", "muted")
    ]


def test_an_act_is_answered_by_its_event() -> None:
    one = ready()
    one.ask(moderation.Lock(id="x", on=True), 0.0)
    one.received(moderation.Locked(seq=1, at=AT, name="alice", on=True, id="x"), 1.0)
    assert not told(one.closed(1006, 2.0), api.RequestFailed)


def test_an_act_without_an_answer_fails_with_the_connection() -> None:
    one = ready()
    one.ask(moderation.Lock(id="x", on=True), 0.0)
    assert [each.id for each in told(one.closed(1006, 2.0), api.RequestFailed)] == ["x"]


def test_a_first_refusal_names_its_code() -> None:
    one = opened()
    [ended] = told(one.received(messages.Refused("locked", "No."), 0.0), api.MembershipEnded)
    assert ended.problem is not None
    assert ended.problem.code == "locked"
