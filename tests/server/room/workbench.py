"""A room on the bench: a `RoomCore` on a real journal, with clocks that a test moves.

Whatever comes out of it is checked here: events carry on from the last one, without a gap,
`at` never goes back, and the journal had them first.
"""

import random
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from server.room.core import Outcome, RoomCore
from server.room.interface import JoinAccepted, JoinRefused, JoinRequest, Peer, Post, PostResult
from server.room.ipc import Drop, Leave, Operation
from server.room.roster import Roster
from server.room.storage.journal import Batch, Journal
from shared.messages import Event, Said, decode_event, encode

PEER = Peer("10.0.0.1", 4000, "websocket")


class FlakyJournal(Journal):
    """A journal on a disk that can be full: nothing is wrong with a batch but its commit."""

    full = False

    def _write(self, batch: Batch) -> None:
        super()._write(batch)
        if self.full:
            raise sqlite3.OperationalError("disk full")


def wish(name: str = "ada", **fields: Any) -> JoinRequest:
    """A wish to join, by a connection of its own."""
    usual: dict[str, Any] = {
        "connection": random.getrandbits(63),
        "worker": 1,
        "peer": PEER,
        "name": name,
        "password": None,
        "token": None,
        "after": None,
        "history": 50,
    }
    return JoinRequest(**(usual | fields))


def post(place: JoinAccepted, connection: int, key: str, text: str = "hello") -> Post:
    """Words, as a session posts them."""
    said = encode(Said(seq=0, at="", name=place.name, text=text, id=key))
    return Post(
        member=place.member,
        connection=connection,
        key=key,
        tail=b'"name"' + said.partition(b'"name"')[2],
    )


class Guest:
    """A membership, and the connection it has."""

    def __init__(self, place: JoinAccepted, connection: int) -> None:
        self.place = place
        self.connection = connection


class Bench:
    """One room. `events` is what everybody was told, in order."""

    def __init__(
        self,
        path: Path,
        *,
        max_users: int = 3,
        grace: float = 30.0,
        keep: int = 0,
        password: str = "",
        journal: Callable[[Path, int], Journal] = FlakyJournal,
    ) -> None:
        self.path = path
        self.max_users, self.grace, self.keep, self.password = max_users, grace, keep, password
        self.now, self.wall = 1000.0, 1_800_000_000.0
        self.events: list[Event] = []
        self.signals: list[tuple[str, bytes]] = []
        self.evictions: list[tuple[int, int, int]] = []
        self._open_journal = journal
        self._open()

    def _open(self) -> None:
        self.journal = self._open_journal(self.path, self.keep)
        self.core = RoomCore(
            self.journal,
            Roster(self.max_users, self.grace),
            password=self.password,
            now=self.now,
            wall=self.wall,
        )

    def reopen(self) -> None:
        """The room process died, and was started again."""
        self.journal.close()
        self._open()

    def close(self) -> None:
        self.journal.close()

    # --- what can happen -------------------------------------------------------------

    def admit(self, asked: JoinRequest) -> JoinAccepted | JoinRefused:
        """Join or resume."""
        answer, outcome = self.core.admit(asked, self.now, self.wall)
        self.take(outcome)
        return answer

    def join(self, name: str = "ada", **fields: Any) -> Guest:
        """Join or resume; it must be granted."""
        asked = wish(name, **fields)
        answer = self.admit(asked)
        assert isinstance(answer, JoinAccepted), answer
        return Guest(answer, asked.connection)

    def refused(self, name: str = "ada", **fields: Any) -> str:
        """Ask to join; it must be refused. Returns the code."""
        answer = self.admit(wish(name, **fields))
        assert isinstance(answer, JoinRefused), answer
        assert answer.reason
        return answer.code

    def register(self, member: int, here: JoinRequest) -> bool:
        """A worker says that a member is here by it."""
        outcome = Outcome()
        known = self.core.register(member, here, outcome)
        self.take(outcome)
        return known

    def perform(self, *operations: Operation) -> Outcome:
        """Operations of one turn."""
        return self.take(self.core.perform(operations, self.now, self.wall))

    def say(self, guest: Guest, key: str, text: str = "hello") -> PostResult | None:
        """Say something; returns what is special about it."""
        return self.perform(post(guest.place, guest.connection, key, text)).answers[0]

    def leave(self, guest: Guest) -> Outcome:
        return self.perform(Leave(guest.place.member, guest.connection, "quit"))

    def drop(self, guest: Guest) -> Outcome:
        return self.perform(Drop(guest.connection))

    def expire(self) -> Outcome:
        return self.take(self.core.expire(self.now, self.wall))

    # --- what must hold --------------------------------------------------------------

    def take(self, outcome: Outcome) -> Outcome:
        """What everybody is told now."""
        if outcome.bodies:
            assert outcome.first == len(self.events) + 1
        for seq, body in enumerate(outcome.bodies, outcome.first):
            event = decode_event(body)
            assert event.seq == seq
            assert not self.events or event.at >= self.events[-1].at
            if seq >= self.journal.first_kept():
                assert self.journal.event(seq) == body
            self.events.append(event)
        assert self.journal.newest() == len(self.events)
        self.signals += outcome.signals
        self.evictions += outcome.evictions
        return outcome

    @property
    def story(self) -> list[str]:
        """The events in short."""
        return [_short(event) for event in self.events]

    @property
    def names(self) -> list[str]:
        """Who is in."""
        return [info.name for info in self.core.roster.infos()]

    @property
    def states(self) -> dict[str, str]:
        """Who is in, and whether connected."""
        return {info.name: info.state for info in self.core.roster.infos()}


def _short(event: Event) -> str:
    if isinstance(event, Said):
        return f"{event.name}: {event.text}"
    return f"{event.name} {type(event).__name__.lower()}"
