"""Of deleted events nothing stays: index, log, downloads, memory of the workers."""

import asyncio
import hashlib
import random
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest

from server.room import events, quotes
from server.room.room_side.eraser import Eraser
from server.room.storage import index_erasing, shared_files
from server.room.storage.batch import Batch, Row
from server.room.storage.errors import StorageError
from server.room.storage.journal import Journal
from server.room.storage.search_index import Index
from server.room.worker_side.reads import JournalReads
from server.settings import JOURNAL
from shared import standing
from shared.codec import decode_event, encode
from shared.conversation import Edit, Edited, React
from shared.messages import Deletion, Said
from shared.moderation import Delete
from tests.server.room.indexed_journal import AT, DataFolder, find, index_all, vocabulary
from tests.server.room.workbench import Bench
from tests.support.waiting import until


def delete(journal: Journal, *seqs: int) -> None:
    """Delete these events."""
    rewritten = {}
    for seq in seqs:
        said = decode_event(journal.event(seq) or b"")
        assert isinstance(said, Said)
        rewritten[seq] = events.standing(standing.erased(said, Deletion("ann", AT)))
    journal.append(Batch(rewritten=rewritten, erased=list(seqs)))


def in_files(folder: Path, word: bytes) -> list[str]:
    return [path.name for path in folder.iterdir() if word in path.read_bytes()]


class Files:
    """Stands for the downloads folder: whether its files can be removed."""

    def __init__(self) -> None:
        self.removable = True
        self.asked = 0

    async def remove(self) -> bool:
        self.asked += 1
        return self.removable


@asynccontextmanager
async def erasing(data: DataFolder, files: Files | None = None) -> AsyncIterator[None]:
    eraser = Eraser(data.journal, data.index, (files or Files()).remove)
    tasks = [asyncio.create_task(eraser.run()), asyncio.create_task(eraser.run_index())]
    yield
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


# --- the eraser --------------------------------------------------------------------------


async def test_the_terms_of_a_deleted_event_leave_the_index_and_others_stay(
    data: DataFolder,
) -> None:
    data.say("zebra zoology", "yesterday", "zebra again", "the newest, quixotic")
    searcher = data.searcher()
    index_all(searcher)
    assert {"qui", "xot"} <= vocabulary(data)
    async with erasing(data):
        delete(data.journal, 1, 4)
        await until(lambda: not data.journal.erasing.waiting)
        assert not {"zoo", "qui", "xot"} & vocabulary(data)
        assert "zeb" in vocabulary(data)
        assert find(searcher, "zebra") == [3]
        assert not searcher.update(), "the index is not made anew"
        assert "yes" in vocabulary(data)
        data.say("zoological")
        index_all(searcher)
        assert find(searcher, "zoo") == [5]
    assert in_files(data.folder, b"quixotic") == []


async def test_deletions_again_and_again(data: DataFolder) -> None:
    words = [f"w{random.Random(seed).randrange(10**9):09}" for seed in range(40)]
    data.say(*words)
    searcher = data.searcher()
    index_all(searcher)
    async with erasing(data):
        for seq in range(1, 41, 2):
            delete(data.journal, seq)
            await asyncio.sleep(0)
        await until(lambda: not data.journal.erasing.waiting)
    for seq, word in enumerate(words, 1):
        assert find(searcher, word) == ([] if seq % 2 else [seq])
        assert bool(in_files(data.folder, word.encode())) is not bool(seq % 2)


async def test_an_event_that_is_not_indexed_yet(data: DataFolder) -> None:
    data.say("one", "quixotic")
    searcher = data.searcher()
    async with erasing(data):
        delete(data.journal, 2)
        await until(lambda: not data.journal.erasing.waiting)
        index_all(searcher)
    assert "qui" not in vocabulary(data)
    assert find(searcher, "ada") == [1], "deleted events are not found by their sender either"


async def test_without_the_text_the_index_is_removed_and_made_again(data: DataFolder) -> None:
    data.say("quixotic", "two")
    searcher = data.searcher()
    index_all(searcher)
    delete(data.journal, 1)
    data.journal.close()
    with closing(Journal(data.folder / JOURNAL)) as data.journal:
        async with erasing(data):
            await until(lambda: not data.journal.erasing.waiting)
            assert not data.index.exists()
        index_all(searcher)
        assert "qui" not in vocabulary(data)
        assert find(searcher, "two") == [2]


