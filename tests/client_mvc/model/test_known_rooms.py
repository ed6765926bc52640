"""Rooms by their keys: which is where, and what is kept of them."""

import stat
from pathlib import Path

import pytest

from client_mvc.model import known_rooms
from client_mvc.model.known_rooms import KnownRoom
from client_mvc.model.preferences import Preferences

A, B = "a" * 64, "b" * 64
HERE, THERE = "192.0.2.1:18000", "192.0.2.2:18000"


def room(key: str, *addresses: str, **fields: object) -> KnownRoom:
    return KnownRoom(key=key, addresses=addresses, **fields)  # type: ignore[arg-type]


def test_a_room_is_the_same_at_another_address() -> None:
    rooms = known_rooms.add((room(A, HERE, name="ops", journals=("j1",)),), room(A, THERE))
    assert rooms == (room(A, THERE, HERE, name="ops", journals=("j1",)),)


def test_an_address_belongs_to_the_room_last_joined_there() -> None:
    rooms = known_rooms.add((room(A, HERE, THERE),), room(B, HERE))
    assert rooms == (room(B, HERE), room(A, THERE))
    assert known_rooms.at(rooms, HERE) == room(B, HERE)


def test_a_room_stays_known_without_an_address() -> None:
    rooms = known_rooms.add((room(A, HERE),), room(B, HERE))
    assert known_rooms.with_key(rooms, A) == room(A)


def test_encryption_takes_the_place_of_a_room_without() -> None:
    assert known_rooms.add((room("", HERE, journals=("j1",)),), room(A, HERE)) == (
        room(A, HERE),
    )


def test_a_renewed_certificate_takes_the_place_of_the_one_before() -> None:
    before, after = room(A, HERE, system=True), room(B, HERE, system=True)
    assert known_rooms.add((before,), after) == (after,)


def test_a_room_without_encryption_is_that_of_the_last_answer() -> None:
    before, after = room("", HERE, journals=("j1",)), room("", HERE, journals=("j2",))
    assert known_rooms.add((before,), after) == (after,)


def test_the_key_of_a_journal() -> None:
    rooms = (room(A, journals=("j1", "j2")), room(B, journals=("j2",)))
    assert known_rooms.key_of_journal(rooms, "j2") == A
    assert known_rooms.key_of_journal(rooms, "j2", first=B) == B
    assert known_rooms.key_of_journal(rooms, "j3") == ""


def test_the_oldest_rooms_go_first() -> None:
    rooms: tuple[KnownRoom, ...] = ()
    for number in range(known_rooms.MOST + 2):
        rooms = known_rooms.add(rooms, room(f"{number:064x}", HERE))
    assert len(rooms) == known_rooms.MOST
    assert rooms[-1].key == f"{2:064x}"


class TestOnDisk:
    def test_two_clients_add_rooms(self, tmp_path: Path) -> None:
        one, two = Preferences(tmp_path), Preferences(tmp_path)
        one.know(room(A, HERE))
        two.know(room(B, THERE))
        one.choose(bell=False)
        assert [each.key for each in one.read_rooms()] == [B, A]
        one.forget(room(A))
        assert two.read_rooms() == (room(B, THERE),)

    def test_only_this_user_may_read_them(self, tmp_path: Path) -> None:
        Preferences(tmp_path).know(room(A, HERE))
        mode = (tmp_path / "preferences.json").stat().st_mode
        assert stat.S_IMODE(mode) == 0o600

    def test_a_damaged_one_costs_no_other(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        Preferences(tmp_path).know(room(A, HERE))
        file = tmp_path / "preferences.json"
        file.write_text(file.read_text().replace('"rooms": [', '"rooms": [{"key": "x"}, 7,'))
        assert Preferences(tmp_path).read_rooms() == (room(A, HERE),)
        assert "known room ignored" in caplog.text
        caplog.clear()
