"""One order for everybody: sequencing, joining, resuming, repeats, a disk that is full."""

import sqlite3

import pytest

from server.fanout import FanOut
from server.room.core import rfc3339
from server.room.interface import Answer, Peer, Post, StoredFile
from server.room.journal import PRUNE_EVERY, Journal
from server.room.wire import Drop, Leave
from shared.messages import (
    File,
    Joined,
    Left,
    Presence,
    Said,
    Shared,
    decode_event,
    decode_from_server,
    encode,
)
from tests.fakes import FakeOlder, FakeOutlet, turns
from tests.server.room.bench import PEER, Bench, Guest, post, wish
from tests.server.room.conftest import OpenBench

# --- what is said ------------------------------------------------------------------------


def test_everything_has_a_place_in_one_order(bench: Bench) -> None:
    ada, bob = bench.join("ada"), bench.join("bob")
    bench.perform(
        post(bob.place, bob.connection, "1", "first"),
        post(ada.place, ada.connection, "1", "second"),
        Leave(bob.place.member, bob.connection, "quit"),
        post(ada.place, ada.connection, "2", "third"),
    )
    assert bench.story == [
        "ada joined", "bob joined", "bob: first", "ada: second", "bob left", "ada: third",
    ]  # fmt: skip
    assert [event.seq for event in bench.events] == [1, 2, 3, 4, 5, 6]


def test_events_are_what_the_protocol_says(bench: Bench) -> None:
    ada = bench.join("ada")
    bench.say(ada, "key", "hi\n\u2028")
    bench.leave(ada)
    at = rfc3339(bench.wall)
    assert bench.events == [
        Joined(seq=1, at=at, name="ada"),
        Said(seq=2, at=at, name="ada", text="hi\n\u2028", id="key"),
        Left(seq=3, at=at, name="ada", reason="quit"),
    ]
    assert [bench.journal.event(seq) for seq in (1, 2, 3)] == [
        encode(event) for event in bench.events
    ]


@pytest.mark.parametrize(
    ("wall", "text"),
    [
        (0.0, "1970-01-01T00:00:00.000Z"),
        (1_795_334_400.123, "2026-11-22T08:00:00.123Z"),
        (1_795_334_400.9999, "2026-11-22T08:00:00.999Z"),
    ],
)
def test_at(wall: float, text: str) -> None:
    assert rfc3339(wall) == text


def test_at_never_goes_back(bench: Bench) -> None:
    ada = bench.join("ada")
    first = bench.events[-1].at
    bench.wall -= 3600
    bench.say(ada, "1")
    assert bench.events[-1].at == first
    bench.reopen()
    bench.join("bob")
    assert bench.events[-1].at == first, "a restart does not bring the wrong clock in"
    bench.wall += 7200
    bench.join("eve")
    assert bench.events[-1].at == rfc3339(bench.wall)


# --- nothing twice -----------------------------------------------------------------------


def test_the_same_key_in_one_batch(bench: Bench) -> None:
    ada = bench.join("ada")
    one = post(ada.place, ada.connection, "k", "once")
    other = post(ada.place, ada.connection, "l", "other")
    outcome = bench.perform(one, one, other, one)
    assert bench.story[1:] == ["ada: once", "ada: other"]
    assert outcome.answers == [None, Answer(seq=2), None, Answer(seq=2)]


def test_the_same_key_later(bench: Bench) -> None:
    ada = bench.join("ada")
    bench.say(ada, "k", "once")
    bench.say(ada, "l", "other")
    assert bench.say(ada, "k", "once") == Answer(seq=2)
    assert bench.say(ada, "k", "changed my mind") == Answer(seq=2)
    assert bench.story[1:] == ["ada: once", "ada: other"]


def test_the_same_key_after_the_room_was_restarted(bench: Bench) -> None:
    ada = bench.join("ada")
    bench.say(ada, "k", "once")
    bench.reopen()
    again = bench.join("ada", token=ada.place.token, after=1)
    assert bench.say(again, "k", "once") == Answer(seq=2)
    assert bench.say(again, "l", "other") is None
    assert bench.story[1:] == ["ada: once", "ada: other"]


