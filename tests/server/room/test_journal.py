"""What was said, kept: order, keys, memberships, files, pruning, a disk that is full."""

import gc
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import datetime
from pathlib import Path

import pytest

from server.room.interface import StoredFile
from server.room.storage.journal import (
    PRUNE_EVERY,
    Batch,
    Journal,
    JournalError,
    JournalReader,
    KeptMember,
    OvertakenError,
    RepeatedError,
    Row,
    StorageError,
)
from shared.messages import File, Joined, encode

type OpenJournal = Callable[..., Journal]


@pytest.fixture
def open_journal(tmp_path: Path) -> Iterator[OpenJournal]:
    with ExitStack() as stack:
        yield lambda keep=0: stack.enter_context(closing(Journal(tmp_path / "j.sqlite3", keep)))


@pytest.fixture
def journal(open_journal: OpenJournal) -> Journal:
    return open_journal()


@pytest.fixture
def reader(journal: Journal, tmp_path: Path) -> Iterator[JournalReader]:
    with closing(JournalReader(tmp_path / "j.sqlite3")) as reader:
        yield reader


def write(journal: Journal, count: int) -> None:
    """`count` events more; the body of an event is its seq."""
    first = journal.newest() + 1
    rows = [Row(seq, 1, f"k{seq}", b"%d" % seq) for seq in range(first, first + count)]
    journal.append(Batch(rows=rows))


def bodies(first: int, last: int) -> list[bytes]:
    return [b"%d" % seq for seq in range(first, last + 1)]


def test_a_new_room_has_nothing(journal: Journal) -> None:
    assert journal.newest() == 0
    assert journal.first_kept() == 1
    assert journal.after(0, 10) == []
    assert journal.before(1, 10) == ([], False)
    assert journal.event(0) is None
    assert journal.memberships() == []
    assert journal.last_member_id() == 0
    assert journal.file_count() == 0


@pytest.mark.parametrize(
    ("seq", "limit", "expected"),
    [
        (0, 100, bodies(1, 10)),
        (0, 3, bodies(1, 3)),
        (7, 3, bodies(8, 10)),
        (9, 9, [b"10"]),
        (10, 9, []),
        (99, 9, []),
    ],
)
def test_after(
    reader: JournalReader, journal: Journal, seq: int, limit: int, expected: list[bytes]
) -> None:
    write(journal, 10)
    assert reader.after(seq, limit) == expected


@pytest.mark.parametrize(
    ("seq", "limit", "expected"),
    [
        (11, 100, (bodies(1, 10), False)),
        (11, 10, (bodies(1, 10), False)),
        (11, 9, (bodies(2, 10), True)),
        (10**30, 2, (bodies(9, 10), True)),
        (5, 2, (bodies(3, 4), True)),
        (3, 2, (bodies(1, 2), False)),
        (2, 5, ([b"1"], False)),
        (1, 5, ([], False)),
    ],
)
def test_before(
    reader: JournalReader, journal: Journal, seq: int, limit: int, expected: object
) -> None:
    write(journal, 10)
    assert reader.before(seq, limit) == expected


@pytest.mark.parametrize(
    ("seq", "limit", "expected"),
    [
        (1, 100, (bodies(1, 10), False)),
        (1, 3, (bodies(1, 3), False)),
        (8, 3, (bodies(8, 10), True)),
        (8, 99, (bodies(8, 10), True)),
        (11, 5, ([], True)),
        (2**62, 5, ([], True)),
    ],
)
def test_since(
    reader: JournalReader, journal: Journal, seq: int, limit: int, expected: object
) -> None:
    write(journal, 10)
    assert reader.since(seq, limit) == expected


def test_since_a_seq_that_is_not_kept_is_since_the_first(
    open_journal: OpenJournal,
) -> None:
    journal = open_journal(keep=5)
    write(journal, 20)
    assert journal.since(3, 2) == (bodies(16, 17), False)


