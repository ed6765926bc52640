"""Leaves nothing of deleted messages and files in any file of the server.

Their rows change in the transaction that deletes them. This cleans the rest: within a second
the file in the downloads folder and the journal's log; then the search index and its log,
which takes longer the more events it has. It tries again while others read them, and goes on
after a crash. Of what edits replaced, it cleans the journal's log too, and lets the search
index find what is there now.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from server.budgets.outages import Outage
from server.room.storage import index_erasing
from server.room.storage.erasing import Formers
from server.room.storage.errors import StorageError
from server.room.storage.journal import Journal

log = logging.getLogger(__name__)

AGAIN_AFTER = 0.02
"""Seconds until the next try while others read the files."""
TROUBLE_AFTER = 1.0
"""The same after an error, such as a full disk."""
EDITS_AFTER = 0.25
"""Seconds that edits wait for more of them, if nothing was deleted: each cleaning of the log
takes some milliseconds, in which the room does nothing else."""
LONG = 0.5
REST = 4
"""After a large index, which takes more than `LONG` seconds, it rests `REST` times as long."""


class Eraser:
    """Cleans up after deletions in one journal.

    Args:
        journal: the journal.
        index: the path of its search index.
        remove_files: removes the files of deleted events; raises `StorageError`.
    """

    def __init__(
        self, journal: Journal, index: Path, remove_files: Callable[[], Awaitable[bool]]
    ) -> None:
        self._journal = journal
        self._index = index
        self._remove_files = remove_files
        self._wanted, self._index_wanted = asyncio.Event(), asyncio.Event()
        self._in_index: dict[int, int] = {}
        self._taken_out: dict[int, int] = {}
        self._outage = Outage(log, "deleted messages not erased")
        journal.erasing.wanted = self._wanted.set
        if journal.erasing.waiting:
            self._wanted.set()

    async def run(self) -> None:
        """Clean folder and log after each deletion, as long as this runs.

        Raises `OvertakenError`; so does `run_index`.
        """
        while True:
            await self._wanted.wait()
            if not self._journal.erasing.urgent:
                await asyncio.sleep(EDITS_AFTER)
            self._wanted.clear()
            self._journal.erasing.urgent = False
            await self._until_done(self._clean_files)

    async def run_index(self) -> None:
        """Clean the index behind that, as long as this runs."""
        loop = asyncio.get_running_loop()
        while True:
            await self._index_wanted.wait()
            self._index_wanted.clear()
            began = loop.time()
            await self._until_done(self._clean_index)
            took = loop.time() - began
            if took > LONG:
                await asyncio.sleep(REST * took)

    async def _until_done(self, clean: Callable[[], Awaitable[bool]]) -> None:
        done = False
        while not done:
            try:
                done = await clean()
                pause = 0.0 if done else AGAIN_AFTER
                self._outage.over()
            except (StorageError, sqlite3.Error, OSError) as error:
                self._outage.failed(f"error={error}")
                pause = TROUBLE_AFTER
            await asyncio.sleep(pause)

    async def _clean_files(self) -> bool:
        waiting = self._journal.erasing.waiting
        new = {
            seq: len(formers)
            for seq, formers in waiting.items()
            if len(formers) > self._in_index.get(seq, 0)
        }
        removed = not new or await self._remove_files()
        if new and not self._journal.empty_log():
            return False
        if not removed:
            raise OSError("files stay in the downloads folder")
        if new:
            self._in_index.update(new)
            self._index_wanted.set()
        return True

    async def _clean_index(self) -> bool:
        counts = dict(self._in_index)
        waiting = self._journal.erasing.waiting
        formers = {seq: waiting[seq][:count] for seq, count in counts.items()}
        now = {seq: self._journal.body(seq) for seq in counts}
        loop = asyncio.get_running_loop()
        if not await loop.run_in_executor(None, self._take_out, formers, now):
            return False
        self._journal.erased(counts)
        for seq, count in counts.items():
            self._in_index[seq] -= count
            if not self._in_index[seq]:
                del self._in_index[seq]
        self._taken_out.clear()
        return True

    def _take_out(
        self, formers: Mapping[int, Formers], now: Mapping[int, bytes | None]
    ) -> bool:
        deleted = any(_is_gone(body) for body in now.values())
        new = {
            seq: bodies
            for seq, bodies in formers.items()
            if self._taken_out.get(seq) != len(bodies)
        }
        if new and not index_erasing.replace(
            self._index, self._journal.id, new, now, merge=deleted
        ):
            return False
        self._taken_out.update({seq: len(bodies) for seq, bodies in new.items()})
        return not deleted or index_erasing.clean(self._index)


def _is_gone(body: bytes | None) -> bool:
    """Whether an event is deleted, or not kept any more."""
    return not body or b'"deleted":{' in body
