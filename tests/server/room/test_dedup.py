"""What was posted is known for as long as it is kept, wherever its key has got to."""

from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.room.storage import dedup
from server.room.storage import journal as journal_module
from server.room.storage.journal import Batch, Journal, RepeatedError, Row
from server.room.storage.rescue import rescue
from shared import messages

POSTS = st.tuples(st.integers(1, 2), st.integers(0, 60).map(str))
STEPS = st.lists(
    st.one_of(st.just("reopen"), st.lists(POSTS, min_size=1, max_size=4)), max_size=60
)


def batch(journal: Journal, posts: list[dedup.Posted]) -> Batch:
    first = journal.newest() + 1
    return Batch(
        rows=[Row(seq, *post, b"said") for seq, post in enumerate(posts, first)],
    )


@given(STEPS, st.sampled_from([0, 10]))
def test_a_post_is_written_once(steps: list[list[dedup.Posted] | str], keep: int) -> None:
    """Whatever is in memory, on its way to the table or there; after a crash, and pruned."""
    with (
        TemporaryDirectory() as folder,
        patch.multiple(dedup, MOST_RECENT=5, SLICE=1, SLICE_PER_POST=1, FILTER_BYTES=2, LOAD=3),
        patch.object(journal_module, "PRUNE_EVERY", 4),
    ):
        path = Path(folder) / "j.sqlite3"
        journal = Journal(path, keep)
        known: dict[dedup.Posted, int] = {}
        for step in steps:
            if isinstance(step, str):  # nothing is written when it closes: as after a crash
                journal.close()
                journal = Journal(path, keep)
                continue
            pruned = {post for post in known if journal.event(known[post]) is None}
            known = {post: seq for post, seq in known.items() if post not in pruned}
            try:
                journal.append(batch(journal, step))
            except RepeatedError:
                assert len(set(step)) < len(step) or set(step) & set(known)
            else:
                assert len(set(step)) == len(step)
                assert not set(step) & set(known)
                last = journal.newest()
                known |= dict(zip(step, range(last - len(step) + 1, last + 1), strict=True))
            still = {post: seq for post, seq in known.items() if journal.event(seq) is not None}
            assert journal.posted(sorted(known)) == still
        journal.close()


def test_most_keys_leave_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dedup, "MOST_RECENT", 100)
    with closing(Journal(tmp_path / "j.sqlite3")) as journal:
        for start in range(0, 1000, 10):
            journal.append(batch(journal, [(1, str(start + each)) for each in range(10)]))
        assert len(journal._keys._recent) + len(journal._keys._filing) <= 200
        posts = [(1, str(each)) for each in range(1000)]
        assert journal.posted(posts) == {post: seq for seq, post in enumerate(posts, 1)}


FIRST = (
    "DROP TABLE post; DROP TABLE filed; PRAGMA user_version = 1;"
    "CREATE UNIQUE INDEX event_key ON event (member, key) WHERE key IS NOT NULL;"
)
SECOND = (
    "ALTER TABLE filed DROP COLUMN secret; UPDATE filed SET seq = 1;"
    "INSERT INTO post VALUES (12345, 1); PRAGMA user_version = 2;"
)


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize("older", [FIRST, SECOND])
def test_a_journal_of_an_older_format_goes_on(tmp_path: Path, older: str, check: bool) -> None:
    path = tmp_path / "j.sqlite3"
    event = messages.encode(messages.Said(seq=0, at="", name="ada", text="hello"))
    with closing(Journal(path)) as journal:
        journal.append(Batch(rows=[Row(1, 1, "a", event)]))
        journal._db.executescript(older)
    for _ in range(2):
        with closing(Journal(path, check=check)) as journal:
            assert journal.posted([(1, "a")]) == {(1, "a"): 1}
            assert journal.after(0, 9) == [event]


def test_two_posts_of_one_hash_are_two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dedup, "xxh3_64_intdigest", lambda data, secret: data[0])
    with closing(Journal(tmp_path / "j.sqlite3")) as journal:
        journal.append(batch(journal, [(1, "a")]))
        journal.append(batch(journal, [(1, "b")]))
        assert journal.posted([(1, "b")]) == {(1, "b"): 2}
        with pytest.raises(RepeatedError):
            journal.append(batch(journal, [(1, "b")]))


def test_what_was_pruned_leaves_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dedup, "MOST_RECENT", 50)
    with closing(Journal(tmp_path / "j.sqlite3", keep=100)) as journal:
        for start in range(0, 5000, 10):
            journal.append(batch(journal, [(1, str(start + each)) for each in range(10)]))
        (filed,) = journal._db.execute("SELECT count(*) FROM post").fetchone()
        assert 0 < filed < 1000


def test_damage_that_makes_two_keys_one_costs_no_words(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite3"
    with closing(Journal(path)) as journal:
        event = messages.encode(messages.Said(seq=0, at="", name="ada", text="hello"))
        rows = [Row(seq, 1, str(seq), event) for seq in (1, 2, 3)]
        journal.append(Batch(rows=rows))
        journal._db.execute("UPDATE event SET key = '1' WHERE seq = 2")
    assert rescue(path)[0] == 3
    with closing(Journal(path)) as journal:
        assert journal.after(0, 9) == [event] * 3
