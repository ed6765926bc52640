"""Posts get one place in one order, and none is sequenced twice."""

from datetime import UTC, datetime, timedelta

from server.room.interface import Post, PostResult, StoredFile
from server.room.log import rfc3339
from server.room.room_side.figures import Counters
from server.room.storage.forgetting import PRUNE_EVERY
from shared.codec import decode_event, encode
from shared.messages import File, Joined, Left, Said, Shared
from tests.server.room.conftest import OpenBench
from tests.server.room.workbench import Bench, Guest, code, join_operation, join_request, post

# --- one order ---------------------------------------------------------------------------


def test_all_operations_have_one_order(bench: Bench) -> None:
    ada, bob = bench.join("ada"), bench.join("bob")
    bench.perform(
        post(bob.place, bob.connection, "1", "first"),
        post(ada.place, ada.connection, "1", "second"),
        bob.leaves,
        post(ada.place, ada.connection, "2", "third"),
    )
    assert bench.story == [
        "ada joined", "bob joined", "bob: first", "ada: second", "bob left", "ada: third",
    ]  # fmt: skip
    assert [event.seq for event in bench.events] == [1, 2, 3, 4, 5, 6]


def test_events_are_those_of_the_protocol(bench: Bench) -> None:
    ada = bench.join("ada")
    bench.say(ada, "key", "hi\n\u2028")
    bench.leave(ada)
    at = rfc3339(bench.wall)
    assert bench.events == [
        Joined(seq=1, at=at, name="ada", member=1),
        Said(seq=2, at=at, name="ada", member=1, text="hi\n\u2028", id="key"),
        Left(seq=3, at=at, name="ada", member=1, reason="quit"),
    ]
    assert bench.journal.event(2) == (
        b'{"type":"said","seq":2,"at":"%b","member":1,"name":"ada","text":"hi\\n\xe2\x80\xa8",'
        b'"id":"key"}' % at.encode()
    )


def test_at_never_goes_back(bench: Bench) -> None:
    ada = bench.join("ada")
    first = bench.events[-1].at
    bench.wall -= 299
    bench.say(ada, "1")
    assert bench.events[-1].at == first
    bench.reopen()
    bench.join("bob")
    assert bench.events[-1].at == first, "a restart does not bring the wrong clock in"
    bench.wall += 7200
    bench.join("eve")
    assert bench.events[-1].at == rfc3339(bench.wall)


def test_at_follows_the_clock_again_after_the_clock_was_far_ahead(bench: Bench) -> None:
    ada = bench.join("ada")
    bench.wall += 10 * 365 * 86400
    bench.say(ada, "ahead")
    ahead = bench.wall
    bench.wall -= 10 * 365 * 86400 - 60
    bench.reopen()
    again = bench.join(token=ada.place.token)
    outcome = bench.perform(post(again.place, again.connection, "right"))
    assert bench.events[-1].at == rfc3339(bench.wall)
    assert outcome.ahead == timedelta(seconds=ahead - bench.wall)
    bob = bench.perform(join_operation(join_request("bob")))
    assert bob.ahead is None, "it is put right once"
    assert bench.core.roster.members()[-1].since == rfc3339(bench.wall)


def test_what_writes_no_event_puts_no_clock_right(bench: Bench) -> None:
    ada = bench.join("ada")
    bench.wall -= 3600
    assert bench.drop(ada).ahead is None
    bench.say(bench.join(token=ada.place.token), "1")
    assert bench.events[-1].at == rfc3339(bench.wall)


def test_the_first_event_at_a_time_where_the_clock_was_set_back(bench: Bench) -> None:
    """All events from there on came at that time or later."""
    ada = bench.join("ada")  # 1, at 0
    start = bench.wall
    for seq, wall in enumerate([10, 9000, 9001, 20, 30, 8000, 40, 50], 2):
        bench.wall = start + wall
        bench.say(ada, f"{seq}")

    def first_at(wall: float) -> int:
        return bench.journal.first_at(datetime.fromtimestamp(start + wall, UTC))

    assert [first_at(wall) for wall in (-1, 0, 1, 10, 15, 25, 30, 35, 45, 60, 8500, 9999)] == [
        1, 1, 2, 2, 3, 6, 6, 7, 9, 10, 10, 10,
    ]  # fmt: skip
    bench.reopen()
    assert first_at(25) == 6


def test_at_moves_with_written_events_only(bench: Bench) -> None:
    """Or a room that was restarted would give the next event another time."""
    ada = bench.join("ada")
    bench.say(ada, "1")
    first = bench.events[-1].at
    bench.wall += 7200
    bench.say(ada, "1")
    bench.wall -= 7200
    bench.say(ada, "2")
    assert bench.events[-1].at == first


def test_the_journal_has_exactly_the_events_that_were_sent_out(bench: Bench) -> None:
    ada = bench.join("ada")
    for number in range(20):
        bench.say(ada, f"{number}")
    kept = bench.journal.after(0, 100)
    assert kept is not None
    assert [decode_event(body) for body in kept] == bench.events


def test_only_transactions_are_counted_as_batches(bench: Bench) -> None:
    ada = bench.join("ada")
    outcomes = [bench.perform(post(ada.place, ada.connection, "k")) for _ in range(2)]
    assert [outcome.written for outcome in outcomes] == [True, False]


