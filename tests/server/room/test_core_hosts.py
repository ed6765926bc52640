"""One room on several hosts, in the core: entries each once, hosts that come and go."""

import pytest
from msgspec.structs import replace

from server.room.hosts import MOST_FORMER, HostStates, Source
from server.room.interface import Act, CloseReason
from server.room.operations import (
    Drop,
    Expire,
)
from shared.conversation import Edit
from shared.moderation import Kick
from tests.server.room.hosts_bench import HostsBench, kept_numbers, says
from tests.server.room.workbench import (
    FlakyJournal,
    code,
    join_operation,
    join_request,
)

# --- each entry once ---------------------------------------------------------------------


def test_a_repeated_entry_is_carried_out_once(room: HostsBench) -> None:
    ada = room.join_at("b", "ada")
    room.entry("b", says(ada, "1"), number=5)
    story = list(room.story)
    again = room.entry("b", says(ada, "1"), says(ada, "2"), number=5)
    assert (again.written, again.answers, room.story) == (False, [None, None], story)


def test_an_entry_behind_a_later_one_of_its_host_is_not_carried_out(room: HostsBench) -> None:
    ada = room.join_at("b", "ada")
    room.entry("b", says(ada, "1"), number=7)
    room.entry("b", says(ada, "2", "late"), number=6)
    room.entry("b", says(ada, "3", "next"), number=8)
    assert room.story == ["ada joined", "ada: hello", "ada: next"]


def test_each_host_has_numbers_of_its_own(room: HostsBench) -> None:
    ada = room.join_at("b", "ada")
    for host in ("a", "b", "c"):
        room.entry(host, says(ada, host, host), number=9)
    assert room.story[1:] == ["ada: a", "ada: b", "ada: c"]


def test_none_of_an_earlier_start_is_carried_out_behind_one_of_a_later(
    room: HostsBench,
) -> None:
    ada = room.join_at("b", "ada")
    room.entry("b", says(ada, "1", "old"))
    room.entry("b", says(ada, "2", "new"), epoch=77, number=1)
    late = room.entry("b", says(ada, "3", "late"), epoch=1, number=99)
    assert not late.written
    room.reopen()
    assert not room.entry("b", says(ada, "3", "late"), epoch=1, number=100).written
    assert room.story[1:] == ["ada: old", "ada: new"]


def test_of_a_host_only_the_last_starts_are_known() -> None:
    states = HostStates({})
    for epoch in range(1, MOST_FORMER + 3):
        state = states.after(Source("a", epoch, 1))
        assert state is not None
        states.carried_out("a", state)
    assert len(state.former) == MOST_FORMER
    assert states.after(Source("a", MOST_FORMER + 1, 2)) is None
    assert states.names() == ["a"]


def test_every_entry_writes_its_position_and_number(room: HostsBench) -> None:
    nothing = Drop(12345)
    for host, number in (("a", 2), ("b", 1), ("b", 2)):
        assert room.entry(host, nothing).written
        position, hosts = kept_numbers(room)
        assert position == room.position == room.core.position
        assert hosts[host].number == number
    room.reopen()
    assert room.core.position == room.position
    assert not room.entry("b", nothing, number=2).written


def test_an_entry_that_cannot_be_written_counts_as_not_carried_out(room: HostsBench) -> None:
    ada = room.join_at("b", "ada")
    assert isinstance(room.journal, FlakyJournal)
    before = kept_numbers(room)
    room.journal.full = True
    with pytest.raises(Exception, match="disk full"):
        room.entry("b", says(ada, "1"), number=2)
    room.core.restore()
    room.journal.full = False
    assert kept_numbers(room) == before
    assert room.entry("b", says(ada, "1"), number=2).answers == [None]


# --- a host that is lost -----------------------------------------------------------------


def test_only_the_members_of_a_lost_host_are_away(room: HostsBench) -> None:
    ada, bob = room.join_at("a", "ada"), room.join_at("b", "bob")
    outcome = room.lose("b")
    assert room.states == {"ada": "active", "bob": "away"}
    assert outcome.lost == ["b"]
    assert outcome.disconnected == [bob.place.member]
    assert list(outcome.signals) == ["bob"]
    assert outcome.evictions == [], "its connections may still be there"
    assert room.member(bob).held == bob.connection
    assert room.member(ada).held == 0


