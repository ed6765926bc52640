"""Backups: make an archive of a room, whether its server runs or not.

It is written beside its place with mode 0600 (it has the room's TLS key), read back and
checked, and only then gets its name.
"""

import contextlib
import hashlib
import io
import os
import sqlite3
import stat
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import msgspec

from server.files.thumbnails import MOST_BYTES, Thumbnails
from server.room.storage import last_settings, private_files, schema, shared_files
from server.room.storage.archive import (
    BLOCK,
    CONTENTS,
    FILES,
    FORMAT,
    PRIVATE,
    THUMBNAILS,
    Archive,
    ArchiveError,
    Bars,
    Contents,
    Entry,
    digest,
    shared,
)
from server.room.storage.marker import sync_folder
from server.room.storage.reader import read_only
from server.settings import JOURNAL

_PAGES = 256
_NEWEST_ANY = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Source:
    """The folders of a room, and the time."""

    data: Path
    downloads: Path
    now: str


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
        while block := file.read(BLOCK):
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


def _one(db: sqlite3.Connection, sql: str) -> Any:
    (value,) = db.execute(sql).fetchone()
    return value
