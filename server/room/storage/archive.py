"""Archives: one file with the journal, shared files, secrets and settings of a room.

A ZIP file of `backup.json` (the contents), `journal.sqlite3`, `downloads/NAME`,
`thumbnails/NAME` (of the picture of this name) and `private/NAME` (the room's TLS key). An
archive may come from anywhere: nothing in it is believed before it is checked, and no name in
it leads outside a folder.
"""

import contextlib
import errno
import hashlib
import os
import sqlite3
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import IO

import msgspec

from server.files.thumbnails import MOST_BYTES
from server.room.interface import StoredFile
from server.room.storage import (
    changes,
    members,
    moderation_tables,
    private_files,
    schema,
    shared_files,
    whole,
)
from server.room.storage.last_settings import LastSettings
from server.room.storage.reader import read_only
from server.settings import JOURNAL

FORMAT = 3
"""Counts the changes; 1 had nothing private, 2 no thumbnails."""
CONTENTS = "backup.json"
FILES = "downloads/"
THUMBNAILS = "thumbnails/"
PRIVATE = "private/"
_CONTENTS_BYTES = 64 * 1024 * 1024
BLOCK = 1024 * 1024
"""Bytes that are read at once."""
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)

type Bars = Callable[[str, int], contextlib.AbstractContextManager[Callable[[int], object]]]
"""Shows progress: (what is done, how many steps it has) gives what to call with steps done."""


@contextlib.contextmanager
def no_bars(label: str, length: int) -> Iterator[Callable[[int], object]]:
    """Show no progress."""
    yield lambda steps: None


class ArchiveError(Exception):
    """A backup cannot be made or used; the text is a sentence for the person."""


class Entry(msgspec.Struct, frozen=True):
    """A shared file in a backup."""

    name: str
    size: int
    sha256: str


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """What `backup.json` says.

    Attributes:
        format: counts the changes of the archive.
        made: the time of the backup (RFC 3339).
        journal: the name of the journal.
        first, newest: the first and last `seq` in it.
        files: the shared files in the archive.
        missing: names of shared files that were not in the folder, or were changed.
        settings: how the room was last opened.
        private: the secrets in the archive (`private_files.NAMES`).
        thumbnails: those in the archive, by the name of their picture.
    """

    format: int
    made: str
    journal: str
    first: int
    newest: int
    files: list[Entry]
    missing: list[str]
    settings: LastSettings | None = None
    private: list[str] = []
    thumbnails: list[Entry] = []

    @property
    def events(self) -> int:
        """How many events it has."""
        return self.newest - self.first + 1