def test_what_comes_from_a_connection_of_a_lost_host_counts(room: HostsBench) -> None:
    bob = room.join_at("b", "bob")
    room.lose("b")
    room.reopen()
    edit = Act(
        member=bob.place.member,
        connection=bob.connection,
        key="e",
        request=Edit(id="e", seq=2, text="better"),
    )
    assert room.entry("b", says(bob, "1"), edit).answers == [None, None]
    assert room.states == {"bob": "away"}, "only the host itself says that it is back"
    assert code(room.entry("b", replace(says(bob, "2"), connection=5)).answers[0]) == (
        "not_joined"
    )


def test_a_host_that_is_back_has_its_members_again(room: HostsBench) -> None:
    bob = room.join_at("b", "bob")
    room.lose("b")
    away_since = room.member(bob).disconnected
    room.reopen()
    outcome = room.come_back("b")
    assert (room.states, outcome.evictions) == ({"bob": "active"}, [])
    assert list(outcome.signals) == ["bob"]
    assert (room.member(bob).connection, room.member(bob).held) == (bob.connection, 0)
    assert away_since is not None
    room.entry("c", Expire(bob.place.member, away_since))
    assert room.names == ["bob"], "the end of that grace period comes too late"


def test_a_loss_of_an_earlier_start_has_no_effect(room: HostsBench) -> None:
    bob = room.join_at("b", "bob")
    room.epochs["b"] += 1
    room.register_at("b", bob)
    room.epochs["b"] -= 1
    assert not room.lose("b").lost
    assert room.states == {"bob": "active"}
    room.epochs["b"] += 2
    assert not room.lose("b").lost, "nor one of a start that nobody knows"
    assert not room.lose("nobody").lost


def test_a_host_that_is_lost_twice_is_lost_once(room: HostsBench) -> None:
    bob = room.join_at("b", "bob")
    room.lose("b", by="a")
    since = room.member(bob).disconnected
    outcome = room.lose("b", by="c")
    assert (outcome.disconnected, outcome.signals) == ([], {})
    assert (room.member(bob).disconnected, room.member(bob).held) == (since, bob.connection)
    room.come_back("b")
    assert room.come_back("b").signals == {}
    assert room.states == {"bob": "active"}


def test_a_connection_that_ended_meanwhile_does_not_come_back(room: HostsBench) -> None:
    bob = room.join_at("b", "bob")
    room.lose("b")
    outcome = room.entry("b", bob.drops)
    assert (outcome.disconnected, outcome.signals) == ([], {}), "it was away before"
    room.reopen()
    room.come_back("b")
    assert room.states == {"bob": "away"}
    assert code(room.entry("b", says(bob, "1")).answers[0]) == "not_joined"


def test_a_leave_from_a_lost_host_is_one_like_others(room: HostsBench) -> None:
    bob = room.join_at("b", "bob")
    room.lose("b")
    outcome = room.entry("b", bob.leaves)
    assert room.story == ["bob joined", "bob left"]
    assert outcome.evictions == [], "it is closed as left"
    room.come_back("b")
    assert room.names == []


def test_who_resumed_at_another_host_stays_there(room: HostsBench) -> None:
    bob = room.join_at("b", "bob")
    room.lose("b")
    again = room.join_at("c", "bob", token=bob.place.token)
    assert room.evictions == [(bob.connection, CloseReason.REPLACED)]
    room.come_back("b")
    assert room.member(bob).connection == again.connection
    room.entry("b", bob.drops)
    room.lose("b")
    room.register_at("b")
    assert room.states == {"bob": "active"}, "b has nothing to do with it any more"
    assert code(room.entry("b", says(bob, "1")).answers[0]) == "not_joined"
    assert room.entry("c", says(again, "1")).answers == [None]


