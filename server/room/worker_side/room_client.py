"""The room as a worker reaches it: operations by socket, questions by proxy, journal reads.

Operations go to the room process in order and are kept until it has answered them. A room
process that dies and is started again gets those it had not answered once more; the keys of
posts and the tokens of joins make that harmless. Knows no client, no protocol and no session.
"""

import asyncio
import contextlib
import logging
import os
import secrets
from collections import deque
from collections.abc import Callable
from functools import partial
from itertools import count
from time import monotonic
from typing import cast

from msgspec import structs

from server.budgets.buckets import TokenBucket
from server.budgets.outages import Outage
from server.budgets.table import budgets
from server.processes.run_directory import RunInfo
from server.room.interface import (
    Act,
    Answer,
    JoinAccepted,
    JoinRefused,
    JoinRequest,
    JoinWaits,
    Post,
    PostResult,
    RoomCallbacks,
    RoomUnavailableError,
    UploadAccepted,
    UploadRequest,
)
from server.room.ipc import (
    Answers,
    EventBatch,
    Frames,
    Hello,
    HelloReply,
    HostsDecide,
    JoinAttempt,
    RoomHosts,
    SomebodyTypes,
    UploadsEnded,
    UsageReply,
    UsageRequest,
    WorkerOperation,
    decode_down,
    frame,
)
from server.room.operations import Drop, Leave, token_hash
from server.room.worker_side.batching import EventBatcher
from server.room.worker_side.held_uploads import HeldByWorker
from server.room.worker_side.joining import Joining
from server.room.worker_side.questions import ProxiedQuestions
from server.room.worker_side.reads import JournalReads
from server.settings import Settings
from shared.codec import encode
from shared.conversation import IsTyping
from shared.problems import Problem

log = logging.getLogger(__name__)

# With so many operations on their way to the room, further posts have to wait.
MOST_UNANSWERED = 1024
# Seconds: between two tries to reach the room; a contact that is shorter makes the next wait
# longer, up to the longest.
RETRY_EVERY = 0.05
CONTACT_LASTS = 1.0
LONGEST_WAIT = 2.0
ANSWER_WITHIN = 5.0
# A join that waits, since too many guess the password, is answered after 12 s at most.
WAITS_WITHIN = 20.0
RENEW_EVERY = 15.0

# The search index waits for quiet: seconds between two looks, seconds between two steps of
# one that is behind, and events a second above which there is more important work.
LOOK_EVERY = 1.0
STEP_EVERY = 0.01
QUIET = 100

type AnswerTo = Callable[[Answer], None] | None
_DONE = PostResult()


def _end_process() -> None:
    os._exit(1)


