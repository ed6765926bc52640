"""Who is in the room, as of the last event. Knows no window and no network."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from client_mvc.model.observable import Observable
from shared import messages


@dataclass(frozen=True, slots=True)
class Member:
    """One member; `away` while the connection is lost, within the grace period."""

    name: str
    away: bool


class Members:
    """The members, oldest first. A snapshot, then events that are newer than it."""

    def __init__(self) -> None:
        self.changed: Observable[None] = Observable()
        self.you = ""
        self._members: dict[str, Member] = {}
        self._as_of = 0

    def __len__(self) -> int:
        return len(self._members)

    def __iter__(self) -> Iterator[Member]:
        return iter(self._members.values())

    def snapshot(self, you: str, members: Sequence[messages.MemberInfo], seq: int) -> None:
        """Who is there as of `seq`: what `welcome` says."""
        self.you = you
        self._as_of = seq
        self._members = {
            member.name: Member(member.name, member.state == "away") for member in members
        }
        self.changed.notify(None)

    def apply(self, event: messages.AnyEvent) -> None:
        """Somebody joined or left; what the snapshot knew already changes nothing."""
        if event.seq <= self._as_of:
            return
        match event:
            case messages.Joined(name=name):
                self._members[name] = Member(name, away=False)
            case messages.Left(name=name):
                self._members.pop(name, None)
            case _:
                return
        self.changed.notify(None)

    def presence(self, presence: messages.Presence) -> None:
        """A connection dropped or came back."""
        if presence.name in self._members:
            away = presence.state == "away"
            self._members[presence.name] = Member(presence.name, away)
            self.changed.notify(None)

    def clear(self) -> None:
        """In no room, there is nobody."""
        self.snapshot("", (), 0)
