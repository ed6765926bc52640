"""The database file of a box: open it, and replace one that is damaged.

A file that is damaged, empty, in another format or from a newer version is put aside under a
new name, unchanged. What can still be read of it goes into a new file: SQLite stops at the
first damaged page, so the rows before it, behind it and around it are read one by one.
"""

import logging
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

log = logging.getLogger(__name__)

BUSY_MS = 5_000
VERSION = 1
"""`user_version` of the databases that this version writes; 0 in those of version 0.1."""
MOST_PROBES = 20_000
"""Rows that are asked for one by one between the rows before and behind a damaged page."""

_SCHEMA = f"""
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE IF NOT EXISTS unsent (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    room TEXT NOT NULL,
    name TEXT NOT NULL,
    text TEXT NOT NULL,
    after INTEGER NOT NULL,
    problem TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS unsent_of ON unsent (room, name, number);
CREATE TABLE IF NOT EXISTS draft (
    room TEXT NOT NULL,
    name TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (room, name)
) STRICT;
CREATE TABLE IF NOT EXISTS membership (
    room TEXT NOT NULL,
    name TEXT NOT NULL,
    token TEXT NOT NULL,
    seq INTEGER NOT NULL,
    journal TEXT NOT NULL,
    PRIMARY KEY (room, name)
) STRICT;
CREATE TABLE IF NOT EXISTS unshared (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    path BLOB NOT NULL,
    after INTEGER NOT NULL,
    problem TEXT
) STRICT;
CREATE TABLE IF NOT EXISTS origin (
    room TEXT NOT NULL,
    name TEXT NOT NULL,
    journal TEXT NOT NULL,
    answers_room INTEGER NOT NULL,
    PRIMARY KEY (room, name)
) STRICT;
CREATE TABLE IF NOT EXISTS reply (
    id TEXT PRIMARY KEY,
    seq INTEGER NOT NULL,
    name TEXT NOT NULL,
    text TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS attached (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    path BLOB NOT NULL
) STRICT;
PRAGMA user_version = {VERSION};
"""
_COLUMNS = {
    "unsent": "number, id, room, name, text, after, problem",
    "draft": "room, name, text",
    "membership": "room, name, token, seq, journal",
    "unshared": "number, key, path, after, problem",
    "origin": "room, name, journal, answers_room",
    "reply": "id, seq, name, text",
    "attached": "number, path",
}
WAL = ("-wal", "-shm")


class _Unusable(Exception):
    """The file is not a whole database of this version; the message says why."""


def open_database(path: Path) -> tuple[sqlite3.Connection, Path | None]:
    """Open the database of a box, readable by its owner only; only one process may do so.

    Returns:
        The database, and the path of the file that was put aside because it is damaged.

    Raises:
        OSError, sqlite3.Error: The disk refuses. Nothing has changed then.
    """
    aside = None
    if _is_damaged(path):
        aside = path.with_name(f"{path.name}.damaged-{time.strftime('%Y%m%d-%H%M%S')}")
        while aside.exists():
            aside = aside.with_name(f"{aside.name}-2")
        _replace(path, aside)
    return _connect(path), aside


def _connect(path: Path) -> sqlite3.Connection:
    path.touch(mode=0o600)
    database = sqlite3.connect(path, isolation_level=None, timeout=BUSY_MS / 1000)
    try:
        database.executescript(_SCHEMA)
    except sqlite3.Error:
        database.close()
        raise
    return database


# --- is it whole? --------------------------------------------------------------------------


def _is_damaged(path: Path) -> bool:
    if not path.is_file():
        return path.exists()
    try:
        database = sqlite3.connect(path, isolation_level=None, timeout=BUSY_MS / 1000)
        try:
            _check(database)
        finally:
            database.close()
    except (sqlite3.DatabaseError, _Unusable) as problem:
        if isinstance(problem, sqlite3.OperationalError):
            raise  # the disk or the permissions, not the content
        log.warning("outbox damaged path=%s error=%s", path, problem)
        return True
    return False


def _check(database: sqlite3.Connection) -> None:
    """Read the whole database. Raises `_Unusable` and sqlite3.Error."""
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise _Unusable(f"format {version}")
    (result,) = database.execute("PRAGMA integrity_check(1)").fetchone()
    if result != "ok":
        raise _Unusable(result)
    for table, columns in _COLUMNS.items():
        kept = {name for _, name, *_ in database.execute(f"PRAGMA table_info({table})")}
        if kept and not kept.issuperset(columns.split(", ")):
            raise _Unusable(f"other columns in {table}")
        try:
            for _row in database.execute(f"SELECT * FROM {table}") if kept else ():  # noqa: S608
                pass
        except sqlite3.OperationalError as problem:
            raise _Unusable(str(problem)) from problem  # text that is not UTF-8


