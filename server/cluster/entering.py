"""The start of a host: its journal is brought to where the log can go on, and it agrees.

The first host of a room puts in the log what all have to agree on. Another one has an empty
data folder, which becomes a copy of the room, or one that was part of it before.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from server.cluster import agreed, entries
from server.cluster.agreed import CannotEnterError, DisagreementError
from server.cluster.connection import Connection, UnavailableError
from server.cluster.entries import EntryError, VersionError
from server.cluster.objects import MissingError
from server.cluster.records import PurgedError, Record
from server.cluster.retrying import retried
from server.cluster.snapshots import SnapshotError, Snapshots
from server.cluster.stream import OtherSettingsError, Stream
from server.room.hosts import Source
from server.room.operations import Agree, Operation
from server.room.storage import host_tables, schema, search_index
from server.room.storage.journal import Journal
from server.room.storage.reader import read_only
from server.settings import Settings

log = logging.getLogger(__name__)

OPEN_WITHIN = 3.0
"""Seconds for which a host that knows its room waits for the cluster; then it opens alone."""
FEWER_FOR = 10.0
"""Seconds for which the nodes may seem to have lost entries."""
ANSWER_WITHIN = 2.0


class Past(Struct, frozen=True):
    """The past of a journal: its last position and `seq`, and what was agreed."""

    position: int = 0
    newest: int = 0
    agreed: Agree | None = None


def past(journal: Path) -> Past:
    """Return what a journal has; nothing, if there is none that this version wrote."""
    if not journal.exists():
        return Past()
    try:
        with closing(read_only(journal)) as db:
            (newest,) = db.execute("SELECT coalesce(max(seq), 0) FROM event").fetchone()
            if schema.version(db) < schema.VERSION:
                return Past(newest=newest)
            return Past(position_of(db), newest, host_tables.agreed(db))
    except sqlite3.Error:
        return Past()


def position_of(db: sqlite3.Connection) -> int:
    """Return the last position that a journal has carried out."""
    return int(db.execute("SELECT position FROM kept").fetchone()[0])


class Copies(Protocol):
    """Where the copies of the room's journal are."""

    @property
    def snapshots(self) -> Snapshots:
        """The copies."""

    async def open(self) -> None:
        """Reach them. Raises `UnavailableError`."""


