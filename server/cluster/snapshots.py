"""Copies of the journal in the object store, for hosts that have none or are too far behind.

A snapshot is the journal as it was at one position of the stream, compressed (zlib, level 1:
a third of the bytes, at some 100 MB/s), under a name that has the position. It is made while
the room writes: from a connection that only reads, by a thread, in steps.
"""

import asyncio
import contextlib
import logging
import os
import sqlite3
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from io import DEFAULT_BUFFER_SIZE
from pathlib import Path
from typing import BinaryIO

from server.cluster.connection import UnavailableError
from server.cluster.objects import MissingError, Objects
from server.room.storage import marker, schema, whole
from server.room.storage.reader import read_only

log = logging.getLogger(__name__)

KEPT = 2
"""Snapshots that stay: a host may be loading the one before the newest."""
PREFIX = "journal/"
_DIGITS = 20
_LEVEL = 1
_BLOCK = 256 * 1024
_STEP_PAGES = 64
_STEP_PAUSE = 0.001
"""After 256 KiB of the journal, the room has its turn: so it reads at most some 200 MB/s."""
_WRITE_WITHIN = 5.0
_CHECKPOINT_WITHIN = 1.0
_CARRY_OVER = """
INSERT INTO doomed SELECT name, size, sha256 FROM former.doomed AS d
    WHERE NOT EXISTS (SELECT 1 FROM file WHERE file.name = d.name)
    AND NOT EXISTS (SELECT 1 FROM main.doomed AS m
        WHERE m.name = d.name AND m.sha256 = d.sha256);
INSERT INTO doomed SELECT name, stored_size(stored), stored_sha256(stored) FROM former.file AS f
    WHERE NOT EXISTS (SELECT 1 FROM file WHERE file.name = f.name);
"""
"""Files that this host has, of events that the snapshot has no more, are to be removed."""

type Position = Callable[[sqlite3.Connection], int]
"""Returns the position that a journal has applied."""


class SnapshotError(Exception):
    """A snapshot cannot be made or used; the text says why."""