def test_a_repeat_among_others_leaves_no_gap(bench: Bench) -> None:
    ada, bob = bench.join("ada"), bench.join("bob")
    bench.say(ada, "k", "once")
    outcome = bench.perform(
        post(bob.place, bob.connection, "a", "before"),
        post(ada.place, ada.connection, "k", "once"),
        Leave(ada.place.member, ada.connection, "quit"),
        post(bob.place, bob.connection, "b", "after"),
    )
    assert outcome.answers == [None, Answer(seq=3), None, None]
    assert bench.story[3:] == ["bob: before", "ada left", "bob: after"]


def test_keys_are_each_members_own(bench: Bench) -> None:
    ada, bob = bench.join("ada"), bench.join("bob")
    assert bench.say(ada, "1") is None
    assert bench.say(bob, "1") is None
    bench.leave(bob)
    new = bench.join("bob")
    assert bench.say(new, "1") is None, "the next of that name has said nothing yet"


def test_a_repeat_is_counted_once_and_no_post(bench: Bench) -> None:
    ada = bench.join("ada")
    bench.say(ada, "k")
    bench.say(ada, "k")
    assert (bench.core.counters.posts, bench.core.counters.duplicates) == (1, 1)
    assert bench.core.roster.members()[0].sent == 1


def test_what_was_said_is_not_said_again_though_it_is_no_longer_kept(
    open_bench: OpenBench,
) -> None:
    """Pruning forgets events, not the promise: the same member and id are never said twice."""
    bench = open_bench(keep=10)
    ada, bob = bench.join("ada"), bench.join("bob")
    bench.say(ada, "k", "once")
    bench.perform(*(post(bob.place, bob.connection, f"{n}") for n in range(PRUNE_EVERY)))
    bench.say(ada, "k", "once")
    assert bench.story.count("ada: once") == 1


# --- who may say something ---------------------------------------------------------------


def test_a_membership_that_ended_says_nothing(bench: Bench) -> None:
    ada = bench.join("ada")
    bench.leave(ada)
    answer = bench.say(ada, "1")
    assert answer
    assert answer.code == "not_joined"
    assert bench.story == ["ada joined", "ada left"]


def test_a_replaced_connection_says_nothing(bench: Bench) -> None:
    old = bench.join("ada")
    new = bench.join("ada", token=old.place.token)
    answer = bench.say(old, "1", "from the old window")
    assert answer
    assert answer.code == "not_joined"
    assert bench.say(new, "1", "from the new one") is None
    assert bench.story == ["ada joined", "ada: from the new one"]


def test_leaving_in_the_same_batch_ends_what_comes_after(bench: Bench) -> None:
    ada = bench.join("ada")
    outcome = bench.perform(
        post(ada.place, ada.connection, "1", "bye"),
        Leave(ada.place.member, ada.connection, "quit"),
        post(ada.place, ada.connection, "2", "late"),
    )
    assert bench.story == ["ada joined", "ada: bye", "ada left"]
    assert outcome.answers[2]
    assert outcome.answers[2].code == "not_joined"


def test_nobody_leaves_for_another(bench: Bench) -> None:
    old = bench.join("ada")
    new = bench.join("ada", token=old.place.token)
    bench.leave(old)
    bench.drop(old)
    assert bench.states == {"ada": "active"}
    bench.leave(new)
    assert bench.names == []


def test_an_upload_is_bound_to_the_member_not_to_a_connection(bench: Bench) -> None:
    ada = bench.join("ada")
    bench.drop(ada)
    assert bench.perform(share(ada, "file k")).answers == [None]
    event = bench.events[-1]
    assert isinstance(event, Shared)
    stored = bench.journal.file(event.file.id)
    assert stored
    assert stored.stored == "a (2).txt"
    assert bench.perform(share(ada, "file k")).answers == [Answer(seq=2)]
    assert (bench.core.stats().files, bench.core.stats().file_bytes) == (1, 3)


def share(guest: Guest, key: str) -> Post:
    file = File("f1", "a.txt", 3, "00", 1, "abc", "/files/f1/a.txt")
    shared = encode(Shared(seq=0, at="", name=guest.place.name, file=file))
    tail = b'"name"' + shared.partition(b'"name"')[2]
    stored = StoredFile(file, "a (2).txt", "utf-8")
    return Post(member=guest.place.member, connection=0, key=key, tail=tail, stored=stored)


