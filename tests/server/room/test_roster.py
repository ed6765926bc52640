"""The members: places, names, tokens, connections."""

import msgspec
import pytest

from server.room.interface import Peer
from server.room.operations import token_hash
from server.room.roster import Member, Refused, Roster
from shared.messages import MemberInfo

HERE = Peer("10.0.0.1", 4000, "websocket")
NOW = "2026-11-22T09:00:00.000Z"


def member(id: int, name: str, connection: int | None = None) -> Member:
    return Member(
        id=id,
        name=name,
        token_hash=token_hash(f"token {id}"),
        since="2026-11-22T08:00:00.000Z",
        joined=id,
        worker=1,
        connection=connection,
        disconnected=0 if connection is None else None,
        peer=HERE,
    )


@pytest.fixture
def roster() -> Roster:
    return Roster(2, [member(1, "Ada", 11)])


def code(roster: Roster, name: str) -> str:
    with pytest.raises(Refused) as refused:
        roster.check(name, NOW)
    return refused.value.problem.code


def test_a_free_name_is_tidied(roster: Roster) -> None:
    assert roster.check("e\u0301va", NOW) == "éva"


@pytest.mark.parametrize("name", ["Ada", "ada", "ADA"])
def test_a_name_is_taken_in_any_case(roster: Roster, name: str) -> None:
    assert code(roster, name) == "name_taken"


def test_a_bad_name_is_told_first_then_a_full_room_then_a_taken_name(roster: Roster) -> None:
    roster.add(member(2, "bob"))
    assert code(roster, "no name") == "bad_name"
    assert code(roster, "ada") == "room_full"
    assert code(roster, "eve") == "room_full"


def listed(roster: Roster) -> list[tuple[str, str]]:
    members = msgspec.json.decode(bytes(roster.listing()) + b"]", type=list[MemberInfo])
    assert [one.member for one in members] == [one.id for one in roster.members()]
    return [(one.name, one.state) for one in members]


def test_lists_of_members_stay_as_they_were_while_more_join() -> None:
    roster, seen = Roster(2000), []
    for number in range(1, 2000):
        roster.add(member(number, f"m{number}"))
        seen.append((number, roster.listing()))
        if number % 500 == 0:
            roster.remove(roster.members()[0], NOW)
            roster.add(member(10_000 + number, f"n{number}"))
    for number, listing in seen[::97]:
        members = msgspec.json.decode(bytes(listing) + b"]", type=list[MemberInfo])
        assert members[-1].member == number
        assert len(members) == number


def test_leaving_frees_name_place_token_and_connection(roster: Roster) -> None:
    ada = roster.by_id(1)
    assert ada
    roster.remove(ada, NOW)
    assert roster.check("ada", NOW) == "ada"
    assert roster.by_token(token_hash("token 1")) is None
    assert roster.by_id(1) is None
    assert roster.by_connection(11) is None
    assert len(roster) == 0
    assert listed(roster) == []


def test_an_away_member_keeps_name_and_place(roster: Roster) -> None:
    roster.add(member(2, "bob", 22))
    ada = roster.by_connection(11)
    assert ada
    roster.detach(ada, 5)
    assert (ada.state, ada.disconnected) == ("away", 5)
    assert listed(roster) == [("Ada", "away"), ("bob", "active")]
    assert code(roster, "ada") == "room_full"
    assert roster.by_connection(11) is None


def test_the_listing_follows_all_changes(roster: Roster) -> None:
    ada = roster.by_id(1)
    assert ada
    assert listed(roster) == [("Ada", "active")]
    roster.add(member(2, "bob", 22))
    assert listed(roster) == [("Ada", "active"), ("bob", "active")]
    roster.detach(ada, 5)
    assert listed(roster) == [("Ada", "away"), ("bob", "active")]
    roster.remove(ada, NOW)
    assert listed(roster) == [("bob", "active")]
    roster.remove(roster.members()[0], NOW)
    assert listed(roster) == []
    roster.add(member(3, "eve", 33))
    assert listed(roster) == [("eve", "active")]


def test_coming_back(roster: Roster) -> None:
    ada = roster.by_id(1)
    assert ada
    roster.detach(ada, 5)
    assert roster.attach(ada, 12, worker=2) is None
    assert (ada.state, ada.disconnected, ada.worker) == ("active", None, 2)
    assert roster.by_connection(12) is ada


def test_a_new_connection_replaces_the_old_one(roster: Roster) -> None:
    ada = roster.by_token(token_hash("token 1"))
    assert ada
    assert roster.attach(ada, 12, worker=1) == 11
    assert roster.by_connection(11) is None, "its end takes nothing away"
    assert roster.by_connection(12) is ada


def test_attaching_the_same_connection_again_changes_nothing(roster: Roster) -> None:
    ada = roster.by_id(1)
    assert ada
    assert roster.attach(ada, 11, worker=1) is None
    assert roster.by_connection(11) is ada


def test_any_token_can_be_looked_up(roster: Roster) -> None:
    assert roster.by_token(token_hash("token 2")) is None
    assert roster.by_token(token_hash("\ud800")) is None
