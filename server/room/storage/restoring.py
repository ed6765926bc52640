"""Putting a backup back: all of it, or nothing; what was there before is kept aside.

Everything is checked and written beside its place first. The last steps only rename, in an
order that can be taken back, and the journal comes last. It gets a new name, so that clients
forget the events that it does not have.
"""

import contextlib
import os
import shutil
import signal
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from server.files.thumbnails import FOLDER as THUMBNAILS
from server.files.thumbnails import SUFFIX, Thumbnails
from server.processes import run_directory
from server.room.roster import LEFT_OVER
from server.room.storage import archive, marker, private_files, shared_files
from server.room.storage.archive import Archive, ArchiveError, Bars, Contents, Entry
from server.room.storage.marker import sync_folder
from server.room.storage.reader import read_only
from server.settings import JOURNAL

_BLOCK = 1024 * 1024
_COMPANIONS = ("-wal", "-shm")

# Nobody is connected; members who come back within the grace period have not left. Until then
# who joins under the name of one takes its place: clients do not give a token to a new journal.
_PREPARE = """
BEGIN;
UPDATE kept SET id = lower(hex(randomblob(8))), marked = 0, member = max(member, {member});
UPDATE member
SET worker = 0, connection = NULL, disconnected = {left_over}, host = '', held = 0;
DELETE FROM host; DELETE FROM agreed;
COMMIT;
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a backup goes.

    Attributes:
        data, downloads: the folders.
        mode: the mode of shared files.
        stamp: a text for the names of what is kept aside, such as `20261122-080000`.
    """

    data: Path
    downloads: Path
    mode: int
    stamp: str


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored.

    Attributes:
        contents: of the backup.
        aside: the folders in which the former journal, files and secrets are now.
        private: the secrets that were not there, or were others.
    """

    contents: Contents
    aside: list[Path]
    private: list[str]


def restore(path: Path, place: Place, bars: Bars, *, force: bool) -> Restored:
    """Put a backup in the place of what is there.

    Args:
        path: the backup.
        place: where it goes.
        bars: shows progress.
        force: also over a room that has events which the backup does not have.

    Raises:
        ArchiveError, run_directory.FolderError: it cannot be used, or must not be.
        OSError, sqlite3.Error: it cannot be written. Nothing was changed.
    """
    with ExitStack() as stack:
        found = stack.enter_context(Archive(path))
        stack.enter_context(run_directory.holding(place.data))
        stack.enter_context(run_directory.holding_downloads(place.downloads))
        work = Path(stack.enter_context(_work_in(place.data)))
        files = Path(stack.enter_context(_work_in(place.downloads)))
        journal = work / JOURNAL
        contents = found.check(journal, bars)
        former = _Former(place.data / JOURNAL)
        if not force and (newer := former.beyond(journal)):
            raise ArchiveError(
                f"The room in {place.data} has {newer} that are not in the backup. "
                "With --force it is restored all the same, and they are kept aside."
            )
        _prepare(journal, former.last_member)
        wanted = _extract(found, contents, place, files, bars)
        private = _extract_private(found, contents, place.data, work)
        thumbnails = _extract_thumbnails(found, contents, place.downloads, files)
        with uninterrupted():
            names = _Names(wanted, private, thumbnails)
            asides = _swap(place, former, journal, files, names)
        return Restored(contents, asides, private)


def _work_in(folder: Path) -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix=".restore-", dir=folder)


class _Names(NamedTuple):
    """The files, secrets and thumbnails that are to get into their place."""

    wanted: list[str]
    private: list[str]
    thumbnails: list[str]


class _Former:
    """The journal that is there now, as far as it can be read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = ""
        self.newest = self.last_member = 0
        self.files: list[str] = []
        self._last = b""
        if path.exists():
            with contextlib.suppress(sqlite3.Error, ValueError, TypeError):
                self._read()

    def _read(self) -> None:
        with closing(read_only(self.path)) as db:
            (name, member) = db.execute("SELECT id, member FROM kept").fetchone()
            newest = db.execute("SELECT seq, body FROM event ORDER BY seq DESC LIMIT 1")
            self.name, self.last_member = str(name), int(member)
            self.newest, self._last = newest.fetchone() or (0, b"")
            self.files = [entry.name for entry in archive.shared(db)]

    def beyond(self, journal: Path) -> str:
        """Return which events it has that are not in this journal, in words; empty: none."""
        if not self.newest:
            return ""
        with closing(read_only(journal)) as db:
            (newest,) = db.execute("SELECT coalesce(max(seq), 0) FROM event").fetchone()
            same = db.execute("SELECT body FROM event WHERE seq = ?", (self.newest,)).fetchone()
            (name,) = db.execute("SELECT id FROM kept").fetchone()
        if self.newest > newest and self.name == name:
            return f"{self.newest - newest} newer events"
        if same is not None and same[0] == self._last:
            return ""
        return "other events"


