"""A journal that lost events or was replaced: nobody keeps an event that is not in it.

A model: clients with what they saw, and journals that were cut, put back or exchanged; then
everybody resumes. Each client either has the beginning of what the journal has, or is told to
forget all (`reset`).
"""

import itertools
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from server.room.interface import JoinAccepted
from server.room.storage import marker
from server.room.storage.errors import OvertakenError, StorageError
from server.room.storage.journal import Journal
from server.settings import Durability
from shared.codec import decode_event
from tests.server.room.workbench import Bench, Guest, join_request

DURABILITIES: list[Durability] = ["normal", "full"]
WAL = "-wal"


class Client:
    """What one client has: the name of the journal, and its events by `seq`."""

    def __init__(self, bench: Bench, name: str) -> None:
        self.name = name
        self.guest = bench.join(name)
        self.journal = bench.journal.id
        self.events: dict[int, bytes] = {}

    def read(self, bench: Bench) -> None:
        """Take in what the room has delivered."""
        bodies = bench.journal.after(max(self.events, default=0), 10_000)
        assert bodies is not None
        self.events |= {decode_event(body).seq: body for body in bodies}

    def resume(self, bench: Bench, **without: None) -> bool:
        """Come back, or join anew, and take in what is served; returns whether told `reset`."""
        after = max(self.events)
        token = self.guest.place.token
        asked = {
            "after": after,
            "after_at": decode_event(self.events[after]).at,
            "journal": self.journal,
            "token": token,
        } | without
        answer = bench.ask(join_request(self.name, **asked))
        if not isinstance(answer, JoinAccepted):
            answer = bench.ask(join_request(self.name, **asked | {"token": None}))
        assert isinstance(answer, JoinAccepted), answer
        if answer.reset:
            self.events = {}
        else:
            assert answer.start == after
        served = bench.journal.after(answer.start, 10_000)
        assert served is not None
        self.events |= {decode_event(body).seq: body for body in served}
        self.journal = answer.journal
        self.guest = Guest(answer, 0)
        return answer.reset


class Room:
    """A room of clients on a journal that tests tamper with."""

    def __init__(self, folder: Path, durability: Durability = "normal") -> None:
        self.path = folder / "journal.sqlite3"
        self.durability = durability
        self._opened: list[Journal] = []
        self.bench = Bench(self.path, max_users=20, journal=self._open)
        self.clients = [Client(self.bench, name) for name in ("ada", "bob")]
        self._keys = itertools.count()

    def _open(self, path: Path, keep: int) -> Journal:
        self._opened.append(Journal(path, keep, self.durability))
        return self._opened[-1]

    def close(self) -> None:
        """Close the files of journals that were left as a crash leaves them."""
        for one in self._opened:
            one._db.close()

    def talk(self, count: int = 3, *, to: int = 2) -> None:
        """Say something; only the first `to` clients get it."""
        for _ in range(count):
            self.bench.wall += 1
            self.bench.say(self.clients[0].guest, f"k{next(self._keys)}")
        for client in self.clients[:to]:
            client.read(self.bench)

    def kill(self) -> None:
        """End the room process as SIGKILL does: what is on disk stays as it is."""
        left = copy(self.path)
        self.bench.journal.close()
        put(left, self.path)

    def start(self) -> None:
        """Start a room on what is there."""
        self.bench.events = []
        self.bench._open()
        bodies = self.bench.journal.after(self.bench.journal.first_kept() - 1, 10_000)
        assert bodies is not None
        self.bench.events = [decode_event(body) for body in bodies]

    def check(self, **without: None) -> list[bool]:
        """Let everybody come back, and say more: all have the same. Returns the resets."""
        told = [client.resume(self.bench, **without) for client in self.clients]
        self.talk()
        journal = self.bench.journal
        for client in self.clients:
            assert client.events == {seq: journal.event(seq) for seq in client.events}
            assert max(client.events) == journal.newest()
            assert sorted(client.events) == list(
                range(min(client.events), max(client.events) + 1)
            )
        self.bench.close()
        return told


type Files = dict[str, tuple[bytes, os.stat_result]]


def copy(path: Path) -> Files:
    """Return the journal's files and its marker, without what SQLite can make again."""
    wanted = (path.name, path.name + WAL, marker.path_of(path).name)
    files = [path.with_name(name) for name in wanted]
    return {file.name: (file.read_bytes(), file.stat()) for file in files if file.exists()}


