"""The members of the room, up to date with the last event, and the colours of their names."""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from client_mvc.model.observable import Observable
from shared import messages, moderation
from shared.conversation import Renamed

_NONE = -1

type Role = Literal["owner", "moderator", "member"]

COLOURS = 12
"""So many colours there are for names; a colour is its place among them."""


@dataclass(frozen=True, slots=True)
class RoomMember:
    """One member. `away`: the connection is lost, and the grace period runs.

    `number` never changes, unlike the name; None from a server of version 0.1. An unknown
    `role` counts as a member's. `muted_until` is as `at` of events;
    empty: the member can send. `note` is what the member says of itself.
    """

    name: str
    away: bool
    number: int | None = None
    role: Role = "member"
    muted_until: str = ""
    note: str = ""
    colour: int = 0


class Members:
    """The members, oldest first: a snapshot, then the events after it.

    Each has a colour until it leaves: that of its number, or the next one that is free, so that
    the first twelve have twelve.
    """

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
        before = {each.number: each.colour for each in self if each.number is not None}
        self._members = {
            each.name: RoomMember(
                each.name,
                each.state == "away",
                each.member or None,
                _known(each.role),
                each.muted or "",
                each.note or "",
                before.get(each.member or 0, _NONE),
            )
            for each in members
        }
        for member in sorted(self, key=lambda each: each.number or 0):
            if member.colour == _NONE:
                self._members[member.name] = self._coloured(member)
        self.changed.notify(None)

    def apply(self, event: messages.AnyEvent) -> None:
        """Add, change or remove a member, unless the snapshot includes the event."""
        if event.seq <= self._as_of:
            return
        match event:
            case messages.Joined(name=name):
                member = RoomMember(name, away=False, number=event.member or None, colour=_NONE)
                self._members[name] = self._coloured(member)
            case messages.Left(name=name):
                self._members.pop(name, None)
            case Renamed(name=name, to=to):
                self._rename(name, event.member or None, to)
            case moderation.RoleSet(target=name, target_member=number, role=role):
                self._change(name, number or None, role=_known(role))
            case moderation.Muted(target=name, target_member=number, until=until):
                self._change(name, number or None, muted_until=until or "")
            case _:
                return
        self.changed.notify(None)

    def presence(self, presence: messages.Presence) -> None:
        """Note that a member lost the connection or has reconnected, or has another note."""
        away, note = presence.state == "away", presence.note or ""
        self._change(presence.name, presence.member or None, away=away, note=note)
        self.changed.notify(None)

    def unmute(self, name: str) -> None:
        """Note that the time of a mute is over."""
        self._change(name, None, muted_until="")
        self.changed.notify(None)

    def named(self, name: str) -> RoomMember | None:
        """Return the member with this name."""
        return self._members.get(name)

    def numbered(self, number: int) -> RoomMember | None:
        """Return the member with this number."""
        return next((each for each in self if each.number == number), None)

    def colour(self, name: str, number: int | None = None) -> int:
        """Return the colour of a name, also of one that is no longer here."""
        found = self._find(name, number)
        if found is None and number is not None:
            found = self.numbered(number)
        return found.colour if found is not None else _usual_colour(name, number)

    def role_of(self, name: str, number: int | None = None) -> Role:
        """Return the role of a member; that of a member for nobody."""
        found = self._find(name, number)
        return found.role if found is not None else "member"

    def clear(self) -> None:
        """Remove all members: the client has left the room."""
        self.snapshot((), 0)

    def _coloured(self, member: RoomMember) -> RoomMember:
        """Give a member its colour, or the next one that nobody here has."""
        usual = _usual_colour(member.name, member.number)
        taken = {each.colour for each in self}
        colours = [(usual + step) % COLOURS for step in range(COLOURS)]
        return replace(member, colour=next((c for c in colours if c not in taken), usual))

    def _rename(self, name: str, number: int | None, to: str) -> None:
        """Give a member another name; its place among the others stays."""
        if (member := self._find(name, number)) is not None:
            self._members = {
                to if each is member else each.name: replace(each, name=to)
                if each is member
                else each
                for each in self
            }

    def _find(self, name: str, number: int | None) -> RoomMember | None:
        """Return the member with this number; by name where one of them has no number."""
        found = self._members.get(name)
        if found is None or None in (number, found.number) or found.number == number:
            return found
        return None

    def _change(self, name: str, number: int | None, **changes: Any) -> None:
        if (member := self._find(name, number)) is not None:
            self._members[member.name] = replace(member, **changes)


def _usual_colour(name: str, number: int | None) -> int:
    if number is not None:
        return number % COLOURS
    return zlib.crc32(name.casefold().encode("utf-8", "replace")) % COLOURS


def _known(role: str) -> Role:
    match role:
        case "owner" | "moderator":
            return role
        case _:
            return "member"
