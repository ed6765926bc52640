"""The work that one host does for all: snapshots of the journal, and order in the store.

It has a connection of its own, so that nothing in the log waits behind large pieces.
"""

import asyncio
import logging
import os
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import monotonic

from server.cluster import retrying, store
from server.cluster.connection import UnavailableError
from server.cluster.entering import position_of
from server.cluster.retrying import retried
from server.cluster.shared_files import SharedFiles
from server.cluster.snapshots import SnapshotError, Snapshots
from server.cluster.stream import Stream
from server.files.regular import directory, open_regular
from server.files.remote import RemoteUnavailableError, thumbnail_name
from server.files.thumbnails import FOLDER, SUFFIX
from server.room.room_side.other_hosts import OtherHosts
from server.room.storage.journal import Journal
from server.settings import Settings

log = logging.getLogger(__name__)

LOOK_EVERY = 10.0
SNAPSHOT_EVERY = 100_000
"""Entries after which one host makes another snapshot, and the stream is purged up to it."""
PURGE_EVERY = 3000.0
"""Seconds within which what was deleted leaves the stream, too: less than an hour."""
SWEEP_EVERY = 3600.0


class Upkeep:
    """The snapshots and files of a room on several hosts.

    Attributes:
        snapshots: copies of the journal.
        files: the shared files.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._connection = store.connection(settings)
        journals = store.bucket(self._connection, "journal")
        self.snapshots = Snapshots(journals, position_of)
        self._objects = store.bucket(self._connection, "files")
        self.files = SharedFiles(self._objects)
        self._asked_for = asyncio.Event()
        self._due = monotonic() + PURGE_EVERY
        self._sweep_due = 0.0

    async def open(self) -> None:
        """Connect, and make the places where it keeps things. Raises `UnavailableError`."""
        await self._connection.open(retrying.AGAIN_AFTER)
        await self.snapshots.open()
        await self._objects.open()

    async def close(self) -> None:
        """End the connection."""
        await self._connection.close()

    def make_snapshot(self) -> None:
        """Make a snapshot soon."""
        self._asked_for.set()

    async def run(
        self,
        journal: Journal,
        others: OtherHosts,
        stream: Stream,
        *,
        in_charge: Callable[[], bool],
        founded: bool,
    ) -> None:
        """Do what is due, for as long as this runs.

        Args:
            journal: of this host.
            others: knows whether something was deleted.
            stream: the log, which snapshots make shorter.
            in_charge: whether this host is the one that does it, and has carried out all.
            founded: this host had the room alone until now: the others need what it has.
        """
        await retried(self.open)
        if founded or await self._lacks_copy(journal):
            await retried(lambda: self._share_files(journal))
            while not await self._snapshot(others, None):  # noqa: ASYNC110
                await asyncio.sleep(retrying.AGAIN_AFTER)
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._asked_for.wait(), LOOK_EVERY)
                self._asked_for.clear()
                await self._snapshot(others, stream)
                continue
            if not in_charge():
                continue
            try:
                first, last = await stream.state()
                await self._sweep(journal)
            except (UnavailableError, RemoteUnavailableError, sqlite3.Error) as error:
                log.info("cluster not looked after error=%s", error)
                continue
            deleted = others.deleted and monotonic() > self._due
            if last - first + 1 >= SNAPSHOT_EVERY or (deleted and last):
                await self._snapshot(others, stream)

    async def _lacks_copy(self, journal: Journal) -> bool:
        """Whether nobody has made the copy that others need who enter, since a host ended."""
        known = journal.agreed()
        return bool(known and known.newest) and await retried(self.snapshots.newest) is None

    async def _snapshot(self, others: OtherHosts, stream: Stream | None) -> bool:
        """Make a snapshot, and purge the stream up to it; return whether that was done."""
        deleted, others.deleted = others.deleted, False
        try:
            made = await self.snapshots.make(self._settings.journal, 1 if deleted else 2)
            if stream is not None:
                await stream.purge_to(made)
        except (UnavailableError, SnapshotError, ValueError) as error:
            others.deleted = deleted
            log.warning("snapshot not made error=%s", error)
            return False
        self._due = monotonic() + PURGE_EVERY
        return True

    async def _sweep(self, journal: Journal) -> None:
        """Remove what hosts that died left in the store."""
        if monotonic() > self._sweep_due:
            self._sweep_due = monotonic() + SWEEP_EVERY
            await self.files.sweep(journal.is_shared)

    async def _share_files(self, journal: Journal) -> None:
        folder = self._settings.downloads
        names = journal.stored_names()
        for name in names:
            await self._put(name, folder / name)
            await self._put(thumbnail_name(name), folder / FOLDER / f"{name}{SUFFIX}")
        log.info("files shared with other hosts files=%d", len(names))

    async def _put(self, name: str, path: Path) -> None:
        try:
            with directory(path.parent) as folder:
                file = os.fdopen(open_regular(folder, path.name, os.O_RDONLY), "rb")
            with file:
                await self.files.put(name, file)
        except FileNotFoundError:
            return
        except RemoteUnavailableError as reason:
            raise UnavailableError(str(reason)) from reason
        except OSError as error:
            log.warning("file not shared with other hosts file=%s error=%s", path, error)
