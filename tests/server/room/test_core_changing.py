"""Edits, reactions, pins and replies: who may, and what everybody gets from then on."""

from itertools import count
from typing import Any

import msgspec
import pytest
from msgspec import UNSET

from server.room.interface import Act, JoinAccepted, PostResult
from server.room.operations import OwnerKey
from server.room.storage import moderation_tables
from server.room.storage.errors import StorageError
from shared import limits
from shared.codec import decode_event
from shared.conversation import (
    ConversationRequest,
    Edit,
    Edited,
    Pin,
    Pinned,
    Quote,
    React,
    Reacted,
    Reactor,
)
from shared.messages import Said, Shared
from shared.moderation import MODERATOR, Delete, Mute, SetRole
from tests.server.room.conftest import OpenBench
from tests.server.room.test_core_deleting import share
from tests.server.room.workbench import Bench, FlakyJournal, Guest, code, join_request, post

KEY = b"K" * 32
_ids = count()


class Room:
    """A room with an owner (ann) and a member (bob), who said "one" (seq 4)."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        bench.perform(OwnerKey(KEY))
        self.ann, self.bob = bench.join("ann", owner=KEY), bench.join("bob")
        bench.say(self.bob, "k", "one")

    def does(self, guest: Guest | None, request: ConversationRequest | Delete) -> Any:
        """Carry it out; it must succeed. Returns its event."""
        answer = self.bench.act(guest, request)
        assert answer is None or answer.problem is None, answer
        return self.bench.events[-1]

    def refused(self, guest: Guest | None, request: ConversationRequest) -> str:
        """Returns the code and the rule of the problem."""
        events = len(self.bench.events)
        answer = self.bench.act(guest, request)
        assert answer is not None
        assert answer.problem is not None
        assert len(self.bench.events) == events
        return f"{answer.problem.code}/{answer.problem.params.get('rule', '')}"

    def stands(self, seq: int) -> Any:
        body = self.bench.journal.event(seq)
        assert body
        return decode_event(body)

    def pins(self) -> list[Any]:
        """The pinned events that somebody gets who joins now."""
        answer = self.bench.ask(join_request("x"))
        assert isinstance(answer, JoinAccepted)
        self.bench.leave(Guest(answer, self.bench.core.roster.members()[-1].connection or 0))
        return msgspec.json.decode(answer.pins, type=list[Said | Shared])


@pytest.fixture
def room(bench: Bench) -> Room:
    return Room(bench)


def edit(seq: int = 4, text: str = "two", id: str = "") -> Edit:
    return Edit(id=id or f"e{next(_ids)}", seq=seq, text=text)


def react(seq: int = 4, emoji: str = "👍", *, on: bool = True) -> React:
    return React(id=f"r{next(_ids)}", seq=seq, emoji=emoji, on=on)


def pin(seq: int = 4, *, on: bool = True) -> Pin:
    return Pin(id=f"p{next(_ids)}", seq=seq, on=on)


def delete(seq: int = 4) -> Delete:
    return Delete(id=f"d{next(_ids)}", seq=seq)


# --- edits -------------------------------------------------------------------------------


async def test_a_member_edits_its_own_message(room: Room) -> None:
    room.bench.wall += 60
    edited = room.does(room.bob, edit(id="e"))
    assert isinstance(edited, Edited)
    assert (edited.target, edited.text, edited.name, edited.member, edited.id) == (
        4, "two", "bob", 2, "e",
    )  # fmt: skip
    now = room.stands(4)
    assert (now.text, now.edited, now.id, now.seq) == ("two", edited.at, "k", 4)
    assert now.at < edited.at
    assert room.bench._outcome.rewritten == [(4, room.bench.journal.event(4))]


async def test_an_edit_sent_again_is_not_carried_out_again(room: Room) -> None:
    room.does(room.bob, edit(id="e"))
    room.does(room.bob, edit(text="three"))
    assert room.bench.act(room.bob, edit(id="e")) == PostResult(seq=5)
    room.bench.reopen()
    assert room.bench.act(room.bob, edit(id="e")) == PostResult(seq=5)
    assert room.stands(4).text == "three"


async def test_what_cannot_be_edited(room: Room) -> None:
    room.bench.perform(share(room.bob))
    assert room.refused(room.ann, edit()) == "forbidden/editor"
    assert room.refused(room.bob, edit(5)) == "bad_request/file_edit"
    assert room.refused(room.bob, edit(1)) == "not_found/message"
    assert room.refused(room.bob, edit(99)) == "not_found/message"
    assert room.refused(None, edit()) == "not_joined/"
    room.does(room.bob, delete())
    assert room.refused(room.bob, edit()) == "not_found/message"


async def test_the_time_in_which_a_message_can_be_edited(room: Room) -> None:
    room.bench.core.edit_window = 90.0
    room.bench.wall += 90
    room.does(room.bob, edit())
    room.bench.wall += 0.01
    answer = room.bench.act(room.bob, edit())
    assert answer is not None
    assert answer.problem is not None
    assert answer.problem.params == {"rule": "edit_window", "minutes": 1.5}
    room.bench.core.edit_window = 0.0
    room.bench.say(room.bob, "k2")
    assert room.refused(room.bob, edit(6)) == "forbidden/edit_window", "0 switches it off"


async def test_a_message_is_edited_so_often_and_no_more(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "EDITS", 3)
    acts = [
        Act(member=2, connection=room.bob.connection, key=f"{number}", request=edit())
        for number in range(3)
    ]
    assert all(answer is None for answer in room.bench.answers(*acts[:2]))
    room.bench.reopen()
    room.does(room.bob, edit())
    assert room.refused(room.bob, edit()) == "bad_request/edits"


async def test_after_the_deletion_no_edit_has_a_text(room: Room) -> None:
    room.does(room.bob, edit(text="two"))
    room.does(room.bob, edit(text="three"))
    room.does(room.bob, react())
    room.does(room.ann, pin())
    last = Act(member=2, connection=room.bob.connection, key="last", request=edit(text="four"))
    gone = Act(member=2, connection=room.bob.connection, key="gone", request=delete())
    outcome = room.bench.perform(last, gone)
    live = list(map(decode_event, outcome.bodies))
    assert isinstance(live[0], Edited)
    assert live[0].text == "", "not even the one that came together with the deletion"
    for seq in (5, 6, 9):
        now = room.stands(seq)
        assert isinstance(now, Edited)
        assert (now.seq, now.text, now.target, now.name) == (seq, "", 4, "bob")
        assert now.at
    assert {seq for seq, _ in outcome.rewritten} == {4, 5, 6, 9}
    now = room.stands(4)
    assert (now.text, now.edited, now.reactions, now.pinned) == ("", UNSET, UNSET, UNSET)
    assert room.pins() == []
    assert room.bench.journal.erasing.waiting.keys() == {4}


# --- reactions ---------------------------------------------------------------------------


async def test_reactions(room: Room) -> None:
    reacted = room.does(room.ann, react())
    assert isinstance(reacted, Reacted)
    assert (reacted.target, reacted.emoji, reacted.on, reacted.name) == (4, "👍", True, "ann")
    room.does(room.bob, react())
    room.does(room.bob, react(emoji="😂"))
    ann, bob = Reactor(1, "ann"), Reactor(2, "bob")
    assert room.stands(4).reactions == {"👍": [ann, bob], "😂": [bob]}
    room.does(room.ann, react(on=False))
    room.does(room.bob, react(emoji="😂", on=False))
    assert room.stands(4).reactions == {"👍": [bob]}
    room.does(room.bob, react(on=False))
    assert room.stands(4).reactions is UNSET
    assert not room.bench.journal.erasing.waiting, "nothing has to be cleaned"


async def test_what_one_has_already_or_has_not_changes_nothing(room: Room) -> None:
    room.does(room.ann, react())
    before = room.bench.journal.event(4)
    room.does(room.ann, react())
    room.does(room.ann, react(emoji="😂", on=False))
    assert room.bench.journal.event(4) == before
    assert [type(one) for one in room.bench.events[4:]] == [Reacted] * 3


async def test_reactions_to_what_is_not_there(room: Room) -> None:
    room.bench.perform(share(room.ann))
    room.does(room.bob, react(5))
    assert room.stands(5).reactions
    for seq in (1, 6, 99):
        assert room.refused(room.bob, react(seq)) == "not_found/message"
    room.does(room.ann, delete(5))
    assert room.refused(room.bob, react(5)) == "not_found/message"


async def test_so_many_reactions_and_no_more(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "REACTION_KINDS", 2)
    monkeypatch.setattr(limits, "REACTIONS", 3)
    room.does(room.ann, react(emoji="1"))
    room.does(room.ann, react(emoji="2"))
    assert room.refused(room.ann, react(emoji="3")) == "bad_request/reactions"
    room.does(room.bob, react(emoji="2"))
    assert room.refused(room.bob, react(emoji="1")) == "bad_request/reactions"
    room.does(room.bob, react(emoji="2"))  # that is no more


async def test_the_number_of_a_member_who_left_is_another_ones(room: Room) -> None:
    room.does(room.bob, react())
    room.bench.leave(room.bob)
    again = room.bench.join("bob")
    room.does(again, react(on=False))
    assert room.stands(4).reactions == {"👍": [Reactor(2, "bob")]}


# --- pins --------------------------------------------------------------------------------


async def test_moderators_pin(room: Room) -> None:
    assert room.refused(room.bob, pin()) == "forbidden/moderator"
    room.bench.act(room.ann, SetRole(id="m", target="bob", role=MODERATOR))
    pinned = room.does(room.bob, pin())
    assert isinstance(pinned, Pinned)
    assert (pinned.target, pinned.on, pinned.name) == (4, True, "bob")
    assert room.stands(4).pinned is True
    assert room.pins() == [room.stands(4)]
    room.does(None, pin(on=False))
    assert room.stands(4).pinned is UNSET
    assert room.pins() == []
    audit = moderation_tables.audit(room.bench.journal._db)[:2]
    assert [(one.name, one.act, one.target) for one in audit] == [
        ("server", "unpin", "bob"),
        ("bob", "pin", "bob"),
    ]


async def test_what_cannot_be_pinned(room: Room) -> None:
    assert room.refused(room.ann, pin(1)) == "not_found/message"
    assert room.refused(room.ann, pin(99)) == "not_found/message"
    room.does(room.ann, pin(on=False))
    assert room.pins() == []


async def test_pins_are_in_the_order_of_pinning(room: Room) -> None:
    for number in range(3):
        room.bench.say(room.ann, f"k{number}", f"{number}")
    for seq in (7, 5, 6, 5):
        room.does(room.ann, pin(seq))
    assert [one.seq for one in room.pins()] == [7, 6, 5]
    room.bench.reopen()
    assert [one.seq for one in room.pins()] == [7, 6, 5]


async def test_pins_stand_as_their_events_do(room: Room) -> None:
    room.bench.say(room.ann, "r", "yes", reply_to=4)
    room.does(room.ann, pin(5))
    assert room.pins() == [room.stands(5)]
    room.does(room.bob, edit(text="changed"))
    assert room.pins()[0].quote == Quote("bob", "changed")
    room.does(room.bob, react(5))
    assert room.pins() == [room.stands(5)]
    room.does(room.ann, delete(4))
    assert room.pins()[0].quote == Quote("bob", "")
    room.does(room.ann, delete(5))
    assert room.pins() == []


async def test_the_newest_pins_that_fit(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(23):
        room.bench.say(room.ann, f"k{number}", "x" * 100)
        room.does(room.ann, pin(room.bench.events[-1].seq))
    pins = room.pins()
    assert len(pins) == limits.PINS_SHOWN
    assert pins[-1].seq == room.bench.core.journal.pins()[-1]
    monkeypatch.setattr("server.room.pins.PINS_BYTES", 1000)
    room.bench.core.restore()
    few = room.pins()
    assert 0 < len(few) < 10
    assert few == pins[-len(few) :]


async def test_pins_go_when_their_events_do(open_bench: OpenBench) -> None:
    room = Room(open_bench(keep=6))
    room.does(room.ann, pin(4))
    room.bench.say(room.ann, "a")
    assert [one.seq for one in room.pins()] == [4]
    for number in range(300):
        room.bench.say(room.ann, f"k{number}")
    assert room.pins() == []
    assert room.bench.journal.pins() == []


async def test_a_join_storm_makes_the_pins_once(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.does(room.ann, pin())
    first = room.bench.core.pins.json(1, room.bench.core.journal.body)
    room.bench.say(room.ann, "k")
    assert room.bench.core.pins.json(1, room.bench.core.journal.body) is first


async def test_pins_after_a_full_disk(room: Room) -> None:
    assert isinstance(room.bench.journal, FlakyJournal)
    room.bench.journal.full = True
    with pytest.raises(StorageError):
        room.bench.act(room.ann, pin())
    room.bench.journal.full = False
    assert room.pins() == []
    room.does(room.ann, pin())
    assert len(room.pins()) == 1


# --- replies -----------------------------------------------------------------------------


async def test_a_reply_quotes_what_it_is_to_as_that_stands(room: Room) -> None:
    room.bench.say(room.ann, "r", "yes", reply_to=4)
    reply = room.bench.events[-1]
    assert isinstance(reply, Said)
    assert (reply.reply_to, reply.quote) == (4, Quote("bob", "one"))
    assert b"quote" not in (room.bench.journal.body(5) or b""), "its row has no quote"
    outcome = room.bench.perform(
        Act(member=2, connection=room.bob.connection, key="e", request=edit(text="two\n2"))
    )
    assert room.stands(5).quote == Quote("bob", "two 2")
    assert [seq for seq, _ in outcome.rewritten] == [4], "the reply's row is as it was"
    assert outcome.requoted == [(4, b'{"name":"bob","text":"two 2"}')]
    room.does(room.bob, delete())
    assert room.stands(5).quote == Quote("bob", "")
    room.bench.say(room.ann, "r2", "yes", reply_to=4)
    assert room.stands(8).quote == Quote("bob", ""), "one can reply to what was deleted"


async def test_a_reply_to_a_file(room: Room) -> None:
    room.bench.perform(share(room.bob))
    room.bench.say(room.ann, "r", "thanks", reply_to=5)
    assert room.stands(6).quote == Quote("bob", "secret.txt")
    room.does(room.bob, react(6))
    now = room.stands(6)
    assert (now.quote, bool(now.reactions)) == (Quote("bob", "secret.txt"), True)
    assert room.bench._outcome.rewritten == [(6, room.bench.journal.event(6))]


@pytest.mark.parametrize("seq", [1, 5, 6, 2**62])
async def test_replies_to_what_is_no_message(room: Room, seq: int) -> None:
    assert code(room.bench.say(room.ann, "r", "yes", reply_to=seq)) == "not_found"
    assert len(room.bench.events) == 4
    assert room.bench.say(room.ann, "r", "yes", reply_to=4) is None, "the id is not used up"


async def test_a_reply_in_one_entry_with_a_change_of_its_parent(room: Room) -> None:
    said = post(room.bob.place, room.bob.connection, "p", "three")
    reply = post(room.ann.place, room.ann.connection, "r", "yes", reply_to=5)
    change = Act(member=2, connection=room.bob.connection, key="e", request=edit(5, "changed"))
    room.bench.perform(said, reply, change)
    assert room.stands(6).quote == Quote("bob", "changed")


async def test_a_deleted_reply_quotes_nothing(room: Room) -> None:
    room.bench.say(room.ann, "r", "yes", reply_to=4)
    room.does(room.ann, delete(5))
    now = room.stands(5)
    assert (now.reply_to, now.quote) == (UNSET, UNSET)


async def test_a_reply_to_what_is_not_kept_has_no_quote(open_bench: OpenBench) -> None:
    room = Room(open_bench(keep=3))
    room.bench.say(room.ann, "r", "yes", reply_to=4)
    room.bench.say(room.ann, "a")
    assert room.stands(5).quote
    room.bench.say(room.ann, "b")
    assert room.stands(5).quote is UNSET
    assert room.stands(5).reply_to == 4
    assert code(room.bench.say(room.ann, "c", reply_to=4)) == "not_found"


# --- members who may not -----------------------------------------------------------------


async def test_a_muted_member_changes_nothing(room: Room) -> None:
    room.bench.act(room.ann, Mute(id="m", target="bob", minutes=5))
    for request in (edit(), react()):
        answer = room.bench.act(room.bob, request)
        assert answer is not None
        assert answer.problem is not None
        assert answer.problem.code == "muted"
        assert answer.problem.retry_after == 300
    room.does(room.bob, delete())


async def test_only_the_members_connection_changes_anything(room: Room) -> None:
    stranger = Guest(room.bob.place, 5)
    assert room.refused(stranger, react()) == "not_joined/"


async def test_changes_wait_while_there_is_little_space(room: Room) -> None:
    room.bench.journal.no_space = "little"
    for guest, request in ((room.bob, edit()), (room.bob, react()), (room.ann, pin())):
        with pytest.raises(StorageError):
            room.bench.act(guest, request)
    room.does(room.bob, delete())


def test_edits_of_a_message_that_is_forgotten_say_nothing(room: Room) -> None:
    """Nobody can delete it any more."""
    edited = room.does(room.bob, edit(text="two"))
    room.bench.say(room.bob, "k2", "three")
    later = room.bench.events[-1]
    again = room.does(room.bob, edit(later.seq, "four"))
    room.bench.journal.forget_before(5)
    room.bench.journal.tidy()
    assert room.bench.journal.first_kept() == 5
    assert room.stands(edited.seq).text == ""
    assert room.stands(again.seq).text == "four"