# --- nothing twice -----------------------------------------------------------------------


def test_the_same_key_in_one_batch(bench: Bench) -> None:
    ada = bench.join("ada")
    one = post(ada.place, ada.connection, "k", "once")
    other = post(ada.place, ada.connection, "l", "other")
    outcome = bench.perform(one, one, other, one)
    assert bench.story[1:] == ["ada: once", "ada: other"]
    assert outcome.answers == [None, PostResult(seq=2), None, PostResult(seq=2)]


def test_the_same_key_later(bench: Bench) -> None:
    ada = bench.join("ada")
    bench.say(ada, "k", "once")
    bench.say(ada, "l", "other")
    assert bench.say(ada, "k", "once") == PostResult(seq=2)
    assert bench.say(ada, "k", "changed my mind") == PostResult(seq=2)
    assert bench.story[1:] == ["ada: once", "ada: other"]


def test_the_same_key_after_the_room_was_restarted(bench: Bench) -> None:
    ada = bench.join("ada")
    bench.say(ada, "k", "once")
    bench.reopen()
    again = bench.join("ada", token=ada.place.token, after=1)
    assert bench.say(again, "k", "once") == PostResult(seq=2)
    assert bench.say(again, "l", "other") is None
    assert bench.story[1:] == ["ada: once", "ada: other"]


def test_a_repeat_among_others_leaves_no_gap(bench: Bench) -> None:
    ada, bob = bench.join("ada"), bench.join("bob")
    bench.say(ada, "k", "once")
    outcome = bench.perform(
        post(bob.place, bob.connection, "a", "before"),
        post(ada.place, ada.connection, "k", "once"),
        ada.leaves,
        post(bob.place, bob.connection, "b", "after"),
    )
    assert outcome.answers == [None, PostResult(seq=3), None, None]
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
    counters = Counters()
    for _ in range(2):
        counters.count(bench.perform(post(ada.place, ada.connection, "k")))
    assert (counters.posts, counters.duplicates, counters.batches) == (1, 1, 1)
    assert bench.core.roster.members()[0].sent == 1


def test_a_pruned_message_is_not_sequenced_again(
    open_bench: OpenBench,
) -> None:
    """Pruning removes events, and keeps the keys of members."""
    bench = open_bench(keep=10)
    ada, bob = bench.join("ada"), bench.join("bob")
    bench.say(ada, "k", "once")
    bench.perform(*(post(bob.place, bob.connection, f"{n}") for n in range(PRUNE_EVERY)))
    bench.say(ada, "k", "once")
    assert bench.story.count("ada: once") == 1


def test_messages_without_an_id_are_known_by_their_number(bench: Bench) -> None:
    """A worker sends them again to a room that was restarted."""
    ada = bench.join("ada")
    one, other = (
        post(ada.place, ada.connection, "", text, number=number)
        for number, text in ((2**62, "one"), (2**62 + 1, "other"))
    )
    bench.perform(one)
    bench.reopen()
    assert bench.answers(one, other) == [PostResult(seq=2), None]
    assert bench.story[1:] == ["ada: one", "ada: other"]


# --- permission to post ------------------------------------------------------------------


def test_a_membership_that_ended_cannot_post(bench: Bench) -> None:
    ada = bench.join("ada")
    bench.leave(ada)
    answer = bench.say(ada, "1")
    assert code(answer) == "not_joined"
    assert bench.story == ["ada joined", "ada left"]


def test_a_replaced_connection_cannot_post(bench: Bench) -> None:
    old = bench.join("ada")
    new = bench.join("ada", token=old.place.token)
    answer = bench.say(old, "1", "from the old window")
    assert code(answer) == "not_joined"
    assert bench.say(new, "1", "from the new one") is None
    assert bench.story == ["ada joined", "ada: from the new one"]


def test_a_post_behind_a_leave_in_the_same_batch_is_refused(bench: Bench) -> None:
    ada = bench.join("ada")
    outcome = bench.perform(
        post(ada.place, ada.connection, "1", "bye"),
        ada.leaves,
        post(ada.place, ada.connection, "2", "late"),
    )
    assert bench.story == ["ada joined", "ada: bye", "ada left"]
    assert code(outcome.answers[2]) == "not_joined"


def test_a_replaced_connection_cannot_leave(bench: Bench) -> None:
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
    assert bench.perform(share(ada, "file k")).answers == [PostResult(seq=2)]
    assert bench.journal.file_count() == 1


def share(guest: Guest, key: str) -> Post:
    file = File("f1", "a.txt", 3, "00", 1, "abc", "/files/f1/a.txt")
    shared = encode(Shared(seq=0, at="", name=guest.place.name, file=file))
    tail = b'"name"' + shared.partition(b'"name"')[2]
    stored = StoredFile(file, "a (2).txt", "utf-8")
    return Post(member=guest.place.member, connection=0, key=key, tail=tail, stored=stored)


def test_an_upload_whose_answer_was_lost_is_known_after_its_membership(
    bench: Bench,
) -> None:
    """The worker asks again after a restart; "not a member" would make it delete the file."""
    ada = bench.join("ada")
    bench.perform(share(ada, "file k"), ada.leaves)
    bench.reopen()
    assert bench.perform(share(ada, "file k")).answers == [PostResult(seq=2)]
