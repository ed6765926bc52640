"""Files of other hosts in the downloads folder: fetched once, and only whole."""

import asyncio
import errno
import hashlib
import io
import os
import shutil
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from server.files.copies import AT_ONCE, Copies
from server.files.folder import Folder
from server.files.remote import RemoteMissingError, RemoteUnavailableError, thumbnail_name
from server.files.thumbnails import FOLDER, MOST_BYTES
from tests.fakes import turns
from tests.support.remote_files import MemoryFiles
from tests.support.waiting import until

DATA = b"what another host took in"
SHA256 = hashlib.sha256(DATA).hexdigest()
NAME = "notes.3f9ac2d01b7e.txt"


@pytest.fixture
def remote() -> MemoryFiles:
    store = MemoryFiles()
    store.files[NAME] = DATA
    return store


@pytest.fixture
async def copies(folder: Folder, remote: MemoryFiles) -> AsyncIterator[Copies]:
    made = Copies(folder, remote)
    yield made
    await made.close()


async def fetch(copies: Copies, name: str = NAME) -> None:
    await copies.fetch(name, len(DATA), SHA256)


def read(folder: Folder, name: str = NAME) -> bytes:
    with folder.open(name, len(DATA)) as file:
        return file.read()


def names(folder: Folder) -> list[str]:
    """Return all that is in the folder, and in `.incoming/`."""
    found = [one.name for one in folder.path.iterdir() if one.is_file()]
    return sorted(found + [one.name for one in (folder.path / ".incoming").iterdir()])


async def test_a_file_is_fetched(folder: Folder, copies: Copies) -> None:
    await fetch(copies)
    assert read(folder) == DATA
    assert names(folder) == [NAME]


async def test_it_has_the_mode_of_the_folder(tmp_path: Path, remote: MemoryFiles) -> None:
    folder = Folder(tmp_path / "shared", 0o644)
    folder.prepare()
    await fetch(Copies(folder, remote))
    assert stat.S_IMODE(os.lstat(folder.path / NAME).st_mode) == 0o644


async def test_many_wait_for_one_fetch(copies: Copies, remote: MemoryFiles) -> None:
    remote.gate.clear()
    waiting = [asyncio.create_task(fetch(copies)) for _ in range(20)]
    await turns()
    remote.gate.set()
    await asyncio.gather(*waiting)
    assert remote.fetched == [NAME]


async def test_a_fetch_outlives_who_asked_first(
    folder: Folder, copies: Copies, remote: MemoryFiles
) -> None:
    remote.gate.clear()
    first, second = (asyncio.create_task(fetch(copies)) for _ in range(2))
    await until(lambda: remote.fetched)
    first.cancel()
    await turns()
    remote.gate.set()
    await second
    assert first.cancelled()
    assert read(folder) == DATA
    assert remote.fetched == [NAME]


async def test_some_files_at_once(copies: Copies, remote: MemoryFiles) -> None:
    many = [f"{number}.txt" for number in range(3 * AT_ONCE)]
    remote.files = dict.fromkeys(many, DATA)
    remote.gate.clear()
    waiting = [asyncio.create_task(fetch(copies, name)) for name in many]
    await until(lambda: remote.now == AT_ONCE)
    remote.gate.set()
    await asyncio.gather(*waiting)
    assert remote.most_at_once == AT_ONCE


async def test_nothing_is_left_of_a_fetch_that_fails(
    folder: Folder, copies: Copies, remote: MemoryFiles
) -> None:
    remote.cut = True
    with pytest.raises(RemoteUnavailableError):
        await fetch(copies)
    remote.cut, remote.down = False, True
    with pytest.raises(RemoteUnavailableError):
        await fetch(copies)
    remote.down = False
    for wrong in (DATA[:-1], DATA + b"more", DATA[::-1]):
        remote.files[NAME] = wrong
        with pytest.raises(RemoteMissingError):
            await fetch(copies)
    del remote.files[NAME]
    with pytest.raises(RemoteMissingError):
        await fetch(copies)
    assert names(folder) == []
    remote.files[NAME] = DATA
    await fetch(copies)
    assert read(folder) == DATA


async def test_closing_ends_fetches(
    folder: Folder, copies: Copies, remote: MemoryFiles
) -> None:
    remote.gate.clear()
    waiting = asyncio.create_task(fetch(copies))
    await until(lambda: remote.fetched)
    await copies.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert names(folder) == []


