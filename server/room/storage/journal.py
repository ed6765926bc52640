"""The journal: one SQLite file, written by the room process alone and read by workers.

An event is a row: its `seq`, its member, the key that makes posting it again harmless, and its
JSON as every client gets it. Members and shared files are in tables of their own, changed in
the same transaction as the events about them. Knows no rule of the room, no clock, no socket.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from server.room.interface import Peer, StoredFile
from server.room.roster import Member, RecentName
from server.room.storage import dedup, schema
from server.room.storage.reader import JournalReader
from server.settings import Durability
from shared import names
from shared.codec import decode_event

PRUNE_EVERY = 256
CACHE_KIB = 16 * 1024
"""For the keys' table: of a million posts it stays in memory, beyond that it is read."""

_peers: msgspec.msgpack.Decoder[tuple[Peer, str]] = msgspec.msgpack.Decoder(tuple[Peer, str])


class StorageError(Exception):
    """The journal could not be written; nothing of the batch was. The text says why."""


class OvertakenError(Exception):
    """Another process has written since: what this one knows of the room no longer holds."""


class JournalError(Exception):
    """The journal cannot be used at all; the text says what to do."""


class Row(Struct, frozen=True):
    """One event to write. `hash` is that of `(member, key)`, from `Journal.keys`."""

    seq: int
    member: int
    key: str | bytes | None
    body: bytes
    stored: StoredFile | None = None
    hash: int | None = None


@dataclass(slots=True)
class Batch:
    """The contents of one transaction.

    `members` are those that are new or changed, `left` the numbers of those that ended, and
    `counters`, with both, the position of the change and the highest number of a member.
    `recent` are names of members that left, None for those that are forgotten, by key.
    `set_back` are the `seq`s of events that are earlier than those before them.
    """

    rows: list[Row] = field(default_factory=list)
    members: list[Member] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    counters: tuple[int, int] | None = None
    recent: Mapping[str, RecentName | None] = field(default_factory=dict)
    set_back: list[int] = field(default_factory=list)


def _one_line(error: Exception) -> str:
    """Return the error in one line: SQLite quotes damaged text."""
    return "".join(c if c.isprintable() else " " for c in str(error))