def test_an_upload_whose_answer_was_lost_is_still_known_when_the_member_is_gone(
    bench: Bench,
) -> None:
    """The worker asks again after a restart; "not a member" would make it delete the file."""
    ada = bench.join("ada")
    bench.perform(share(ada, "file k"), Leave(ada.place.member, ada.connection, "quit"))
    bench.reopen()
    assert bench.perform(share(ada, "file k")).answers == [Answer(seq=2)]


# --- joining -----------------------------------------------------------------------------


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


# --- coming back -------------------------------------------------------------------------


def test_resume_serves_exactly_what_is_missing(bench: Bench) -> None:
    ada, bob = bench.join("ada"), bench.join("bob")
    bench.drop(ada)
    bench.say(bob, "1", "missed")
    back = bench.join("somebody else", token=ada.place.token, after=2).place
    assert (back.name, back.member, back.token) == ("ada", ada.place.member, ada.place.token)
    assert (back.start, back.seq, back.reset) == (2, 3, False)
    assert bench.story == ["ada joined", "bob joined", "bob: missed"], "nobody joined or left"


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


def test_old_events_of_a_fresh_member_are_kept_ones(open_bench: OpenBench) -> None:
    bench = open_bench(keep=5)
    ada = bench.join("ada")
    bench.perform(*(post(ada.place, ada.connection, f"{n}") for n in range(99)))
    start = bench.join("bob", history=50).place.start
    assert bench.journal.after(start, 99) == [encode(event) for event in bench.events[start:]]


def test_a_fresh_member_that_held_events_gets_what_is_missing(bench: Bench) -> None:
    """Its membership ended, its client did not: what it holds still connects."""
    ada = bench.join("ada")
    bench.say(ada, "1")
    bench.leave(ada)
    back = bench.join("ada", after=2).place
    assert (back.start, back.reset, back.seq) == (2, False, 4)


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


# --- a disk that is full -----------------------------------------------------------------


def full(bench: Bench, is_full: bool = True) -> None:
    journal = bench.journal
    assert hasattr(journal, "full")
    journal.full = is_full


def test_words_are_refused_while_nothing_can_be_written(bench: Bench) -> None:
    ada = bench.join("ada")
    full(bench)
    answer = bench.say(ada, "1", "lost?")
    assert answer
    assert answer.code == "storage"
    assert "disk full" in answer.reason
    full(bench, is_full=False)
    assert bench.say(ada, "1", "no, said again") is None
    assert bench.story == ["ada joined", "ada: no, said again"]
    assert bench.core.counters.storage_errors == 1


def test_joins_and_leaves_hold_and_are_told_later_in_order(bench: Bench) -> None:
    ada, bob = bench.join("ada"), bench.join("bob")
    full(bench)
    eve = bench.join("eve", history=0)
    assert (eve.place.seq, eve.place.start) == (2, 2)
    bench.leave(bob)
    assert bench.names == ["ada", "eve"]
    answer = bench.say(eve, "1", "not now")
    assert answer
    assert answer.code == "storage"
    assert len(bench.events) == 2
    full(bench, is_full=False)
    bench.say(ada, "1", "it works again")
    assert bench.story[2:] == ["eve joined", "bob left", "ada: it works again"]
    bench.reopen()
    assert bench.names == ["ada", "eve"]


def test_what_is_owed_is_written_without_anybody_saying_anything(bench: Bench) -> None:
    full(bench)
    bench.join("ada")
    assert bench.core.next_expiry(bench.now) == bench.now + 1
    bench.expire()
    assert bench.events == []
    full(bench, is_full=False)
    bench.expire()
    assert bench.story == ["ada joined"]
    assert bench.core.next_expiry(bench.now) is None


def test_who_came_and_went_meanwhile_is_told_too(bench: Bench) -> None:
    full(bench)
    ada = bench.join("ada")
    bench.drop(ada)
    bench.now += 30
    bench.expire()
    full(bench, is_full=False)
    bob = bench.join("bob", history=50)
    assert bench.story == ["ada joined", "ada left", "bob joined"]
    assert (bob.place.seq, bob.place.start) == (3, 0)
    bench.reopen()
    assert bench.names == ["bob"]


