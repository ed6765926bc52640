"""The outbox: messages that the server has not confirmed yet, on disk until it does.

A `Box` belongs to a room ("host:port") and a name, and only one process at a time may open it.
Each box is an SQLite database of its own, so a client that hangs during a write blocks no
other (`box_file` opens it, also a damaged one). It also has the token of the membership (after
a crash the client resumes it), the draft of the next message with its files (`attached_files`),
and the upload queue. The tables keep their first names: `unsent`, `unshared`.

A message gets its id here, once; the server drops a message whose id it has. Each message has
the `seq` before which it cannot stand, so that a replay from there shows whether it was sent.
"""

import contextlib
import hashlib
import sqlite3
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from filelock import FileLock

from client_mvc.model.atomic import write_atomically
from client_mvc.model.attached_files import AttachedFiles
from client_mvc.model.box_file import WAL, open_database
from client_mvc.model.claim import Claimed, take
from client_mvc.model.observable import Observable
from client_mvc.model.queued_uploads import UploadQueue
from client_mvc.model.transaction import transaction
from shared import limits, names

LOST = "lost"
"""The journal of messages whose own is lost with a damaged file. No room has it, so the client
asks the person before it sends them to one."""


@dataclass(frozen=True, slots=True)
class ReplyTo:
    """The message with this `seq` that another one answers: its sender, and one line of it."""

    seq: int
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class QueuedMessage:
    """A message. `problem`: why it failed, or None. `note`: why it has to wait.

    The server cannot have it up to the `seq` `after`.
    """

    id: str
    text: str
    after: int
    problem: str | None = None
    note: str = ""
    reply: ReplyTo | None = None