# --- what can be read of it ----------------------------------------------------------------


def _replace(path: Path, aside: Path) -> None:
    """Put a new file with the readable rows in the place of the damaged one."""
    with tempfile.TemporaryDirectory(prefix=".outbox-", dir=path.parent) as folder:
        new = Path(folder, "new.sqlite3")
        target = _connect(new)
        try:
            if path.is_file():
                _rescue(path, Path(folder), target)
        finally:
            target.close()  # this also moves all rows from the log into the file
        path.rename(aside)
        for suffix in WAL:
            log_file = path.with_name(path.name + suffix)
            if log_file.exists():
                log_file.rename(aside.with_name(aside.name + suffix))
        new.rename(path)
    log.warning("outbox replaced damaged_file=%s", aside)


def _rescue(path: Path, folder: Path, target: sqlite3.Connection) -> None:
    """Copy the readable rows of the file `path`; the work is done on a copy in `folder`."""
    copy = folder / "damaged.sqlite3"
    shutil.copyfile(path, copy)
    for suffix in WAL[:1]:
        if path.with_name(path.name + suffix).is_file():
            shutil.copyfile(path.with_name(path.name + suffix), f"{copy}{suffix}")
    if not _has_tables(copy):
        _lend_first_page(copy, folder)
    source = sqlite3.connect(copy, isolation_level=None)
    kept = 0
    try:
        target.execute("BEGIN IMMEDIATE")
        for table, columns in _COLUMNS.items():
            marks = ", ".join("?" * len(columns.split(", ")))
            insert = f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608
            for row in _rows(source, table, columns):
                try:
                    target.execute(insert, row)
                except sqlite3.IntegrityError as problem:
                    log.warning("outbox row not usable table=%s error=%s", table, problem)
                else:
                    kept += 1
        target.execute("COMMIT")
    finally:
        source.close()
    log.warning("outbox rescued rows=%d", kept)


def _has_tables(path: Path) -> bool:
    database = sqlite3.connect(path, isolation_level=None)
    try:
        known = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
        return not known.isdisjoint(_COLUMNS)
    except sqlite3.Error:
        return False
    finally:
        database.close()


def _lend_first_page(path: Path, folder: Path) -> None:
    """Give a database whose first page is damaged that of a new one.

    The first page holds the schema, and all databases are made by the same statements, newer
    ones at the end, so their tables begin on the same pages.
    """
    model = folder / "model.sqlite3"
    _connect(model).close()
    data = bytearray(model.read_bytes())
    page = int.from_bytes(data[16:18], "big")
    pages = path.stat().st_size // page
    if pages < 2:
        return
    data[28:32] = pages.to_bytes(4, "big")
    with path.open("r+b") as file:
        file.write(data[:page])
        file.truncate(pages * page)
    path.with_name(f"{path.name}-wal").unlink(missing_ok=True)


def _rows(
    database: sqlite3.Connection, table: str, columns: str
) -> Iterator[tuple[object, ...]]:
    """Yield the readable rows of a table in their order."""
    before: list[tuple[object, ...]] = []
    behind: list[tuple[object, ...]] = []
    at = top = None
    while (found := _next(database, table, columns, ">", at)) is not None:
        at, row = found
        before.append(row)
    while (found := _next(database, table, columns, "<", top)) is not None:
        top, row = found
        if at is not None and top <= at:
            break
        behind.append(row)
    yield from before
    if not behind or at is None or top is None or top > at:
        for number in _between(at, top):
            if (found := _next(database, table, columns, "=", number)) is not None:
                yield found[1]
    yield from reversed(behind)


def _between(at: int | None, top: int | None) -> range:
    """Return the numbers to try between the last row read forwards and the last backwards."""
    first = 0 if at is None else at
    last = first + MOST_PROBES if top is None else top
    return range(max(first + 1, last - MOST_PROBES), last)


def _next(
    database: sqlite3.Connection, table: str, columns: str, way: str, at: int | None
) -> tuple[int, tuple[object, ...]] | None:
    """Return the row next to `at` and its number; None if there is none or it is damaged."""
    where = f"WHERE rowid {way} {at}" if at is not None else ""
    order = "DESC" if way == "<" else "ASC"
    select = f"SELECT rowid, {columns} FROM {table} {where}"  # noqa: S608
    try:
        found = database.execute(f"{select} ORDER BY rowid {order} LIMIT 1").fetchone()
    except (sqlite3.Error, OverflowError):
        return None
    return (found[0], tuple(found[1:])) if found else None
