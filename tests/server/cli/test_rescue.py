"""`rescue`: what can be read of a damaged journal is saved."""

import os
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest

from server.room.storage import rescue
from tests.server.cli.house import House


def test_a_whole_journal_is_left_alone(house: House) -> None:
    before = house.snapshot()
    status, out, err = house.run("rescue")
    assert (status, err) == (0, "")
    assert out == "The journal is whole: there is nothing to rescue.\n"
    assert house.snapshot() == before


def damage_page(house: House) -> None:
    data = bytearray(house.journal.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 4096] = b"\xa5" * 4096
    house.journal.write_bytes(data)


def lose_an_event(house: House) -> None:
    with closing(sqlite3.connect(house.journal, autocommit=True)) as db:
        db.execute("DELETE FROM event WHERE seq = 3")


@pytest.mark.parametrize("damage", [damage_page, lose_an_event])
def test_a_damaged_journal_is_rescued(house: House, damage: Callable[[House], None]) -> None:
    house.say(200)
    damage(house)
    broken = house.journal.read_bytes()
    status, out, err = house.run("rescue")
    assert (status, err) == (0, "")
    assert out.startswith("Saved ")
    (aside,) = house.data.glob("journal.damaged-*.sqlite3")
    assert aside.read_bytes() == broken
    assert house.texts()[:2] == ["hello 1", "hello 2"]
    assert not list(house.data.glob("*.rescued*"))
    status, out, _ = house.run("rescue")
    assert (status, "nothing to rescue" in out) == (0, True)


def test_a_rescue_without_a_journal(house: House) -> None:
    house.journal.unlink()
    assert "There is no journal in" in house.refused("rescue")


def test_a_journal_of_a_later_format_is_not_rescued(house: House) -> None:
    with closing(sqlite3.connect(house.journal)) as db:
        db.execute("PRAGMA user_version = 99")
    assert "Another version of Chatroom" in house.refused("rescue")


def test_an_interrupted_rescue_changes_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_an_event(house)
    monkeypatch.setattr(rescue, "_append", lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    before = house.snapshot()
    status, _, err = house.run("rescue")
    assert (status, err) == (130, "chatroom: Interrupted. Nothing was changed.\n")
    assert house.snapshot() == before
