"""The room itself: roster and journal under one hand, one order for everybody.

All that happens passes `perform` or `admit`: what it changes is sequenced, written to the
journal, and only then handed out as an `Outcome`. When the disk refuses, words are refused
with it, while joins and leaves hold at once and their events are owed until it writes again.

No clock (`now` is monotonic, `wall` is Unix time, both seconds), no sockets, no threads.
"""

import hmac
import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from msgspec import Struct, structs

from server.ratelimit import Attempts
from server.room import events
from server.room.interface import (
    JoinAccepted,
    JoinRefused,
    JoinRequest,
    Membership,
    Peer,
    Post,
    PostResult,
    Stats,
)
from server.room.ipc import Drop, Leave, Operation
from server.room.roster import Member, Refused, Roster, token_hash
from server.room.storage.journal import (
    Batch,
    Journal,
    KeptMember,
    RepeatedError,
    Row,
    StorageError,
)
from shared import limits, protocol
from shared.messages import MemberInfo, Presence, decode_event, encode
from shared.problems import problem

# However short the grace period: after a restart everybody must have time to come back.
RETURN_WITHIN = 5.0

log = logging.getLogger(__name__)

_NOWHERE = Peer("", 0, "")


@dataclass(slots=True)
class Outcome:
    """What everybody, and each asker, must be told.

    `answers` has one entry for each operation, None where all went as asked.
    `evictions` are (worker, connection, close code).
    """

    first: int = 0
    bodies: list[bytes] = field(default_factory=list)
    signals: list[tuple[str, bytes]] = field(default_factory=list)
    evictions: list[tuple[int, int, int]] = field(default_factory=list)
    answers: list[PostResult | None] = field(default_factory=list)


class _Draft(Struct, frozen=True):
    """An event before it has a place. `answer` is its operation's index, if it has one."""

    kind: bytes
    member: int
    tail: bytes
    post: Post | None = None
    joined: KeptMember | None = None
    left: bool = False
    answer: int | None = None


@dataclass(slots=True)
class Counters:
    """What happened since the room process started."""

    posts: int = 0
    duplicates: int = 0
    batches: int = 0
    storage_errors: int = 0
    file_bytes: int = 0


def rfc3339(wall: float) -> str:
    """Unix time as RFC 3339, UTC, milliseconds."""
    there = datetime.fromtimestamp(wall, UTC).replace(tzinfo=None)
    return there.isoformat(timespec="milliseconds") + "Z"