class Outbox:
    """All boxes. Methods may raise sqlite3.Error or OSError, for example on a full disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._opened: list[sqlite3.Connection] = []
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def box(self, room: str, name: str) -> "Box":
        """Open the box of this room and name.

        Args:
            room: "host:port".
            name: The member's name, as `names.tidy` returns it.

        Raises:
            Claimed: Another process has opened the box.
        """
        key = names.key_of_any(name)
        if (before := self._former(room, key)) is not None:
            with contextlib.suppress(Claimed):  # by a window that has another name by now
                return self._open(room, before)
        return self._open(room, key)

    def rename(self, box: "Box", name: str) -> None:
        """Let `box` be opened by this name, too: its member is called so from now on."""
        key = names.key_of_any(name)
        if key == box.name:
            self._note_of(box.room, key).unlink(missing_ok=True)
        else:
            write_atomically(self._note_of(box.room, key), box.name.encode(), private=True)

    def _former(self, room: str, key: str) -> str | None:
        """Return the name under which the box of a renamed member was made."""
        try:
            return self._note_of(room, key).read_text("utf-8")
        except (FileNotFoundError, ValueError):
            return None

    def _note_of(self, room: str, key: str) -> Path:
        return self.folder / f"renamed-{_digest(room, key)}"

    def _open(self, room: str, key: str) -> "Box":
        path = self.folder / f"outbox-{_digest(room, key)}.sqlite3"
        claim_path = self.folder / f"claim-{_digest(room, key)}.lock"
        claim, is_new = take(claim_path), not path.exists()
        try:
            database, damaged = open_database(path)
        except (sqlite3.Error, OSError):
            claim.release()
            raise
        self._opened.append(database)
        files = (path, *(path.with_name(path.name + end) for end in WAL), claim_path)
        try:
            return Box(
                *(database, claim, room, key),
                damaged=damaged,
                new_files=files if is_new else (),
            )
        except sqlite3.Error:
            claim.release()
            raise

    def close(self) -> None:
        """Close all databases."""
        for database in self._opened:
            database.close()


class Box:
    """Outgoing messages of one member in the order of sending, and the membership.

    A change is on disk when the method returns; `changed` notifies of changed messages.
    `journal` is that of the room that the messages, files and token are for; it outlasts the
    membership. `answers_room`: the server of that room answered `GET /room`.
    `damaged` is the file that was put aside when the box was opened, or None. `new_files` go
    when the box is closed before anything worth keeping is in it.
    """

    def __init__(
        self,
        database: sqlite3.Connection,
        claim: FileLock,
        room: str,
        name: str,
        *,
        damaged: Path | None = None,
        new_files: Iterable[Path] = (),
    ) -> None:
        self.damaged = damaged
        self.room, self.name = room, name
        self._new_files = new_files
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
        self.answers_room = False
        for row in database.execute(
            "SELECT journal, answers_room FROM origin WHERE room = ? AND name = ?", self._key
        ):
            self.journal, self.answers_room = row[0], bool(row[1])
        draft = database.execute(
            "SELECT text FROM draft WHERE room = ? AND name = ?", self._key
        ).fetchone()
        self.draft: str = draft[0] if draft else ""
        rows = database.execute(
            "SELECT id, text, after, problem FROM unsent WHERE room = ? AND name = ?"
            " ORDER BY number",
            self._key,
        )
        self._messages = {row[0]: QueuedMessage(*row) for row in rows}
        for id, *parent in database.execute("SELECT id, seq, name, text FROM reply"):
            if id in self._messages:
                self._messages[id] = replace(self._messages[id], reply=ReplyTo(*parent))
        self.uploads = UploadQueue(database)
        self.attached = AttachedFiles(database)
        if damaged is not None and not self.journal and (self._messages or len(self.uploads)):
            self.journal = LOST
            database.execute(
                "INSERT OR REPLACE INTO origin (room, name, journal, answers_room)"
                " VALUES (?, ?, ?, 0)",
                (*self._key, LOST),
            )

    def __iter__(self) -> Iterator[QueuedMessage]:
        return iter(self._messages.values())

    def __len__(self) -> int:
        return len(self._messages)

    @property
    def after(self) -> int | None:
        """The `seq` after which a restarted client, which holds no events, joins.

        The replay from there fills a screen, if there is a membership to resume, and shows
        whether the server has the waiting messages and files. None: no replay is needed.
        """
        starts = [message.after for message in self if message.problem is None]
        starts += [file.after for file in self.uploads if file.problem is None]
        if self.token is not None:
            starts.append(max(0, self._seq - limits.DEFAULT_HISTORY))
        return min(starts, default=None)

    def add(self, text: str, reply: ReplyTo | None = None) -> QueuedMessage:
        """Write a new message to disk: only then may it be sent."""
        message = QueuedMessage(uuid.uuid4().hex, text, self._seq, reply=reply)
        # One transaction with the draft: a crash must not leave the text in both.
        with transaction(self._database):
            self._database.execute(
                "INSERT INTO unsent (id, room, name, text, after) VALUES (?, ?, ?, ?, ?)",
                (message.id, *self._key, text, message.after),
            )
            if reply is not None:
                self._database.execute(
                    "INSERT INTO reply (id, seq, name, text) VALUES (?, ?, ?, ?)",
                    (message.id, reply.seq, reply.name, reply.text),
                )
            self._database.execute("DELETE FROM draft WHERE room = ? AND name = ?", self._key)
        self.draft = ""
        self._put(message)
        return message

    def queue_uploads(self, files: Iterable[tuple[str, Path]]) -> None:
        """Queue files for upload, each under its key."""
        self.uploads.add(files, self._seq)

    def remove(self, id: str) -> None:
        """Remove a message that the server has confirmed, or that the person discarded."""
        if id in self._messages:
            with transaction(self._database):
                self._database.execute("DELETE FROM unsent WHERE id = ?", (id,))
                if self._messages[id].reply is not None:
                    self._database.execute("DELETE FROM reply WHERE id = ?", (id,))
            del self._messages[id]
            self.changed.notify(None)

    def parent_deleted(self, seq: int) -> None:
        """Keep nothing of the text of a deleted message that waiting ones reply to."""
        for message in list(self):
            if message.reply is not None and message.reply.seq == seq and message.reply.text:
                self._database.execute("UPDATE reply SET text = '' WHERE seq = ?", (seq,))
                self._put(replace(message, reply=replace(message.reply, text="")))

    def failed(self, id: str, problem: str) -> None:
        """Note that a message failed; it waits until the person asks for it again."""
        if message := self._messages.get(id):
            self._database.execute("UPDATE unsent SET problem = ? WHERE id = ?", (problem, id))
            self._put(replace(message, problem=problem, note=""))

    def delayed(self, id: str, note: str) -> None:
        """Note that the server cannot take a message now."""
        if message := self._messages.get(id):
            self._put(replace(message, note=note))

    def retry(self, id: str) -> QueuedMessage | None:
        """Queue a failed message again, behind all others; None if it had not failed."""
        message = self._messages.get(id)
        if message is None or message.problem is None:
            return None
        self._database.execute(
            "UPDATE unsent SET problem = NULL,"
            " number = (SELECT max(number) + 1 FROM unsent) WHERE id = ?",
            (id,),
        )
        del self._messages[id]
        message = replace(message, problem=None)
        self._put(message)
        return message

    def hold(self, reason: str) -> None:
        """Show waiting messages as failed until the box is opened again; not on disk."""
        self._messages = {
            id: message if message.problem else replace(message, problem=reason, note="")
            for id, message in self._messages.items()
        }
        self.changed.notify(None)

    def fail_all(self, reason: str, file_reason: str) -> None:
        """Note that all waiting messages and files failed: they are not for this room."""
        self._database.execute(
            "UPDATE unsent SET problem = ? WHERE room = ? AND name = ? AND problem IS NULL",
            (reason, *self._key),
        )
        self.hold(reason)
        for file in list(self.uploads):
            if file.problem is None:
                self.uploads.failed(file.key, file_reason)

    def welcomed(
        self,
        token: str,
        seq: int,
        journal: str = "",
        *,
        forget: bool,
        answers_room: bool = False,
    ) -> None:
        """Keep the membership that a `welcome` gave.

        Args:
            token: Resumes the membership.
            seq: The newest event of the room. The server cannot have later messages up to it.
            journal: The id of the room's journal.
            forget: The events held do not connect to new ones. Then, in another journal, and
                where `seq` is older than the events held, earlier messages cannot stand up to
                `seq` either.
            answers_room: The server answered `GET /room`.
        """
        other = self.journal not in ("", journal)
        restarted = forget or other or seq < self._seq
        self._seq = seq
        with transaction(self._database):
            if restarted:
                self._database.execute(
                    "UPDATE unsent SET after = min(after, ?) WHERE room = ? AND name = ?",
                    (seq, *self._key),
                )
            self._database.execute(
                "INSERT OR REPLACE INTO membership (room, name, token, seq, journal)"
                " VALUES (?, ?, ?, ?, ?)",
                (*self._key, token, self._seq, journal),
            )
            self._database.execute(
                "INSERT OR REPLACE INTO origin (room, name, journal, answers_room)"
                " VALUES (?, ?, ?, ?)",
                (*self._key, journal, answers_room),
            )
        if restarted:
            self.uploads.restart_count(seq)
            self._messages = {
                id: replace(message, after=min(message.after, seq))
                for id, message in self._messages.items()
            }
        self.token, self.journal, self.answers_room = token, journal, answers_room

    def seen(self, seq: int) -> None:
        """Note the `seq` of an event held; on disk with the next `save_position`."""
        self._seq = max(self._seq, seq)

    def save_position(self) -> None:
        """Write the `seq` of the newest event held to disk."""
        self._database.execute(
            "UPDATE membership SET seq = ? WHERE room = ? AND name = ? AND seq <> ?",
            (self._seq, *self._key, self._seq),
        )

    def save_draft(self, text: str) -> None:
        """Write the draft of the next message to disk; empty: there is none."""
        text = text.encode("utf-8", "replace").decode()  # half a surrogate pair has no encoding
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
        """Remove the membership: the server confirmed its end, so the token is void."""
        self._database.execute("DELETE FROM membership WHERE room = ? AND name = ?", self._key)
        self.token = None

    def close(self) -> None:
        """Close the box, so that another process may open it.

        A server that nobody has joined, as its name was mistyped, leaves no files.
        """
        kept = (self.token, self.journal, self.draft, self._messages, self.attached.paths)
        self._database.close()
        if not any(kept) and not len(self.uploads):
            for path in self._new_files:
                with contextlib.suppress(OSError):
                    path.unlink(missing_ok=True)
        self._claim.release()

    def _put(self, message: QueuedMessage) -> None:
        self._messages[message.id] = message
        self.changed.notify(None)


def _digest(room: str, key: str) -> str:
    return hashlib.sha256(f"{room}\0{key}".encode()).hexdigest()[:32]
