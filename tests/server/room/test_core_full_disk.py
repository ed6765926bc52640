"""A disk that is full: words are refused, who came and went is told later."""

import sqlite3

from server.room.storage.journal import Journal
from tests.server.room.conftest import OpenBench
from tests.server.room.workbench import Bench, post


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
