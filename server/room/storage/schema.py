"""The tables of the journal, and how a journal of an older format gets them."""

import sqlite3
from collections.abc import Callable
from contextlib import closing

import msgspec

from server.room.interface import StoredFile
from server.room.storage import changes, dedup, erasing, host_tables

VERSION = 9

_MEMBER = """
CREATE TABLE member (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, token BLOB NOT NULL, since TEXT NOT NULL,
    joined INTEGER NOT NULL, worker INTEGER NOT NULL, connection INTEGER, disconnected INTEGER,
    peer BLOB NOT NULL, role TEXT NOT NULL, device BLOB NOT NULL, address TEXT NOT NULL,
    muted TEXT NOT NULL, spoke TEXT NOT NULL, note TEXT NOT NULL, noted BLOB NOT NULL,
    renamed INTEGER NOT NULL, host TEXT NOT NULL, held INTEGER NOT NULL);
"""
_KEPT = """
CREATE TABLE kept (
    id TEXT NOT NULL, first INTEGER NOT NULL, position INTEGER NOT NULL,
    member INTEGER NOT NULL, marked INTEGER NOT NULL);
"""
"""`kept` has one row: the journal's name, the first `seq` that is kept, the position at which
`member` changed last, the highest number that a member ever had, and whether the journal has a
marker beside it (`marker`)."""

_FILES = """
CREATE TABLE file (
    id TEXT PRIMARY KEY, seq INTEGER NOT NULL, name TEXT NOT NULL, stored BLOB NOT NULL);
CREATE INDEX file_seq ON file (seq);
CREATE INDEX file_name ON file (name);
CREATE TABLE doomed (name TEXT NOT NULL, size INTEGER NOT NULL, sha256 TEXT NOT NULL);
"""
"""`name` is that in the downloads folder. `doomed` are files there of events that are not kept
any more; a row goes when its file has gone."""

_RECENT = """
CREATE TABLE recent (
    key TEXT PRIMARY KEY, name TEXT NOT NULL, at TEXT NOT NULL, member INTEGER NOT NULL,
    role TEXT NOT NULL, device BLOB NOT NULL, address TEXT NOT NULL, spoke TEXT NOT NULL);
"""
_NAMES_AND_CLOCK = f"""
{_RECENT}
CREATE TABLE set_back (seq INTEGER PRIMARY KEY);
"""
"""`recent` has the names of members that left, and when. `set_back` has the events that have an
earlier time than the one before them, since a clock that was ahead was put right."""

_MODERATION = """
CREATE TABLE room (
    topic TEXT NOT NULL, locked INTEGER NOT NULL, slow INTEGER NOT NULL, owner BLOB NOT NULL,
    last INTEGER NOT NULL);
CREATE TABLE restriction (
    number INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, look TEXT NOT NULL,
    device BLOB NOT NULL, address TEXT NOT NULL, by TEXT NOT NULL, member INTEGER NOT NULL,
    at TEXT NOT NULL, until TEXT NOT NULL, text TEXT NOT NULL);
CREATE TABLE ended (token BLOB PRIMARY KEY, ban INTEGER NOT NULL);
CREATE TABLE act (
    number INTEGER PRIMARY KEY, seq INTEGER NOT NULL, at TEXT NOT NULL, name TEXT NOT NULL,
    member INTEGER NOT NULL, act TEXT NOT NULL, target TEXT NOT NULL,
    target_member INTEGER NOT NULL, value TEXT NOT NULL, text TEXT NOT NULL);
INSERT INTO room VALUES ('', 0, 0, x'', 0);
"""
"""The state of `server.room.moderation`: `room` has one row (`RoomState`), `ended` the tokens
that a ban or a kick (0) ended, and `act` the audit, the newest last."""

_SCHEMA = f"""
CREATE TABLE event (
    seq INTEGER PRIMARY KEY, member INTEGER NOT NULL, key TEXT, body BLOB NOT NULL);
{_MEMBER}
{_KEPT}
{_FILES}
INSERT INTO kept VALUES (lower(hex(randomblob(8))), 1, 0, 0, 0);
{dedup.SCHEMA}
{_NAMES_AND_CLOCK}
{_MODERATION}
{erasing.SCHEMA}
{changes.SCHEMA}
{host_tables.SCHEMA}
"""  # noqa: S608

NO_PEER = b"\x92\x94\xa0\x00\xa0\xc2\xa0"
"""`Peer("", 0, "")` and no client, in MessagePack: a member whose connection is not known."""

# Until format 2 keys were looked up by an index, or by another hash.
_NEW_KEYS = f"""
DROP INDEX IF EXISTS event_key; DROP TABLE IF EXISTS post; DROP TABLE IF EXISTS filed;
{dedup.SCHEMA}
"""
# Format 4 has connections in `member`, and each event tells the number of its member.
_CONNECTIONS_AND_NUMBERS = f"""
ALTER TABLE member RENAME TO old_member;
ALTER TABLE kept RENAME TO old_kept;
{_MEMBER}
{_KEPT}
INSERT INTO member SELECT id, name, token, since, 0, 0, NULL, 0, x'{NO_PEER.hex()}',
    'member', x'', '', '', '', '', x'', 0, '', 0 FROM old_member;
INSERT INTO kept SELECT id, first, 0,
    coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'old_member'), 0), 0 FROM old_kept;
DROP TABLE old_member; DROP TABLE old_kept;
UPDATE event SET body = CAST(
    substr(body, 1, instr(body, CAST('"name":' AS BLOB)) - 1)
    || '"member":' || member || ','
    || substr(body, instr(body, CAST('"name":' AS BLOB))) AS BLOB)
    WHERE instr(body, CAST('"name":' AS BLOB)) > 0;
"""  # noqa: S608

