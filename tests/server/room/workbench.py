"""A `RoomCore` on a real journal behind a `LocalLog`, with clocks that a test moves.

Each outcome is checked here: events carry on from the last one without a gap, `at` goes back
only where the core says so, and the journal had them first.
"""

import sqlite3
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from server.room import events
from server.room.core import RoomCore
from server.room.hosts import Source
from server.room.interface import (
    Act,
    Answer,
    CloseReason,
    JoinAccepted,
    JoinRefused,
    JoinRequest,
    Peer,
    Post,
    PostResult,
)
from server.room.ipc import JoinAttempt
from server.room.log import LocalLog
from server.room.operations import (
    Drop,
    Expire,
    Join,
    Leave,
    Operation,
    Register,
    token_hash,
)
from server.room.outcome import Outcome
from server.room.room_side.admission import operation
from server.room.storage.batch import Batch
from server.room.storage.journal import Journal
from shared.codec import decode_event
from shared.conversation import ConversationRequest
from shared.messages import Event, Said
from shared.moderation import ActRequest

_connections = count(2**62)

PEER = Peer("10.0.0.1", 4000, "websocket")


class FlakyJournal(Journal):
    """A journal on a disk that can be full: only the commit of a batch fails."""

    full = False

    def _write(self, batch: Batch) -> None:
        super()._write(batch)
        if self.full:
            raise sqlite3.OperationalError("disk full")


def join_request(name: str = "ada", **fields: Any) -> JoinRequest:
    """A request to join, by a connection of its own."""
    usual: dict[str, Any] = {
        "connection": next(_connections),
        "worker": 1,
        "peer": PEER,
        "name": name,
        "password": None,
        "token": None,
        "after": None,
        "history": 50,
    }
    return JoinRequest(**(usual | fields))


def join_operation(request: JoinRequest) -> Join:
    """The operation for a request; its address counts as one that others do not have."""
    return operation(attempt(request), request.peer.address)


def attempt(request: JoinRequest) -> JoinAttempt:
    """A request as it comes from a worker; its new token is made of the connection."""
    return JoinAttempt(request, token_hash(_token(request)))


def _token(request: JoinRequest) -> str:
    return request.token or f"token of {request.connection}"


def post(
    place: JoinAccepted,
    connection: int,
    key: str,
    text: str = "hello",
    *,
    number: int = 0,
    reply_to: int = 0,
) -> Post:
    """A message, as a session posts it."""
    return Post(
        member=place.member,
        connection=connection,
        key=key,
        tail=events.said(place.name, text, key, reply_to or UNSET),
        number=number,
        reply_to=reply_to,
    )


class Guest:
    """A membership, and the connection it has."""

    def __init__(self, place: JoinAccepted, connection: int) -> None:
        self.place = place
        self.connection = connection

    @property
    def leaves(self) -> Leave:
        return Leave(self.place.member, self.connection, "quit")

    @property
    def drops(self) -> Drop:
        return Drop(self.connection)


