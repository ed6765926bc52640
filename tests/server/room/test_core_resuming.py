"""Coming back: what is missing, who is away and for how long, a room that was restarted."""

import pytest

from server.connections.fanout import FanOut
from server.room.core import rfc3339
from server.room.ipc import Drop
from shared.messages import Joined, Left, Presence, decode_from_server, encode
from tests.fakes import FakeEventStore, FakeSubscriber, turns
from tests.server.room.conftest import OpenBench
from tests.server.room.workbench import Bench, post, wish

# --- what is missing ---------------------------------------------------------------------


def test_resume_serves_exactly_what_is_missing(bench: Bench) -> None:
    ada, bob = bench.join("ada"), bench.join("bob")
    bench.drop(ada)
    bench.say(bob, "1", "missed")
    back = bench.join("somebody else", token=ada.place.token, after=2).place
    assert (back.name, back.member, back.token) == ("ada", ada.place.member, ada.place.token)
    assert (back.start, back.seq, back.reset) == (2, 3, False)
    assert bench.story == ["ada joined", "bob joined", "bob: missed"], "nobody joined or left"


@pytest.mark.parametrize(
    ("after", "reset", "start"),
    [(0, False, 0), (3, False, 3), (4, False, 4), (5, True, 2), (10**30, True, 2)],
)
def test_a_client_that_holds_what_never_was_must_forget(
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
def test_a_client_that_holds_what_is_no_longer_kept_must_forget(
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


def test_a_fresh_member_that_held_events_gets_what_is_missing(bench: Bench) -> None:
    """Its membership ended, its client did not: what it holds still connects."""
    ada = bench.join("ada")
    bench.say(ada, "1")
    bench.leave(ada)
    back = bench.join("ada", after=2).place
    assert (back.start, back.reset, back.seq) == (2, False, 4)


# --- who is away -------------------------------------------------------------------------


def test_presence_is_told_when_it_changes(bench: Bench) -> None:
    ada = bench.join("ada")
    bench.signals.clear()
    bench.drop(ada)
    bench.drop(ada)
    back = bench.join(token=ada.place.token)
    bench.join(token=back.place.token)
    assert presence(bench) == [Presence("ada", "away"), Presence("ada", "active")]
    assert {name for name, _ in bench.signals} == {"ada"}


def presence(bench: Bench) -> list[object]:
    """What everybody was told of presence."""
    return [decode_from_server(body) for _, body in bench.signals if body]


def test_a_second_connection_evicts_the_first(bench: Bench) -> None:
    old = bench.join("ada", worker=1)
    bench.join(token=old.place.token, worker=2)
    assert bench.evictions == [(1, old.connection, 4001)]
    bench.drop(old)
    assert bench.states == {"ada": "active"}


def test_drop_of_nobody_is_nothing(bench: Bench) -> None:
    outcome = bench.perform(Drop(12345))
    assert (outcome.bodies, outcome.signals, outcome.evictions) == ([], [], [])
    assert bench.perform().answers == []


async def test_a_reader_that_was_behind_ends_up_with_the_right_presence(bench: Bench) -> None:
    """Presence is not sequenced: what a slow reader missed of one who left is void."""
    older = FakeEventStore()
    fanout = FanOut(older)
    outlet = FakeSubscriber()

    def tell() -> None:
        fresh = bench.events[fanout.head :]
        older.newest = len(bench.events)
        fanout.deliver(fanout.head + 1, [encode(event) for event in fresh])
        for name, body in bench.signals:
            fanout.signal(name, body)
        bench.signals.clear()

    ada = bench.join("ada")
    tell()
    fanout.serve(fanout.attend(outlet), 1)
    outlet.slow()
    for step in (
        lambda: bench.join("bob"),  # the reader falls behind here
        lambda: bench.drop(ada),
        bench.expire,
        lambda: bench.join("ada"),
    ):
        step()
        bench.now += 30
        tell()
        await turns()
    outlet.drain()
    await turns()
    state = {"ada": "active"}  # as its welcome said
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


def test_grace(bench: Bench) -> None:
    ada, bob = bench.join("ada"), bench.join("bob")
    bench.drop(ada)
    assert bench.core.next_expiry(bench.now) == bench.now + 30
    bench.now += 29.9
    bench.expire()
    assert bench.states == {"ada": "away", "bob": "active"}
    bench.now += 0.1
    bench.expire()
    assert bench.states == {"bob": "active"}
    assert bench.events[-1] == Left(seq=3, at=rfc3339(bench.wall), name="ada", reason="lost")
    assert bench.refused(token=ada.place.token) == "bad_token"
    assert bench.core.next_expiry(bench.now) is None
    bench.say(bob, "1")


def test_nobody_is_lost_who_came_back(bench: Bench) -> None:
    ada = bench.join("ada")
    bench.drop(ada)
    bench.join(token=ada.place.token)
    bench.now += 1000
    bench.expire()
    assert bench.states == {"ada": "active"}


# --- a room process that was restarted ---------------------------------------------------


def test_memberships_survive_and_have_a_grace_period_again(bench: Bench) -> None:
    ada, bob, eve = bench.join("ada"), bench.join("bob"), bench.join("eve")
    bench.leave(eve)
    bench.now += 500
    bench.reopen()
    assert bench.states == {"ada": "away", "bob": "away"}
    assert bench.refused("ADA") == "name_taken"
    back = bench.join(token=ada.place.token, after=4).place
    assert (back.name, back.member, back.start, back.reset) == ("ada", 1, 4, False)
    bench.now += 30
    bench.expire()
    assert bench.story[-1] == "bob left"
    assert bench.names == ["ada"]
    assert bench.refused(token=bob.place.token) == "bad_token"


def test_after_a_restart_there_is_time_to_come_back_however_short_the_grace(
    open_bench: OpenBench,
) -> None:
    bench = open_bench(grace=0)
    ada = bench.join("ada")
    bench.reopen()
    bench.expire()
    back = bench.join("ada", token=ada.place.token)
    assert back.place.member == ada.place.member


def test_workers_register_who_is_here(bench: Bench) -> None:
    ada = bench.join("ada")
    bench.reopen()
    here = wish("ada", connection=ada.connection)
    assert bench.register(ada.place.member, here)
    assert bench.register(ada.place.member, here), "twice is harmless"
    assert bench.states == {"ada": "active"}
    bench.now += 1000
    bench.expire()
    assert bench.say(ada, "1", "still here") is None


def test_whoever_joined_before_a_worker_was_back_learns_who_came_back_with_it(
    bench: Bench,
) -> None:
    """Its list of members says `away` of those whose worker had not registered them yet."""
    ada = bench.join("ada")
    bench.reopen()
    bob = bench.join("bob")
    assert [info.state for info in bob.place.members] == ["away", "active"]
    bench.register(ada.place.member, wish("ada", connection=ada.connection))
    assert presence(bench)[-1:] == [Presence("ada", "active")]


def test_whoever_is_no_member_is_not_registered(bench: Bench) -> None:
    ada = bench.join("ada")
    assert not bench.register(99, wish())
    assert not bench.register(ada.place.member, wish()), "another connection has it"
    assert bench.states == {"ada": "active"}


def test_a_members_number_is_never_used_again(bench: Bench) -> None:
    """Or what the old one said would make the new one's words repeats."""
    ada = bench.join("ada")
    bench.say(ada, "1", "old")
    bench.leave(ada)
    bench.reopen()
    bob = bench.join("bob")
    assert bob.place.member != ada.place.member
    assert bench.say(bob, "1", "new") is None
    assert bench.story[-1] == "bob: new"
