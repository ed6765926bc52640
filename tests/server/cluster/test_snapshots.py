"""Copies of the journal: made while it is written, and put in the place of another."""

import asyncio
import os
import secrets
import sqlite3
import stat
import zlib
from contextlib import closing
from pathlib import Path

import pytest

from server.cluster import snapshots as snapshots_module
from server.cluster.connection import UnavailableError
from server.cluster.objects import MissingError, Objects
from server.cluster.snapshots import PREFIX, SnapshotError, Snapshots
from server.room.interface import StoredFile
from server.room.storage import marker, schema
from server.room.storage.batch import Batch, Row
from server.room.storage.journal import Journal
from server.room.storage.reader import JournalReader
from shared.messages import File
from tests.server.cluster.conftest import Connect
from tests.support.nats_servers import NatsServers


@pytest.fixture
async def objects(nats1: NatsServers, connect: Connect) -> Objects:
    found = Objects(await connect(nats1.urls), f"test_{secrets.token_hex(8)}", 1)
    await found.open()
    return found


@pytest.fixture
def snapshots(objects: Objects) -> Snapshots:
    return Snapshots(objects, position)


def position(db: sqlite3.Connection) -> int:
    (found,) = db.execute("SELECT position FROM kept").fetchone()
    return int(found)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return folder(tmp_path, "a")


@pytest.fixture
def other(tmp_path: Path) -> Path:
    return folder(tmp_path, "b")


def folder(tmp_path: Path, name: str) -> Path:
    (tmp_path / name).mkdir()
    return tmp_path / name / "journal.sqlite3"


def write(journal: Journal, to: int, files: bool = False) -> None:
    """Append events up to this `seq`, which is the position too."""
    first = journal.newest() + 1
    rows = [Row(seq, 1, f"k{seq}", body(seq), file(seq) if files else None)
            for seq in range(first, to + 1)]  # fmt: skip
    journal.append(Batch(rows=rows, counters=(to, 1)))


def body(seq: int) -> bytes:
    return (
        b'{"type":"said","seq":%d,"at":"2026-11-22T08:00:00.000Z","member":1,'
        b'"name":"ada","text":"hello"}' % seq
    )


def file(seq: int) -> StoredFile:
    shown = File(f"id{seq}", f"{seq}.txt", 5, "ab" * 32, 1, "hello", f"/files/id{seq}/x")
    return StoredFile(shown, f"{seq}.txt", "utf-8")


def made(path: Path, to: int, files: bool = False) -> str:
    """Make a journal, or let one go on; return its name."""
    with closing(Journal(path)) as journal:
        write(journal, to, files)
        return journal.id


def events(path: Path) -> list[bytes]:
    with closing(JournalReader(path)) as reader:
        rows = reader._db.execute("SELECT body FROM event ORDER BY seq")
        return [one for (one,) in rows]


def state(path: Path) -> os.stat_result:
    return path.stat()


def exists(path: Path) -> bool:
    return path.exists()


def contents(path: Path) -> bytes:
    return path.read_bytes()


def spoil(path: Path) -> None:
    path.write_bytes(b"no database" * 1000)


def left_over(path: Path) -> list[str]:
    return [one.name for one in path.parent.iterdir() if "snapshot" in one.name]


async def test_a_snapshot_becomes_a_journal(
    snapshots: Snapshots, path: Path, other: Path
) -> None:
    name = made(path, 300)
    assert await snapshots.make(path) == 300
    assert await snapshots.newest() == 300
    await snapshots.load(300, other)
    assert events(other) == events(path)
    with closing(Journal(other, check=True)) as journal:
        assert journal.id == name
        assert journal.newest() == 300
        write(journal, 301)
    assert stat.S_IMODE(state(other).st_mode) == 0o600
    assert not left_over(path)
    assert not left_over(other)


async def test_without_snapshots(snapshots: Snapshots, other: Path) -> None:
    assert await snapshots.newest() is None
    with pytest.raises(MissingError):
        await snapshots.load(5, other)
    assert not exists(other)
    assert not left_over(other)


async def test_the_two_newest_stay(snapshots: Snapshots, path: Path) -> None:
    for to in (10, 20, 30, 40):
        made(path, to)
        await snapshots.make(path)
    assert sorted(await snapshots.positions()) == [30, 40]
    assert await snapshots.newest() == 40
    await snapshots.make(path, keep=1)
    assert await snapshots.positions() == [40]


