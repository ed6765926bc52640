"""A journal after a crash or a loss of power: nobody keeps an event that is not in it."""

import itertools
import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest

from server.room.storage import marker
from server.room.storage.journal import Journal
from server.settings import Durability
from tests.server.room.tampered_room import (
    DURABILITIES,
    WAL,
    TamperedRoom,
    copy,
    put,
)


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
def test_a_restart_is_not_noticed(
    rooms: Callable[..., TamperedRoom], durability: Durability
) -> None:
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
    rooms: Callable[..., TamperedRoom], reboot: Callable[[], None]
) -> None:
    room = rooms()
    room.talk()
    room.bench.journal.close()
    reboot()
    room.start()
    assert room.check() == [False, False]


def test_with_full_durability_a_power_failure_is_not_noticed(
    rooms: Callable[..., TamperedRoom], reboot: Callable[[], None]
) -> None:
    room = rooms("full")
    room.talk()
    room.kill()
    reboot()
    room.durability = "normal"
    room.start()
    assert room.check() == [False, False]


def test_in_a_quiet_room_a_power_failure_leaves_no_doubt(
    rooms: Callable[..., TamperedRoom], reboot: Callable[[], None]
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


def test_a_start_that_writes_nothing_changes_nothing(
    rooms: Callable[..., TamperedRoom],
) -> None:
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
    rooms: Callable[..., TamperedRoom],
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
