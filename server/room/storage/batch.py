"""What one entry of the log changes in the journal: one transaction writes all of it."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec
from msgspec import Struct

from server.room.hosts import HostState
from server.room.interface import StoredFile
from server.room.moderation import Changes
from server.room.operations import Agree
from server.room.roster import Member, RecentName
from server.room.storage import host_tables, members, moderation_tables
from server.room.storage.errors import OvertakenError


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
    `moderation` is what acts changed. `rewritten` are the events that were changed, by `seq`:
    those in `erased` were deleted, and `edits` are those whose text is another one, by the
    `seq` of the `edited` event. `pins` are the `seq`s of `pinned` events by that of what they
    pin, None where it is not pinned any more.
    `set_back` are the `seq`s of events that are earlier than those before them.
    `host` is whose entry of the log this was, and its state then; `agreed` what the hosts agree
    on from now on. Events before `forget` count as gone from now on, on all hosts.
    `refusable`: it has messages or joins, which wait while there is little space on the disk.
    """

    rows: list[Row] = field(default_factory=list)
    members: list[Member] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    counters: tuple[int, int] | None = None
    recent: Mapping[str, RecentName | None] = field(default_factory=dict)
    moderation: Changes | None = None
    rewritten: dict[int, bytes] = field(default_factory=dict)
    erased: list[int] = field(default_factory=list)
    edits: dict[int, int] = field(default_factory=dict)
    pins: dict[int, int | None] = field(default_factory=dict)
    set_back: list[int] = field(default_factory=list)
    host: tuple[str, HostState] | None = None
    agreed: Agree | None = None
    forget: int = 0
    refusable: bool = False


def write_batch(db: sqlite3.Connection, batch: Batch, position: int) -> None:
    """Write a batch within a transaction; not which events it changes.

    Args:
        db: the journal.
        batch: what to write.
        position: that of the last change of members, as the one who writes knows it.

    Raises:
        OvertakenError: another process has written since.
        sqlite3.Error: it cannot be written.
    """
    db.executemany(
        "INSERT INTO event (seq, member, key, body) VALUES (?, ?, ?, ?)",
        [(row.seq, row.member, row.key, row.body) for row in batch.rows],
    )
    for row in batch.rows:
        if (stored := row.stored) is not None:
            db.execute(
                "INSERT INTO file (id, seq, name, stored) VALUES (?, ?, ?, ?)",
                (stored.file.id, row.seq, stored.stored, msgspec.msgpack.encode(stored)),
            )
    if batch.counters is not None:
        _write_members(db, batch, position, *batch.counters)
    if batch.recent:
        members.write_recent(db, batch.recent)
    if batch.moderation is not None:
        moderation_tables.write(db, batch.moderation)
    db.executemany("INSERT INTO set_back VALUES (?)", [(seq,) for seq in batch.set_back])
    if batch.host is not None:
        host_tables.write(db, *batch.host)
    if batch.agreed is not None:
        host_tables.write_agreed(db, batch.agreed)
    if batch.forget:
        host_tables.forget(db, batch.forget)


def _write_members(
    db: sqlite3.Connection, batch: Batch, before: int, position: int, last_member: int
) -> None:
    db.executemany(members.WRITE, [members.row(member) for member in batch.members])
    db.executemany("DELETE FROM member WHERE id = ?", [(id,) for id in batch.left])
    updated = db.execute(
        "UPDATE kept SET position = ?, member = ? WHERE position = ?",
        (position, last_member, before),
    )
    if updated.rowcount != 1:
        raise OvertakenError("another process writes to the journal")
