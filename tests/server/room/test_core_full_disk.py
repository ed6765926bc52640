"""A disk that is full or cannot be read: an entry is written whole, or did not happen."""

import sqlite3

import pytest

from server.room.storage.errors import StorageError
from server.room.storage.journal import Journal
from shared.codec import encode
from shared.messages import Presence
from tests.server.room.conftest import OpenBench
from tests.server.room.workbench import (
    Bench,
    FlakyJournal,
    join_operation,
    join_request,
    post,
)


def full(bench: Bench, is_full: bool = True) -> None:
    assert isinstance(bench.journal, FlakyJournal)
    bench.journal.full = is_full


def test_an_entry_that_cannot_be_written_did_not_happen(bench: Bench) -> None:
    ada, bob = bench.join("ada"), bench.join("bob")
    bench.say(ada, "1")
    before = list(bench.signals), bench.states, bench.core.last_at
    full(bench)
    for operations in (
        [post(ada.place, ada.connection, "2")],
        [join_operation(join_request("eve"))],
        [ada.leaves],
        [bob.drops, ada.leaves],
    ):
        bench.wall += 60
        with pytest.raises(StorageError, match="disk full"):
            bench.perform(*operations)
        assert (bench.signals, bench.states, bench.core.last_at) == before
    full(bench, is_full=False)
    eve = bench.join("eve")
    assert eve.place.member == 3
    assert bench.say(ada, "2") is None
    bench.perform(ada.leaves, bob.drops)
    assert bench.story[2:] == ["ada: hello", "eve joined", "ada: hello", "ada left"]
    assert bench.signals[-1] == ("bob", encode(Presence("bob", "away", 2)))
    assert bench.states == {"bob": "away", "eve": "active"}


def test_figures_of_members_stay(bench: Bench) -> None:
    ada = bench.join("ada")
    bench.say(ada, "1")
    full(bench)
    with pytest.raises(StorageError):
        bench.say(ada, "2")
    assert [member.sent for member in bench.core.roster.members()] == [1]


def test_a_really_full_disk(open_bench: OpenBench) -> None:
    bench = open_bench(journal=Journal)
    ada = bench.join("ada")
    bench.journal._db.execute("PRAGMA max_page_count = 1")
    with pytest.raises(StorageError):
        bench.say(ada, "1", "x" * 100_000)
    bench.journal._db.execute("PRAGMA max_page_count = 100000")
    assert bench.say(ada, "1", "x" * 100_000) is None
    assert len(bench.events) == 2


def test_a_disk_that_cannot_be_read(open_bench: OpenBench) -> None:
    """Looking a repeat up fails, and so does going back: both are tried again."""
    bench = open_bench(journal=Journal)
    ada = bench.join("ada")
    bench.say(ada, "k")

    def no_reading(action: int, *what: object) -> int:
        return sqlite3.SQLITE_DENY if action == sqlite3.SQLITE_SELECT else sqlite3.SQLITE_OK

    bench.journal._db.set_authorizer(no_reading)
    for _ in range(2):
        with pytest.raises(StorageError):
            bench.say(ada, "k")
    bench.journal._db.set_authorizer(None)
    repeated = bench.say(ada, "k")
    assert repeated
    assert repeated.seq == 2
