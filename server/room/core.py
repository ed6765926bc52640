"""The rules of a room: who may join and post, and which events come of it, in which order.

A pure function: from the state (roster and journal) and an entry of the log (its position, its
time, its operations) to the next state and an `Outcome`. All that an entry changes is written
to the journal in one transaction, and only then handed out; so a room that is started again
goes on as if it had never stopped. No clock, no randomness, no socket, no thread.
"""

from collections.abc import Sequence

from server.room.entry import Entry, earlier
from server.room.hosts import HostState, HostStates, Source
from server.room.interface import Act, Answer, JoinRefused, Membership, Post, PostResult
from server.room.moderation import Moderation
from server.room.operations import Agree, Join, Operation, Rules, token_hash
from server.room.outcome import Outcome
from server.room.pins import Pins
from server.room.roster import Member, Roster
from server.room.storage.errors import FAILURES
from server.room.storage.journal import Journal
from shared import limits
from shared.codec import decode_event
from shared.moderation import MEMBER
from shared.problems import Problem, problem


class RoomCore:
    """One room. Call from one thread only.

    `capacity` is how many members it takes. A message can be edited for `edit_window` seconds.
    What the hosts of the room agreed on comes before both.
    """

    roster: Roster
    moderation: Moderation
    pins: Pins
    hosts: HostStates
    agreed: Agree | None
    last_at: str
    last_member: int
    position: int

    def __init__(
        self, journal: Journal, capacity: int, edit_window: float = limits.EDIT_WINDOW
    ) -> None:
        self.journal = journal
        self.edit_window = edit_window
        self._capacity = capacity
        self.restore()

    def restore(self) -> None:
        """Go back to the state in the journal. Raises `sqlite3.Error`."""
        newest = self.journal.body(self.journal.newest())
        last_at = decode_event(newest).at if newest else ""
        position, last_member = self.journal.counters()
        roster = Roster(self._capacity, self.journal.members(), self.journal.recent())
        if hasattr(self, "roster"):
            for member in self.roster.members():
                if again := roster.by_id(member.id):
                    again.sent = member.sent
        self.roster, self.last_at = roster, last_at
        self.moderation = Moderation(self.journal.moderation())
        self.pins = Pins(self.journal.pins())
        self.hosts = HostStates(self.journal.hosts())
        self.agreed = self.journal.agreed()
        if self.agreed is not None:
            self.rule_by(self.agreed.rules)
        self.position, self.last_member = position, last_member

    def rule_by(self, rules: Rules) -> None:
        """Decide by these settings from now on."""
        self._capacity = self.roster.capacity = rules.max_users
        self.edit_window = rules.edit_window
        self.journal.keep(rules.history)

    def apply(
        self,
        position: int,
        at: str,
        operations: Sequence[Operation],
        source: Source | None = None,
    ) -> Outcome:
        """Carry out one entry of the log; none if one of several hosts repeats it.

        An entry of several hosts that cannot be carried out has no effect, on all of them: else
        none could ever start again.

        Raises:
            StorageError: nothing was written; call `restore` before anything else.
            OvertakenError: another process writes to the journal.
        """
        if source is None:
            return self._carry_out(Entry(self, position, at, operations), operations)
        state = self.hosts.after(source)
        if state is None:
            return Outcome(answers=[None] * len(operations))
        host = source.host, state
        try:
            return self._carry_out(Entry(self, position, at, operations), operations, host)
        except FAILURES:
            raise
        except Exception as fault:  # noqa: BLE001 - whatever is wrong with the entry
            self.restore()
            outcome = self._carry_out(Entry(self, position, at, ()), (), host)
            outcome.answers = [_no_effect(one) for one in operations]
            outcome.fault = fault
            return outcome

    def _carry_out(
        self,
        entry: Entry,
        operations: Sequence[Operation],
        host: tuple[str, HostState] | None = None,
    ) -> Outcome:
        """Carry operations out and write them, with the `host` whose they are."""
        batch, outcome = entry.batch, entry.outcome
        outcome.answers = [entry.carry_out(one) for one in operations]
        entry.list_members()
        batch.moderation, self.moderation.changes = self.moderation.changes, None
        batch.host = host
        if not host and not batch.rows and not entry.changed and batch.moderation is None:
            return outcome
        if entry.changed or batch.moderation is not None or host:
            self.position = entry.position
            batch.counters = entry.position, self.last_member
            batch.members = [member for member in entry.changed.values() if member is not None]
            batch.left = [id for id, member in entry.changed.items() if member is None]
            batch.recent = entry.recent_names()
        if batch.rows and entry.at < self.last_at:
            outcome.ahead = earlier(self.last_at, entry.at)
            batch.set_back = [batch.rows[0].seq]
        self._write(entry)
        if batch.host:
            self.hosts.carried_out(*batch.host)
        if batch.agreed is not None:
            self.agreed = batch.agreed
            self.rule_by(self.agreed.rules)
        return outcome

    def _write(self, entry: Entry) -> None:
        """Write an entry, and complete its outcome."""
        batch, outcome = entry.batch, entry.outcome
        bodies = entry.bodies()
        rewritten = entry.rewritten() if batch.rewritten else []
        self.journal.append(batch)
        outcome.written = True
        if batch.moderation is not None:
            outcome.acts = batch.moderation.acts
        outcome.left = batch.left
        outcome.deleted = bool(batch.erased)
        if batch.rows:
            self.last_at = entry.at
            outcome.first = batch.rows[0].seq
            outcome.bodies = bodies
            outcome.rewritten = rewritten
            outcome.requoted = list(entry.requoted.items())
            outcome.replied = entry.replied
        for sender in entry.senders:
            sender.sent += 1

    def member_of(self, token: str) -> Membership | None:
        """Return the member that this token belongs to."""
        member = self.roster.by_token(token_hash(token))
        return Membership(member.id, member.name) if member else None

    def event_of(self, member: int, key: str) -> bytes | None:
        """Return the event of a post or an act; None if it is not kept."""
        posted = [(member, key)]
        seq = self.journal.keys.find(posted, self.journal.keys.hashes(posted)).get(posted[0])
        return self.journal.event(seq) if seq else None

    def silenced(self, member: Member, at: str) -> Problem | None:
        """Return why a member cannot send anything at this time; None if it can."""
        exempt = member.role != MEMBER
        return self.moderation.silenced(member.muted, "" if exempt else member.spoke, at)


def _no_effect(one: Operation) -> Answer | None:
    if isinstance(one, Post | Act):
        return PostResult(problem=problem("bad_request", "other"))
    return JoinRefused(problem("unavailable")) if isinstance(one, Join) else None