class Journal(JournalReader):
    """The one writer. With `durability` "full", `append` returns when the disk has it.

    `id` names this journal: its `seq`s mean nothing in another. `keys` knows all posts in it.
    """

    id: str
    keys: dedup.PostedKeys

    def __init__(
        self,
        path: Path,
        keep: int = 0,
        durability: Durability = "normal",
        *,
        check: bool = False,
    ) -> None:
        self._durability = durability
        self._seq = 0
        try:
            super().__init__(path, keep)
            if check:
                self._check()
            self._prepare()
            if check:
                self._check_members()
            self.keys = dedup.PostedKeys(self._db, dedup.MOST_RECENT, pruning=bool(keep))
            self._seq = self.newest()
            (first,) = self._db.execute("SELECT first FROM kept").fetchone()
            self._first = int(first)
            self._position, _ = self.counters()
            self.id = self.identity()
        except schema.FormatError as unknown:
            self.close()
            raise JournalError(
                "The journal was written by another version of Chatroom (its format is "
                f"{unknown}, this one knows {schema.VERSION}). Use another --data-dir."
            ) from unknown
        except (sqlite3.DatabaseError, ValueError, TypeError) as error:
            if hasattr(self, "_db"):
                self.close()
            raise JournalError(
                f"The journal {path} cannot be used: {_one_line(error)}. "
                "`python -m server rescue` saves what can be read."
            ) from error
        self._unpruned = PRUNE_EVERY

    def _open(self, path: Path) -> sqlite3.Connection:
        return sqlite3.connect(path, timeout=10, autocommit=True, check_same_thread=False)

    def _check(self) -> None:
        (found,) = self._db.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise sqlite3.DatabaseError(found)
        schema.check(self._db)
        for (body,) in self._db.execute("SELECT body FROM event WHERE body <> x''"):
            decode_event(body)

    def _check_members(self) -> None:
        for member in self.members():
            names.key(member.name)
            datetime.fromisoformat(member.since)
            if (member.connection is None) is (member.disconnected is None):
                raise ValueError("a member is neither connected nor disconnected")

    def _prepare(self) -> None:
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        sync = "FULL" if self._durability == "full" else "NORMAL"
        self._db.execute(f"PRAGMA synchronous = {sync}")
        schema.prepare(self._db)

    def newest(self) -> int:
        """Return the last `seq`, without asking the file each time."""
        return self._seq or super().newest()

    def first_kept(self, newest: int | None = None) -> int:
        """Return the oldest `seq` that can be asked for, once `newest` is written."""
        newest = self.newest() if newest is None else newest
        return max(self._first, newest - self._keep + 1) if self._keep else self._first

    # --- writing -----------------------------------------------------------------------

    def append(self, batch: Batch) -> None:
        """Write the batch, all or nothing; its rows carry on from `newest()`.

        Raises:
            StorageError: it cannot be written (the disk is full, for one).
            OvertakenError: another process has written. A room that hung when its server died
                may wake up beside its successor; the second of them to write must begin anew.
        """
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._write(batch)
            keyed = [row for row in batch.rows if row.hash is not None]
            filed = self.keys.file(len(keyed))
            self._db.execute("COMMIT")
        except (sqlite3.IntegrityError, OvertakenError) as error:
            self._rollback()
            raise OvertakenError("another process writes to the journal") from error
        except sqlite3.Error as error:
            self._rollback()
            raise StorageError(str(error)) from error
        self.keys.committed([(row.hash or 0, row.seq) for row in keyed], filed)
        if batch.counters is not None:
            self._position = batch.counters[0]
        if batch.rows:
            self._seq = batch.rows[-1].seq

    def _write(self, batch: Batch) -> None:
        self._db.executemany(
            "INSERT INTO event (seq, member, key, body) VALUES (?, ?, ?, ?)",
            [(row.seq, row.member, row.key, row.body) for row in batch.rows],
        )
        for row in batch.rows:
            if row.stored is not None:
                self._db.execute(
                    "INSERT INTO file (id, seq, stored) VALUES (?, ?, ?)",
                    (row.stored.file.id, row.seq, msgspec.msgpack.encode(row.stored)),
                )
        if batch.counters is not None:
            self._write_members(batch, *batch.counters)
        if batch.recent:
            self._write_recent(batch.recent)
        self._db.executemany(
            "INSERT INTO set_back VALUES (?)", [(seq,) for seq in batch.set_back]
        )
        self._prune(len(batch.rows))

    def _write_members(self, batch: Batch, position: int, last_member: int) -> None:
        self._db.executemany(
            "INSERT OR REPLACE INTO member VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [_member_row(member) for member in batch.members],
        )
        self._db.executemany("DELETE FROM member WHERE id = ?", [(id,) for id in batch.left])
        updated = self._db.execute(
            "UPDATE kept SET position = ?, member = ? WHERE position = ?",
            (position, last_member, self._position),
        )
        if updated.rowcount != 1:
            raise OvertakenError

    def _write_recent(self, recent: Mapping[str, RecentName | None]) -> None:
        self._db.executemany("DELETE FROM recent WHERE key = ?", [(key,) for key in recent])
        self._db.executemany(
            "INSERT INTO recent VALUES (?, ?, ?)",
            [(key, left.name, left.at) for key, left in recent.items() if left is not None],
        )

    def keep_from(self, first: int) -> None:
        """Forget that there was anything before `first`: this journal does not begin at 1."""
        self._db.execute("UPDATE kept SET first = ?", (first,))
        self._first = first

    def _rollback(self) -> None:
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")

    # --- pruning -----------------------------------------------------------------------

    def _prune(self, added: int) -> None:
        """Remove old events, but not the keys of members who may post them again."""
        self._unpruned += added
        if not self._keep or self._unpruned < PRUNE_EVERY:
            return
        self._unpruned = 0
        (first,) = self._db.execute("SELECT first FROM kept").fetchone()
        last = JournalReader.newest(self) - self._keep
        if last < first:
            return
        old = "seq BETWEEN ? AND ?"
        gone = f"{old} AND (key IS NULL OR member NOT IN (SELECT id FROM member))"  # noqa: S608
        posts = self._db.execute(
            f"SELECT member, key FROM event WHERE key IS NOT NULL AND {gone}",  # noqa: S608
            (first, last),
        )
        self.keys.forget(posts.fetchall())
        self._db.execute(f"DELETE FROM event WHERE {gone}", (first, last))  # noqa: S608
        self._db.execute(f"UPDATE event SET body = x'' WHERE {old}", (first, last))  # noqa: S608
        self._db.execute("UPDATE kept SET first = ?", (last + 1,))

    # --- what a room starts with ---------------------------------------------------------

    def members(self) -> list[Member]:
        """Return the members, as they were when the journal was last written."""
        rows = self._db.execute(
            "SELECT id, name, token, since, joined, worker, connection, disconnected, peer"
            " FROM member ORDER BY id"
        )
        return [_member(row) for row in rows]

    def recent(self) -> dict[str, RecentName]:
        """Return the names of members that left, by key; those that left last come last."""
        rows = self._db.execute("SELECT key, name, at FROM recent ORDER BY rowid")
        return {key: RecentName(name, at) for key, name, at in rows}

    def counters(self) -> tuple[int, int]:
        """Return the position of the members' last change, and their highest number ever."""
        row = self._db.execute("SELECT position, member FROM kept").fetchone()
        return int(row[0]), int(row[1])


def _member_row(member: Member) -> tuple[object, ...]:
    return (
        member.id,
        member.name,
        member.token_hash,
        member.since,
        member.joined,
        member.worker,
        member.connection,
        member.disconnected,
        msgspec.msgpack.encode((member.peer, member.client)),
    )


def _member(row: Any) -> Member:
    id, name, token, since, joined, worker, connection, disconnected, packed = row
    peer, client = _peers.decode(packed)
    return Member(
        id, name, token, since, joined, worker, connection, disconnected, peer, client
    )
