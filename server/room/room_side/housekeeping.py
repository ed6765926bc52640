"""What the room process does beside its messages: size, free space, files of events that went.

All of it in steps of some milliseconds, between the messages. Knows the journal and the
folders; decides nothing about members or messages.
"""

import asyncio
import logging
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

from server.budgets.outages import Outage
from server.budgets.refusals import Refusals
from server.files.remote import RemoteFiles, RemoteUnavailableError, delete_shared
from server.files.thumbnails import Thumbnails
from server.room.storage import shared_files
from server.room.storage.errors import StorageError
from server.room.storage.journal import Journal
from server.room.storage.size_limit import SizeLimit
from server.settings import Settings

log = logging.getLogger(__name__)

LOOK_EVERY = 1.0
QUIET_FOR = 10.0
"""After so many seconds without an event all is brought to the disk."""
STEP_EVERY = 0.005
FILES_AT_ONCE = 16
RETRY_FILES_EVERY = 60.0
RETRY_STORE_EVERY = 5.0
ORPHANED_AFTER = 600.0
"""Seconds after which a thumbnail whose picture nobody shares is that of a worker that died."""


def _free(folder: Path) -> int:
    return shutil.disk_usage(folder).free


class Housekeeping:
    """The housekeeping of one journal.

    Args:
        journal: the journal.
        settings: where the files are, and how large the journal may be.
        min_free: bytes on the disk of the journal that stay free.
        refusals: counts the moments at which there were fewer.
        free: returns the free bytes on the disk of a folder; raises `OSError`.
        remote: the store of files, where the room is on several hosts (then `run_remote` too).

    Attributes:
        forget: lets the events before a `seq` go.
    """

    def __init__(
        self,
        journal: Journal,
        settings: Settings,
        min_free: int,
        refusals: Refusals | None = None,
        *,
        free: Callable[[Path], int] = _free,
        remote: RemoteFiles | None = None,
    ) -> None:
        self._journal = journal
        self._folder = settings.data_dir
        self._downloads = settings.downloads
        self._min_free = min_free
        self._refusals = refusals or Refusals()
        self._free = free
        self._remote = remote
        self._leaving: dict[int, str] = {}
        self._leaves = asyncio.Event()
        self._store = Outage(log, "files not deleted in the cluster")
        most = settings.max_journal
        self._limit = SizeLimit(journal, settings.index, most) if most else None
        self.forget: Callable[[int], None] = journal.forget_before
        self._space = Outage(log, "journal paused reason=little_free_space")
        self._files = Outage(log, "shared files not removed")
        self._retry_files_at = 0.0
        self._removing = asyncio.Lock()
        self._newest, self._quiet_since = -1, 0.0

    async def run(self) -> None:
        """Look after the journal, for as long as this runs. Raises `OvertakenError`."""
        await self.sweep_thumbnails()
        while True:
            self.look_for_space()
            self._journal.check_file()
            try:
                self.measure()
                await self.remove_files()
                await self.settle()
                await self._tidy(LOOK_EVERY)
            except (StorageError, sqlite3.Error) as error:
                log.info("journal not tidied error=%s", error)
                await asyncio.sleep(LOOK_EVERY)

    def prepare(self) -> None:
        """Do what takes long, before the room opens."""
        if self._limit is not None:
            self._limit.shrink()
        self.look_for_space()

    def look_for_space(self) -> None:
        """Let messages and joins wait while the disk has less than `min_free` bytes free."""
        try:
            free = self._free(self._folder)
        except OSError as error:
            log.info("free space not known error=%s", error)
            return
        if free >= self._min_free:
            self._journal.no_space = ""
            self._space.over()
            return
        self._journal.no_space = f"less than {self._min_free >> 20} MiB of the disk are free"
        self._refusals.count("space")
        self._space.failed(f"free={free} min_free={self._min_free}")

    async def _tidy(self, seconds: float) -> None:
        """Let events go for so long, in steps between other work."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while (left := end - loop.time()) > 0:  # noqa: ASYNC110 - work between other work
            await asyncio.sleep(STEP_EVERY if self._journal.tidy() else left)

    def measure(self) -> None:
        """Decide which events are to go. Raises `sqlite3.Error`."""
        if self._limit is not None:
            self.forget(self._limit.first())

    async def settle(self) -> None:
        """In a quiet room, leave no doubt about what is in the journal if the power fails."""
        loop = asyncio.get_running_loop()
        newest = self._journal.newest()
        if newest != self._newest:
            self._newest, self._quiet_since = newest, loop.time()
        if (
            loop.time() - self._quiet_since < QUIET_FOR
            or not self._journal.file_identity.unsettled
        ):
            return
        try:
            await loop.run_in_executor(None, self._journal.file_identity.sync_log)
            if self._journal.newest() == newest:
                self._journal.file_identity.rest()
        except OSError as error:
            log.info("journal not synced error=%s", error)

    async def sweep_thumbnails(self) -> None:
        """Remove thumbnails that are not of shared files."""
        loop = asyncio.get_running_loop()
        thumbnails = Thumbnails(self._downloads)
        names = await loop.run_in_executor(None, thumbnails.names, ORPHANED_AFTER)
        for name in names:
            try:
                wanted = self._journal.is_shared(name)
            except sqlite3.Error as error:
                log.info("thumbnails not looked at error=%s", error)
                return
            if not wanted:
                await loop.run_in_executor(None, thumbnails.remove, name)
            await asyncio.sleep(0)

    async def remove_files(self) -> bool:
        """Remove the files of events that went or were deleted; returns False if some stay.

        Raises `StorageError`, `sqlite3.Error`.
        """
        async with self._removing:
            return await self._remove_files()

    async def _remove_files(self) -> bool:
        loop = asyncio.get_running_loop()
        if loop.time() < self._retry_files_at:
            return False
        while doomed := self._doomed():
            # Another file may have got the name since; the event that has it keeps it.
            removable = [one for one in doomed if not self._journal.is_shared(one[1])]
            done = [one[0] for one in doomed if one not in removable]
            try:
                removed = await loop.run_in_executor(
                    None, shared_files.remove, self._downloads, removable
                )
                self._journal.undoom(done if self._remote is not None else done + removed)
            except OSError as error:
                self._files.failed(f"error={error}")
                self._retry_files_at = loop.time() + RETRY_FILES_EVERY
                return False
            self._files.over()
            if self._remote is not None:
                self._leaving |= {one[0]: one[1] for one in removable if one[0] in removed}
                self._leaves.set()
            await asyncio.sleep(STEP_EVERY)
        return True

    def _doomed(self) -> list[shared_files.Doomed]:
        """Return files of events that went, without those that have to leave the store only."""
        found = self._journal.doomed(FILES_AT_ONCE + len(self._leaving))
        return [one for one in found if one[0] not in self._leaving][:FILES_AT_ONCE]

    async def run_remote(self) -> None:
        """Delete the files of events that went in the store, for as long as this runs.

        It takes seconds for a large file, so nothing else waits for it. What is not deleted
        when this ends is at the next start. Raises `OvertakenError`.
        """
        while True:
            await self._leaves.wait()
            self._leaves.clear()
            for number, name in list(self._leaving.items()):
                await self._delete_in_store(name)
                await self._undoom(number)

    async def _delete_in_store(self, name: str) -> None:
        assert self._remote is not None
        while True:
            try:
                await delete_shared(self._remote, name)
            except RemoteUnavailableError as error:
                self._store.failed(f"error={error}")
                await asyncio.sleep(RETRY_STORE_EVERY)
            else:
                self._store.over()
                return

    async def _undoom(self, number: int) -> None:
        while number in self._leaving:
            try:
                self._journal.undoom([number])
            except StorageError as error:
                log.info("journal not tidied error=%s", error)
                await asyncio.sleep(LOOK_EVERY)
            else:
                del self._leaving[number]
