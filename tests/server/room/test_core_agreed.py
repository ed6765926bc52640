"""What several hosts decide together, in the core: rules, old events, what has no effect."""

import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from server.room import events
from server.room.interface import JoinAccepted, Post
from server.room.operations import (
    Forget,
    Join,
    OwnerKey,
    Rules,
)
from shared.conversation import Edit
from tests.server.room.conftest import OpenHosts
from tests.server.room.hosts_bench import RULES, HostsBench, agree, kept_numbers, says
from tests.server.room.workbench import (
    Bench,
    code,
    join_operation,
    join_request,
)

# --- what the hosts agree on -------------------------------------------------------------


def test_the_first_agreement_holds(open_hosts: OpenHosts) -> None:
    room = open_hosts(founded=False)
    room.entry("b", agree(b'{"grace":1}'))
    room.entry("a", agree(b'{"grace":2}'))
    assert room.core.agreed == agree(b'{"grace":1}')
    room.reopen()
    assert room.core.agreed == agree(b'{"grace":1}')


def test_a_later_agreement_holds_only_if_it_knows_the_last(room: HostsBench) -> None:
    first, second = room.core.agreed, agree(b'{"grace":2}', agree())
    room.entry("b", second)
    assert room.core.agreed == second
    room.entry("c", agree(b'{"grace":3}', first))
    room.entry("c", agree(b'{"grace":4}'))
    assert room.core.agreed == second
    room.entry("c", agree(b'{"grace":5}', second), agree(b'{"grace":6}', second))
    assert room.core.agreed is not None
    assert room.core.agreed.settings == b'{"grace":5}'


def test_of_two_changes_of_the_rules_at_once_one_holds(room: HostsBench) -> None:
    last = room.core.agreed
    room.entry("b", agree(last=last, rules=replace(RULES, max_users=5)))
    room.entry("c", agree(last=last, rules=replace(RULES, max_users=7)))
    assert room.core.agreed is not None
    assert room.core.agreed.rules.max_users == 5


def test_rules_hold_from_the_next_entry_on(room: HostsBench) -> None:
    guests = [room.join_at("b", name) for name in ("ada", "bob", "eve")]
    assert room.refused("joe") == "room_full"
    assert room.say(guests[0], "1") is None
    edit = Edit(id="e", seq=4, text="better")
    room.wall += 30
    assert room.act(guests[0], edit) is None
    room.entry("c", agree(last=agree(), rules=Rules(max_users=4, history=2, edit_window=10.0)))
    for again in range(2):
        assert code(room.act(guests[0], replace(edit, id=f"f{again}"))) == "forbidden"
        assert room.journal.first_kept() == room.journal.newest() - 1
        assert room.core.roster.capacity == 4
        room.reopen()
    joe = room.join_at("b", "joe")
    assert joe.place.max_users == 4
    assert joe.place.start >= room.journal.newest() - 3


def test_connections_from_before_there_were_several_hosts_have_ended(
    tmp_path: Path, open_hosts: OpenHosts
) -> None:
    """The room process of the single host was killed: its journal has them still."""
    with closing(Bench(tmp_path / "0.sqlite3")) as single:
        single.join("ada")
        single.journal.adopt("journal")
        path = single.path
    with closing(HostsBench(path, founded=False)) as room:
        room.events = single.events
        assert room.states == {"ada": "active"}
        outcome = room.entry("a", agree(newest=1))
        assert (room.states, outcome.disconnected) == ({"ada": "away"}, [1])
        room.join_at("b", "bob")
        room.entry("a", agree(b"{1}"), agree(last=room.core.agreed))
        assert room.states == {"ada": "away", "bob": "active"}


# --- old events --------------------------------------------------------------------------


def test_forgotten_events_count_as_gone_at_once(room: HostsBench) -> None:
    ada = room.join_at("a", "ada")
    for number in range(9):
        room.say(ada, f"{number}")
    room.entry("c", Forget(6))
    for name in ("bob", "eve"):
        assert room.journal.first_kept() == 6
        assert code(room.say(ada, "r", reply_to=5)) == "not_found"
        assert room.join_at("b", name, history=50).place.start == 5
        room.reopen()
    room.entry("c", Forget(3))
    assert room.journal.first_kept() == 6, "what is gone does not come back"


def test_no_more_is_forgotten_than_there_is(room: HostsBench) -> None:
    ada = room.join_at("a", "ada")
    room.entry("c", Forget(1_000))
    assert room.journal.first_kept() <= room.journal.newest() + 1
    room.say(ada, "1")
    assert room.join_at("b", "bob").place.start <= room.journal.newest()
    assert room.journal.event(2) is not None


# --- an operation that cannot be carried out ---------------------------------------------


def broken_join() -> Join:
    """SQLite takes no such number: this fails only when it is written."""
    return replace(join_operation(join_request("eve")), connection=2**63 + 1)


def raising(room: HostsBench, monkeypatch: pytest.MonkeyPatch) -> Post:
    """A post at which the rules raise."""
    real = events.event

    def event(kind: bytes, seq: int, at: bytes, member: int, tail: bytes) -> bytes:
        if b"fatal" in tail:
            raise KeyError("!")
        return real(kind, seq, at, member, tail)

    monkeypatch.setattr(events, "event", event)
    return Post(member=1, connection=0, key="f", tail=b'"fatal"')


@pytest.mark.parametrize("when", ["decided", "written"])
def test_an_entry_that_raises_has_no_effect_and_everything_goes_on(
    room: HostsBench, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    ada = room.join_at("a", "ada")
    bad = raising(room, monkeypatch) if when == "decided" else broken_join()
    before = room.states, room.journal.newest(), room.core.last_member
    outcome = room.entry(
        "b", says(ada, "1"), join_operation(join_request("bob")), OwnerKey(b"k" * 32), bad
    )
    assert (room.states, room.journal.newest(), room.core.last_member) == before
    assert room.core.moderation.room.owner == b""
    assert isinstance(outcome.fault, KeyError if when == "decided" else Exception)
    answers = [code(answer) if answer else None for answer in outcome.answers]
    assert answers[:3] == ["bad_request", "unavailable", None]
    assert answers[3] == ("bad_request" if when == "decided" else "unavailable")
    assert kept_numbers(room)[0] == room.position, "it is not tried at the next start"
    assert not room.entry("b", says(ada, "1"), number=1).written
    assert room.entry("b", says(ada, "1")).answers == [None]
    room.reopen()
    assert room.say(ada, "2") is None


def test_on_a_single_host_it_ends_the_room_process(room: HostsBench) -> None:
    with pytest.raises(OverflowError):
        room.core.apply(99, "2027-01-15T08:00:00.000Z", [broken_join()])


def test_an_error_of_the_disk_is_no_fault_of_the_entry(room: HostsBench) -> None:
    def fail(*_: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    ada = room.join_at("a", "ada")
    room.journal.keys.find = fail  # type: ignore[assignment, method-assign]
    with pytest.raises(sqlite3.OperationalError):
        room.entry("b", says(ada, "1"))


def test_what_a_join_is_told_is_what_holds_at_its_turn(room: HostsBench) -> None:
    ada = room.join_at("a", "ada")
    request = join_operation(join_request("bob"))
    outcome = room.entry("b", says(ada, "1"), request, says(ada, "2"))
    accepted = outcome.answers[1]
    assert isinstance(accepted, JoinAccepted)
    assert accepted.seq == 3
    assert [one["name"] for one in msgspec.json.decode(bytes(accepted.members) + b"]")] == [
        "ada",
        "bob",
    ]
