"""The journal: one SQLite file, written by the room process alone and read by workers.

An event is a row: its `seq`, its member, the key that makes posting it again harmless, and its
JSON as every client gets it. Members and shared files are in tables of their own, changed in
the same transaction as the events about them. Knows no rule of the room, no clock, no socket.
"""

import contextlib
import logging
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from server.room.hosts import HostState
from server.room.moderation import Saved
from server.room.operations import Agree
from server.room.roster import Member, RecentName
from server.room.storage import (
    changes,
    dedup,
    host_tables,
    members,
    moderation_tables,
    schema,
    whole,
)
from server.room.storage.batch import Batch, write_batch
from server.room.storage.erasing import Erasing
from server.room.storage.errors import JournalError, NoSpaceError, OvertakenError, StorageError
from server.room.storage.forgetting import Forgetting
from server.room.storage.identity import Identity
from server.room.storage.reader import JournalReader, file_bytes
from server.settings import Durability

log = logging.getLogger(__name__)

CACHE_KIB = 16 * 1024
"""For the keys' table: of a million posts it stays in memory, beyond that it is read."""
_REPLACED = "the journal's file was replaced"
PAGE, PER_BODY = 4096, 2
CHECKPOINT_BYTES = 1000 * PAGE
"""After about so many bytes the log (-wal) is moved to the file. A transaction writes a page or
more, and about twice the bytes of its events."""
WAL_BYTES = 8 * 1024 * 1024
"""The file beside the journal is cut to this once its contents are in the journal."""


def _one_line(error: Exception) -> str:
    """Return the error in one line: SQLite quotes damaged text."""
    return "".join(c if c.isprintable() else " " for c in str(error))


