"""Batches of events out to connections: one encoding for each door, one write for each reader.

A connection that keeps up is in `live` and gets every batch as it comes. One that does not
(its buffer is full, or it has just joined) is left out and served by `_catch_up` from its
own cursor at its own pace, from memory or from the journal, until it stands at the head.
So a slow reader costs nobody else time, and memory only up to `FULL`.

Knows no member, no session and no socket: an `Outlet` is all it sees of a connection.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from shared.limits import READ_NOTHING_FOR

log = logging.getLogger(__name__)

FULL = 256 * 1024
RECENT_BYTES = 4 * 1024 * 1024
CHUNK_EVENTS = 256

type Encode = Callable[[Sequence[bytes]], list[bytes]]
"""A door's way to write events: JSON bodies in, what goes on the wire out, one for one."""


class Outlet(Protocol):
    """One connection, as the fan-out sees it."""

    @property
    def encode(self) -> Encode:
        """The door's encoding; the same object for all connections of a door."""

    @property
    def full(self) -> bool:
        """Whether to wait with more until it has `drained`: over `FULL` bytes are written."""

    def write(self, data: bytes) -> None:
        """Send, without waiting. Nothing happens when the connection is gone."""

    def backlog(self) -> int:
        """Bytes written that the kernel has not taken yet."""

    async def drained(self) -> None:
        """Wait until it is not `full` any more, or the connection is gone."""

    def too_slow(self) -> None:
        """Close: it has read nothing for too long, or what it lacks is no longer kept."""


class Older(Protocol):
    """Where events are that are no longer in memory."""

    async def events_after(self, seq: int, limit: int) -> list[bytes] | None:
        """At most `limit` events after `seq`; None if those are not kept."""


class Batch:
    """Events `first` to `last`, and their encodings as doors asked for them."""

    __slots__ = ("_frames", "_joined", "bodies", "first", "last", "size")

    def __init__(self, first: int, bodies: Sequence[bytes]) -> None:
        self.first = first
        self.last = first + len(bodies) - 1
        self.bodies = bodies
        self.size = sum(map(len, bodies))
        self._frames: dict[Encode, list[bytes]] = {}
        self._joined: dict[Encode, bytes] = {}

    def frames(self, encode: Encode, after: int) -> bytes:
        """The wire's bytes of all events with a `seq` over `after`."""
        if encode not in self._joined:
            self._frames[encode] = frames = encode(self.bodies)
            self._joined[encode] = b"".join(frames)
        if after < self.first:
            return self._joined[encode]
        return b"".join(self._frames[encode][after - self.first + 1 :])


class Reader:
    """A connection. `cursor` is the last `seq` written to it.

    `missed` is the last presence of each name that it was not sent while it was not live.
    """

    __slots__ = ("cursor", "live", "missed", "outlet", "start", "task")

    def __init__(self, outlet: Outlet) -> None:
        self.outlet = outlet
        self.start = 0
        self.cursor = 0
        self.live = False
        self.missed: dict[str, bytes] = {}
        self.task: asyncio.Task[None] | None = None


