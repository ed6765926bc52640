"""Joining: names, places, and how much history comes with a join."""

import msgspec
import pytest

from server.room.interface import JoinAccepted
from server.room.roster import LEFT_OVER, MOST_RECENT
from server.room.storage.errors import StorageError
from shared.codec import encode
from shared.messages import MemberInfo
from tests.server.room.conftest import OpenBench
from tests.server.room.workbench import (
    Bench,
    FlakyJournal,
    Guest,
    join_operation,
    join_request,
    post,
)


def left_over(bench: Bench, name: str) -> Guest:
    """Return a member as a restored backup has it."""
    guest = bench.join(name)
    bench.drop(guest)
    member = bench.core.roster.by_id(guest.place.member)
    assert member is not None
    member.disconnected = LEFT_OVER
    return guest


def test_who_joins_as_one_that_is_left_over_takes_its_place(bench: Bench) -> None:
    had = [left_over(bench, name) for name in ("ada", "bob", "eve")]
    assert bench.refused("joe") == "room_full"
    back = bench.join("ada")
    assert back.place.member not in [one.place.member for one in had]
    assert bench.story[-2:] == ["ada left", "ada joined"]
    bench.leave(back)
    bench.join("eve")
    assert bench.refused("eve") == "name_taken"
    assert bench.refused("x", token=had[0].place.token, after=0) == "bad_token"


def test_one_that_is_left_over_comes_back_by_its_token(bench: Bench) -> None:
    had = left_over(bench, "ada")
    assert bench.join(token=had.place.token, after=0).place.member == had.place.member
    assert bench.refused("ada") == "name_taken"
    assert bench.story == ["ada joined"]


def members(place: JoinAccepted) -> list[MemberInfo]:
    return msgspec.json.decode(bytes(place.members) + b"]", type=list[MemberInfo])


def test_a_place(bench: Bench) -> None:
    bench.join("ada")
    bob = bench.join("bob", history=0).place
    assert (bob.name, bob.seq, bob.start, bob.reset, bob.max_users) == ("bob", 2, 1, False, 3)
    assert [(one.name, one.state, one.member) for one in members(bob)] == [
        ("ada", "active", 1),
        ("bob", "active", 2),
    ]
    assert members(bob)[1].since == bench.events[1].at


@pytest.mark.parametrize(
    ("history", "start"), [(0, 10), (1, 9), (3, 7), (10, 0), (11, 0), (5000, 0), (2**64 - 1, 0)]
)
def test_how_much_history_a_fresh_member_gets(bench: Bench, history: int, start: int) -> None:
    ada = bench.join("ada")
    for number in range(9):
        bench.say(ada, f"{number}")
    assert bench.join("bob", history=history).place.start == start


def test_history_has_a_limit(bench: Bench) -> None:
    ada = bench.join("ada")
    bench.perform(*(post(ada.place, ada.connection, f"{n}") for n in range(1199)))
    assert bench.join("bob", history=10_000).place.start == 200


def test_each_join_of_an_entry_is_told_the_room_as_it_was_at_its_turn(bench: Bench) -> None:
    ada = bench.join("ada")
    answers = bench.answers(
        post(ada.place, ada.connection, "1"),
        join_operation(join_request("bob", history=1)),
        post(ada.place, ada.connection, "2"),
        ada.drops,
        join_operation(join_request("eve", history=1)),
    )
    bob, eve = answers[1], answers[4]
    assert isinstance(bob, JoinAccepted)
    assert isinstance(eve, JoinAccepted)
    assert (bob.seq, bob.start, eve.seq, eve.start) == (3, 1, 5, 3)
    assert [(one.name, one.state) for one in members(bob)] == [
        ("ada", "active"),
        ("bob", "active"),
    ]
    assert [(one.name, one.state) for one in members(eve)] == [
        ("ada", "away"),
        ("bob", "active"),
        ("eve", "active"),
    ]


def test_a_join_that_is_carried_out_again_gives_the_same_membership(bench: Bench) -> None:
    """The room process died before it could answer, and the worker asks again."""
    bench.join("ada")
    asked = join_request("bob", history=1)
    first = bench.ask(asked)
    bench.join("eve")
    bench.reopen()
    again = bench.ask(asked)
    assert isinstance(first, JoinAccepted)
    assert isinstance(again, JoinAccepted)
    assert (again.member, again.name, again.start) == (first.member, "bob", first.start)
    assert bench.story == ["ada joined", "bob joined", "eve joined"]


