"""Leaves nothing of deleted messages and files in any file of the server, within a second.

Their rows change in the transaction that deletes them. This cleans the rest: the file in the
downloads folder, the journal's log, the search index and its log. It tries again while others
read those, and goes on after a crash.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from server.budgets.outages import Outage
from server.room.storage import index_erasing
from server.room.storage.journal import Journal, StorageError

log = logging.getLogger(__name__)

AGAIN_AFTER = 0.02
"""Seconds until the next try while others read the files."""
TROUBLE_AFTER = 1.0
"""The same after an error, such as a full disk."""
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
        self._taken_out: set[int] = set()
        self._wanted = asyncio.Event()
        self._outage = Outage(log, "deleted messages not erased")
        journal.erasing.wanted = self._wanted.set
        if journal.erasing.waiting:
            self._wanted.set()

    async def run(self) -> None:
        """Clean up after each deletion, for as long as this runs. Raises `OvertakenError`."""
        loop = asyncio.get_running_loop()
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            began = loop.time()
            pause = await self._try()
            while pause is not None:
                await asyncio.sleep(pause)
                pause = await self._try()
            took = loop.time() - began
            if took > LONG:
                await asyncio.sleep(REST * took)

    async def _try(self) -> float | None:
        """Clean up; returns after how many seconds to try again, None if all is done."""
        waiting = dict(self._journal.erasing.waiting)
        if not waiting:
            return None
        loop = asyncio.get_running_loop()
        try:
            removed = await self._remove_files()
            if not self._journal.empty_log():
                return AGAIN_AFTER
            if not await loop.run_in_executor(None, self._clean_index, waiting):
                return AGAIN_AFTER
            if not removed:
                return TROUBLE_AFTER
            self._journal.erased(waiting)
        except (StorageError, sqlite3.Error, OSError) as error:
            self._outage.failed(f"error={error}")
            return TROUBLE_AFTER
        self._taken_out.clear()
        self._outage.over()
        return 0 if self._journal.erasing.waiting else None

    def _clean_index(self, waiting: Mapping[int, bytes | None]) -> bool:
        new = {seq: body for seq, body in waiting.items() if seq not in self._taken_out}
        if new and not index_erasing.take_out(self._index, self._journal.id, new):
            return False
        self._taken_out.update(new)
        return index_erasing.clean(self._index)
