"""Where the workers' sockets end in the room process: batches up, sequenced batches down.

What arrived in one turn of the event loop is one transaction and one write to each worker.
Knows the core, the clock and the workers' sockets; decides nothing about members.
"""

import asyncio
import logging
import sqlite3
import time
from collections.abc import Mapping
from typing import cast

from server.room.core import Outcome, RoomCore
from server.room.interface import (
    ConnectionUsage,
    JoinAccepted,
    JoinRefused,
    JoinRequest,
    PostResult,
    RoomReport,
    RoomUnavailableError,
)
from server.room.ipc import (
    Answers,
    Drop,
    Evict,
    Feed,
    Frames,
    Hello,
    Here,
    Leave,
    Operation,
    Poll,
    Tally,
    decode_up,
    frame,
)
from shared import protocol
from shared.messages import ReportLine
from shared.problems import problem

log = logging.getLogger(__name__)

# A worker that has stopped reading costs no more memory than this: it is cut off, connects
# again when it runs, and fetches what it missed from the journal.
MOST_UNREAD = 64 * 1024 * 1024
REPORT_WITHIN = 1.0
NOTHING_ASKED: Mapping["WorkerLink", bytes] = {}


class WorkerLink(asyncio.Protocol):
    """One worker's socket."""

    def __init__(self, hub: "Hub") -> None:
        self._hub = hub
        self._frames = Frames(self._received)
        self.transport: asyncio.Transport | None = None
        self.worker = 0
        self.connections: set[int] = set()
        self.done = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._frames.feed(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        self._hub.lost(self)

    def _received(self, body: bytes) -> None:
        operations: list[Operation] = []
        for message in decode_up(body):
            if isinstance(message, Hello):
                self.worker = message.worker
                self._hub.welcome(self, message)
            elif isinstance(message, Tally):
                self._hub.tally(self.worker, message)
            else:
                operations.append(message)
        if operations:
            self._hub.take(self, operations)

    def send(self, data: bytes) -> None:
        """Write frames, unless the worker has long stopped reading."""
        transport = self.transport
        if transport is None:
            return
        if transport.get_write_buffer_size() > MOST_UNREAD:
            log.warning("worker %s does not read; its link is cut", self.worker)
            transport.abort()
            return
        transport.write(data)

    def close(self) -> None:
        """Hang up."""
        if self.transport is not None:
            self.transport.close()


class Hub:
    """All workers of one room. Lives on the room process's event loop."""

    def __init__(self, core: RoomCore) -> None:
        self._core = core
        self._loop = asyncio.get_running_loop()
        self._links: set[WorkerLink] = set()
        self._inbox: list[tuple[WorkerLink | None, list[Operation]]] = []
        self._scheduled = False
        self._timer: asyncio.TimerHandle | None = None
        self._last_gone = asyncio.Event()
        self._polls: dict[
            int, tuple[set[int], list[ConnectionUsage], asyncio.Future[None]]
        ] = {}
        self._poll = 0
        self._held = False
        self._closed = False
        self._set_timer()

    # --- from the workers ------------------------------------------------------------

    def welcome(self, link: WorkerLink, hello: Hello) -> None:
        """A worker made contact, for the first time or again."""
        self._flush()
        for old in [one for one in self._links if one.worker == link.worker]:
            self._links.discard(old)
            old.connections.clear()
            old.close()
        self._links.add(link)
        link.send(frame(Here(self._core.journal.newest())))
        outcome = Outcome()
        for member, wish in hello.registered:
            if self._core.register(member, wish, outcome):
                link.connections.add(wish.connection)
            else:
                link.send(frame(Evict(wish.connection, protocol.CLOSE_SHUTTING_DOWN)))
        self._tell(outcome)

    def lost(self, link: WorkerLink) -> None:
        """A worker is gone; so are its connections."""
        self._links.discard(link)
        if not self._links:
            self._last_gone.set()
        if link.connections:
            self._put(None, [Drop(connection) for connection in link.connections])

    async def emptied(self, within: float) -> None:
        """Wait until no worker is left and what they posted is journaled."""
        if self._links:
            self._last_gone.clear()
            try:
                await asyncio.wait_for(self._last_gone.wait(), within)
            except TimeoutError:
                log.warning("%d workers did not leave in time", len(self._links))
        self._flush()

    def hold(self) -> None:
        """No grace period ends from now on: the next start counts them anew."""
        self._held = True
        self._set_timer()

    def close(self) -> None:
        """Nothing is journaled any more, whatever a timer or a link still brings."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()

    def take(self, link: WorkerLink, operations: list[Operation]) -> None:
        """Operations, to be carried out at the end of this turn."""
        self._put(link, operations)
        for operation in operations:
            if isinstance(operation, Leave | Drop):
                link.connections.discard(operation.connection)

    def _put(self, link: WorkerLink | None, operations: list[Operation]) -> None:
        self._inbox.append((link, operations))
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._scheduled = False
        inbox, self._inbox = self._inbox, []
        if not inbox or self._closed:
            return
        outcome = self._core.perform(
            [operation for _, operations in inbox for operation in operations],
            time.monotonic(),
            time.time(),
        )
        special: dict[WorkerLink, list[tuple[int, PostResult]]] = {}
        start = 0
        for link, operations in inbox:
            end = start + len(operations)
            if link is not None:
                answers = special.setdefault(link, [])
                for number, answer in enumerate(outcome.answers[start:end], link.done + 1):
                    if answer is not None:
                        answers.append((number, answer))
                link.done += len(operations)
            start = end
        self._tell(
            outcome,
            {link: frame(Answers(link.done, answers)) for link, answers in special.items()},
        )

    # --- to the workers --------------------------------------------------------------

    def _tell(
        self, outcome: Outcome, answers: Mapping[WorkerLink, bytes] = NOTHING_ASKED
    ) -> None:
        """What happened to all workers, and behind it their answers, in one write to each."""
        feed = b""
        if outcome.bodies or outcome.signals:
            feed = frame(Feed(outcome.first, outcome.bodies, outcome.signals))
        for link in self._links | answers.keys():
            if data := feed + answers.get(link, b""):
                link.send(data)
        for worker, connection, code in outcome.evictions:
            for link in self._links:
                if link.worker == worker:
                    link.connections.discard(connection)
                    link.send(frame(Evict(connection, code)))
        self._set_timer()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._held:
            return
        now = time.monotonic()
        due = self._core.next_expiry(now)
        if due is not None:
            self._timer = self._loop.call_later(max(0.0, due - now), self._expire)

    def _expire(self) -> None:
        self._timer = None
        self._tell(self._core.expire(time.monotonic(), time.time()))

    # --- from the Manager's proxies --------------------------------------------------

    async def admit(self, wish: JoinRequest) -> JoinAccepted | JoinRefused:
        """Join or resume, after everything that was posted before."""
        self._flush()
        link = next((one for one in self._links if one.worker == wish.worker), None)
        if link is None:
            return JoinRefused(problem("shutting_down", "starting"))
        try:
            answer, outcome = self._core.admit(wish, time.monotonic(), time.time())
        except sqlite3.Error as failure:  # the disk cannot be read
            self._put(None, [Drop(wish.connection)])
            raise RoomUnavailableError(str(failure)) from failure
        if isinstance(answer, JoinAccepted):
            link.connections.add(wish.connection)
        self._tell(outcome)
        return answer

    async def report(self) -> RoomReport:
        """Who is connected from where; what only the workers know is asked of them."""
        usage = {one.connection: one for one in await self._ask_usage()}
        now = time.monotonic()
        lines = []
        for member in self._core.roster.members():
            figures = usage.get(member.connection or 0)
            lines.append(
                ReportLine(
                    name=member.name,
                    address=member.peer.address,
                    port=member.peer.port,
                    door=member.peer.door,
                    tls=member.peer.tls,
                    worker=member.worker,
                    since=member.since,
                    idle=round(figures.idle if figures else now - member.last_active, 1),
                    state=member.state,
                    sent=member.sent,
                    received=figures.received if figures else 0,
                )
            )
        return RoomReport(self._core.roster.capacity, self._core.started, lines)

    async def _ask_usage(self) -> list[ConnectionUsage]:
        waiting = {link.worker for link in self._links}
        if not waiting:
            return []
        self._poll += 1
        number, collected = self._poll, list[ConnectionUsage]()
        answered: asyncio.Future[None] = self._loop.create_future()
        self._polls[number] = (waiting, collected, answered)
        for link in list(self._links):
            link.send(frame(Poll(number)))
        try:
            await asyncio.wait_for(answered, REPORT_WITHIN)
        except TimeoutError:
            log.warning("no figures from workers %s", sorted(waiting))
        finally:
            del self._polls[number]
        return collected

    def tally(self, worker: int, tally: Tally) -> None:
        """One worker's figures."""
        if tally.poll not in self._polls:
            return
        waiting, collected, answered = self._polls[tally.poll]
        collected.extend(tally.usage)
        waiting.discard(worker)
        if not waiting and not answered.done():
            answered.set_result(None)
