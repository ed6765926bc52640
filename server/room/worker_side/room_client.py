"""The embedded room, seen from a worker: proxies, the hub's socket, and reads of the journal.

Operations go up in order and are kept until the room has answered them, so that a room
process that dies and is restarted gets what it had not sequenced once more; the keys of the
posts make that harmless. Knows no client, no door and no session.
"""

import asyncio
import logging
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from multiprocessing.managers import RemoteError
from typing import cast

from server.processes.run_directory import RunInfo
from server.room.interface import (
    JoinAccepted,
    JoinRefused,
    JoinRequest,
    Membership,
    Post,
    PostResult,
    RoomCallbacks,
    RoomReport,
    RoomUnavailableError,
    SearchResult,
    Stats,
    StoredFile,
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
    Up,
    decode_down,
    frame,
    unpack_granted,
)
from server.room.room_side.manager import Desk, RoomManager
from server.room.storage.journal import JournalReader
from server.room.worker_side.batching import Inflow
from server.room.worker_side.search import Finder
from server.settings import Settings

log = logging.getLogger(__name__)

# Operations on their way to the room before those who post are made to wait.
MOST_UNANSWERED = 1024
RETRY_EVERY = 0.05
CALL_THREADS = 4
ANSWER_WITHIN = 5.0

# The search index waits for quiet: seconds between two looks, seconds between two steps of
# one that is behind, and events a second above which there is more important work.
LOOK_EVERY = 1.0
STEP_EVERY = 0.01
QUIET = 100

type AnswerTo = Callable[[PostResult], None] | None
_DONE = PostResult()


