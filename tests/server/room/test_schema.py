"""Journals of all earlier formats go on; each is kept in `formats` as it was written."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from server.room.core import RoomCore
from server.room.storage import schema
from server.room.storage.journal import Journal
from server.room.storage.rescue import remake
from shared.codec import decode_event
from shared.messages import Said, Shared
from tests.server.room.workbench import PEER, Bench

FORMATS = Path(__file__).parent / "formats"


def write(number: int, path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.executescript((FORMATS / f"{number}.sql").read_text())


def bodies(journal: Journal) -> list[bytes]:
    kept = journal.after(1, 100)
    assert kept is not None
    return kept


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize("number", range(1, schema.VERSION))
def test_an_older_journal_is_brought_up_to_date(
    tmp_path: Path, number: int, *, check: bool
) -> None:
    path = tmp_path / "j.sqlite3"
    write(number, path)
    for _ in range(2):
        with closing(Journal(path, check=check)) as journal:
            events = [decode_event(body) for body in bodies(journal)]
            assert [event.seq for event in events] == [2, 3, 4, 5, 6]
            assert [event.member for event in events] == [2, 1, 2, 2, 2]
            said, shared = events[1], events[3]
            assert isinstance(said, Said)
            assert said.text == 'quotes "name": and ünïcode\n\x1f'
            assert isinstance(shared, Shared)
            stored = journal.file("f1")
            assert stored
            assert stored.file == shared.file
            assert journal.identity() == "0123456789abcdef"
            assert journal.first_kept() == 2
            posts = [(1, "k1"), (2, "file k"), (1, "file k")]
            assert journal.keys.find(posts, journal.keys.hashes(posts)) == {
                (1, "k1"): 3,
                (2, "file k"): 5,
            }


@pytest.mark.parametrize("number", range(1, schema.VERSION))
def test_its_tables_and_events_are_those_of_a_new_journal(tmp_path: Path, number: int) -> None:
    write(number, tmp_path / "old.sqlite3")
    with (
        closing(Journal(tmp_path / "old.sqlite3")) as old,
        closing(Journal(tmp_path / "new.sqlite3")) as new,
    ):
        tables = [one._db.execute(schema._TABLES).fetchall() for one in (old, new)]
        assert tables[0] == tables[1]
        assert bodies(old)[2] == (
            b'{"type":"said","seq":4,"at":"2026-11-22T08:00:03.000Z","member":2,"name":"bob",'
            b'"text":"no id"}'
        )


@pytest.mark.parametrize("number", range(1, schema.VERSION))
def test_its_members_are_away_and_come_back(tmp_path: Path, number: int) -> None:
    path = tmp_path / "j.sqlite3"
    write(number, path)
    with closing(Journal(path)) as journal:
        core = RoomCore(journal, 3)
        (ada,) = core.roster.members()
        assert (ada.id, ada.name, ada.token_hash) == (1, "ada", b"\x01" * 32)
        assert (ada.state, ada.disconnected, ada.peer.address) == ("away", 0, "")
        assert core.last_member == 2, "numbers are not used again"


@pytest.mark.parametrize("number", range(1, schema.VERSION))
def test_it_can_be_rescued(tmp_path: Path, number: int) -> None:
    path = tmp_path / "j.sqlite3"
    write(number, path)
    assert remake(path)[0] == 5
    with closing(Journal(path, check=True)) as journal:
        assert [decode_event(body).member for body in bodies(journal)] == [2, 1, 2, 2, 2]
        assert journal.first_kept() == 2
        (ada,) = RoomCore(journal, 3).roster.members()
        assert ada.name == "ada"
        assert journal.counters()[1] == 2


def test_a_rescued_journal_keeps_its_members_and_goes_on(bench: Bench) -> None:
    ada = bench.join("ada")
    bench.say(ada, "k")
    bench.journal.close()
    remake(bench.path)
    bench.reopen()
    assert bench.states == {"ada": "away"}
    again = bench.join(token=ada.place.token, peer=PEER)
    assert bench.say(again, "k") is not None, "it was said before"
    assert bench.join("bob").place.member == 2
