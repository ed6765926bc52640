"""The journal: order, keys, members, files, pruning, a disk that is full."""

import gc
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import datetime
from pathlib import Path

import pytest

from server.room.interface import Page, Peer, StoredFile
from server.room.roster import Member
from server.room.storage.batch import Batch, Row
from server.room.storage.dedup import Posted
from server.room.storage.errors import JournalError, OvertakenError, StorageError
from server.room.storage.forgetting import PRUNE_EVERY
from server.room.storage.journal import Journal
from server.room.storage.reader import JournalReader
from shared.codec import encode
from shared.limits import ANSWER_BYTES
from shared.messages import File, Joined

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
    rows = [
        keyed(journal, seq, 1, f"k{seq}", b"%d" % seq) for seq in range(first, first + count)
    ]
    journal.append(Batch(rows=rows))


def keyed(journal: Journal, seq: int, member: int, key: str, body: bytes) -> Row:
    return Row(seq, member, key, body, hash=journal.keys.hashes([(member, key)])[0])


def posted(journal: Journal, *posts: Posted) -> dict[Posted, int]:
    return journal.keys.find(posts, journal.keys.hashes(posts))


def member(id: int, name: str, connection: int | None = 77, position: int = 5) -> Member:
    away = position if connection is None else None
    peer = Peer("10.0.0.1", 4000, "websocket", tls=True)
    since = "2026-11-22T08:00:00.000Z"
    return Member(id, name, b"hash %d" % id, since, id, 3, connection, away, peer, "Desktop 1")


def bodies(first: int, last: int) -> list[bytes]:
    return [b"%d" % seq for seq in range(first, last + 1)]


def test_a_new_room_has_nothing(journal: Journal) -> None:
    assert journal.newest() == 0
    assert journal.first_kept() == 1
    assert journal.after(0, 10) == []
    assert journal.page_before(1, 10) == journal.page_from(1, 10) == Page([], None, None)
    assert journal.event(0) is None
    assert journal.members() == []
    assert journal.counters() == (0, 0)
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
        (11, 100, Page(bodies(1, 10), None, None)),
        (11, 10, Page(bodies(1, 10), None, None)),
        (11, 9, Page(bodies(2, 10), 2, None)),
        (10**30, 2, Page(bodies(9, 10), 9, None)),
        (5, 2, Page(bodies(3, 4), 3, 4)),
        (3, 2, Page(bodies(1, 2), None, 2)),
        (2, 5, Page([b"1"], None, 1)),
        (1, 5, Page([], None, 0)),
    ],
)
def test_page_before(
    reader: JournalReader, journal: Journal, seq: int, limit: int, expected: Page
) -> None:
    write(journal, 10)
    assert reader.page_before(seq, limit) == expected


@pytest.mark.parametrize(
    ("seq", "limit", "expected"),
    [
        (1, 100, Page(bodies(1, 10), None, None)),
        (1, 3, Page(bodies(1, 3), None, 3)),
        (8, 3, Page(bodies(8, 10), 8, None)),
        (8, 99, Page(bodies(8, 10), 8, None)),
        (11, 5, Page([], 11, None)),
        (2**62, 5, Page([], 11, None)),
    ],
)
def test_page_from(
    reader: JournalReader, journal: Journal, seq: int, limit: int, expected: Page
) -> None:
    write(journal, 10)
    assert reader.page_from(seq, limit) == expected


def test_pages_are_of_kept_events(open_journal: OpenJournal) -> None:
    journal = open_journal(keep=5)
    write(journal, 20)
    assert journal.page_from(3, 2) == Page(bodies(16, 17), None, 17)
    assert journal.page_before(3, 2) == Page([], None, 15)


def test_a_page_has_half_a_mebibyte_at_most_and_one_event_at_least(journal: Journal) -> None:
    half = ANSWER_BYTES // 2
    sizes = [half, half, 1, ANSWER_BYTES + 1, 1]
    journal.append(
        Batch(rows=[Row(n, 1, None, b"x" * size) for n, size in enumerate(sizes, 1)])
    )

    def seqs(page: Page) -> tuple[list[int], int | None, int | None]:
        return [len(body) for body in page.events], page.before, page.after

    assert seqs(journal.page_from(1, 9)) == ([half, half], None, 2)
    assert seqs(journal.page_from(3, 9)) == ([1], 3, 3)
    assert seqs(journal.page_from(4, 9)) == ([ANSWER_BYTES + 1], 4, 4)
    assert seqs(journal.page_before(6, 9)) == ([1], 5, None)
    assert seqs(journal.page_before(5, 9)) == ([ANSWER_BYTES + 1], 4, 4)
    assert seqs(journal.page_before(4, 9)) == ([half, 1], 2, 3)


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


def test_a_reader_sees_new_events_at_once(journal: Journal, reader: JournalReader) -> None:
    for count in range(1, 4):
        write(journal, 1)
        assert reader.newest() == count
        assert reader.event(count) == b"%d" % count


