"""What was said, kept: one SQLite file, written by the room process alone, read by workers.

An event is a row: its `seq`, whose it is, the key that makes sending it again harmless, and
its JSON as every client gets it. Memberships and shared files lie beside, changed in the
same transaction as the events that tell of them. Knows no roster, no clock and no socket.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from server.room.interface import StoredFile
from server.room.storage import dedup
from server.room.storage.dedup import Posted
from server.settings import Durability
from shared import names
from shared.messages import decode_event

SCHEMA_VERSION = 3
PRUNE_EVERY = 256
CACHE_KIB = 16 * 1024
"""For the keys' table: of a million posts it stays in memory, beyond that it is read."""
_SCHEMA = (
    """
CREATE TABLE event (
    seq INTEGER PRIMARY KEY, member INTEGER NOT NULL, key TEXT, body BLOB NOT NULL);
CREATE TABLE member (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, token BLOB NOT NULL,
    since TEXT NOT NULL);
CREATE TABLE file (id TEXT PRIMARY KEY, seq INTEGER NOT NULL, stored BLOB NOT NULL);
CREATE TABLE kept (id TEXT NOT NULL, first INTEGER NOT NULL);
INSERT INTO kept VALUES (lower(hex(randomblob(8))), 1);
"""
    + dedup.SCHEMA
)
_TABLES = "SELECT name, sql FROM sqlite_master ORDER BY name"


class StorageError(Exception):
    """The journal could not be written; nothing of the batch was. The text says why."""


class RepeatedError(Exception):
    """A post is in the journal already, or twice in the batch; nothing was written."""


class OvertakenError(Exception):
    """Another process has written since: what this one knows of the room no longer holds."""


class JournalError(Exception):
    """The journal cannot be used at all; the text says what to do."""


class Row(Struct, frozen=True):
    """One event on its way into the journal."""

    seq: int
    member: int
    key: str | None
    body: bytes
    stored: StoredFile | None = None


@dataclass(frozen=True, slots=True)
class KeptMember:
    """A membership as the journal remembers it."""

    id: int
    name: str
    token_hash: bytes
    since: str


@dataclass(slots=True)
class Batch:
    """What one transaction writes."""

    rows: list[Row] = field(default_factory=list)
    joined: list[KeptMember] = field(default_factory=list)
    left: list[int] = field(default_factory=list)


def _shown(problem: Exception) -> str:
    """In one line: SQLite quotes what is damaged."""
    return "".join(c if c.isprintable() else " " for c in str(problem))


class JournalReader:
    """Read-only access, for any process. `keep` is how many events count as kept (0: all)."""

    def __init__(self, path: Path, keep: int = 0) -> None:
        self._keep = keep
        self._db = self._open(path)

    def _open(self, path: Path) -> sqlite3.Connection:
        # One thread at a time uses it, but not always the same one.
        return sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro",
            uri=True,
            timeout=10,
            autocommit=True,
            check_same_thread=False,
        )

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def newest(self) -> int:
        """The last `seq`; 0 in a new room."""
        (seq,) = self._db.execute("SELECT max(seq) FROM event").fetchone()
        return seq or 0

    def first_kept(self) -> int:
        """The oldest `seq` that can be asked for; `newest() + 1` in a new room."""
        (first,) = self._db.execute("SELECT first FROM kept").fetchone()
        return max(first, self.newest() - self._keep + 1) if self._keep else int(first)

    def after(self, seq: int, limit: int) -> list[bytes] | None:
        """At most `limit` events after `seq`, oldest first; None if some are not kept."""
        with self._snapshot():
            if seq + 1 < self.first_kept():
                return None
            return self._bodies(
                "SELECT body FROM event WHERE seq > ? ORDER BY seq LIMIT ?", (seq, limit)
            )

    def before(self, seq: int, limit: int) -> tuple[list[bytes], bool]:
        """The last `limit` kept events before `seq`, oldest first; whether older are kept."""
        with self._snapshot():
            first = self.first_kept()
            seq = min(seq, self.newest() + 1)
            start = max(first, seq - limit)
            bodies = self._bodies(
                "SELECT body FROM event WHERE seq >= ? AND seq < ? ORDER BY seq", (start, seq)
            )
            return bodies, start > first

    def since(self, seq: int, limit: int) -> tuple[list[bytes], bool]:
        """At most `limit` kept events from `seq` on; whether older than these are kept."""
        with self._snapshot():
            first = self.first_kept()
            start = max(first, min(seq, self.newest() + 1))
            bodies = self._bodies(
                "SELECT body FROM event WHERE seq >= ? ORDER BY seq LIMIT ?", (start, limit)
            )
            return bodies, start > first

    def first_at(self, when: datetime) -> int:
        """The first kept `seq` whose event came at this time or later; else the next one."""
        with self._snapshot():
            low, high = self.first_kept(), self.newest() + 1
            while low < high:
                middle = (low + high) // 2
                body = self.event(middle)
                if body and datetime.fromisoformat(decode_event(body).at) >= when:
                    high = middle
                else:
                    low = middle + 1
            return low

    def some(self, seqs: Iterable[int]) -> dict[int, bytes]:
        """These events, as far as they are kept."""
        wanted = ",".join(map(str, seqs))
        rows = self._db.execute(f"SELECT seq, body FROM event WHERE seq IN ({wanted})")  # noqa: S608 - numbers
        return {seq: body for seq, body in rows if body}

    def identity(self) -> str:
        """Names the journal: a `seq` of another means nothing here."""
        (id,) = self._db.execute("SELECT id FROM kept").fetchone()
        return str(id)

    @contextmanager
    def _snapshot(self) -> Iterator[None]:
        """Several reads of one state, whatever is written meanwhile."""
        self._db.execute("BEGIN")
        try:
            yield
        finally:
            self._db.execute("COMMIT")

    def event(self, seq: int) -> bytes | None:
        """One event."""
        row = self._db.execute("SELECT body FROM event WHERE seq = ?", (seq,)).fetchone()
        return row[0] if row else None

    def file(self, id: str) -> StoredFile | None:
        """A shared file by its id."""
        row = self._db.execute("SELECT stored FROM file WHERE id = ?", (id,)).fetchone()
        return msgspec.msgpack.decode(row[0], type=StoredFile) if row else None

    def file_count(self) -> int:
        """How many files were ever shared."""
        (count,) = self._db.execute("SELECT count(*) FROM file").fetchone()
        return int(count)

    def _bodies(self, sql: str, values: tuple[int, ...]) -> list[bytes]:
        return [body for (body,) in self._db.execute(sql, values)]


