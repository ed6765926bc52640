"""`python -m server rescue`: what can be read of a damaged journal, as a journal that is whole.

Keeps events from the first on to the last before the first hole, since a room's `seq` has
no gaps; the damaged file is kept under another name. Knows the journal's tables, no room.
"""

import logging
import sqlite3
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from server.processes import run_directory
from server.room.interface import StoredFile
from server.room.storage.journal import Batch, Journal, KeptMember, RepeatedError, Row
from server.settings import JOURNAL
from shared import names
from shared.messages import decode_event

log = logging.getLogger(__name__)

AT_ONCE = 500

_EVENTS = "SELECT rowid, member, key, body FROM event WHERE body <> x'' ORDER BY rowid"


def run(data: Path) -> int:
    """Rescue the journal in this data folder; returns the exit status."""
    path = data / JOURNAL
    if not path.exists():
        print(f"chatroom: there is no journal in {data}.", file=sys.stderr)
        return 1
    try:
        with run_directory.holding(data):
            events, aside = rescue(path)
    except (run_directory.FolderError, sqlite3.Error, OSError) as problem:
        print(f"chatroom: nothing was changed: {problem}", file=sys.stderr)
        return 1
    print(f"Saved {events} events. The damaged journal is kept as {aside.name}.")
    return 0


def rescue(path: Path) -> tuple[int, Path]:
    """Put a whole journal in the place of a damaged one.

    Returns how many events it has, and where the damaged one is now. Nothing is changed
    when this raises (`sqlite3.Error`, `OSError`).
    """
    fresh = path.with_name(path.name + ".rescued")
    for left_over in _with_companions(fresh):
        left_over.unlink(missing_ok=True)
    journal = Journal(fresh)
    try:
        count = _copy(path, journal)
    finally:
        journal.close()
    aside = path.with_name(f"journal.damaged-{time.strftime('%Y%m%d-%H%M%S')}.sqlite3")
    for old, new in zip(_with_companions(path), _with_companions(aside), strict=True):
        if old.exists():
            old.replace(new)
    fresh.replace(path)
    return count, aside


def _with_companions(path: Path) -> tuple[Path, Path, Path]:
    """The file, and those that SQLite keeps beside it."""
    return path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")


def _copy(path: Path, journal: Journal) -> int:
    damaged = sqlite3.connect(path)
    try:
        files = dict(_readable(damaged, "SELECT seq, stored FROM file"))
        members = _readable(damaged, "SELECT id, name, token, since FROM member ORDER BY id")
        journal.append(Batch(joined=[KeptMember(*row) for row in members if _is_member(*row)]))
        expected, count = 0, 0
        batch = Batch()
        for seq, member, key, body in _readable(damaged, _EVENTS):
            if expected and seq != expected:
                break
            stored = files.get(seq)
            try:
                decode_event(body)
                file = msgspec.msgpack.decode(stored, type=StoredFile) if stored else None
            except (ValueError, TypeError) as problem:
                log.info("event %d is damaged: %s", seq, problem)
                break
            batch.rows.append(Row(seq, member, key, body, file))
            expected = seq + 1
            count += 1
            if len(batch.rows) >= AT_ONCE:
                _append(journal, batch)
                batch = Batch()
        _append(journal, batch)
        journal.keep_from(expected - count if count else 1)
        return count
    finally:
        damaged.close()


def _append(journal: Journal, batch: Batch) -> None:
    try:
        journal.append(batch)
    except RepeatedError:  # damage made two keys the same: what was said counts more
        batch.rows = [msgspec.structs.replace(row, key=None) for row in batch.rows]
        journal.append(batch)


def _is_member(id: int, name: object, token: object, since: object) -> bool:
    """Whether a room could start with this one."""
    try:
        names.key(str(name))
    except ValueError:
        return False
    return isinstance(name, str) and isinstance(token, bytes) and isinstance(since, str)


def _readable(damaged: sqlite3.Connection, sql: str) -> Iterator[Any]:
    """The rows, until one cannot be read."""
    try:
        yield from damaged.execute(sql)
    except (sqlite3.DatabaseError, UnicodeDecodeError) as problem:
        log.info("reading stopped: %s (%s)", problem, sql)
