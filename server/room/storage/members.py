"""The members in a journal, the names of those that left, and whether a room can start."""

import sqlite3
from collections.abc import Mapping
from typing import Any

import msgspec

from server.room.interface import Peer
from server.room.roster import MOST_NOTED, NOTED_BYTES, Member, RecentName
from server.room.storage import whole
from shared import names
from shared.limits import NOTE_CHARACTERS

_COLUMNS = (
    "id, name, token, since, joined, worker, connection, disconnected, peer, role, device, "
    "address, muted, spoke, note, noted, renamed, host, held"
)
_ALL = f"SELECT {_COLUMNS} FROM member ORDER BY id"  # noqa: S608
WRITE = f"INSERT OR REPLACE INTO member ({_COLUMNS}) VALUES ({', '.join('?' * 19)})"  # noqa: S608
"""Writes a `row`."""
_RECENT = "name, at, member, role, device, address, spoke"
_peers: msgspec.msgpack.Decoder[tuple[Peer, str]] = msgspec.msgpack.Decoder(tuple[Peer, str])


def read(db: sqlite3.Connection) -> list[Member]:
    """Return the members of a journal."""
    return [_member(row) for row in db.execute(_ALL)]


def row(member: Member) -> tuple[object, ...]:
    """Return the row of a member."""
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
        member.role,
        member.device,
        member.address,
        member.muted,
        member.spoke,
        member.note,
        member.noted,
        member.renamed,
        member.host,
        member.held,
    )


def read_recent(db: sqlite3.Connection) -> dict[str, RecentName]:
    """Return the names of members that left, by key; those that left last come last."""
    rows = db.execute(f"SELECT key, {_RECENT} FROM recent ORDER BY rowid")  # noqa: S608
    return {key: RecentName(*rest) for key, *rest in rows}


def write_recent(db: sqlite3.Connection, recent: Mapping[str, RecentName | None]) -> None:
    """Write these names; None for those that are forgotten."""
    db.executemany("DELETE FROM recent WHERE key = ?", [(key,) for key in recent])
    db.executemany(
        f"INSERT INTO recent (key, {_RECENT}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
        [(key, *left) for key, left in recent.items() if left is not None],
    )


def check(db: sqlite3.Connection) -> None:
    """Check that a room can start with this. Raises `ValueError`, `TypeError`."""
    for member in read(db):
        names.key(member.name)
        whole.check_time(member.since)
        check_marks(member.role, member.device, member.address, member.muted, member.spoke)
        check_note(member.note, member.noted)
        if not isinstance(member.host, str) or not isinstance(member.held, int):
            raise TypeError("a member has values of other types")
        if (member.connection is None) is (member.disconnected is None):
            raise ValueError("a member is neither connected nor disconnected")
    for left in read_recent(db).values():
        names.key(left.name)
        whole.check_time(left.at)
        check_marks(left.role, left.device, left.address, left.spoke)


def check_marks(role: object, device: object, address: object, *times: object) -> None:
    """Check what moderation knows of a member. Raises `ValueError`, `TypeError`."""
    texts = (role, address, *times)
    if not isinstance(device, bytes) or not all(isinstance(one, str) for one in texts):
        raise TypeError("a member has values of other types")
    for time in filter(None, times):
        whole.check_time(str(time))


def check_note(note: object, noted: object) -> None:
    """Check what a member says of itself. Raises `ValueError`, `TypeError`."""
    if not isinstance(note, str) or not isinstance(noted, bytes):
        raise TypeError("a member has values of other types")
    if len(note) > NOTE_CHARACTERS or len(noted) > MOST_NOTED * NOTED_BYTES:
        raise ValueError("a member has a note that no server gives")


def _member(row: Any) -> Member:
    *rest, renamed, host, held = row[9:]
    fields = [*row[:8], *_peers.decode(row[8]), *rest, bool(renamed), host, held]
    return Member(*fields)