async def test_a_damaged_copy_is_replaced(folder: Folder, copies: Copies) -> None:
    (folder.path / NAME).write_bytes(DATA[:3])
    await fetch(copies)
    assert read(folder) == DATA


async def test_no_link_is_followed(folder: Folder, copies: Copies, tmp_path: Path) -> None:
    (tmp_path / "outside").write_bytes(b"mine")
    (folder.path / NAME).symlink_to(tmp_path / "outside")
    await fetch(copies)
    assert read(folder) == DATA
    assert (tmp_path / "outside").read_bytes() == b"mine"


@pytest.mark.parametrize("name", ["../notes.txt", ".hidden", "", "a/b"])
async def test_no_name_leads_elsewhere(
    folder: Folder, copies: Copies, remote: MemoryFiles, name: str
) -> None:
    remote.files[name] = DATA
    with pytest.raises(OSError, match="no name"):
        await fetch(copies, name)
    assert names(folder) == []


async def test_a_full_disk(
    folder: Folder, remote: MemoryFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies = Copies(folder, remote, min_free=100)
    free = len(DATA) + 99

    def usage(path: Path) -> Any:
        return shutil._ntuple_diskusage(1000, 1000 - free, free)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    with pytest.raises(OSError, match="No space") as full:
        await fetch(copies)
    assert full.value.errno == errno.ENOSPC
    assert remote.fetched == []
    free += 1
    await fetch(copies)
    assert read(folder) == DATA


async def test_a_thumbnail_is_fetched(
    folder: Folder, copies: Copies, remote: MemoryFiles
) -> None:
    remote.files[thumbnail_name("a.png")] = b"small"
    await asyncio.gather(*(copies.fetch_thumbnail("a.png") for _ in range(3)))
    with folder.thumbnails.open("a.png") as file:
        assert file.read() == b"small"
    assert len(remote.fetched) == 1


async def test_a_thumbnail_that_cannot_be_one(
    folder: Folder, copies: Copies, remote: MemoryFiles
) -> None:
    remote.files[thumbnail_name("a.png")] = b"x" * (MOST_BYTES + 1)
    with pytest.raises(RemoteMissingError):
        await copies.fetch_thumbnail("a.png")
    assert not (folder.path / FOLDER).exists()


async def test_storing_and_discarding(copies: Copies, remote: MemoryFiles) -> None:
    await copies.store("a.png", io.BytesIO(b"large"), b"small")
    await copies.store("b.txt", io.BytesIO(b"text"))
    assert remote.files == {
        NAME: DATA, "a.png": b"large", thumbnail_name("a.png"): b"small", "b.txt": b"text",
    }  # fmt: skip
    await copies.discard("a.png")
    await copies.discard("b.txt")
    assert remote.files == {NAME: DATA}


async def test_what_cannot_be_discarded_is_logged(
    copies: Copies, remote: MemoryFiles, caplog: pytest.LogCaptureFixture
) -> None:
    remote.down = True
    await copies.discard("a.png")
    assert "a.png" in caplog.text


async def test_names_are_unique_over_all_hosts(tmp_path: Path) -> None:
    hosts = [Folder(tmp_path / name, unique=True) for name in "ab"]
    stored = []
    for folder in hosts * 2:
        folder.prepare()
        for name in ("notes.txt", "README", "a.tar.gz", "x" * 300 + ".txt"):
            upload = folder.begin(name, 100)
            upload.write(b"text")
            expected = upload.stored
            kept = upload.finish()
            assert kept.stored == expected
            assert expected in names(folder)
            stored.append((kept.name, kept.stored))
    assert len({name for _, name in stored}) == 16
    shown, first = stored[0]
    assert shown == "notes.txt"
    assert first.startswith("notes.")
    assert first.endswith(".txt")
    assert len(first) == len("notes..txt") + 12


async def test_without_other_hosts_a_name_stays(folder: Folder) -> None:
    for expected in ("notes.txt", "notes (2).txt"):
        upload = folder.begin("notes.txt", 100)
        upload.write(b"text")
        assert upload.finish().stored == expected


async def test_a_unique_name_that_is_taken_all_the_same(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "downloads", unique=True)
    folder.prepare()
    upload = folder.begin("notes.txt", 100)
    upload.write(b"text")
    (folder.path / upload.stored).write_bytes(b"another")
    with pytest.raises(FileExistsError):
        upload.finish()
    upload.abandon()
    assert (folder.path / upload.stored).read_bytes() == b"another"