class Journal(JournalReader):
    """The one writer. With `durability` "full", `append` returns when the disk has it.

    Attributes:
        id: the name of this journal: its `seq`s mean nothing in another.
        keys: all posts in it.
        erasing: what of deleted events is still to be cleaned.
        file_identity: whether it is the one that its clients know.
        no_space: why messages and joins are not written at present; empty: they are.
    """

    id: str
    keys: dedup.PostedKeys
    erasing: Erasing
    file_identity: Identity

    def __init__(
        self,
        path: Path,
        keep: int = 0,
        durability: Durability = "normal",
        *,
        check: bool = False,
        most_keys: int = 0,
    ) -> None:
        """Open it, or make a new one.

        Args:
            path: the file.
            keep: how many events count as kept (0: all).
            durability: as in the settings.
            check: look at every event first.
            most_keys: how many keys of forgotten events stay, if events are forgotten to limit
                the size; 0 if they are not.

        Raises:
            JournalError: it cannot be used.
        """
        self._durability = durability
        self._seq = 0
        self.no_space = ""
        self._unmoved = 0
        try:
            self.file_identity = Identity(path, durability)
            self._open_whole(path, keep, check=check)
            self._prepare()
            if check:
                members.check(self._db)
                moderation_tables.check(self._db)
                changes.check(self._db)
                host_tables.check(self._db)
            forgets = bool(keep or most_keys)
            self.keys = dedup.PostedKeys(self._db, dedup.MOST_RECENT, pruning=forgets)
            self.erasing = Erasing(self._db)
            self._seq = self.newest()
            (first,) = self._db.execute("SELECT first FROM kept").fetchone()
            self._forgetting = Forgetting(self._db, self.keys, int(first), keep, most_keys)
            self._forgetting.before(host_tables.forgotten(self._db))
            self._position, self._member = self.counters()
            self._forgotten = host_tables.forgotten(self._db)
            self.id = self.file_identity.settle(self._db, self._seq)
            self._position, self._member = self.counters()
        except schema.FormatError as unknown:
            self.close()
            raise JournalError(
                "The journal was written by another version of Chatroom (its format is "
                f"{unknown}, this one knows {schema.VERSION}). Use another --data-dir."
            ) from unknown
        except (sqlite3.DatabaseError, ValueError, TypeError, OSError) as error:
            self._close_file()
            raise JournalError(
                f"The journal {path} cannot be used: {_one_line(error)}. "
                "`python -m server rescue` saves what can be read."
            ) from error

    def _open_whole(self, path: Path, keep: int, *, check: bool) -> None:
        """Open the file; if it was replaced, without the log that another left beside it."""
        replaced = self.file_identity.replaced
        try:
            super().__init__(path, keep)
            # Until it is known whose log that is, closing must not write it into the journal.
            self._db.setconfig(sqlite3.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, True)
            if check or replaced:
                whole.check(self._db)
        except (sqlite3.DatabaseError, ValueError, TypeError):
            self._close_file()
            if not replaced or not self.file_identity.set_log_aside():
                raise
            super().__init__(path, keep)
            whole.check(self._db)
        self._db.setconfig(sqlite3.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, False)

    def _open(self, path: Path) -> sqlite3.Connection:
        return sqlite3.connect(path, timeout=10, autocommit=True, check_same_thread=False)

    def _prepare(self) -> None:
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute(f"PRAGMA journal_size_limit = {WAL_BYTES}")
        self._db.execute("PRAGMA wal_autocheckpoint = 0")  # see `_transact`
        self._db.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        self._db.execute("PRAGMA secure_delete = ON")  # deleted text stays in no free space
        sync = "FULL" if self._durability == "full" else "NORMAL"
        self._db.execute(f"PRAGMA synchronous = {sync}")
        schema.prepare(self._db)

    def close(self) -> None:
        """Close the file; mark it as whole if the disk has all of it."""
        try:
            with contextlib.suppress(sqlite3.Error):
                self.file_identity.sync(self._db)
        finally:
            self._close_file()
            self.file_identity.close()

    def _close_file(self) -> None:
        if hasattr(self, "_db"):
            super().close()

    def newest(self) -> int:
        """Return the last `seq`, without asking the file each time."""
        return self._seq or super().newest()

    def first_kept(self, newest: int | None = None) -> int:
        """Return the oldest `seq` that can be asked for, once `newest` is written."""
        newest = self.newest() if newest is None else newest
        first = max(self._forgetting.first, self._forgotten)
        return max(first, newest - self._keep + 1) if self._keep else first

    # --- writing -----------------------------------------------------------------------

    def append(self, batch: Batch) -> None:
        """Write the batch, all or nothing; its rows carry on from `newest()`.

        Raises:
            StorageError: it cannot be written (the disk is full, for one).
            OvertakenError: another process has written, or the file was replaced. A room that
                hung when its server died may wake up beside its successor; the second of them
                to write must begin anew.
        """
        if self.no_space and batch.refusable:
            raise NoSpaceError(self.no_space)
        keyed = [row for row in batch.rows if row.hash is not None]
        newest = batch.rows[-1].seq if batch.rows else self.newest()
        position, member = batch.counters or (self._position, self._member)

        def write() -> tuple[int, int, dict[int, bytes | None]]:
            self._write(batch)
            before = self._change(batch) if batch.rewritten or batch.pins else {}
            filed = self.keys.file(len(keyed))
            return filed, self._forgetting.step(newest, len(batch.rows)), before

        filed, first, before = self._transact(write, newest, member)
        self.keys.committed([(row.hash or 0, row.seq) for row in keyed], filed)
        self._forgetting.first, self._seq = first, newest
        self._position, self._member = position, member
        if batch.forget:
            self._forgotten = batch.forget
            self._forgetting.before(batch.forget)
        self.erasing.committed(before, urgent=bool(batch.erased))

    def _transact[T](self, write: Callable[[], T], newest: int, member: int) -> T:
        """Write something in one transaction, after which these numbers are the highest."""
        try:
            self._begin()
            self._db.execute("BEGIN IMMEDIATE")
            result = write()
            self._db.execute("COMMIT")
            self.file_identity.written(newest, member)
        except sqlite3.IntegrityError as error:
            self._rollback()
            raise OvertakenError("another process writes to the journal") from error
        except (sqlite3.Error, OSError) as error:
            self._rollback()
            raise StorageError(str(error)) from error
        except BaseException:
            self._rollback()
            raise
        self._unmoved += PAGE
        if self._unmoved >= CHECKPOINT_BYTES:
            self._unmoved = 0
            if self.file_identity.checkpoint(self._db):
                raise OvertakenError(_REPLACED)
        return result

    def _begin(self) -> None:
        if self.file_identity.begin(self._db, self._seq, self._member):
            raise OvertakenError(_REPLACED)

    def _write(self, batch: Batch) -> None:
        write_batch(self._db, batch, self._position)
        self._unmoved += PER_BODY * sum(len(row.body) for row in batch.rows)

    def _change(self, batch: Batch) -> dict[int, bytes | None]:
        """Change events; returns what those were whose texts must not stay."""
        former = self.erasing.formers({*batch.erased, *batch.edits.values()})
        self._db.executemany(
            "UPDATE event SET body = ? WHERE seq = ?",
            [(body, seq) for seq, body in batch.rewritten.items()],
        )
        self._unmoved += PER_BODY * sum(map(len, batch.rewritten.values()))
        self.erasing.delete(batch.erased)
        changes.write(self._db, batch.edits, batch.pins)
        return former

    def keep_from(self, first: int, found: changes.Readable) -> None:
        """Let this journal begin at `first`, with the changes that were found in its events."""
        self._db.execute("UPDATE kept SET first = ?", (first,))
        changes.write(self._db, found.edits, found.pins, erased=True)
        self._forgetting.first = first

    def _rollback(self) -> None:
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")

    def empty_log(self) -> bool:
        """Move all that is in the log (-wal) to the file; returns False while others read it.

        Raises as `append` does.
        """
        try:
            self._begin()
            emptied = self.file_identity.empty_log(self._db)
        except (sqlite3.Error, OSError) as error:
            raise StorageError(str(error)) from error
        if emptied is None:
            raise OvertakenError(_REPLACED)
        return emptied

    def erased(self, counts: Mapping[int, int]) -> None:
        """Note that nothing is left of so many formers of events. Raises as `append` does."""
        self._transact(lambda: self.erasing.done(counts), self._seq, self._member)
        self.erasing.committed_done(counts)

    # --- which journal it is -----------------------------------------------------------

    def check_file(self) -> None:
        """Raise `OvertakenError` if another file has taken the journal's place."""
        if self.file_identity.changed():
            raise OvertakenError(_REPLACED)

    def adopt(self, id: str) -> None:
        """Let this be the journal of the room with this name, before its log is followed.

        Only before anything else is written. Raises as `append` does.
        """

        def write() -> None:
            self._db.execute("UPDATE kept SET id = ?, position = 0", (id,))
            if not self.newest():  # others would not get what is not in the log
                self._db.execute("UPDATE room SET owner = x''")

        self.file_identity.name(id)
        self._transact(write, self._seq, self._member)
        self.id, self._position = id, 0

    # --- forgetting --------------------------------------------------------------------

    def keep(self, events: int) -> None:
        """Keep so many events from now on; 0 for all."""
        self._keep = events
        self._forgetting.keep = events

    def forget_before(self, seq: int) -> None:
        """Let the events before `seq` go, bit by bit: with each batch and each `tidy`."""
        self._forgetting.before(seq)

    def tidy(self) -> bool:
        """Remove some old events or keys; returns whether there are more.

        Raises:
            StorageError, OvertakenError: as `append` does.
        """

        def forget() -> tuple[int, bool]:
            first = self._forgetting.step(self._seq)
            return first, first == self._forgetting.first and self._forgetting.sweep()

        if not self._forgetting.has_work(self._seq):
            return False
        first, more = self._transact(forget, self._seq, self._member)
        more = more or first > self._forgetting.first
        self._forgetting.first = first
        return more

    def bytes(self) -> tuple[int, int]:
        """Return the bytes of the file, and those of them in use."""
        return file_bytes(self._db)

    def shrink(self) -> None:
        """Give the free space in the file back. Takes seconds. Raises `sqlite3.Error`."""
        self._db.execute("VACUUM")
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.file_identity.settled()

    def undoom(self, numbers: Iterable[int]) -> None:
        """These files have gone. Raises as `append` does."""
        rows = [(number,) for number in numbers]
        self._transact(
            lambda: self._db.executemany("DELETE FROM doomed WHERE rowid = ?", rows),
            self._seq,
            self._member,
        )

    # --- what a room starts with ---------------------------------------------------------

    def members(self) -> list[Member]:
        """Return the members, as they were when the journal was last written."""
        return members.read(self._db)

    def recent(self) -> dict[str, RecentName]:
        """Return the names of members that left, by key; those that left last come last."""
        return members.read_recent(self._db)

    def moderation(self) -> Saved:
        """Return the state of moderation."""
        return moderation_tables.read(self._db)

    def pins(self) -> list[int]:
        """Return the `seq`s of what is pinned, in the order of pinning."""
        return changes.pins(self._db)

    def edits_of(self, seq: int) -> list[int]:
        """Return the `seq`s of the `edited` events of a message."""
        return changes.edits_of(self._db, seq)

    def stored_bytes(self) -> int:
        """Return the bytes of all shared files."""
        sizes = self._db.execute("SELECT coalesce(sum(stored_size(stored)), 0) FROM file")
        return int(sizes.fetchone()[0])

    def hosts(self) -> dict[str, HostState]:
        """Return the hosts of the room, by name."""
        return host_tables.read(self._db)

    def agreed(self) -> Agree | None:
        """Return what the hosts agreed on; None in a room on one host."""
        return host_tables.agreed(self._db)

    def counters(self) -> tuple[int, int]:
        """Return the position of the members' last change, and their highest number ever."""
        row = self._db.execute("SELECT position, member FROM kept").fetchone()
        return int(row[0]), int(row[1])
