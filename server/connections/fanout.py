"""Sends batches of events to connections: one encoding for each protocol, one write for each.

A connection that keeps up is live and gets every batch as it comes. One that does not (its
buffer is full, or it has just joined) is left out, and `_catch_up` serves it from its own
cursor at its own pace, from memory or from the journal, until it has the newest event. So a
slow connection delays no other, and takes memory only up to `FULL`. One that joined behind
events that are still to come is ahead, and is live from then on.

Members, sessions and sockets do not appear here: a connection is a `Subscriber`.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from math import inf
from typing import Protocol

log = logging.getLogger(__name__)

FULL = 256 * 1024
RECENT_BYTES = 4 * 1024 * 1024
CHUNK_EVENTS = 256
WRITE_BYTES = 64 * 1024

_OF_THE_ROOM = "\n"
"""States of the room are kept among the presences, under names that no member can have."""

type Encode = Callable[[Sequence[bytes]], list[bytes]]
"""A protocol's encoding of events: their JSON in, the bytes of the wire out, one for one."""


class Subscriber(Protocol):
    """One connection, as the fan-out sees it."""

    @property
    def encode(self) -> Encode:
        """The encoding for this connection; the same object for all that share it."""

    @property
    def full(self) -> bool:
        """Whether over `FULL` bytes wait to be sent: write no more until it has `drained`."""

    def write(self, data: bytes) -> None:
        """Send, without waiting. Does nothing once the connection has ended."""

    def write_own(self, data: bytes) -> None:
        """As `write`, of bytes that are in memory for this connection alone."""

    async def drained(self) -> None:
        """Wait until it is not `full` any more, or the connection has ended."""

    def too_slow(self) -> None:
        """Close: what it needs is no longer kept."""


class EventStore(Protocol):
    """The events that are no longer in memory."""

    async def events_after(self, seq: int, limit: int) -> list[bytes] | None:
        """Return at most `limit` events after `seq`; None if those are not kept.

        The store bounds their bytes too.
        """


class Batch:
    """Events `first` to `last`, and each encoding of them that was asked for."""

    __slots__ = ("_frames", "_joined", "bodies", "first", "last", "size")

    def __init__(self, first: int, bodies: Sequence[bytes]) -> None:
        self.first = first
        self.last = first + len(bodies) - 1
        self._hold(bodies)

    def _hold(self, bodies: Sequence[bytes]) -> None:
        self.bodies = bodies
        self.size = sum(map(len, bodies))
        self._frames: dict[Encode, list[bytes]] = {}
        self._joined: dict[Encode, bytes] = {}

    def rewrite(self, seq: int, body: bytes) -> None:
        """Hold another body of this event, and nothing of the one before."""
        place = seq - self.first
        self._hold([*self.bodies[:place], body, *self.bodies[place + 1 :]])

    def correct(
        self, concerns: Callable[[bytes], bool], corrected: Callable[[bytes], bytes]
    ) -> None:
        """Hold other bodies of the events that this concerns."""
        if any(map(concerns, self.bodies)):
            self._hold([corrected(body) if concerns(body) else body for body in self.bodies])

    def frames(self, encode: Encode, after: int) -> bytes:
        """Return the wire's bytes of all events with a `seq` over `after`."""
        if encode not in self._joined:
            self._frames[encode] = frames = encode(self.bodies)
            self._joined[encode] = b"".join(frames)
        if after < self.first:
            return self._joined[encode]
        return b"".join(self._frames[encode][after - self.first + 1 :])


class _Ended:
    """The subscriber of a subscription that was removed."""

    full = False

    def encode(self, events: Sequence[bytes]) -> list[bytes]:
        return []

    def write(self, data: bytes) -> None:
        pass

    def write_own(self, data: bytes) -> None:
        pass

    async def drained(self) -> None:
        pass

    def too_slow(self) -> None:
        pass


_ENDED = _Ended()


class Subscription:
    """A connection in the fan-out. `cursor` is the last `seq` written to it.

    `missed` has the newest presence of each name that came while the connection was not live.
    With `finish`, it gets no event after `last`, and `finish` is called behind that.
    """

    __slots__ = ("cursor", "finish", "last", "live", "missed", "start", "subscriber", "task")

    def __init__(self, subscriber: Subscriber) -> None:
        self.subscriber = subscriber
        self.start = 0
        self.cursor = 0
        self.live = False
        self.missed: dict[str, bytes] = {}
        self.task: asyncio.Task[None] | None = None
        self.last: float = inf
        self.finish: Callable[[], None] | None = None


