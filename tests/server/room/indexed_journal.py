"""A journal with searchers, as the workers of one room have them."""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

from server.room.storage.batch import Batch, Row
from server.room.storage.journal import Journal
from server.room.worker_side.search import Searcher
from server.settings import INDEX, JOURNAL
from shared import searching
from shared.codec import decode_event, encode
from shared.messages import Said

AT = "2026-11-22T08:00:00.000Z"
IDEOGRAPHS = "".join(map(chr, range(0x4E00, 0x4E00 + 7980)))


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
