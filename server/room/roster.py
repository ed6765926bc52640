"""The members of a room: names, places, tokens and connections.

States of a member, and the operations that change them:

    (none) --join--> active --drop--> away --resume--> active
                       |               |
                       +---- leave ----+-- expire --> (none)

A resume while active replaces the connection. A member who is away keeps name and place. Pure:
no clock, no journal, no socket; not thread-safe.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from msgspec import UNSET

from server.room.interface import Peer
from server.room.moderation import Traces
from shared import names
from shared.codec import encode
from shared.lookalikes import look
from shared.messages import MemberInfo
from shared.moderation import MEMBER
from shared.problems import ProblemError, problem

_key = lru_cache(4096)(names.key)

MOST_RECENT = 1000
RECENT_FOR = timedelta(days=1)
"""So many names of members that left, and so long, no look-alike of them can be used."""
FORMER_NAMES = 3
"""So many former names of a member that is here count as such, those that it had last."""
NOTED_BYTES, MOST_NOTED = 8, 64
"""Each member's last requests for a note are known, so many bytes of each."""


class Refused(ProblemError):
    """The client cannot join."""


LEFT_OVER = 0
"""The position at which all were lost whom a restored backup has."""


@dataclass(slots=True)
class Member:
    """One membership, as the journal keeps it.

    `joined` is the `seq` of its `joined` event. Exactly one of `connection` and `disconnected`
    is set: the number of the connection, or the position at which it was lost. That is
    `LEFT_OVER` for who was in a backup that was restored, and has not come back since. `sent`
    counts messages since the room process started and is not kept.

    `device` and `address` are by what the person is known again (`Traces`). It can send nothing
    until `muted` (RFC 3339, may be past); `spoke` is when it last sent something in slow mode.

    `note` is what it says of itself, and `noted` the hashes of its last requests for that.
    `renamed`: it once had another name.

    `host` has or had its connection, empty in a room on one host. `held` is the connection that
    it has lost only because its host was not heard; 0: none.
    """

    id: int
    name: str
    token_hash: bytes
    since: str
    joined: int
    worker: int
    connection: int | None
    disconnected: int | None
    peer: Peer
    client: str = ""
    role: str = MEMBER
    device: bytes = b""
    address: str = ""
    muted: str = ""
    spoke: str = ""
    note: str = ""
    noted: bytes = b""
    renamed: bool = False
    host: str = ""
    held: int = 0
    sent: int = 0

    @property
    def state(self) -> str:
        """`active` while there is a connection."""
        return "away" if self.connection is None else "active"

    @property
    def traces(self) -> Traces:
        """By what the person is known again."""
        return Traces.of(self.name, self.device, self.address)


class RecentName(NamedTuple):
    """A name that a member had who left then (RFC 3339); the rest as in `Member`."""

    name: str
    at: str
    member: int = 0
    role: str = MEMBER
    device: bytes = b""
    address: str = ""
    spoke: str = ""

    @property
    def traces(self) -> Traces:
        """By what the person is known again."""
        return Traces.of(self.name, self.device, self.address)

    def counts(self, at: str) -> bool:
        """Whether it was not long before `at`, nor long after: a clock may be set back."""
        passed = datetime.fromisoformat(at) - datetime.fromisoformat(self.at)
        return abs(passed) < RECENT_FOR