def test_a_grace_period_ends_in_time_while_events_are_owed(bench: Bench) -> None:
    ada = bench.join("ada")
    full(bench)
    bench.join("bob")
    bench.drop(ada)
    bench.now += 29.9
    due = bench.core.next_expiry(bench.now)
    assert due is not None
    assert due <= bench.now + 0.1 + 1e-6


def test_a_really_full_disk(open_bench: OpenBench) -> None:
    bench = open_bench(journal=Journal)
    ada = bench.join("ada")
    bench.journal._db.execute("PRAGMA max_page_count = 1")
    answer = bench.say(ada, "1", "x" * 100_000)
    assert answer
    assert answer.code == "storage"
    bench.journal._db.execute("PRAGMA max_page_count = 100000")
    assert bench.say(ada, "1", "x" * 100_000) is None
    assert len(bench.events) == 2


def test_a_repeat_of_words_that_could_not_be_written_is_not_accepted(
    open_bench: OpenBench,
) -> None:
    """`accepted` says that it is journaled: here it is not, so both get the error."""
    bench = open_bench(journal=Journal)
    ada = bench.join("ada")
    bench.journal._db.execute("PRAGMA max_page_count = 1")
    small = post(ada.place, ada.connection, "k", "small")
    big = post(ada.place, ada.connection, "l", "x" * 100_000)
    outcome = bench.perform(small, small, big)
    codes = [answer.code if answer else None for answer in outcome.answers]
    assert codes == ["storage", "storage", "storage"]


def test_a_disk_that_cannot_be_read_is_answered_too(open_bench: OpenBench) -> None:
    """Looking a repeat up may fail as well: an error is answered, not raised."""
    bench = open_bench(journal=Journal)
    ada = bench.join("ada")
    bench.say(ada, "k")

    def no_reading(action: int, *what: object) -> int:
        return sqlite3.SQLITE_DENY if action == sqlite3.SQLITE_SELECT else sqlite3.SQLITE_OK

    bench.journal._db.set_authorizer(no_reading)
    outcome = bench.core.perform([post(ada.place, ada.connection, "k")], bench.now, bench.wall)
    bench.journal._db.set_authorizer(None)
    assert outcome.answers[0]
    assert outcome.answers[0].code == "storage"


def test_only_transactions_are_counted_as_batches(bench: Bench) -> None:
    ada = bench.join("ada")
    bench.say(ada, "k")
    bench.say(ada, "k")
    assert bench.core.counters.batches == 2


# --- with a fan-out behind it ------------------------------------------------------------


async def test_a_reader_that_was_behind_ends_up_with_the_right_presence(bench: Bench) -> None:
    """Presence is not sequenced: what a slow reader missed of one who left is void."""
    older = FakeOlder()
    fanout = FanOut(older)
    outlet = FakeOutlet()

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


def test_drop_of_nobody_is_nothing(bench: Bench) -> None:
    outcome = bench.perform(Drop(12345))
    assert (outcome.bodies, outcome.signals, outcome.evictions) == ([], [], [])
    assert bench.perform().answers == []


def test_the_journal_never_holds_what_was_not_handed_out(bench: Bench) -> None:
    ada = bench.join("ada")
    for number in range(20):
        bench.say(ada, f"{number}")
    kept = bench.journal.after(0, 100)
    assert kept is not None
    assert [decode_event(body) for body in kept] == bench.events


def test_a_seq_of_another_journal_means_nothing_here(bench: Bench) -> None:
    ada = bench.join("ada")
    bench.say(ada, "k")
    same = bench.join("bob", after=1, journal=ada.place.journal).place
    other = bench.join("cid", after=1, journal="another", history=1).place
    assert (same.reset, same.start) == (False, 1)
    assert (other.reset, other.start) == (True, other.seq - 2)


def test_after_a_restart_there_is_time_to_come_back_however_short_the_grace(
    open_bench: OpenBench,
) -> None:
    bench = open_bench(grace=0)
    ada = bench.join("ada")
    bench.reopen()
    bench.expire()
    back = bench.join("ada", token=ada.place.token)
    assert back.place.member == ada.place.member