def test_a_late_resume_does_not_replace_the_connection_at_another_host(
    room: HostsBench,
) -> None:
    bob = room.join_at("a", "bob")
    asked = replace(join_operation(join_request(token=bob.place.token)), instead=bob.connection)
    again = room.join_at("c", "bob", token=bob.place.token)
    outcome = room.entry("b", asked)
    assert (code(outcome.answers[0]), outcome.evictions) == ("unavailable", [])
    assert room.member(bob).connection == again.connection
    room.join_at("b", "bob", token=bob.place.token)
    assert room.evictions[-1] == (again.connection, CloseReason.REPLACED), "b knows of it now"


def test_a_resume_at_another_host_is_not_late_if_nobody_is_connected(
    room: HostsBench,
) -> None:
    bob = room.join_at("a", "bob")
    asked = join_operation(join_request(token=bob.place.token))
    room.entry("a", bob.drops)
    room.entry("b", asked)
    assert room.member(bob).connection == asked.connection


def test_who_resumed_at_the_same_host_has_the_new_connection(room: HostsBench) -> None:
    bob = room.join_at("b", "bob")
    room.lose("b")
    again = room.join_at("b", "bob", token=bob.place.token)
    assert room.evictions == [(bob.connection, CloseReason.REPLACED)]
    assert room.come_back("b").signals == {}
    assert (room.member(bob).connection, room.member(bob).held) == (again.connection, 0)


def test_a_connection_whose_member_is_gone_is_closed(room: HostsBench) -> None:
    """Its host, when it is heard again, must not show a person a room without them."""
    bob = room.join_at("b", "bob")
    room.lose("b")
    room.expire()
    assert room.story == ["bob joined", "bob left"]
    assert room.evictions == [(bob.connection, CloseReason.SHUTTING_DOWN)]
    room.come_back("b")
    assert room.register_at("b", bob).evictions == [(bob.connection, CloseReason.SHUTTING_DOWN)]


def test_a_member_of_a_lost_host_can_be_removed(room: HostsBench) -> None:
    bob = room.join_at("b", "bob")
    room.lose("b")
    assert room.act(None, Kick(id="k", target="bob")) is None
    assert room.evictions == [(bob.connection, CloseReason.REMOVED)]
    room.come_back("b")
    assert room.names == []


# --- a room process that starts again ----------------------------------------------------


def test_a_worker_registers_only_members_of_its_own_host(room: HostsBench) -> None:
    guests = [room.join_at(host, name) for host, name in (("a", "ada"), ("b", "bob"))]
    assert {room.member(guest).worker for guest in guests} == {1}
    outcome = room.register_at("b", worker=1)
    assert room.states == {"ada": "active", "bob": "away"}
    assert list(outcome.signals) == ["bob"]
    assert room.register_at("b", worker=2).signals == {}


def test_a_worker_that_registers_brings_back_what_was_lost_with_its_host(
    room: HostsBench,
) -> None:
    bob, eve = room.join_at("b", "bob"), room.join_at("b", "eve")
    room.lose("b")
    room.epochs["b"] += 1
    room.register_at("b", bob)
    assert room.states == {"bob": "active", "eve": "away"}
    assert (room.member(bob).held, room.member(eve).held) == (0, 0)
    assert room.evictions == []
    room.come_back("b")
    assert room.states["eve"] == "away", "its connection had ended"


def test_a_registered_connection_that_was_replaced_elsewhere_is_closed(
    room: HostsBench,
) -> None:
    bob = room.join_at("b", "bob")
    again = room.join_at("c", "bob", token=bob.place.token)
    room.evictions.clear()
    room.register_at("b", bob)
    assert room.evictions == [(bob.connection, CloseReason.SHUTTING_DOWN)]
    assert room.member(bob).connection == again.connection


def test_every_connection_is_that_of_one_member(room: HostsBench) -> None:
    """Nobody is shown as active by a connection that no worker has."""
    bob = room.join_at("b", "bob")
    room.lose("b")
    room.entry("b", bob.drops)
    room.come_back("b")
    room.register_at("b")
    room.expire()
    for _ in range(2):
        assert room.core.roster.by_connection(bob.connection) is None
        assert room.core.roster.by_held(bob.connection) is None
        room.reopen()
    assert room.names == []
