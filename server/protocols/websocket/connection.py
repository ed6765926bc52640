"""One WebSocket connection (docs/protocol.md, part 1): frames to requests, replies to frames.

Events come encoded once for all connections, and are written straight to the transport.
"""

import asyncio
import logging
from collections.abc import Collection
from typing import Protocol

from aiohttp import WSMsgType

from server.connections.fanout import Encode
from server.connections.replies import Reply, Welcomed
from server.connections.session import Pending, Session
from server.connections.worker_state import WorkerState
from server.protocols.aiohttp_internals import Message
from server.protocols.detect import ProtocolSwitch
from server.protocols.http.turns import Turns
from server.protocols.tls import OVERHEAD
from server.protocols.websocket.encoding import (
    CLOSE_CODES,
    encode_events,
    encode_events_version_1,
    reply_frame,
)
from server.protocols.websocket.frames import PING, close_frame, may_close_with, pong_frame
from server.protocols.websocket.incoming import Incoming
from server.protocols.websocket.pace import Pace
from server.protocols.websocket.unsent import Unsent
from server.room.interface import CloseReason, Peer
from shared import limits, protocol
from shared.codec import BadMessage, decode_request

log = logging.getLogger(__name__)

CLOSE_WITHIN = 2.0
LINGER = 30.0
FRAMES_AN_ANSWER = 3
# Bytes that a client may send ahead while its session waits; a read adds what the kernel has.
MOST_UNREAD = 16 * 1024


class Owner(Protocol):
    """The object that keeps the connections of a worker."""

    turns: Turns
    """Connections that have not joined take turns in it."""
    unsent: Unsent
    """The unread answers of all connections."""

    def remove(self, connection: "WebSocketConnection") -> None:
        """Forget a connection that has ended."""


