"""Free space, the size of the journal, and the files of events that are not kept."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from server.budgets.refusals import Refusals
from server.files.remote import RemoteFiles, thumbnail_name
from server.files.thumbnails import FOLDER, Thumbnails
from server.room.interface import JoinRefused, StoredFile
from server.room.operations import Leave
from server.room.room_side import housekeeping
from server.room.room_side.gateway import Gateway
from server.room.room_side.housekeeping import Housekeeping
from server.room.storage.batch import Batch, Row
from server.room.storage.journal import Journal
from server.settings import Settings
from shared.messages import File, Left
from tests.fakes import Clock, turns
from tests.server.room.conftest import OpenBench
from tests.server.room.gateway_worker import GRACE, Joined, Worker
from tests.server.room.test_journal import write
from tests.server.room.workbench import Bench, code, join_operation, join_request, post
from tests.support.remote_files import MemoryFiles
from tests.support.waiting import until

MIB = 1024 * 1024


class House:
    """A journal with its folders, and a disk with as much space as a test says."""

    def __init__(
        self, folder: Path, journal: Journal, remote: RemoteFiles | None = None, **options: Any
    ) -> None:
        self.free = 10 * 1024 * MIB
        self.downloads = folder / "downloads"
        self.downloads.mkdir(exist_ok=True)
        self.journal = journal
        self.refusals = Refusals()
        self.keeping = Housekeeping(
            journal,
            Settings(data_dir=folder, downloads=self.downloads, **options),
            256 * MIB,
            self.refusals,
            free=lambda folder: self.free,
            remote=remote,
        )

    def share(self, name: str, content: bytes) -> None:
        """Share a file."""
        (self.downloads / name).write_bytes(content)
        self.record(name, content)

    def record(self, name: str, content: bytes) -> None:
        """Add the event about a file."""
        seq = self.journal.newest() + 1
        digest = hashlib.sha256(content).hexdigest()
        file = File(f"f{seq}", name, len(content), digest, 1, "", f"/files/f{seq}/{name}")
        row = Row(seq, 1, None, b"%d" % seq, StoredFile(file, name, "utf-8"))
        self.journal.append(Batch([row]))

    def forget(self) -> None:
        """Let all events go but the newest."""
        write(self.journal, 1)
        self.journal.forget_before(self.journal.newest())
        while self.journal.tidy():
            pass

    @property
    def names(self) -> list[str]:
        return sorted(file.name for file in self.downloads.iterdir())


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    with closing(Journal(tmp_path / "journal.sqlite3")) as journal:
        yield House(tmp_path, journal)


# --- files -------------------------------------------------------------------------------


async def test_files_of_forgotten_events_are_removed(house: House) -> None:
    house.share("a.txt", b"old")
    (house.downloads / "mine.txt").write_bytes(b"the owner's")
    house.forget()
    house.share("b.txt", b"new")
    assert house.names == ["a.txt", "b.txt", "mine.txt"]
    with (house.downloads / "a.txt").open("rb") as download:
        await house.keeping.remove_files()
        assert house.names == ["b.txt", "mine.txt"]
        assert download.read() == b"old", "a download under way goes on"
    assert house.journal.doomed(9) == []


async def test_thumbnails_go_with_their_pictures(house: House, tmp_path: Path) -> None:
    small = Thumbnails(house.downloads)
    outside = tmp_path / "outside.webp"
    outside.write_bytes(b"small")
    for name in ("a.png", "changed.png", "stays.png"):
        house.share(name, b"old")
        small.write(name, b"small")
    (house.downloads / "changed.png").write_bytes(b"new")
    for name in ("../../outside", "x" * 300, "a\0b"):
        house.record(name, b"old")
    house.forget()
    house.share("stays.png", b"old")
    await house.keeping.remove_files()
    assert sorted(one.name for one in (house.downloads / FOLDER).iterdir()) == [
        "stays.png.webp"
    ]
    assert outside.exists()


async def test_thumbnails_of_nothing_are_removed(house: House) -> None:
    small = Thumbnails(house.downloads)
    house.share("a.png", b"old")
    for name in ("a.png", "orphan.png", "young.png"):
        small.write(name, b"small")
    os.utime(house.downloads / FOLDER / "a.png.webp", (0, 0))
    os.utime(house.downloads / FOLDER / "orphan.png.webp", (0, 0))
    (house.downloads / FOLDER / "mine.txt").write_bytes(b"the owner's")
    await house.keeping.sweep_thumbnails()
    left = sorted(one.name for one in (house.downloads / FOLDER).iterdir())
    assert left == ["a.png.webp", "mine.txt", "young.png.webp"], "one may be about to be shared"


async def test_what_a_crash_left_is_removed_at_the_next_start(
    house: House, tmp_path: Path
) -> None:
    house.share("a.txt", b"old")
    house.forget()
    house.journal.close()
    with closing(Journal(tmp_path / "journal.sqlite3")) as journal:
        again = House(tmp_path, journal)
        (again.downloads / "a.txt").unlink()  # the crash came after this, or before it
        await again.keeping.remove_files()
        assert journal.doomed(9) == []


async def test_only_the_file_that_was_shared_is_removed(house: House, tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_bytes(b"old")
    for name in ("changed.txt", "link.txt", "pipe.txt", "folder.txt", "good.txt"):
        house.share(name, b"old")
    for name in ("../outside.txt", str(outside), ".hidden", "..", "", "a\0b"):
        house.record(name, b"old")
    (house.downloads / ".hidden").write_bytes(b"old")
    (house.downloads / "changed.txt").write_bytes(b"new")
    (house.downloads / "link.txt").unlink()
    (house.downloads / "link.txt").symlink_to(outside)
    (house.downloads / "pipe.txt").unlink()
    os.mkfifo(house.downloads / "pipe.txt")
    (house.downloads / "folder.txt").unlink()
    (house.downloads / "folder.txt").mkdir()
    house.forget()
    await house.keeping.remove_files()
    assert house.names == [".hidden", "changed.txt", "folder.txt", "link.txt", "pipe.txt"]
    assert outside.read_bytes() == b"old"
    assert house.journal.doomed(9) == [], "none of them is tried again"


async def test_a_name_that_a_later_event_has_stays(house: House) -> None:
    house.share("a.txt", b"same")
    house.forget()
    house.share("a.txt", b"same")
    await house.keeping.remove_files()
    assert house.names == ["a.txt"]
    assert house.journal.doomed(9) == []


async def test_files_that_cannot_be_removed_are_kept_in_mind(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.share("a.txt", b"old")
    house.forget()
    aside = house.downloads.rename(house.downloads.with_name("aside"))
    for _ in range(3):
        await house.keeping.remove_files()
    assert [line.message.split(" error")[0] for line in caplog.records] == [
        "shared files not removed"
    ]
    aside.rename(house.downloads)
    house.keeping._retry_files_at = 0.0
    await house.keeping.remove_files()
    assert house.names == []
    caplog.clear()


@pytest.fixture
async def remote() -> MemoryFiles:
    return MemoryFiles()


@pytest.fixture
async def shared_house(
    house: House, tmp_path: Path, remote: MemoryFiles, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[House]:
    """A house of a room with several hosts, which deletes files in their store."""
    monkeypatch.setattr(housekeeping, "RETRY_STORE_EVERY", 0)
    shared = House(tmp_path, house.journal, remote)
    running = asyncio.create_task(shared.keeping.run_remote())
    yield shared
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def test_files_leave_the_store_of_all_hosts(
    shared_house: House, remote: MemoryFiles
) -> None:
    house = shared_house
    many = [f"{number}.txt" for number in range(2 * housekeeping.FILES_AT_ONCE)]
    names = ["a.png", *many, "stays.txt"]
    remote.files = dict.fromkeys([*names, thumbnail_name("a.png")], b"old")
    house.share("a.png", b"old")
    for name in [*many, "stays.txt"]:  # this host never had them
        house.record(name, b"old")
    house.forget()
    house.share("stays.txt", b"old")
    assert await house.keeping.remove_files()
    assert house.names == ["stays.txt"]
    await until(lambda: not house.journal.doomed(9))
    assert list(remote.files) == ["stays.txt"]


async def test_no_file_waits_for_a_store_that_does_not_answer(
    shared_house: House, remote: MemoryFiles, caplog: pytest.LogCaptureFixture
) -> None:
    house = shared_house
    remote.files = {"a.txt": b"old", "b.txt": b"old"}
    remote.down = True
    for name in ("a.txt", "b.txt"):
        house.share(name, b"old")
        house.forget()
        assert await house.keeping.remove_files()
        assert house.names == []
        await until(lambda: remote.deleted)
    assert len(house.journal.doomed(9)) == 2
    assert [line.message.split(" error")[0] for line in caplog.records] == [
        "files not deleted in the cluster"
    ]
    remote.down = False
    await until(lambda: not house.journal.doomed(9))
    assert remote.files == {}
    caplog.clear()


async def test_what_is_left_in_the_store_goes_after_the_next_start(
    house: House, tmp_path: Path, remote: MemoryFiles
) -> None:
    remote.files = {"a.txt": b"old"}
    before = House(tmp_path, house.journal, remote)
    before.share("a.txt", b"old")
    before.forget()
    assert await before.keeping.remove_files()
    assert remote.files
    again = House(tmp_path, house.journal, remote)
    running = asyncio.create_task(again.keeping.run_remote())
    assert await again.keeping.remove_files()
    await until(lambda: not house.journal.doomed(9))
    assert remote.files == {}
    running.cancel()


async def test_with_a_history_the_files_go_with_their_events(tmp_path: Path) -> None:
    with closing(Journal(tmp_path / "journal.sqlite3", keep=3)) as journal:
        house = House(tmp_path, journal)
        for number in range(6):
            house.share(f"{number}.txt", b"x")
        while journal.tidy():
            pass
        await house.keeping.remove_files()
        assert house.names == ["3.txt", "4.txt", "5.txt"]


async def say(worker: Worker, who: Joined, key: str) -> Any:
    """Post a message; returns the answer if it is more than "done"."""
    before = len(worker.answers)
    worker.up(post(who.place, who.connection, key))
    await turns()
    return worker.answers[before] if len(worker.answers) > before else None


# --- quiet moments -----------------------------------------------------------------------


async def test_a_quiet_journal_is_brought_to_the_disk(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(house.journal, 1)
    await house.keeping.settle()
    assert house.journal.file_identity.unsettled, "not at once"
    monkeypatch.setattr(housekeeping, "QUIET_FOR", 0.0)
    await house.keeping.settle()
    assert not house.journal.file_identity.unsettled
    write(house.journal, 1)
    assert house.journal.file_identity.unsettled


# --- space -------------------------------------------------------------------------------


@pytest.fixture
def bench(open_bench: OpenBench) -> Bench:
    return open_bench(journal=Journal)


async def test_messages_and_joins_wait_while_the_disk_has_little_space(
    bench: Bench, clock: Clock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    gateway = Gateway(bench.core, GRACE, now=clock)
    house = House(tmp_path, bench.journal)
    house.keeping.look_for_space()
    one = Worker(gateway, 1)
    ada, bob = await one.join("ada"), await one.join("bob")
    await say(one, ada, "1")
    house.free = 255 * MIB
    for _ in range(3):
        house.keeping.look_for_space()
        assert code(await say(one, ada, "2")) == "storage"
        _, answer = await one.ask("eve")
        assert isinstance(answer, JoinRefused)
        assert (answer.problem.code, answer.problem.retry_after) == ("storage", 5.0)
    assert await say(one, ada, "1") is not None, "it was accepted before"
    before = bench.journal.newest()
    one.up(Leave(bob.member, bob.connection, "quit"), post(ada.place, ada.connection, "3"))
    await turns()
    await say(one, ada, "4")
    assert bench.journal.newest() == before + 1
    assert isinstance(one.events[-1], Left), "leaves are written"
    house.free = 256 * MIB
    house.keeping.look_for_space()
    assert await say(one, ada, "2") is None
    assert bench.journal.newest() == before + 2
    lines = [record.message for record in caplog.records]
    assert len(lines) == 2
    assert lines[0].startswith("journal paused reason=little_free_space free=267386880")
    assert "over" in lines[1]
    assert house.refusals.totals()["space"] == 3
    caplog.clear()


async def test_a_disk_that_does_not_say_how_full_it_is_is_written_to(
    bench: Bench, tmp_path: Path
) -> None:
    house = House(tmp_path, bench.journal)

    def failing(folder: Path) -> int:
        raise OSError(5, "Input/output error")

    house.keeping._free = failing
    house.keeping.look_for_space()
    ada = bench.join("ada")
    bench.perform(join_operation(join_request("bob")))
    assert bench.perform(post(ada.place, ada.connection, "1")).posts == 1
