"""Who the client is in the room."""

import pytest
from msgspec.structs import replace

from client_mvc.network.own import TYPING, Own
from shared import conversation, limits, messages
from tests.client_mvc.fakes import AT, said, welcome


def own(number: int = 0, seq: int = 0, features: tuple[str, ...] = ()) -> Own:
    """Alice, welcomed at `seq`; number 0: the server has no numbers."""
    new = Own("alice")
    new.welcomed(replace(welcome(seq), member=number, features=list(features)), 0.0)
    return new


def renamed(seq: int, name: str, to: str, member: int = 7) -> conversation.Renamed:
    return conversation.Renamed(seq=seq, at=AT, name=name, to=to, member=member)


@pytest.mark.parametrize(
    ("number", "name", "member", "same"),
    [
        (0, "Alice", 0, True),
        (0, "bob", 0, False),
        (0, "alice", 8, True),
        (0, "no\u0378name", 0, False),
        (7, "alice", 0, True),
        (7, "alice", 8, False),
        (7, "al", 7, True),
    ],
)
def test_a_number_counts_more_than_a_name(
    number: int, name: str, member: int, same: bool
) -> None:
    assert own(number).matches(replace(said(1, name=name), member=member)) is same


def test_the_name_is_that_of_the_welcome() -> None:
    new = Own("alice")
    new.welcomed(welcome(you="al"), 0.0)
    assert new.name == "al"


@pytest.mark.parametrize(
    ("event", "name"),
    [
        (renamed(6, "alice", "al"), "al"),
        (renamed(5, "alice", "al"), "alice"),
        (renamed(6, "bob", "rob", member=8), "alice"),
        (said(6, name="alice"), "alice"),
    ],
)
def test_only_a_live_change_of_the_own_name_counts(event: messages.AnyEvent, name: str) -> None:
    new = own(7, seq=5)
    new.apply(event)
    assert new.name == name


def test_typing_is_told_now_and_then() -> None:
    new = own(features=(TYPING,))
    times = [0.0, 1.0, limits.TYPING_EVERY - 0.1, limits.TYPING_EVERY]
    assert [new.tells_typing(now) for now in times] == [True, False, False, True]


def test_typing_is_not_told_to_a_server_that_does_not_know_it() -> None:
    assert not Own("alice").tells_typing(0.0)
    assert not own().tells_typing(0.0)