class FanOut:
    """Sends the room's events to the connections of one worker. `head` is the newest `seq`."""

    def __init__(self, store: EventStore) -> None:
        """Begin without connections; `store` has the events that are no longer in memory."""
        self.head = 0
        self._store = store
        self._live: dict[Encode, set[Subscription]] = {}
        self._behind: set[Subscription] = set()
        self._ahead: set[Subscription] = set()
        self._recent: deque[Batch] = deque()
        self._recent_bytes = 0
        self._next_batch: asyncio.Event | None = None

    def __len__(self) -> int:
        return len(self._behind) + len(self._ahead) + sum(map(len, self._live.values()))

    # --- what the room sends ---------------------------------------------------------

    def deliver(self, first: int, bodies: Sequence[bytes]) -> None:
        """Send events `first`, `first + 1`, …: known ones are left out, a gap is fetched."""
        if first > self.head + 1:
            self.moved(first - 1)
        bodies = bodies[self.head + 1 - first :]
        if not bodies:
            return
        before = self.head
        batch = Batch(before + 1, bodies)
        self._remember(batch)
        self.head = batch.last
        for encode, live in self._live.items():
            if not live:
                continue
            data = batch.frames(encode, before)
            for subscription in tuple(live):
                subscriber = subscription.subscriber
                if subscriber.full:
                    self._fall_behind(subscription, before)
                else:
                    subscriber.write(data)
        self._reached(batch)
        self._wake()

    def rewrite(self, seq: int, body: bytes) -> None:
        """Send out this event as it stands now, to all that have not got it yet."""
        if not self._recent or seq < self._recent[0].first:
            return
        for batch in reversed(self._recent):  # most changes are of new events
            if batch.first <= seq:
                if seq <= batch.last:
                    self._recent_bytes -= batch.size
                    batch.rewrite(seq, body)
                    self._recent_bytes += batch.size
                return

    def correct(
        self, concerns: Callable[[bytes], bool], corrected: Callable[[bytes], bytes]
    ) -> None:
        """Send out other bodies of the events that this concerns; as `rewrite`."""
        for batch in self._recent:
            self._recent_bytes -= batch.size
            batch.correct(concerns, corrected)
            self._recent_bytes += batch.size

    def moved(self, head: int) -> None:
        """Serve all connections from the journal up to `head`, the room's newest `seq`."""
        if head <= self.head:
            return
        before, self.head = self.head, head
        self._recent.clear()
        self._recent_bytes = 0
        for live in self._live.values():
            for subscription in tuple(live):
                self._fall_behind(subscription, before)
        self._reached(None)
        self._wake()

    def signal(self, presences: Sequence[tuple[str, bytes]]) -> None:
        """Send presences: names, and JSON without `seq`; if it is empty, the last one is void.

        A connection that is behind gets the newest of each name when it has caught up.
        """
        for subscription in (*self._behind, *self._ahead):
            for name, body in presences:
                if body:
                    subscription.missed[name] = body
                else:
                    subscription.missed.pop(name, None)
        bodies = [body for _, body in presences if body]
        if not bodies:
            return
        for encode, live in self._live.items():
            if live:
                data = b"".join(encode(bodies))
                for subscription in live:
                    subscription.subscriber.write(data)

    def state(self, kind: str, body: bytes) -> None:
        """Send JSON about the room as it is now; who is behind gets the newest later.

        Args:
            kind: what it is about; it replaces the last of this kind.
            body: the JSON.
        """
        self.signal([(_OF_THE_ROOM + kind, body)])

    def hint(self, body: bytes, but: object = None) -> None:
        """Send JSON that is of use now or never: to those that keep up, but for one of them."""
        for encode, live in self._live.items():
            (data,) = encode([body])
            for subscription in live if data else ():
                subscriber = subscription.subscriber
                if subscriber is not but and not subscriber.full:
                    subscriber.write(data)

    def _remember(self, batch: Batch) -> None:
        self._recent.append(batch)
        self._recent_bytes += batch.size
        while self._recent_bytes > RECENT_BYTES and len(self._recent) > 1:
            self._recent_bytes -= self._recent.popleft().size

    def _wake(self) -> None:
        if self._next_batch is not None:
            self._next_batch.set()
            self._next_batch = None

    # --- connections -----------------------------------------------------------------

    def subscribe(self, subscriber: Subscriber) -> Subscription:
        """Note presence for this connection from now on.

        Do so before the room is asked to let it join: presence that the answer does not
        include may come before the answer is handled.
        """
        subscription = Subscription(subscriber)
        self._behind.add(subscription)
        return subscription

    def serve(self, subscription: Subscription, start: int) -> None:
        """Send it everything after `start`."""
        subscription.start = subscription.cursor = start
        self._write_recent(subscription)
        if subscription.cursor == self.head:
            self._go_live(subscription)
        elif subscription.cursor > self.head:
            self._behind.discard(subscription)
            self._ahead.add(subscription)
        else:
            self._start_catching_up(subscription)

    def remove(self, subscription: Subscription) -> None:
        """Send it nothing more, and refer to its subscriber no more."""
        subscription.cursor = self.cursor(subscription)
        self._leave_live(subscription)
        self._behind.discard(subscription)
        self._ahead.discard(subscription)
        if subscription.task is not None:
            subscription.task.cancel()
        subscription.subscriber = _ENDED

    def finish(self, subscription: Subscription, done: Callable[[], None]) -> None:
        """Send it the events that are there now and nothing more; then call `done`, once."""
        subscription.cursor = self.cursor(subscription)
        subscription.last, subscription.finish = self.head, done
        if subscription.cursor >= self.head:
            self.remove(subscription)
            done()

    def cursor(self, subscription: Subscription) -> int:
        """Return the last `seq` written to it."""
        return self.head if subscription.live else subscription.cursor

    def _reached(self, batch: Batch | None) -> None:
        """Let those go live that were ahead; `batch` has what they lack, else the journal."""
        for subscription in [one for one in self._ahead if one.cursor <= self.head]:
            self._ahead.remove(subscription)
            subscriber = subscription.subscriber
            if subscription.cursor < self.head:
                if batch is None or subscriber.full:
                    self._fall_behind(subscription, subscription.cursor)
                    continue
                subscriber.write(batch.frames(subscriber.encode, subscription.cursor))
            self._go_live(subscription)

    def _go_live(self, subscription: Subscription) -> None:
        subscription.live = True
        subscription.task = None
        subscriber = subscription.subscriber
        self._behind.discard(subscription)
        self._live.setdefault(subscriber.encode, set()).add(subscription)
        if subscription.missed:
            for data in subscriber.encode(list(subscription.missed.values())):
                subscriber.write(data)
            subscription.missed.clear()

    def _leave_live(self, subscription: Subscription) -> None:
        subscription.live = False
        self._live.get(subscription.subscriber.encode, set()).discard(subscription)

    def _fall_behind(self, subscription: Subscription, cursor: int) -> None:
        self._leave_live(subscription)
        self._behind.add(subscription)
        subscription.cursor = cursor
        self._start_catching_up(subscription)

    def _start_catching_up(self, subscription: Subscription) -> None:
        subscription.task = asyncio.create_task(self._catch_up(subscription))
        subscription.task.add_done_callback(_log_failure)

    async def _catch_up(self, subscription: Subscription) -> None:
        """Serve one connection from its cursor until it has the newest event."""
        subscriber = subscription.subscriber
        try:
            while subscription.cursor != self.head and subscription.cursor < subscription.last:
                if subscription.cursor > self.head:
                    self._next_batch = self._next_batch or asyncio.Event()
                    await self._next_batch.wait()
                    continue
                await subscriber.drained()
                if self._write_recent(subscription):
                    continue
                most = int(min(CHUNK_EVENTS, subscription.last - subscription.cursor))
                bodies = await self._store.events_after(subscription.cursor, most)
                if bodies is None:
                    subscriber.too_slow()
                    return
                subscriber.write_own(b"".join(subscriber.encode(bodies)))
                subscription.cursor += len(bodies)
        except Exception:
            subscriber.too_slow()
            raise
        if subscription.finish is None:
            self._go_live(subscription)
        else:
            self._behind.discard(subscription)
            subscription.finish()

    def _write_recent(self, subscription: Subscription) -> bool:
        """Write the next events from memory; return False if they are not there."""
        after, subscriber = subscription.cursor, subscription.subscriber
        if not self._recent or not self._recent[0].first <= after + 1 <= self.head:
            return False
        batches: list[Batch] = []
        for batch in reversed(self._recent):
            if batch.last <= after:
                break
            if batch.last <= subscription.last:
                batches.append(batch)
        while batches and not subscriber.full:
            data: list[bytes] = []
            size = 0
            # A large batch goes out alone: its bytes are those of all connections, no copy.
            while batches and (not data or size + batches[-1].size <= WRITE_BYTES):
                batch = batches.pop()
                data.append(batch.frames(subscriber.encode, subscription.cursor))
                size += len(data[-1])
                subscription.cursor = batch.last
            subscriber.write(b"".join(data))
        return True


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (failure := task.exception()):
        log.error("catching up failed", exc_info=failure)