@pytest.mark.parametrize(
    ("when", "seq"),
    [
        ("2000-01-01T00:00:00Z", 1),
        ("2026-11-22T08:00:00Z", 1),
        ("2026-11-22T08:00:00.001Z", 4),
        ("2026-11-22T10:00:01+01:00", 4),
        ("2026-11-22T09:00:01.001Z", 5),
        ("2026-11-24T00:00:00Z", 7),
        ("0001-01-01T00:00:00+14:00", 1),
        ("9999-12-31T23:59:59-14:00", 7),
    ],
)
def test_the_first_event_at_a_time(
    reader: JournalReader, journal: Journal, when: str, seq: int
) -> None:
    at = ["22T08:00:00.000Z"] * 3 + ["22T09:00:01.000Z"] + ["23T00:00:00.000Z"] * 2
    rows = [
        Row(seq, 1, None, encode(Joined(seq=seq, at=f"2026-11-{one}", name="ada")))
        for seq, one in enumerate(at, 1)
    ]
    assert reader.first_at(datetime.fromisoformat(when)) == 1
    journal.append(Batch(rows=rows))
    assert reader.first_at(datetime.fromisoformat(when)) == seq


def test_a_reader_sees_what_is_written_at_once(journal: Journal, reader: JournalReader) -> None:
    for count in range(1, 4):
        write(journal, 1)
        assert reader.newest() == count
        assert reader.event(count) == b"%d" % count


def test_a_key_is_written_once_and_the_batch_with_it_not_at_all(journal: Journal) -> None:
    write(journal, 2)
    twice = Batch(rows=[Row(3, 1, "new", b"3"), Row(4, 1, "k1", b"4")])
    with pytest.raises(RepeatedError):
        journal.append(twice)
    assert journal.newest() == 2
    assert journal.after(0, 9) == bodies(1, 2)
    assert journal.posted([(1, "k1"), (1, "k2"), (1, "new")]) == {(1, "k1"): 1, (1, "k2"): 2}
    assert journal.posted([(2, "k1")]) == {}
    journal.append(
        Batch(rows=[Row(3, 2, "k1", b"3"), Row(4, 1, None, b"4"), Row(5, 1, None, b"5")])
    )
    assert journal.after(0, 9) == bodies(1, 5)


def test_memberships_and_files_change_with_their_events(
    journal: Journal, open_journal: OpenJournal
) -> None:
    ada = KeptMember(1, "ada", b"hash", "2026-11-22T08:00:00.000Z")
    bob = KeptMember(2, "bob", b"hush", "2026-11-22T08:00:01.000Z")
    file = StoredFile(
        File("f1", "a.txt", 3, "00", 1, "abc", "/files/f1/a.txt"), "a.txt", "utf-8"
    )
    journal.append(
        Batch(rows=[Row(1, 1, None, b"1"), Row(2, 2, None, b"2")], joined=[ada, bob])
    )
    journal.append(Batch(rows=[Row(3, 2, "file k", b"3", file)]))
    journal.append(Batch(rows=[Row(4, 1, None, b"4")], left=[1]))
    for one in (journal, open_journal()):
        assert list(one.memberships()) == [bob]
        assert one.last_member_id() == 2
        assert one.file("f1") == file
        assert one.file("f2") is None
        assert one.file_count() == 1


def test_a_members_number_is_never_given_again(
    journal: Journal, open_journal: OpenJournal
) -> None:
    ada = KeptMember(5, "ada", b"hash", "2026-11-22T08:00:00.000Z")
    journal.append(Batch(rows=[Row(1, 5, None, b"1")], joined=[ada]))
    journal.append(Batch(rows=[Row(2, 5, None, b"2")], left=[5]))
    assert open_journal().last_member_id() == 5


