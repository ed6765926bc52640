"""Roles, topic, lock, slow mode and mutes: by `welcome`, then by events in order."""

from typing import Any

import pytest

from client_mvc.model.members import Members
from client_mvc.model.room_state import RoomState
from shared import messages, moderation
from tests.client_mvc.fakes import AT, joined, left, welcome

UNTIL = "2026-11-22T09:00:00.000Z"


class Room:
    """Members and rules, as a controller feeds them."""

    def __init__(self, seq: int = 5, **changes: object) -> None:
        self.members = Members()
        self.state = RoomState(self.members)
        self.welcome(seq, **changes)

    def welcome(self, seq: int, **changes: object) -> None:
        made = welcome(seq, member=1, **changes)  # type: ignore[arg-type]
        self.members.snapshot(made.members, seq)
        self.state.welcomed(made)

    def apply(self, *events: messages.AnyEvent) -> None:
        for event in events:
            self.members.apply(event)
            self.state.apply(event)

    def roles(self) -> dict[str, str]:
        return {each.name: each.role for each in self.members}


def info(name: str, number: int, **more: Any) -> messages.MemberInfo:
    return messages.MemberInfo(name, AT, member=number, **more)


def role(seq: int, target: str, to: str, number: int | None = None) -> moderation.RoleSet:
    given: dict[str, Any] = {} if number is None else {"target_member": number}
    return moderation.RoleSet(seq=seq, at=AT, name="ann", target=target, role=to, **given)


def muted(seq: int, target: str, until: str | None = UNTIL, **more: Any) -> moderation.Muted:
    given: dict[str, Any] = {} if until is None else {"until": until}
    return moderation.Muted(seq=seq, at=AT, name="ann", target=target, **given, **more)


def test_a_welcome_has_all_of_it() -> None:
    members = [info("alice", 1, role="moderator"), info("bob", 2, muted=UNTIL)]
    room = Room(
        members=(),
        topic="tea",
        locked=True,
        slow=10,
        muted=messages.OwnMute(UNTIL),
        features=["moderation"],
    )
    room.members.snapshot(members, 5)
    state = room.state
    assert (state.topic, state.locked, state.slow, state.muted_until) == (
        "tea",
        True,
        10,
        UNTIL,
    )
    assert (state.role, state.moderated, state.deleting) == ("moderator", True, False)
    assert [each.muted_until for each in room.members] == ["", UNTIL]


def test_events_change_it_in_order() -> None:
    room = Room()
    room.members.snapshot([info("alice", 1), info("bob", 2)], 5)
    room.apply(
        role(6, "bob", "moderator", 2),
        role(7, "alice", "owner", 1),
        moderation.TopicSet(seq=8, at=AT, name="ann", text="tea"),
        moderation.Locked(seq=9, at=AT, name="ann", on=True),
        moderation.Slowed(seq=10, at=AT, name="ann", seconds=30),
        muted(11, "alice", target_member=1),
        muted(12, "bob"),
    )
    state = room.state
    assert room.roles() == {"alice": "owner", "bob": "moderator"}
    assert (state.role, state.topic, state.locked, state.slow) == ("owner", "tea", True, 30)
    assert (state.muted_until, state.mute_began) == (UNTIL, AT)
    assert [each.muted_until for each in room.members] == [UNTIL, UNTIL]
    room.apply(muted(13, "alice", None), moderation.Locked(seq=14, at=AT, name="x", on=False))
    assert (state.muted_until, state.mute_began, state.locked) == ("", "", False)


def test_events_that_the_welcome_includes_change_nothing() -> None:
    room = Room(seq=9, topic="new")
    room.apply(moderation.TopicSet(seq=8, at=AT, name="ann", text="old"), muted(9, "alice"))
    assert (room.state.topic, room.state.muted_until) == ("new", "")


def test_a_later_welcome_replaces_it() -> None:
    room = Room(topic="tea", locked=True, muted=messages.OwnMute(UNTIL))
    room.welcome(2, reset=True)
    room.apply(moderation.TopicSet(seq=3, at=AT, name="ann", text="after the reset"))
    assert (room.state.topic, room.state.locked) == ("after the reset", False)
    assert room.state.muted_until == ""


def test_an_event_about_an_earlier_member_of_the_same_name_counts_for_nobody() -> None:
    room = Room()
    room.members.snapshot([info("alice", 1), info("bob", 7)], 5)
    room.apply(role(6, "bob", "moderator", 2), muted(7, "alice", target_member=99))
    assert room.roles()["bob"] == "member"
    assert room.state.muted_until == ""


def test_whoever_comes_again_has_no_role() -> None:
    room = Room()
    room.apply(joined(6, "bob"), role(7, "bob", "moderator"), left(8, "bob"), joined(9, "bob"))
    assert room.roles()["bob"] == "member"


@pytest.mark.parametrize("unknown", ["janitor", ""])
def test_an_unknown_role_counts_as_a_members(unknown: str) -> None:
    room = Room()
    room.members.snapshot([info("alice", 1, role=unknown)], 5)
    assert room.state.role == "member"
    room.apply(role(6, "alice", "owner"), role(7, "alice", unknown))
    assert room.state.role == "member"


def test_leaving_forgets_it() -> None:
    room = Room(topic="tea", features=["moderation", "deleting"])
    room.members.clear()
    room.state.clear()
    assert (room.state.topic, room.state.moderated, room.state.role) == ("", False, "member")
