"""Forgetting: the oldest events go, in steps so small that no message waits for one.

Of an event that is not kept, the file goes with it (the row in `doomed` says so until it has),
and so does its key, unless its member may still post it again. Works within the journal's
transactions.
"""

import sqlite3

from server.room.storage import changes, dedup

PRUNE_EVERY = 256
"""So many events more than `keep` are kept for a while, and go together."""
STEP = 64
"""How many events one step removes, at least: together with a batch, some milliseconds."""
SWEEP_AFTER = 4096
"""After so many forgotten events, or as many as there were keys, all keys are looked at:
`_SWEEP` in a step."""
_SWEEP = 256

_DOOM = """
INSERT INTO doomed SELECT name, stored_size(stored), stored_sha256(stored) FROM file
    WHERE seq BETWEEN ? AND ?
"""
_KEYS = """
SELECT seq, member, key, member IN (SELECT id FROM member) FROM event
    WHERE seq > ? AND seq < ? ORDER BY seq LIMIT ?
"""


class Forgetting:
    """What one journal forgets.

    Args:
        db: the journal.
        keys: its posts.
        first: the first `seq` that it keeps.
        keep: how many events are kept; 0 for all.
        most_keys: how many keys of events that are not kept may stay; 0 for all.
    """

    def __init__(
        self, db: sqlite3.Connection, keys: dedup.PostedKeys, first: int, keep: int, most: int
    ) -> None:
        self._db = db
        self._keys = keys
        self.first = first
        self.keep = keep
        self._most_keys = most
        self._before = 0
        self._swept = self._counted = self._excess = self._swept_at = 0
        self._sweeping = False
        self._pause = SWEEP_AFTER

    def before(self, seq: int) -> None:
        """Events before `seq` are to go; the steps that follow remove them."""
        self._before = max(self._before, seq)

    def step(self, newest: int, added: int | None = None) -> int:
        """Remove the next old events; returns the first `seq` kept, true once committed.

        Args:
            newest: the last `seq`.
            added: how many events came in this transaction, of which more than those go. None
                in a quiet moment: `keep` events stay, and not `PRUNE_EVERY` more.
        """
        first, limit = self.first, max(STEP, 2 * (added or 0))
        last = min(self._before - 1, newest - 1)
        spare = 0 if added is None else PRUNE_EVERY
        if self.keep and newest - self.keep - first >= spare:
            last, limit = max(last, newest - self.keep), max(limit, PRUNE_EVERY)
        last = min(last, first + limit - 1)
        if last < first:
            return first
        self._remove(first, last)
        return last + 1

    def _remove(self, first: int, last: int) -> None:
        old = "seq BETWEEN ? AND ?"
        keyed = self._db.execute(_KEYS, (first - 1, last + 1, -1)).fetchall()
        stay = [(seq, member, key) for seq, member, key, stays in keyed if stays and key]
        self._keys.forget((member, key) for _, member, key, stays in keyed if key and not stays)
        # Not an update: only where rows are deleted does SQLite merge pages that became empty.
        self._db.execute(f"DELETE FROM event WHERE {old}", (first, last))  # noqa: S608
        self._db.executemany("INSERT INTO event VALUES (?, ?, ?, x'')", stay)
        self._db.execute(_DOOM, (first, last))
        self._db.execute(f"DELETE FROM file WHERE {old}", (first, last))  # noqa: S608
        self._db.execute(f"DELETE FROM deleted WHERE {old}", (first, last))  # noqa: S608
        self._db.execute(f"DELETE FROM set_back WHERE {old}", (first, last))  # noqa: S608
        changes.forget(self._db, first, last)
        self._db.execute("UPDATE kept SET first = ?", (last + 1,))

    def has_work(self, newest: int) -> bool:
        """Return whether the next `step` or `sweep` will look at anything."""
        if self.first < self._before or (self.keep and newest - self.keep >= self.first):
            return True
        if not self._sweeping and self.first - self._swept_at >= self._pause:
            self._swept_at, self._sweeping = self.first, True
        return self._sweeping

    def sweep(self) -> bool:
        """Remove some keys of members that left meanwhile; returns False when all were seen."""
        rows = self._db.execute(_KEYS, (self._swept, self.first, _SWEEP)).fetchall()
        if not rows:
            self._excess = max(0, self._counted - self._most_keys) if self._most_keys else 0
            self._pause = max(SWEEP_AFTER, self._counted)
            self._swept = self._counted = 0
            self._sweeping = self._excess > 0
            return self._sweeping
        gone = []
        for seq, member, key, stays in rows:
            if stays and not self._excess:
                self._counted += 1
            else:
                self._excess -= stays
                gone.append((seq, member, key))
        self._keys.forget((member, key) for _, member, key in gone if key is not None)
        self._db.executemany("DELETE FROM event WHERE seq = ?", [(seq,) for seq, _, _ in gone])
        self._swept = rows[-1][0]
        return True
