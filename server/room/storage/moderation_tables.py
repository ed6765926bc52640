"""The tables of moderation in a journal: the room's state, restrictions, ended tokens, acts."""

import sqlite3
from typing import Any

from server.room.moderation import (
    MOST,
    AuditLine,
    Changes,
    Restriction,
    RoomState,
    Saved,
    Traces,
)

_RESTRICTION = "number, kind, name, look, device, address, by, member, at, until, text"
_ACT = "seq, at, name, member, act, target, target_member, value, text"


def read(db: sqlite3.Connection) -> Saved:
    """Return the state of moderation."""
    topic, locked, slow, owner, last = db.execute(
        "SELECT topic, locked, slow, owner, last FROM room"
    ).fetchone()
    rows = db.execute(f"SELECT {_RESTRICTION} FROM restriction ORDER BY number")  # noqa: S608
    ended = db.execute("SELECT token, ban FROM ended ORDER BY rowid")
    return Saved(
        RoomState(topic, bool(locked), slow, owner, last),
        [_restriction(row) for row in rows],
        dict(ended.fetchall()),
    )


def _restriction(row: Any) -> Restriction:
    number, kind, name, look, device, address, by, member, at, until, text = row
    return Restriction(
        number=number, kind=kind, name=name, traces=Traces(look, device, address), by=by,
        member=member, at=at, until=until, text=text,
    )  # fmt: skip


def write(db: sqlite3.Connection, changes: Changes) -> None:
    """Write what an entry changed."""
    if (room := changes.room) is not None:
        db.execute(
            "UPDATE room SET topic = ?, locked = ?, slow = ?, owner = ?, last = ?",
            (room.topic, room.locked, room.slow, room.owner, room.last),
        )
    db.executemany(
        "DELETE FROM restriction WHERE number = ?",
        [(number,) for number, one in changes.restrictions.items() if one is None],
    )
    db.executemany(
        f"INSERT INTO restriction ({_RESTRICTION}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
        [
            (
                one.number, one.kind, one.name, one.traces.look, one.traces.device,
                one.traces.address, one.by, one.member, one.at, one.until, one.text,
            )
            for one in changes.restrictions.values() if one is not None
        ],
    )  # fmt: skip
    db.executemany("DELETE FROM ended WHERE token = ?", [(token,) for token in changes.ended])
    db.executemany(
        "INSERT INTO ended VALUES (?, ?)",
        [(token, ban) for token, ban in changes.ended.items() if ban is not None],
    )
    db.executemany(
        f"INSERT INTO act ({_ACT}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
        [
            (
                one.seq, one.at, one.name, one.member, one.act, one.target,
                one.target_member, one.value, one.text,
            )
            for one in changes.acts
        ],
    )  # fmt: skip
    if changes.acts:
        db.execute("DELETE FROM act WHERE number <= (SELECT max(number) FROM act) - ?", (MOST,))


def audit(db: sqlite3.Connection) -> list[AuditLine]:
    """Return the acts that were carried out, the newest first."""
    rows = db.execute(f"SELECT {_ACT} FROM act ORDER BY number DESC")  # noqa: S608
    return [AuditLine(*row) for row in rows]
