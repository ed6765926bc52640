"""Who is a member: places, names, tokens, connections, grace periods."""

import pytest

from server.room.interface import Peer
from server.room.roster import Member, Refused, Roster, token_hash

HERE = Peer("10.0.0.1", 4000, "websocket")


def member(id: int, name: str, connection: int | None = None) -> Member:
    return Member(
        id=id,
        name=name,
        token_hash=token_hash(f"token {id}"),
        since="2026-11-22T08:00:00.000Z",
        connection=connection,
        peer=HERE,
        worker=1,
        last_active=0.0,
    )


@pytest.fixture
def roster() -> Roster:
    roster = Roster(capacity=2, grace=30)
    roster.add(member(1, "Ada", 11))
    return roster


def code(roster: Roster, name: str) -> str:
    with pytest.raises(Refused) as refused:
        roster.check(name)
    assert refused.value.reason
    return refused.value.code


def test_a_free_name_is_tidied(roster: Roster) -> None:
    assert roster.check("e\u0301va") == "éva"


@pytest.mark.parametrize("name", ["Ada", "ada", "ADA"])
def test_a_name_is_taken_in_any_case(roster: Roster, name: str) -> None:
    assert code(roster, name) == "name_taken"


def test_a_bad_name_is_told_first_then_a_full_room_then_a_taken_name(roster: Roster) -> None:
    roster.add(member(2, "bob"))
    assert code(roster, "no name") == "bad_name"
    assert code(roster, "ada") == "room_full"
    assert code(roster, "eve") == "room_full"


def test_whoever_leaves_frees_name_place_token_and_connection(roster: Roster) -> None:
    ada = roster.by_id(1)
    assert ada
    roster.remove(ada)
    assert roster.check("ada") == "ada"
    assert roster.by_token("token 1") is None
    assert roster.by_id(1) is None
    assert roster.detach(11, 0) is None
    assert len(roster) == 0


def test_an_away_member_keeps_name_and_place_until_the_grace_period_ends(
    roster: Roster,
) -> None:
    roster.add(member(2, "bob", 22))
    ada = roster.detach(11, now=100)
    assert ada
    assert ada.state == "away"
    assert [info.state for info in roster.infos()] == ["away", "active"]
    assert code(roster, "ada") == "room_full"
    assert roster.next_lapse() == 130
    assert roster.lapsed(129.9) == []
    assert roster.lapsed(130) == [ada]


def test_coming_back_ends_the_grace_period(roster: Roster) -> None:
    ada = roster.detach(11, now=100)
    assert ada
    there = Peer("10.0.0.2", 5000, "websocket")
    assert roster.attach(ada, 12, there, worker=2) is None
    assert (ada.state, ada.peer, ada.worker) == ("active", there, 2)
    assert roster.next_lapse() is None
    assert roster.lapsed(10_000) == []


def test_a_new_connection_replaces_the_old_one(roster: Roster) -> None:
    ada = roster.by_token("token 1")
    assert ada
    assert roster.attach(ada, 12, HERE, worker=1) == 11
    assert roster.detach(11, now=100) is None, "the old connection ends: nobody is away"
    assert ada.state == "active"
    assert roster.detach(12, now=100) is ada


def test_attaching_the_same_connection_again_changes_nothing(roster: Roster) -> None:
    ada = roster.by_id(1)
    assert ada
    roster.attach(ada, 11, HERE, worker=1)
    assert ada.state == "active"
    assert roster.detach(11, now=0) is ada


def test_tokens_are_kept_as_hashes_only(roster: Roster) -> None:
    ada = roster.by_token("token 1")
    assert ada
    assert b"token" not in ada.token_hash
    assert roster.by_token("token 2") is None
    assert roster.by_token("\ud800") is None, "whatever a client sends can be looked up"
