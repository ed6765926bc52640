"""The WebSocket door (docs/protocol.md, part 1): frames to sessions, events to frames.

aiohttp reads the handshake's request; from then on the connection is a `WebSocketConnection`'s
own. Events are framed once for all connections and written straight to the transports.
Knows sessions and the fan-out, not what they do.
"""

import asyncio
import logging
from collections import deque

from aiohttp import WSMsgType, web

from server.connections.fanout import FULL, Encode, Reader
from server.connections.session import Rest, Session
from server.connections.worker_state import WorkerState
from server.protocols.detect import ProtocolSwitch
from server.protocols.websocket import handshake
from server.protocols.websocket.frames import (
    PING,
    FrameParser,
    Message,
    close_frame,
    frame,
    frames,
    pong_frame,
)
from server.room.interface import Peer
from shared import limits, protocol
from shared.problems import problem

log = logging.getLogger(__name__)

CLOSE_WITHIN = 2.0
LINGER = 30.0
SWEEP_EVERY = 2.0
# Bytes that a client may send ahead while its session waits for the room.
MOST_UNREAD = 64 * 1024


class WebSocketConnection(asyncio.Protocol):
    """One WebSocket: the transport's protocol, the session's `Line`, the fan-out's `Outlet`."""

    encode: Encode = staticmethod(frames)

    def __init__(
        self,
        context: WorkerState,
        transport: asyncio.Transport,
        peer: Peer,
        door: "WebSocketServer",
    ) -> None:
        self._context = context
        self._transport = transport
        self._door = door
        self._parser = FrameParser()
        self._reader: Reader = context.fanout.attend(self)
        self.session = Session(
            context.room,
            self,
            peer,
            worker=context.worker,
            settings=context.settings,
            now=context.now,
        )
        self._joined = False
        self._unhandled: deque[Message] = deque()
        self._unread = 0
        self._handling: asyncio.Task[None] | None = None
        self.full = False
        self._writable: asyncio.Event | None = None
        self._lost = False
        self._deadline: asyncio.TimerHandle | None = None
        self._late: asyncio.TimerHandle | None = asyncio.get_running_loop().call_later(
            limits.JOIN_WITHIN, self.session.join_is_late
        )
        self.closed = False
        self.last_heard = self.last_ping = context.now()

    # --- as the transport's protocol -------------------------------------------------

    def data_received(self, data: bytes) -> None:
        self.last_heard = self._context.now()
        if self._parser.broken:
            return
        self._unhandled += self._parser.feed(data)
        if self._handling is None:
            self._handle()
            return
        self._unread += len(data)
        if self._unread > MOST_UNREAD and self._transport.is_reading():
            self._transport.pause_reading()

    def pause_writing(self) -> None:
        self.full = True

    def resume_writing(self) -> None:
        self.full = False
        if self._writable is not None:
            self._writable.set()
            self._writable = None

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost = True
        self._stop()
        self._cancel_timers()
        self.resume_writing()
        if self._handling is None:
            self._door.gone(self)

    # --- what the client sends -------------------------------------------------------

    def _handle(self) -> None:
        """Handle what has come; what comes while something has to be waited for waits too."""
        try:
            rest = self._advance()
        except Exception as failure:  # noqa: BLE001 - a fault here ends one connection
            self._failed(failure)
            return
        if rest:
            loop = asyncio.get_running_loop()
            self._handling = asyncio.Task(self._finish(rest), loop=loop, eager_start=True)
            self._handling.add_done_callback(self._finished)

    def _advance(self) -> Rest | None:
        """Handle what has come, up to what this returns: it is to be waited for."""
        while self._unhandled:
            if rest := self._take(self._unhandled.popleft()):
                return rest
        if self._parser.broken:
            self.close(self._parser.broken, "that is no WebSocket frame")
        return None

    def _take(self, message: Message) -> Rest | None:
        if message.type is not WSMsgType.TEXT:
            self._control(message)
        elif self._context.draining:
            pass  # it gets no receipt, so its client will say it again
        elif not _is_utf8(message.data):
            self.close(protocol.CLOSE_NOT_UTF8, "text frames are UTF-8")
        elif rest := self.session.receive(message.data):
            return rest
        elif self.full:
            return self.drained()
        return None

    async def _finish(self, rest: Rest | None) -> None:
        while rest:
            await rest
            if self.session.member and not self._joined:
                self._has_joined()
            await self.drained()
            rest = self._advance()

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._handling = None
        if not task.cancelled() and (failure := task.exception()):
            self._failed(failure)
        self._handle()  # what came after the task's end, before the loop told of it
        if self._handling is not None:
            return
        if self._lost:
            self._door.gone(self)
        elif self._unread:
            self._unread = 0
            if not self._transport.is_reading():
                self._transport.resume_reading()

    def _failed(self, failure: BaseException) -> None:
        log.error("a session failed", exc_info=failure)
        self._unhandled.clear()
        self.abort()

    def _control(self, message: Message) -> None:
        match message.type:
            case WSMsgType.PING:
                self.write(pong_frame(bytes(message.data)))
            case WSMsgType.BINARY:
                self.close(protocol.CLOSE_NOT_TEXT, "text frames only")
            case WSMsgType.CLOSE:
                code = message.data or protocol.CLOSE_LEFT
                self.close(code if 1000 <= code < 5000 else protocol.CLOSE_LEFT, "")
                self._transport.close()
            case _:
                pass  # a pong

    def _has_joined(self) -> None:
        self._joined = True
        self._context.joined += 1
        if self._late is not None:
            self._late.cancel()
            self._late = None

    # --- as the session's Line -------------------------------------------------------

    def send(self, message: bytes) -> None:
        """Send one JSON message."""
        self.write(frame(message))

    def serve(self, start: int) -> None:
        """Send every event after `start` from now on."""
        self._context.fanout.serve(self._reader, start)

    def close(self, code: int, reason: str, within: float = CLOSE_WITHIN) -> None:
        """Send a close frame; the client has `within` seconds to answer with its own."""
        if not self.closed:
            self.write(close_frame(code, reason))
            self._stop()
            loop = asyncio.get_running_loop()
            self._deadline = loop.call_later(within, self._transport.abort)

    # --- as the fan-out's Outlet -----------------------------------------------------

    def write(self, data: bytes) -> None:
        """Send, without waiting."""
        if self.closed:
            return
        try:
            self._transport.write(data)
        except RuntimeError:
            # uvloop raises where asyncio only counts: a transport may close before its
            # protocol hears of it. Asking each time would cost every delivery.
            if not self._transport.is_closing():
                raise

    def backlog(self) -> int:
        """Bytes that the kernel has not taken yet."""
        return self._transport.get_write_buffer_size()

    async def drained(self) -> None:
        """Wait until it is not full any more, or the connection is gone."""
        if self.full and not self._lost:
            if self._writable is None:
                self._writable = asyncio.Event()
            await self._writable.wait()

    def too_slow(self) -> None:
        """Say so, behind all that it has still to read."""
        self.close(protocol.CLOSE_TOO_SLOW, "too slow", LINGER)

    # --- the rest --------------------------------------------------------------------

    def received(self) -> int:
        """Events handed to this connection."""
        return self._context.fanout.cursor(self._reader) - self._reader.start

    def abort(self) -> None:
        """The connection is dead."""
        self._stop()
        self._transport.abort()

    def ended(self) -> None:
        """Leave nothing of it in the worker."""
        self._context.joined -= self._joined
        self.session.gone()
        self._cancel_timers()

    def _stop(self) -> None:
        self.closed = True
        self._context.fanout.remove(self._reader)

    def _cancel_timers(self) -> None:
        for timer in (self._late, self._deadline):
            if timer is not None:
                timer.cancel()
        self._late = self._deadline = None


