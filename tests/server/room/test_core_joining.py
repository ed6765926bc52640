"""Who is let in, under which name, and how much history comes with it."""

import pytest

from server.room.interface import Peer
from shared.messages import encode
from tests.server.room.conftest import OpenBench
from tests.server.room.workbench import PEER, Bench, post


def test_a_place(bench: Bench) -> None:
    bench.join("ada")
    bob = bench.join("bob", history=0).place
    assert (bob.name, bob.seq, bob.start, bob.reset, bob.max_users) == ("bob", 2, 1, False, 3)
    assert [(one.name, one.state) for one in bob.members] == [
        ("ada", "active"),
        ("bob", "active"),
    ]
    assert bob.members[1].since == bench.events[1].at
    assert len(bob.token) >= 32


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


def test_refusals(bench: Bench) -> None:
    bench.join("Ada")
    assert bench.refused("no name") == "bad_name"
    assert bench.refused("") == "bad_name"
    assert bench.refused("ADA") == "name_taken"
    assert bench.refused("x", token="nobody's") == "bad_token"
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


def test_password(open_bench: OpenBench) -> None:
    bench = open_bench(password="grüße")
    assert bench.refused("ada") == "bad_password"
    assert bench.refused("ada", password="") == "bad_password"
    assert bench.refused("ada", password="grüße ") == "bad_password"
    assert bench.refused("ada", password="\ud800") == "bad_password"
    ada = bench.join("ada", password="grüße")
    bench.drop(ada)
    bench.join("ada", token=ada.place.token)


def test_guessing_the_password_costs_time_by_address(open_bench: OpenBench) -> None:
    bench = open_bench(password="right")
    for _ in range(5):
        assert bench.refused("eve", password="wrong") == "bad_password"
    assert bench.refused("eve", password="right") == "too_many"
    elsewhere = Peer("10.0.0.2", 1, "websocket")
    bench.join("ada", password="right", peer=elsewhere)
    bench.now += 30
    bench.join("eve", password="right", peer=PEER)


def test_asking_without_a_password_is_no_guess(open_bench: OpenBench) -> None:
    bench = open_bench(password="right")
    for _ in range(20):
        assert bench.refused("ada") == "bad_password"
    bench.join("ada", password="right")


def test_an_open_room_asks_for_none(bench: Bench) -> None:
    bench.join("ada", password="whatever")


def test_old_events_of_a_fresh_member_are_kept_ones(open_bench: OpenBench) -> None:
    bench = open_bench(keep=5)
    ada = bench.join("ada")
    bench.perform(*(post(ada.place, ada.connection, f"{n}") for n in range(99)))
    start = bench.join("bob", history=50).place.start
    assert bench.journal.after(start, 99) == [encode(event) for event in bench.events[start:]]