class WebSocketConnection(asyncio.Protocol):
    """One connection: a session's `Client`, a `Subscriber` of the fan-out."""

    __slots__ = (
        "_deadline", "_handling", "_held", "_held_until", "_incoming", "_last_ping", "_lost",
        "_opened", "_owner", "_paused", "_sent", "_state", "_stuck_since", "_subscription",
        "_taken", "_transport", "_turn", "_version_1", "_writable", "closed", "encode", "full",
        "joined", "last_heard", "session",
    )  # fmt: skip

    def __init__(
        self, state: WorkerState, transport: asyncio.Transport, peer: Peer, owner: Owner
    ) -> None:
        self._state = state
        self._transport = transport
        self._owner = owner
        self.encode: Encode = encode_events
        self._version_1 = False
        self._subscription = state.fanout.subscribe(self)
        self.session = Session(
            state.room,
            self,
            peer,
            worker=state.worker,
            settings=state.settings,
            budgets=state.budgets,
            refusals=state.refusals,
            now=state.now,
        )
        self.joined = False
        self._opened = self.last_heard = self._last_ping = self.session.last_active
        self._incoming = Incoming(Pace(state.budgets, state.refusals))
        self._handling: asyncio.Task[None] | None = None
        self._held: asyncio.Handle | None = None
        self._held_until = 0.0
        self._paused = self._turn = False
        self.full = False
        self._writable: asyncio.Event | None = None
        self._sent = self._taken = 0
        self._stuck_since: float | None = None
        self._lost = False
        self.closed = False
        self._deadline: asyncio.TimerHandle | None = None

    # --- as the transport's protocol -------------------------------------------------

    def data_received(self, data: bytes) -> None:
        self.last_heard = now = self._state.now()
        if wait := self._incoming.add(data, now):
            self.hold(wait)
        if self._handling is None and self._held is None:
            if self.joined:
                self._begin()
            elif not self._turn:  # thousands may send their first request at once
                self._turn = True
                self._owner.turns.take(self._begin)
        if self._turn or self._handling is not None or self._held is not None:
            self._pause_reading()

    def _begin(self) -> None:
        """Handle what has come, as its turn begins."""
        self._turn = False
        if self._handling is None and self._held is None:
            self._incoming.frames = 0
            self._handle()

    def pause_writing(self) -> None:
        self.full = True

    def resume_writing(self) -> None:
        self.full = False
        if self._writable is not None:
            self._writable.set()
            self._writable = None

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost = True
        self._owner.unsent.forget(self)
        self._stop()
        self._cancel_deadline()
        self.resume_writing()
        # What it sent before is handled still, but not for long.
        loop = asyncio.get_running_loop()
        self._deadline = loop.call_later(CLOSE_WITHIN, self._forget)
        self._handle()
        self.session.hung_up()

    def _forget(self) -> None:
        self._incoming.clear()
        self._go_on()

    # --- the client's frames ---------------------------------------------------------

    def _handle(self) -> None:
        """Handle the frames that are there; while one has to be waited for, the others wait."""
        if self._handling is not None or self._held is not None:
            return
        try:
            pending = self._advance()
        except Exception as failure:  # noqa: BLE001 - a fault here ends one connection
            self._failed(failure)
            return
        if pending:
            loop = asyncio.get_running_loop()
            self._handling = asyncio.Task(self._finish(pending), loop=loop, eager_start=True)
            self._handling.add_done_callback(self._finished)
        elif self._held is None:
            self._all_handled()

    def _advance(self) -> Pending | None:
        """Handle frames up to one that has to be waited for; return what to wait for."""
        incoming = self._incoming
        while self._held is None:
            if self.full:
                return self.drained()
            if incoming.messages:
                if pending := self._take(incoming.messages.popleft()):
                    return pending
            elif incoming.unparsed:
                self._parse()
            else:
                if incoming.broken:
                    self._close(incoming.broken, "invalid frame")
                break
        return None

    def _parse(self) -> None:
        """Parse the next frames, if it is not the turn of others, or too many have come."""
        if self._incoming.frames >= self._state.budgets.frames_a_turn:
            self.hold(0)
        elif wait := self._incoming.parse(self.last_heard):
            self.hold(wait)

    def hold(self, seconds: float) -> None:
        """Handle no more of what it sends for so long; read no more if it goes on."""
        until = self._state.now() + seconds
        if self._held is not None:
            if until <= self._held_until:
                return
            self._held.cancel()
        self._held_until = until
        self._held = asyncio.get_running_loop().call_later(seconds, self._go_on)

    async def pause(self, seconds: float) -> None:
        """Wait; what it sends meanwhile is handled afterwards."""
        await asyncio.sleep(seconds)

    def _pause_reading(self) -> None:
        """Read no more of a client that sends ahead."""
        incoming = self._incoming
        if not self._paused and (incoming.size > MOST_UNREAD or incoming.broken):
            self._paused = True
            self._transport.pause_reading()

    def _go_on(self) -> None:
        if self._held is not None:
            self._held.cancel()
            self._held = None
        self._incoming.frames = 0
        self._handle()

    def _all_handled(self) -> None:
        if self._lost:
            self._owner.remove(self)
        elif self._paused:
            self._paused = False
            if not self._transport.is_closing():
                self._transport.resume_reading()

    def _take(self, message: Message) -> Pending | None:
        if message.type is not WSMsgType.TEXT:
            self._control(message)
        elif self._state.draining or (self.closed and not self._lost):
            pass  # it is not acknowledged, so the client will send it again
        elif not _is_utf8(message.data):
            self._close(protocol.CLOSE_NOT_UTF8, "text frames are UTF-8")
        else:
            return self._request(message.data)
        return None

    def _request(self, data: bytes) -> Pending | None:
        try:
            request = decode_request(data)
        except BadMessage as bad:
            self.session.receive_invalid(bad)
            return None
        return self.session.receive(request)

    async def _finish(self, pending: Pending | None) -> None:
        while pending:
            await pending
            pending = self._advance()

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._handling = None
        if not task.cancelled() and (failure := task.exception()):
            self._failed(failure)
        self._handle()  # frames that came after the task's end, before this was called

    def _failed(self, failure: BaseException) -> None:
        log.error("session failed", exc_info=failure)
        self._incoming.clear()
        self.abort()

    def _control(self, message: Message) -> None:
        match message.type:
            case WSMsgType.PING:
                self.write(pong_frame(bytes(message.data)))
            case WSMsgType.BINARY:
                self._close(protocol.CLOSE_NOT_TEXT, "text frames only")
            case WSMsgType.CLOSE:
                code = message.data or protocol.CLOSE_LEFT
                self._close(code if may_close_with(code) else protocol.CLOSE_BROKEN, "")
                self._transport.close()
            case _:
                pass  # a pong

    # --- as the session's client -----------------------------------------------------

    def reply(self, reply: Reply) -> None:
        """Send a reply."""
        self._incoming.frames += FRAMES_AN_ANSWER
        data = reply_frame(reply, version_1=self._version_1, key=self._state.key)
        if isinstance(reply, Welcomed):
            self.write(data)  # all may join at once, over a slow network: nobody ends for that
        else:
            self.write_own(data)

    def speaks(self, features: Collection[str] | None) -> None:
        """Send everything from now on as a client with these features understands it."""
        if features is None:
            self._version_1 = True
            self.encode = encode_events_version_1

    def serve(self, start: int) -> None:
        """Send every event after `start` from now on."""
        self.joined = self._incoming.joined = True
        if (switch := ProtocolSwitch.of(self._transport)) is not None:
            switch.joined()
        if not self.closed:
            self._state.fanout.serve(self._subscription, start)

    def close(self, reason: CloseReason) -> None:
        """Close the connection, after everything that was sent.

        A removed member that reads slowly has some time to get the event about it first.
        """
        if reason is CloseReason.REMOVED and self.joined and not self.closed:
            loop = asyncio.get_running_loop()
            self._deadline = loop.call_later(LINGER, self._transport.abort)
            self._state.fanout.finish(self._subscription, self._removed)
        else:
            self._close(CLOSE_CODES[reason], reason.value)

    def _removed(self) -> None:
        self._close(protocol.CLOSE_REMOVED, CloseReason.REMOVED.value)

    def _close(self, code: int, text: str, within: float = CLOSE_WITHIN) -> None:
        """Send a close frame; the client has `within` seconds to answer with its own."""
        if not self.closed:
            self.write(close_frame(code, text))
            self._stop()
            self._cancel_deadline()
            loop = asyncio.get_running_loop()
            self._deadline = loop.call_later(within, self._transport.abort)

    # --- as the fan-out's subscriber -------------------------------------------------

    def write(self, data: bytes) -> None:
        """Send, without waiting."""
        if self.closed:
            return
        self._sent += len(data)
        try:
            self._transport.write(data)
        except RuntimeError:
            # uvloop raises where asyncio only counts: a transport may close before its
            # protocol hears of it. Asking each time would cost every delivery.
            if not self._transport.is_closing():
                raise

    def write_own(self, data: bytes) -> None:
        """Send bytes that are in memory for this connection alone."""
        self.write(data)
        if not self.closed:
            self._owner.unsent.hold(self, len(data))

    def backlog(self) -> int:
        """Return the number of bytes that the kernel has not taken yet."""
        return self._transport.get_write_buffer_size()

    async def drained(self) -> None:
        """Wait until it is not full any more, or the connection has ended."""
        while self.full and not self._lost:
            if self._writable is None:
                self._writable = asyncio.Event()
            await self._writable.wait()

    def too_slow(self) -> None:
        """Close, with time to read everything that was sent before."""
        self._close_as_slow(LINGER)

    def _close_as_slow(self, within: float) -> None:
        if not self.closed:
            self._state.refusals.count("slow")
            self.session.disconnected()
            reason = CloseReason.TOO_SLOW
            self._close(CLOSE_CODES[reason], reason.value, within)

    # --- for the owner ---------------------------------------------------------------

    def received(self) -> int:
        """Return the number of events sent to this connection."""
        return self._state.fanout.cursor(self._subscription) - self._subscription.start

    def check(self, now: float) -> None:
        """Ping a client that is quiet; drop one that is silent, or has not joined in time.

        Also drop one that takes nothing of what it is sent, whatever it sends itself.
        """
        if self.closed:
            return
        self._check_taken(now)
        if now - self.last_heard > limits.SILENT_FOR and not (
            self._paused or self._stuck_since
        ):
            self.abort()
        elif now - max(self.last_heard, self._last_ping) > limits.PING_EVERY:
            self._last_ping = now
            self.write(PING)
        if not self.joined and now - self._opened > limits.JOIN_WITHIN:
            self.session.join_is_late()

    def _check_taken(self, now: float) -> None:
        backlog = self.backlog()
        taken = self._sent + self._transport.get_extra_info(OVERHEAD, 0) - backlog
        if not backlog:
            self._stuck_since = None
        elif self._stuck_since is None:
            self._stuck_since = now
        elif taken != self._taken:
            self._stuck_since = self.last_heard = now  # only a client that is there takes it
        elif now - self._stuck_since > self._state.budgets.takes_nothing:
            self._close_as_slow(CLOSE_WITHIN)
        self._taken = taken

    def end_as_slow(self) -> None:
        """End the connection at once, as the client does not take what it asked for."""
        self.session.disconnected()
        self.abort()

    def abort(self) -> None:
        """End the connection at once."""
        self._stop()
        self._transport.abort()

    def ended(self) -> None:
        """Leave nothing of it in the worker.

        Its parts refer to one another. The garbage collector would find that out much later,
        and stop everything for 2 µs for each of them, of which a flood leaves 100,000.
        """
        self.session.disconnected()
        self._cancel_deadline()
        self.session.let_go()
        self._incoming.end()

    def _stop(self) -> None:
        self.closed = True
        self._state.fanout.remove(self._subscription)

    def _cancel_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
