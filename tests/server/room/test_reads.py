"""A worker's searches: whose is next."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from server.room.interface import SearchResult
from server.room.storage.journal import Batch, Journal, Row
from server.room.worker_side.reads import JournalReads
from server.room.worker_side.search import Searcher
from server.settings import INDEX, JOURNAL
from shared.codec import encode
from shared.messages import Said

AT = "2026-11-22T08:00:00.000Z"


@pytest.fixture
def reads(tmp_path: Path) -> Iterator[JournalReads]:
    with closing(Journal(tmp_path / JOURNAL)) as journal:
        said = Said(seq=1, at=AT, name="ada", text="word")
        journal.append(Batch(rows=[Row(1, 1, None, encode(said))]))
        with closing(JournalReads(tmp_path / JOURNAL, tmp_path / INDEX, 0)) as reads:
            yield reads


async def test_pending_searches_of_one_member_delay_the_first_of_another_by_one(
    reads: JournalReads, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched: list[str] = []
    find = Searcher.find

    def recorded(
        self: Searcher, words: Sequence[str], before: int | None, limit: int
    ) -> SearchResult:
        searched.append(words[0])
        return find(self, words, before, limit)

    monkeypatch.setattr(Searcher, "find", recorded)
    flood = [reads.search(1, [f"flood{number}"], None, 5) for number in range(100)]
    tasks = [asyncio.ensure_future(search) for search in flood]
    await asyncio.sleep(0)
    one = await reads.search(2, ["word"], None, 5)
    assert len(one.events) == 1
    assert searched.index("word") <= 1
    await asyncio.gather(*tasks)
    assert len(searched) == 101


async def test_the_index_is_updated_while_a_member_searches_a_lot(reads: JournalReads) -> None:
    flood = [asyncio.ensure_future(reads.search(1, ["x"], None, 5)) for _ in range(100)]
    await asyncio.sleep(0)
    await reads.update_index()
    assert not all(search.done() for search in flood)
    await asyncio.gather(*flood)
