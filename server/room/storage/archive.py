"""Backups: one archive with the journal, shared files, secrets and settings of a room.

A ZIP file of `backup.json` (the contents), `journal.sqlite3`, `downloads/NAME`,
`thumbnails/NAME` (of the picture of this name) and `private/NAME` (the room's TLS key, hence
the mode 0600). It is written beside its place, read back and checked, and only then gets its
name. An archive may come from anywhere: nothing in it is believed before it is checked, and no
name in it leads outside a folder.
"""

import contextlib
import errno
import hashlib
import io
import os
import sqlite3
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import msgspec

from server.files.thumbnails import MOST_BYTES, Thumbnails
from server.room.interface import StoredFile
from server.room.storage import (
    changes,
    last_settings,
    members,
    moderation_tables,
    private_files,
    schema,
    shared_files,
    whole,
)
from server.room.storage.last_settings import LastSettings
from server.room.storage.marker import sync_folder
from server.room.storage.reader import read_only
from server.settings import JOURNAL

FORMAT = 3
"""Counts the changes; 1 had nothing private, 2 no thumbnails."""
CONTENTS = "backup.json"
FILES = "downloads/"
THUMBNAILS = "thumbnails/"
PRIVATE = "private/"
_CONTENTS_BYTES = 64 * 1024 * 1024
_BLOCK = 1024 * 1024
_PAGES = 256
_NEWEST_ANY = (1980, 1, 1, 0, 0, 0)
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


@dataclass(frozen=True, slots=True)
class Source:
    """The folders of a room, and the time."""

    data: Path
    downloads: Path
    now: str


# --- making one --------------------------------------------------------------------------


def make(source: Source, target: Path, bars: Bars, *, force: bool) -> Contents:
    """Make a backup, whether the server runs or not.

    Args:
        source: the room.
        target: the file to make.
        bars: shows progress.
        force: replace a file that is there.

    Raises:
        ArchiveError: there is no journal, or the file exists.
        OSError, sqlite3.Error: it cannot be read or written. Nothing is left of it.
    """
    journal = source.data / JOURNAL
    if not journal.is_file():
        raise ArchiveError(f"There is no journal in {source.data}.")
    if target.is_dir():
        raise ArchiveError(f"{target} is a folder. Name a file for the backup.")
    if not target.parent.is_dir():
        raise ArchiveError(f"There is no folder {target.parent}.")
    if target.exists() and not force:
        raise ArchiveError(f"{target} exists. Name another file, or use --force to replace it.")
    with tempfile.TemporaryDirectory(
        prefix=f".{target.name[:100]}.", dir=target.parent
    ) as name:
        work = Path(name)
        copy = work / JOURNAL
        _copy_journal(journal, copy, bars)
        part = work / "backup"
        _write(source, copy, part, bars)
        with Archive(part) as archive:
            contents = archive.check(work / "check.sqlite3", bars)
        _put_in_place(part, target, force=force)
    return contents


def _copy_journal(journal: Path, copy: Path, bars: Bars) -> None:
    """Copy a journal as it is at one moment, whatever is written meanwhile."""
    with closing(read_only(journal)) as db, closing(_private_database(copy)) as target:
        db.execute("BEGIN")  # one moment for the whole copy
        (pages,) = db.execute("PRAGMA page_count").fetchone()
        if not schema.version(db):
            raise ArchiveError(f"The journal {journal} has no events.")
        with bars("Journal", pages) as advance:
            done = 0

            def progress(status: int, remaining: int, total: int) -> None:
                nonlocal done
                advance(total - remaining - done)
                done = total - remaining

            db.backup(target, pages=_PAGES, progress=progress)
        target.execute("PRAGMA journal_mode = DELETE")
        schema.prepare(target)


def _private_database(path: Path) -> sqlite3.Connection:
    path.touch(mode=0o600)
    return sqlite3.connect(path, autocommit=True)


def _write(source: Source, copy: Path, part: Path, bars: Bars) -> None:
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with (
        open(descriptor, "wb") as out,  # noqa: PTH123 - of a descriptor
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        closing(read_only(copy)) as db,
    ):
        files = shared(db)
        with copy.open("rb") as journal:
            _store(archive, JOURNAL, journal)
        there: list[Entry] = []
        missing: list[str] = []
        with bars("Files", sum(entry.size for entry in files)) as advance:
            for entry in files:
                found = _store_file(archive, source.downloads, entry)
                if found:
                    there.append(entry)
                else:
                    missing.append(entry.name)
                advance(entry.size)
        contents = Contents(
            format=FORMAT,
            made=source.now,
            journal=_one(db, "SELECT id FROM kept"),
            first=_one(db, "SELECT first FROM kept"),
            newest=_one(db, "SELECT coalesce(max(seq), 0) FROM event"),
            files=there,
            missing=missing,
            settings=last_settings.recorded(source.data),
            private=list(_store_private(archive, source.data)),
            thumbnails=list(_store_thumbnails(archive, source.downloads, there)),
        )
        text = msgspec.json.format(msgspec.json.encode(contents))
        archive.writestr(zipfile.ZipInfo(CONTENTS, _NEWEST_ANY), text)
    with part.open("rb") as written:
        os.fsync(written.fileno())


def _store_file(archive: zipfile.ZipFile, downloads: Path, entry: Entry) -> bool:
    """Store a shared file; return False if it is missing or was changed."""
    try:
        with shared_files.opened(downloads, entry.name) as file:
            if os.fstat(file.fileno()).st_size != entry.size or digest(file) != entry.sha256:
                return False
            file.seek(0)
            _store(archive, FILES + entry.name, file)
    except FileNotFoundError:
        return False
    return True


def _store_thumbnails(
    archive: zipfile.ZipFile, downloads: Path, files: list[Entry]
) -> Iterator[Entry]:
    """Store the thumbnails of these files that are there."""
    thumbnails = Thumbnails(downloads)
    for entry in files:
        with contextlib.suppress(FileNotFoundError), thumbnails.open(entry.name) as file:
            data = file.read(MOST_BYTES)
            _store(archive, THUMBNAILS + entry.name, io.BytesIO(data))
            yield Entry(entry.name, len(data), hashlib.sha256(data).hexdigest())


def _store_private(archive: zipfile.ZipFile, data: Path) -> Iterator[str]:
    """Store the secrets that are there; return their names."""
    for name in private_files.NAMES:
        if (content := private_files.read(data, name)) is not None:
            _store(archive, PRIVATE + name, io.BytesIO(content))
            yield name


def _store(archive: zipfile.ZipFile, name: str, file: IO[bytes]) -> None:
    info = zipfile.ZipInfo(name, _NEWEST_ANY)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = (stat.S_IFREG | 0o600) << 16
    with archive.open(info, "w", force_zip64=True) as out:
        while block := file.read(_BLOCK):
            out.write(block)


def _put_in_place(part: Path, target: Path, *, force: bool) -> None:
    if force:
        part.replace(target)
    else:
        try:
            os.link(part, target)
        except FileExistsError:
            raise ArchiveError(f"{target} exists by now. Name another file.") from None
        except OSError:  # a file system without links
            part.rename(target)
    sync_folder(target.parent)


# --- reading one -------------------------------------------------------------------------


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
            while block := stored.read(_BLOCK):
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
    while block := file.read(_BLOCK):
        found.update(block)
    return found.hexdigest()


def _one(db: sqlite3.Connection, sql: str) -> Any:
    (value,) = db.execute(sql).fetchone()
    return value
