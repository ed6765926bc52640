"""Rescue: make a whole journal of what can be read of a damaged one.

Keeps the events from the first one to the last before the first gap, since a room's `seq` has
no gaps; the damaged file is kept under another name. Knows the journal's tables, no room.
"""

import logging
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from server.room.events import with_member
from server.room.interface import Peer, StoredFile
from server.room.roster import Member
from server.room.storage import changes, marker, members, moderation_tables, schema, whole
from server.room.storage.archive import Bars, no_bars
from server.room.storage.batch import Batch, Row
from server.room.storage.journal import Journal
from server.room.storage.reader import read_only
from server.room.storage.restoring import uninterrupted
from shared import names
from shared.codec import decode_event

log = logging.getLogger(__name__)

AT_ONCE = 500
# The disk is full or fails, the file may not be read, or another has it.
_NOT_DAMAGE = {
    *(sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_BUSY),
    *(sqlite3.SQLITE_READONLY, sqlite3.SQLITE_NOMEM),
}

_EVENTS = "SELECT rowid, member, key, body FROM event WHERE body <> x'' ORDER BY rowid"


def rescue(path: Path, bars: Bars = no_bars) -> tuple[int, Path] | None:
    """Put a whole journal in the place of a damaged one.

    Returns:
        How many events it has, and the path of the damaged one now; None if the journal is
        whole, and nothing was changed.

    Raises:
        sqlite3.Error, OSError, StorageError, JournalError: nothing was changed.
    """
    return None if is_whole(path, bars) else remake(path, bars)


def remake(path: Path, bars: Bars = no_bars) -> tuple[int, Path]:
    """Put a journal of what can be read in the place of this one. As `rescue`."""
    fresh = path.with_name(path.name + ".rescued")
    try:
        _remove(fresh)
        journal = Journal(fresh)
        try:
            count = _copy(path, journal, bars)
        finally:
            journal.close()
        with uninterrupted():
            aside = path.with_name(f"journal.damaged-{time.strftime('%Y%m%d-%H%M%S')}.sqlite3")
            for old, new in zip(_with_companions(path), _with_companions(aside), strict=True):
                if old.exists():
                    old.replace(new)
            fresh.replace(path)
            seen = marker.path_of(fresh)
            if seen.exists():
                seen.replace(marker.path_of(path))
    finally:
        _remove(fresh)
    return count, aside


def is_whole(path: Path, bars: Bars = no_bars) -> bool:
    """Return whether a server can open this journal, without changing it.

    Raises:
        FormatError: a later version of Chatroom wrote it.
        OSError, sqlite3.OperationalError: it cannot be read at present.
    """
    try:
        with closing(read_only(path)) as db:
            number = schema.version(db)
            if not 0 < number <= schema.VERSION:
                return _other_format(number)
            (count,) = db.execute("SELECT count(*) FROM event").fetchone()
            with bars("Check", count) as advance:
                whole.check(db, lambda seq: advance(1))
            if number == schema.VERSION:
                members.check(db)
                moderation_tables.check(db)
                changes.check(db)
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _NOT_DAMAGE:
            raise
        return False
    except (sqlite3.DatabaseError, ValueError, TypeError) as error:
        log.info("journal damaged error=%s", error)
        return False
    return True


def _other_format(number: int) -> bool:
    if number:
        raise schema.FormatError(number)
    return False  # it has no tables


def _remove(fresh: Path) -> None:
    for left_over in (*_with_companions(fresh), marker.path_of(fresh)):
        left_over.unlink(missing_ok=True)


def _with_companions(path: Path) -> tuple[Path, Path, Path]:
    """Return the path of the file, and of those that SQLite keeps beside it."""
    return path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")


def _copy(path: Path, journal: Journal, bars: Bars) -> int:
    with closing(sqlite3.connect(path)) as damaged:
        damaged.setconfig(sqlite3.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, True)
        files = dict(_readable(damaged, "SELECT seq, stored FROM file"))
        rows = list(_readable(damaged, "SELECT id, name, token, since FROM member ORDER BY id"))
        present = [_away(*row) for row in rows if _is_member(*row)]
        _take_roles(damaged, present)
        _take_notes(damaged, present)
        highest = max((member.id for member in present), default=0)
        total = next(_readable(damaged, "SELECT max(seq) - min(seq) + 1 FROM event"), (0,))[0]
        first = seq = count = 0
        at = ""
        batch, found = Batch(), changes.Readable()
        with bars("Rescue", total or 0) as advance:
            for row in _rows(damaged, files):
                if count and row.seq != seq + 1:
                    break
                first, seq, count = first or row.seq, row.seq, count + 1
                event = decode_event(row.body)
                found.add(event)
                at, before = event.at or at, at
                if at < before:
                    batch.set_back.append(seq)
                highest = max(highest, row.member)
                batch.rows.append(row)
                if len(batch.rows) >= AT_ONCE:
                    _append(journal, batch)
                    advance(len(batch.rows))
                    batch = Batch()
        batch.members, batch.counters = present, (1, highest)
        batch.moderation = moderation_tables.readable(partial(_readable, damaged))
        _append(journal, batch)
        found.end(seq)
        journal.keep_from(first or 1, found)
        return count


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


def _take_roles(damaged: sqlite3.Connection, present: list[Member]) -> None:
    """Give members back what moderation knows of them, as far as it can be read."""
    known = {member.id: member for member in present}
    sql = "SELECT id, role, device, address, muted, spoke FROM member ORDER BY id"
    for id, role, device, address, muted, spoke in _readable(damaged, sql):
        try:
            members.check_marks(role, device, address, muted, spoke)
        except (ValueError, TypeError):
            continue
        if (member := known.get(id)) is not None:
            member.role, member.device, member.address = role, device, address
            member.muted, member.spoke = muted, spoke


def _take_notes(damaged: sqlite3.Connection, present: list[Member]) -> None:
    """Give members back what they say of themselves, as far as it can be read."""
    notes = dict(_readable(damaged, "SELECT id, note FROM member ORDER BY id"))
    for member in present:
        note = notes.get(member.id, "")
        with suppress(ValueError, TypeError):
            members.check_note(note, b"")
            member.note = note
        member.renamed = True  # perhaps: an upload may have its name from before


def _is_member(id: object, name: object, token: object, since: object) -> bool:
    """Return whether a room could start with this one."""
    try:
        names.key(str(name))
        whole.check_time(str(since))
    except ValueError:
        return False
    return isinstance(id, int) and isinstance(name, str) and isinstance(token, bytes)


def _readable(damaged: sqlite3.Connection, sql: str) -> Iterator[Any]:
    """Yield the rows, until one cannot be read."""
    try:
        yield from damaged.execute(sql)
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        log.info("reading stopped error=%s sql=%s", error, sql)
