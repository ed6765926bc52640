"""The members of the room, up to date with the last event."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from client_mvc.model.observable import Observable
from shared import messages, moderation

type Role = Literal["owner", "moderator", "member"]


@dataclass(frozen=True, slots=True)
class RoomMember:
    """One member. `away`: the connection is lost, and the grace period runs.

    `number` never changes, unlike the name; None from a server of version 0.1. An unknown
    `role` counts as a member's. `muted_until` is as `at` of events;
    empty: the member can send.
    """

    name: str
    away: bool
    number: int | None = None
    role: Role = "member"
    muted_until: str = ""


class Members:
    """The members, oldest first: a snapshot, then the events after it."""

    def __init__(self) -> None:
        self.changed: Observable[None] = Observable()
        self._members: dict[str, RoomMember] = {}
        self._as_of = 0

    def __len__(self) -> int:
        return len(self._members)

    def __iter__(self) -> Iterator[RoomMember]:
        return iter(self._members.values())

    def snapshot(self, members: Sequence[messages.MemberInfo], seq: int) -> None:
        """Replace all members by those of a `welcome` with this `seq`."""
        self._as_of = seq
        self._members = {
            each.name: RoomMember(
                each.name,
                each.state == "away",
                each.member or None,
                _known(each.role),
                each.muted or "",
            )
            for each in members
        }
        self.changed.notify(None)

    def apply(self, event: messages.AnyEvent) -> None:
        """Add, change or remove a member, unless the snapshot includes the event."""
        if event.seq <= self._as_of:
            return
        match event:
            case messages.Joined(name=name):
                self._members[name] = RoomMember(name, away=False, number=event.member or None)
            case messages.Left(name=name):
                self._members.pop(name, None)
            case moderation.RoleSet(target=name, target_member=number, role=role):
                self._change(name, number or None, role=_known(role))
            case moderation.Muted(target=name, target_member=number, until=until):
                self._change(name, number or None, muted_until=until or "")
            case _:
                return
        self.changed.notify(None)

    def presence(self, presence: messages.Presence) -> None:
        """Note that a member lost the connection or has reconnected."""
        if member := self._members.get(presence.name):
            away = presence.state == "away"
            self._members[presence.name] = replace(member, away=away)
            self.changed.notify(None)

    def unmute(self, name: str) -> None:
        """Note that the time of a mute is over."""
        self._change(name, None, muted_until="")
        self.changed.notify(None)

    def named(self, name: str) -> RoomMember | None:
        """Return the member with this name."""
        return self._members.get(name)

    def role_of(self, name: str, number: int | None = None) -> Role:
        """Return the role of a member; that of a member for nobody."""
        found = self._find(name, number)
        return found.role if found is not None else "member"

    def clear(self) -> None:
        """Remove all members: the client has left the room."""
        self.snapshot((), 0)

    def _find(self, name: str, number: int | None) -> RoomMember | None:
        """Return the member with this number; by name where one of them has no number."""
        found = self._members.get(name)
        if found is None or None in (number, found.number) or found.number == number:
            return found
        return None

    def _change(self, name: str, number: int | None, **changes: Any) -> None:
        if (member := self._find(name, number)) is not None:
            self._members[member.name] = replace(member, **changes)


def _known(role: str) -> Role:
    match role:
        case "owner" | "moderator":
            return role
        case _:
            return "member"
