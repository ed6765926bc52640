"""Old events go in small steps, and their files and keys with them; the size has a limit."""

from contextlib import closing
from pathlib import Path

import pytest

from server.room.interface import StoredFile
from server.room.storage import forgetting, size_limit
from server.room.storage.batch import Batch, Row
from server.room.storage.forgetting import PRUNE_EVERY, STEP
from server.room.storage.journal import Journal
from server.room.storage.size_limit import SizeLimit, most_keys
from server.room.worker_side.search import Searcher
from shared.codec import encode
from shared.messages import File, Said
from tests.server.room.conftest import OpenBench
from tests.server.room.test_journal import bodies, keyed, member, posted, write

MIB = 1024 * 1024


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "j.sqlite3"


def shared(seq: int, name: str) -> Row:
    id = f"f{seq}"
    file = File(id, name, seq, f"sha {seq}", 1, "", f"/files/{id}/{name}")
    return Row(seq, 1, None, b"%d" % seq, StoredFile(file, name, "utf-8"))


def tidy(journal: Journal) -> int:
    """Let go what is to go; returns in how many steps."""
    steps = 1
    while journal.tidy():
        steps += 1
    return steps


def rows(journal: Journal) -> int:
    (count,) = journal._db.execute("SELECT count(*) FROM event").fetchone()
    return int(count)


# --- events ------------------------------------------------------------------------------


def test_events_before_a_seq_go_in_steps(path: Path) -> None:
    with closing(Journal(path)) as journal:
        write(journal, 500)
        journal.forget_before(401)
        assert journal.first_kept() == 1, "nothing goes at once"
        assert tidy(journal) >= 400 // STEP
        assert journal.first_kept() == 401
        assert journal.after(400, 999) == bodies(401, 500)
        assert journal.after(399, 999) is None
        assert rows(journal) == 100
        assert journal.tidy() is False
    with closing(Journal(path, check=False)) as again:
        assert again.first_kept() == 401


def test_they_go_while_messages_come_too(path: Path) -> None:
    """More than come, so that a room that is never quiet does not grow."""
    with closing(Journal(path)) as journal:
        write(journal, 1000)
        journal.forget_before(901)
        before = journal.newest() - journal.first_kept()
        for _ in range(5):
            write(journal, 60)
        assert journal.newest() - journal.first_kept() < before - 200


def test_the_newest_event_stays(path: Path) -> None:
    with closing(Journal(path)) as journal:
        write(journal, 100)
        journal.forget_before(10_000)
        tidy(journal)
        assert journal.first_kept() == 100
    with closing(Journal(path)) as again:
        assert again.newest() == 100


def test_a_long_journal_that_is_to_be_short_goes_in_steps(path: Path) -> None:
    with closing(Journal(path)) as journal:
        write(journal, 3000)
    with closing(Journal(path, keep=5)) as journal:
        write(journal, 1)
        assert rows(journal) >= 3001 - PRUNE_EVERY
        assert tidy(journal) > 8
        assert rows(journal) == 5


def test_a_failing_step_changes_nothing(open_bench: OpenBench) -> None:
    bench = open_bench()
    ada = bench.join("ada")
    for number in range(9):
        bench.say(ada, str(number))
    bench.journal.forget_before(6)
    bench.journal._db.execute("PRAGMA query_only = ON")
    with pytest.raises(Exception, match="readonly"):
        bench.journal.tidy()
    assert bench.journal.first_kept() == 1
    bench.journal._db.execute("PRAGMA query_only = OFF")
    bench.journal.tidy()
    assert bench.journal.first_kept() == 6


# --- keys --------------------------------------------------------------------------------


def test_keys_of_members_stay_until_they_leave(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "SWEEP_AFTER", 10)
    monkeypatch.setattr(forgetting, "_SWEEP", 7)
    with closing(Journal(path, most_keys=1000)) as journal:
        people = [member(1, "ada"), member(2, "bob")]
        journal.append(Batch([Row(1, 1, None, b"1")], people, counters=(1, 2)))
        both = [
            keyed(journal, seq, 1 + seq % 2, f"k{seq}", b"%d" % seq) for seq in range(2, 60)
        ]
        journal.append(Batch(both))
        journal.forget_before(50)
        tidy(journal)
        assert posted(journal, (1, "k10"), (2, "k11")) == {(1, "k10"): 10, (2, "k11"): 11}
        journal.append(Batch([Row(60, 2, None, b"60")], left=[2], counters=(2, 2)))
        write(journal, 140)
        journal.forget_before(180)
        tidy(journal)
        assert posted(journal, (1, "k10"), (2, "k11")) == {(1, "k10"): 10}


