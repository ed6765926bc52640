"""A room in memory with the rules of the server, without sockets or a clock.

It keeps the promises of the protocol: one `seq`, the ids of each membership, and names that are
kept for a grace period.
"""

import itertools
from collections import deque
from dataclasses import dataclass, field

from shared import messages, protocol
from tests.client_mvc.fakes import AT


@dataclass(eq=False)
class Wire:
    """One connection, and the messages in flight in either direction."""

    up: deque[messages.Request] = field(default_factory=deque)
    down: deque[messages.Event | messages.Reply] = field(default_factory=deque)
    member: "Member | None" = None
    cut: bool = False
    closing: int | None = None


@dataclass(eq=False)
class Member:
    """One membership."""

    token: str
    name: str
    wire: Wire | None
    ids: dict[str, int] = field(default_factory=dict)


class Room:
    """The rules of the server."""

    def __init__(self) -> None:
        self.log: list[messages.Event] = []
        self.kept_from = 1
        self.members: dict[str, Member] = {}
        self.trouble: deque[str] = deque()
        self._tokens = itertools.count(1)

    def serve(self, wire: Wire) -> None:
        """Answer the next request of `wire`, if there is one."""
        if not wire.up:
            return
        request = wire.up.popleft()
        match request:
            case messages.Join():
                self._join(wire, request)
            case messages.Say():
                self._say(wire, request)
            case messages.Leave() if wire.member is not None:
                self.expire(wire.member, "quit")
                wire.closing = protocol.CLOSE_LEFT

    def _join(self, wire: Wire, join: messages.Join) -> None:
        if join.token is not None:
            member = self.members.get(join.token)
            if member is None:
                self._down(wire, messages.Refused("bad_token", "Who?"))
                return
            if member.wire is not None:
                member.wire.member = None
                member.wire.closing = protocol.CLOSE_REPLACED
        elif any(member.name == join.name for member in self.members.values()):
            self._down(wire, messages.Refused("name_taken", "Taken."))
            return
        else:
            member = Member(f"t{next(self._tokens)}", join.name, wire)
            self.members[member.token] = member
        member.wire, wire.member = None, member
        newest = len(self.log)
        if join.after is None:
            reset, first = False, newest - join.history + 1
        else:
            first = join.after + 1
            reset = first < self.kept_from or join.after > newest
        first = max(first if not reset else newest - join.history + 1, self.kept_from)
        self._down(
            wire,
            messages.Welcome(
                you=join.name,
                token=member.token,
                seq=newest,
                reset=reset,
                max_users=3,
                limits=messages.Limits(8000, 1000),
                members=[],
                room="lobby",
            ),
        )
        for event in self.log[first - 1 :]:
            self._down(wire, event)
        member.wire = wire
        if join.token is None:
            self.happen(messages.Joined(seq=self._next(), at=AT, name=join.name))

    def _say(self, wire: Wire, say: messages.Say) -> None:
        member = wire.member
        if member is None:
            self._down(wire, messages.Error("not_joined", "Join first.", say.id))
        elif str(say.id) in member.ids:
            self._down(wire, messages.Accepted(str(say.id), member.ids[str(say.id)]))
        elif self.trouble:
            self._down(wire, messages.Error(self.trouble.popleft(), "Later.", say.id))
        else:
            member.ids[str(say.id)] = self._next()
            self.say(member.name, say.text, str(say.id))

    def say(self, name: str, text: str, id: str) -> None:
        self.happen(messages.Said(seq=self._next(), at=AT, name=name, text=text, id=id))

    def happen(self, event: messages.Event) -> None:
        self.log.append(event)
        for member in self.members.values():
            if member.wire is not None:
                self._down(member.wire, event)

    def expire(self, member: Member, reason: str = "lost") -> None:
        """End a membership: the grace period is over, or the member left."""
        if member.wire is not None:
            member.wire.member = None
        del self.members[member.token]
        self.happen(messages.Left(seq=self._next(), at=AT, name=member.name, reason=reason))

    def _next(self) -> int:
        return len(self.log) + 1

    def _down(self, wire: Wire, message: messages.Event | messages.Reply) -> None:
        if not wire.cut:
            wire.down.append(message)