def test_refusals(bench: Bench) -> None:
    bench.join("Ada")
    assert bench.refused("no name") == "bad_name"
    assert bench.refused("") == "bad_name"
    assert bench.refused("server") == "bad_name"
    assert bench.refused("ADA") == "name_taken"
    assert bench.refused("x", token="unknown") == "bad_token"
    bench.join("bob")
    bench.join("eve")
    assert bench.refused("joe") == "room_full"
    assert bench.story == ["Ada joined", "bob joined", "eve joined"]


def test_leaving_frees_name_and_place_at_once(open_bench: OpenBench) -> None:
    bench = open_bench(max_users=1)
    ada = bench.join("ada")
    bench.drop(ada)
    assert bench.refused("bob") == "room_full", "an away member keeps the place"
    again = bench.join("ada", token=ada.place.token)
    bench.leave(again)
    bench.join("ADA")
    assert bench.refused("ada", token=ada.place.token) == "bad_token"


def test_old_events_of_a_fresh_member_are_kept_ones(open_bench: OpenBench) -> None:
    bench = open_bench(keep=5)
    ada = bench.join("ada")
    bench.perform(*(post(ada.place, ada.connection, f"{n}") for n in range(99)))
    place = bench.join("bob", history=50).place
    kept = bench.journal.after(place.start, 99)
    assert kept is not None
    assert [msgspec.json.decode(body) for body in kept] == [
        msgspec.json.decode(encode(event)) for event in bench.events[place.start :]
    ]


# --- names that look alike -----------------------------------------------------------------


def similar(bench: Bench, name: str) -> str:
    """The name that this one looks like; "" if it can be used."""
    answer = bench.ask(join_request(name))
    if isinstance(answer, JoinAccepted):
        return ""
    problem = answer.problem
    assert (problem.code, problem.params["rule"]) == ("name_taken", "similar"), problem
    return str(problem.params["other"])


@pytest.mark.parametrize("name", ["aIice", "AIice", "al\u0131ce", "ALlCE", "a1ice"])
def test_a_name_that_looks_like_a_members_is_taken(bench: Bench, name: str) -> None:
    bench.join("alice")
    assert similar(bench, name) == "alice"


@pytest.mark.parametrize("restart", [False, True])
def test_a_name_that_looks_like_that_of_one_who_left_is_taken(
    bench: Bench, *, restart: bool
) -> None:
    bench.leave(bench.join("alice"))
    if restart:
        bench.reopen()
    assert similar(bench, "aIice") == "alice"
    assert not similar(bench, "Alice"), "but who comes back is let in"
    assert similar(bench, "aIice") == "Alice"


def test_a_look_alike_of_old_is_forgotten_after_a_day(bench: Bench) -> None:
    bench.leave(bench.join("alice"))
    bench.wall += 86400
    aiice = bench.join("aIice")
    assert similar(bench, "alice") == "aIice"
    bench.leave(aiice)
    assert similar(bench, "alice") == "aIice"
    bench.wall += 86400
    bench.join("alice")


def test_a_look_alike_is_forgotten_when_many_others_have_left(open_bench: OpenBench) -> None:
    bench = open_bench(max_users=MOST_RECENT + 1)
    bench.leave(bench.join("alice"))
    others = [bench.join(f"a{number}b") for number in range(MOST_RECENT)]
    bench.perform(*(other.leaves for other in others[1:]))
    assert similar(bench, "aIice") == "alice"
    bench.leave(others[0])
    bench.reopen()
    assert len(bench.core.roster.recent) == MOST_RECENT
    assert not similar(bench, "aIice")


def test_a_refused_entry_leaves_no_name_behind(bench: Bench) -> None:
    assert isinstance(bench.journal, FlakyJournal)
    alice = bench.join("alice")
    bench.journal.full = True
    with pytest.raises(StorageError):
        bench.leave(alice)
    bench.journal.full = False
    assert similar(bench, "aIice") == "alice"
    assert not bench.core.roster.recent
