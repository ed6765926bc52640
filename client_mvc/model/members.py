"""The members of the room, up to date with the last event."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from client_mvc.model.observable import Observable
from shared import messages


@dataclass(frozen=True, slots=True)
class RoomMember:
    """One member. `away`: the connection is lost, and the grace period runs.

    `number` never changes, unlike the name; None from a server of version 0.1.
    """

    name: str
    away: bool
    number: int | None = None


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
            member.name: RoomMember(member.name, member.state == "away", member.member or None)
            for member in members
        }
        self.changed.notify(None)

    def apply(self, event: messages.AnyEvent) -> None:
        """Add or remove a member, unless the snapshot includes the event."""
        if event.seq <= self._as_of:
            return
        match event:
            case messages.Joined(name=name):
                self._members[name] = RoomMember(name, away=False, number=event.member or None)
            case messages.Left(name=name):
                self._members.pop(name, None)
            case _:
                return
        self.changed.notify(None)

    def presence(self, presence: messages.Presence) -> None:
        """Note that a member lost the connection or has reconnected."""
        if member := self._members.get(presence.name):
            away = presence.state == "away"
            self._members[presence.name] = replace(member, away=away)
            self.changed.notify(None)

    def clear(self) -> None:
        """Remove all members: the client has left the room."""
        self.snapshot((), 0)
