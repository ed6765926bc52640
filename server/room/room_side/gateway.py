"""The room's side of the workers' sockets: operations in, events and answers out.

The operations of one turn of the event loop become one entry of the log, so one transaction,
and one write to each worker. Knows log, core, clock and sockets; decides nothing about
members.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from functools import partial

from server.budgets.buckets import TokenBucket
from server.budgets.table import budgets
from server.room.core import RoomCore
from server.room.hosts import Source
from server.room.ipc import HeldUploads, Hello, HelloReply, JoinAttempt, SomebodyTypes
from server.room.log import Applies, LocalLog, Log, rfc3339
from server.room.operations import Drop, Operation, OwnerKey, Register
from server.room.outcome import Outcome
from server.room.room_side import asked
from server.room.room_side.admission import Admission
from server.room.room_side.asked import Asked
from server.room.room_side.connected_workers import ConnectedWorkers
from server.room.room_side.figures import Counters, UsageCollector
from server.room.room_side.grace import GracePeriods
from server.room.room_side.host import Host
from server.room.room_side.joins import Joins
from server.room.room_side.other_hosts import OtherHosts
from server.room.room_side.pace import Pace
from server.room.room_side.reservations import Reservations
from server.room.room_side.worker_connection import Request, WorkerConnection
from server.room.storage.errors import OvertakenError, StorageError
from server.settings import Settings
from shared import limits
from shared.problems import CANNOT_JOIN, NO_MAJORITY, Problem, problem

log = logging.getLogger(__name__)

# A start also waits so long for the workers of connections that the journal has.
REGISTER_WITHIN = 5.0
RETRY_EVERY = 1.0
MOST_RETRIES = 1000
"""So many operations are tried again in one entry of a log that takes so many bytes only."""
JOIN_AGAIN_AFTER = 5.0
EMPTY_EVERY = 0.01


class Gateway:
    """All workers of one room. Lives on the room process's event loop.

    `grace` is in seconds; `now` gives monotonic seconds, `wall` Unix time. `show` gets a line
    about each act. `make_log` makes a log for entries that it applies. `host` is the name of
    this host; empty in a room on one host.

    Attributes:
        others: the other hosts of the room.
        workers: the workers that are connected.
    """

    def __init__(
        self,
        core: RoomCore,
        grace: float,
        admission: Admission | None = None,
        reservations: Reservations | None = None,
        *,
        now: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        show: Callable[[str], None] = lambda line: None,
        make_log: Callable[[Applies], Log] | None = None,
        host: str = "",
    ) -> None:
        self._core = core
        self._host = host
        self._grace = GracePeriods(core, grace, now())
        if admission is None:
            admission = Admission(core, Settings(max_users=limits.MAX_USERS), now())
        self._joins = Joins(admission, self._grace, self._take_late, now)
        self._now, self._wall = now, wall
        self._typing = TokenBucket(*budgets(Settings()).typing, now())
        self._loop = asyncio.get_running_loop()
        self._log: Log = (
            make_log(self._apply)
            if make_log
            else LocalLog(self._apply, core.restore, core.position, wall)
        )
        self._given_up = False
        self.others = OtherHosts()
        self.workers = ConnectedWorkers(self.others)
        self._inbox: list[Asked] = []
        self._asking: list[Asked] = []
        self._retries: list[Operation] = []
        self._pace = Pace(self._flush, now)
        self._scheduled = False
        self._timer: asyncio.TimerHandle | None = None
        self._due: float | None = None
        self._held = self._closed = False
        self.reservations = reservations or Reservations(budgets(Settings()), 0)
        self.host = Host(self.propose, partial(core.event_of, 0), show)
        self.counters = Counters()
        self.usage = UsageCollector(self.workers.by_number)
        self._set_timer()
        self._registering = self._loop.call_later(REGISTER_WITHIN, self.drop_unregistered)

    # --- from the workers ------------------------------------------------------------

    def hello(self, connection: WorkerConnection, hello: Hello) -> None:
        """Take a worker that made contact, for the first time or again."""
        self._flush_all()
        if old := self.workers.by_number.pop(hello.worker, None):
            self._joins.forget(old)
            old.close()
        journal = self._core.journal
        self.workers.add(connection, HelloReply(journal.newest(), journal.id))
        self.propose(Register(hello.worker, hello.connections, hello.pending, self._host))

    def lost(self, connection: WorkerConnection) -> None:
        """Drop the connections of a worker that has ended."""
        if self.workers.by_number.get(connection.worker) is not connection:
            return
        self._joins.forget(connection)
        self._flush_all()
        self.propose(*asked.joining([*self._asking, *self._inbox], connection))
        self.workers.remove(connection.worker)
        self.reservations.lost(connection.worker)
        self._drop_all({connection.worker})

    def drop_unregistered(self) -> None:
        """Drop the connections whose workers have not made contact since the start."""
        workers = {member.worker for member in self._core.roster.members()}
        self._drop_all(workers - self.workers.by_number.keys())

    def _drop_all(self, workers: set[int]) -> None:
        """Drop all connections of this host's workers that are not there."""
        self.propose(
            *(
                Drop(member.connection or member.held)
                for member in self._core.roster.members()
                if member.host == self._host
                and member.worker in workers
                and (member.connection or member.held)
            )
        )

    def admit(self, connection: WorkerConnection, attempt: JoinAttempt, number: int) -> Request:
        """Return the operation for a join, or why it is refused, or that it waits."""
        return self._joins.admit(attempt, connection, number)

    def hung_up(self, connection: int) -> None:
        """Note that a connection has ended, which may still wait to join."""
        self._joins.hung_up(connection)

    def renew(self, connection: WorkerConnection, held: HeldUploads) -> None:
        """Take the uploads under way of a worker."""
        self.reservations.renew(connection.worker, held.uploads)
        self._end_uploads()

    def typing(self, notice: SomebodyTypes) -> None:
        """Pass on that a member is typing, past the log; not where many do, nor if muted."""
        member = self._core.roster.by_id(notice.member)
        if member is None or (member.muted and member.muted > rfc3339(self._wall())):
            return
        if self._typing.take(self._now()):
            self.workers.show_typing(notice)
            self.others.tell_typing(notice)

    def _end_uploads(self) -> None:
        """End the uploads of members that have left."""
        self.workers.end_uploads(self.reservations.ended(self._core.roster.by_id))

    def take(
        self,
        requests: list[Request],
        connection: WorkerConnection | None = None,
        first: int = 0,
    ) -> None:
        """Carry these out at the end of this turn of the event loop.

        `connection` gets the answers; `first` is its number of the first operation.
        """
        self._inbox.append((requests, connection, first))
        self._schedule()

    def _take_late(self, admitted: Request, asker: WorkerConnection, number: int) -> None:
        self.take([admitted], asker, number)

    def _schedule(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._flush)

    def propose(self, *operations: Operation) -> None:
        """Carry out operations that no worker waits for."""
        if operations:
            self.take([*operations])

    @property
    def owner_key(self) -> bytes:
        """The SHA-256 of the owner's key that holds; empty if there is none yet."""
        return self._core.moderation.room.owner

    def set_owner_key(self, sha256: bytes, *, first: bool = False) -> None:
        """Let this owner's key hold; with `first` only if there is none yet."""
        if self.owner_key != sha256 and not (first and self.owner_key):
            self.propose(OwnerKey(sha256, first))

    # --- through the log ---------------------------------------------------------------

    def _flush(self) -> None:
        self._scheduled = False
        if not self._pace.waits(self._waiting):
            self._append()

    @property
    def _waiting(self) -> int:
        """How many requests wait for the log."""
        return sum(len(requests) for requests, _, _ in self._inbox)

    def _append(self) -> None:
        """Let the log have what makes up the next entry."""
        if self._closed or not self._log.ready or not (self._inbox or self._retries):
            return
        if self._retries:  # alone: they can be written while messages are still refused
            most = MOST_RETRIES if self._log.most_bytes else len(self._retries)
            retries, self._retries = self._retries[:most], self._retries[most:]
            self._carry_out([([*retries], None, 0)])
            if not self._log.ready:
                return
        asking = self._next()
        if self._inbox:
            self._schedule()
        if asking:
            self._carry_out(asking)

    def _carry_out(self, asking: list[Asked]) -> None:
        """Carry out the operations as one entry of the log."""
        self._asking, operations = asking, asked.operations(asking)
        if not operations:
            self._tell(Outcome())
            return
        self._pace.went(len(operations), self._waiting)
        try:
            self._log.append(operations)
        except StorageError:
            self.counters.storage_errors += 1
            cannot_join = problem("storage", "join").after(JOIN_AGAIN_AFTER)
            self._refuse(operations, problem("storage", "journal"), cannot_join)

    def _flush_all(self) -> None:
        self._append()
        while self._inbox and self._log.ready and not self._closed:
            self._append()

    def resume(self) -> None:
        """Go on: the log is ready again."""
        self._pace.came_back(self._waiting)
        if self._inbox or self._retries:
            self._schedule()

    def _next(self) -> list[Asked]:
        """Take from the inbox what to carry out together."""
        now, self._inbox = asked.cut(
            self._inbox, self._log.most_bytes, apart=bool(self._core.journal.no_space)
        )
        return now

    def _apply(
        self,
        position: int,
        at: str,
        operations: Sequence[Operation],
        source: Source | None = None,
        *,
        own: bool = True,
    ) -> bool:
        outcome = self._core.apply(position, at, operations, source)
        if source is not None and not outcome.written:
            if own:
                raise OvertakenError("another room process of this host has started")
            return False
        self.counters.count(outcome)
        if outcome.fault is not None:
            log.critical("entry has no effect position=%d", position, exc_info=outcome.fault)
        if outcome.ahead is not None:
            log.warning("time of events set back seconds=%d", outcome.ahead.total_seconds())
        if outcome.lost:
            self.others.lost(outcome.lost)
        self.others.deleted = self.others.deleted or outcome.deleted
        for member in outcome.disconnected:
            self._grace.lost(member, position, self._now())
            self._joins.lost(member)
        outcome.answers = self._joins.answered(operations, outcome.answers)
        self._joins.left(outcome.left)
        self.host.answered(operations, outcome.answers)
        if outcome.acts:
            self.host.carried_out(outcome)
        if own and self._given_up:
            self._given_up = False
            self.propose(*asked.withdrawals(operations, outcome.answers))
        self._tell(outcome, own=own)
        self._end_uploads()
        return outcome.written

    def give_up(self) -> None:
        """Answer all that waits for the log: the room cannot put anything in order at present.

        What the log has already, it may still carry out; joins are undone then.
        """
        waiting, self._inbox = [*self._asking, *self._inbox], []
        self._given_up = self._given_up or bool(self._asking)
        have, operations = len(asked.operations(self._asking)), asked.operations(waiting)
        self._asking = waiting
        if waiting:
            self._refuse(operations, NO_MAJORITY, CANNOT_JOIN, retried_from=have)

    def _refuse(
        self,
        operations: Sequence[Operation],
        cannot_post: Problem,
        cannot_join: Problem,
        retried_from: int = 0,
    ) -> None:
        """Refuse posts and joins while nothing can be written; try the rest again later.

        A member that left or lost the connection has done so, whatever the disk says. The first
        `retried_from` operations are in the log already.
        """
        self._retries += asked.retried(operations[retried_from:])
        answers = asked.refusals(operations, cannot_post, cannot_join)
        self.host.answered(operations, answers)
        self._tell(Outcome(answers=self._joins.answered(operations, answers)))

    def _tell(self, outcome: Outcome, *, own: bool = True) -> None:
        """Deliver the events and answers.

        If the entry is not this host's `own`, nobody here waits for its answers.
        """
        answered: list[Asked] = []
        if own:
            answered, self._asking = self._asking, []
        self.workers.deliver(outcome, asked.answers(answered, outcome.answers))
        self._set_timer()

    # --- grace periods -----------------------------------------------------------------

    def _set_timer(self) -> None:
        """Wake up when the next grace period ends, or to try refused operations again."""
        due = self._grace.due(self._now())
        if due is None and not self._retries and self._due is None:
            return
        if self._retries:
            retry = self._now() + RETRY_EVERY
            due = retry if due is None else min(due, retry)
        if self._held or self._closed:
            due = None
        if due == self._due:
            return
        self._due = due
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if due is not None:
            self._timer = self._loop.call_later(max(0.0, due - self._now()), self.expire)

    def expire(self) -> None:
        """Propose the end of the memberships whose grace period is over."""
        self._due = None
        self.propose(*self._grace.over(self._now()))
        self._flush()
        self._set_timer()

    def disconnected_for(self, member: int) -> float:
        """Return for how many seconds a member has been disconnected."""
        return self._grace.since(member, self._now())

    # --- the end -----------------------------------------------------------------------

    def hold(self) -> None:
        """End no grace period from now on: the next start counts them anew."""
        self._held = True
        self._set_timer()

    async def emptied(self, within: float) -> None:
        """Wait until no worker is left and their operations are carried out."""
        await self.workers.gone(within)
        self._flush_all()
        loop = self._loop
        deadline = loop.time() + within
        while (self._inbox or self._asking) and loop.time() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(EMPTY_EVERY)

    def close(self) -> None:
        """Write nothing any more, whatever a timer or a worker still brings."""
        self._closed = True
        self._registering.cancel()
        self._set_timer()
        self._joins.close()
        self._pace.close()