class Roster:
    """The members of one room, at most `capacity` of them, and names that were in use lately.

    `recent` has those names by key; the last one is that of who left last.
    """

    def __init__(
        self,
        capacity: int,
        members: Iterable[Member] = (),
        recent: Mapping[str, RecentName] | None = None,
    ) -> None:
        self.capacity = capacity
        self.recent: dict[str, RecentName] = {}
        self._by_look: dict[str, dict[str, str]] = {}
        self._by_id: dict[int, Member] = {}
        self._by_key: dict[str, Member] = {}
        self._by_token: dict[bytes, Member] = {}
        self._by_connection: dict[int, Member] = {}
        self._by_held: dict[int, Member] = {}
        self._entries: dict[int, bytes] = {}
        self._listing: _Listing | None = None
        for left in (recent or {}).values():
            self._keep(left)
        for member in members:
            self.add(member)

    def __len__(self) -> int:
        return len(self._by_id)

    def members(self) -> list[Member]:
        """Return all members in the order in which they joined."""
        return list(self._by_id.values())

    def listing(self) -> memoryview:
        """Return the JSON array of all members (`MemberInfo`), up to its closing bracket."""
        if self._listing is None:
            self._listing = _Listing(self._entries.values())
        return self._listing.json()

    def check(self, name: str, at: str) -> str:
        """Return the tidy form of a name that could join at this time. Raises `Refused`."""
        name = tidy(name)
        self.check_tidy(name, at)
        return name

    def check_tidy(self, name: str, at: str, beyond: int = 0) -> None:
        """Check that a tidy name could join, with `beyond` more places. Raises `Refused`.

        A member with this name who is left over has to end then.
        """
        gives_way = self.left_over(name)
        if len(self._by_id) >= self.capacity + beyond + (gives_way is not None):
            raise Refused(problem("room_full", active=len(self), most=self.capacity))
        self.check_free(name, at, gives_way)

    def check_free(self, name: str, at: str, but: Member | None = None) -> None:
        """Check that nobody `but` one has a tidy name, or one like it. Raises `Refused`."""
        key = _key(name)
        if self._by_key.get(key, but) is not but:
            raise Refused(problem("name_taken", name=name))
        had = self.recent.get(key)
        comes_back = had is not None and had.counts(at)
        own = _key(but.name) if but else ""
        for other, shown in self._by_look.get(look(name), {}).items():
            if other == own:
                continue
            was = self.recent.get(other)
            if was is None or (was.counts(at) and not comes_back):
                raise Refused(problem("name_taken", "similar", name=name, other=shown))

    def add(self, member: Member) -> None:
        """Add a member whose name passed `check`, or one from the journal."""
        key = _key(member.name)
        self.forget(key)
        self._by_id[member.id] = member
        self._by_key[key] = member
        self._by_look.setdefault(look(member.name), {})[key] = member.name
        self._by_token[member.token_hash] = member
        if member.connection is not None:
            self._by_connection[member.connection] = member
        if member.held:
            self._by_held[member.held] = member
        entry = self._entries[member.id] = _entry(member)
        if self._listing is not None:  # joins are many: do not encode all members for each
            self._listing.add(entry)

    def remove(self, member: Member, at: str) -> None:
        """End a membership: name and place are free, look-alikes of the name are not yet."""
        del self._by_id[member.id]
        del self._by_key[_key(member.name)]
        del self._by_token[member.token_hash]
        del self._entries[member.id]
        self._listing = None
        if member.connection is not None:
            del self._by_connection[member.connection]
        self.let_go(member)
        self._keep(
            RecentName(
                member.name, at, member.id, member.role, member.device, member.address,
                member.spoke,
            )
        )  # fmt: skip

    def rename(self, member: Member, name: str, at: str) -> list[str]:
        """Give a member a name that passed `check_free`; the other one is free.

        Returns the keys that changed in `recent`.
        """
        before, key = member.name, _key(name)
        old = _key(before)
        del self._by_key[old]
        self._forget_look(before, old)
        changed = [old, key]
        if key != old:
            self._keep(
                RecentName(before, at, member.id, member.role, member.device, member.address)
            )
            former = [one for one, left in self.recent.items() if left.member == member.id]
            changed += former[:-FORMER_NAMES]
            for one in (key, *former[:-FORMER_NAMES]):
                self.forget(one)
        member.name, member.renamed = name, True
        self._by_key[key] = member
        self._by_look.setdefault(look(name), {})[key] = name
        self.changed(member)
        return changed

    def _keep(self, left: RecentName) -> None:
        key = _key(left.name)
        self.recent.pop(key, None)
        self.recent[key] = left
        self._by_look.setdefault(look(left.name), {})[key] = left.name

    def forget(self, key: str) -> bool:
        """Let look-alikes of a name be used; returns whether it was in `recent`."""
        left = self.recent.pop(key, None)
        if left is None:
            return False
        self._forget_look(left.name, key)
        return True

    def _forget_look(self, name: str, key: str) -> None:
        alike = self._by_look[look(name)]
        del alike[key]
        if not alike:
            del self._by_look[look(name)]

    def by_id(self, id: int) -> Member | None:
        """Return the member with this number."""
        return self._by_id.get(id)

    def by_key(self, key: str) -> Member | None:
        """Return the member whose name has this key (`names.key`)."""
        return self._by_key.get(key)

    def left_over(self, name: str) -> Member | None:
        """Return the member with this tidy name who is left over from a backup."""
        member = self._by_key.get(_key(name))
        return member if member is not None and member.disconnected == LEFT_OVER else None

    def left(self, id: int) -> RecentName | None:
        """Return the last name of the member with this number, if it left lately."""
        return next((one for one in reversed(self.recent.values()) if one.member == id), None)

    def by_token(self, token_hash: bytes) -> Member | None:
        """Return the member that the token with this hash belongs to."""
        return self._by_token.get(token_hash)

    def by_connection(self, connection: int) -> Member | None:
        """Return the member that has this connection now."""
        return self._by_connection.get(connection)

    def by_held(self, connection: int) -> Member | None:
        """Return the member that has lost this connection only with its host."""
        return self._by_held.get(connection)

    def attach(
        self, member: Member, connection: int, worker: int, host: str = ""
    ) -> int | None:
        """Give a member a connection; returns the one that it replaces, if any."""
        old, was_away = member.connection or member.held or None, member.connection is None
        if member.connection is not None:
            del self._by_connection[member.connection]
        self.let_go(member)
        member.connection, member.worker, member.disconnected = connection, worker, None
        member.host = host
        self._by_connection[connection] = member
        if was_away:
            self.changed(member)
        return old if old != connection else None

    def detach(self, member: Member, position: int, *, hold: bool = False) -> None:
        """Take a member's connection away: it is lost since this position.

        With `hold` it is lost only with its host.
        """
        if member.connection is not None:
            del self._by_connection[member.connection]
            if hold:
                member.held = member.connection
                self._by_held[member.held] = member
            member.connection, member.disconnected = None, position
            self.changed(member)

    def let_go(self, member: Member) -> bool:
        """Note that the connection that a member lost with its host has ended, if any."""
        if not member.held:
            return False
        del self._by_held[member.held]
        member.held = 0
        return True

    def changed(self, member: Member) -> None:
        """Show a member in the list as it is now."""
        self._entries[member.id] = _entry(member)
        self._listing = None


