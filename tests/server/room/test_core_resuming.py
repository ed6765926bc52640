"""Resuming: missing events, members that are away, a room that was restarted."""

from collections.abc import Sequence

import msgspec
import pytest

from server.connections.fanout import FanOut
from server.room.interface import Answer, CloseReason, JoinAccepted
from server.room.log import rfc3339
from server.room.operations import Drop, Expire, Register
from shared.codec import decode_from_server, encode
from shared.messages import Joined, Left, Presence
from tests.fakes import FakeEventStore, FakeSubscriber, turns
from tests.server.room.conftest import OpenBench
from tests.server.room.workbench import Bench, join_operation, join_request, post

# --- missing events -------------------------------------------------------------------------


def test_a_resume_serves_exactly_the_missing_events(bench: Bench) -> None:
    ada, bob = bench.join("ada"), bench.join("bob")
    bench.drop(ada)
    bench.say(bob, "1", "missed")
    back = bench.join("somebody else", token=ada.place.token, after=2).place
    assert (back.name, back.member, back.token) == ("ada", ada.place.member, ada.place.token)
    assert (back.start, back.seq, back.reset) == (2, 3, False)
    assert bench.story == ["ada joined", "bob joined", "bob: missed"], (
        "no member joined or left"
    )


@pytest.mark.parametrize(
    ("after", "reset", "start"),
    [(0, False, 0), (3, False, 3), (4, False, 4), (5, True, 2), (10**30, True, 2)],
)
def test_a_client_with_events_that_the_room_never_had_must_forget(
    bench: Bench, after: int, reset: bool, start: int
) -> None:
    ada = bench.join("ada")
    for number in range(3):
        bench.say(ada, f"{number}")
    back = bench.join(token=ada.place.token, after=after, history=2).place
    assert (back.reset, back.start) == (reset, start)


@pytest.mark.parametrize(
    ("after", "reset", "start"), [(94, True, 97), (95, False, 95), (100, False, 100)]
)
def test_a_client_whose_next_events_are_pruned_must_forget(
    open_bench: OpenBench, after: int, reset: bool, start: int
) -> None:
    bench = open_bench(keep=5)
    ada = bench.join("ada")
    bench.perform(*(post(ada.place, ada.connection, f"{n}") for n in range(99)))
    back = bench.join(token=ada.place.token, after=after, history=3).place
    assert (back.reset, back.start) == (reset, start)


def test_a_seq_of_another_journal_means_nothing_here(bench: Bench) -> None:
    ada = bench.join("ada")
    bench.say(ada, "k")
    same = bench.join("bob", after=1, journal=ada.place.journal).place
    other = bench.join("cid", after=1, journal="another", history=1).place
    assert (same.reset, same.start) == (False, 1)
    assert (other.reset, other.start) == (True, other.seq - 2)


def test_a_fresh_member_that_has_events_gets_the_missing_ones(bench: Bench) -> None:
    """Its membership ended, its client did not: its events still connect."""
    ada = bench.join("ada")
    bench.say(ada, "1")
    bench.leave(ada)
    back = bench.join("ada", after=2).place
    assert (back.start, back.reset, back.seq) == (2, False, 4)


def test_another_event_at_the_same_place_is_another_history(bench: Bench) -> None:
    """A journal that was put back from a copy and went on has the same name."""
    ada = bench.join("ada")
    bench.say(ada, "k")
    at = bench.events[1].at
    for after, after_at, reset in (
        (2, at, False),
        (2, "2020-01-01T00:00:00.000Z", True),
        (0, "2020-01-01T00:00:00.000Z", False),
        (2, None, False),
    ):
        back = bench.join(token=ada.place.token, after=after, after_at=after_at).place
        assert back.reset is reset


# --- members that are away ------------------------------------------------------------------


def test_presence_is_sent_when_it_changes(bench: Bench) -> None:
    ada = bench.join("ada")
    bench.signals.clear()
    bench.drop(ada)
    bench.drop(ada)
    back = bench.join(token=ada.place.token)
    bench.join(token=back.place.token)
    assert presence(bench) == [Presence("ada", "away", 1), Presence("ada", "active", 1)]
    assert {name for name, _ in bench.signals} == {"ada"}