class Bench:
    """One room. `events` are those that all members got, in order."""

    def __init__(
        self,
        path: Path,
        *,
        max_users: int = 3,
        keep: int = 0,
        journal: Callable[[Path, int], Journal] = FlakyJournal,
    ) -> None:
        self.path = path
        self.max_users, self.keep = max_users, keep
        self.wall = 1_800_000_000.0
        self.events: list[Event] = []
        self.signals: list[tuple[str, bytes]] = []
        self.evictions: list[tuple[int, CloseReason]] = []
        self._open_journal = journal
        self._outcome = Outcome()
        self._open()

    def _open(self) -> None:
        self.journal = self._open_journal(self.path, self.keep)
        self.core = RoomCore(self.journal, self.max_users)
        self.log = LocalLog(
            self._apply, self.core.restore, self.core.position, lambda: self.wall
        )

    def reopen(self) -> None:
        """Restart the room process: nothing is written when it dies."""
        self.journal.close()
        self._open()

    def close(self) -> None:
        self.journal.close()

    # --- operations ------------------------------------------------------------------

    def perform(self, *operations: Operation) -> Outcome:
        """Carry out operations as one entry of the log."""
        self.log.append(operations)
        return self._outcome

    def answers(self, *operations: Operation) -> Sequence[Answer | None]:
        return self.perform(*operations).answers

    def ask(self, request: JoinRequest) -> JoinAccepted | JoinRefused:
        """Join or resume."""
        (answer,) = self.answers(join_operation(request))
        if isinstance(answer, JoinAccepted):
            return replace(answer, token=_token(request))
        assert isinstance(answer, JoinRefused)
        return answer

    def join(self, name: str = "ada", **fields: Any) -> Guest:
        """Join or resume; it must be accepted."""
        request = join_request(name, **fields)
        answer = self.ask(request)
        assert isinstance(answer, JoinAccepted), answer
        return Guest(answer, request.connection)

    def refused(self, name: str = "ada", **fields: Any) -> str:
        """Ask to join; it must be refused. Returns the code."""
        answer = self.ask(join_request(name, **fields))
        assert isinstance(answer, JoinRefused), answer
        return answer.problem.code

    def say(
        self, guest: Guest, key: str, text: str = "hello", reply_to: int = 0
    ) -> PostResult | None:
        """Post a message; returns its result if it is more than "done"."""
        said = post(guest.place, guest.connection, key, text, reply_to=reply_to)
        (answer,) = self.answers(said)
        assert answer is None or isinstance(answer, PostResult)
        return answer

    def act(
        self, guest: Guest | None, request: ActRequest | ConversationRequest
    ) -> PostResult | None:
        """Carry out an act of a member, or of the host; None if it was done."""
        member, connection = (guest.place.member, guest.connection) if guest else (0, 0)
        act = Act(member=member, connection=connection, key=request.id, request=request)
        (answer,) = self.answers(act)
        assert answer is None or isinstance(answer, PostResult)
        return answer

    def leave(self, guest: Guest) -> Outcome:
        return self.perform(guest.leaves)

    def drop(self, guest: Guest) -> Outcome:
        return self.perform(guest.drops)

    def register(self, *here: tuple[Guest, int], worker: int = 1) -> Outcome:
        """A worker made contact and has these connections."""
        joined = [(guest.place.member, connection) for guest, connection in here]
        return self.perform(Register(worker, joined, []))

    def expire(self) -> Outcome:
        """End the grace period of all who are away."""
        return self.perform(
            *(
                Expire(member.id, member.disconnected)
                for member in self.core.roster.members()
                if member.disconnected is not None
            )
        )

    # --- checks ----------------------------------------------------------------------

    def _apply(
        self,
        position: int,
        at: str,
        operations: Sequence[Operation],
        source: Source | None = None,
    ) -> bool:
        outcome = self.core.apply(position, at, operations, source)
        if outcome.bodies:
            assert outcome.first == len(self.events) + 1
        for seq, body in enumerate(outcome.bodies, outcome.first):
            event = decode_event(body)
            assert event.seq == seq
            assert not self.events or outcome.ahead or event.at >= self.events[-1].at
            if seq >= self.journal.first_kept():
                assert self.journal.event(seq) == body
            self.events.append(event)
        assert self.journal.newest() == len(self.events)
        self.signals += outcome.signals.items()
        self.evictions += outcome.evictions
        self._outcome = outcome
        return outcome.written

    @property
    def story(self) -> list[str]:
        """The events in short."""
        return [_short(event) for event in self.events]

    @property
    def names(self) -> list[str]:
        """The names of the members."""
        return [member.name for member in self.core.roster.members()]

    @property
    def states(self) -> dict[str, str]:
        """The states of the members, by name."""
        return {member.name: member.state for member in self.core.roster.members()}


def _short(event: Event) -> str:
    if isinstance(event, Said):
        return f"{event.name}: {event.text}"
    return f"{event.name} {type(event).__name__.lower()}"


def code(answer: object) -> str:
    """The code of the problem in an answer."""
    assert isinstance(answer, PostResult | JoinRefused), answer
    assert answer.problem is not None
    return answer.problem.code
