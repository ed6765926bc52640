"""The room's side of the workers' sockets: operations in, events and answers out.

The operations of one turn of the event loop become one entry of the log, so one transaction,
and one write to each worker. Knows log, core, clock and sockets; decides nothing about
members.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from typing import cast

from msgspec import structs

from server.room.core import Outcome, RoomCore
from server.room.interface import Answer, JoinRefused, PostResult
from server.room.ipc import (
    Answers,
    EventBatch,
    Frames,
    Hello,
    HelloReply,
    JoinAttempt,
    UsageReply,
    decode_up,
    frame,
)
from server.room.log import LocalLog
from server.room.operations import Drop, Expire, Join, Leave, Operation, Register
from server.room.room_side.admission import Admission
from server.room.room_side.figures import Counters, UsageCollector
from server.room.storage.journal import StorageError
from shared.problems import Problem, problem

log = logging.getLogger(__name__)

# A worker that has stopped reading costs no more memory than this: its connection is cut. Once
# it runs again it connects anew, and fetches what it missed from the journal.
MOST_UNREAD = 64 * 1024 * 1024
# However short the grace period: after a start everybody must have time to come back.
RETURN_WITHIN = 5.0
# A start also waits so long for the workers of connections that the journal has.
REGISTER_WITHIN = 5.0
RETRY_EVERY = 1.0
JOIN_AGAIN_AFTER = 5.0

_RETRIED = (Leave, Drop, Expire, Register)


class WorkerConnection(asyncio.Protocol):
    """One worker's socket."""

    def __init__(self, gateway: "Gateway") -> None:
        self._gateway = gateway
        self._frames = Frames(self._received)
        self._transport: asyncio.Transport | None = None
        self.worker = 0
        self.operations = 0
        """How many it has sent since its `Hello`."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._frames.feed(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._gateway.lost(self)

    def _received(self, body: bytes) -> None:
        turn = Turn(self, self.operations + 1)
        for message in decode_up(body):
            if isinstance(message, Hello):
                self.worker = message.worker
                self._gateway.hello(self, message)
            elif isinstance(message, UsageReply):
                self._gateway.usage.reply(self.worker, message)
            elif isinstance(message, JoinAttempt):
                turn.add_join(self._gateway.admit(self, message))
            else:
                turn.operations.append(message)
        count = len(turn.operations) + len(turn.refused)
        if count:
            self.operations += count
            self._gateway.take(turn)

    def send(self, data: bytes) -> None:
        """Write frames, unless the worker has long stopped reading."""
        transport = self._transport
        if transport is None:
            return
        if transport.get_write_buffer_size() > MOST_UNREAD:
            log.warning("worker cut off worker=%s reason=reads_nothing", self.worker)
            transport.abort()
            return
        transport.write(data)

    def close(self) -> None:
        """Close the socket."""
        if self._transport is not None:
            self._transport.close()


class Turn:
    """Operations of one frame of a worker, from its operation number `first` on.

    `refused` are the joins among them that do not get to the log, by their number.
    """

    __slots__ = ("connection", "first", "operations", "refused")

    def __init__(self, connection: WorkerConnection | None, first: int = 0) -> None:
        self.connection = connection
        self.first = first
        self.operations: list[Operation] = []
        self.refused: dict[int, Answer] = {}

    def add_join(self, admitted: Join | Problem) -> None:
        """Add an admitted join, or the reason why it is refused."""
        if isinstance(admitted, Join):
            self.operations.append(admitted)
        else:
            number = self.first + len(self.operations) + len(self.refused)
            self.refused[number] = JoinRefused(admitted)

    @property
    def last(self) -> int:
        """The number of the last operation."""
        return self.first + len(self.operations) + len(self.refused) - 1

    def special(self, answers: Sequence[Answer | None]) -> list[tuple[int, Answer]]:
        """Return the answers that are more than "done", each with its operation's number."""
        numbers: Sequence[int] = range(self.first, self.last + 1)
        if self.refused:
            numbers = [number for number in numbers if number not in self.refused]
        given = zip(numbers, answers, strict=True)
        return [*self.refused.items(), *((n, one) for n, one in given if one is not None)]


