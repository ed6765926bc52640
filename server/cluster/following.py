"""Following a stream: every record once, in order, whatever fails on the way.

NATS publishes each record again when it is stored (`republish`), on a plain subject that every
host listens to. That is fast and needs no consumer, whose node could fail; but what is
published while a host is not connected, or by a leader that is killed, is not heard. So the
position of each record is compared with the one before. What is missing is read from the stream
itself (direct get), also at the start, after each reconnect, and where the stream is ahead and
nothing came for a second.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from contextlib import suppress

import msgspec

from server.budgets.outages import Outage
from server.cluster.api import NO_RECORD, ApiError, StreamApi
from server.cluster.connection import UnavailableError
from server.cluster.nats_internals import Message
from server.cluster.records import (
    PurgedError,
    Record,
    RewoundError,
    record_of,
    record_of_json,
)

log = logging.getLogger(__name__)

QUIET = 1.0
"""After so many seconds without a record the stream is asked for its last position."""

RETRY_AFTER = 0.2
REWOUND_AFTER = 10.0
"""Seconds for which a stream may seem to end too early: a new leader may not know its end."""

BATCH = 5000
BATCH_BYTES = 4 * 1024 * 1024
ANSWER_WITHIN = 2.0
"""Seconds for the next record of a batch, or an answer of the leader."""

MAX_WAITING = 16 * 1024 * 1024
"""Bytes of records that may wait while earlier ones are read. Others are read later."""

TURN = 0.01
"""Seconds after which other tasks of the event loop have their turn."""


class Following:
    """One `Stream.follow`."""

    def __init__(self, api: StreamApi, after: int, take: Callable[[Record], None]) -> None:
        self._api = api
        self._last = after
        self._take = take
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[Record] = deque()
        self._bytes = 0
        self._wake = asyncio.Event()
        self._suspect = True
        self._resting = False
        self._failure: Exception | None = None
        self._moved = self._turn = self._loop.time()
        self._rewound: float | None = None
        self._outage = Outage(log, "stream not followed")

    async def run(self) -> None:
        """Follow until cancelled. Raises `PurgedError`, `RewoundError`, what `take` raises."""
        connection = self._api.connection
        unwatch = connection.watch(self._connection_changed)
        listener = await connection.listen(self._api.live, self._arrived)
        try:
            while True:
                try:
                    if self._suspect:
                        await self._check()
                    await self._deliver()
                except UnavailableError as reason:
                    if connection.connected:
                        self._outage.failed(f"error={reason}")
                    self._suspect = True
                    await asyncio.sleep(RETRY_AFTER)
                else:
                    self._outage.over()
                    await self._rest()
        finally:
            unwatch()
            await connection.unlisten(listener)

    def _connection_changed(self, connected: bool) -> None:
        if connected:
            self._suspect = True
            self._wake.set()

    def _arrived(self, message: Message) -> None:
        record = record_of(message)
        if self._resting and record.position == self._last + 1:
            self._give_at_once(record)
            return
        if self._bytes <= MAX_WAITING:
            self._waiting.append(record)
            self._bytes += len(record.data)
        self._wake.set()

    def _give_at_once(self, record: Record) -> None:
        """Give a record before which none waits, without another turn of the event loop."""
        try:
            self._take(record)
        except Exception as failure:  # noqa: BLE001 - `run` raises it
            self._failure, self._resting = failure, False
            self._wake.set()
        else:
            self._last = record.position
            self._moved = self._loop.time()

    async def _rest(self) -> None:
        """Take records as they come; suspect that one was not heard if none comes."""
        self._resting = not self._wake.is_set()
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(self._moved + QUIET):
                    await self._wake.wait()
        finally:
            self._resting = False
        self._wake.clear()
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure
        if self._loop.time() >= self._moved + QUIET:
            self._moved = self._loop.time()
            self._suspect = True

    async def _check(self) -> None:
        """Compare with the stream's last position, and read what is missing."""
        end = await self._ask_end()
        if end is None:
            return
        if end < self._last:
            if self._rewound is None:
                self._rewound = self._loop.time()
            elif self._loop.time() - self._rewound > REWOUND_AFTER:
                raise RewoundError(end)
        else:
            self._rewound = None
            await self._read(end)
        self._suspect = False

    async def _ask_end(self) -> int | None:
        """Ask for the stream's last position; None if there is something to do sooner.

        While a leader is chosen nobody answers, for seconds: records must not wait for that.
        """
        asking = asyncio.ensure_future(self._api.state())
        waking = asyncio.ensure_future(self._wake.wait())
        try:
            await asyncio.wait({asking, waking}, return_when=asyncio.FIRST_COMPLETED)
            return asking.result()[1] if asking.done() else None
        finally:
            asking.cancel()
            waking.cancel()

    async def _deliver(self) -> None:
        """Give what waits to the caller.

        Who hears a record knows that it has all before it. If one behind it was not heard, the
        next record shows it, or the silence.
        """
        while self._waiting:
            record = self._waiting[0]
            if record.position > self._last + 1:
                await self._read(record.position - 1)
            self._waiting.popleft()
            self._bytes -= len(record.data)
            if record.position == self._last + 1:
                await self._give(record)
                self._suspect = False

    async def _give(self, record: Record) -> None:
        self._take(record)
        self._last = record.position
        self._moved = self._loop.time()
        if self._moved - self._turn > TURN:
            await asyncio.sleep(0)
            self._turn = self._loop.time()

    async def _read(self, until: int) -> None:
        """Read the records up to `until` from the stream."""
        while self._last < until:
            before = self._last
            await self._read_batch(min(BATCH, until - before))
            if self._last == before:
                await self._ask_leader(until)

    async def _read_batch(self, most: int) -> None:
        """Read some records from any replica, as far as there is no hole."""
        request = {
            "seq": self._last + 1,
            "next_by_subj": self._api.subject,
            "batch": most,
            "max_bytes": BATCH_BYTES,
        }
        connection = self._api.connection
        subject = f"$JS.API.DIRECT.GET.{self._api.name}"
        with connection.answers() as answers:
            connection.publish(subject, msgspec.json.encode(request), answers.subject)
            while True:
                answer = await answers.next(self._loop.time() + ANSWER_WITHIN)
                if answer.status():  # 204: the end of the batch; 404: this replica has no more
                    return
                record = record_of(answer)
                if record.position != self._last + 1:
                    return
                await self._give(record)

    async def _ask_leader(self, until: int) -> None:
        """Go on where the replica that was read has no next record.

        It may be late, or records are gone from the stream: only its leader knows.
        """
        wanted = self._last + 1
        found = await self._next_at_leader(wanted)
        if found is None or found.position > wanted:
            first, end = await self._api.state()
            if first > wanted:
                raise PurgedError(first)
            if end < until:
                raise UnavailableError(f"the stream ends at {end}, before {until}")
            gone = until if found is None else found.position - 1
            log.error("records are gone from the stream first=%d last=%d", wanted, gone)
            self._last = gone
        if found is not None:
            await self._give(found)

    async def _next_at_leader(self, position: int) -> Record | None:
        body = {"seq": position, "next_by_subj": self._api.subject}
        try:
            answer = await self._api.ask("STREAM.MSG.GET", body)
        except ApiError as refused:
            if refused.code == NO_RECORD:
                return None
            raise
        return record_of_json(answer["message"])
