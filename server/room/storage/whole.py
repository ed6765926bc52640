"""Whether a journal is whole: checks of the file, its tables and its events.

Only reads. An unclean end of the server, a copy that was put back, and a backup call for it.
"""

import sqlite3
from collections.abc import Callable
from datetime import datetime

from server.room.storage import schema
from shared.codec import decode_event

_EXTENT = """
SELECT coalesce(max(seq) - first + 1 - count(*), 0), max(seq)
    FROM event, kept WHERE seq >= first
"""


def check(db: sqlite3.Connection, seen: Callable[[int], object] = lambda seq: None) -> None:
    """Check the file, the tables and the events. A journal without tables is whole.

    `seen` is called with the `seq` of each event.

    Raises:
        sqlite3.DatabaseError, ValueError, TypeError: it is damaged.
    """
    check_file(db)
    if schema.version(db):
        for seq, body in db.execute("SELECT seq, body FROM event WHERE body <> x''"):
            decode_event(body)
            seen(seq)


def check_file(db: sqlite3.Connection) -> None:
    """Check all but the contents of the events. Raises `sqlite3.DatabaseError`."""
    (found,) = db.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise sqlite3.DatabaseError(found)
    schema.check(db)
    if not schema.version(db):
        return
    (count, newest) = db.execute(_EXTENT).fetchone()
    if count:
        raise sqlite3.DatabaseError(f"{count} events before event {newest} are missing")


def check_time(text: str) -> None:
    """Check that a text is a time with its zone, as the server writes them; or `ValueError`."""
    if datetime.fromisoformat(text).tzinfo is None:
        raise ValueError("a time has no zone")
