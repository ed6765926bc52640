"""`python -m server rescue`: make a whole journal of what can be read of a damaged one.

Keeps the events from the first one to the last before the first gap, since a room's `seq` has
no gaps; the damaged file is kept under another name. Knows the journal's tables, no room.
"""

import logging
import sqlite3
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from server.processes import run_directory
from server.room.events import with_member
from server.room.interface import Peer, StoredFile
from server.room.roster import Member
from server.room.storage.journal import Batch, Journal, Row
from server.settings import JOURNAL
from shared import names
from shared.codec import decode_event

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

    Returns:
        How many events it has, and the path of the damaged one now.

    Raises:
        sqlite3.Error, OSError: nothing was changed.
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
    """Return the path of the file, and of those that SQLite keeps beside it."""
    return path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")


def _copy(path: Path, journal: Journal) -> int:
    damaged = sqlite3.connect(path)
    try:
        files = dict(_readable(damaged, "SELECT seq, stored FROM file"))
        rows = list(_readable(damaged, "SELECT id, name, token, since FROM member ORDER BY id"))
        members = [_away(*row) for row in rows if _is_member(*row)]
        highest = max((member.id for member in members), default=0)
        first = seq = count = 0
        at = ""
        batch = Batch()
        for row in _rows(damaged, files):
            if count and row.seq != seq + 1:
                break
            first, seq, count = first or row.seq, row.seq, count + 1
            at, before = decode_event(row.body).at or at, at
            if at < before:
                batch.set_back.append(seq)
            highest = max(highest, row.member)
            batch.rows.append(row)
            if len(batch.rows) >= AT_ONCE:
                _append(journal, batch)
                batch = Batch()
        batch.members, batch.counters = members, (1, highest)
        _append(journal, batch)
        journal.keep_from(first or 1)
        return count
    finally:
        damaged.close()


def _rows(damaged: sqlite3.Connection, files: Mapping[int, bytes]) -> Iterator[Row]:
    """Yield the events, until one cannot be read."""
    for seq, member, key, stored_body in _readable(damaged, _EVENTS):
        stored = files.get(seq)
        try:
            body = with_member(stored_body, member)
            decode_event(body)
            file = msgspec.msgpack.decode(stored, type=StoredFile) if stored else None
            number = int(member)
        except (ValueError, TypeError) as error:
            log.info("event damaged seq=%s error=%s", seq, error)
            return
        yield Row(seq, number, key if isinstance(key, str | bytes) else None, body, file)


def _append(journal: Journal, batch: Batch) -> None:
    """Append; keep an event without its key where damage made two keys the same."""
    keyed = [row for row in batch.rows if row.key is not None]
    posts = [(row.member, row.key or "") for row in keyed]
    numbers = journal.keys.hashes(posts)
    hashes = dict(zip(posts, numbers, strict=True))
    posted = set(journal.keys.find(posts, numbers))
    for at, row in enumerate(batch.rows):
        if row.key is None:
            continue
        post = row.member, row.key
        fresh = post not in posted
        posted.add(post)
        batch.rows[at] = replace(
            row, key=row.key if fresh else None, hash=hashes[post] if fresh else None
        )
    journal.append(batch)


def _away(id: int, name: str, token: bytes, since: str) -> Member:
    return Member(id, name, token, since, 0, 0, None, 0, Peer("", 0, ""))


def _is_member(id: object, name: object, token: object, since: object) -> bool:
    """Return whether a room could start with this one."""
    try:
        names.key(str(name))
        datetime.fromisoformat(str(since))
    except ValueError:
        return False
    return isinstance(id, int) and isinstance(name, str) and isinstance(token, bytes)


def _readable(damaged: sqlite3.Connection, sql: str) -> Iterator[Any]:
    """Yield the rows, until one cannot be read."""
    try:
        yield from damaged.execute(sql)
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        log.info("reading stopped error=%s sql=%s", error, sql)
