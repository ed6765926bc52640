"""The keys of the posts in the journal, by member, for as long as history is kept.

A unique index would do the same. But keys are random, so that each insert changes a page of its
own: with a long history that took nine tenths of the journal's time. So the newest posts are
looked up in memory, and move to a table in the order of their hashes, many to a page, some with
each batch. A Bloom filter in memory says of nearly every new post that the table does not have
it (without it, a post costs a fifth more once there are some hundred thousand). After a crash
the newest posts are read again from the events, and the filter from the table.

Works within the journal's transactions and knows nothing of its batches.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence

from xxhash import xxh3_64_intdigest

SCHEMA = """
CREATE TABLE post (hash INTEGER PRIMARY KEY, seq INTEGER NOT NULL);
CREATE TABLE filed (seq INTEGER NOT NULL, secret INTEGER NOT NULL);
INSERT INTO filed VALUES (0, random());
"""
"""`filed`: the posts of all events up to this `seq` are in the table. With the `secret`, which
never leaves the journal, no client can make a key that hashes as another's does."""

MOST_RECENT = 65_536
FILTER_BYTES = 4 * 1024 * 1024
"""Enough for a million posts; of ten million, a quarter is looked up in vain."""
# After a start each batch reads so many rows of the table into the filter, until it has all.
LOAD = 1024
# Each batch moves more than it adds, so that one generation is filed before the next is full.
SLICE, SLICE_PER_POST = 64, 8

_64_BITS, _SIGN = 2**64 - 1, 2**63

_FILE = "INSERT OR REPLACE INTO post VALUES (?, ?)"
_FILE_WHAT_IS_THERE = "INSERT OR REPLACE INTO post SELECT ?, seq FROM event WHERE seq = ?"

type Posted = tuple[int, str | bytes]
"""A member's number and a post's key: the `id` of its client, or the number from its worker."""


class Filter:
    """A Bloom filter with one hash function: its input are hashes already.

    `size` in bytes, a power of two. With 32 bits for each post in it, it takes 3 % of the
    others for posts in it.
    """

    def __init__(self, size: int) -> None:
        self._bits = bytearray(size)
        self._last = size - 1

    def add(self, hashes: Iterable[int]) -> None:
        """Take these in."""
        bits, last = self._bits, self._last
        for hash in hashes:
            bits[(hash >> 3) & last] |= 1 << (hash & 7)

    def maybe(self, hashes: Iterable[int]) -> list[int]:
        """Return those of them that may be in it; the others are not."""
        bits, last = self._bits, self._last
        return [hash for hash in hashes if bits[(hash >> 3) & last] >> (hash & 7) & 1]


class PostedKeys:
    """The keys of one journal's posts; `most` stay in memory.

    `pruning`: events may be removed while their keys are in memory.
    """

    def __init__(self, db: sqlite3.Connection, most: int, *, pruning: bool) -> None:
        self._db = db
        self._most = most
        self._file = _FILE_WHAT_IS_THERE if pruning else _FILE
        self._recent: dict[int, int] = {}
        self._filing: dict[int, int] = {}
        self._to_file: list[int] = []
        self._filter = Filter(FILTER_BYTES)
        self._loaded: int | None = -_SIGN  # None: the filter has all that the table has
        filed_to, secret = db.execute("SELECT seq, secret FROM filed").fetchone()
        self._secret = secret & _64_BITS
        rows = db.execute(
            "SELECT member, key, seq FROM event WHERE seq > ? AND key IS NOT NULL",
            (filed_to,),
        )
        for member, key, seq in rows:
            self._recent[self.hashes([(member, key)])[0]] = seq

    def hashes(self, posts: Iterable[Posted]) -> list[int]:
        """Return 64 bits for each, as an integer that SQLite takes.

        Two different posts have the same in one of a billion rooms.
        """
        secret = self._secret
        return [
            xxh3_64_intdigest(
                b"%d %b" % (member, key.encode())
                if isinstance(key, str)
                else b"%d/%b" % (member, key),
                secret,
            )
            - _SIGN
            for member, key in posts
        ]

    def find(self, posts: Sequence[Posted], hashes: Sequence[int]) -> dict[Posted, int]:
        """Return the `seq` of those of the posts that are in the journal."""
        maybe: dict[int, int] = {}
        filed = hashes if self._loaded is not None else self._filter.maybe(hashes)
        if filed:
            maybe.update(self._in_table(filed))
        for known in (self._filing, self._recent):
            if not known.keys().isdisjoint(hashes):  # nearly always it is
                maybe |= {hash: known[hash] for hash in hashes if hash in known}
        if not maybe:
            return {}
        return {
            post: maybe[hash]
            for post, hash in zip(posts, hashes, strict=True)
            if hash in maybe and self._is(post, maybe[hash])
        }

    def _in_table(self, hashes: Sequence[int]) -> Iterable[tuple[int, int]]:
        return self._db.execute(
            "SELECT hash, seq FROM post WHERE hash IN (SELECT value FROM json_each(?))",
            (json.dumps(hashes),),
        )

    def _is(self, post: Posted, seq: int) -> bool:
        """Whether this event is that post: a hash is no proof, and the event may be pruned."""
        row = self._db.execute("SELECT member, key FROM event WHERE seq = ?", (seq,)).fetchone()
        return bool(row == post)

    # --- with each batch -------------------------------------------------------------

    def file(self, added: int) -> int:
        """Move some keys to the table; returns how many, for `committed`."""
        if self._loaded is not None:
            self._load(self._loaded)
        size = min(len(self._to_file), SLICE + SLICE_PER_POST * added)
        if size:
            slice = self._to_file[-size:]
            self._db.executemany(self._file, [(hash, self._filing[hash]) for hash in slice])
            self._filter.add(slice)
            if size == len(self._to_file):
                self._db.execute("UPDATE filed SET seq = ?", (max(self._filing.values()),))
        return size

    def _load(self, start: int) -> None:
        """Read on into the filter; keys that are filed meanwhile go into it as well."""
        rows = self._db.execute(
            "SELECT hash FROM post WHERE hash >= ? ORDER BY hash LIMIT ?", (start, LOAD)
        ).fetchall()
        self._filter.add(hash for (hash,) in rows)
        self._loaded = rows[-1][0] + 1 if len(rows) == LOAD else None

    def committed(self, added: Iterable[tuple[int, int]], filed: int) -> None:
        """The transaction has these new posts (hash, `seq`), and filed so many old ones."""
        self._recent.update(added)
        if filed:
            del self._to_file[-filed:]
            if not self._to_file:
                self._filing = {}
        if len(self._recent) >= self._most and not self._to_file:
            self._filing, self._recent = self._recent, {}
            self._to_file = sorted(self._filing)

    def forget(self, posts: Iterable[Posted]) -> None:
        """Remove the keys of events that are pruned."""
        self._db.executemany(
            "DELETE FROM post WHERE hash = ?", [(hash,) for hash in self.hashes(posts)]
        )
