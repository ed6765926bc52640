"""The targets that read files of the data folder: journal, rescue, search index."""

import sqlite3
import tempfile
from contextlib import closing
from functools import cache
from pathlib import Path

from server.room.core import RoomCore
from server.room.storage.errors import JournalError
from server.room.storage.journal import Journal
from server.room.storage.rescue import remake
from server.room.worker_side.search import Searcher
from server.settings import INDEX, JOURNAL
from shared import folding, limits, searching, texts
from tests.fuzz import journals
from tests.fuzz.registry import assert_one_line, resources, target, text_of, work_folder

# --- the journal -------------------------------------------------------------------------


def _write(image: journals.JournalImage, into: str) -> tempfile.TemporaryDirectory[str]:
    folder = tempfile.TemporaryDirectory(prefix=into, dir=work_folder())
    image.write(Path(folder.name))
    return folder


@target
def journal(data: bytes) -> None:
    """Open a damaged journal: it has its history, or it is refused and left unchanged."""
    image = journals.damaged(journals.whole(), data)
    with _write(image, "journal-") as folder:
        path = Path(folder, JOURNAL)
        try:
            opened = Journal(path, check=True)
        except JournalError as problem:
            assert_one_line(problem)
            assert bool(image.main) == bool(path.stat().st_size)
            return
        with closing(opened):
            # SQLite takes a file smaller than a page for a new one; it has no history.
            assert opened.newest() > 0 or len(image.main) < journals.SECTOR, "emptied"


@target
def room(data: bytes) -> None:
    """Start a room on a damaged journal that can be opened: it starts or gives a reason."""
    image = journals.damaged(journals.whole(), data)
    with _write(image, "room-") as folder:
        try:
            with closing(Journal(Path(folder, JOURNAL), check=True)) as opened:
                RoomCore(opened, 8)
        except JournalError as problem:
            assert_one_line(problem)


@target
def rescued(data: bytes) -> None:
    """Rescue a damaged journal: the new one has no gap, and the damaged one is kept."""
    image = journals.damaged(journals.whole(), data)
    with _write(image, "rescue-") as folder:
        path = Path(folder, JOURNAL)
        try:
            count, aside = remake(path)
        except (sqlite3.Error, OSError):
            assert path.exists()
            assert bool(image.main) == bool(path.stat().st_size)
            return
        assert bool(image.main) == bool(aside.stat().st_size)
        with closing(Journal(path, check=True)) as fresh:
            _check_gapless(path, fresh, count)
            RoomCore(fresh, 8)


def _check_gapless(path: Path, fresh: Journal, count: int) -> None:
    with closing(sqlite3.connect(path)) as db:
        seqs = [seq for (seq,) in db.execute("SELECT seq FROM event ORDER BY seq")]
    first = fresh.first_kept()
    assert seqs == list(range(first, first + count)), "a hole"


# --- searching ---------------------------------------------------------------------------


@target
def query(data: bytes) -> None:
    """Search for a text: the index finds the same as a look at every event."""
    try:
        words = searching.words(text_of(data))
    except texts.BadText as problem:
        assert_one_line(problem)
        return
    assert all(folding.fold(word) == word for word in words)
    searcher = _searcher()
    for _ in range(2):  # without the index, then with it
        found = searcher.find(words, None, limits.MAX_FOUND).events
        assert found == list(reversed(journals.with_words(words)))
        while searcher.update():
            pass


def _searcher_of(journal: Path, index: Path) -> Searcher:
    """Return one whose time is not over in the middle of a search, however busy all is."""
    return Searcher(journal, index, clock=lambda: 0.0)


@cache
def _searcher() -> Searcher:
    folder = resources.enter_context(tempfile.TemporaryDirectory(dir=work_folder()))
    path = journals.whole().write(Path(folder))
    resources.callback(_searcher.cache_clear)
    return resources.enter_context(closing(_searcher_of(path, path.with_name(INDEX))))


@target
def index(data: bytes) -> None:
    """Use a damaged search index: it finds no wrong event, and it is repaired."""
    with _write(journals.whole(), "index-") as folder:
        journal, path = Path(folder, JOURNAL), Path(folder, INDEX)
        path.write_bytes(journals.damaged(journals.index(), data).main)
        right = list(reversed(journals.with_words(["words"])))
        with closing(_searcher_of(journal, path)) as searcher:
            searcher.update()
            found = searcher.find(["words"], None, limits.MAX_FOUND).events
            assert set(found) <= set(right)
            while searcher.update():
                pass
            path.write_bytes(b"")
        with closing(_searcher_of(journal, path)) as searcher:
            assert searcher.find(["words"], None, limits.MAX_FOUND).events == right