class _Listing:
    """The JSON array of members, up to its closing bracket, to which more are added.

    What `json` returned before stays as it was, and has the same memory as what it returns
    later: a thousand copies of a thousand members would cost more than all else of a join.
    """

    def __init__(self, entries: Iterable[bytes]) -> None:
        self._grow(b"[" + b",".join(entries))

    def _grow(self, json: bytes) -> None:
        self._size = len(json)
        self._memory = bytearray(json) + bytes(max(4096, self._size // 4))

    def add(self, entry: bytes) -> None:
        """Add a member."""
        if self._size > 1:
            entry = b"," + entry
        end = self._size + len(entry)
        if end > len(self._memory):
            self._grow(bytes(self.json()) + entry)
        else:
            self._memory[self._size : end] = entry
            self._size = end

    def json(self) -> memoryview:
        """Return the array as it is now."""
        return memoryview(self._memory).toreadonly()[: self._size]


def tidy(name: str) -> str:
    """Return the tidy form of a name. Raises `Refused`."""
    try:
        return names.tidy(name)
    except names.BadName as bad:
        raise Refused(bad.problem) from None


def _entry(member: Member) -> bytes:
    return encode(
        MemberInfo(
            member.name,
            member.since,
            member.state,
            member.id,
            member.role,
            member.muted or UNSET,
            member.note or UNSET,
        )
    )