class Snapshots:
    """The snapshots of one room.

    Args:
        objects: where they are.
        position: reads a journal's position.
    """

    def __init__(self, objects: Objects, position: Position) -> None:
        self._objects = objects
        self._position = position
        self._one = asyncio.Lock()

    async def open(self) -> None:
        """Make the place where they are, if there is none. Raises `UnavailableError`."""
        await self._objects.open()

    async def newest(self) -> int | None:
        """Return the position of the newest snapshot. Raises `UnavailableError`."""
        return max(await self.positions(), default=None)

    async def positions(self) -> list[int]:
        """Return the positions of all snapshots. Raises `UnavailableError`."""
        names = await self._objects.names()
        numbers = [name.removeprefix(PREFIX) for name in names if name.startswith(PREFIX)]
        return [int(one) for one in numbers if one.isdecimal() and len(one) == _DIGITS]

    async def make(self, journal: Path, keep: int = KEPT) -> int:
        """Make a snapshot of a journal that may be open, and remove old ones.

        Args:
            journal: the file. The copy lies beside it meanwhile.
            keep: how many stay, with the new one. After a deletion only 1 may: those before
                have what was deleted.

        Returns:
            Its position.

        Raises:
            UnavailableError: the cluster does not take it. Those before stay.
            SnapshotError: the journal cannot be copied.
        """
        async with self._one:
            copy = journal.with_name(f"{journal.name}.snapshot")
            try:
                position = await _in_thread(lambda stop: self._copy(journal, copy, stop))
                with copy.open("rb") as file:
                    await self._objects.put(_name(position), _Compressed(file))
            except (sqlite3.Error, OSError) as why:
                raise SnapshotError(f"The journal {journal} cannot be copied: {why}.") from why
            finally:
                await asyncio.to_thread(_remove, copy)
            for old in sorted(await self.positions())[:-keep]:
                await self._objects.delete(_name(old))
        log.info("snapshot made position=%d", position)
        return position

    def _copy(self, journal: Path, copy: Path, stop: threading.Event) -> int:
        """Copy a journal as it is at one moment; return its position."""

        def step(status: int, remaining: int, total: int) -> None:
            if stop.is_set():
                raise InterruptedError
            time.sleep(_STEP_PAUSE)

        _remove(copy)
        copy.touch(mode=0o600)
        with closing(read_only(journal)) as db, closing(_database(copy)) as target:
            db.execute("BEGIN")
            found = self._position(db)  # from this moment on `db` sees no change
            db.backup(target, pages=_STEP_PAGES, progress=step)
            target.execute("PRAGMA journal_mode = DELETE")
        return found

    async def load(self, position: int, into: Path) -> None:
        """Let a journal be the snapshot of this position. No room process may have it open.

        The file stays the same if there is one, as workers keep it open; they see all of the
        former contents, or all of the new ones. Its marker goes: the events of the room are
        those of the stream, and the journal keeps the name that it has in the snapshot.

        Args:
            position: of the snapshot.
            into: the file of the journal, which need not exist.

        Raises:
            MissingError: the snapshot is not there, or damaged.
            UnavailableError: the cluster does not answer.
            SnapshotError: it is of another version of Chatroom, the journal has newer events,
                or cannot be written. It is as it was, or has all of the snapshot.
        """
        async with self._one:
            fresh = into.with_name(f"{into.name}.snapshot")
            try:
                await asyncio.to_thread(_remove, fresh)
                with _private(fresh) as file:
                    plain = _Decompressed(file)
                    await self._objects.fetch(_name(position), plain)
                    plain.finish()
                await _in_thread(lambda stop: self._use(fresh, position, into))
            except (sqlite3.Error, OSError, zlib.error) as why:
                raise SnapshotError(f"The snapshot {position} cannot be used: {why}.") from why
            finally:
                await asyncio.to_thread(_remove, fresh)
        log.warning("journal replaced by snapshot position=%d", position)

    def _use(self, fresh: Path, position: int, into: Path) -> None:
        with closing(_database(fresh)) as db:
            self._check(db, position)
            schema.prepare(db)  # hosts are updated one after another: it may be an older format
            db.execute("UPDATE kept SET marked = 0")
            db.execute("PRAGMA journal_mode = WAL")  # as the room process and workers use it
            if into.exists():
                if _is_behind(into, db):
                    _carry_over(into, db)
                _overwrite(db, into)
                return
        with fresh.open("rb") as file:
            os.fsync(file.fileno())
        # What another journal left here would be taken for the new one's.
        for suffix in ("-wal", "-shm"):
            into.with_name(into.name + suffix).unlink(missing_ok=True)
        marker.path_of(into).unlink(missing_ok=True)
        fresh.rename(into)
        marker.sync_folder(into.parent)

    def _check(self, db: sqlite3.Connection, position: int) -> None:
        """Check that this is a whole journal of that position."""
        if (version := schema.version(db)) > schema.VERSION:
            raise SnapshotError(
                f"The snapshot {position} is of a later version of Chatroom (its format is "
                f"{version}, this one knows {schema.VERSION}). Update this host."
            )
        try:
            whole.check_file(db)
        except sqlite3.DatabaseError as why:
            raise MissingError(f"the snapshot {position} is damaged: {why}") from why
        if (found := self._position(db)) != position:
            raise MissingError(f"the snapshot {position} has the position {found}")


def _is_behind(into: Path, db: sqlite3.Connection) -> bool:
    """Return whether a journal has the beginning of this one; not if it is another, or damaged.

    Raises:
        SnapshotError: it goes on further.
    """
    state = "SELECT (SELECT id FROM kept), coalesce(max(seq), 0) FROM event"
    id, seq = db.execute(state).fetchone()
    try:
        with closing(read_only(into)) as former:
            its_id, its_seq = former.execute(state).fetchone()
    except sqlite3.Error:
        return False
    if its_id == id and its_seq > seq:
        raise SnapshotError(f"The journal {into} has {its_seq} events, the snapshot {seq}.")
    return bool(its_id == id)