class LocalRoom(asyncio.Protocol):
    """Implements `server.room.interface.Room` for worker `worker`."""

    def __init__(
        self, settings: Settings, info: RunInfo, worker: int, audience: RoomCallbacks
    ) -> None:
        self._settings = settings
        self._info = info
        self._worker = worker
        self._audience = audience
        self._frames = Frames(self._received)
        self._transport: asyncio.Transport | None = None
        self._here = asyncio.Event()
        self._lost = asyncio.Event()
        self._unanswered: deque[tuple[Operation, AnswerTo]] = deque()
        self._answered = 0
        self._outbox: list[Up] = []
        self._room_for_more = asyncio.Event()
        self._room_for_more.set()
        self._all_answered = asyncio.Event()
        self._all_answered.set()
        self._callers = ThreadPoolExecutor(CALL_THREADS, "room-call")
        self._reading = ThreadPoolExecutor(1, "journal-read")
        self._reader: JournalReader | None = None
        self._searching = ThreadPoolExecutor(1, "search")
        self._finder: Finder | None = None
        self._inflow = Inflow(audience, self._settle, self._awaited)
        self._desk: Desk | None = None

    # --- the hub's socket ------------------------------------------------------------

    async def stay_connected(self) -> None:
        """Keep contact with the room for as long as this runs."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                await loop.create_unix_connection(lambda: self, self._info.gateway_address)
            except OSError:
                await asyncio.sleep(RETRY_EVERY)
                continue
            await self._lost.wait()
            log.warning("lost the room process; waiting for it to come back")

    async def opened(self) -> None:
        """Wait until the room has been reached."""
        await self._here.wait()

    @property
    def connected(self) -> bool:
        """Whether the room answers at present."""
        return self._here.is_set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._lost.clear()
        self._frames = Frames(self._received)
        self._renew_callers()
        hello = Hello(self._worker, self._audience.registered())
        again = [operation for operation, _ in self._unanswered]
        self._answered = 0
        self._outbox = []
        self._transport.write(frame([hello, *again]))

    def data_received(self, data: bytes) -> None:
        self._frames.feed(data)
        self._inflow.end_of_read()

    def connection_lost(self, exc: Exception | None) -> None:
        self._inflow.hand_out()
        self._transport = None
        self._here.clear()
        self._lost.set()

    def _received(self, body: bytes) -> None:
        match decode_down(body):
            case Feed(first, bodies, signals):
                self._inflow.feed(first, bodies, signals)
            case Answers() as answers:
                self._inflow.answered(answers)
            case Evict(connection, code):
                self._inflow.hand_out()
                self._audience.evict(connection, code)
            case Poll(number):
                self._write([Tally(number, self._audience.usage())])
            case Here(newest):
                self._inflow.hand_out()
                self._audience.moved(newest)
                self._here.set()

    def _awaited(self, newest: Answers | None) -> bool:
        """Whether the room is at work on more than what these are the answers to."""
        done = newest.done if newest else self._answered
        return done < self._answered + len(self._unanswered)

    def _settle(self, answers: Answers) -> None:
        special = dict(answers.special)
        while self._answered < answers.done:
            self._answered += 1
            _, answer_to = self._unanswered.popleft()
            if answer_to is not None:
                answer_to(special.get(self._answered, _DONE))
        if len(self._unanswered) < MOST_UNANSWERED:
            self._room_for_more.set()
        if not self._unanswered:
            self._all_answered.set()

    def _operate(self, operation: Operation, answer_to: AnswerTo) -> None:
        self._unanswered.append((operation, answer_to))
        self._all_answered.clear()
        if len(self._unanswered) >= MOST_UNANSWERED:
            self._room_for_more.clear()
        if self._transport is None:
            return
        if not self._outbox:
            asyncio.get_running_loop().call_soon(self._send)
        self._outbox.append(operation)

    def _send(self) -> None:
        """Everything this turn of the loop brought, in one frame."""
        outbox, self._outbox = self._outbox, []
        self._write(outbox)

    def _write(self, ups: list[Up]) -> None:
        if self._transport is not None and ups:
            self._transport.write(frame(ups))

    async def settle(self, within: float) -> None:
        """Wait, at most `within` seconds, until everything asked for is answered."""
        try:
            await asyncio.wait_for(self._all_answered.wait(), within)
        except TimeoutError:
            log.warning("%d operations are not answered", len(self._unanswered))

    def close(self) -> None:
        """Let go of the room."""
        if self._transport is not None:
            self._transport.close()
        self._callers.shutdown(wait=False, cancel_futures=True)
        self._reading.shutdown(wait=False, cancel_futures=True)
        self._searching.shutdown(cancel_futures=True)  # a step takes milliseconds
        if self._finder is not None:
            self._finder.close()

    # --- operations ------------------------------------------------------------------

    def post(self, post: Post, answer: AnswerTo = None) -> None:
        """Sequence it, once."""
        self._operate(post, answer)

    def leave(self, member: int, connection: int, reason: str = "quit") -> None:
        """End a membership."""
        self._operate(Leave(member, connection, reason), None)

    def drop(self, connection: int) -> None:
        """The connection is gone."""
        self._operate(Drop(connection), None)

    @property
    def congested(self) -> bool:
        """Whether `MOST_UNANSWERED` operations or more are on their way."""
        return not self._room_for_more.is_set()

    async def ready(self) -> None:
        """Wait until there are fewer."""
        await self._room_for_more.wait()

    # --- calls by proxy --------------------------------------------------------------

    async def join(self, wish: JoinRequest) -> JoinAccepted | JoinRefused:
        """Join or resume."""
        return unpack_granted(await self._call(lambda desk: desk.join(wish)))

    async def member_of(self, token: str) -> Membership | None:
        """Whose token this is."""
        return await self._call(lambda desk: desk.member_of(token))

    async def report(self) -> RoomReport:
        """Who is connected from where."""
        return await self._call(lambda desk: desk.report())

    async def stats(self) -> Stats:
        """Figures of the whole room."""
        return await self._call(lambda desk: desk.stats())

    async def _call[T](self, function: Callable[[Desk], T]) -> T:
        loop = asyncio.get_running_loop()
        try:
            await asyncio.wait_for(self._here.wait(), ANSWER_WITHIN)
            return await loop.run_in_executor(self._callers, partial(self._proxied, function))
        except (OSError, EOFError, RemoteError, sqlite3.Error) as problem:
            raise RoomUnavailableError(str(problem)) from problem

    def _renew_callers(self) -> None:
        """Proxies keep a connection for each thread: a new room needs new threads."""
        self._callers.shutdown(wait=False)
        self._callers = ThreadPoolExecutor(CALL_THREADS, "room-call")
        self._desk = None

    def _proxied[T](self, function: Callable[[Desk], T]) -> T:
        desk = self._desk
        if desk is None:
            manager = RoomManager(self._info.manager_address, self._info.authkey)
            manager.connect()
            self._desk = desk = manager.desk()
        return function(desk)

    # --- reads of the journal --------------------------------------------------------

    async def events_after(self, seq: int, limit: int) -> list[bytes] | None:
        """At most `limit` events after `seq`."""
        return await self._read(lambda journal: journal.after(seq, limit))

    async def events_before(self, seq: int, limit: int) -> tuple[list[bytes], bool]:
        """The last `limit` events before `seq`."""
        return await self._read(lambda journal: journal.before(seq, limit))

    async def events_from(self, seq: int, limit: int) -> tuple[list[bytes], bool]:
        """At most `limit` kept events from `seq` on."""
        return await self._read(lambda journal: journal.since(seq, limit))

    async def first_at(self, when: datetime) -> int:
        """The first event at this time or later."""
        return await self._read(lambda journal: journal.first_at(when))

    async def event(self, seq: int) -> bytes | None:
        """One event."""
        return await self._read(lambda journal: journal.event(seq))

    async def file(self, id: str) -> StoredFile | None:
        """A shared file."""
        return await self._read(lambda journal: journal.file(id))

    async def _read[T](self, function: Callable[[JournalReader], T]) -> T:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(
                self._reading, partial(self._with_reader, function)
            )
        except sqlite3.Error as problem:
            raise RoomUnavailableError(str(problem)) from problem

    def _with_reader[T](self, function: Callable[[JournalReader], T]) -> T:
        if self._reader is None:
            self._reader = JournalReader(self._settings.journal, self._settings.history)
        return function(self._reader)

    # --- searching: a thread of its own, so that nobody who reads on waits for it ----------

    async def search(
        self, words: Sequence[str], before: int | None, limit: int
    ) -> SearchResult:
        """The newest events with all these words."""
        return await self._search(lambda finder: finder.find(words, before, limit))

    async def keep_index(self) -> None:
        """Bring the search index on, for as long as this runs, in quiet moments."""
        owed, seen, pause = True, 0, LOOK_EVERY
        while True:
            await asyncio.sleep(pause)
            new, seen = self._inflow.events - seen, self._inflow.events
            quiet = new <= QUIET * pause
            owed = owed or new > 0
            pause = LOOK_EVERY
            if owed and quiet and self.connected:
                owed = await self._catch_up()
                pause = STEP_EVERY if owed else LOOK_EVERY

    async def _catch_up(self) -> bool:
        try:
            return await self._search(lambda finder: finder.catch_up())
        except RoomUnavailableError as problem:
            log.warning("the search index cannot be brought on: %s", problem)
            return False

    async def _search[T](self, function: Callable[[Finder], T]) -> T:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(
                self._searching, partial(self._with_finder, function)
            )
        except sqlite3.Error as problem:
            raise RoomUnavailableError(str(problem)) from problem

    def _with_finder[T](self, function: Callable[[Finder], T]) -> T:
        if self._finder is None:
            settings = self._settings
            self._finder = Finder(settings.journal, settings.index, settings.history)
        return function(self._finder)
