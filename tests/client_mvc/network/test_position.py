"""The place in a room's journal."""

import pytest

from client_mvc.network.position import Gap, Position
from shared.messages import UnknownEvent
from tests.client_mvc.fakes import AT, said, welcome


def test_each_event_is_taken_once_in_order() -> None:
    position = Position(None)
    position.welcomed(welcome(9))
    assert position.take(said(5))
    assert not position.take(said(5))
    assert not position.take(said(4))
    assert position.take(UnknownEvent(seq=6, type="edited"))
    with pytest.raises(Gap):
        position.take(said(8))
    assert (position.seq, position.at) == (6, "")


def test_the_time_of_the_last_event_is_kept() -> None:
    position = Position(3, "2026-01-01T00:00:00.000Z", "j1")
    position.take(said(4))
    assert position.at == AT


@pytest.mark.parametrize(
    ("held", "journal", "known"),
    [(7, "j1", True), (7, "j2", False), (None, "j2", False)],
)
def test_a_journal_of_its_own_is_another_room(
    held: int | None, journal: str, known: bool
) -> None:
    position = Position(held, AT, "j1")
    assert position.is_in(journal) is known


def test_without_a_journal_any_room_is_the_one() -> None:
    assert Position(None).is_in("j1")
    assert Position(7).is_in("j1")


def test_the_first_event_is_of_the_replay() -> None:
    position = Position(None)
    position.welcomed(welcome(9))
    with pytest.raises(Gap):
        position.take(said(10))


def test_a_room_that_counts_anew_is_told() -> None:
    position = Position(7, AT, "j1")
    assert position.welcomed(welcome(6))
    assert (position.seq, position.target, position.at_target) == (None, 6, False)
    assert not Position(7).welcomed(welcome(7))
    assert Position(7).welcomed(welcome(9, reset=True))
