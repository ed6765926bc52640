"""The host's commands: who is here, removing, banning, muting, how the room is set, the key.

Acts are carried out by the server that runs on the data folder. `bans`, `audit` and `owner-key`
read the folder, whether one runs or not. The exit status is 0 if it was done and 1 if not.
"""

import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec

from server.cli.asking import NotRunningError, ask
from server.cli.report import columns
from server.processes import output, run_directory
from server.processes.run_directory import FolderError
from server.room.audit import printable, sentence
from server.room.interface import MembersAnswer
from server.room.log import rfc3339
from server.room.moderation import BAN, Restriction
from server.room.storage import moderation_tables, owner_key, schema
from server.room.storage.owner_key import KeyFileError
from server.room.storage.reader import read_only
from server.settings import JOURNAL
from shared.messages import Error

_PROBLEMS = (NotRunningError, FolderError, KeyFileError, OSError, sqlite3.Error, ValueError)


class CommandError(ValueError):
    """The command cannot be carried out; the text says why."""


# --- commands ------------------------------------------------------------------------------


def act(data: Path, **request: Any) -> int:
    """Let the server carry out an act of the host, a request of the protocol."""
    return _done(lambda: _act(data, request))


def members(data: Path, *, as_json: bool) -> int:
    """Print who is in the room, and how the room is set."""

    def work() -> str:
        answer = ask(data, '{"ask": "members"}')
        found = msgspec.json.decode(answer, type=MembersAnswer)
        return answer.decode() if as_json else _members(found)

    return _done(work)


def bans(data: Path, *, as_json: bool) -> int:
    """Print the bans that hold."""

    def work() -> str:
        found = [one.info for one in _bans(data)]
        if as_json:
            return msgspec.json.encode(found).decode()
        rows = [
            (str(one.ban), one.name, one.by, one.at, one.until or "for good", one.text or "-")
            for one in found
        ]
        if not rows:
            return "No bans."
        return columns(("BAN", "NAME", "BY", "AT", "UNTIL", "REASON"), rows)

    return _done(work)


def unban(data: Path, ban: str) -> int:
    """End a ban, by its number, or all of a name."""

    def work() -> str:
        numbers = [
            one.number
            for one in _bans(data)
            if ban == str(one.number) or one.name.lower() == ban.lower()
        ]
        if not numbers:
            raise CommandError(f"There is no ban {ban}.")
        return "\n".join(_act(data, {"type": "unban", "ban": number}) for number in numbers)

    return _done(work)


def audit(data: Path, *, as_json: bool) -> int:
    """Print every act, the newest last."""

    def work() -> str:
        lines = _read(data, moderation_tables.audit)[::-1]
        if as_json:
            return msgspec.json.encode(lines).decode()
        return "\n".join(f"{one.at}  {sentence(one)}" for one in lines)

    return _done(work)


def key(data: Path, *, new: bool) -> int:
    """Print the owner's key, or make another one."""

    def work() -> str:
        if new and run_directory.is_held(data):
            answer = msgspec.json.decode(ask(data, '{"ask": "new-owner-key"}'))
            return str(answer["key"])
        if not (data / JOURNAL).is_file():
            raise CommandError(f"There is no room in {data}.")
        if new:
            with run_directory.holding(data):
                return owner_key.make(data)
        found = current_key(data)
        if found is None:
            raise CommandError("The room has no owner's key yet. Start the server once.")
        return found

    return _done(work)


def current_key(data: Path) -> str | None:
    """Return the owner's key of the room in a data folder; None if it has none yet.

    Raises:
        CommandError: it is on another host of the room.
        KeyFileError, OSError: its file cannot be read.
    """
    if run_directory.is_held(data):
        try:
            answer = msgspec.json.decode(ask(data, "owner-key"), type=dict[str, str])
        except NotRunningError:
            return owner_key.read(data)
        if "error" in answer:
            raise CommandError(answer["error"])
        return answer["key"]
    return owner_key.read(data)


# --- what they share -----------------------------------------------------------------------


def _done(work: Callable[[], str]) -> int:
    """Do the work and print its text, or why it was not done."""
    try:
        text = work()
    except _PROBLEMS as problem:
        reason = problem.strerror if isinstance(problem, OSError) else ""
        text = "".join(c if c.isprintable() else " " for c in str(reason or problem))
        print(f"chatroom: {text}", file=sys.stderr)
        return 1
    return 0 if not text or output.say(text) else 1


def _act(data: Path, request: dict[str, Any]) -> str:
    """Return what was done, in a sentence. Raises `CommandError`, `NotRunningError`."""
    answer = ask(data, msgspec.json.encode({"act": request}).decode())
    fields = msgspec.json.decode(answer)
    if fields.get("type") == "error":
        raise CommandError(msgspec.json.decode(answer, type=Error).reason)
    done = [one for one in _read(data, moderation_tables.audit) if one.seq == fields.get("seq")]
    return "\n".join(map(sentence, done))


def _read[T](data: Path, read: Callable[[sqlite3.Connection], T]) -> T:
    journal = data / JOURNAL
    if not journal.is_file():
        raise CommandError(f"There is no room in {data}.")
    with closing(read_only(journal)) as db:
        if schema.version(db) != schema.VERSION:
            raise CommandError("The room was last opened by another version of Chatroom.")
        return read(db)


def _bans(data: Path) -> list[Restriction]:
    """Return the bans that hold, the newest first."""
    at = rfc3339(time.time())
    restrictions = _read(data, moderation_tables.read).restrictions
    return [one for one in restrictions if one.kind == BAN and one.holds(at)][::-1]


def _members(answer: MembersAnswer) -> str:
    head = f"{len(answer.members)} of {answer.max_users} members"
    head += ", locked" if answer.locked else ""
    head += f", slow mode {answer.slow} s" if answer.slow else ""
    head += f", topic: {printable(answer.topic)}" if answer.topic else ""
    rows = [
        (
            one.name, str(one.member), one.role,
            "disconnected" if one.state == "away" else one.state,
            one.muted or "-", one.address or "-", one.since,
        )
        for one in answer.members
    ]  # fmt: skip
    headings = ("NAME", "NUMBER", "ROLE", "STATE", "MUTED UNTIL", "ADDRESS", "SINCE")
    return f"{head}\n{columns(headings, rows)}" if rows else head
