"""One room of several hosts, as one of them carries out their log."""

from collections import Counter
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from server.room.hosts import HostState, Source
from server.room.interface import Post
from server.room.log import rfc3339
from server.room.operations import Agree, HostBack, HostLost, Join, Operation, Register, Rules
from server.room.outcome import Outcome
from server.room.roster import Member
from tests.server.room.workbench import Bench, Guest, post

RULES = Rules(max_users=3, history=0, edit_window=60.0)


def agree(
    settings: bytes = b"{}", last: Agree | None = None, rules: Rules = RULES, newest: int = 0
) -> Agree:
    """What the hosts agree on, once `last` held."""
    return Agree("journal", newest, rules, settings, last.mark if last else b"")


class HostsBench(Bench):
    """A room whose log has entries of several hosts; those of `host` where none is named.

    The first entry is what the hosts agree on, as it always is.
    """

    def __init__(self, path: Path, *, founded: bool = True, **options: Any) -> None:
        self.host = "a"
        self.epochs: Counter[str] = Counter()
        self.position = 0
        self._numbers: Counter[tuple[str, int]] = Counter()
        super().__init__(path, **options)
        if founded:
            self.entry("a", agree())

    def entry(
        self, host: str, *operations: Operation, number: int = 0, epoch: int = 0
    ) -> Outcome:
        """Carry out an entry of a host: its next one, if no number is given."""
        epoch = epoch or self.epochs[host] + 1
        self._numbers[host, epoch] = number or self._numbers[host, epoch] + 1
        source = Source(host, epoch, self._numbers[host, epoch])
        self.position += 1
        at = rfc3339(self.wall)
        self._apply(self.position, at, [self._of_host(host, one) for one in operations], source)
        return self._outcome

    def perform(self, *operations: Operation) -> Outcome:
        return self.entry(self.host, *operations)

    def join_at(self, host: str, name: str, **fields: Any) -> Guest:
        """Join or resume at a host; it must be accepted."""
        self.host = host
        try:
            return self.join(name, **fields)
        finally:
            self.host = "a"

    def lose(self, host: str, by: str = "a") -> Outcome:
        """Declare a host lost."""
        return self.entry(by, HostLost(host, self.epochs[host] + 1))

    def come_back(self, host: str) -> Outcome:
        """Let a host that was lost be there again."""
        return self.entry(host, HostBack(host, self.epochs[host] + 1))

    def register_at(self, host: str, *here: Guest, worker: int = 1) -> Outcome:
        """A worker of a host made contact and has these connections."""
        joined = [(guest.place.member, guest.connection) for guest in here]
        return self.entry(host, Register(worker, joined, []))

    def member(self, guest: Guest) -> Member:
        """The member, which must be there."""
        member = self.core.roster.by_id(guest.place.member)
        assert member is not None
        return member

    def _of_host(self, host: str, one: Operation) -> Operation:
        if isinstance(one, Register):
            return replace(one, host=host)
        if not isinstance(one, Join):
            return one
        member = self.core.roster.by_token(one.token_hash)
        has = (member.connection if member else None) or 0
        return replace(one, host=host, instead=one.instead or has)


def says(guest: Guest, key: str, text: str = "hello") -> Post:
    return post(guest.place, guest.connection, key, text)


def kept_numbers(room: Bench) -> tuple[int, dict[str, HostState]]:
    """The position and the hosts that the journal has."""
    return room.journal.counters()[0], room.journal.hosts()
