"""What was said but is not known to have reached the room, on disk until it is.

A `Box` belongs to a room ("host:port") and a name, and only one process at a time has it. Each
is an SQLite database of its own in the folder given, so that a client that hangs in the middle
of writing keeps no other one waiting. Beside the messages it keeps the token of the membership,
so that a client that crashed is the same member again, the draft of its next message, and the
files that are still to be shared (`unshared`).
Knows no window and no network.

Message ids are made here, once; the room recognises a message said twice by its id. With
each is kept the `seq` that it cannot have been said before, so that after a crash the
replay from there shows whether it was said.
"""

import contextlib
import hashlib
import logging
import sqlite3
import time
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from client_mvc.model.observable import Observable
from client_mvc.model.queued_uploads import Unshared
from shared import limits, names

log = logging.getLogger(__name__)

BUSY_MS = 5_000

_SCHEMA = """
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
"""


class Claimed(Exception):
    """Another window on this computer is this member of this room."""


@dataclass(frozen=True, slots=True)
class Unsent:
    """A message. `problem`: it failed, and why. `note`: why it has to wait."""

    id: str
    text: str
    after: int
    problem: str | None = None
    note: str = ""


class Outbox:
    """All boxes. Methods may raise sqlite3.Error or OSError: the disk is full, say."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._opened: list[sqlite3.Connection] = []
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def box(self, room: str, name: str) -> "Box":
        """The box of this room and name (`tidy`). Raises `Claimed`."""
        key = names.key(name)
        digest = hashlib.sha256(f"{room}\0{key}".encode()).hexdigest()[:32]
        claim = _claim(self._folder / f"claim-{digest}.lock")
        try:
            database = _open(self._folder / f"outbox-{digest}.sqlite3")
        except (sqlite3.Error, OSError):
            claim.close()
            raise
        self._opened.append(database)
        try:
            return Box(database, claim, room, key)
        except sqlite3.Error:
            claim.close()
            raise

    def close(self) -> None:
        """Close all that was opened."""
        for database in self._opened:
            database.close()


class Box:
    """Unsent messages of one member, in the order they were written, and the membership.

    A change is on disk when the method returns; then `changed` tells of it.
    """

    def __init__(
        self, database: sqlite3.Connection, claim: sqlite3.Connection, room: str, name: str
    ) -> None:
        self.changed: Observable[None] = Observable()
        self.token: str | None = None
        self.journal = ""
        self._database = database
        self._claim = claim
        self._key = (room, name)
        self._seq = 0
        for row in database.execute(
            "SELECT token, seq, journal FROM membership WHERE room = ? AND name = ?", self._key
        ):
            self.token, self._seq, self.journal = row
        draft = database.execute(
            "SELECT text FROM draft WHERE room = ? AND name = ?", self._key
        ).fetchone()
        self.draft: str = draft[0] if draft else ""
        rows = database.execute(
            "SELECT id, text, after, problem FROM unsent WHERE room = ? AND name = ?"
            " ORDER BY number",
            self._key,
        )
        self._unsent = {row[0]: Unsent(*row) for row in rows}
        self.unshared = Unshared(database)

    def __iter__(self) -> Iterator[Unsent]:
        return iter(self._unsent.values())

    def __len__(self) -> int:
        return len(self._unsent)

    @property
    def after(self) -> int | None:
        """What a restarted client, which holds nothing, joins with.

        With a membership to resume, or with messages or files of unknown fate: far enough back
        to fill a screen, and at least where the replay must begin to show their fate.
        """
        starts = [unsent.after for unsent in self if unsent.problem is None]
        starts += [file.after for file in self.unshared if file.problem is None]
        if self.token is not None:
            starts.append(max(0, self._seq - limits.DEFAULT_HISTORY))
        return min(starts, default=None)

    def add(self, text: str) -> Unsent:
        """Write down a new message: only then may it be sent."""
        unsent = Unsent(uuid.uuid4().hex, text, self._seq)
        # At once with its draft: it is never both, so that nobody says it twice.
        with _transaction(self._database):
            self._database.execute(
                "INSERT INTO unsent (id, room, name, text, after) VALUES (?, ?, ?, ?, ?)",
                (unsent.id, *self._key, text, unsent.after),
            )
            self._database.execute("DELETE FROM draft WHERE room = ? AND name = ?", self._key)
        self.draft = ""
        self._put(unsent)
        return unsent

    def promise(self, files: Iterable[tuple[str, Path]]) -> None:
        """Write down files that are to be shared, each under its key."""
        self.unshared.add(files, self._seq)

    def said(self, id: str) -> None:
        """The room has it."""
        if id in self._unsent:
            self._database.execute("DELETE FROM unsent WHERE id = ?", (id,))
            del self._unsent[id]
            self.changed.notify(None)

    discard = said

    def failed(self, id: str, problem: str) -> None:
        """It will not be said unless the person asks for it."""
        if unsent := self._unsent.get(id):
            self._database.execute("UPDATE unsent SET problem = ? WHERE id = ?", (problem, id))
            self._put(replace(unsent, problem=problem, note=""))

    def waits(self, id: str, note: str) -> None:
        """The room cannot take it just now."""
        if unsent := self._unsent.get(id):
            self._put(replace(unsent, note=note))

    def retry(self, id: str) -> Unsent | None:
        """A failed message, to be said again after all others; None if there is none."""
        unsent = self._unsent.get(id)
        if unsent is None or unsent.problem is None:
            return None
        self._database.execute(
            "UPDATE unsent SET problem = NULL,"
            " number = (SELECT max(number) + 1 FROM unsent) WHERE id = ?",
            (id,),
        )
        del self._unsent[id]
        unsent = replace(unsent, problem=None)
        self._put(unsent)
        return unsent

    def welcomed(self, token: str, seq: int, journal: str = "", *, forget: bool) -> None:
        """The room let us in when its newest event was `seq`, of the journal `journal`.

        What is written from now on cannot have been said up to `seq`. When the room counts
        anew (`forget`, or its newest event is older than what we saw), neither can what was
        written before.
        """
        anew = forget or seq < self._seq
        self._seq = seq
        with _transaction(self._database):
            if anew:
                self._database.execute(
                    "UPDATE unsent SET after = min(after, ?) WHERE room = ? AND name = ?",
                    (seq, *self._key),
                )
            self._database.execute(
                "INSERT OR REPLACE INTO membership (room, name, token, seq, journal)"
                " VALUES (?, ?, ?, ?, ?)",
                (*self._key, token, self._seq, journal),
            )
        if anew:
            self.unshared.count_anew(seq)
            self._unsent = {
                id: replace(unsent, after=min(unsent.after, seq))
                for id, unsent in self._unsent.items()
            }
        self.token, self.journal = token, journal

    def seen(self, seq: int) -> None:
        """The newest event held; on disk with the next `keep_place`."""
        self._seq = max(self._seq, seq)

    def keep_place(self) -> None:
        """Write down how far we have seen. Worth doing now and then, and at the end."""
        self._database.execute(
            "UPDATE membership SET seq = ? WHERE room = ? AND name = ? AND seq <> ?",
            (self._seq, *self._key, self._seq),
        )

    def keep_draft(self, text: str) -> None:
        """Write down the beginning of a message; empty: there is none."""
        text = text.encode("utf-8", "replace").decode()  # half a character has no encoding
        if text == self.draft:
            return
        if text:
            self._database.execute(
                "INSERT OR REPLACE INTO draft (room, name, text) VALUES (?, ?, ?)",
                (*self._key, text),
            )
        else:
            self._database.execute("DELETE FROM draft WHERE room = ? AND name = ?", self._key)
        self.draft = text

    def left(self) -> None:
        """The membership is over, its token void."""
        self._database.execute("DELETE FROM membership WHERE room = ? AND name = ?", self._key)
        self.token, self.journal = None, ""

    def close(self) -> None:
        """Let another process have it."""
        self._database.close()
        self._claim.close()

    def _put(self, unsent: Unsent) -> None:
        self._unsent[unsent.id] = unsent
        self.changed.notify(None)


def _open(path: Path) -> sqlite3.Connection:
    """The database, readable by its owner only. A damaged one is put aside, not deleted."""
    try:
        return _connect(path)
    except sqlite3.DatabaseError as problem:
        if isinstance(problem, sqlite3.OperationalError):
            raise
        aside = path.with_name(f"{path.name}.damaged-{int(time.time())}")
        log.exception("the outbox is damaged; it is kept as %s", aside)
        path.replace(aside)
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        return _connect(path)


def _connect(path: Path) -> sqlite3.Connection:
    path.touch(mode=0o600)
    database = sqlite3.connect(path, isolation_level=None, timeout=BUSY_MS / 1000)
    try:
        database.executescript(_SCHEMA)
    except sqlite3.Error:
        database.close()
        raise
    return database


def _claim(path: Path) -> sqlite3.Connection:
    """A lock that ends with its process on every system: SQLite's. Raises `Claimed`."""
    path.touch(mode=0o600)
    lock = sqlite3.connect(path, isolation_level=None, timeout=0)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as problem:
        lock.close()
        if problem.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise
        raise Claimed(str(problem)) from problem
    return lock


@contextlib.contextmanager
def _transaction(database: sqlite3.Connection) -> Iterator[None]:
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")