def test_posts_are_known_by_member_and_key(journal: Journal) -> None:
    write(journal, 2)
    assert posted(journal, (1, "k1"), (1, "k2"), (1, "new")) == {(1, "k1"): 1, (1, "k2"): 2}
    assert posted(journal, (2, "k1"), (1, b"k1")) == {}
    other = keyed(journal, 3, 2, "k1", b"3")
    journal.append(Batch(rows=[other, Row(4, 1, None, b"4"), Row(5, 1, None, b"5")]))
    assert journal.after(0, 9) == bodies(1, 5)
    assert posted(journal, (2, "k1"), (1, "k1")) == {(2, "k1"): 3, (1, "k1"): 1}


def test_members_and_files_change_with_their_events(
    journal: Journal, open_journal: OpenJournal
) -> None:
    ada, bob = member(1, "ada"), member(2, "bob")
    file = StoredFile(
        File("f1", "a.txt", 3, "00", 1, "abc", "/files/f1/a.txt"), "a.txt", "utf-8"
    )
    rows = [Row(1, 1, None, b"1"), Row(2, 2, None, b"2")]
    journal.append(Batch(rows, [ada, bob], counters=(5, 2)))
    journal.append(Batch([Row(3, 2, None, b"3", file)]))
    away = member(2, "bob", None, 9)
    journal.append(Batch([Row(4, 1, None, b"4")], [away], [1], counters=(9, 2)))
    for one in (journal, open_journal()):
        assert one.members() == [away]
        assert one.counters() == (9, 2)
        assert one.file("f1") == file
        assert one.file("f2") is None
        assert one.file_count() == 1


def test_of_two_writers_the_second_fails_and_changes_nothing(
    journal: Journal, open_journal: OpenJournal, reader: JournalReader
) -> None:
    """It would write the same events again, or others under the same `seq`."""
    write(journal, 2)
    late = open_journal()
    write(journal, 1)
    journal.append(Batch(members=[member(1, "eve")], counters=(1, 1)))
    for batch in (
        Batch(rows=[Row(3, 1, None, b"3")]),
        Batch(rows=[Row(3, 9, None, b"x"), Row(4, 9, None, b"y")]),
        Batch([Row(3, 7, None, b"joined")], [member(7, "ada")], counters=(1, 7)),
        Batch(members=[member(7, "ada")], counters=(1, 7)),
        Batch(left=[1], counters=(1, 1)),
    ):
        with pytest.raises(OvertakenError):
            late.append(batch)
    assert reader.after(0, 9) == bodies(1, 3)
    assert [one.name for one in journal.members()] == ["eve"]
    write(journal, 1)
    anew = open_journal()
    assert posted(anew, (1, "k3"), (1, "k4")) == {(1, "k3"): 3, (1, "k4"): 4}
    write(anew, 1)
    assert reader.after(0, 9) == bodies(1, 5)


def test_a_full_disk_refuses_a_batch_whole_and_the_next_one_fits(
    journal: Journal, reader: JournalReader
) -> None:
    write(journal, 1)
    limit_pages(journal)
    big = Batch([keyed(journal, 2, 1, "a", b"x"), keyed(journal, 3, 1, "b", b"x" * 100_000)])
    with pytest.raises(StorageError, match="full"):
        journal.append(big)
    assert journal.newest() == reader.newest() == 1
    assert posted(journal, (1, "a"), (1, "b")) == {}
    limit_pages(journal, 10_000)
    journal.append(big)
    assert reader.newest() == 3


def limit_pages(journal: Journal, pages: int = 1) -> None:
    """The disk has this many pages more; SQLite never goes below what is in use."""
    journal._db.execute(f"PRAGMA max_page_count = {pages}")


# --- pruning -----------------------------------------------------------------------------


def test_the_newest_events_are_kept_and_readers_agree(
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
                page = one.page_before(newest + 1, 99)
                assert page == Page(bodies(newest - 9, newest), None, None)
                assert one.page_before(newest - 20, 99).events == []
    (rows,) = journal._db.execute("SELECT count(*) FROM event").fetchone()
    assert rows < PRUNE_EVERY + 16 + 10, "pruned events leave the disk"


def test_a_room_that_kept_everything_can_be_made_to_keep_less(
    open_journal: OpenJournal,
) -> None:
    write(open_journal(), 100)
    journal = open_journal(keep=5)
    assert journal.first_kept() == 96
    write(journal, 1)
    assert journal.first_kept() == 97
    while journal.tidy():
        pass
    assert journal.event(50) is None


def test_a_read_during_a_pruning_has_no_gap(open_journal: OpenJournal, tmp_path: Path) -> None:
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


def test_a_damaged_file_is_refused_in_one_sentence(tmp_path: Path) -> None:
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
