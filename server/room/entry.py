"""An entry of the log while the core carries it out: each operation, and what comes of it.

See `core` for what holds for both: no clock, no randomness, no socket, no thread.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from server.room import acts, changes, events
from server.room.interface import (
    Act,
    Answer,
    CloseReason,
    JoinAccepted,
    JoinRefused,
    Post,
    PostResult,
)
from server.room.member_changes import MemberChanges
from server.room.moderation import MUTE, Traces, later
from server.room.operations import (
    Agree,
    Drop,
    Expire,
    Forget,
    HostBack,
    HostLost,
    Join,
    Leave,
    Operation,
    OwnerKey,
    Register,
)
from server.room.roster import Member, Refused, tidy
from server.room.rows import is_sent
from server.room.storage.batch import Row
from server.room.storage.dedup import Posted
from shared import limits, names
from shared.codec import decode_event
from shared.conversation import Rename
from shared.moderation import OWNER
from shared.problems import ProblemError, problem

if TYPE_CHECKING:
    from server.room.core import RoomCore

_NOT_LISTED = memoryview(b"")


_KEYED = (Post, Act)

LATE_AGAIN_AFTER = 1.0

MOST_AHEAD = timedelta(minutes=5)
"""When the last event is further ahead of the clock than this, `at` goes back."""


class Entry(MemberChanges):
    """An entry of the log while it is carried out."""

    def __init__(
        self, core: "RoomCore", position: int, at: str, operations: Sequence[Operation]
    ) -> None:
        at = at if _is_right(at, core.last_at) else core.last_at
        super().__init__(core.journal, core.pins, core.roster, position, at)
        self._core = core
        self.moderation = core.moderation
        self.edit_window = core.edit_window
        self.senders: list[Member] = []
        keys = [_key(one) for one in operations if isinstance(one, _KEYED)]
        hashes = core.journal.keys.hashes(keys)
        self._known = core.journal.keys.find(keys, hashes) if keys else {}
        self._keys = zip(keys, hashes, strict=True)

    # --- operations --------------------------------------------------------------------

    def carry_out(self, operation: Operation) -> Answer | None:
        """Carry out one operation; None is the answer where all went as asked."""
        if not _is_presence(operation):
            self.list_members()
        match operation:
            case Post():
                return self._post(operation)
            case Act():
                return self._act(operation)
            case Join():
                return self._join(operation)
            case Leave():
                self._leave(operation)
            case Drop():
                self._drop(operation)
            case Expire():
                self._expire(operation)
            case Register():
                self._register(operation)
            case OwnerKey(key, first):
                if not (first and self.moderation.room.owner):
                    acts.change_key(self, key)
            case HostLost() | HostBack() | Agree() | Forget():
                self._about_hosts(operation)
        return None

    def _post(self, post: Post) -> Answer | None:
        posted, hash = next(self._keys)
        member = self._roster.by_id(post.member)
        seq = self._known.get(posted)
        # Keys of members are kept; those of others only as long as their events are.
        if seq is not None and (member or seq >= self._journal.first_kept(self._newest)):
            self.outcome.duplicates += 1
            return PostResult(seq=seq)
        if member is None or (post.connection and not _has(member, post.connection)):
            return PostResult(problem=problem("not_joined"))
        concerned = member.muted or self.moderation.room.slow  # nearly nobody ever is
        if concerned and (why := self._core.silenced(member, self.at)):
            return PostResult(problem=why)
        if post.reply_to and not is_sent(self.body(post.reply_to)):
            return PostResult(problem=problem("not_found", "message", seq=post.reply_to))
        # Nothing refuses it from here on: what was not sent must not count in slow mode.
        if self.moderation.room.slow:
            member.spoke = self.at
            self.changed[member.id] = member
        if post.reply_to:
            self.replied.append(post.reply_to)
        tail = post.tail
        if member.renamed:  # the worker may not have known of it
            tail = events.named(tail, member.name)
        self.batch.refusable = True
        kind = b"said" if post.stored is None else b"shared"
        self._newest = seq = self._newest + 1
        body = events.event(kind, seq, self._stamp, post.member, tail)
        self.batch.rows.append(Row(seq, post.member, posted[1], body, post.stored, hash))
        self._known[posted] = seq
        self.senders.append(member)
        self.outcome.posts += 1
        if post.stored is not None:
            self.outcome.file_bytes += post.stored.file.size
        return None

    def _act(self, act: Act) -> Answer | None:
        posted, hash = next(self._keys)
        member = self._roster.by_id(act.member) if act.member else None
        seq = self._known.get(posted)
        if seq is not None and (member or seq >= self._journal.first_kept(self._newest)):
            renames = member is not None and isinstance(act.request, Rename)
            return PostResult(seq=seq, name=member.name if member and renames else "")
        if act.member and (member is None or not _has(member, act.connection)):
            return PostResult(problem=problem("not_joined"))
        self._hash = hash
        try:
            if isinstance(act.request, changes.REQUESTS):
                self.batch.refusable = True
                return changes.carry_out(self, act, member)
            acts.carry_out(self, act, member)
        except ProblemError as why:
            return PostResult(problem=why.problem)
        return None

    def _join(self, join: Join) -> Answer:
        self.batch.refusable = True
        member, newest = self._roster.by_token(join.token_hash), self._newest
        owner = bool(join.owner) and acts.is_key(self.moderation, join.owner)
        if join.owner and not owner:
            return JoinRefused(problem("forbidden", "owner_key"))
        try:
            if member is not None:  # a new token belongs to a member: the join came before
                if _is_late(join, member):
                    return JoinRefused(problem("unavailable").after(LATE_AGAIN_AFTER))
                self._resume(member, join, owner=owner)
            elif join.resume:
                why = self.moderation.token_refused(join.token_hash, self.at, self.body)
                return JoinRefused(why or problem("bad_token"))
            else:
                member = self._enter(join, owner=owner)
        except Refused as refused:
            return JoinRefused(refused.problem)
        if owner and member.role != OWNER:
            acts.make_owner(self, member)
        before = newest if join.resume else member.joined - 1
        start, reset = self._start(join, before)
        room = self.moderation.room
        accepted = JoinAccepted(
            member=member.id,
            name=member.name,
            token="",
            seq=self._newest,
            start=start,
            reset=reset,
            journal=self._journal.id,
            max_users=self._roster.capacity,
            members=_NOT_LISTED,
            role=member.role,
            topic=room.topic,
            locked=room.locked,
            slow=room.slow,
            muted=member.muted if member.muted > self.at else "",
            pins=self._pins.json(self._journal.first_kept(self._newest), self.body),
        )
        self._unlisted.append(accepted)
        return accepted

    def _enter(self, join: Join, *, owner: bool) -> Member:
        name, moderation = tidy(join.name), self.moderation
        muted = spoke = ""
        if moderation.concerns_joins:
            traces = Traces.of(name, join.device, join.address)
            if why := (
                moderation.token_refused(join.token_hash, self.at, self.body)
                or moderation.refused(traces, self.at, owner=owner, new=True)
            ):
                raise Refused(why)
            mute = moderation.find(MUTE, traces, self.at, owner=owner)
            muted, spoke = mute.until if mute else "", self._spoke(traces)
        self._roster.check_tidy(name, self.at, beyond=owner)
        if (left_over := self._roster.left_over(name)) is not None:
            self.end(left_over, "lost")  # most likely this person: clients come back as new
        self._core.last_member = number = self._core.last_member + 1
        member = Member(
            id=number,
            name=name,
            token_hash=join.token_hash,
            since=self.at,
            joined=self.add(b"joined", number, events.joined(name)),
            worker=join.worker,
            connection=join.connection,
            disconnected=None,
            peer=join.peer,
            client=join.client,
            device=join.device,
            address=join.address,
            host=join.host,
            muted=muted,
            spoke=spoke,
        )
        self._roster.add(member)
        self._name_changed(names.key(name))
        self.changed[number] = member
        return member

    def _spoke(self, traces: Traces) -> str:
        """Return when a person that joins last sent something in slow mode, as another member.

        Else who is in a hurry would leave and join again.
        """
        if not (slow := self.moderation.room.slow):
            return ""
        since, marks, last = later(self.at, -slow), set(traces.marks()), ""
        for left in reversed(self._roster.recent.values()):  # up to 1,000, for each join
            if left.at < since:
                break
            if left.spoke > last and not marks.isdisjoint(left.traces.marks()):
                last = left.spoke
        return last

    def _resume(self, member: Member, join: Join, *, owner: bool) -> None:
        device, owner = Traces(device=join.device), owner or member.role == OWNER
        if why := self.moderation.refused(device, self.at, owner=owner, new=False):
            raise Refused(why)
        member.peer, member.client, member.address = join.peer, join.client, join.address
        member.device = member.device or join.device
        muted = self.moderation.find(MUTE, device, self.at, owner=owner)
        if muted is not None and muted.until > member.muted:
            member.muted = muted.until
            self._roster.changed(member)
        self._attach(member, join.connection, join.worker, join.host)

    def _start(self, join: Join, before: int) -> tuple[int, bool]:
        """Return the `seq` after which to serve, and whether the client must forget all.

        `before` is the newest `seq` before the join: old events are those up to it.
        """
        first = self._journal.first_kept(self._newest)
        after = join.after
        if after is not None and self._holds(after, join, first, before):
            return after, False
        history = min(join.history, limits.MAX_HISTORY)
        return max(first - 1, before - history), after is not None

    def _holds(self, after: int, join: Join, first: int, before: int) -> bool:
        """Whether the client has this journal's events up to `after`, and the rest is kept."""
        if join.journal not in (None, self._journal.id):
            return False
        if not first - 1 <= after <= min(before, self._written):
            return False
        body = self._journal.event(after) if join.after_at is not None else None
        return not body or decode_event(body).at == join.after_at

    def _leave(self, leave: Leave) -> None:
        member = self._roster.by_id(leave.member)
        if member is not None and _has(member, leave.connection):
            self._roster.let_go(member)
            self.end(member, leave.reason)

    def _drop(self, drop: Drop) -> None:
        member = self._roster.by_connection(drop.connection)
        if member is not None:
            self._detach(member)
        elif (member := self._roster.by_held(drop.connection)) is not None:
            self._roster.let_go(member)
            self.changed[member.id] = member

    def _expire(self, expire: Expire) -> None:
        member = self._roster.by_id(expire.member)
        if member is not None and member.disconnected == expire.disconnected:
            self.end(member, "lost")

    def _register(self, register: Register) -> None:
        here = set(register.pending)
        for number, connection in register.connections:
            member = self._roster.by_id(number)
            if member is None or member.connection not in (None, connection):
                self.outcome.evictions.append((connection, CloseReason.SHUTTING_DOWN))
                continue
            here.add(connection)
            worker = register.host, register.worker
            if member.connection is None or (member.host, member.worker) != worker:
                self._attach(member, connection, register.worker, register.host)
        for member in self._roster.members():
            of_worker = (member.host, member.worker) == (register.host, register.worker)
            if of_worker and member.held and member.held not in here:
                self._roster.let_go(member)
                self.changed[member.id] = member
            if of_worker and member.connection not in here:
                self._detach(member)
            elif register.connections:
                # It made contact again: of the room before it may have missed a presence.
                self.signal(member)

    def _about_hosts(self, operation: HostLost | HostBack | Agree | Forget) -> None:
        match operation:
            case HostLost(host, epoch) if self._core.hosts.epoch(host) == epoch:
                for member in self._roster.members():
                    if member.host == host:
                        self._detach(member, hold=True)
                self.outcome.lost = [*self.outcome.lost, host]
            case HostBack(host, epoch) if self._core.hosts.epoch(host) == epoch:
                for member in self._roster.members():
                    if member.host == host and member.held:
                        self._attach(member, member.held, member.worker, host)
            case Agree(last=last) if last == _mark(self.batch.agreed or self._core.agreed):
                if not last:  # the connections that a single host had have ended
                    for member in self._roster.members():
                        if not member.host:
                            self._detach(member)
                self.batch.agreed = operation
            case Forget(before) if before > self._journal.first_kept(self._newest):
                before = min(before, self._newest + 1)
                self.batch.forget = max(before, self.batch.forget)


def earlier(last: str, at: str) -> timedelta:
    """Return by how much the time `at` is before `last`."""
    return datetime.fromisoformat(last) - datetime.fromisoformat(at)


def _is_presence(operation: Operation) -> bool:
    """Whether it can change of the list of members only who is disconnected."""
    return isinstance(operation, Drop) or (isinstance(operation, Join) and operation.resume)


def _is_right(at: str, last: str) -> bool:
    """Whether an entry has its own time, and not that of the event before it."""
    return at >= last or earlier(last, at) > MOST_AHEAD


def _is_late(join: Join, member: Member) -> bool:
    """Whether a member has got a connection at another host that the join's did not know of.

    Such a join may be one that its client gave up long ago. If not, the client asks again.
    """
    elsewhere = member.connection is not None and member.host != join.host
    return elsewhere and member.connection != join.instead


def _has(member: Member, connection: int) -> bool:
    """Whether a member has a connection, or lost it only with its host."""
    return member.connection == connection or (
        member.connection is None and member.held == connection != 0
    )


def _mark(agreed: Agree | None) -> bytes:
    return agreed.mark if agreed else b""


def _key(one: Post | Act) -> Posted:
    return one.member, one.key or (one.number.to_bytes(8) if isinstance(one, Post) else "")
