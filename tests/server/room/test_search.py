"""Search: the index finds the same as a look at every event, also when it is damaged."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.room.storage import rescue, search_index, search_terms
from server.room.storage.batch import Batch, Row
from server.room.storage.forgetting import PRUNE_EVERY
from server.room.storage.journal import Journal
from server.room.worker_side import search
from server.room.worker_side.search import Searcher
from server.settings import INDEX, JOURNAL
from shared import folding, searching
from shared.codec import decode_event, encode
from shared.limits import ANSWER_BYTES
from shared.messages import Joined, Said
from shared.texts import BadText
from tests import strategies
from tests.support.in_memory import temporary_folder

AT = "2026-11-22T08:00:00.000Z"


class DataFolder:
    """A journal and searchers in one folder."""

    def __init__(self, folder: Path, keep: int = 0) -> None:
        self.folder, self.keep = folder, keep
        self.stack = ExitStack()
        self.journal = self.stack.enter_context(closing(Journal(folder / JOURNAL, keep)))

    @property
    def index(self) -> Path:
        return self.folder / INDEX

    def searcher(self, clock: Callable[[], float] = lambda: 0.0) -> Searcher:
        """One more searcher, as every worker has one."""
        searcher = Searcher(self.folder / JOURNAL, self.index, self.keep, clock)
        return self.stack.enter_context(closing(searcher))

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
def make_data(tmp_path: Path) -> Iterator[Callable[..., DataFolder]]:
    with ExitStack() as stack:

        def make(keep: int = 0) -> DataFolder:
            data = DataFolder(tmp_path, keep)
            stack.enter_context(data.stack)
            return data

        yield make


@pytest.fixture
def data(make_data: Callable[..., DataFolder]) -> DataFolder:
    return make_data()


def index_all(searcher: Searcher) -> None:
    while searcher.update():
        pass


def seqs(bodies: Sequence[bytes]) -> list[int]:
    return [decode_event(body).seq for body in bodies]


def find(
    searcher: Searcher, query: str, before: int | None = None, limit: int = 50
) -> list[int]:
    return seqs(searcher.find(searching.words(query), before, limit).events)


def covered(data: DataFolder) -> tuple[int, int]:
    with closing(sqlite3.connect(data.index)) as db:
        row: tuple[int, int] = db.execute("SELECT first, last FROM covered").fetchone()
        return row


def vocabulary(data: DataFolder) -> set[str]:
    with closing(sqlite3.connect(data.index)) as db:
        db.execute("CREATE VIRTUAL TABLE temp.t USING fts5vocab('main', 'terms', 'row')")
        return {term for (term,) in db.execute("SELECT term FROM t")}


def test_events_are_found_newest_first_indexed_or_not(data: DataFolder) -> None:
    searcher = data.searcher()
    assert find(searcher, "deploy") == []
    data.say("deploy at noon", "no", "Deploy!", "déployer")
    assert find(searcher, "deploy") == [4, 3, 1]
    index_all(searcher)
    data.say("deploy again")
    assert covered(data) == (1, 4)
    assert find(searcher, "deploy") == [5, 4, 3, 1]
    assert find(searcher, "deploy", before=4) == [3, 1]
    assert find(searcher, "ada noon") == [1]


@pytest.mark.parametrize("query", ["学校", "行", "校に", "く", "é", "go", "o", "o 学"])
def test_short_words_and_scripts_without_spaces(data: DataFolder, query: str) -> None:
    data.say("明日学校に行く", "let's go", "学", "日本語", "e\u0301", "学 go", "g\no")
    searcher = data.searcher()
    before = find(searcher, query)
    index_all(searcher)
    assert find(searcher, query) == before
    assert before


def test_further_events_are_asked_for_with_before(data: DataFolder) -> None:
    data.say(*(f"word {number}" for number in range(10)))
    searcher = data.searcher()
    for _ in range(2):
        page = searcher.find(["word"], None, 4)
        assert (seqs(page.events), page.more) == ([10, 9, 8, 7], True)
        page = searcher.find(["word"], page.before, 4)
        assert (seqs(page.events), page.more) == ([6, 5, 4, 3], True)
        page = searcher.find(["word"], page.before, 4)
        assert (seqs(page.events), page.more) == ([2, 1], False)
        index_all(searcher)


def test_a_search_answers_with_half_a_mebibyte_at_most(data: DataFolder) -> None:
    data.say(*["word " * (ANSWER_BYTES // 10)] * 3)
    searcher = data.searcher()
    page = searcher.find(["word"], None, 50)
    assert (seqs(page.events), page.more, page.before) == ([3], True, 3)
    page = searcher.find(["word"], page.before, 50)
    assert (seqs(page.events), page.more, page.before) == ([2], True, 2)
    page = searcher.find(["word"], page.before, 50)
    assert (seqs(page.events), page.more) == ([1], False)


# --- a search that takes long ------------------------------------------------------------


class SlowClock:
    """A clock that moves on by `step` seconds whenever somebody looks at it."""

    def __init__(self, step: float) -> None:
        self.now, self.step = 0.0, step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


def find_all(searcher: Searcher, query: str, clock: SlowClock) -> tuple[list[int], int]:
    """Search until there is no more; return what was found, and by how many searches."""
    found: list[int] = []
    before, asked = None, 0
    while True:
        began = clock.now
        page = searcher.find(searching.words(query), before, 50)
        assert clock.now - began <= search.SLICE + 2 * clock.step
        asked += 1
        found += seqs(page.events)
        if not page.more:
            return found, asked
        assert before is None or page.before < before, "each search gets further"
        before = page.before


@pytest.mark.parametrize("step", [0.001, 0.05, 60.0], ids=["slow", "slower", "stalled"])
@pytest.mark.parametrize("query", ["needle", "e", "ne", "針"])
@pytest.mark.parametrize("indexed", [True, False])
def test_a_search_that_takes_long_answers_with_a_part(
    data: DataFolder, step: float, query: str, indexed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "WINDOW", 50)
    data.say("needle 針", *["hay"] * 200, "needle 針", *["hay"] * 100)
    clock = SlowClock(step)
    searcher = data.searcher(clock)
    if indexed:
        index_all(searcher)
    found, asked = find_all(searcher, query, clock)
    assert found == [202, 1]
    assert asked > 1 or (indexed and step < 0.01) or query == "needle"


def test_a_search_without_a_match_is_short_in_a_long_history(data: DataFolder) -> None:
    data.say(*["hay"] * 2000)
    clock = SlowClock(0.001)
    searcher = data.searcher(clock)
    index_all(searcher)
    assert find_all(searcher, "needle", clock) == ([], 1)
    assert clock.now < search.SLICE / 10, "it looks at no event"


# --- messages that would make the index large --------------------------------------------

IDEOGRAPHS = "".join(map(chr, range(0x4E00, 0x4E00 + 7980)))


def test_a_message_of_many_different_letters_is_found_by_any_of_its_words(
    data: DataFolder,
) -> None:
    letters = IDEOGRAPHS
    data.say("before", " ".join(letters[at : at + 20] for at in range(0, 7580, 20)), "after")
    data.say(letters, "".join(reversed(letters)))
    searcher = data.searcher()
    index_all(searcher)
    assert find(searcher, letters[40:60]) == [4, 2]
    assert find(searcher, letters[4000:4002]) == [4, 2]
    assert find(searcher, letters[7000]) == [5, 4, 2]
    assert find(searcher, letters[19:21]) == [4]
    assert find(searcher, f"{letters[3]} {letters[7979]} ada") == [5, 4]
    assert find(searcher, "abcdef") == []
    assert find(searcher, "after") == [3]
    assert len(vocabulary(data)) < 50, "they take no place"


def test_the_number_of_terms_does_not_grow_with_the_letters(data: DataFolder) -> None:
    for start in range(0x4E00, 0x9E00, 0x400):
        data.say("".join(map(chr, range(start, start + 0x400))))
    index_all(data.searcher())
    assert len(vocabulary(data)) < 10_000, "20,480 letters, as many groups of three"


def test_long_messages_of_a_language_are_indexed(data: DataFolder) -> None:
    prose = Path(__file__).parents[3].joinpath("docs", "protocol.md").read_text("utf-8")
    data.say(prose[:8000])
    index_all(data.searcher())
    assert search_terms.MANY not in vocabulary(data)


def test_a_step_takes_few_long_messages(data: DataFolder) -> None:
    data.say(*[IDEOGRAPHS] * 10)
    searcher = data.searcher()
    assert searcher.update()
    assert covered(data)[1] < 10


# --- words of any kind -------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        *("a OR b", 'a" OR "b', "a*", "NEAR(a b)", "NOT a", "terms:a", "^a", "-a", "a + b"),
        *(
            ".*",
            "[a-z]+",
            "(a|b)",
            "\\",
            "%",
            "_",
            "'; DROP TABLE terms; --",
            "many",
            "zzz many",
        ),
        *("a", "b", "é", "行", "👍", "ab", "a b", "ü行", "\u0301a", "a\u0301", "क\u094d"),
        *(" ".join("abcdefghij" * 10), " ".join(f"{number:02}" for number in range(66))),
        *("x" * 200, "ab " * 66, "行" * 200, "\ud800", "a\udfff", "\U0001f469\u200d\U0001f4bb"),
        " " * 199 + "a",
    ],
)
def test_any_query_finds_the_same_with_the_index(data: DataFolder, query: str) -> None:
    texts = [
        *("a", "b", "ab", "a b", "many", "zzz many", "A or B", "NEAR(a b)", ".*", "[a-z]+"),
        *("(a|b) \\ % _", "é", "行く", "ü行", "👍", "クク", "x" * 250, "行" * 250),
        *("abcdefghij", "a b c d e f g h i j", "0123456789 " * 30, "ab " * 70, "'; drop table"),
        *(query if query.isprintable() else "none", IDEOGRAPHS),
    ]
    data.say(*texts)
    searcher = data.searcher()
    before = find(searcher, query)
    index_all(searcher)
    assert find(searcher, query) == before
    assert not query.isprintable() or before


@pytest.mark.parametrize("query", ["", " " * 200, "\u0301" * 200, "\u200b", "\u093c"])
def test_a_query_without_a_word_is_refused(query: str) -> None:
    with pytest.raises(BadText):
        searching.words(query)


def test_very_many_events_are_found_page_by_page(data: DataFolder) -> None:
    data.say(*["word"] * 1000)
    searcher = data.searcher()
    index_all(searcher)
    found: list[int] = []
    page = searcher.find(["word"], None, 100)
    while page.more:
        found += seqs(page.events)
        page = searcher.find(["word"], page.before, 100)
    assert found + seqs(page.events) == list(range(1000, 0, -1))


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
def test_it_finds_the_same_as_a_look_at_every_event(
    texts: list[str], query: list[str], indexed: int, before: int, limit: int
) -> None:
    words = [word for one in query if (word := folding.fold(one))]
    with temporary_folder() as folder:
        data = DataFolder(Path(folder))
        with data.stack:
            searcher = data.searcher()
            data.say(*texts[:indexed])
            index_all(searcher)
            data.say(*texts[indexed:])
            expected = [
                seq
                for seq, text in reversed(list(enumerate(texts, 1)))
                if seq < before and searching.matches(words, folding.fold(f"ada\n{text}"))
            ]
            page = searcher.find(words, before, limit)
            assert seqs(page.events) == expected[:limit]
            assert page.more == (len(expected) > limit)


# --- events that are pruned --------------------------------------------------------------


def test_pruned_events_are_not_found_and_leave_the_index(
    make_data: Callable[..., DataFolder],
) -> None:
    data = make_data(keep=10)
    searcher = data.searcher()
    data.say("xylophone")
    index_all(searcher)
    assert find(searcher, "xylophone") == [1]
    assert "xyl" in vocabulary(data)
    for _ in range(3):
        data.say(*["other"] * PRUNE_EVERY)
        assert find(searcher, "xylophone") == []
        index_all(searcher)
    assert "xyl" not in vocabulary(data)
    assert len(find(searcher, "other")) == 10


def test_a_room_that_keeps_more_again_finds_the_older_events(data: DataFolder) -> None:
    data.keep = 3
    data.say("word one", "word two", "word three", "word four", "word five")
    index_all(data.searcher())
    data.keep = 0
    assert find(data.searcher(), "word") == [5, 4, 3, 2, 1]


# --- another journal, another index, other workers ---------------------------------------


def test_an_old_journal_gets_an_index_step_by_step(data: DataFolder) -> None:
    data.say(*["old news"] * (2 * search.STEP + 1))
    searcher = data.searcher()
    assert searcher.update()
    assert covered(data) == (1, search.STEP)
    assert len(find(searcher, "news", limit=1000)) == 2 * search.STEP + 1
    assert searcher.update()
    assert not searcher.update()
    assert covered(data) == (1, 2 * search.STEP + 1)


def test_a_rescued_journal_has_its_own_index(tmp_path: Path) -> None:
    first = DataFolder(tmp_path)
    with first.stack:
        first.say("one", "two", "three")
        index_all(first.searcher())
    rescue.rescue(tmp_path / JOURNAL)
    second = DataFolder(tmp_path)
    with second.stack:
        searcher = second.searcher()
        assert find(searcher, "two") == [2]
        second.say("two more")
        index_all(searcher)
        assert find(searcher, "two") == [4, 2]
        assert covered(second) == (1, 4)


def test_a_journal_that_was_replaced_by_a_copy_and_went_on(tmp_path: Path) -> None:
    first = DataFolder(tmp_path)
    with first.stack:
        first.say("one")
    backup = (tmp_path / JOURNAL).read_bytes()
    first = DataFolder(tmp_path)
    with first.stack:
        first.say("two")
        index_all(first.searcher())
    (tmp_path / JOURNAL).write_bytes(backup)
    second = DataFolder(tmp_path)
    with second.stack:
        searcher = second.searcher()
        second.say("another")
        assert find(searcher, "two") == []
        index_all(searcher)
        second.say("three")
        index_all(searcher)
        assert find(searcher, "another") == [2]


OLDER_FORMAT = """
CREATE VIRTUAL TABLE piece USING fts5(
    text, content='', detail='none', columnsize=0, tokenize='trigram case_sensitive 1');