class Entering:
    """The start of one host, before its room opens.

    Args:
        settings: of this host.
        connection: to the cluster; `stream` uses it.
        stream: the log of the room.
        copies: copies of the room's journal.
        epoch: the number of this start.
        namesake: returns whether another host has the name of this one.
    """

    def __init__(
        self,
        settings: Settings,
        connection: Connection,
        stream: Stream,
        copies: Copies,
        epoch: int,
        *,
        namesake: Callable[[], Awaitable[bool]],
    ) -> None:
        self._settings = settings
        self._connection = connection
        self._stream = stream
        self._copies = copies
        self._epoch = epoch
        self._namesake = namesake
        self._fewer_since: float | None = None

    async def prepare(self) -> None:
        """Load a snapshot if the journal needs one; nobody may have it open to write.

        A host that was part of the room opens without the cluster, if that does not answer.

        Raises:
            CannotEnterError: another host has the name of this one, the journal is that of
                another room, or a snapshot cannot be used.
        """
        before = past(self._settings.journal)
        try:
            await self._connection.open(OPEN_WITHIN)
        except UnavailableError as reason:
            if before.agreed is not None:
                log.warning("cluster not reached action=open_to_read error=%s", reason)
                return
            log.warning("cluster not reached action=wait error=%s", reason)
        if before.agreed is None:
            await self._open_stream()
        else:
            try:
                async with asyncio.timeout(OPEN_WITHIN):
                    await self._open_stream()
            except TimeoutError:
                log.warning("cluster without a majority action=open_to_read")
                return
        if await self._namesake():
            raise CannotEnterError(
                f"Another host has the name {self._settings.host_name}. "
                "Give each its own --host-name."
            )
        await retried(lambda: self._compare(before))

    async def _open_stream(self) -> None:
        try:
            await self._stream.open()
        except OtherSettingsError as reason:
            raise DisagreementError(f"The room's stream cannot be used: {reason}.") from reason

    async def _compare(self, before: Past) -> None:
        first, last = await self._stream.state()
        if before.agreed is not None:
            if first == 1 and last and (await self._first()).journal != before.agreed.journal:
                raise DisagreementError(self._other_room())
            if before.position + 1 < first:
                await self._load()
            elif last < before.position:
                self._fewer(last, before.position)
            return
        if not last:
            return  # the first host of the room
        first_entry = await self._first() if first == 1 else None
        if before.newest and (first_entry is None or first_entry.newest != before.newest):
            raise DisagreementError(self._other_room())
        if before.newest and first_entry is not None:
            return  # a founder that ended before it carried out its own first entry
        if first_entry is None or first_entry.newest:
            await self._load()

    def _fewer(self, last: int, position: int) -> None:
        """Refuse a log that ends before this host's position, if it stays so for a while."""
        now = asyncio.get_running_loop().time()
        self._fewer_since = self._fewer_since or now
        if now - self._fewer_since < FEWER_FOR:  # a new leader may not know its end yet
            raise UnavailableError(f"the log ends at {last}, this host is at {position}")
        raise CannotEnterError(
            f"The nodes have {last} entries of the room's log, and this host has carried out "
            f"{position}: the nodes lost some, or were made anew. Restore a backup of this "
            'host, as docs/cluster.md says under "Restoring a backup".'
        )

    def _other_room(self) -> str:
        return (
            f"{self._settings.data_dir} has the history of another room. Start this host "
            "with an empty --data-dir: it gets the room's history from the others."
        )

    async def _load(self) -> None:
        await self._copies.open()
        newest = await self._copies.snapshots.newest()
        if newest is None:
            raise UnavailableError("there is no snapshot of the room yet")
        try:
            await self._copies.snapshots.load(newest, self._settings.journal)
            await asyncio.to_thread(search_index.remove, self._settings.index)
        except MissingError as reason:
            raise UnavailableError(str(reason)) from reason
        except SnapshotError as reason:
            raise CannotEnterError(str(reason)) from reason

    async def enter(self, journal: Journal) -> bool:
        """Agree with the other hosts; returns whether this one founded the room.

        Raises:
            DisagreementError: they have other settings, or another room.
        """
        known = journal.agreed()
        if known is not None:
            await self._check(known, journal.counters()[0])
            return False
        founded = await retried(lambda: self._found(journal))
        first = await retried(self._first)
        if founded and first.journal != journal.id:
            founded = False  # another host was quicker
        if not founded and journal.newest() and first.journal != journal.id:
            raise DisagreementError(self._other_room())
        await self._check(first, 1)
        if journal.newest() and first.newest:
            founded = True  # also one that ended before it carried out its first entry
        journal.adopt(first.journal)
        return founded

    async def _check(self, known: Agree, position: int) -> None:
        """Compare the settings of this host with what all agreed on, as far as `position`.

        Where they differ, that may have been changed since. Raises `DisagreementError`.
        """
        try:
            await asyncio.to_thread(agreed.check, self._settings, known)
        except DisagreementError:
            try:
                newest = await self._newest(known, position)
            except (UnavailableError, PurgedError):
                newest = known
            if newest == known:
                raise
            await asyncio.to_thread(agreed.check, self._settings, newest)

    async def _newest(self, known: Agree, position: int) -> Agree:
        """Return what all agree on at the end of the stream."""
        _, last = await self._stream.state()
        found = known

        def take(operations: list[Operation]) -> None:
            nonlocal found
            for one in operations:
                if isinstance(one, Agree) and one.last == found.mark:
                    found = one

        if position < last:
            await self._read(position, last, take)
        return found

    async def _found(self, journal: Journal) -> bool:
        _, last = await self._stream.state()
        if last:
            return False
        agree = await asyncio.to_thread(
            agreed.proposal, self._settings, journal.id, journal.newest()
        )
        source = Source(self._settings.host_name, self._epoch, 0)
        data = entries.encode(source, [agree])
        await self._stream.append(data, f"{self._epoch:x}-0", ANSWER_WITHIN)
        return True

    async def _first(self) -> Agree:
        """Return what the first entry of the log has. Raises `UnavailableError`."""
        found: list[Operation] = []
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                await self._read(0, 1, found.extend)
        except TimeoutError as reason:
            raise UnavailableError("the first entry was not read") from reason
        except PurgedError as reason:
            raise UnavailableError(str(reason)) from reason
        if not found or not isinstance(found[0], Agree):
            raise DisagreementError("The room's stream is not one of Chatroom.")
        return found[0]

    async def _read(
        self, after: int, until: int, take: Callable[[list[Operation]], object]
    ) -> None:
        """Give the operations of the entries after a position, up to another one, to `take`.

        Raises:
            PurgedError: some of them are gone.
            CannotEnterError: one is of a later version of Chatroom.
        """

        def taken(record: Record) -> None:
            take(_operations(record))
            if record.position >= until:
                raise _AllRead

        with suppress(_AllRead):
            await self._stream.follow(after, taken)


class _AllRead(Exception):
    """All that was wanted has been read: ends following the stream."""


def _operations(record: Record) -> list[Operation]:
    """Return the operations of an entry; none, if a record is no entry."""
    try:
        return entries.decode(record.data)[1]
    except EntryError:
        return []
    except VersionError as reason:
        raise CannotEnterError(str(reason)) from reason
