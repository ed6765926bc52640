"""Journals of all earlier formats go on; each is kept in `formats` as it was written."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from server.room.core import RoomCore
from server.room.interface import Peer
from server.room.moderation import RoomState, Saved
from server.room.operations import OwnerKey
from server.room.storage import moderation_tables, schema
from server.room.storage.journal import Journal
from server.room.storage.rescue import is_whole, remake
from shared.codec import decode_event
from shared.conversation import Edit, Pin, Rename, SetNote
from shared.messages import Said, Shared
from shared.moderation import Ban, Delete, Kick, Mute, Slow
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
            assert (journal.pins(), journal.edits_of(3)) == ([], [])
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


@pytest.mark.parametrize("number", range(1, schema.VERSION))
def test_it_has_no_moderation_yet(tmp_path: Path, number: int) -> None:
    path = tmp_path / "j.sqlite3"
    write(number, path)
    with closing(Journal(path)) as journal:
        assert journal.moderation() == Saved(RoomState(), [], {})
        (ada,) = journal.members()
        assert (ada.role, ada.device, ada.muted, ada.note) == ("member", b"", "", "")
        if number >= 6:
            assert journal.recent()["bob"].role == "member"


def test_a_rescued_journal_keeps_moderation(bench: Bench) -> None:
    bench.perform(OwnerKey(b"K" * 32))
    ann, eve = bench.join("ann", owner=b"K" * 32), bench.join("eve", device=b"D" * 32)
    for request in (
        Slow(id="s", seconds=9),
        Mute(id="m", target="eve", minutes=9),
        Ban(id="b", target="eve", minutes=0),
        Kick(id="k", target=bench.join("joe").place.member),
    ):
        assert bench.act(ann, request) is None
    before = bench.journal.moderation()
    audit = moderation_tables.audit(bench.journal._db)
    bench.journal.close()
    remake(bench.path)
    bench.reopen()
    assert bench.journal.moderation() == before
    assert moderation_tables.audit(bench.journal._db) == audit
    assert bench.core.roster.members()[0].role == "owner"
    assert bench.refused("x", token=eve.place.token) == "banned"


def test_a_rescued_journal_keeps_changes(bench: Bench) -> None:
    bench.perform(OwnerKey(b"K" * 32))
    ann, eve = bench.join("ann", owner=b"K" * 32), bench.join("eve")
    for number in range(3):
        bench.say(eve, f"k{number}", f"{number}")
    for request in (Pin(id="p1", seq=6, on=True), Pin(id="p2", seq=4, on=True)):
        bench.act(ann, request)
    bench.act(eve, Edit(id="e", seq=5, text="secret"))
    bench.act(eve, SetNote(id="n", text="at lunch"))
    bench.act(eve, Rename(id="r", name="zoe"))
    kept = bodies(bench.journal)
    bench.journal.close()
    remake(bench.path)
    bench.reopen()
    assert bodies(bench.journal) == kept
    assert bench.journal.pins() == [6, 4]
    assert bench.journal.edits_of(5) == [9]
    assert not bench.journal.erasing.waiting
    assert [(one.name, one.note) for one in bench.core.roster.members()] == [
        ("ann", ""),
        ("zoe", "at lunch"),
    ]
    again = bench.join("x", token=eve.place.token)
    bench.act(again, Delete(id="d", seq=5))
    assert b"secret" not in b"".join(bodies(bench.journal))


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE pin SET since = 'x'",
        "INSERT INTO pin VALUES (1, 1)",
        "INSERT INTO pin VALUES (99, 1)",
        "UPDATE edit SET target = 'x'",
        "UPDATE member SET note = hex(zeroblob(99))",
        "UPDATE member SET note = x'00'",
        "UPDATE member SET noted = zeroblob(9999)",
    ],
)
def test_damaged_changes_do_not_prevent_a_rescue(bench: Bench, damage: str) -> None:
    ada = bench.join("ada")
    bench.say(ada, "k")
    bench.act(None, Pin(id="p", seq=2, on=True))
    bench.act(ada, Edit(id="e", seq=2, text="two"))
    bench.journal.close()
    with closing(sqlite3.connect(bench.path, autocommit=True)) as db:
        db.execute(damage)
    assert not is_whole(bench.path)
    remake(bench.path)
    assert is_whole(bench.path)
    bench.reopen()
    assert (bench.names, bench.journal.pins()) == (["ada"], [2])


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE room SET slow = 'x'",
        "UPDATE restriction SET until = 'x'",
        "UPDATE restriction SET device = 5",
        "UPDATE restriction SET kind = 'x'",
        "UPDATE restriction SET number = 9223372036854775807",
        "UPDATE room SET last = 9223372036854775807",
        "UPDATE room SET slow = 4000",
        "UPDATE room SET topic = hex(zeroblob(200))",
        "UPDATE restriction SET text = hex(zeroblob(200))",
        "UPDATE ended SET ban = x'00'",
        "UPDATE act SET name = x'07'",
        "UPDATE member SET device = 'x'",
        "UPDATE member SET muted = 'x'",
        "UPDATE member SET spoke = 'x'",
        "UPDATE recent SET at = 'x'",
        "UPDATE recent SET at = '2026-11-22T08:00:00'",
        "UPDATE restriction SET until = '9999-11-22T08:00:00'",
        "UPDATE recent SET spoke = 'x'",
        "UPDATE recent SET device = 'x'",
    ],
)
def test_damaged_moderation_does_not_prevent_a_rescue(bench: Bench, damage: str) -> None:
    bench.join("eve", device=b"D" * 32)
    bench.act(None, Ban(id="b", target="eve", minutes=5))
    bench.join("ada", peer=Peer("10.0.0.2", 1, ""))
    bench.journal.close()
    with closing(sqlite3.connect(bench.path, autocommit=True)) as db:
        db.execute(damage)
    assert not is_whole(bench.path)
    remake(bench.path)
    bench.reopen()
    assert bench.names == ["ada"]
    bench.act(None, Ban(id="c", target="ada", minutes=5))


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