def _prepare(journal: Path, last_member: int) -> None:
    with closing(sqlite3.connect(journal, autocommit=True)) as db:
        db.executescript(_PREPARE.format(member=int(last_member), left_over=LEFT_OVER))
    with journal.open("rb") as written:
        os.fsync(written.fileno())


def _extract(
    found: Archive, contents: Contents, place: Place, files: Path, bars: Bars
) -> list[str]:
    """Write the shared files that are not in their place yet; return their names."""
    wanted: list[str] = []
    with bars("Files", sum(entry.size for entry in contents.files)) as advance:
        for entry in contents.files:
            if not _is_there(place.downloads, entry):
                with found.open(entry) as stored, (files / entry.name).open("xb") as out:
                    os.fchmod(out.fileno(), place.mode)
                    while block := stored.read(_BLOCK):
                        out.write(block)
                    out.flush()
                    os.fsync(out.fileno())
                wanted.append(entry.name)
            advance(entry.size)
    return wanted


def _extract_private(found: Archive, contents: Contents, data: Path, work: Path) -> list[str]:
    """Write the secrets that are not in their place yet; return their names."""
    wanted = []
    for name in contents.private:
        content = found.private(name)
        if private_files.read(data, name) != content:
            private_files.write(work, name, content)
            wanted.append(name)
    return wanted


def _extract_thumbnails(
    found: Archive, contents: Contents, downloads: Path, files: Path
) -> list[str]:
    """Write the thumbnails that are not in their place yet; return their names there."""
    wanted = []
    for entry in contents.thumbnails:
        data = found.thumbnail(entry)
        try:
            with Thumbnails(downloads).open(entry.name) as there:
                known = archive.digest(there) == entry.sha256
        except FileNotFoundError:
            known = False
        if not known:
            Thumbnails(files).write(entry.name, data)
            wanted.append(entry.name + SUFFIX)
    return wanted


def _is_there(downloads: Path, entry: Entry) -> bool:
    try:
        with shared_files.opened(downloads, entry.name) as file:
            return archive.digest(file) == entry.sha256
    except FileNotFoundError:
        return False


# --- the exchange ------------------------------------------------------------------------