class Journal(JournalReader):
    """The one writer. `durability` "full" syncs to disk before `append` returns.

    `id` names this journal: its `seq`s mean nothing in another.
    """

    id: str

    def __init__(
        self,
        path: Path,
        keep: int = 0,
        durability: Durability = "normal",
        *,
        check: bool = False,
    ) -> None:
        self._durability = durability
        self._seq = 0
        try:
            super().__init__(path, keep)
            if check:
                self._check()
            self._prepare()
            self._keys = dedup.Keys(self._db, dedup.MOST_RECENT, pruning=bool(keep))
            self._seq = self.newest()
            self.id = self.identity()
        except (sqlite3.DatabaseError, ValueError, TypeError) as problem:
            if hasattr(self, "_db"):
                self.close()
            raise JournalError(
                f"The journal {path} cannot be used: {_shown(problem)}. "
                "`python -m server rescue` saves what can be read."
            ) from problem
        except JournalError:
            self.close()
            raise
        self._unpruned = PRUNE_EVERY

    def _open(self, path: Path) -> sqlite3.Connection:
        return sqlite3.connect(path, timeout=10, autocommit=True, check_same_thread=False)

    def _check(self) -> None:
        (found,) = self._db.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise sqlite3.DatabaseError(found)
        self._check_schema()
        for (body,) in self._db.execute("SELECT body FROM event WHERE body <> x''"):
            decode_event(body)
        for member in self.memberships():
            names.key(member.name)

    def _check_schema(self) -> None:
        """A damaged word in it can make another table of the same bytes."""
        with closing(sqlite3.connect(":memory:", autocommit=True)) as model:
            model.executescript(_SCHEMA)
            expected = model.execute(_TABLES).fetchall()
        if (
            self._version() == SCHEMA_VERSION
            and self._db.execute(_TABLES).fetchall() != expected
        ):
            raise sqlite3.DatabaseError("its tables are damaged")

    def _version(self) -> int:
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        return int(version)

    def _prepare(self) -> None:
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        sync = "FULL" if self._durability == "full" else "NORMAL"
        self._db.execute(f"PRAGMA synchronous = {sync}")
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version == 0:
            self._db.executescript(
                f"BEGIN; {_SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
            )
        elif version in (1, 2):  # keys were looked up by an index; by another hash
            self._db.executescript(
                "BEGIN; DROP INDEX IF EXISTS event_key;"
                f" DROP TABLE IF EXISTS post; DROP TABLE IF EXISTS filed; {dedup.SCHEMA}"
                f" PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
            )
        elif version != SCHEMA_VERSION:
            raise JournalError(
                f"The journal was written by another version of Chatroom (its format is "
                f"{version}, this one knows {SCHEMA_VERSION}). Use another --data-dir."
            )

    def newest(self) -> int:
        """The last `seq`, without asking the file each time."""
        return self._seq or super().newest()

    def append(self, batch: Batch) -> None:
        """Write the batch, all or nothing; its rows carry on from `newest()`.

        Raises `StorageError` when it cannot be written (a full disk, for one),
        `RepeatedError` when a row's `(member, key)` is there already, and `OvertakenError` when
        its `seq` is: a room that hung as its server died may wake up beside its successor, and
        whichever of the two writes second must begin anew from what is there.
        """
        keyed = [row for row in batch.rows if row.key is not None]
        posts = [(row.member, row.key or "") for row in keyed]
        hashes = self._keys.hashes(posts)
        try:
            twice = len(set(hashes)) < len(hashes) and len(set(posts)) < len(posts)
            if twice or self._keys.find(posts, hashes):
                raise RepeatedError
            self._db.execute("BEGIN IMMEDIATE")
            self._write(batch)
            filed = self._keys.file(len(posts))
            self._db.execute("COMMIT")
        except sqlite3.IntegrityError as problem:
            self._rollback()
            raise OvertakenError("another process writes to the journal") from problem
        except sqlite3.Error as problem:
            self._rollback()
            raise StorageError(str(problem)) from problem
        self._keys.committed(hashes, [row.seq for row in keyed], filed)
        if batch.rows:
            self._seq = batch.rows[-1].seq

    def _write(self, batch: Batch) -> None:
        self._db.executemany(
            "INSERT INTO event (seq, member, key, body) VALUES (?, ?, ?, ?)",
            [(row.seq, row.member, row.key, row.body) for row in batch.rows],
        )
        for row in batch.rows:
            if row.stored is not None:
                self._db.execute(
                    "INSERT INTO file (id, seq, stored) VALUES (?, ?, ?)",
                    (row.stored.file.id, row.seq, msgspec.msgpack.encode(row.stored)),
                )
        for member in batch.joined:
            self._db.execute(
                "INSERT INTO member (id, name, token, since) VALUES (?, ?, ?, ?)",
                (member.id, member.name, member.token_hash, member.since),
            )
        if batch.left:
            self._db.executemany(
                "DELETE FROM member WHERE id = ?", [(id,) for id in batch.left]
            )
        self._prune(len(batch.rows))

    def _prune(self, added: int) -> None:
        """Forget old events, but not the keys of those who may yet say them again."""
        self._unpruned += added
        if not self._keep or self._unpruned < PRUNE_EVERY:
            return
        self._unpruned = 0
        (first,) = self._db.execute("SELECT first FROM kept").fetchone()
        last = JournalReader.newest(self) - self._keep
        if last < first:
            return
        old = "seq BETWEEN ? AND ?"
        gone = f"{old} AND (key IS NULL OR member NOT IN (SELECT id FROM member))"  # noqa: S608
        posts = self._db.execute(
            f"SELECT member, key FROM event WHERE key IS NOT NULL AND {gone}",  # noqa: S608
            (first, last),
        )
        self._keys.forget(posts.fetchall())
        self._db.execute(f"DELETE FROM event WHERE {gone}", (first, last))  # noqa: S608
        self._db.execute(f"UPDATE event SET body = x'' WHERE {old}", (first, last))  # noqa: S608
        self._db.execute("UPDATE kept SET first = ?", (last + 1,))

    def keep_from(self, first: int) -> None:
        """What was before `first` is not kept; for a journal that does not begin at 1."""
        self._db.execute("UPDATE kept SET first = ?", (first,))

    def _rollback(self) -> None:
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")

    def posted(self, posts: Sequence[Posted]) -> dict[Posted, int]:
        """Which of these posts are in the journal, as which `seq`. Raises `StorageError`."""
        try:
            return self._keys.find(posts, self._keys.hashes(posts))
        except sqlite3.Error as problem:
            raise StorageError(str(problem)) from problem

    def memberships(self) -> Sequence[KeptMember]:
        """The memberships that had not ended when the journal was last written."""
        rows = self._db.execute("SELECT id, name, token, since FROM member ORDER BY id")
        return [KeptMember(*row) for row in rows]

    def last_member_id(self) -> int:
        """The highest number a membership ever had."""
        row = self._db.execute("SELECT seq FROM sqlite_sequence WHERE name='member'").fetchone()
        return row[0] if row else 0
