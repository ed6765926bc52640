"""Search: the index against a plain look at every event, and all that can be wrong with it."""

import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.room.storage import rescue
from server.room.storage.journal import PRUNE_EVERY, Batch, Journal, Row
from server.room.worker_side import search
from server.room.worker_side.search import Finder
from server.settings import INDEX, JOURNAL
from shared import searching
from shared.messages import Joined, Said, decode_event, encode
from tests import strategies

AT = "2026-11-22T08:00:00.000Z"


class Desk:
    """A journal and finders in one folder."""

    def __init__(self, folder: Path, keep: int = 0) -> None:
        self.folder, self.keep = folder, keep
        self.stack = ExitStack()
        self.journal = self.stack.enter_context(closing(Journal(folder / JOURNAL, keep)))

    @property
    def index(self) -> Path:
        return self.folder / INDEX

    def finder(self) -> Finder:
        """One more finder, as every worker has one."""
        finder = Finder(self.folder / JOURNAL, self.index, self.keep)
        return self.stack.enter_context(closing(finder))

    def say(self, *texts: str, name: str = "ada") -> None:
        first = self.journal.newest() + 1
        self.journal.append(
            Batch(
                rows=[
                    Row(seq, 1, None, encode(Said(seq=seq, at=AT, name=name, text=text)))
                    for seq, text in enumerate(texts, first)
                ]
            )
        )