class FanOut:
    """The feed of one worker. `head` is the newest `seq` it knows of."""

    def __init__(self, older: Older, patience: float = READ_NOTHING_FOR) -> None:
        self.head = 0
        self._older = older
        self._patience = patience
        self._live: dict[Encode, set[Reader]] = {}
        self._readers: set[Reader] = set()
        self._recent: deque[Batch] = deque()
        self._recent_bytes = 0
        self._news: asyncio.Event | None = None

    def __len__(self) -> int:
        return len(self._readers)

    # --- the feed --------------------------------------------------------------------

    def deliver(self, first: int, bodies: Sequence[bytes]) -> None:
        """A batch from the room. What is known already is left out; a gap is fetched."""
        if first > self.head + 1:
            self.moved(first - 1)
        bodies = bodies[self.head + 1 - first :]
        if not bodies:
            return
        before = self.head
        batch = Batch(before + 1, bodies)
        self._remember(batch)
        self.head = batch.last
        for encode, readers in self._live.items():
            if not readers:
                continue
            data = batch.frames(encode, before)
            for reader in tuple(readers):
                outlet = reader.outlet
                if outlet.full:
                    self._fall_behind(reader, before)
                else:
                    outlet.write(data)
        self._wake()

    def moved(self, head: int) -> None:
        """The room is at `head`: whoever is not is served from the journal."""
        if head <= self.head:
            return
        before, self.head = self.head, head
        self._recent.clear()
        self._recent_bytes = 0
        for readers in self._live.values():
            for reader in tuple(readers):
                self._fall_behind(reader, before)
        self._wake()

    def signal(self, name: str, body: bytes) -> None:
        """Something that has no `seq`. Who is behind gets the last of each name later.

        An empty `body` makes what was signalled of this name before void.
        """
        for reader in self._readers:
            if not reader.live:
                if body:
                    reader.missed[name] = body
                else:
                    reader.missed.pop(name, None)
            elif body:
                reader.outlet.write(reader.outlet.encode([body])[0])

    def _remember(self, batch: Batch) -> None:
        self._recent.append(batch)
        self._recent_bytes += batch.size
        while self._recent_bytes > RECENT_BYTES and len(self._recent) > 1:
            self._recent_bytes -= self._recent.popleft().size

    def _wake(self) -> None:
        if self._news is not None:
            self._news.set()
            self._news = None

    # --- readers ---------------------------------------------------------------------

    def attend(self, outlet: Outlet) -> Reader:
        """Note presence for this connection from now on.

        Begin before the room is asked to let it in: the answer and the feed come by
        different ways, so presence that the answer does not know of may be here first.
        """
        reader = Reader(outlet)
        self._readers.add(reader)
        return reader

    def serve(self, reader: Reader, start: int) -> None:
        """Send it everything after `start`."""
        reader.start = reader.cursor = start
        if start == self.head:
            self._go_live(reader)
        else:
            self._start_catching_up(reader)

    def remove(self, reader: Reader) -> None:
        """Serve it no more."""
        reader.cursor = self.cursor(reader)
        self._readers.discard(reader)
        self._leave_live(reader)
        if reader.task is not None:
            reader.task.cancel()

    def cursor(self, reader: Reader) -> int:
        """The last `seq` written to it."""
        return self.head if reader.live else reader.cursor

    def _go_live(self, reader: Reader) -> None:
        reader.live = True
        reader.task = None
        self._live.setdefault(reader.outlet.encode, set()).add(reader)
        for body in reader.missed.values():
            reader.outlet.write(reader.outlet.encode([body])[0])
        reader.missed.clear()

    def _leave_live(self, reader: Reader) -> None:
        reader.live = False
        self._live.get(reader.outlet.encode, set()).discard(reader)

    def _fall_behind(self, reader: Reader, cursor: int) -> None:
        self._leave_live(reader)
        reader.cursor = cursor
        self._start_catching_up(reader)

    def _start_catching_up(self, reader: Reader) -> None:
        reader.task = asyncio.create_task(self._catch_up(reader))
        reader.task.add_done_callback(self._caught_up)

    def _caught_up(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (problem := task.exception()):
            log.error("catching up failed", exc_info=problem)

    async def _catch_up(self, reader: Reader) -> None:
        """Serve one reader from its cursor until it stands at the head."""
        outlet = reader.outlet
        try:
            while reader.cursor != self.head:
                if reader.cursor > self.head:
                    self._news = self._news or asyncio.Event()
                    await self._news.wait()
                    continue
                if not await self._room_to_write(outlet):
                    outlet.too_slow()
                    return
                data, last = await self._next(reader)
                if data is None:
                    outlet.too_slow()
                    return
                outlet.write(data)
                reader.cursor = last
        except Exception:
            outlet.too_slow()
            raise
        self._go_live(reader)

    async def _next(self, reader: Reader) -> tuple[bytes | None, int]:
        """The next bytes for a reader, and the cursor after them; None if not kept."""
        after, encode = reader.cursor, reader.outlet.encode
        if self._recent and self._recent[0].first <= after + 1:
            for batch in self._recent:
                if batch.last > after:
                    return batch.frames(encode, after), batch.last
        bodies = await self._older.events_after(after, CHUNK_EVENTS)
        if bodies is None:
            return None, after
        return b"".join(encode(bodies)), after + len(bodies)

    async def _room_to_write(self, outlet: Outlet) -> bool:
        """Wait until the outlet takes more; False if it read nothing for too long."""
        while outlet.full:
            backlog = outlet.backlog()
            try:
                async with asyncio.timeout(self._patience):
                    await outlet.drained()
            except TimeoutError:
                if outlet.backlog() >= backlog:
                    return False
        return True
