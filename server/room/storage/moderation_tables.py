"""The tables of moderation in a journal: the room's state, restrictions, ended tokens, acts."""

import sqlite3
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from msgspec import Struct

from server.room.moderation import (
    BAN,
    KICK,
    MOST,
    MUTE,
    AuditLine,
    Changes,
    Restriction,
    RoomState,
    Saved,
    Traces,
)
from server.room.storage import whole
from shared import limits

_HIGHEST = 1 << 53
_RESTRICTION = "number, kind, name, look, device, address, by, member, at, until, text"
_ACT = "seq, at, name, member, act, target, target_member, value, text"
_ROOM = "SELECT topic, locked, slow, owner, last FROM room"
_RESTRICTIONS = f"SELECT {_RESTRICTION} FROM restriction ORDER BY number"  # noqa: S608
_ENDED = "SELECT token, ban FROM ended ORDER BY rowid"
_ACTS = f"SELECT {_ACT} FROM act ORDER BY number"  # noqa: S608


def read(db: sqlite3.Connection) -> Saved:
    """Return the state of moderation."""
    return Saved(
        _room(db.execute(_ROOM).fetchone()),
        [_restriction(row) for row in db.execute(_RESTRICTIONS)],
        dict(db.execute(_ENDED).fetchall()),
    )


def _room(row: Any) -> RoomState:
    topic, locked, slow, owner, last = row
    return RoomState(topic, bool(locked), slow, owner, last)


def _ended(row: Any) -> tuple[bytes, int]:
    token, ban = row
    return token, ban


def _act(row: Any) -> AuditLine:
    return AuditLine(*row)


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


def readable(rows: Callable[[str], Iterable[Any]]) -> Changes:
    """Return what can be read of a damaged journal, to write it to another one.

    `rows` yields the rows of a query until one cannot be read. A row whose values are damaged
    is left out: nobody is kept out by it.
    """
    found = Changes()
    for row in rows(_ROOM):
        found.room = _readable(_room, row)
    for row in rows(_RESTRICTIONS):
        if (one := _readable(_restriction, row)) is not None:
            found.restrictions[one.number] = one
    for row in rows(_ENDED):
        if (token := _readable(_ended, row)) is not None:
            found.ended[token[0]] = token[1]
    for row in rows(_ACTS):
        if (line := _readable(_act, row)) is not None:
            found.acts.append(line)
    room = found.room or RoomState()
    last = max([room.last, *found.restrictions])
    found.room = msgspec.structs.replace(room, last=last)
    return found


def check(db: sqlite3.Connection) -> None:
    """Check that a room can start with this. Raises `ValueError`, `TypeError`."""
    for sql, make in (
        (_ROOM, _room),
        (_RESTRICTIONS, _restriction),
        (_ENDED, _ended),
        (_ACTS, _act),
    ):
        for row in db.execute(sql):
            _checked(make, row)


def _checked[T](make: Callable[[Any], T], row: Any) -> T:
    """Return the value in a row. Raises `ValueError`, `TypeError` if it has other types."""
    one = make(row)
    kind = type(one) if isinstance(one, Struct) else tuple[bytes, int]
    plain = msgspec.to_builtins(one, builtin_types=(bytes,))
    msgspec.convert(plain, kind, builtin_types=(bytes,))
    for name in ("at", "until"):
        if text := getattr(one, name, ""):
            whole.check_time(text)
    if not _possible(one):
        raise ValueError("moderation has a value that no server gives")
    return one


def _possible(one: object) -> bool:
    match one:
        case RoomState():
            fits = len(one.topic) <= limits.TOPIC_CHARACTERS and 0 <= one.last <= _HIGHEST
            return fits and 0 <= one.slow <= limits.SLOW_SECONDS
        case Restriction():
            fits = len(one.text) <= limits.REASON_CHARACTERS and 0 < one.number <= _HIGHEST
            return fits and one.kind in {BAN, MUTE, KICK}
    return True


def _readable[T](make: Callable[[Any], T], row: Any) -> T | None:
    try:
        return _checked(make, row)
    except (ValueError, TypeError):
        return None


def audit(db: sqlite3.Connection) -> list[AuditLine]:
    """Return the acts that were carried out, the newest first."""
    return [_act(row) for row in db.execute(f"{_ACTS} DESC")]
