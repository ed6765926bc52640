"""Who may join, as far as clocks and addresses decide: how often, how many, the password."""

import logging
from collections.abc import Callable
from typing import Any

import pytest

from server.budgets.refusals import Refusals
from server.room.interface import JoinAccepted, JoinRefused, JoinWaits, Peer
from server.room.operations import Join, Leave
from server.room.room_side.admission import Admission
from server.room.room_side.guesses import (
    LINES_A_MINUTE,
    MOST_OF_ADDRESS,
    MOST_WAITING,
    WAITS,
)
from server.settings import Settings
from shared.problems import Problem
from tests.fakes import Clock
from tests.server.room.workbench import PEER, Bench, attempt, join_request


def peer(number: int) -> Peer:
    """A computer of its own."""
    return Peer(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", 1, "websocket")


class Door:
    """An admission in front of a room, and a clock."""

    def __init__(self, bench: Bench, **settings: Any) -> None:
        self.bench = bench
        self.clock = Clock()
        self.refusals = Refusals()
        settings.setdefault("max_users", 3)
        wall = settings.pop("wall", lambda: bench.wall)
        self.admission = Admission(
            bench.core, Settings(**settings), self.clock(), refusals=self.refusals, wall=wall
        )
        self._number = 0
        self._late: dict[int, Join | JoinRefused | JoinWaits] = {}

    def ask(self, name: str = "ada", **fields: Any) -> Problem | None:
        """Join; return why it failed."""
        request = join_request(name, **fields)
        admitted = self.admission.admit(attempt(request), self, 0, self.clock())
        if isinstance(admitted, JoinRefused):
            return admitted.problem
        assert isinstance(admitted, Join)
        (answer,) = self.bench.answers(admitted)
        answer = self.admission.answered(admitted, answer, self.clock())
        self.last = answer
        return answer.problem if isinstance(answer, JoinRefused) else None

    def code(self, name: str = "ada", **fields: Any) -> str:
        """Join; return the code of the failure, with its rule."""
        why = self.ask(name, **fields)
        return (
            "" if why is None else " ".join([why.code, *filter(None, [why.params.get("rule")])])
        )

    def guess(self, address: int, password: str = "wrong", **fields: Any) -> int:
        """Join with a password; return the number under which `result` has the result."""
        self._number += 1
        request = join_request(peer=peer(address), password=password, **fields)
        admitted = self.admission.admit(attempt(request), self, self._number, self.clock())
        if not isinstance(admitted, JoinWaits):
            self._late[self._number] = admitted
        return self._number

    def result(self, number: int) -> str | None:
        """The code of a refused join, "" if it passed, None while it waits."""
        for admitted, guess in self.admission.released(self.clock()):
            assert guess.asker is self
            self._late[guess.number] = admitted
        late = self._late.get(number)
        if late is None:
            return None
        return late.problem.code if isinstance(late, JoinRefused) else ""

    def seconds_until(self, condition: Callable[[], object]) -> float:
        """Let time pass until the condition holds; return how much."""
        start = self.clock()
        while not condition():
            self.clock.now += 0.05
            assert self.clock() - start < 60
        return self.clock() - start


# --- how often -----------------------------------------------------------------------------


def test_joins_from_an_address_have_an_allowance(bench: Bench) -> None:
    door = Door(bench)
    codes = [door.code(f"no name {number}") for number in range(200)]
    assert codes.count("bad_name character") + codes.count("bad_name spaces") == 26
    assert codes[26:] == ["too_many joins"] * 174
    assert door.refusals.totals()["joins"] == 174
    why = door.ask()
    assert why is not None
    assert (why.retry_after, why.params["seconds"]) == (1.0, 1)
    assert not door.code("bob", peer=peer(2)), "others can join"
    door.clock.now += 1
    assert not door.code()


@pytest.mark.parametrize("name", ["ada", "bad name", "eve"])
def test_each_join_costs_whether_it_fails_or_not(bench: Bench, name: str) -> None:
    bench.join("ada")
    bench.join("bob")
    door = Door(bench)
    for _ in range(26):
        door.ask(name)
        for member in bench.core.roster.members()[2:]:
            bench.perform(Leave(member.id, member.connection or 0, "quit"))
            door.admission.left(member.id, door.clock())
    assert door.code(name) == "too_many joins"


def test_resumes_have_an_allowance_of_the_membership(bench: Bench) -> None:
    ada = bench.join("ada")
    door = Door(bench)
    codes = [door.code(token=ada.place.token, peer=peer(number)) for number in range(30)]
    assert codes == [""] * 20 + ["too_many resumes"] * 10
    door.clock.now += 1
    assert not door.code(token=ada.place.token)


def test_wrong_tokens_count_against_the_address(bench: Bench) -> None:
    door = Door(bench)
    codes = [door.code(token=f"guess {number}") for number in range(200)]
    assert codes == ["bad_token"] * 112 + ["too_many resumes"] * 88
    assert door.code(token="guess", peer=peer(2)) == "bad_token"


def test_a_join_that_is_asked_again_costs_nothing(bench: Bench) -> None:
    """The room process was restarted before it could answer."""
    door = Door(bench, max_users_per_address=1)
    asked = join_request("ada")
    bench.ask(asked)
    door.admission = Admission(bench.core, Settings(max_users_per_address=1), door.clock())
    for _ in range(50):
        admitted = door.admission.admit(attempt(asked), door, 0, door.clock())
        assert isinstance(admitted, Join)
        door.admission.answered(admitted, bench.answers(admitted)[0], door.clock())
    assert door.code("bob") == "too_many places"


def test_places_are_right_when_an_address_is_counted_otherwise_meanwhile(bench: Bench) -> None:
    """This machine may have entered another network before a join is answered."""
    groups = ["before"]
    settings = Settings(max_users_per_address=1)
    admission = Admission(bench.core, settings, 0.0, lambda _: groups[-1])
    admitted = admission.admit(attempt(join_request("ada")), None, 0, 0.0)
    assert isinstance(admitted, Join)
    groups.append("after")
    (joined,) = bench.answers(admitted)
    assert isinstance(joined, JoinAccepted)
    admission.answered(admitted, joined, 0.0)
    assert isinstance(admission.admit(attempt(join_request("bob")), None, 0, 0.0), JoinRefused)
    groups.append("before")
    assert isinstance(admission.admit(attempt(join_request("bob")), None, 0, 0.0), Join)


def test_how_long_a_membership_or_an_address_has_rested(bench: Bench) -> None:
    door = Door(bench)
    door.ask("ada")
    assert door.last.rested == float("inf")
    door.clock.now += 7
    door.ask("bob")
    assert door.last.rested == 7
    door.clock.now += 3
    ada = bench.core.roster.members()[0]
    token = f"token of {ada.connection}"
    door.ask(token=token, peer=peer(9))
    assert door.last.rested == 0, "the session that it replaces may just have sent"
    door.ask("eve", peer=peer(9))
    assert door.last.rested == 0, "somebody from there has just resumed"
    door.clock.now += 2
    door.admission.lost(ada.id, door.clock())
    door.clock.now += 5
    door.ask(token=token, peer=peer(9))
    assert door.last.rested == 5, "until the loss it may have sent"


def test_a_crash_of_the_room_process_makes_no_new_allowance(bench: Bench) -> None:
    """Who made it crash would else have the messages of another session each time."""
    ada, bob = bench.join("ada"), bench.join("bob", peer=peer(8))
    bench.drop(bob)
    bench.reopen()
    door = Door(bench)
    door.clock.now += 7
    door.ask(token=ada.place.token)
    assert door.last.rested == 0, "its connection outlived the crash, and may just have sent"
    door.ask(token=bob.place.token, peer=peer(9))
    assert door.last.rested == 7
    door.ask("eve", peer=peer(8))
    assert door.last.rested == 7, "the address of a member"


def test_a_name_that_leaves_uses_the_allowance_of_the_next_from_its_address(
    bench: Bench,
) -> None:
    door = Door(bench)
    door.ask("ada")
    ada = bench.core.roster.members()[0]
    door.clock.now += 7
    bench.answers(Leave(ada.id, ada.connection or 0, "left"))
    door.admission.left(ada.id, door.clock())
    door.clock.now += 1
    door.ask("bob")
    assert door.last.rested == 1


# --- how many --------------------------------------------------------------------------------


def test_places_of_an_address(bench: Bench) -> None:
    door = Door(bench)
    assert [door.code(name) for name in ("ada", "bob", "eve")] == ["", "", "too_many places"]
    assert not door.code("eve", peer=peer(2))
    token = f"token of {bench.core.roster.members()[0].connection}"
    assert not door.code(token=token), "resuming is never refused for places"


def test_this_computer_has_all_places(bench: Bench) -> None:
    here = Peer("127.0.0.1", 1, "websocket")
    door = Door(bench)
    codes = [door.code(name, peer=here) for name in ("ada", "bob", "eve", "joe")]
    assert codes == ["", "", "", "room_full"]


def test_an_unknown_proxy_on_this_computer_has_no_more_places_than_others(
    bench: Bench,
) -> None:
    door, behind = Door(bench), Peer("127.0.0.1", 1, "websocket", proxied=True)
    codes = [door.code(name, peer=behind) for name in ("ada", "bob", "eve")]
    assert codes == ["", "", "too_many places"]
    assert not door.code("eve", peer=Peer("127.0.0.1", 1, "websocket"))


def test_places_are_counted_again_after_a_restart_and_free_when_members_leave(
    bench: Bench,
) -> None:
    ada = bench.join("ada")
    bench.drop(ada)
    door = Door(bench, max_users_per_address=1)
    assert door.code("bob") == "too_many places"
    bench.expire()
    door.admission.left(ada.place.member, door.clock())
    assert not door.code("bob")


def test_a_failed_join_keeps_no_place(bench: Bench) -> None:
    door = Door(bench, max_users_per_address=1)
    assert door.code("bad name") == "bad_name spaces"
    assert not door.code("ada")


def test_joins_that_are_under_way_count(bench: Bench) -> None:
    door = Door(bench, max_users_per_address=1)
    first, other = (
        door.admission.admit(attempt(join_request(name)), door, 0, door.clock())
        for name in ("ada", "bob")
    )
    assert isinstance(first, Join)
    assert isinstance(other, JoinRefused)


# --- the password ----------------------------------------------------------------------------


def test_password(bench: Bench) -> None:
    door = Door(bench, password="grüße")
    assert door.code() == "bad_password missing"
    assert door.code(password="") == "bad_password wrong"
    assert door.code(password="grüße ") == "bad_password wrong"
    assert door.code(password="\ud800") == "bad_password wrong"
    assert not door.code(password="grüße")
    again = "the same letters in another form"
    assert not door.code("bob", password="gru\u0308ße"), again
    token = f"token of {bench.core.roster.members()[0].connection}"
    assert not door.code(token=token), "a member needs none to come back"


def test_a_password_that_cannot_be_prepared_is_compared_as_it_is(bench: Bench) -> None:
    door = Door(bench, password="tab\tand\u200bmore")
    assert not door.code(password="tab\tand\u200bmore")
    assert door.code(password="tab and more") == "bad_password wrong"


def test_an_open_room_asks_for_none(bench: Bench) -> None:
    assert not Door(bench).code(password="whatever")


def test_wrong_passwords_at_several_hosts_are_counted_together(bench: Bench) -> None:
    one, two = Door(bench, password="right"), Door(bench, password="right")
    one.admission.tell_wrong = lambda address: two.admission.wrong_elsewhere(
        address, two.clock()
    )
    results = [one.result(one.guess(address)) for address in range(100)]
    assert results[:2] == ["bad_password", "bad_password"]
    assert results[-1] is None, "it waits"
    assert two.result(two.guess(100)) is None, "all tries of now were made at the other host"


def test_asking_without_a_password_is_no_guess(bench: Bench) -> None:
    door = Door(bench, password="right")
    for _ in range(20):
        assert door.code() == "bad_password missing"
    assert not door.code(password="right")


def test_ten_passwords_a_second_are_looked_at(bench: Bench) -> None:
    door = Door(bench, password="right")
    numbers = [door.guess(address) for address in range(100)]
    assert [door.result(number) for number in numbers].count("bad_password") == 10
    door.clock.now += 1
    assert [door.result(number) for number in numbers].count("bad_password") == 20
    assert {door.result(number) for number in numbers} == {"bad_password", None}


def test_a_right_password_is_no_guess(bench: Bench) -> None:
    """A class joins at once."""
    door = Door(bench, password="right", max_users=100)
    numbers = [door.guess(address, "right") for address in range(100)]
    assert {door.result(number) for number in numbers} == {""}


@pytest.mark.parametrize(("since", "tried_again"), [(0.1, 0), (2, 2000), (5, 0), (20, 500)])
def test_while_many_addresses_guess_an_address_without_failures_gets_in(
    bench: Bench, since: float, tried_again: int
) -> None:
    door = Door(bench, password="right")
    for address in range(2000):
        door.guess(address)
    door.clock.now += since
    for address in range(tried_again):
        door.result(door.guess(address))
    number = door.guess(5000, "right")

    def in_() -> bool:
        for address in range(70):
            door.guess(address)
        return door.result(number) == ""

    assert door.seconds_until(in_) <= 1


def test_new_addresses_of_one_network_do_not_come_before_a_guest(bench: Bench) -> None:
    """As of one who guesses with the 65,536 networks of an IPv6 prefix."""
    door = Door(bench, password="right")
    waiting = [door.guess(address) for address in range(400)]
    guest = None

    def guess_on() -> bool:
        for number in list(waiting):
            if door.result(number) is not None:
                waiting.remove(number)
                waiting.append(door.guess(door._number))
        return guest is not None and door.result(guest) is not None

    while door._number < 600:
        door.clock.now += 0.05
        guess_on()
    guest = door.guess(1 << 16, "right")
    assert door.seconds_until(guess_on) < 5
    assert door.result(guest) == ""


def test_the_right_password_gets_in_from_the_address_of_one_who_guesses(bench: Bench) -> None:
    door = Door(bench, password="right")
    for _ in range(500):
        door.result(door.guess(1))
        door.clock.now += 0.01
    door.clock.now += 0.1
    door.result(0)
    number = door.guess(1, "right")

    def in_() -> bool:
        door.guess(1)
        return door.result(number) == ""

    assert door.seconds_until(in_) <= 5


def test_who_waits_too_long_is_told_when_to_try_again(bench: Bench) -> None:
    door = Door(bench, password="right")
    numbers = [door.guess(address) for address in range(400)]
    door.clock.now += WAITS
    waited = [door.result(number) for number in numbers]
    assert waited.count("too_many") == 390
    assert waited.count("bad_password") == 10
    assert len(door.admission.guesses) == 0


def test_so_many_wait_at_most(bench: Bench) -> None:
    door = Door(bench, password="right")
    many = [door.guess(1) for _ in range(100)]
    assert len(door.admission.guesses) == MOST_OF_ADDRESS
    assert [door.result(number) for number in many].count("too_many") == 90 - MOST_OF_ADDRESS
    for address in range(1000):
        door.guess(address)
    assert len(door.admission.guesses) == MOST_WAITING
    assert door.result(many[20]) == "too_many", "whoever tried most has to go"
    assert door.refusals.totals()["password"] > 500


def test_who_hangs_up_does_not_wait(bench: Bench) -> None:
    door = Door(bench, password="right")
    for address in range(20):
        door.guess(address)
    door.guess(99, "right", connection=7)
    ((refused, guess),) = door.admission.hung_up(7)
    assert isinstance(refused, JoinRefused)
    assert guess.attempt.request.connection == 7
    assert not door.admission.hung_up(7)


def test_tries_are_forgotten_with_time(bench: Bench) -> None:
    door = Door(bench, password="right")
    for _ in range(10):
        door.guess(1)
    door.clock.now += 3600
    for address in range(2, 20):
        door.guess(address)
    number = door.guess(1, "right")
    assert door.seconds_until(lambda: door.result(number) == "") < 2


def test_wrong_passwords_are_logged_with_their_address(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    door = Door(bench, password="right")
    for _ in range(LINES_A_MINUTE + 30):
        door.ask(password="wrong", peer=peer(7))
        door.clock.now += 0.1
    lines = [record.getMessage() for record in caplog.records]
    assert lines == ["wrong password address=10.0.0.7"] * LINES_A_MINUTE
    door.clock.now += 60
    assert door.admission.due(door.clock()) == 0
    door.admission.released(door.clock())
    assert caplog.records[-1].getMessage() == (
        "wrong passwords times=30 addresses=1 most=10.0.0.7"
    )
    assert door.admission.due(door.clock()) is None


def test_an_operation_holds_the_tokens_hash_and_no_password(bench: Bench) -> None:
    door = Door(bench, password="right")
    request = join_request(password="right", token="a token", client="Desktop 1", worker=7)
    asked = attempt(request)
    join = door.admission.admit(asked, door, 0, 0.0)
    assert isinstance(join, Join)
    assert (join.worker, join.token_hash, join.resume) == (7, asked.token_hash, True)
    assert (join.client, join.peer) == ("Desktop 1", PEER)
    assert "right" not in repr(join)
    assert "a token" not in repr(join)


def test_a_resume_names_the_connection_that_it_replaces(bench: Bench) -> None:
    ada = bench.join("ada")
    admission = Admission(bench.core, Settings(max_users=3), 0.0)
    asked = attempt(join_request(token=ada.place.token))
    admitted = admission.admit(asked, "worker", 1, 0.0)
    assert isinstance(admitted, Join)
    assert admitted.instead == ada.connection