def _swap(
    place: Place, former: _Former, journal: Path, files: Path, names: _Names
) -> list[Path]:
    """Exchange what is there; return the folders in which it is now."""
    wanted, private, thumbnails = names
    target = place.data / JOURNAL
    replaced = [name for name in private if os.path.lexists(place.data / name)]
    asides: list[Path] = []
    moved: list[tuple[Path, Path]] = []

    def move(source: Path, to: Path) -> None:
        source.rename(to)
        moved.append((source, to))

    try:
        if target.exists() or replaced:
            asides.append(_new_folder(place.data / f"before-restore-{place.stamp}"))
        if target.exists():
            _keep(target, asides[0], move)
        for name in replaced:
            (asides[0] / name).parent.mkdir(mode=0o700, exist_ok=True)
            move(place.data / name, asides[0] / name)
        for name in private:
            (place.data / name).parent.mkdir(mode=0o700, exist_ok=True)
            move(journal.parent / name, place.data / name)
        there = set(os.listdir(place.downloads))  # noqa: PTH208 - names
        with closing(read_only(journal)) as db:
            kept = {entry.name for entry in archive.shared(db)}
        former_files = {name for name in former.files if shared_files.is_name(name)}
        leaving = sorted(there & ({*wanted} | (former_files - kept)))
        small = _Thumbnails(place.downloads / THUMBNAILS, files / THUMBNAILS, thumbnails)
        small.leave({name + SUFFIX for name in leaving})
        if leaving or small.leaving:
            # Hidden, and on the disk of the files.
            asides.append(_new_folder(place.downloads / f".before-restore-{place.stamp}"))
            for name in leaving:
                move(place.downloads / name, asides[-1] / name)
        for name in wanted:
            move(files / name, place.downloads / name)
        small.exchange(asides[-1] if small.leaving else None, move)
        sync_folder(place.downloads)
        journal.replace(target)
    except BaseException:
        for source, to in reversed(moved):
            to.rename(source)
        for folder in asides:
            shutil.rmtree(folder, ignore_errors=True)
        raise
    with contextlib.suppress(OSError):  # it is of another journal now, and has no effect
        marker.path_of(target).unlink(missing_ok=True)
        sync_folder(place.data)
    return asides


class _Thumbnails:
    """Thumbnails: those in the folder `there`, and those in `new` that are `wanted` there."""

    def __init__(self, there: Path, new: Path, wanted: list[str]) -> None:
        self._there = there
        self._new = new
        self._wanted = wanted
        self.leaving: list[str] = []

    def leave(self, names: set[str]) -> None:
        """Note that these leave, as far as they are there, and those that are replaced."""
        if not self._there.is_symlink():  # the server would not use it
            leaving = {*names, *self._wanted}
            self.leaving = [name for name in leaving if (self._there / name).is_file()]

    def exchange(self, aside: Path | None, move: Callable[[Path, Path], None]) -> None:
        """Keep those that leave in `aside`, and put the new ones in their place."""
        if aside is not None:
            (aside / THUMBNAILS).mkdir(mode=0o700)
            for name in self.leaving:
                move(self._there / name, aside / THUMBNAILS / name)
        if self._wanted:
            self._there.mkdir(mode=0o700, exist_ok=True)
            for name in self._wanted:
                move(self._new / name, self._there / name)


def _new_folder(path: Path) -> Path:
    """Make a folder of this name, or with a number behind it."""
    number, folder = 1, path
    while folder.exists():
        number += 1
        folder = path.with_name(f"{path.name}-{number}")
    folder.mkdir(mode=0o700)
    return folder


def _keep(target: Path, aside: Path, move: Callable[[Path, Path], None]) -> None:
    """Keep a journal aside; it also stays in its place until another replaces it there."""
    seen = marker.path_of(target)
    marked = marker.read(seen)
    if marked is None or marker.same_file(marked, marker.file_state(target)):
        with contextlib.suppress(sqlite3.Error), closing(sqlite3.connect(target)) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for suffix in _COMPANIONS:
        companion = target.with_name(target.name + suffix)
        if companion.exists():
            move(companion, aside / companion.name)
    try:
        os.link(target, aside / target.name)
    except OSError:  # a file system without links
        shutil.copy2(target, aside / target.name)
    if seen.exists():
        shutil.copy2(seen, aside / seen.name)


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Ignore Ctrl-C and TERM: a moment of renaming, the last of the work, is done whole."""
    signals = signal.SIGINT, signal.SIGTERM, signal.SIGHUP
    before = [(one, signal.signal(one, signal.SIG_IGN)) for one in signals]
    try:
        yield
    finally:
        for one, handler in before:
            signal.signal(one, handler)
