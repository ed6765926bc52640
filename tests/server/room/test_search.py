"""Search: with the index it finds the same as a look at every event, a part at a time."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.room.worker_side import search
from server.room.worker_side.search import Searcher
from shared import folding, searching
from shared.limits import ANSWER_BYTES
from shared.texts import BadText
from tests import strategies
from tests.server.room.indexed_journal import (
    IDEOGRAPHS,
    DataFolder,
    covered,
    find,
    index_all,
    seqs,
)
from tests.support.in_memory import temporary_folder


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