CREATE TABLE covered (journal TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    mark INTEGER NOT NULL) STRICT;
INSERT INTO piece (rowid, text) VALUES (1, 'ada'), (2, 'ada'), (3, 'ada');
INSERT INTO covered VALUES ('of an older server', 1, 3, 0);
"""


@pytest.mark.parametrize("version", [0, search_index.FORMAT + 1])
def test_an_index_of_another_format_is_remade_quietly(
    data: DataFolder, version: int, caplog: pytest.LogCaptureFixture
) -> None:
    data.say(*["Łódź"] * 3)
    with closing(sqlite3.connect(data.index, autocommit=True)) as older:
        older.executescript(f"{OLDER_FORMAT} PRAGMA user_version = {version};")
    searcher, other = data.searcher(), data.searcher()
    assert find(searcher, "lodz") == [3, 2, 1]
    index_all(searcher)
    index_all(other)
    assert covered(data) == (1, 3)
    assert find(searcher, "lodz") == find(other, "lodz") == [3, 2, 1]
    with closing(sqlite3.connect(data.index)) as now:
        names = {name for (name,) in now.execute("SELECT name FROM sqlite_schema")}
    assert "piece" not in names
    assert not [line for line in caplog.records if line.levelname != "INFO"]


@pytest.mark.parametrize("damage", ["noise", "header", "page", "schema", "empty"])
def test_a_damaged_index_is_replaced(
    data: DataFolder, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    data.say(*(f"word {number}" for number in range(50)))
    data.stack.enter_context(closing(first := Searcher(data.folder / JOURNAL, data.index)))
    index_all(first)
    first.close()
    good = bytearray(data.index.read_bytes())
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
    data.index.write_bytes(bytes(good))
    searcher = data.searcher()
    assert len(find(searcher, "word", limit=100)) == 50
    index_all(searcher)
    index_all(searcher)
    assert covered(data) == (1, 50)
    assert find(searcher, "word 49") == [50]


def test_workers_share_one_index(data: DataFolder) -> None:
    one, other = data.searcher(), data.searcher()
    data.say("word", "word")
    index_all(one)
    index_all(other)
    assert find(one, "word") == find(other, "word") == [2, 1]
    with closing(sqlite3.connect(data.index, autocommit=True)) as busy:
        data.say("word")
        busy.execute("BEGIN IMMEDIATE")
        assert not other.update(), "it does not wait"
        assert find(other, "word") == [3, 2, 1]
        busy.execute("COMMIT")
    index_all(other)
    assert covered(data) == (1, 3)


def test_workers_agree_on_the_index_that_replaced_a_damaged_one(
    data: DataFolder,
) -> None:
    one, other = data.searcher(), data.searcher()
    data.say("word")
    index_all(one)
    index_all(other)
    search.remove(data.index)
    index_all(one)
    file = data.index.stat().st_ino
    data.say("word")
    index_all(other)
    assert data.index.stat().st_ino == file
    assert covered(data) == (1, 2)


def test_a_search_works_without_an_index(data: DataFolder) -> None:
    data.say("word")
    data.index.mkdir()
    searcher = data.searcher()
    assert find(searcher, "word") == [1]
    assert not searcher.update()
    data.index.rmdir()
    index_all(searcher)
    assert find(searcher, "word") == [1]


def test_only_the_owner_can_read_the_index(data: DataFolder) -> None:
    data.searcher().update()
    assert data.index.stat().st_mode & 0o077 == 0


def test_the_index_holds_no_text(data: DataFolder) -> None:
    data.say("confidential", "strictly")
    index_all(data.searcher())
    files = b"".join(path.read_bytes() for path in data.folder.glob(f"{INDEX}*"))
    assert b"confid" not in files


def test_joins_are_not_searched(data: DataFolder) -> None:
    data.journal.append(Batch(rows=[Row(1, 1, None, encode(Joined(seq=1, at=AT, name="ada")))]))
    data.say("hi")
    searcher = data.searcher()
    index_all(searcher)
    assert find(searcher, "ada") == [2]
