"""The search index: its size, what leaves it, and an index that is damaged or another one."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from server.room.storage import rescue, search_index, search_terms
from server.room.storage.batch import Batch, Row
from server.room.storage.forgetting import PRUNE_EVERY
from server.room.worker_side import search
from server.room.worker_side.search import Searcher
from server.settings import INDEX, JOURNAL
from shared.codec import encode
from shared.messages import Joined
from tests.server.room.indexed_journal import (
    AT,
    IDEOGRAPHS,
    DataFolder,
    covered,
    find,
    index_all,
    vocabulary,
)

# --- messages that would make the index large --------------------------------------------


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
    search_index.remove(data.index)
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