class Gateway:
    """All workers of one room. Lives on the room process's event loop.

    `grace` is in seconds; `now` gives monotonic seconds, `wall` Unix time.
    """

    def __init__(
        self,
        core: RoomCore,
        grace: float,
        admission: Admission | None = None,
        *,
        now: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._core = core
        self._grace = grace
        self._admission = admission or Admission()
        self._now = now
        self._loop = asyncio.get_running_loop()
        self._log = LocalLog(self._apply, core.restore, core.position, wall)
        self._workers: dict[int, WorkerConnection] = {}
        self._inbox: list[Turn] = []
        self._asking: list[Turn] = []
        self._retries: list[Operation] = []
        self._scheduled = False
        self._timer: asyncio.TimerHandle | None = None
        self._due: float | None = None
        self._last_left = asyncio.Event()
        self._held = self._closed = False
        self._deadlines: dict[int, tuple[float, int]] = {}
        self.counters = Counters()
        self.usage = UsageCollector(self._workers)
        self._begin()

    def _begin(self) -> None:
        """Give everybody time to come back after a start."""
        due = self._now() + max(self._grace, RETURN_WITHIN)
        for member in self._core.roster.members():
            if member.disconnected is not None:
                self._deadlines[member.id] = due, member.disconnected
        self._set_timer()
        self._registering = self._loop.call_later(REGISTER_WITHIN, self.drop_unregistered)

    # --- from the workers ------------------------------------------------------------

    def hello(self, connection: WorkerConnection, hello: Hello) -> None:
        """Take a worker that made contact, for the first time or again."""
        self._flush()
        if old := self._workers.pop(hello.worker, None):
            old.close()
        self._workers[hello.worker] = connection
        connection.send(frame(HelloReply(self._core.journal.newest())))
        self._propose(Register(hello.worker, hello.connections, hello.pending))

    def lost(self, connection: WorkerConnection) -> None:
        """Drop the connections of a worker that is gone."""
        if self._workers.get(connection.worker) is not connection:
            return
        self._flush()
        del self._workers[connection.worker]
        if not self._workers:
            self._last_left.set()
        self._drop_all({connection.worker})

    def drop_unregistered(self) -> None:
        """Drop the connections whose workers have not made contact since the start."""
        workers = {member.worker for member in self._core.roster.members()}
        self._drop_all(workers - self._workers.keys())

    def _drop_all(self, workers: set[int]) -> None:
        """Drop all connections of workers that are not there."""
        self._propose(
            *(
                Drop(member.connection)
                for member in self._core.roster.members()
                if member.worker in workers and member.connection is not None
            )
        )

    def admit(self, connection: WorkerConnection, attempt: JoinAttempt) -> Join | Problem:
        """Return the operation for a join, or why it is refused."""
        return self._admission.admit(attempt, connection.worker, self._now())

    def take(self, turn: Turn) -> None:
        """Carry these operations out at the end of this turn of the event loop."""
        self._inbox.append(turn)
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._flush)

    def _propose(self, *operations: Operation) -> None:
        """The same for operations that no worker waits for."""
        if operations:
            turn = Turn(None)
            turn.operations += operations
            self.take(turn)

    # --- through the log ---------------------------------------------------------------

    def _flush(self) -> None:
        self._scheduled = False
        if self._closed or not (self._inbox or self._retries):
            return
        retries = Turn(None)
        retries.operations, self._retries = self._retries, []
        self._asking, self._inbox = [retries, *self._inbox], []
        operations = [one for turn in self._asking for one in turn.operations]
        if not operations:
            self._tell(Outcome())
            return
        try:
            self._log.append(operations)
        except StorageError:
            self._refuse(operations)

    def _apply(self, position: int, at: str, operations: Sequence[Operation]) -> None:
        outcome = self._core.apply(position, at, operations)
        self.counters.count(outcome)
        now = self._now()
        for member in outcome.disconnected:
            self._deadlines.pop(member, None)
            self._deadlines[member] = now + self._grace, position
        self._tell(outcome)

    def _refuse(self, operations: Sequence[Operation]) -> None:
        """The journal cannot be written: refuse what asks, try all else again later.

        Nobody takes back that a member left or lost the connection, so those are not refused.
        """
        self.counters.storage_errors += 1
        self._retries = [one for one in operations if isinstance(one, _RETRIED)]
        cannot_join = structs.replace(
            problem("storage", "unreachable"), retry_after=JOIN_AGAIN_AFTER
        )
        answers: list[Answer | None] = []
        for one in operations:
            if isinstance(one, _RETRIED):
                answers.append(None)
            elif isinstance(one, Join):
                answers.append(JoinRefused(cannot_join))
            else:
                answers.append(PostResult(problem=problem("storage", "journal")))
        self._tell(Outcome(answers=answers))

    def _tell(self, outcome: Outcome) -> None:
        """Send the events to all workers and, behind them, its answers to each: one write."""
        batch = b""
        if outcome.bodies or outcome.signals or outcome.evictions:
            signals = list(outcome.signals.items())
            batch = frame(EventBatch(outcome.first, outcome.bodies, signals, outcome.evictions))
        special: dict[WorkerConnection, list[tuple[int, Answer]]] = {}
        start = 0
        for turn in self._asking:
            end = start + len(turn.operations)
            if turn.connection is not None:
                answers = special.setdefault(turn.connection, [])
                answers += turn.special(outcome.answers[start:end])
            start = end
        last = {turn.connection: turn.last for turn in self._asking}
        self._asking = []
        for connection in self._workers.values():
            if connection in special:
                answered = Answers(last[connection], special[connection])
                connection.send(batch + frame(answered.packed()))
            elif batch:
                connection.send(batch)
        self._set_timer()

    # --- grace periods -----------------------------------------------------------------

    def _set_timer(self) -> None:
        """Wake up when the next grace period ends, or to try again what was not written."""
        # Deadlines are in the order in which they end, but for the first seconds after a start.
        due = next((due for due, _ in self._deadlines.values()), None)
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
        now = self._now()
        over = [
            Expire(member, position)
            for member, (due, position) in self._deadlines.items()
            if due <= now
        ]
        for one in over:
            del self._deadlines[one.member]
        self._propose(*over)
        self._flush()
        self._set_timer()

    def disconnected_for(self, member: int) -> float:
        """Return for how many seconds a member has been disconnected."""
        due, _ = self._deadlines.get(member, (self._now() + self._grace, 0))
        return max(0.0, self._now() + self._grace - due)

    # --- the end -----------------------------------------------------------------------

    def hold(self) -> None:
        """End no grace period from now on: the next start counts them anew."""
        self._held = True
        self._set_timer()

    async def emptied(self, within: float) -> None:
        """Wait until no worker is left and their operations are carried out."""
        if self._workers:
            self._last_left.clear()
            try:
                await asyncio.wait_for(self._last_left.wait(), within)
            except TimeoutError:
                log.warning("workers did not leave in time workers=%d", len(self._workers))
        self._flush()

    def close(self) -> None:
        """Write nothing any more, whatever a timer or a worker still brings."""
        self._closed = True
        self._registering.cancel()
        self._set_timer()
