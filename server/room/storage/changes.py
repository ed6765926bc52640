"""The tables of changes in a journal: which events edit which message, and what is pinned.

What a message became by its changes stands in its own row. Works within the journal's
transactions.
"""

import sqlite3
from collections.abc import Mapping

from server.room import events
from shared.codec import decode_event
from shared.conversation import Edited, Pinned
from shared.messages import AnyEvent, Said, Shared

SCHEMA = """
CREATE TABLE edit (seq INTEGER PRIMARY KEY, target INTEGER NOT NULL, erased INTEGER NOT NULL);
CREATE INDEX edit_target ON edit (target);
CREATE TABLE pin (seq INTEGER PRIMARY KEY, since INTEGER NOT NULL);
"""
"""`edit` has the `edited` events; `erased`: nothing is left of the text before it. `pin` has
the pinned events, with the `seq` of the `pinned` event."""

_EDITS_OF_OLD = """
SELECT event.seq, body FROM edit JOIN event ON event.seq = edit.seq
    WHERE target BETWEEN ? AND ? AND edit.seq > ?
"""


def write(
    db: sqlite3.Connection,
    edits: Mapping[int, int],
    pins: Mapping[int, int | None],
    *,
    erased: bool = False,
) -> None:
    """Write what an entry changed.

    Args:
        db: the journal.
        edits: the messages that are edited, by the `seq` of the `edited` event.
        pins: the `seq` of the `pinned` event by that of what is pinned; None: not any more.
        erased: nothing is left of the former texts.
    """
    db.executemany(
        "INSERT INTO edit VALUES (?, ?, ?)",
        [(seq, target, erased) for seq, target in edits.items()],
    )
    db.executemany(
        "DELETE FROM pin WHERE seq = ?", [(seq,) for seq, since in pins.items() if not since]
    )
    db.executemany(
        "INSERT OR REPLACE INTO pin VALUES (?, ?)",
        [(seq, since) for seq, since in pins.items() if since],
    )


def edits_of(db: sqlite3.Connection, target: int) -> list[int]:
    """Return the `seq`s of the `edited` events of a message."""
    rows = db.execute("SELECT seq FROM edit WHERE target = ? ORDER BY seq", (target,))
    return [seq for (seq,) in rows]


def pins(db: sqlite3.Connection) -> list[int]:
    """Return the `seq`s of what is pinned, in the order of pinning."""
    return [seq for (seq,) in db.execute("SELECT seq FROM pin ORDER BY since")]


def forget(db: sqlite3.Connection, first: int, last: int) -> None:
    """Forget what is known of the events from `first` to `last`.

    Their later edits lose their texts: nobody can delete a message that is not kept.
    """
    rows = db.execute(_EDITS_OF_OLD, (first, last, last)).fetchall()
    for seq, body in rows:
        event = decode_event(body)
        if isinstance(event, Edited):
            db.execute("UPDATE event SET body = ? WHERE seq = ?", (events.emptied(event), seq))
    db.execute("DELETE FROM edit WHERE seq BETWEEN ? AND ?", (first, last))
    db.execute("DELETE FROM pin WHERE seq BETWEEN ? AND ?", (first, last))


def check(db: sqlite3.Connection) -> None:
    """Check that a room can start with this. Raises `ValueError`, `TypeError`."""
    rows = db.execute("SELECT since, body FROM pin LEFT JOIN event ON event.seq = pin.seq")
    for since, body in rows:
        event = decode_event(body)
        if not isinstance(since, int) or not is_pinned(event):
            raise ValueError("an event is pinned that is none")
    for (target,) in db.execute("SELECT target FROM edit"):
        if not isinstance(target, int):
            raise TypeError("an edit has no message")


def is_pinned(event: AnyEvent) -> bool:
    """Whether an event is pinned, as far as it tells itself."""
    return isinstance(event, Said | Shared) and event.pinned is True


class Readable:
    """What can be read of changes in the events of a damaged journal, for another one.

    `edits` and `pins` as `write` takes them.
    """

    def __init__(self) -> None:
        self.edits: dict[int, int] = {}
        self.pins: dict[int, int | None] = {}
        self._pinned: dict[int, int] = {}

    def add(self, event: AnyEvent) -> None:
        """Take in the next event."""
        match event:
            case Edited(seq=seq, target=target):
                self.edits[seq] = target
            case Pinned(seq=seq, target=target, on=True):
                self._pinned[target] = seq
            case Said() | Shared() if event.pinned is True:
                self.pins[event.seq] = event.seq

    def end(self, newest: int) -> None:
        """Take in that there are no more events; `newest` is the last."""
        # Events that pinned something may be lost: what they pinned came last.
        for place, seq in enumerate(list(self.pins), 1):
            self.pins[seq] = self._pinned.get(seq, newest + place)