def test_keys_that_stay_take_little_space(path: Path) -> None:
    with closing(Journal(path)) as journal:
        journal.append(Batch([Row(1, 1, None, b"1")], [member(1, "ada")], counters=(1, 1)))
        for seq in range(2, 300):
            journal.append(Batch([keyed(journal, seq, 1, f"k{seq}", b"x" * 8000)]))
        _, before = journal.bytes()
        journal.forget_before(298)
        tidy(journal)
        _, after = journal.bytes()
        assert after < before // 10
        assert posted(journal, (1, "k200")) == {(1, "k200"): 200}


def test_the_keys_of_a_member_who_never_leaves_are_limited(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "SWEEP_AFTER", 10)
    with closing(Journal(path, most_keys=100)) as journal:
        journal.append(Batch([Row(1, 1, None, b"1")], [member(1, "ada")], counters=(1, 1)))
        write(journal, 1000)
        journal.forget_before(990)
        tidy(journal)
        assert 100 <= rows(journal) <= 120
        assert posted(journal, (1, "k980")) == {(1, "k980"): 980}, "the newest stay"
        assert posted(journal, (1, "k10")) == {}


# --- files -------------------------------------------------------------------------------


def test_files_are_doomed_with_their_events(path: Path) -> None:
    with closing(Journal(path)) as journal:
        journal.append(Batch([shared(1, "a.txt"), shared(2, "b.txt"), shared(3, "c.txt")]))
        write(journal, 3)
        journal.forget_before(3)
        tidy(journal)
        assert journal.file("f1") is None
        assert journal.file("f3") is not None
        assert journal.file_count() == 1
    with closing(Journal(path)) as again:
        doomed = again.doomed(9)
        assert [row[1:] for row in doomed] == [("a.txt", 1, "sha 1"), ("b.txt", 2, "sha 2")]
        again.undoom([doomed[0][0]])
        assert [row[1] for row in again.doomed(9)] == ["b.txt"]
        assert [again.is_shared(name) for name in ("b.txt", "c.txt")] == [False, True]


# --- size --------------------------------------------------------------------------------


def said(seq: int, text: str) -> bytes:
    at = "2026-11-22T08:00:00.000Z"
    return encode(Said(seq=seq, at=at, name="ada", text=text, member=1))


@pytest.mark.parametrize("indexed", [True, False])
def test_journal_and_index_stay_within_their_limit(path: Path, *, indexed: bool) -> None:
    most, index = 4 * MIB, path.with_name("search.sqlite3")
    with (
        closing(Journal(path, most_keys=most_keys(most))) as journal,
        closing(Searcher(path, index, clock=lambda: 0.0)) as searcher,
    ):
        limit = SizeLimit(journal, index, most)
        for start in range(1, 1000, 20):
            texts = [
                " ".join(f"{seq * 7919 % 100_003:x}{word}" for word in range(600))
                for seq in range(start, start + 20)
            ]
            new = [Row(seq, 1, None, said(seq, text)) for seq, text in enumerate(texts, start)]
            journal.append(Batch(new))
            journal.forget_before(limit.first())
            tidy(journal)
            while indexed and searcher.update():
                pass
            taken = sum(file.stat().st_size for file in (path, index) if file.exists())
            assert taken <= most
        kept = journal.newest() - journal.first_kept() + 1
        assert 100 < kept < 750, "much goes, and much stays"
        found = searcher.find([f"{990 * 7919 % 100_003:x}599"], None, 9)
        assert len(found.events) == 1


def test_a_small_journal_is_left_alone(path: Path) -> None:
    with closing(Journal(path)) as journal:
        write(journal, 100)
        assert SizeLimit(journal, path.with_name("none"), 100 * MIB).first() == 1


def test_files_that_are_much_too_large_shrink_at_a_start(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(size_limit, "_WORTH_SHRINKING", 0)
    index = path.with_name("search.sqlite3")
    with closing(Journal(path)) as journal:
        for seq in range(1, 101):
            journal.append(Batch([Row(seq, 1, None, said(seq, "x" * 50_000))]))
        journal.forget_before(95)
        tidy(journal)
        name = journal.id
    large = path.stat().st_size
    index.write_bytes(b"x" * 2 * MIB)
    with closing(Journal(path)) as journal:
        SizeLimit(journal, index, MIB).shrink()
        assert path.stat().st_size < large // 5
        assert not index.exists(), "it is made anew"
        write(journal, 1)
    with closing(Journal(path, check=False)) as again:
        assert (again.id, again.first_kept(), again.newest()) == (name, 95, 101)
