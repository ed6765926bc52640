"""A post is known for as long as its event is kept, wherever its key is kept by then."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.room.storage import dedup, forgetting
from server.room.storage.batch import Batch, Row
from server.room.storage.journal import Journal
from server.room.storage.rescue import remake
from tests.support.in_memory import temporary_folder

POSTS = st.tuples(
    st.integers(1, 2), st.integers(0, 60).map(str) | st.binary(min_size=1, max_size=1)
)
STEPS = st.lists(
    st.one_of(
        st.sampled_from(["reopen", "tidy"]),
        st.lists(POSTS, min_size=1, max_size=4, unique=True),
    ),
    max_size=60,
)


def batch(journal: Journal, posts: Sequence[dedup.Posted]) -> Batch:
    first = journal.newest() + 1
    hashes = journal.keys.hashes(posts)
    return Batch(
        rows=[
            Row(seq, *post, b"said", hash=hash)
            for seq, (post, hash) in enumerate(zip(posts, hashes, strict=True), first)
        ],
    )


def posted(journal: Journal, posts: Sequence[dedup.Posted]) -> dict[dedup.Posted, int]:
    return journal.keys.find(posts, journal.keys.hashes(posts))


@given(STEPS, st.sampled_from([0, 10]))
def test_each_post_is_known(steps: list[list[dedup.Posted] | str], keep: int) -> None:
    """Its key may be in memory, on its way to the table or there; after a crash, and pruned."""
    with (
        temporary_folder() as folder,
        patch.multiple(dedup, MOST_RECENT=5, SLICE=1, SLICE_PER_POST=1, FILTER_BYTES=2, LOAD=3),
        patch.multiple(forgetting, PRUNE_EVERY=4, STEP=2, SWEEP_AFTER=3, _SWEEP=2),
    ):
        path = Path(folder) / "j.sqlite3"
        journal = Journal(path, keep)
        known: dict[dedup.Posted, int] = {}
        for step in steps:
            if step == "tidy":
                journal.tidy()
                continue
            if isinstance(step, str):  # nothing is written when it closes: as after a crash
                journal.close()
                journal = Journal(path, keep)
                continue
            known = {post: seq for post, seq in known.items() if journal.event(seq) is not None}
            assert posted(journal, step) == {one: known[one] for one in step if one in known}
            fresh = [one for one in step if one not in known]
            if fresh:
                journal.append(batch(journal, fresh))
                last = journal.newest()
                known |= dict(zip(fresh, range(last - len(fresh) + 1, last + 1), strict=True))
            still = {post: seq for post, seq in known.items() if journal.event(seq) is not None}
            assert posted(journal, list(known)) == still
        journal.close()


def test_most_keys_leave_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dedup, "MOST_RECENT", 100)
    with closing(Journal(tmp_path / "j.sqlite3")) as journal:
        for start in range(0, 1000, 10):
            journal.append(batch(journal, [(1, str(start + each)) for each in range(10)]))
        assert len(journal.keys._recent) + len(journal.keys._filing) <= 200
        posts = [(1, str(each)) for each in range(1000)]
        assert posted(journal, posts) == {post: seq for seq, post in enumerate(posts, 1)}


def test_two_posts_of_one_hash_are_two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dedup, "xxh3_64_intdigest", lambda data, secret: data[0])
    with closing(Journal(tmp_path / "j.sqlite3")) as journal:
        journal.append(batch(journal, [(1, "a")]))
        journal.append(batch(journal, [(1, "b")]))
        assert posted(journal, [(1, "b")]) == {(1, "b"): 2}


def test_keys_of_pruned_events_leave_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dedup, "MOST_RECENT", 50)
    with closing(Journal(tmp_path / "j.sqlite3", keep=100)) as journal:
        for start in range(0, 5000, 10):
            journal.append(batch(journal, [(1, str(start + each)) for each in range(10)]))
        (filed,) = journal._db.execute("SELECT count(*) FROM post").fetchone()
        assert 0 < filed < 1000


def test_damage_that_makes_two_keys_equal_costs_no_event(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite3"
    with closing(Journal(path)) as journal:
        event = b'{"type":"said","seq":0,"at":"","member":1,"name":"ada","text":"hello"}'
        rows = [Row(seq, 1, str(seq), event) for seq in (1, 2, 3)]
        journal.append(Batch(rows=rows))
        journal._db.execute("UPDATE event SET key = '1' WHERE seq = 2")
    assert remake(path)[0] == 3
    with closing(Journal(path)) as journal:
        assert journal.after(0, 9) == [event] * 3
        assert posted(journal, [(1, "1"), (1, "3")]) == {(1, "1"): 1, (1, "3"): 3}