async def test_other_objects_are_no_snapshots(
    objects: Objects, snapshots: Snapshots, path: Path
) -> None:
    for name in ("notes.txt", f"{PREFIX}x", f"{PREFIX}99", "0" * 20):
        with path.open("w+b") as empty:
            await objects.put(name, empty)
    assert await snapshots.positions() == []


async def test_it_is_made_while_the_journal_is_written(
    snapshots: Snapshots, path: Path, other: Path
) -> None:
    with closing(Journal(path)) as journal:
        write(journal, 20_000)
        making = asyncio.create_task(snapshots.make(path))
        to = 20_000
        while not making.done():
            to += 1
            write(journal, to)
            await asyncio.sleep(0)
        found = await making
        await snapshots.load(found, other)
    assert to > 20_001
    assert 20_000 <= found <= to
    assert [len(events(other)), len(events(path))] == [found, to]


@pytest.mark.parametrize("killed", [False, True], ids=["closed", "killed"])
async def test_a_journal_is_replaced_in_its_file(
    snapshots: Snapshots, path: Path, other: Path, killed: bool
) -> None:
    name = made(path, 50)
    await snapshots.make(path)
    await snapshots.load(50, other)  # the other host has the same room
    if killed:
        leave_open(other, 60)
    else:
        made(other, 60)
    made(path, 5000)
    await snapshots.make(path)
    inode = state(other).st_ino
    with closing(JournalReader(other)) as worker:
        assert worker.newest() == 60
        await snapshots.load(5000, other)
        assert worker.newest() == 5000
        assert worker.identity() == name
    assert state(other).st_ino == inode
    with closing(Journal(other, check=True)) as journal:
        assert (journal.id, journal.newest()) == (name, 5000)
        write(journal, 5001)
    assert made(other, 5002) == name


def leave_open(path: Path, to: int, *, without_file: bool = False) -> None:
    """Write, and leave the files as a killed room process does."""
    journal = Journal(path)
    write(journal, to)
    kept = {one: one.read_bytes() for one in path.parent.iterdir()}
    inode = path.stat().st_ino
    journal.close()
    for one, data in kept.items():
        one.write_bytes(data)
    assert path.stat().st_ino == inode
    if without_file:
        path.unlink()


async def test_a_worker_that_reads_does_not_see_half(
    snapshots: Snapshots, path: Path, other: Path
) -> None:
    made(path, 50)
    await snapshots.make(path)
    await snapshots.load(50, other)
    made(path, 3000)
    await snapshots.make(path)
    with closing(JournalReader(other)) as worker, worker._snapshot():
        assert worker.newest() == 50
        await snapshots.load(3000, other)
        assert worker.newest() == 50
        assert len(worker._db.execute("SELECT seq FROM event").fetchall()) == 50
    assert len(events(other)) == 3000


