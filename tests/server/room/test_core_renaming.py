"""Other names of members, and what they say of themselves."""

from itertools import count
from typing import Any

import msgspec
import pytest

from server.room import events
from server.room.interface import Act, Post, PostResult
from server.room.operations import OwnerKey
from shared.conversation import Rename, Renamed, SetNote
from shared.moderation import Ban, Kick, Mute
from tests.server.room.conftest import OpenBench
from tests.server.room.workbench import Bench, Guest, post

KEY = b"K" * 32
_ids = count()


class Room:
    """A room with an owner (ann) and a member (bob)."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        bench.perform(OwnerKey(KEY))
        self.ann, self.bob = bench.join("ann", owner=KEY), bench.join("bob")

    def rename(self, guest: Guest, name: str, id: str = "") -> str:
        """Returns the new name, or the code of the problem."""
        answer = self.bench.act(guest, Rename(id=id or f"n{next(_ids)}", name=name))
        assert answer is not None
        return answer.problem.code if answer.problem else answer.name

    def note(self, guest: Guest, text: str, id: str = "") -> PostResult | None:
        return self.bench.act(guest, SetNote(id=id or f"s{next(_ids)}", text=text))

    def listed(self) -> list[dict[str, Any]]:
        listing = bytes(self.bench.core.roster.listing()) + b"]"
        return msgspec.json.decode(listing)  # type: ignore[no-any-return]

    def last_signal(self) -> dict[str, Any]:
        return msgspec.json.decode(self.bench.signals[-1][1])  # type: ignore[no-any-return]


@pytest.fixture
def room(open_bench: OpenBench) -> Room:
    return Room(open_bench(max_users=4))


# --- names -------------------------------------------------------------------------------


async def test_a_member_has_another_name(room: Room) -> None:
    assert room.rename(room.bob, "zoe", "n") == "zoe"
    renamed = room.bench.events[-1]
    assert isinstance(renamed, Renamed)
    assert (renamed.name, renamed.to, renamed.member, renamed.id) == ("bob", "zoe", 2, "n")
    assert [one["name"] for one in room.listed()] == ["ann", "zoe"]
    assert room.bench.signals[-2:][0] == ("bob", b"")
    assert room.last_signal() == {
        "type": "presence", "name": "zoe", "state": "active", "member": 2,
    }  # fmt: skip
    room.bench.reopen()
    assert room.bench.names == ["ann", "zoe"]
    again = room.bench.join("x", token=room.bob.place.token)
    assert (again.place.member, again.place.name) == (2, "zoe")


async def test_a_rename_sent_again_answers_with_the_name_of_now(room: Room) -> None:
    room.rename(room.bob, "zoe", "n")
    room.rename(room.bob, "joe", "n2")
    assert room.bench.act(room.bob, Rename(id="n", name="zoe")) == PostResult(4, name="joe")


async def test_names_that_are_refused_as_those_of_joins_are(room: Room) -> None:
    room.bench.act(room.ann, Ban(id="b", target=room.bench.join("eve").place.name, minutes=0))
    room.bench.act(room.ann, Kick(id="k", target=room.bench.join("joe").place.name))
    for name, problem in (
        ("ann", "name_taken"),
        ("ANN", "name_taken"),
        ("аnn", "bad_name"),  # noqa: RUF001 - of two scripts
        ("not a name", "bad_name"),
        ("", "bad_name"),
        ("server", "bad_name"),
        ("eve", "banned"),
        ("j0e", "name_taken"),
        ("joe", "name_taken"),
    ):
        assert room.rename(room.bob, name) == problem, name
    assert room.bench.names == ["ann", "bob"]


async def test_a_full_room_does_not_matter(open_bench: OpenBench) -> None:
    room = Room(open_bench(max_users=2))
    assert room.rename(room.bob, "zoe") == "zoe"


@pytest.mark.parametrize("name", ["bob", "BOB", "Bob", "b0b"])
async def test_the_own_name_written_in_another_way(room: Room, name: str) -> None:
    assert room.rename(room.bob, name) == name
    assert room.rename(room.bob, "bob") == "bob"
    assert room.bench.names == ["ann", "bob"]


async def test_the_former_name_is_free_but_nothing_like_it(room: Room) -> None:
    room.rename(room.bob, "zoe")
    assert room.bench.refused("b0b") == "name_taken"
    assert room.bench.refused("zoe") == "name_taken"
    other = room.bench.join("bob")
    assert other.place.member == 3
    room.bench.leave(other)
    room.bench.reopen()
    assert room.bench.refused("b0b") == "name_taken"


async def test_one_member_keeps_few_former_names_from_others(room: Room) -> None:
    for name in ("one", "two", "three", "four", "five"):
        room.rename(room.bob, name)
    recent = [one.name for one in room.bench.core.roster.recent.values()]
    assert recent == ["two", "three", "four"]
    room.bench.reopen()
    assert [one.name for one in room.bench.core.roster.recent.values()] == recent


async def test_names_in_the_order_in_which_they_were_given_up(room: Room) -> None:
    others = [room.bench.join(name) for name in ("eve", "joe")]
    room.bench.perform(others[0].leaves, others[1].leaves, _rename(room.bob, "zoe"))
    recent = list(room.bench.core.roster.recent.items())
    assert [one.name for _, one in recent] == ["eve", "joe", "bob"]
    room.bench.reopen()
    assert list(room.bench.core.roster.recent.items()) == recent


def _rename(guest: Guest, name: str) -> Act:
    return Act(
        member=guest.place.member, connection=guest.connection, key=f"n{next(_ids)}",
        request=Rename(id="n", name=name),
    )  # fmt: skip


async def test_acts_on_the_former_name_are_on_its_member(room: Room) -> None:
    room.rename(room.bob, "zoe")
    assert room.bench.act(room.ann, Kick(id="k", target="bob")) is None
    assert room.bench.names == ["ann"]


async def test_messages_have_the_name_of_now(room: Room) -> None:
    said = post(room.bob.place, room.bob.connection, "k", '"name":"bob"')
    room.bench.perform(_rename(room.bob, "zoé"), said)
    assert (room.bench.events[-1].name, room.bench.events[-1].member) == ("zoé", 2)
    assert getattr(room.bench.events[-1], "text", "") == '"name":"bob"'
    room.bench.reopen()
    late = Post(member=2, connection=0, key="file k", tail=events.said("bob", "late", "k2"))
    room.bench.perform(late)
    assert room.bench.events[-1].name == "zoé"


async def test_a_muted_member_keeps_its_name(room: Room) -> None:
    room.bench.act(room.ann, Mute(id="m", target="bob", minutes=5))
    assert room.rename(room.bob, "zoe") == "muted"
    assert room.note(room.bob, "here").problem.code == "muted"


async def test_the_name_of_who_is_muted_is_no_way_out(room: Room) -> None:
    eve = room.bench.join("eve")
    room.bench.act(room.ann, Mute(id="m", target="eve", minutes=5))
    room.bench.leave(eve)
    assert room.rename(room.bob, "eve") == "eve"
    assert room.listed()[1]["muted"]


# --- notes -------------------------------------------------------------------------------


async def test_a_note_is_shown_with_the_member(room: Room) -> None:
    before = len(room.bench.events)
    answer = room.note(room.bob, "at lunch", "s")
    assert answer is not None
    assert answer.presence is not None
    assert (answer.presence.note, answer.presence.id) == ("at lunch", "s")
    assert len(room.bench.events) == before
    expected = {
        "type": "presence", "name": "bob", "state": "active", "member": 2, "note": "at lunch",
    }  # fmt: skip
    assert room.last_signal() == expected
    assert room.listed()[1]["note"] == "at lunch"
    room.bench.drop(room.bob)
    assert room.last_signal() == expected | {"state": "away"}
    room.bench.reopen()
    assert room.listed()[1]["note"] == "at lunch"
    again = room.bench.join("x", token=room.bob.place.token)
    room.note(again, "")
    assert "note" not in room.listed()[1]
    assert "note" not in room.last_signal()


async def test_a_note_sent_again_is_answered_and_not_set_again(room: Room) -> None:
    room.note(room.bob, "one", "s1")
    room.note(room.bob, "two", "s2")
    signals = len(room.bench.signals)
    for _ in range(2):
        answer = room.note(room.bob, "one", "s1")
        assert answer is not None
        assert answer.presence is not None
        assert (answer.presence.note, answer.presence.id) == ("two", "s1")
        room.bench.reopen()
    assert len(room.bench.signals) == signals
    assert room.bench.core.roster.members()[1].note == "two"


async def test_many_notes(room: Room) -> None:
    for number in range(70):
        room.note(room.bob, f"{number}", f"s{number}")
    noted = room.bench.core.roster.members()[1].noted
    assert len(noted) == 64 * 8
    assert room.note(room.bob, "6", "s6") is not None
    assert room.bench.core.roster.members()[1].note == "69"


async def test_a_note_ends_with_the_membership(room: Room) -> None:
    room.note(room.bob, "at lunch")
    room.bench.leave(room.bob)
    room.bench.join("bob")
    assert "note" not in room.listed()[1]