def test_many_that_resume_at_once_share_a_list_of_the_same_members(
    open_bench: OpenBench,
) -> None:
    bench = open_bench(max_users=9)
    ada, bob, eve = bench.join("ada"), bench.join("bob"), bench.join("eve")
    bench.perform(*(Drop(one.connection) for one in (ada, bob, eve)))
    answers = bench.answers(
        *(join_operation(join_request(token=one.place.token)) for one in (ada, bob)),
        join_operation(join_request("joe")),
        join_operation(join_request(token=eve.place.token)),
    )
    lists = [msgspec.json.decode(bytes(one.members) + b"]") for one in places(answers)]
    assert [[(one["name"], one["state"]) for one in each] for each in lists] == [
        [("ada", "active"), ("bob", "active"), ("eve", "away")],
        [("ada", "active"), ("bob", "active"), ("eve", "away")],
        [("ada", "active"), ("bob", "active"), ("eve", "active"), ("joe", "active")],
        [("ada", "active"), ("bob", "active"), ("eve", "active"), ("joe", "active")],
    ], "a list has those that had joined at the `seq` of its answer"
    first, second = places(answers)[:2]
    assert first.members.obj is second.members.obj


def places(answers: Sequence[Answer | None]) -> list[JoinAccepted]:
    """The joins, all of which were accepted."""
    return [one for one in answers if isinstance(one, JoinAccepted)]


def presence(bench: Bench) -> list[object]:
    """The presence that all members got."""
    return [decode_from_server(body) for _, body in bench.signals if body]


def test_a_second_connection_evicts_the_first(bench: Bench) -> None:
    old = bench.join("ada", worker=1)
    bench.join(token=old.place.token, worker=2)
    assert bench.evictions == [(old.connection, CloseReason.REPLACED)]
    bench.drop(old)
    assert bench.states == {"ada": "active"}


def test_dropping_an_unknown_connection_does_nothing(bench: Bench) -> None:
    outcome = bench.perform(Drop(12345))
    assert not any((outcome.bodies, outcome.signals, outcome.evictions))
    assert bench.answers() == []


async def test_a_reader_that_was_behind_ends_up_with_the_right_presence(bench: Bench) -> None:
    """Presence has no `seq`: missed presence of a member that left is void."""
    older = FakeEventStore()
    fanout = FanOut(older)
    outlet = FakeSubscriber()

    def tell() -> None:
        fresh = bench.events[fanout.head :]
        older.newest = len(bench.events)
        fanout.deliver(fanout.head + 1, [encode(event) for event in fresh])
        fanout.signal(bench.signals)
        bench.signals.clear()

    ada = bench.join("ada")
    tell()
    fanout.serve(fanout.subscribe(outlet), 1)
    outlet.slow()
    for step in (
        lambda: bench.join("bob"),  # the reader falls behind here
        lambda: bench.drop(ada),
        bench.expire,
        lambda: bench.join("ada"),
    ):
        step()
        tell()
        await turns()
    outlet.drain()
    await turns()
    state = {"ada": "active"}  # as in its welcome
    for message in map(decode_from_server, outlet.got):
        match message:
            case Joined(name=name):
                state[name] = "active"
            case Left(name=name):
                del state[name]
            case Presence(name=name, state=presence):
                state[name] = presence
    assert state == {"bob": "active", "ada": "active"} == bench.states


# --- grace -------------------------------------------------------------------------------


def test_the_end_of_a_grace_period_ends_the_membership(bench: Bench) -> None:
    ada, bob = bench.join("ada"), bench.join("bob")
    bench.drop(ada)
    bench.expire()
    assert bench.states == {"bob": "active"}
    assert bench.events[-1] == Left(
        seq=3, at=rfc3339(bench.wall), name="ada", member=1, reason="lost"
    )
    assert bench.refused(token=ada.place.token) == "bad_token"
    bench.say(bob, "1")