async def test_a_crash_before_the_contents_are_replaced(
    snapshots: Snapshots, path: Path, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = made(path, 50)
    await snapshots.make(path)
    await snapshots.load(50, other)
    made(other, 60)
    made(path, 70)
    await snapshots.make(path)

    def crash(path: Path) -> None:
        raise OSError("the power failed")

    monkeypatch.setattr(marker, "sync_folder", crash)
    with pytest.raises(SnapshotError, match="power"):
        await snapshots.load(70, other)
    monkeypatch.undo()
    assert made(other, 61) == name
    assert len(events(other)) == 61


async def test_a_journal_that_is_further_stays(
    snapshots: Snapshots, path: Path, other: Path
) -> None:
    made(path, 50)
    await snapshots.make(path)
    await snapshots.load(50, other)
    made(other, 60)
    with pytest.raises(SnapshotError, match="60 events"):
        await snapshots.load(50, other)
    assert len(events(other)) == 60


async def test_the_journal_of_another_room_is_replaced(
    snapshots: Snapshots, path: Path, other: Path
) -> None:
    name = made(path, 50)
    assert made(other, 60, files=True) != name
    await snapshots.make(path)
    await snapshots.load(50, other)
    with closing(Journal(other)) as journal:
        assert (journal.id, journal.newest()) == (name, 50)
        assert not journal.doomed(10)


async def test_what_another_journal_left_is_not_taken_for_its_own(
    snapshots: Snapshots, path: Path, other: Path
) -> None:
    name = made(path, 50)
    await snapshots.make(path)
    leave_open(other, 60, without_file=True)
    await snapshots.load(50, other)
    with closing(Journal(other, check=True)) as journal:
        assert (journal.id, journal.newest()) == (name, 50)


async def test_files_of_events_that_went_are_still_removed(
    snapshots: Snapshots, path: Path, other: Path
) -> None:
    made(path, 3, files=True)
    await snapshots.make(path)
    await snapshots.load(3, other)
    with closing(Journal(path)) as journal:
        write(journal, 4)
        journal._db.execute("DELETE FROM file WHERE seq < 3")  # as if they were forgotten
    with closing(sqlite3.connect(other, autocommit=True)) as db:
        db.execute("INSERT INTO doomed VALUES ('old.txt', 7, 'cd')")
    made(path, 5)
    await snapshots.make(path)
    await snapshots.load(5, other)
    with closing(JournalReader(other)) as reader:
        assert sorted(row[1:] for row in reader.doomed(10)) == [
            ("1.txt", 5, "ab" * 32), ("2.txt", 5, "ab" * 32), ("old.txt", 7, "cd"),
        ]  # fmt: skip
        assert reader.is_shared("3.txt")


async def test_a_damaged_snapshot_changes_nothing(
    objects: Objects, snapshots: Snapshots, path: Path, other: Path, tmp_path: Path
) -> None:
    made(path, 500)
    before = made(other, 5), events(other)
    plain = contents(path)
    damaged = bytearray(plain)
    damaged[3 * 4096 : 5 * 4096] = bytes(2 * 4096)
    packed = zlib.compress(plain)
    cases: dict[str, tuple[bytes, type[Exception]]] = {
        "half": (packed[: len(packed) // 2], MissingError),
        "not compressed": (plain, SnapshotError),
        "no database": (zlib.compress(b"nothing" * 1000), SnapshotError),
        "damaged": (zlib.compress(bytes(damaged)), MissingError),
        "another position": (packed, MissingError),
    }
    for number, (data, expected) in enumerate(cases.values(), 900):
        file = tmp_path / "object"
        file.write_bytes(data)
        with file.open("rb") as opened:
            await objects.put(f"{PREFIX}{number:020}", opened)
        with pytest.raises(expected):
            await snapshots.load(number, other)
        assert not left_over(other)
    assert (made(other, 5), events(other)) == before


async def test_a_later_format_is_told(snapshots: Snapshots, path: Path, other: Path) -> None:
    made(path, 5)
    with closing(sqlite3.connect(path, autocommit=True)) as db:
        db.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    await snapshots.make(path)
    with pytest.raises(SnapshotError, match="Update this host"):
        await snapshots.load(5, other)
    assert not exists(other)


async def test_a_journal_that_cannot_be_copied(snapshots: Snapshots, path: Path) -> None:
    with pytest.raises(SnapshotError):
        await snapshots.make(path)
    spoil(path)
    with pytest.raises(SnapshotError):
        await snapshots.make(path)
    assert not left_over(path)
    assert await snapshots.positions() == []


async def test_a_cancelled_copy_ends(
    snapshots: Snapshots, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(path, 20_000)
    monkeypatch.setattr(snapshots_module, "_STEP_PAUSE", 0.05)
    making = asyncio.create_task(snapshots.make(path))
    while not left_over(path):  # noqa: ASYNC110 - no event exists for it
        await asyncio.sleep(0)
    making.cancel()
    async with asyncio.timeout(2):
        with pytest.raises(asyncio.CancelledError):
            await making
    assert not left_over(path)


async def test_a_cluster_that_does_not_answer(
    nats1: NatsServers, snapshots: Snapshots, path: Path, other: Path
) -> None:
    made(path, 5)
    await snapshots.make(path)
    nats1.freeze(0)
    try:
        for call in (snapshots.make(path), snapshots.load(5, other), snapshots.newest()):
            with pytest.raises(UnavailableError):
                await call
    finally:
        nats1.thaw(0)
    assert not left_over(path)
    assert not left_over(other)
    assert not exists(other)
