"""A journal that was replaced: nobody keeps an event that is not in it."""

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from server.room.interface import JoinAccepted
from server.room.storage import marker
from server.room.storage.errors import OvertakenError, StorageError
from server.settings import Durability
from tests.server.room.tampered_room import (
    DURABILITIES,
    TamperedRoom,
    copy,
    put,
    remove_log,
)
from tests.server.room.workbench import Guest, join_request
from tests.support.journal_copies import backup, overwrite, replace

# --- the file was replaced ---------------------------------------------------------------


@pytest.mark.parametrize("without", [{}, {"after_at": None}])
@pytest.mark.parametrize("leave_log", [True, False])
@pytest.mark.parametrize("how", [overwrite, replace])
@pytest.mark.parametrize("killed", [True, False])
@pytest.mark.parametrize("durability", DURABILITIES)
def test_an_older_copy_is_put_back(
    rooms: Callable[..., TamperedRoom],
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


def test_an_older_copy_with_its_log_is_put_back(rooms: Callable[..., TamperedRoom]) -> None:
    room = rooms()
    room.talk()
    older = copy(room.path)
    del older[marker.path_of(room.path).name]
    room.talk(20)
    room.kill()
    newest = room.bench.journal.newest()
    put(older, room.path)
    room.start()
    assert newest
    assert all(room.check())


def test_the_whole_folder_is_put_back(
    rooms: Callable[..., TamperedRoom], tmp_path: Path
) -> None:
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


def test_the_journal_of_another_room_is_put_in(rooms: Callable[..., TamperedRoom]) -> None:
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


def test_a_copy_goes_on_in_another_folder(
    rooms: Callable[..., TamperedRoom], tmp_path: Path
) -> None:
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
def test_the_journal_is_deleted(rooms: Callable[..., TamperedRoom], *, with_log: bool) -> None:
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


def test_the_marker_is_deleted(rooms: Callable[..., TamperedRoom]) -> None:
    room = rooms()
    room.talk()
    room.bench.journal.close()
    marker.path_of(room.path).write_bytes(b"damaged")
    room.start()
    assert all(room.check())


# --- while the room runs -----------------------------------------------------------------


@pytest.mark.parametrize("how", [overwrite, replace])
def test_a_copy_that_is_put_back_under_a_running_room_ends_it(
    rooms: Callable[..., TamperedRoom], tmp_path: Path, how: Callable[[Path, Path], None]
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
    rooms: Callable[..., TamperedRoom],
) -> None:
    room = rooms()
    room.talk()
    room.bench.journal.check_file()
    room.path.unlink()
    with pytest.raises(OvertakenError, match="replaced"):
        room.bench.journal.check_file()


def test_without_a_marker_nothing_is_given_out(
    rooms: Callable[..., TamperedRoom], monkeypatch: pytest.MonkeyPatch
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
    rooms: Callable[..., TamperedRoom], tmp_path: Path
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
    rooms: Callable[..., TamperedRoom], tmp_path: Path
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