class _Early:
    """Takes from aiohttp what came right behind the handshake."""

    data = b""

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        self.data += data
        return False, b""

    def feed_eof(self) -> None:
        """aiohttp's part of the connection is over."""


class WebSocketServer:
    """All WebSockets of a worker."""

    def __init__(self, context: WorkerState) -> None:
        self._context = context
        self._lines: set[WebSocketConnection] = set()
        self._empty = asyncio.Event()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer the handshake, and give the connection to a line."""
        handshake.check(request, self._context.settings.allow_origin)
        response = handshake.answer(request)
        await response.prepare(request)
        transport = request.transport
        if transport is None:
            return response
        early = _Early()
        request.protocol.set_parser(early)  # type: ignore[arg-type]
        transport.set_write_buffer_limits(high=FULL, low=FULL // 4)
        line = WebSocketConnection(self._context, transport, peer_of(request), self)
        self._lines.add(line)
        self._context.sessions[line.session.connection] = line.session
        entrance = transport.get_protocol()
        assert isinstance(entrance, ProtocolSwitch)
        request.protocol.transport = None  # or aiohttp, told that it is over, closes it
        entrance.hand_over(line)
        if self._context.draining:
            line.session.refuse(problem("shutting_down"))
        if early.data:
            line.data_received(early.data)
        return response

    def gone(self, line: WebSocketConnection) -> None:
        """A connection has ended."""
        self._lines.discard(line)
        self._context.sessions.pop(line.session.connection, None)
        line.ended()
        if not self._lines:
            self._empty.set()

    def received(self) -> dict[int, int]:
        """Events handed to each connection."""
        return {line.session.connection: line.received() for line in self._lines}

    async def sweep(self) -> None:
        """Ping who was not heard, drop who is silent. Runs until cancelled."""
        while True:
            await asyncio.sleep(SWEEP_EVERY)
            now = self._context.now()
            for line in list(self._lines):
                if now - line.last_heard > limits.SILENT_FOR:
                    if line.backlog():
                        line.too_slow()
                    else:
                        line.abort()
                elif now - max(line.last_heard, line.last_ping) > limits.PING_EVERY:
                    line.last_ping = now
                    line.write(PING)

    def drain(self) -> None:
        """Tell everybody that the server is shutting down."""
        for line in list(self._lines):
            line.session.gone()
            line.close(protocol.CLOSE_SHUTTING_DOWN, "shutting_down")

    async def emptied(self, within: float) -> None:
        """Wait, at most `within` seconds, until everybody is gone."""
        if self._lines:
            self._empty.clear()
            try:
                await asyncio.wait_for(self._empty.wait(), within)
            except TimeoutError:
                log.info("%d clients did not say goodbye", len(self._lines))

    def __len__(self) -> int:
        return len(self._lines)


def peer_of(request: web.Request) -> Peer:
    """Where a request comes from."""
    name = request.transport.get_extra_info("peername") if request.transport else None
    address, port = (name[0], name[1]) if name else ("", 0)
    return Peer(address, port, "websocket")


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