class Archive:
    """A backup that is read. Raises `ArchiveError` if it is none, `OSError`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except _DAMAGE:
            raise ArchiveError(f"{path} is not a backup of Chatroom, or is cut off.") from None
        try:
            self.contents = self._read_contents()
        except BaseException:
            self._zip.close()
            raise

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *ended: object) -> None:
        self._zip.close()

    def _read_contents(self) -> Contents:
        names = self._zip.namelist()
        if CONTENTS not in names or JOURNAL not in names:
            raise ArchiveError(f"{self.path} is not a backup of Chatroom.")
        with self._damage():
            if self._zip.getinfo(CONTENTS).file_size > _CONTENTS_BYTES:
                raise ValueError("its list of contents is too long")
            text = self._zip.read(CONTENTS)
            number = msgspec.json.decode(text).get("format")
            if number in range(1, FORMAT + 1):
                return msgspec.json.decode(text, type=Contents)
        raise ArchiveError(
            f"{self.path} was made by another version of Chatroom (its format is {number}, "
            f"this one knows 1 to {FORMAT})."
        )

    def check(self, journal: Path, bars: Bars) -> Contents:
        """Check all of it; `journal` is where its journal goes meanwhile.

        Raises:
            ArchiveError: it is damaged, or not as this server makes backups.
        """
        contents = self.contents
        names = [CONTENTS, JOURNAL, *(FILES + entry.name for entry in contents.files)]
        names += [PRIVATE + name for name in contents.private]
        names += [THUMBNAILS + entry.name for entry in contents.thumbnails]
        with self._damage():
            if sorted(names) != sorted(self._zip.namelist()):
                raise ValueError("its entries are not those that it lists")
            for name in contents.private:
                self.private(name)
            pictures = {entry.name for entry in contents.files}
            for entry in contents.thumbnails:
                if entry.name not in pictures:
                    raise ValueError(f"{entry.name} has a thumbnail only")
                self.thumbnail(entry)
            self._extract_journal(journal)
            _bring_up_to_date(journal)
            with closing(read_only(journal)) as db:
                _check_journal(db, contents, bars)
            with bars("Check", sum(entry.size for entry in contents.files)) as advance:
                for entry in contents.files:
                    self._check_file(entry)
                    advance(entry.size)
        return contents

    def _extract_journal(self, journal: Path) -> None:
        descriptor = os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with (
            open(descriptor, "wb") as out,  # noqa: PTH123 - of a descriptor
            self._zip.open(JOURNAL) as stored,
        ):
            while block := stored.read(BLOCK):
                out.write(block)

    def _check_file(self, entry: Entry) -> None:
        with self.open(entry) as file:
            if digest(file) != entry.sha256:
                raise ValueError(f"the file {entry.name} differs")

    @contextlib.contextmanager
    def open(self, entry: Entry) -> Iterator[IO[bytes]]:
        """Open a shared file to read."""
        info = self._zip.getinfo(FILES + entry.name)
        if info.file_size != entry.size:
            raise ValueError(f"the file {entry.name} has another size")
        with self._zip.open(info) as file:
            yield file

    def private(self, name: str) -> bytes:
        """Return one of the secrets."""
        info = self._zip.getinfo(PRIVATE + name)
        if name not in private_files.NAMES or info.file_size > private_files.MOST_BYTES:
            raise ValueError("it has a secret that no server has")
        return self._zip.read(info)

    def thumbnail(self, entry: Entry) -> bytes:
        """Return one of the thumbnails."""
        info = self._zip.getinfo(THUMBNAILS + entry.name)
        if info.file_size != entry.size or entry.size > MOST_BYTES:
            raise ValueError(f"the thumbnail of {entry.name} has another size")
        data = self._zip.read(info)
        if hashlib.sha256(data).hexdigest() != entry.sha256:
            raise ValueError(f"the thumbnail of {entry.name} differs")
        return data

    @contextlib.contextmanager
    def _damage(self) -> Iterator[None]:
        """Say in a sentence what is wrong with the archive."""
        try:
            yield
        except (*_DAMAGE, sqlite3.DatabaseError, schema.FormatError, ValueError) as error:
            if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
            text = "".join(c if c.isprintable() else " " for c in str(error))
            raise ArchiveError(f"The backup {self.path} is damaged: {text}.") from error
        except (TypeError, AttributeError, KeyError) as error:
            raise ArchiveError(f"The backup {self.path} is damaged.") from error


def _bring_up_to_date(journal: Path) -> None:
    """Bring the journal of an older backup to this format. Raises what `_damage` knows."""
    with closing(sqlite3.connect(journal, autocommit=True)) as db:
        if 0 < schema.version(db) < schema.VERSION:
            schema.prepare(db)


def _check_journal(db: sqlite3.Connection, contents: Contents, bars: Bars) -> None:
    """Check that a journal is whole and fits the contents. Raises what `_damage` knows."""
    if schema.version(db) != schema.VERSION:
        raise ValueError("its journal has another format")
    (found,) = db.execute("PRAGMA integrity_check(1)").fetchone()
    if found != "ok":
        raise ValueError(f"its journal is damaged: {found}")
    with bars("Check", max(0, contents.events)) as advance:
        whole.check(db, lambda seq: advance(1))
    members.check(db)
    moderation_tables.check(db)
    changes.check(db)
    facts = db.execute("SELECT id, first, (SELECT coalesce(max(seq), 0) FROM event) FROM kept")
    if facts.fetchall() != [(contents.journal, contents.first, contents.newest)]:
        raise ValueError("its journal is another one")
    files = shared(db)
    listed = {entry.name: entry for entry in contents.files}
    if any(listed.get(entry.name, entry) != entry for entry in files):
        raise ValueError("its files are not those of its journal")
    if {*listed, *contents.missing} != {entry.name for entry in files}:
        raise ValueError("its files are not those of its journal")
    if not all(shared_files.is_name(name) for name in listed):
        raise ValueError("it has files of names that no server gives")


def shared(db: sqlite3.Connection) -> list[Entry]:
    """Return the shared files in a journal, each name once: the last event that has it."""
    found: dict[str, Entry] = {}
    for name, stored in db.execute("SELECT name, stored FROM file ORDER BY seq"):
        file = msgspec.msgpack.decode(stored, type=StoredFile)
        if file.stored != name:
            raise ValueError("a file has two names")
        found[name] = Entry(name, file.file.size, file.file.sha256)
    return list(found.values())


def digest(file: IO[bytes]) -> str:
    """Return the SHA-256 of the rest of a file (hex)."""
    found = hashlib.sha256()
    while block := file.read(BLOCK):
        found.update(block)
    return found.hexdigest()
