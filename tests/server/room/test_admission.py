"""The password of a room, and how often one may guess it."""

from typing import Any

from server.room.interface import Peer
from server.room.operations import Join
from server.room.room_side.admission import Admission
from shared.problems import Problem
from tests.server.room.workbench import PEER, attempt, join_request


def ask(admission: Admission, now: float = 0.0, **fields: Any) -> str:
    """The code of the refusal; "" if the join may go on."""
    admitted = admission.admit(attempt(join_request(**fields)), 1, now)
    assert isinstance(admitted, Join | Problem)
    return admitted.code if isinstance(admitted, Problem) else ""


def test_password() -> None:
    admission = Admission("grüße")
    assert ask(admission) == "bad_password"
    assert ask(admission, password="") == "bad_password"
    assert ask(admission, password="grüße ") == "bad_password"
    assert ask(admission, password="\ud800") == "bad_password"
    assert not ask(admission, password="grüße")
    assert not ask(admission, password="gru\u0308ße"), "the same letters in another form"
    assert not ask(admission, token="a token"), "a member needs none to come back"


def test_a_password_that_cannot_be_prepared_is_compared_as_it_is() -> None:
    admission = Admission("tab\tand\u200bmore")
    assert not ask(admission, password="tab\tand\u200bmore")
    assert ask(admission, password="tab and more") == "bad_password"


def test_guessing_the_password_costs_time_by_address() -> None:
    admission = Admission("right")
    for _ in range(5):
        assert ask(admission, password="wrong") == "bad_password"
    refused = admission.admit(attempt(join_request(password="right")), 1, 10.0)
    assert isinstance(refused, Problem)
    assert (refused.code, refused.retry_after) == ("too_many", 20.0)
    sooner = admission.admit(attempt(join_request(password="right")), 1, 29.9001)
    assert isinstance(sooner, Problem)
    assert sooner.retry_after == 0.1
    assert sooner.reason == "Too many wrong passwords. Try again in 1 s."
    elsewhere = Peer("10.0.0.2", 1, "websocket")
    assert not ask(admission, password="right", peer=elsewhere)
    assert not ask(admission, 30.0, password="right", peer=PEER)


def test_asking_without_a_password_is_no_guess() -> None:
    admission = Admission("right")
    for _ in range(20):
        assert ask(admission) == "bad_password"
    assert not ask(admission, password="right")


def test_an_open_room_asks_for_none() -> None:
    assert not ask(Admission(), password="whatever")


def test_an_operation_holds_the_tokens_hash_and_no_password() -> None:
    asked = attempt(join_request(password="right", token="a token", client="Desktop 1"))
    join = Admission("right").admit(asked, 7, 0.0)
    assert isinstance(join, Join)
    assert (join.worker, join.token_hash, join.resume) == (7, asked.token_hash, True)
    assert (join.client, join.peer) == ("Desktop 1", PEER)
    assert "right" not in repr(join)
    assert "a token" not in repr(join)