def _overwrite(db: sqlite3.Connection, into: Path) -> None:
    """Write a database over the contents of another one, in one transaction."""
    with closing(_database(into)) as target:
        # The marker goes first, and the journal must not miss it: then a crash in between
        # gives the journal no other name (`server.room.storage.identity`).
        target.setconfig(sqlite3.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, True)
        with contextlib.suppress(sqlite3.Error):  # it may have no tables, or be damaged
            target.execute("PRAGMA synchronous = FULL")
            target.execute("UPDATE kept SET marked = 0")
        marker.path_of(into).unlink(missing_ok=True)
        marker.sync_folder(into.parent)
        _copy_all(db, target)
        _checkpoint(target)


def _copy_all(db: sqlite3.Connection, target: sqlite3.Connection) -> None:
    """Copy a database in one transaction. Raises `sqlite3.OperationalError`."""
    end = time.monotonic() + _WRITE_WITHIN

    def step(status: int, remaining: int, total: int) -> None:
        # Python would try again without end.
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) and time.monotonic() > end:
            raise sqlite3.OperationalError("another process writes to the journal")

    db.backup(target, pages=-1, progress=step)


def _carry_over(into: Path, db: sqlite3.Connection) -> None:
    schema.create_functions(db)
    db.execute("ATTACH ? AS former", (f"{into.absolute().as_uri()}?mode=ro",))
    db.executescript(_CARRY_OVER)
    db.execute("DETACH former")


def _checkpoint(db: sqlite3.Connection) -> None:
    """Move the log to the file, as soon as nobody reads what it was."""
    end = time.monotonic() + _CHECKPOINT_WITHIN
    db.execute("PRAGMA busy_timeout = 100")
    while time.monotonic() < end:
        ((blocked, _, _),) = db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        if not blocked:
            return


class _Compressed:
    """The bytes of a file, compressed, to read from the beginning, again and again."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._packer = zlib.compressobj(_LEVEL)
        self._left = b""
        self._ended = False

    def seek(self, offset: int, /) -> int:
        """Go to the beginning, which is the only place to go to."""
        self._packer = zlib.compressobj(_LEVEL)
        self._left, self._ended = b"", False
        return self._file.seek(offset)

    def read(self, size: int, /) -> bytes:
        """Return the next bytes; none at the end."""
        parts = [self._left]
        have = len(self._left)
        while have < size and not self._ended:
            if data := self._file.read(_BLOCK):
                packed = self._packer.compress(data)
            else:
                packed, self._ended = self._packer.flush(), True
            parts.append(packed)
            have += len(packed)
        data = b"".join(parts)
        self._left = data[size:]
        return data[:size]


class _Decompressed:
    """Writes what comes compressed to a file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._unpacker = zlib.decompressobj()

    def write(self, data: bytes, /) -> None:
        """Take the next bytes. Raises `zlib.error`, `OSError`."""
        while data:
            self._file.write(self._unpacker.decompress(data, _BLOCK))
            data = self._unpacker.unconsumed_tail

    def finish(self) -> None:
        """Note that all has come. Raises `MissingError` if it has not."""
        self._file.write(self._unpacker.flush())
        if not self._unpacker.eof:
            raise MissingError("the snapshot is not whole")
        self._file.flush()


def _name(position: int) -> str:
    return f"{PREFIX}{position:0{_DIGITS}}"


def _database(path: Path) -> sqlite3.Connection:
    # `uri` lets ATTACH open another one to read only.
    return sqlite3.connect(
        path.absolute().as_uri(), uri=True, autocommit=True, check_same_thread=False, timeout=10
    )


@contextmanager
def _private(path: Path) -> Iterator[BinaryIO]:
    """Create a file that only this user can read."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with open(descriptor, "w+b", DEFAULT_BUFFER_SIZE) as file:  # noqa: PTH123 - of a descriptor
        yield file


def _remove(path: Path) -> None:
    for suffix in ("", "-journal", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


async def _in_thread[T](work: Callable[[threading.Event], T]) -> T:
    """Run something in a thread; when this is cancelled, ask it to stop, and wait for that."""
    stop = threading.Event()
    running = asyncio.get_running_loop().run_in_executor(None, work, stop)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        stop.set()
        await asyncio.wait([running])
        raise


__all__ = [
    "KEPT",
    "MissingError",
    "SnapshotError",
    "Snapshots",
    "UnavailableError",
]