def test_of_two_that_write_the_second_is_told_and_changes_nothing(
    journal: Journal, open_journal: OpenJournal, reader: JournalReader
) -> None:
    """It would say the same again, or something else under the same `seq`."""
    write(journal, 2)
    late = open_journal()
    write(journal, 1)
    member = KeptMember(7, "ada", b"hash", "2026-11-22T08:00:00.000Z")
    for batch in (
        Batch(rows=[Row(3, 1, "k3", b"3")]),
        Batch(rows=[Row(3, 9, "other", b"x"), Row(4, 9, "another", b"y")]),
        Batch(rows=[Row(3, 7, None, b"joined")], joined=[member]),
    ):
        with pytest.raises(OvertakenError):
            late.append(batch)
    assert reader.after(0, 9) == bodies(1, 3)
    assert list(journal.memberships()) == []
    write(journal, 1)
    anew = open_journal()
    assert anew.posted([(1, "k3"), (1, "k4"), (9, "other")]) == {(1, "k3"): 3, (1, "k4"): 4}
    write(anew, 1)
    assert reader.after(0, 9) == bodies(1, 5)


def test_a_full_disk_refuses_a_batch_whole_and_the_next_one_fits(
    journal: Journal, reader: JournalReader
) -> None:
    write(journal, 1)
    limit_pages(journal)
    big = Batch(rows=[Row(2, 1, "a", b"x"), Row(3, 1, "b", b"x" * 100_000)])
    with pytest.raises(StorageError, match="full"):
        journal.append(big)
    assert journal.newest() == reader.newest() == 1
    assert journal.posted([(1, "a"), (1, "b")]) == {}
    limit_pages(journal, 10_000)
    journal.append(big)
    assert reader.newest() == 3


def limit_pages(journal: Journal, pages: int = 1) -> None:
    """The disk has this many pages more; SQLite never goes below what is in use."""
    journal._db.execute(f"PRAGMA max_page_count = {pages}")


# --- how much is kept --------------------------------------------------------------------


def test_only_so_many_are_kept_and_readers_agree(
    open_journal: OpenJournal, tmp_path: Path
) -> None:
    journal = open_journal(keep=10)
    with closing(JournalReader(tmp_path / "j.sqlite3", keep=10)) as reader:
        for _ in range(3 * PRUNE_EVERY // 16):
            write(journal, 16)
            newest = journal.newest()
            for one in (journal, reader):
                assert one.first_kept() == newest - 9
                assert one.after(newest - 10, 99) == bodies(newest - 9, newest)
                assert one.after(newest - 11, 99) is None
                assert one.before(newest + 1, 99) == (bodies(newest - 9, newest), False)
                assert one.before(newest - 20, 99) == ([], False)
    (rows,) = journal._db.execute("SELECT count(*) FROM event").fetchone()
    assert rows < PRUNE_EVERY + 16 + 10, "what is not kept does leave the disk"


def test_a_room_that_kept_everything_can_be_made_to_keep_less(
    open_journal: OpenJournal,
) -> None:
    write(open_journal(), 100)
    journal = open_journal(keep=5)
    assert journal.first_kept() == 96
    write(journal, 1)
    assert journal.first_kept() == 97
    assert journal.event(50) is None


def test_a_read_that_a_pruning_overtakes_has_no_gap(
    open_journal: OpenJournal, tmp_path: Path
) -> None:
    """A reader is in another process: the writer may prune between any two of its queries."""
    journal = open_journal(keep=10)
    write(journal, 20)

    class Overtaken(JournalReader):
        def first_kept(self) -> int:
            first = super().first_kept()
            write(journal, PRUNE_EVERY)
            return first

    with closing(Overtaken(tmp_path / "j.sqlite3", keep=10)) as reader:
        got = reader.after(15, 3)
    assert got in (None, bodies(16, 18))


# --- files that are no journal -----------------------------------------------------------


def refuse(path: Path, words: str) -> None:
    """It cannot be opened, and the database is closed again (Python 3.13 tells if not)."""
    with pytest.raises(JournalError, match=words) as refused:
        Journal(path)
    del refused
    gc.collect()


def test_a_damaged_file_is_refused_in_a_persons_words(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite3"
    path.write_bytes(b"this is no database, but it is long enough to look at" * 100)
    refuse(path, "cannot be used")


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    refuse(tmp_path / "nowhere" / "j.sqlite3", "cannot be used")


def test_another_versions_journal_is_refused_and_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite3"
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 99")
    refuse(path, "another version")
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (99,)


def test_readers_cannot_write(reader: JournalReader) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader._db.execute("DELETE FROM event")