def put(files: Files, path: Path) -> None:
    """Put files in place without a trace: the same inode where there is one, the same times."""
    for file in (path, path.with_name(path.name + WAL), path.with_name(path.name + "-shm")):
        if file.name not in files:
            file.unlink(missing_ok=True)
    for name, (data, stat) in files.items():
        path.with_name(name).write_bytes(data)
        os.utime(path.with_name(name), ns=(stat.st_atime_ns, stat.st_mtime_ns))


@pytest.fixture
def rooms(tmp_path: Path) -> Iterator[Callable[..., Room]]:
    numbers = itertools.count()

    def make(durability: Durability = "normal") -> Room:
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        stack.callback((room := Room(folder, durability)).close)
        return room

    with ExitStack() as stack:
        yield make


@pytest.fixture
def reboot(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """The computer starts again."""
    boots = itertools.count(1)

    def again() -> None:
        name = f"boot {next(boots)}"
        monkeypatch.setattr(marker, "boot", lambda: name)

    again()
    return again


# --- nothing was lost --------------------------------------------------------------------


@pytest.mark.parametrize("durability", DURABILITIES)
def test_a_restart_is_not_noticed(rooms: Callable[..., Room], durability: Durability) -> None:
    room = rooms(durability)
    room.talk()
    name = room.bench.journal.id
    for ended in (room.kill, room.bench.journal.close, room.kill):
        ended()
        room.start()
        assert room.bench.journal.id == name
        room.talk()
    room.bench.journal.close()
    room.start()
    assert room.check() == [False, False]


def test_a_restart_of_the_computer_after_a_proper_end_is_not_noticed(
    rooms: Callable[..., Room], reboot: Callable[[], None]
) -> None:
    room = rooms()
    room.talk()
    room.bench.journal.close()
    reboot()
    room.start()
    assert room.check() == [False, False]


def test_with_full_durability_a_power_failure_is_not_noticed(
    rooms: Callable[..., Room], reboot: Callable[[], None]
) -> None:
    room = rooms("full")
    room.talk()
    room.kill()
    reboot()
    room.durability = "normal"
    room.start()
    assert room.check() == [False, False]


def test_in_a_quiet_room_a_power_failure_leaves_no_doubt(
    rooms: Callable[..., Room], reboot: Callable[[], None]
) -> None:
    room = rooms()
    room.talk()
    for lost in (False, True):
        assert room.bench.journal.file_identity.unsettled
        room.bench.journal.file_identity.sync_log()
        room.bench.journal.file_identity.rest()
        assert not room.bench.journal.file_identity.unsettled
        if lost:
            room.talk()
        name = room.bench.journal.id
        room.kill()
        reboot()
        room.start()
        assert (room.bench.journal.id != name) is lost
        if not lost:
            room.talk()


def test_a_start_that_writes_nothing_changes_nothing(rooms: Callable[..., Room]) -> None:
    room = rooms()
    room.talk()
    room.bench.journal.close()
    before = copy(room.path)
    for _ in range(2):
        with closing(Journal(room.path)):
            pass
    assert {name: data for name, (data, _) in copy(room.path).items()} == {
        name: data for name, (data, _) in before.items()
    }
    room.start()
    assert room.check() == [False, False]


# --- the log was cut ---------------------------------------------------------------------


def commits(wal: bytes) -> list[int]:
    """Return the bytes after which each transaction ends (SQLite, file format, section 4)."""
    page = int.from_bytes(wal[8:12], "big")
    return [
        start + page + 24
        for start in range(32, len(wal) - page - 23, page + 24)
        if int.from_bytes(wal[start + 4 : start + 8], "big")
    ]


@pytest.mark.parametrize("marker_survives", [True, False])
@pytest.mark.parametrize("durability", DURABILITIES)
def test_power_is_lost_at_any_moment(
    rooms: Callable[..., Room],
    reboot: Callable[[], None],
    durability: Durability,
    *,
    marker_survives: bool,
) -> None:
    """The log is cut at each commit; the marker is as new as can be, or as it was synced."""
    room = rooms(durability)
    early = copy(room.path)[marker.path_of(room.path).name]
    synced = bytearray(early[0])
    room.talk(4)
    room.kill()
    whole = copy(room.path)
    wal, times = whole[room.path.name + WAL]
    seen = [dict(client.events) for client in room.clients]
    names = [client.journal for client in room.clients]
    guests = [client.guest for client in room.clients]
    ends = [0, *commits(wal)]
    assert len(ends) > 5
    lost_some = 0
    for end in ends:
        files = dict(whole)
        files[room.path.name + WAL] = wal[:end], times
        if not marker_survives:
            files[marker.path_of(room.path).name] = bytes(synced), early[1]
        put(files, room.path)
        for client, events, name, guest in zip(room.clients, seen, names, guests, strict=True):
            client.events, client.journal, client.guest = dict(events), name, guest
        reboot()
        if not end:
            with closing(sqlite3.connect(room.path)) as db:
                assert not db.execute("SELECT 1 FROM sqlite_master").fetchall()
        room.start()
        lost_some += any(room.check())
    assert lost_some >= len(ends) - 1


# --- the file was replaced ---------------------------------------------------------------


def backup(path: Path, to: Path) -> None:
    """Copy a journal as `sqlite3 .backup` does."""
    to.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as db, closing(sqlite3.connect(to)) as target:
        db.backup(target)


def overwrite(old: Path, path: Path) -> None:
    """Put a copy back into the file that is there, as `cp` does."""
    path.write_bytes(old.read_bytes())


def replace(old: Path, path: Path) -> None:
    """Put a copy back in the place of the file, as `mv` does."""
    shutil.copy(old, old.with_suffix(".moved")).replace(path)


def remove_log(path: Path) -> None:
    for suffix in (WAL, "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


@pytest.mark.parametrize("without", [{}, {"after_at": None}])
@pytest.mark.parametrize("leave_log", [True, False])
@pytest.mark.parametrize("how", [overwrite, replace])
@pytest.mark.parametrize("killed", [True, False])
@pytest.mark.parametrize("durability", DURABILITIES)
def test_an_older_copy_is_put_back(
    rooms: Callable[..., Room],
    tmp_path: Path,
    durability: Durability,
    *,
    killed: bool,
    how: Callable[[Path, Path], None],
    leave_log: bool,
    without: dict[str, None],
) -> None:
    room = rooms(durability)
    room.talk()
    backup(room.path, tmp_path / "old")
    room.talk(20)
    (room.kill if killed else room.bench.journal.close)()
    how(tmp_path / "old", room.path)
    if not leave_log:
        remove_log(room.path)
    room.start()
    room.talk(30, to=0)  # beyond what the sleeping clients have
    assert all(room.check(**without))


def test_an_older_copy_with_its_log_is_put_back(rooms: Callable[..., Room]) -> None:
    room = rooms()
    room.talk()
    older = copy(room.path)
    del older[marker.path_of(room.path).name]
    room.talk(20)
    room.kill()
    newest = room.bench.journal.newest
    put(older, room.path)
    room.start()
    assert newest
    assert all(room.check())


def test_the_whole_folder_is_put_back(rooms: Callable[..., Room], tmp_path: Path) -> None:
    room = rooms()
    room.talk()
    room.bench.journal.close()
    shutil.copytree(room.path.parent, tmp_path / "old")
    room.start()
    room.talk(20)
    room.bench.journal.close()
    shutil.rmtree(room.path.parent)
    shutil.copytree(tmp_path / "old", room.path.parent)
    room.start()
    room.talk(30, to=0)
    assert all(room.check())


def test_the_journal_of_another_room_is_put_in(rooms: Callable[..., Room]) -> None:
    room, other = rooms(), rooms()
    room.talk()
    other.talk(40)
    for one in (room, other):
        one.bench.journal.close()
    name = other.bench.journal.id
    replace(other.path, room.path)
    room.start()
    assert room.bench.journal.id not in (name, room.clients[0].journal)
    room.bench.register(worker=1)
    room.bench.expire()
    assert all(room.check())


def test_a_copy_goes_on_in_another_folder(rooms: Callable[..., Room], tmp_path: Path) -> None:
    room = rooms()
    room.talk()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    backup(room.path, elsewhere / room.path.name)
    room.talk()
    room.bench.journal.close()
    room.path = room.bench.path = elsewhere / room.path.name
    room.start()
    assert all(room.check())


@pytest.mark.parametrize("with_log", [True, False])
def test_the_journal_is_deleted(rooms: Callable[..., Room], *, with_log: bool) -> None:
    room = rooms()
    room.talk()
    room.kill()
    room.path.unlink()
    if not with_log:
        remove_log(room.path)
    room.start()
    assert room.bench.journal.newest() == 0
    room.clients[0].guest = room.bench.join("eve")
    room.talk(30, to=0)
    room.clients[0].name = "eve"
    assert all(client.resume(room.bench) for client in room.clients)


def test_the_marker_is_deleted(rooms: Callable[..., Room]) -> None:
    room = rooms()
    room.talk()
    room.bench.journal.close()
    marker.path_of(room.path).write_bytes(b"damaged")
    room.start()
    assert all(room.check())


# --- while the room runs -----------------------------------------------------------------


@pytest.mark.parametrize("how", [overwrite, replace])
def test_a_copy_that_is_put_back_under_a_running_room_ends_it(
    rooms: Callable[..., Room], tmp_path: Path, how: Callable[[Path, Path], None]
) -> None:
    room = rooms()
    room.talk()
    backup(room.path, tmp_path / "old")
    room.talk(200)
    room.bench.journal.file_identity.checkpoint(room.bench.journal._db)
    how(tmp_path / "old", room.path)
    with pytest.raises(OvertakenError, match="replaced"):
        room.bench.journal.check_file()
    with pytest.raises(OvertakenError, match="replaced"):  # also if nobody looks
        room.talk(1000, to=0)
    dead = room.bench.journal._db  # its process has ended: it writes nothing any more
    dead.setconfig(sqlite3.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, True)
    dead.close()
    room.start()
    room.talk(300, to=0)
    assert all(room.check())


def test_a_journal_that_is_deleted_under_a_running_room_ends_it(
    rooms: Callable[..., Room],
) -> None:
    room = rooms()
    room.talk()
    room.bench.journal.check_file()
    room.path.unlink()
    with pytest.raises(OvertakenError, match="replaced"):
        room.bench.journal.check_file()


def test_without_a_marker_nothing_is_given_out(
    rooms: Callable[..., Room], monkeypatch: pytest.MonkeyPatch
) -> None:
    room = rooms()
    room.talk()
    room.bench.journal.close()
    marker.path_of(room.path).unlink()
    room.start()
    with monkeypatch.context() as patch:

        def full(path: Path, first: marker.Marked) -> None:
            raise OSError(28, "No space left on device")

        patch.setattr(marker, "_create", full)
        with pytest.raises(StorageError, match="No space"):
            room.talk(1)
    assert all(room.check())


# --- members and their messages ----------------------------------------------------------


def test_a_message_that_is_sent_again_is_neither_lost_nor_doubled(
    rooms: Callable[..., Room], tmp_path: Path
) -> None:
    """One was in the copy, one was not; the outbox sends both again."""
    room = rooms()
    bench, ada = room.bench, room.clients[0]
    assert bench.say(ada.guest, "in the copy") is None
    backup(room.path, tmp_path / "old")
    assert bench.say(ada.guest, "after the copy") is None
    late = bench.join("eve")
    bench.journal.close()
    replace(tmp_path / "old", room.path)
    room.start()
    request = join_request(token=ada.guest.place.token)
    place = bench.ask(request)
    assert isinstance(place, JoinAccepted)
    again = Guest(place, request.connection)
    repeated = bench.say(again, "in the copy")
    assert repeated
    assert repeated.seq
    assert bench.say(again, "after the copy") is None
    assert bench.refused(token=late.place.token) == "bad_token"
    assert bench.join("eve").place.member > late.place.member, "numbers are not used again"


def test_members_who_left_after_the_copy_leave_again(
    rooms: Callable[..., Room], tmp_path: Path
) -> None:
    room = rooms()
    backup(room.path, tmp_path / "old")
    room.bench.leave(room.clients[1].guest)
    room.bench.journal.close()
    replace(tmp_path / "old", room.path)
    room.start()
    assert room.bench.names == ["ada", "bob"]
    room.bench.register(worker=1)
    room.bench.expire()
    assert room.bench.names == []
