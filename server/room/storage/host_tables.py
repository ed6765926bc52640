"""The tables of a room on several hosts: the last entry of each, and what they agreed on."""

import sqlite3

import msgspec

from server.room.hosts import HostState
from server.room.operations import Agree

SCHEMA = """
CREATE TABLE host (name TEXT PRIMARY KEY, state BLOB NOT NULL);
CREATE TABLE agreed (body BLOB NOT NULL, forgotten INTEGER NOT NULL);
"""
"""`agreed` has one row in a room on several hosts, and none in a room on one. Events before
`forgotten` count as gone on all hosts, though some still have them."""

_states: msgspec.msgpack.Decoder[HostState] = msgspec.msgpack.Decoder(HostState)
_agreed: msgspec.msgpack.Decoder[Agree] = msgspec.msgpack.Decoder(Agree)


def read(db: sqlite3.Connection) -> dict[str, HostState]:
    """Return the hosts, by name."""
    return {name: _states.decode(state) for name, state in db.execute("SELECT * FROM host")}


def agreed(db: sqlite3.Connection) -> Agree | None:
    """Return what the hosts agreed on; None in a room on one host."""
    row = db.execute("SELECT body FROM agreed").fetchone()
    return _agreed.decode(row[0]) if row else None


def write(db: sqlite3.Connection, name: str, state: HostState) -> None:
    """Write the last entry of a host."""
    db.execute(
        "INSERT OR REPLACE INTO host VALUES (?, ?)", (name, msgspec.msgpack.encode(state))
    )


def write_agreed(db: sqlite3.Connection, agreed: Agree) -> None:
    """Write what the hosts agreed on."""
    before = forgotten(db)
    db.execute("DELETE FROM agreed")
    db.execute("INSERT INTO agreed VALUES (?, ?)", (msgspec.msgpack.encode(agreed), before))


def forgotten(db: sqlite3.Connection) -> int:
    """Return the `seq` before which events count as gone on all hosts."""
    row = db.execute("SELECT forgotten FROM agreed").fetchone()
    return int(row[0]) if row else 0


def forget(db: sqlite3.Connection, before: int) -> None:
    """Let events before this `seq` count as gone."""
    db.execute("UPDATE agreed SET forgotten = ?", (before,))


def check(db: sqlite3.Connection) -> None:
    """Check that a room can start with this. Raises `ValueError`."""
    read(db)
    agreed(db)