@pytest.mark.parametrize("name", ["journal", "index"])
async def test_it_tries_again_while_others_read(data: DataFolder, name: str) -> None:
    data.say("quixotic", "two")
    index_all(data.searcher())
    path = data.folder / JOURNAL if name == "journal" else data.index
    table = "event" if name == "journal" else "covered"
    with closing(sqlite3.connect(path, autocommit=True)) as reader:
        reader.execute("BEGIN")
        reader.execute(f"SELECT count(*) FROM {table}").fetchone()
        async with erasing(data):
            delete(data.journal, 1)
            await asyncio.sleep(0.3)
            assert data.journal.erasing.waiting
            reader.execute("COMMIT")
            await until(lambda: not data.journal.erasing.waiting)
    assert in_files(data.folder, b"quixotic") == []


async def test_another_that_writes_to_the_index_is_waited_for(data: DataFolder) -> None:
    data.say("quixotic", "two")
    index_all(data.searcher())
    with closing(Index(data.index)) as other:
        with other.writing():
            assert not await asyncio.to_thread(
                index_erasing.replace, data.index, data.journal.id, {1: [b"{}"]}, {}
            )
        assert index_erasing.replace(data.index, data.journal.id, {1: [b"{}"]}, {})


async def test_an_index_that_is_damaged_or_missing(data: DataFolder) -> None:
    assert index_erasing.replace(data.index, "j", {1: [None]}, {})
    assert index_erasing.clean(data.index)
    data.index.write_bytes(b"no database at all, but long enough to be one" * 99)
    assert index_erasing.replace(data.index, "j", {1: [b"{}"]}, {})
    assert not data.index.exists()


