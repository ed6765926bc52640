"""Who is a member, under which name, from where, and until when.

States of a member, and what moves it:

    (nobody) --join--> active --drop--> away --resume--> active
                         |               |
                         +-- leave ------+-- leave, or the grace period ends --> (nobody)

A resume while active replaces the connection. Away members keep name and place. Pure: no
clock (`now` is monotonic seconds and passed in), no journal, no socket; not thread-safe.
"""

import hashlib
from dataclasses import dataclass

from server.room.interface import Peer
from shared import names
from shared.messages import MemberInfo
from shared.problems import ProblemError, problem


class Refused(ProblemError):
    """The client cannot join."""


@dataclass(slots=True)
class Member:
    """One membership. `connection` is None while away, and then `lapses` says until when.

    `shown_away`: the others were told. They are not when only the room process died.
    """

    id: int
    name: str
    token_hash: bytes
    since: str
    connection: int | None
    peer: Peer
    worker: int
    last_active: float
    lapses: float | None = None
    shown_away: bool = False
    sent: int = 0

    @property
    def state(self) -> str:
        """`active` while there is a connection."""
        return "active" if self.connection is not None else "away"


def token_hash(token: str) -> bytes:
    """What the roster and the journal keep of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


class Roster:
    """The members of one room, at most `capacity` of them; `grace` in seconds."""

    def __init__(self, capacity: int, grace: float) -> None:
        self.capacity = capacity
        self.grace = grace
        self._by_id: dict[int, Member] = {}
        self._by_key: dict[str, Member] = {}
        self._by_token: dict[bytes, Member] = {}
        self._by_connection: dict[int, Member] = {}
        self._away: dict[int, Member] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def members(self) -> list[Member]:
        """All members, in the order they joined."""
        return list(self._by_id.values())

    def infos(self) -> list[MemberInfo]:
        """All members as `welcome` lists them."""
        return [MemberInfo(m.name, m.since, m.state) for m in self._by_id.values()]

    def check(self, name: str) -> str:
        """The tidy form of a name that could join now. Raises `Refused`."""
        try:
            name = names.tidy(name)
        except names.BadName as bad:
            raise Refused(bad.problem) from None
        if len(self._by_id) >= self.capacity:
            full = problem("room_full", active=len(self), most=self.capacity)
            raise Refused(full)
        if names.key(name) in self._by_key:
            raise Refused(problem("name_taken", name=name))
        return name

    def add(self, member: Member) -> None:
        """Take in a member whose name passed `check`, or that the journal remembers."""
        self._by_id[member.id] = member
        self._by_key[names.key(member.name)] = member
        self._by_token[member.token_hash] = member
        if member.connection is not None:
            self._by_connection[member.connection] = member
        else:
            self._away[member.id] = member

    def remove(self, member: Member) -> None:
        """End a membership: name and place are free."""
        del self._by_id[member.id]
        del self._by_key[names.key(member.name)]
        del self._by_token[member.token_hash]
        self._away.pop(member.id, None)
        if member.connection is not None:
            del self._by_connection[member.connection]

    def by_id(self, id: int) -> Member | None:
        """The member with this number."""
        return self._by_id.get(id)

    def by_token(self, token: str) -> Member | None:
        """The member whose token this is."""
        return self._by_token.get(token_hash(token))

    def attach(self, member: Member, connection: int, peer: Peer, worker: int) -> int | None:
        """Give a member a new connection; returns the one it replaces, if any."""
        old = member.connection
        if old is not None:
            del self._by_connection[old]
        member.connection, member.peer, member.worker = connection, peer, worker
        member.lapses = None
        self._away.pop(member.id, None)
        self._by_connection[connection] = member
        return old

    def detach(self, connection: int, now: float) -> Member | None:
        """A connection is gone: its member is away. None if it was nobody's (any more)."""
        member = self._by_connection.pop(connection, None)
        if member is not None:
            member.connection = None
            member.lapses = now + self.grace
            self._away[member.id] = member
        return member

    def lapsed(self, now: float) -> list[Member]:
        """Members whose grace period is over, in the order they came; they are still in."""
        over = [m for m in self._away.values() if m.lapses is not None and m.lapses <= now]
        return sorted(over, key=lambda member: member.id)

    def next_lapse(self) -> float | None:
        """When the next grace period ends."""
        return min(
            (m.lapses for m in self._away.values() if m.lapses is not None), default=None
        )
