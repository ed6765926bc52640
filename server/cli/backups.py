"""`backup`, `restore` and `rescue`: progress on a terminal, and one sentence at the end.

The exit status is 0 if it was done, 1 if not, and 130 if it was interrupted. Whatever ends
them, nothing is left half done.
"""

import errno
import signal
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from server.processes import output, run_directory
from server.room.storage import backing_up, last_settings, owner_key, restoring, schema
from server.room.storage.archive import ArchiveError, Contents
from server.room.storage.errors import JournalError, StorageError
from server.room.storage.rescue import rescue as rescue_journal
from server.settings import JOURNAL, Settings

_PROBLEMS = (
    ArchiveError, JournalError, StorageError, run_directory.FolderError, schema.FormatError,
    OSError, sqlite3.Error,
)  # fmt: skip
_FULL = (errno.ENOSPC, errno.EDQUOT)
_NAMED = 5


def backup(file: Path, data: Path, downloads: Path | None, *, force: bool) -> int:
    """Write a backup of the room; returns the exit status."""
    last = last_settings.recorded(data)
    folder = downloads or (Path(last.downloads) if last else Settings().downloads)
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())

    def work() -> str:
        source = backing_up.Source(data.absolute(), folder.absolute(), now)
        made = backing_up.make(source, file.absolute(), _bars, force=force)
        size = file.stat().st_size
        text = f"Saved {_amounts(made)} to {file} ({size:,} bytes), and checked it."
        if made.private:
            text += "\nIt has the secret keys of the room. Only you can read it: keep it so."
        return text + _missing(made, folder)

    return _do(work, "No backup was made")


def restore(file: Path, data: Path, downloads: Path | None, mode: int, *, force: bool) -> int:
    """Put a backup back; returns the exit status."""
    last = last_settings.recorded(data)
    folder = downloads or (Path(last.downloads) if last else Settings().downloads)
    stamp = time.strftime("%Y%m%d-%H%M%S")

    def work() -> str:
        place = restoring.Place(data.absolute(), folder.absolute(), mode, stamp)
        done = restoring.restore(file.absolute(), place, _bars, force=force)
        lines = [f"Restored {_amounts(done.contents)} from {file}."]
        if done.aside:
            asides = " and ".join(map(str, done.aside))
            lines.append(f"What was there before is in {asides}.")
        if owner_key.NAME in done.private:
            lines.append("The room has the owner's key of the backup.")
        if {*done.private} - {owner_key.NAME}:
            lines.append("The room has the TLS key of the backup.")
        lines.append("Members who come back load the conversation anew.")
        if (settings := done.contents.settings) is not None:
            lines.append(f"The room was opened with: {_as_options(settings)}")
        return "\n".join(lines) + _missing(done.contents, folder)

    return _do(work, "Nothing was changed")


def rescue(data: Path) -> int:
    """Rescue the journal in this data folder; returns the exit status."""
    path = data / JOURNAL

    def work() -> str:
        if not path.is_file():
            raise ArchiveError(f"There is no journal in {data}.")
        with run_directory.holding(data):
            done = rescue_journal(path, _bars)
        if done is None:
            return "The journal is whole: there is nothing to rescue."
        return f"Saved {done[0]} events. The damaged journal is kept as {done[1].name}."

    return _do(work, "Nothing was changed")


def _do(work: Callable[[], str], otherwise: str) -> int:
    """Do the work and print its sentence, or why it was not done."""
    try:
        with _ended_by_signals():
            text = work()
    except KeyboardInterrupt:
        print(f"chatroom: Interrupted. {otherwise}.", file=sys.stderr)
        return 130
    except _PROBLEMS as problem:
        print(f"chatroom: {_sentence(problem)} {otherwise}.", file=sys.stderr)
        return 1
    return 0 if output.say(text) else 1


def _sentence(problem: Exception) -> str:
    """Return what went wrong, as a sentence of one line."""
    code = getattr(problem, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL or getattr(problem, "errno", 0) in _FULL:
        text = "There is not enough space on the disk"
    elif isinstance(problem, OSError):
        where = f": {problem.filename}" if problem.filename else ""
        text = f"{problem.strerror or problem}{where}"
    elif isinstance(problem, schema.FormatError):
        text = f"Another version of Chatroom wrote the journal (its format is {problem})"
    elif isinstance(problem, sqlite3.Error):
        text = f"The journal cannot be read or written: {problem}"
    else:
        text = str(problem)
    text = "".join(c if c.isprintable() else " " for c in text)
    return text if text.endswith(".") else text + "."


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let TERM and HUP end the work as Ctrl-C does: what is half done is removed."""

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = {
        one: signal.signal(one, interrupt)
        for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


@contextmanager
def _bars(label: str, length: int) -> Iterator[Callable[[int], object]]:
    """Show a progress bar on a terminal."""
    if not length or not sys.stderr.isatty():
        yield lambda steps: None
        return
    with click.progressbar(length=length, label=f"{label:8}", file=sys.stderr) as bar:
        yield bar.update


def _amounts(contents: Contents) -> str:
    events, files = contents.events, len(contents.files)
    return f"{events} event{'s' * (events != 1)} and {files} file{'s' * (files != 1)}"


def _missing(contents: Contents, folder: Path) -> str:
    """Say which files are not in a backup, in further lines."""
    missing = contents.missing
    if not missing:
        return ""
    named = ", ".join(missing[:_NAMED]) + (", …" if len(missing) > _NAMED else "")
    return f"\nNot in the backup, as missing or changed in {folder}: {len(missing)} ({named})."


def _as_options(settings: last_settings.LastSettings) -> str:
    values = {
        "room": f"'{settings.room}'",
        "max-users": settings.max_users,
        "history": settings.history,
        "files": settings.files,
        "keep-files": settings.keep_files,
        "max-file": settings.max_file,
        "quota": settings.quota,
        "max-journal": settings.max_journal,
        "durability": settings.durability,
        "tls": settings.tls,
        "tls-cert": settings.tls_cert,
        "tls-key": settings.tls_key,
    }
    return " ".join(f"--{name} {value}" for name, value in values.items() if value != "")