@pytest.fixture
def make_desk(tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    with ExitStack() as stack:

        def make(keep: int = 0) -> Desk:
            desk = Desk(tmp_path, keep)
            stack.enter_context(desk.stack)
            return desk

        yield make


@pytest.fixture
def desk(make_desk: Callable[..., Desk]) -> Desk:
    return make_desk()


def index_all(finder: Finder) -> None:
    while finder.catch_up():
        pass


def seqs(bodies: Sequence[bytes]) -> list[int]:
    return [decode_event(body).seq for body in bodies]


def find(finder: Finder, query: str, before: int | None = None, limit: int = 50) -> list[int]:
    return seqs(finder.find(searching.words(query), before, limit).events)


def covered(desk: Desk) -> tuple[int, int]:
    with closing(sqlite3.connect(desk.index)) as db:
        row: tuple[int, int] = db.execute("SELECT first, last FROM covered").fetchone()
        return row


def vocabulary(desk: Desk) -> set[str]:
    with closing(sqlite3.connect(desk.index)) as db:
        db.execute("CREATE VIRTUAL TABLE temp.t USING fts5vocab('main', 'piece', 'row')")
        return {term for (term,) in db.execute("SELECT term FROM t")}


def test_it_is_found_newest_first_before_and_after_it_is_indexed(desk: Desk) -> None:
    finder = desk.finder()
    assert find(finder, "deploy") == []
    desk.say("deploy at noon", "no", "Deploy!", "déployer")
    assert find(finder, "deploy") == [4, 3, 1]
    index_all(finder)
    desk.say("deploy again")
    assert covered(desk) == (1, 4)
    assert find(finder, "deploy") == [5, 4, 3, 1]
    assert find(finder, "deploy", before=4) == [3, 1]
    assert find(finder, "ada noon") == [1]


@pytest.mark.parametrize("query", ["学校", "行", "校に", "く", "é", "go", "o", "o 学"])
def test_short_words_and_scripts_without_spaces(desk: Desk, query: str) -> None:
    desk.say("明日学校に行く", "let's go", "学", "日本語", "e\u0301", "学 go", "g\no")
    finder = desk.finder()
    before = find(finder, query)
    index_all(finder)
    assert find(finder, query) == before
    assert before


def test_what_is_more_is_asked_for_with_the_place(desk: Desk) -> None:
    desk.say(*(f"word {number}" for number in range(10)))
    finder = desk.finder()
    for _ in range(2):
        page = finder.find(["word"], None, 4)
        assert (seqs(page.events), page.more) == ([10, 9, 8, 7], True)
        page = finder.find(["word"], page.before, 4)
        assert (seqs(page.events), page.more) == ([6, 5, 4, 3], True)
        page = finder.find(["word"], page.before, 4)
        assert (seqs(page.events), page.more) == ([2, 1], False)
        index_all(finder)


def test_no_search_looks_at_more_than_so_many(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "LOOKED_AT", 100)
    desk.say("needle", *["hay"] * 350)
    finder = desk.finder()
    asked, before = 0, None
    found: list[int] = []
    while True:
        page = finder.find(["needle"], before, 5)
        asked += 1
        found += seqs(page.events)
        if not page.more:
            break
        before = page.before
    assert found == [1]
    assert asked == 4
    index_all(finder)
    assert not finder.find(["needle"], None, 5).more


@settings(max_examples=60)
@given(
    st.lists(
        st.text('abAéß学に👍" *', min_size=1, max_size=8) | strategies.said_texts, max_size=30
    ),
    st.lists(st.text('abéß学に👍"*', min_size=1, max_size=4), min_size=1, max_size=3),
    st.integers(0, 30),
    st.integers(1, 40),
    st.integers(1, 10),
)
def test_it_finds_what_a_look_at_every_event_finds(
    texts: list[str], query: list[str], indexed: int, before: int, limit: int
) -> None:
    words = [word for one in query if (word := searching.fold(one))]
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(Path(folder))
        with desk.stack:
            finder = desk.finder()
            desk.say(*texts[:indexed])
            index_all(finder)
            desk.say(*texts[indexed:])
            expected = [
                seq
                for seq, text in reversed(list(enumerate(texts, 1)))
                if seq < before and searching.matches(words, searching.fold(f"ada\n{text}"))
            ]
            page = finder.find(words, before, limit)
            assert seqs(page.events) == expected[:limit]
            assert page.more == (len(expected) > limit)


# --- what is no longer kept --------------------------------------------------------------


def test_what_is_pruned_is_not_found_and_leaves_the_index(
    make_desk: Callable[..., Desk],
) -> None:
    desk = make_desk(keep=10)
    finder = desk.finder()
    desk.say("xylophone")
    index_all(finder)
    assert find(finder, "xylophone") == [1]
    assert "xyl" in vocabulary(desk)
    for _ in range(3):
        desk.say(*["other"] * PRUNE_EVERY)
        assert find(finder, "xylophone") == []
        index_all(finder)
    assert "xyl" not in vocabulary(desk)
    assert len(find(finder, "other")) == 10


def test_a_room_that_keeps_more_again_finds_what_is_still_there(desk: Desk) -> None:
    desk.keep = 3
    desk.say("word one", "word two", "word three", "word four", "word five")
    index_all(desk.finder())
    desk.keep = 0
    assert find(desk.finder(), "word") == [5, 4, 3, 2, 1]


# --- another journal, another index, other workers ---------------------------------------


def test_an_old_journal_gets_an_index_step_by_step(desk: Desk) -> None:
    desk.say(*["old news"] * (2 * search.STEP + 1))
    finder = desk.finder()
    assert finder.catch_up()
    assert covered(desk) == (1, search.STEP)
    assert len(find(finder, "news", limit=1000)) == 2 * search.STEP + 1
    assert finder.catch_up()
    assert not finder.catch_up()
    assert covered(desk) == (1, 2 * search.STEP + 1)


def test_a_rescued_journal_has_its_own_index(tmp_path: Path) -> None:
    first = Desk(tmp_path)
    with first.stack:
        first.say("one", "two", "three")
        index_all(first.finder())
    rescue.rescue(tmp_path / JOURNAL)
    second = Desk(tmp_path)
    with second.stack:
        finder = second.finder()
        assert find(finder, "two") == [2]
        second.say("two more")
        index_all(finder)
        assert find(finder, "two") == [4, 2]
        assert covered(second) == (1, 4)


def test_a_journal_that_was_put_back_and_went_on(tmp_path: Path) -> None:
    first = Desk(tmp_path)
    with first.stack:
        first.say("one")
    backup = (tmp_path / JOURNAL).read_bytes()
    first = Desk(tmp_path)
    with first.stack:
        first.say("two")
        index_all(first.finder())
    (tmp_path / JOURNAL).write_bytes(backup)
    second = Desk(tmp_path)
    with second.stack:
        finder = second.finder()
        second.say("another")
        assert find(finder, "two") == []
        index_all(finder)
        second.say("three")
        index_all(finder)
        assert find(finder, "another") == [2]


@pytest.mark.parametrize("damage", ["noise", "header", "page", "schema", "empty"])
def test_a_damaged_index_is_made_anew(
    desk: Desk, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    desk.say(*(f"word {number}" for number in range(50)))
    desk.stack.enter_context(closing(first := Finder(desk.folder / JOURNAL, desk.index)))
    index_all(first)
    first.close()
    good = bytearray(desk.index.read_bytes())
    match damage:
        case "noise":
            good[:] = b"this is no database, but it is long enough to look at" * 100
        case "header":
            good[18] = 7
        case "page":
            for page in range(1, len(good) // 4096):
                good[page * 4096 : page * 4096 + 64] = b"\xff" * 64
        case "schema":
            at = good.rindex(b"covered")
            good[at : at + 7] = b"c\xffvered"
        case "empty":
            good.clear()
    desk.index.write_bytes(bytes(good))
    finder = desk.finder()
    assert len(find(finder, "word", limit=100)) == 50
    index_all(finder)
    index_all(finder)
    assert covered(desk) == (1, 50)
    assert find(finder, "word 49") == [50]


def test_workers_share_one_index(desk: Desk) -> None:
    one, other = desk.finder(), desk.finder()
    desk.say("word", "word")
    index_all(one)
    index_all(other)
    assert find(one, "word") == find(other, "word") == [2, 1]
    with closing(sqlite3.connect(desk.index, autocommit=True)) as busy:
        desk.say("word")
        busy.execute("BEGIN IMMEDIATE")
        assert not other.catch_up(), "it waits for nobody"
        assert find(other, "word") == [3, 2, 1]
        busy.execute("COMMIT")
    index_all(other)
    assert covered(desk) == (1, 3)


def test_workers_agree_on_the_index_that_took_the_place_of_a_damaged_one(desk: Desk) -> None:
    one, other = desk.finder(), desk.finder()
    desk.say("word")
    index_all(one)
    index_all(other)
    search.remove(desk.index)
    index_all(one)
    file = desk.index.stat().st_ino
    desk.say("word")
    index_all(other)
    assert desk.index.stat().st_ino == file
    assert covered(desk) == (1, 2)


def test_without_an_index_it_finds_all_the_same(desk: Desk) -> None:
    desk.say("word")
    desk.index.mkdir()
    finder = desk.finder()
    assert find(finder, "word") == [1]
    assert not finder.catch_up()
    desk.index.rmdir()
    index_all(finder)
    assert find(finder, "word") == [1]


def test_the_index_is_nobody_elses_business(desk: Desk) -> None:
    desk.finder().catch_up()
    assert desk.index.stat().st_mode & 0o077 == 0


def test_nothing_that_was_said_stands_in_the_index(desk: Desk) -> None:
    desk.say("confidential", "strictly")
    index_all(desk.finder())
    files = b"".join(path.read_bytes() for path in desk.folder.glob(f"{INDEX}*"))
    assert b"confid" not in files


def test_events_that_are_not_said_are_passed_over(desk: Desk) -> None:
    desk.journal.append(Batch(rows=[Row(1, 1, None, encode(Joined(seq=1, at=AT, name="ada")))]))
    desk.say("hi")
    finder = desk.finder()
    index_all(finder)
    assert find(finder, "ada") == [2]