def test_the_end_of_a_grace_period_is_about_one_disconnect(bench: Bench) -> None:
    """Proposing it late, or twice, does no harm."""
    ada = bench.join("ada")
    bench.drop(ada)
    member = bench.core.roster.members()[0]
    assert member.disconnected is not None
    end = Expire(member.id, member.disconnected)
    back = bench.join(token=ada.place.token)
    assert not bench.perform(end).written
    bench.drop(back)
    assert not bench.perform(end).written, "it is about the first time"
    assert bench.states == {"ada": "away"}
    assert member.disconnected > end.disconnected
    bench.perform(
        Expire(member.id, member.disconnected), Expire(member.id, member.disconnected)
    )
    assert bench.story == ["ada joined", "ada left"]


# --- a room process that was restarted ---------------------------------------------------


def test_memberships_survive(bench: Bench) -> None:
    ada, bob, eve = bench.join("ada"), bench.join("bob"), bench.join("eve")
    bench.leave(eve)
    bench.drop(bob)
    bench.reopen()
    assert bench.states == {"ada": "active", "bob": "away"}
    assert bench.refused("ADA") == "name_taken"
    back = bench.join(token=bob.place.token, after=4).place
    assert (back.name, back.member, back.start, back.reset) == ("bob", 2, 4, False)
    assert bench.say(ada, "1", "still here") is None, "its connection is known"


def test_a_worker_registers_the_connections_that_it_has(bench: Bench) -> None:
    ada, bob, eve = bench.join("ada"), bench.join("bob"), bench.join("eve", worker=2)
    bench.drop(eve)
    bench.reopen()
    bench.register((ada, ada.connection))
    assert bench.states == {"ada": "active", "bob": "away", "eve": "away"}
    assert Presence("bob", "away", 2) in presence(bench)
    bench.register((ada, ada.connection))
    bench.register((eve, eve.connection), worker=2)
    assert bench.states == {"ada": "active", "bob": "away", "eve": "active"}
    assert Presence("eve", "active", 3) in presence(bench)
    assert bench.say(eve, "1", "still here") is None
    del bob


def test_a_worker_that_makes_contact_again_is_told_all_presences(bench: Bench) -> None:
    """The room before it may have died between the journal and the workers."""
    ada, bob = bench.join("ada"), bench.join("bob", worker=2)
    bench.drop(bob)
    bench.join(token=bob.place.token, worker=2)
    bench.reopen()
    bench.signals.clear()
    bench.register((ada, ada.connection))
    assert presence(bench) == [Presence("ada", "active", 1), Presence("bob", "active", 2)]


def test_a_new_worker_is_told_nothing(bench: Bench) -> None:
    bench.join("ada")
    bench.signals.clear()
    bench.register(worker=2)
    assert presence(bench) == []


def test_a_connection_with_operations_on_their_way_is_not_dropped(bench: Bench) -> None:
    """A worker registers the joined ones, and sends operations without an answer again."""
    ada = bench.join("ada")
    bench.reopen()
    bench.perform(
        Register(1, [], [ada.connection]), post(ada.place, ada.connection, "1"), ada.leaves
    )
    assert bench.story == ["ada joined", "ada: hello", "ada left"]


def test_a_connection_that_is_no_members_is_closed(bench: Bench) -> None:
    ada, bob = bench.join("ada"), bench.join("bob")
    bench.leave(bob)
    outcome = bench.register((ada, ada.connection), (ada, 77), (bob, bob.connection))
    closing = CloseReason.SHUTTING_DOWN
    assert outcome.evictions == [(77, closing), (bob.connection, closing)]
    assert bench.states == {"ada": "active"}


def test_a_members_number_is_never_used_again(bench: Bench) -> None:
    """Otherwise new messages would count as repeats of the old member's."""
    ada = bench.join("ada")
    bench.say(ada, "1", "old")
    bench.leave(ada)
    bench.reopen()
    bob = bench.join("bob")
    assert bob.place.member != ada.place.member
    assert bench.say(bob, "1", "new") is None
    assert bench.story[-1] == "bob: new"