class RoomClient(JournalReads, ProxiedQuestions, asyncio.Protocol):
    """Implements `server.room.interface.Room` for worker `worker`."""

    def __init__(
        self,
        settings: Settings,
        info: RunInfo,
        worker: int,
        callbacks: RoomCallbacks,
        replaced: Callable[[], None] = _end_process,
    ) -> None:
        """Prepare for contact with the room.

        `replaced` is called when the room has another journal than before: what the clients of
        this worker have is not in it. They have to join again, with a new worker.
        """
        JournalReads.__init__(self, settings.journal, settings.index, settings.history)
        ProxiedQuestions.__init__(self, info)
        self._worker = worker
        self._callbacks = callbacks
        self._replaced = replaced
        self._journal_id = ""
        self._hosts: tuple[str, ...] = ()
        self._frames = Frames(self._received)
        self._transport: asyncio.Transport | None = None
        self._lost = asyncio.Event()
        self._unanswered: deque[tuple[WorkerOperation, AnswerTo]] = deque()
        self._answered = 0
        self._waiting: dict[int, tuple[WorkerOperation, AnswerTo]] = {}
        self._joins: dict[int, Joining] = {}
        self._outbox: list[WorkerOperation] = []
        self._fewer_unanswered = asyncio.Event()
        self._fewer_unanswered.set()
        self._all_answered = asyncio.Event()
        self._all_answered.set()
        self._numbers = count(secrets.randbits(31) << 32 | 1)
        self._batcher = EventBatcher(callbacks, self._settle, self._awaited)
        self._uploads = HeldByWorker()
        self._typing = TokenBucket(*budgets(settings).typing, monotonic())

    # --- the socket --------------------------------------------------------------------

    async def stay_connected(self) -> None:
        """Keep contact with the room for as long as this runs."""
        loop = asyncio.get_running_loop()
        outage = Outage(log, "room process lost")
        wait = 0.0
        while True:
            try:
                await loop.create_unix_connection(lambda: self, self._info.gateway_address)
            except OSError:
                await asyncio.sleep(RETRY_EVERY)
                continue
            began = loop.time()
            settled = loop.call_later(CONTACT_LASTS, outage.over)
            await self._lost.wait()
            settled.cancel()
            outage.failed("action=reconnect")
            # A room process without a free descriptor accepts and closes at once.
            short = loop.time() - began < CONTACT_LASTS
            wait = min(max(2 * wait, RETRY_EVERY), LONGEST_WAIT) if short else 0.0
            await asyncio.sleep(wait)

    async def opened(self) -> None:
        """Wait until the room has been reached."""
        await self._reached.wait()

    @property
    def connected(self) -> bool:
        """Whether the room answers at present."""
        return self._reached.is_set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._lost.clear()
        self._frames = Frames(self._received)
        self._renew_callers()
        joined = [
            (member, request.connection) for member, request in self._callbacks.registered()
        ]
        self._unanswered.extendleft(reversed(self._waiting.values()))
        self._waiting.clear()
        again = [operation for operation, _ in self._unanswered]
        pending = {_connection(operation) for operation in again}
        self._answered = 0
        self._outbox = []
        hello = Hello(self._worker, joined, sorted(pending))
        self._transport.write(frame([hello, *self._uploads.messages(), *again]))

    def data_received(self, data: bytes) -> None:
        self._frames.feed(data)
        self._batcher.end_of_read()

    def connection_lost(self, exc: Exception | None) -> None:
        self._batcher.flush()
        self._transport = None
        self._reached.clear()
        self._lost.set()

    def _received(self, body: bytes | bytearray) -> None:
        match decode_down(body):
            case EventBatch() as batch:
                self.changed(batch.rewritten, batch.requoted)
                self._batcher.add(batch)
            case Answers() as answers:
                self._batcher.answered(answers.unpacked())
            case UsageRequest(number):
                if self._transport is not None:
                    reply = UsageReply(number, self._callbacks.usage())
                    self._transport.write(frame([reply]))
            case SomebodyTypes(member, body):
                self._callbacks.typing(member, body)
            case RoomHosts(urls, pages):
                self._hosts = urls
                self._callbacks.hosts(urls, pages)
            case HostsDecide(majority):
                self._callbacks.majority(has=majority)
            case UploadsEnded(ids):
                self._uploads.ended(ids)
            case HelloReply(newest, journal):
                if self._journal_id not in ("", journal):
                    log.warning("journal replaced action=restart_worker")
                    self._replaced()
                self._journal_id = journal
                self._batcher.flush()
                self._callbacks.moved(newest)
                self._reached.set()

    def _awaited(self, newest: Answers | None) -> bool:
        """Whether the room works on more operations than those that these answers are for."""
        done = newest.done if newest else self._answered
        return done < self._answered + len(self._unanswered)

    def _settle(self, answers: Answers) -> None:
        special = dict(answers.special)
        while self._answered < answers.done:
            self._answered += 1
            operation, answer_to = self._unanswered.popleft()
            answer = special.pop(self._answered, _DONE)
            if isinstance(answer, JoinWaits):
                self._waiting[self._answered] = operation, answer_to
            if answer_to is not None:
                answer_to(answer)
        for number in special.keys() & self._waiting.keys():
            _, answer_to = self._waiting.pop(number)
            if answer_to is not None:
                answer_to(special[number])
        if len(self._unanswered) < MOST_UNANSWERED:
            self._fewer_unanswered.set()
        if not self._unanswered:
            self._all_answered.set()

    def _operate(self, operation: WorkerOperation, answer_to: AnswerTo) -> None:
        self._unanswered.append((operation, answer_to))
        self._all_answered.clear()
        if len(self._unanswered) >= MOST_UNANSWERED:
            self._fewer_unanswered.clear()
        if self._transport is None:
            return
        if not self._outbox:
            asyncio.get_running_loop().call_soon(self._send)
        self._outbox.append(operation)

    def _send(self) -> None:
        """Send all operations of this turn of the event loop in one frame."""
        outbox, self._outbox = self._outbox, []
        if self._transport is not None and outbox:
            self._transport.write(frame([*outbox]))

    async def settle(self, within: float) -> None:
        """Wait, at most `within` seconds, until all operations are answered."""
        try:
            await asyncio.wait_for(self._all_answered.wait(), within)
        except TimeoutError:
            log.warning("operations not answered operations=%d", len(self._unanswered))

    def close(self) -> None:
        """Let go of the room."""
        if self._transport is not None:
            self._transport.close()
        self._close_callers()
        super().close()

    # --- operations ------------------------------------------------------------------

    def post(self, post: Post, answer: Callable[[PostResult], None] | None = None) -> None:
        """Sequence it, once."""
        if not post.key:
            structs.force_setattr(post, "number", next(self._numbers))
        self._operate(post, cast(AnswerTo, answer))

    def act(self, act: Act, answer: Callable[[PostResult], None] | None = None) -> None:
        """Carry it out; `answer` is called once."""
        self._operate(act, cast(AnswerTo, answer))

    def typing(self, member: int, name: str) -> None:
        """Tell the others that this one is typing, if not too many are."""
        if self._transport is not None and self._typing.take(monotonic()):
            body = encode(IsTyping(name=name, member=member))
            self._transport.write(frame([SomebodyTypes(member, body)]))

    async def join(self, request: JoinRequest) -> JoinAccepted | JoinRefused:
        """Join or resume."""
        loop = asyncio.get_running_loop()
        await self._contact()
        token = request.token or secrets.token_urlsafe(24)
        join = Joining(request, token, loop.create_future())
        join.give_up_after(ANSWER_WITHIN)
        self._joins[request.connection] = join
        self._operate(JoinAttempt(request, token_hash(token)), partial(self._joined, join))
        try:
            return await join.answered
        except asyncio.CancelledError:
            if not join.answered.cancelled():
                self._withdraw(request, join.answered.result())
            raise
        finally:
            join.give_up_after(None)
            self.hung_up(request.connection)
            del self._joins[request.connection]

    def hung_up(self, connection: int) -> None:
        """Let the join of this connection wait no more."""
        join = self._joins.get(connection)
        if join is not None:
            join.left = True
            if join.waits:
                join.waits = False
                self.drop(connection)

    def _joined(self, join: "Joining", answer: Answer) -> None:
        join.waits = isinstance(answer, JoinWaits) and not join.left
        if isinstance(answer, JoinWaits):
            if join.left:
                self.drop(join.request.connection)
            else:
                join.give_up_after(WAITS_WITHIN)
        elif join.answered.done():
            self._withdraw(join.request, answer)
        elif isinstance(answer, JoinAccepted):
            accepted = structs.replace(answer, token=join.token, hosts=self._hosts)
            join.answered.set_result(accepted)
        elif isinstance(answer, JoinRefused):
            join.answered.set_result(answer)

    def _withdraw(self, request: JoinRequest, answer: Answer) -> None:
        """Undo a join whose caller does not wait any more."""
        if request.token is not None:
            self.drop(request.connection)
        elif isinstance(answer, JoinAccepted):
            self.leave(answer.member, request.connection, "lost")

    def leave(
        self,
        member: int,
        connection: int,
        reason: str = "quit",
        done: Callable[[], None] | None = None,
    ) -> None:
        """End a membership."""
        answer_to = None if done is None else lambda _: done()
        self._operate(Leave(member, connection, reason), answer_to)

    def drop(self, connection: int) -> None:
        """Mark the member of a connection that has ended as disconnected."""
        self._operate(Drop(connection), None)

    @property
    def congested(self) -> bool:
        """Whether `MOST_UNANSWERED` operations or more are on their way."""
        return not self._fewer_unanswered.is_set()

    async def ready(self) -> None:
        """Wait until there are fewer."""
        await self._fewer_unanswered.wait()

    # --- the search index ----------------------------------------------------------------

    async def keep_index(self) -> None:
        """Bring the search index up to date in quiet moments, for as long as this runs."""
        behind, seen, pause = True, 0, LOOK_EVERY
        while True:
            await asyncio.sleep(pause)
            new, seen = self._batcher.events - seen, self._batcher.events
            behind = behind or new > 0
            quiet = new <= QUIET * pause
            pause = LOOK_EVERY
            if behind and quiet and self.connected:
                behind = await self.update_index()
                pause = STEP_EVERY if behind else LOOK_EVERY

    # --- uploads -------------------------------------------------------------------------

    async def begin_upload(
        self, upload: UploadRequest, ended: Callable[[], None]
    ) -> UploadAccepted | Problem:
        """Reserve the space of an upload."""
        self._uploads.add(upload, ended)
        accepted = False
        try:
            answer = await self._ask(lambda room: room.begin_upload(self._worker, upload))
            accepted = isinstance(answer, UploadAccepted)
        finally:
            if accepted:
                self._uploads.accept(upload.id)
            else:
                self._uploads.remove(upload.id)
        return answer

    async def end_upload(self, id: int) -> None:
        """Give the space of an upload back; a room that does not answer forgets it itself."""
        self._uploads.remove(id)
        with contextlib.suppress(RoomUnavailableError):
            await self._ask(lambda room: room.end_upload(id))

    async def renew_uploads(self) -> None:
        """Name the uploads under way to the room, regularly, for as long as this runs."""
        while True:
            await asyncio.sleep(RENEW_EVERY)
            if self._transport is not None and (held := self._uploads.messages()):
                self._transport.write(frame([*held]))


def _connection(operation: WorkerOperation) -> int:
    if isinstance(operation, JoinAttempt):
        return operation.request.connection
    return operation.connection