class RoomCore:
    """One room. Call from one thread only."""

    def __init__(
        self, journal: Journal, roster: Roster, *, password: str = "", now: float, wall: float
    ) -> None:
        self.journal = journal
        self.roster = roster
        self.started = rfc3339(wall)
        self.counters = Counters()
        self._password = password.encode()
        self._attempts = Attempts()
        self._owed: list[_Draft] = []
        self._last_at = self._newest_at()
        self._last_member = journal.last_member_id()
        for kept in journal.memberships():
            self.roster.add(_away(kept, now, now + max(roster.grace, RETURN_WITHIN)))

    def _newest_at(self) -> str:
        body = self.journal.event(self.journal.newest())
        return decode_event(body).at if body else ""

    # --- joining ---------------------------------------------------------------------

    def admit(
        self, wish: JoinRequest, now: float, wall: float
    ) -> tuple[JoinAccepted | JoinRefused, Outcome]:
        """Join or resume. The place is taken, and journaled, when this returns."""
        outcome = Outcome()
        try:
            if wish.token is not None:
                return self._resume(wish, wish.token, outcome), outcome
            return self._join(wish, now, wall, outcome), outcome
        except Refused as refused:
            return JoinRefused(refused.problem), outcome

    def _resume(self, wish: JoinRequest, token: str, outcome: Outcome) -> JoinAccepted:
        member = self.roster.by_token(token)
        if member is None:
            raise Refused(problem("bad_token"))
        worker, was_away = member.worker, member.connection is None
        replaced = self.roster.attach(member, wish.connection, wish.peer, wish.worker)
        if replaced is not None:
            outcome.evictions.append((worker, replaced, protocol.CLOSE_REPLACED))
        if was_away:
            member.shown_away = False
            outcome.signals.append(_presence(member))
        return self._place(member, token, wish, self.journal.newest())

    def _join(
        self, wish: JoinRequest, now: float, wall: float, outcome: Outcome
    ) -> JoinAccepted:
        self._check_password(wish, now)
        name = self.roster.check(wish.name)
        token = secrets.token_urlsafe(24)
        before = self.journal.newest()
        self._last_member += 1
        kept = KeptMember(self._last_member, name, token_hash(token), self._at(wall))
        member = Member(
            id=kept.id,
            name=name,
            token_hash=kept.token_hash,
            since=kept.since,
            connection=wish.connection,
            peer=wish.peer,
            worker=wish.worker,
            last_active=now,
        )
        self.roster.add(member)
        outcome.signals.append((name, b""))
        self._sequence(
            [_Draft(b"joined", kept.id, events.joined(name), joined=kept)], wall, outcome
        )
        return self._place(member, token, wish, before)

    def _check_password(self, wish: JoinRequest, now: float) -> None:
        if not self._password:
            return
        address = wish.peer.address
        if wait := self._attempts.must_wait(address, now):
            why = problem("too_many", seconds=round(wait))
            raise Refused(structs.replace(why, retry_after=wait))
        if wish.password is None:
            raise Refused(problem("bad_password", "missing"))
        given = wish.password.encode("utf-8", "surrogatepass")
        if not hmac.compare_digest(given, self._password):
            self._attempts.failed(address, now)
            raise Refused(problem("bad_password", "wrong"))
        self._attempts.succeeded(address)

    def _place(
        self, member: Member, token: str, wish: JoinRequest, before: int
    ) -> JoinAccepted:
        """`before` is the newest `seq` when the wish came: old events are up to there."""
        newest, first = self.journal.newest(), self.journal.first_kept()
        reset = wish.after is not None and (
            not first - 1 <= wish.after <= before or wish.journal not in (None, self.journal.id)
        )
        if wish.after is None or reset:
            history = min(wish.history, limits.MAX_HISTORY)
            start = max(first - 1, before - history)
        else:
            start = wish.after
        return JoinAccepted(
            member=member.id,
            name=member.name,
            token=token,
            seq=newest,
            start=start,
            reset=reset,
            journal=self.journal.id,
            max_users=self.roster.capacity,
            members=self._shown(),
        )

    def _shown(self) -> list[MemberInfo]:
        """The members, as somebody is told who they are; who is away was shown so then."""
        for member in self.roster.members():
            member.shown_away |= member.connection is None
        return self.roster.infos()

    def member_of(self, token: str) -> Membership | None:
        """Whose token this is."""
        member = self.roster.by_token(token)
        return Membership(member.id, member.name) if member else None

    def register(self, member_id: int, wish: JoinRequest, outcome: Outcome) -> bool:
        """A worker says who is here by it; the room, or its link, is new. False: not known."""
        member = self.roster.by_id(member_id)
        if member is None or member.connection not in (None, wish.connection):
            return False
        if member.shown_away:
            outcome.signals.append((member.name, encode(Presence(member.name, "active"))))
            member.shown_away = False
        self.roster.attach(member, wish.connection, wish.peer, wish.worker)
        return True

    # --- everything else -------------------------------------------------------------

    def perform(self, operations: Sequence[Operation], now: float, wall: float) -> Outcome:
        """Carry out what the workers ask, in this order, in one transaction."""
        outcome = Outcome(answers=[None] * len(operations))
        drafts: list[_Draft] = []
        for index, operation in enumerate(operations):
            match operation:
                case Post():
                    self._post(operation, index, now, drafts, outcome)
                case Leave():
                    member = self.roster.by_id(operation.member)
                    if member and member.connection == operation.connection:
                        drafts.append(self._depart(member, operation.reason, outcome))
                case Drop():
                    self._drop(operation.connection, now, outcome)
        self._sequence(drafts, wall, outcome)
        return outcome

    def _post(
        self, post: Post, index: int, now: float, drafts: list[_Draft], outcome: Outcome
    ) -> None:
        member = self.roster.by_id(post.member)
        if member is None or (post.connection and member.connection != post.connection):
            outcome.answers[index] = self._too_late(post)
            return
        member.last_active = now
        kind = b"said" if post.stored is None else b"shared"
        drafts.append(_Draft(kind, post.member, post.tail, post=post, answer=index))

    def _too_late(self, post: Post) -> PostResult:
        """Answer whose membership or connection has ended; it may be asking once more."""
        try:
            seq = self.journal.posted([(post.member, post.key)]).get((post.member, post.key))
        except StorageError as failure:
            return _storage(failure)
        if seq is not None:
            return PostResult(seq=seq)
        return PostResult(problem=problem("not_joined"))

    def _drop(self, connection: int, now: float, outcome: Outcome) -> None:
        member = self.roster.detach(connection, now)
        if member is not None:
            member.shown_away = True
            outcome.signals.append(_presence(member))

    def _depart(self, member: Member, reason: str, outcome: Outcome) -> _Draft:
        self.roster.remove(member)
        outcome.signals.append((member.name, b""))
        return _Draft(b"left", member.id, events.left(member.name, reason), left=True)

    def expire(self, now: float, wall: float) -> Outcome:
        """End the memberships whose grace period is over; write what is owed."""
        outcome = Outcome()
        drafts = [self._depart(member, "lost", outcome) for member in self.roster.lapsed(now)]
        self._sequence(drafts, wall, outcome)
        return outcome

    def next_expiry(self, now: float) -> float | None:
        """When to call `expire` again; soon while events are owed."""
        lapse = self.roster.next_lapse()
        if not self._owed:
            return lapse
        return now + 1.0 if lapse is None else min(lapse, now + 1.0)

    def stats(self) -> Stats:
        """Figures for operators."""
        members = self.roster.members()
        return Stats(
            members=len(members),
            away=sum(member.state == "away" for member in members),
            max_users=self.roster.capacity,
            seq=self.journal.newest(),
            posts=self.counters.posts,
            duplicates=self.counters.duplicates,
            batches=self.counters.batches,
            storage_errors=self.counters.storage_errors,
            files=self.journal.file_count(),
            file_bytes=self.counters.file_bytes,
        )

    # --- sequencing ------------------------------------------------------------------

    def _sequence(self, drafts: list[_Draft], wall: float, outcome: Outcome) -> None:
        """Give the drafts their `seq`, journal them, and only then hand them out."""
        drafts = wanted = self._owed + drafts
        if not drafts:
            return
        self._last_at = at = self._at(wall)
        try:
            try:
                batch = self._write(drafts, at)
            except RepeatedError:
                drafts = self._without_repeats(drafts, outcome)
                batch = self._write(drafts, at)
        except StorageError as failure:
            self._refuse(wanted, failure, outcome)
            return
        self._owed = []
        if batch.rows:
            outcome.first = batch.rows[0].seq
            outcome.bodies = [row.body for row in batch.rows]
            self._count(drafts)

    def _write(self, drafts: Sequence[_Draft], at: str) -> Batch:
        batch = Batch()
        stamp = at.encode()
        for seq, draft in enumerate(drafts, self.journal.newest() + 1):
            body = events.event(draft.kind, seq, stamp, draft.tail)
            key, stored = (draft.post.key, draft.post.stored) if draft.post else (None, None)
            batch.rows.append(Row(seq, draft.member, key, body, stored))
            if draft.joined:
                batch.joined.append(draft.joined)
            elif draft.left:
                batch.left.append(draft.member)
        if batch.rows:
            self.journal.append(batch)
        return batch

    def _without_repeats(self, drafts: list[_Draft], outcome: Outcome) -> list[_Draft]:
        """Leave out what was posted before, and answer it with the `seq` it has."""
        seqs = self.journal.posted(
            [(draft.member, draft.post.key) for draft in drafts if draft.post is not None]
        )
        fresh: list[_Draft] = []
        for draft in drafts:
            if draft.post is None:
                fresh.append(draft)
                continue
            seq = seqs.setdefault(
                (draft.member, draft.post.key), self.journal.newest() + len(fresh) + 1
            )
            if seq == self.journal.newest() + len(fresh) + 1:
                fresh.append(draft)
            elif draft.answer is not None:
                outcome.answers[draft.answer] = PostResult(seq=seq)
                self.counters.duplicates += 1
        return fresh

    def _refuse(self, drafts: list[_Draft], failure: StorageError, outcome: Outcome) -> None:
        """The disk refused: say so to those who posted, owe what has happened already."""
        self.counters.storage_errors += 1
        self._owed = [draft for draft in drafts if draft.post is None]
        for draft in drafts:
            if draft.answer is None:
                continue
            answer = outcome.answers[draft.answer]
            # A repeat of what is in the journal stays one; a repeat within this batch is not.
            if answer is None or (answer.seq or 0) > self.journal.newest():
                outcome.answers[draft.answer] = _storage(failure)

    def _count(self, drafts: Sequence[_Draft]) -> None:
        self.counters.batches += 1
        for draft in drafts:
            if draft.post is None:
                continue
            self.counters.posts += 1
            if draft.post.stored is not None:
                self.counters.file_bytes += draft.post.stored.file.size
            if member := self.roster.by_id(draft.member):
                member.sent += 1

    def _at(self, wall: float) -> str:
        """`at` of an event now: never before the one before it, whatever the clock does."""
        return max(self._last_at, rfc3339(wall))


def _away(kept: KeptMember, now: float, lapses: float) -> Member:
    return Member(
        id=kept.id,
        name=kept.name,
        token_hash=kept.token_hash,
        since=kept.since,
        connection=None,
        peer=_NOWHERE,
        worker=0,
        last_active=now,
        lapses=lapses,
    )


def _storage(failure: StorageError) -> PostResult:
    log.error("journal not written error=%s", failure)
    return PostResult(problem=problem("storage", "journal"))


def _presence(member: Member) -> tuple[str, bytes]:
    return member.name, encode(Presence(member.name, member.state))
