"""A worker's reads and searches: what changes meanwhile, and whose search is next."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from server.room import quotes
from server.room.interface import RoomUnavailableError, SearchResult
from server.room.storage.batch import Batch, Row
from server.room.storage.journal import Journal
from server.room.storage.reader import JournalReader
from server.room.worker_side.reads import AT_ONCE, JournalReads
from server.room.worker_side.search import Searcher
from server.settings import INDEX, JOURNAL
from shared.codec import decode_event, encode
from shared.messages import Said

AT = "2026-11-22T08:00:00.000Z"


@pytest.fixture
def reads(tmp_path: Path) -> Iterator[JournalReads]:
    with closing(Journal(tmp_path / JOURNAL)) as journal:
        said = Said(seq=1, at=AT, name="ada", text="word")
        reply = Said(seq=2, at=AT, name="bob", text="a word", reply_to=1)
        rows = [Row(1, 1, None, encode(said)), Row(2, 2, None, encode(reply))]
        journal.append(Batch(rows=rows))
        with closing(JournalReads(tmp_path / JOURNAL, tmp_path / INDEX, 0)) as reads:
            yield reads


async def changed_meanwhile(reads: JournalReads, text: str) -> None:
    """Let the message say something else when the next read is done, before its answer."""
    do = {reading: reading.do for reading in (reads._journal, reads._search)}

    for reading, original in do.items():

        async def reading_it(function: Any, original: Callable[[Any], Any] = original) -> Any:
            found = await original(function)
            now = encode(Said(seq=1, at=AT, name="ada", text=text, edited=AT))
            reads.changed([(1, now)], [(1, quotes.of(now))])
            return found

        reading.do = reading_it  # type: ignore[method-assign]


async def test_few_results_are_made_ahead(reads: JournalReads) -> None:
    """Each may be large, and hundreds of members may ask at once."""
    made = taken = most = 0

    async def read() -> None:
        nonlocal taken

        def work(journal: JournalReader) -> None:
            nonlocal made
            made += 1

        await reads._journal.do(work)
        taken += 1

    tasks = [asyncio.create_task(read()) for _ in range(50)]
    while taken < len(tasks):
        await asyncio.sleep(0)
        # The thread makes all that it was given, while the event loop takes nothing.
        reads._journal._thread.submit(int).result()
        most = max(most, made - taken)
    assert most == AT_ONCE


async def test_reads_that_wait_end_with_the_worker(reads: JournalReads) -> None:
    tasks = [asyncio.create_task(reads.event(1)) for _ in range(20)]
    await asyncio.sleep(0)
    reads.close()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    allowed = (bytes, RoomUnavailableError, asyncio.CancelledError)
    assert all(isinstance(result, allowed) for result in results)
    assert isinstance(results[-1], RoomUnavailableError)


async def test_an_answer_has_what_changed_while_it_was_read(reads: JournalReads) -> None:
    await changed_meanwhile(reads, "another")
    page = await reads.page_from(1, 9)
    assert [decode_event(body).text for body in page.events[:1]] == ["another"]
    assert b'"quote":{"name":"ada","text":"another"}' in page.events[1]
    assert (await reads.page_before(9, 9)).events == page.events
    assert await reads.events_after(0, 9) == page.events
    assert await reads.event(1) == page.events[0]
    assert await reads.event(2) == page.events[1]
    assert not reads._under_way


async def test_a_search_leaves_out_what_has_not_the_words_any_more(reads: JournalReads) -> None:
    await changed_meanwhile(reads, "another")
    found = await reads.search(1, ("word",), None, 9)
    assert [b"reply_to" in body for body in found.events] == [True]
    assert b'"text":"another"' in found.events[0]


async def test_many_changes_do_not_hold_an_answer_up(reads: JournalReads) -> None:
    await changed_meanwhile(reads, "word")
    for _ in range(3):
        assert len((await reads.search(1, ("word",), None, 9)).events) == 2


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
    assert len(one.events) == 2
    assert searched.index("word") <= 1
    await asyncio.gather(*tasks)
    assert len(searched) == 101


async def test_the_index_is_updated_while_a_member_searches_a_lot(reads: JournalReads) -> None:
    flood = [asyncio.ensure_future(reads.search(1, ["x"], None, 5)) for _ in range(100)]
    await asyncio.sleep(0)
    await reads.update_index()
    assert not all(search.done() for search in flood)
    await asyncio.gather(*flood)