# Format 6 knows files by their names, and has a marker beside it.
_NAMES_OF_FILES = f"""
ALTER TABLE file RENAME TO old_file;
{_FILES}
INSERT INTO file SELECT id, seq, name_of(stored), stored FROM old_file;
DROP TABLE old_file;
"""  # noqa: S608
_MARKED = f"""
ALTER TABLE kept RENAME TO old_kept;
{_KEPT}
INSERT INTO kept SELECT id, first, position, member, 0 FROM old_kept;
DROP TABLE old_kept;
"""  # noqa: S608

# Format 7 has moderation: roles, and by what people are known again.
_ROLES = f"""
ALTER TABLE member RENAME TO old_member;
{_MEMBER}
INSERT INTO member SELECT id, name, token, since, joined, worker, connection, disconnected,
    peer, 'member', x'', '', '', '', '', x'', 0, '', 0 FROM old_member;
DROP TABLE old_member;
"""  # noqa: S608
# Format 8 has changes of messages, and notes and other names of members.
_NOTES = f"""
ALTER TABLE member RENAME TO old_member;
{_MEMBER}
INSERT INTO member SELECT *, '', x'', 0, '', 0 FROM old_member;
DROP TABLE old_member;
"""  # noqa: S608
# Format 9 has the hosts of members.
_HOSTS = f"""
ALTER TABLE member RENAME TO old_member;
{_MEMBER}
INSERT INTO member SELECT *, '', 0 FROM old_member;
DROP TABLE old_member;
"""  # noqa: S608
_TRACES = f"""
ALTER TABLE recent RENAME TO old_recent;
{_RECENT}
INSERT INTO recent SELECT key, name, at, 0, 'member', x'', '', '' FROM old_recent
    ORDER BY rowid;
DROP TABLE old_recent;
"""  # noqa: S608

_SINCE_7 = _MODERATION + erasing.SCHEMA + changes.SCHEMA

_TABLES = "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name"


class FormatError(Exception):
    """The journal has a format that this version does not know."""


def version(db: sqlite3.Connection) -> int:
    """Return the journal's format; 0 if it has no tables yet."""
    (number,) = db.execute("PRAGMA user_version").fetchone()
    return int(number)


def prepare(db: sqlite3.Connection) -> None:
    """Make the tables, or bring those of an older format up to date, all or nothing.

    Raises:
        FormatError: a later version of Chatroom wrote the journal.
    """
    create_functions(db)
    match version(db):
        case 0:
            script = _SCHEMA
        case 1 | 2:
            script = _NEW_KEYS + _CONNECTIONS_AND_NUMBERS + _NAMES_AND_CLOCK + _NAMES_OF_FILES
        case 3:
            script = _CONNECTIONS_AND_NUMBERS + _NAMES_AND_CLOCK + _NAMES_OF_FILES
        case 4:
            script = _NAMES_AND_CLOCK + _MARKED + _NAMES_OF_FILES + _ROLES
        case 5:
            script = _MARKED + _NAMES_OF_FILES + _ROLES + _TRACES
        case 6:
            script = _ROLES + _TRACES
        case 7:
            script = _NOTES
        case 8:
            script = _HOSTS
        case number if number == VERSION:
            return
        case number:
            raise FormatError(number)
    if number := version(db):
        script += host_tables.SCHEMA
        if number < 8:
            script += changes.SCHEMA if number == 7 else _SINCE_7
    db.executescript(f"BEGIN; {script} PRAGMA user_version = {VERSION}; COMMIT;")


def create_functions(db: sqlite3.Connection) -> None:
    """Let SQL read what is in `file.stored`."""

    def reading(name: str, value: Callable[[StoredFile], str | int]) -> None:
        db.create_function(
            name, 1, lambda stored: value(msgspec.msgpack.decode(stored, type=StoredFile))
        )

    reading("name_of", lambda stored: stored.stored)
    reading("stored_size", lambda stored: stored.file.size)
    reading("stored_sha256", lambda stored: stored.file.sha256)


def check(db: sqlite3.Connection) -> None:
    """Raise `sqlite3.DatabaseError` if the tables are not as this version makes them.

    A damaged letter in their definition can make another table of the same bytes.
    """
    if version(db) != VERSION:
        return
    with closing(sqlite3.connect(":memory:", autocommit=True)) as model:
        model.executescript(_SCHEMA)
        expected = model.execute(_TABLES).fetchall()
    if db.execute(_TABLES).fetchall() != expected:
        raise sqlite3.DatabaseError("its tables are damaged")
