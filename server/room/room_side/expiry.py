"""Deletes shared files that are older than `--keep-files`, as acts of the room itself.

A few at a time, in the room's one order; also those that became too old while no server ran.
"""

import asyncio
import logging
import secrets
import sqlite3
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from server.room.acts import EXPIRED
from server.room.storage.journal import Journal
from shared.codec import decode_event
from shared.moderation import ActRequest, Delete
from shared.problems import Problem

log = logging.getLogger(__name__)

LOOK_EVERY = 60.0
AT_ONCE = 8
PAUSE = 0.25
"""Seconds after so many files: each deletion rewrites parts of the search index."""


class FileExpiry:
    """The old files of one journal.

    Args:
        journal: the journal.
        keep: how long files stay.
        act: carries out an act of the host under an id (`Host.act`).
        now: the time, with its zone.
        in_charge: whether this host is the one of several that does it.
    """

    def __init__(
        self,
        journal: Journal,
        keep: timedelta,
        act: Callable[[str, ActRequest], Awaitable[bytes | Problem]],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        in_charge: Callable[[], bool] = lambda: True,
    ) -> None:
        self._journal = journal
        self._keep = keep
        self._act = act
        self._now = now
        self._in_charge = in_charge

    async def run(self) -> None:
        """Delete what is too old, for as long as this runs."""
        while True:
            try:
                if self._in_charge() and (deleted := await self.look()):
                    log.info("old files deleted count=%d", deleted)
            except sqlite3.Error as error:
                log.info("old files not deleted error=%s", error)
            await asyncio.sleep(LOOK_EVERY)

    async def look(self) -> int:
        """Delete all files that are too old now; returns how many."""
        limit = self._now() - self._keep
        end = self._journal.first_at(limit)
        deleted = after = 0
        while seqs := self._journal.files_between(after, end, AT_ONCE):
            for seq in seqs:
                deleted += await self._delete(seq, limit)
            after = seqs[-1]
            await asyncio.sleep(PAUSE)
        return deleted

    async def _delete(self, seq: int, limit: datetime) -> bool:
        body = self._journal.event(seq)
        # Where the clock was set back, younger ones lie among the old.
        if not body or datetime.fromisoformat(decode_event(body).at) >= limit:
            return False
        id = EXPIRED + secrets.token_hex(16)
        answer = await self._act(id, Delete(id=id, seq=seq))
        if isinstance(answer, Problem):  # deleted meanwhile, or the disk is full: later again
            log.info("old file not deleted seq=%d problem=%s", seq, answer.code)
        return not isinstance(answer, Problem)