async def test_files_that_stay_and_a_full_disk_are_tried_again(
    data: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.room.room_side.eraser.TROUBLE_AFTER", 0.01)
    data.say("quixotic")
    files = Files()
    files.removable = False
    full = True
    tried = 0
    erased = data.journal.erased

    def on_a_full_disk(counts: dict[int, int]) -> None:
        nonlocal tried
        tried += 1
        if full:
            raise StorageError("disk full")
        erased(counts)

    monkeypatch.setattr(data.journal, "erased", on_a_full_disk)
    async with erasing(data, files):
        delete(data.journal, 1)
        await until(lambda: files.asked > 2)
        assert in_files(data.folder, b"quixotic") == [], "the rest was cleaned"
        files.removable = True
        await until(lambda: tried > 2)
        full = False
        await until(lambda: not data.journal.erasing.waiting)


# --- edits -------------------------------------------------------------------------------


def edit(journal: Journal, seq: int, text: str) -> None:
    """Let this message say something else."""
    said = decode_event(journal.body(seq) or b"")
    assert isinstance(said, Said)
    number = journal.newest() + 1
    edited = Edited(seq=number, at=AT, name="ada", target=seq, text=text)
    body = events.standing(standing.changed(said, edited))
    row = Row(number, 1, None, encode(edited))
    journal.append(Batch(rows=[row], rewritten={seq: body}, edits={number: seq}))


async def test_the_new_text_of_an_edit_is_found_and_the_old_one_is_not(
    data: DataFolder,
) -> None:
    data.say("zebra quixotic", "yesterday")
    searcher = data.searcher()
    index_all(searcher)
    async with erasing(data):
        edit(data.journal, 1, "zebra wombat")
        assert find(searcher, "quixotic") == [], "searches look at events as they stand"
        await until(lambda: not data.journal.erasing.waiting)
        assert find(searcher, "wombat") == [1]
        assert find(searcher, "zebra") == [1]
        assert in_files(data.folder, b"quixotic") == []
        for word in ("one", "two", "three"):
            edit(data.journal, 1, f"zebra {word}")
            await asyncio.sleep(0)
        await until(lambda: not data.journal.erasing.waiting)
        assert find(searcher, "zebra three") == [1]
        index_all(searcher)
        delete(data.journal, 1)
        await until(lambda: not data.journal.erasing.waiting)
        assert not {"zeb", "wom", "thr", "qui"} & vocabulary(data)
        assert "yes" in vocabulary(data)
    with closing(Index(data.index)) as index:
        index._db.execute("INSERT INTO terms (terms) VALUES ('integrity-check')")


async def test_an_edit_between_the_steps_of_its_erasing(
    data: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    data.say("quixotic", "yesterday")
    searcher = data.searcher()
    index_all(searcher)
    replace, once = index_erasing.replace, [True]

    def edited_meanwhile(*args: object, **options: object) -> bool:
        if once:
            once.clear()
            edit(data.journal, 1, "third")
        return replace(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(index_erasing, "replace", edited_meanwhile)
    async with erasing(data):
        edit(data.journal, 1, "second")
        await until(lambda: not data.journal.erasing.waiting)
    assert find(searcher, "third") == [1]
    assert not {"qui", "eco"} & live_vocabulary(data)


def live_vocabulary(data: DataFolder) -> set[str]:
    """The terms by which the first event is found."""
    with closing(Index(data.index)) as index:
        return {term for term in vocabulary(data) if 1 in index.candidates(f'"{term}"', 1, 2)}


async def test_an_edited_event_that_is_not_indexed_yet(data: DataFolder) -> None:
    data.say("one", "quixotic")
    searcher = data.searcher()
    async with erasing(data):
        edit(data.journal, 2, "wombat")
        await until(lambda: not data.journal.erasing.waiting)
    index_all(searcher)
    assert "qui" not in vocabulary(data)
    assert find(searcher, "wombat") == [2]


async def test_an_edit_before_a_crash_is_found_behind_it(data: DataFolder) -> None:
    data.say("quixotic", "two")
    searcher = data.searcher()
    index_all(searcher)
    edit(data.journal, 1, "wombat")
    data.journal.close()
    with closing(Journal(data.folder / JOURNAL)) as data.journal:
        assert data.journal.erasing.waiting == {1: [None]}
        async with erasing(data):
            await until(lambda: not data.journal.erasing.waiting)
        index_all(searcher)
        assert find(searcher, "wombat") == [1]
        assert "qui" not in vocabulary(data)
    with closing(Journal(data.folder / JOURNAL)) as data.journal:
        assert not data.journal.erasing.waiting


async def test_after_the_deletion_no_file_has_any_text_that_it_ever_had(
    data: DataFolder,
) -> None:
    data.journal.close()
    with closing(Bench(data.folder / JOURNAL)) as bench:
        data.journal = bench.journal
        ann = bench.join("ann")
        bench.say(ann, "k", "the first quixotic words")
        index_all(data.searcher())
        async with erasing(data):
            for number, text in enumerate(("then xylophone", "then kumquat")):
                bench.act(ann, Edit(id=f"e{number}", seq=2, text=text))
            bench.say(ann, "r", "a reply", reply_to=2)
            bench.act(ann, React(id="r1", seq=5, emoji="👍", on=True))
            assert in_files(data.folder, b"xylophone"), "what it said once can be read"
            bench.act(ann, Delete(id="d", seq=2))
            await until(lambda: not bench.journal.erasing.waiting)
        for word in (b"quixotic", b"xylophone", b"kumquat"):
            assert in_files(data.folder, word) == []
        assert not {"qui", "xyl", "kum"} & vocabulary(data)


# --- uploads that were cut -----------------------------------------------------------------


@pytest.fixture
def downloads(tmp_path: Path) -> Path:
    (tmp_path / ".incoming").mkdir()
    (tmp_path / "a.txt").write_bytes(b"secret" * 30_000)
    return tmp_path


def test_what_is_kept_of_a_cut_upload_goes_with_its_file(downloads: Path) -> None:
    incoming = downloads / ".incoming"
    kept = {
        "beginning": (f"{1:064x}.kept", b"secret" * 20_000),
        "whole": (f"7-{2:016x}.part", b"secret" * 30_000),
        "longer": (f"{3:064x}.kept", b"secret" * 30_001),
        "other": (f"{4:064x}.kept", b"secretz"),
        "foreign": ("mine.txt", b"secret"),
    }
    for name, content in kept.values():
        (incoming / name).write_bytes(content)
    digest = hashlib.sha256(b"secret" * 30_000).hexdigest()
    assert shared_files.remove(downloads, [(1, "a.txt", 180_000, digest)]) == [1]
    left = {path.name for path in incoming.iterdir()}
    assert left == {kept[one][0] for one in ("longer", "other", "foreign")}
    assert not (downloads / "a.txt").exists()


# --- reads of a worker ---------------------------------------------------------------------


async def test_an_answer_that_was_read_before_a_deletion_is_read_again(
    data: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    data.say("quixotic")
    reads = JournalReads(data.folder / JOURNAL, data.index, 0)
    do = reads._journal.do

    async def deleted_meanwhile(function: Callable[[Any], Any]) -> Any:
        found = await do(function)
        delete(data.journal, 1)
        body = data.journal.event(1)
        assert body
        reads.changed([(1, body)], [(1, quotes.of(body))])
        return found

    monkeypatch.setattr(reads._journal, "do", deleted_meanwhile)
    page = await reads.page_from(1, 9)
    assert b"quixotic" not in page.events[0]
    reads.close()
