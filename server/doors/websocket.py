"""The WebSocket door (docs/protocol.md, part 1): frames to sessions, events to frames.

aiohttp reads and answers the handshake; events are framed here, once for all connections,
and written straight to the transports. Knows sessions and the fan-out, not what they do.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Sequence
from urllib.parse import urlsplit

from aiohttp import WSMsgType, web
from aiohttp.abc import AbstractStreamWriter

from server.context import Context
from server.fanout import FULL, Encode, Reader
from server.room.interface import Peer
from server.session import Session
from shared import limits

log = logging.getLogger(__name__)

CLOSE_WITHIN = 2.0
LINGER = 30.0
SWEEP_EVERY = 2.0


def frame(payload: bytes) -> bytes:
    """A text frame from the server (RFC 6455, section 5.2): whole, not masked."""
    size = len(payload)
    if size < 126:
        return bytes((0x81, size)) + payload
    if size < 1 << 16:
        return b"\x81\x7e" + size.to_bytes(2, "big") + payload
    return b"\x81\x7f" + size.to_bytes(8, "big") + payload


def frames(payloads: Sequence[bytes]) -> list[bytes]:
    """The encoding of this door."""
    return [frame(payload) for payload in payloads]


def close_frame(code: int, reason: str) -> bytes:
    """A close frame from the server (RFC 6455, section 5.5.1)."""
    payload = code.to_bytes(2, "big") + reason.encode()[:123]
    return bytes((0x88, len(payload))) + payload


class WebSocketLine:
    """One WebSocket: the session's `Line` and the fan-out's `Outlet`."""

    encode: Encode = staticmethod(frames)

    def __init__(
        self,
        context: Context,
        transport: asyncio.Transport,
        writer: AbstractStreamWriter,
    ) -> None:
        self._context = context
        self._transport = transport
        self._writer = writer
        self._reader: Reader = context.fanout.attend(self)
        self._deadline: asyncio.TimerHandle | None = None
        self.closed = False
        self.last_heard = self.last_ping = context.now()

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
        # uvloop raises where asyncio only counts: a transport may close before its handler
        # hears of it.
        if not self.closed and not self._transport.is_closing():
            self._transport.write(data)

    def backlog(self) -> int:
        """Bytes that the kernel has not taken yet."""
        return self._transport.get_write_buffer_size()

    async def drained(self) -> None:
        """Wait until there is room to write, or the connection is gone."""
        with contextlib.suppress(ConnectionError):
            await self._writer.drain()

    def too_slow(self) -> None:
        """Say so, behind all that it has still to read."""
        self.close(limits.CLOSE_TOO_SLOW, "too slow", LINGER)

    # --- the rest --------------------------------------------------------------------

    def received(self) -> int:
        """Events handed to this connection."""
        return self._context.fanout.cursor(self._reader) - self._reader.start

    def abort(self) -> None:
        """The connection is dead."""
        self._stop()
        self._transport.abort()

    def client_closed(self, code: int) -> None:
        """The client's close frame came: answer it, if it is not an answer, and hang up."""
        self.close(code if 1000 <= code < 5000 else limits.CLOSE_LEFT, "")
        self._transport.close()

    def ended(self) -> None:
        """The connection is over."""
        self._stop()
        if self._deadline is not None:
            self._deadline.cancel()

    def _stop(self) -> None:
        self.closed = True
        self._context.fanout.remove(self._reader)


class WebSocketDoor:
    """All WebSockets of a worker."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._lines: dict[WebSocketLine, Session] = {}
        self._empty = asyncio.Event()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One connection, from handshake to end."""
        self._check(request)
        socket = web.WebSocketResponse(
            protocols=(limits.SUBPROTOCOL,),
            autoping=False,
            autoclose=False,
            compress=False,
            decode_text=False,
            max_msg_size=limits.FRAME_BYTES + 1,
            timeout=CLOSE_WITHIN,  # where aiohttp closes: frames that are too big or broken
        )
        writer = await socket.prepare(request)
        transport = request.transport
        if transport is None:
            return socket
        transport.set_write_buffer_limits(high=FULL, low=FULL // 4)
        line = WebSocketLine(self._context, transport, writer)
        context = self._context
        session = Session(
            context.room,
            line,
            peer_of(request),
            worker=context.worker,
            policy=context.policy,
            now=context.now,
        )
        self._lines[line] = session
        context.sessions[session.connection] = session
        joined = False
        late = asyncio.get_running_loop().call_later(limits.JOIN_WITHIN, session.join_is_late)
        if context.draining:
            session.refuse("shutting_down", "The server is shutting down.")
        try:
            async for frame in self._frames(socket, line):
                await session.receive(frame)
                if session.member and not joined:
                    joined = True
                    context.joined += 1
                if line.backlog() > FULL:
                    await line.drained()
        finally:
            late.cancel()
            del self._lines[line]
            context.sessions.pop(session.connection, None)
            context.joined -= joined
            session.gone()
            line.ended()
            if not self._lines:
                self._empty.set()
        return socket

    async def _frames(
        self, socket: web.WebSocketResponse, line: WebSocketLine
    ) -> AsyncIterator[bytes]:
        """The text frames of a client, until it or we close."""
        while True:
            message = await socket.receive()
            line.last_heard = self._context.now()
            match message.type:
                case WSMsgType.TEXT if self._context.draining:
                    pass  # it gets no receipt, so its client will say it again
                case WSMsgType.TEXT if _is_utf8(message.data):
                    yield message.data
                case WSMsgType.TEXT:
                    line.close(limits.CLOSE_NOT_UTF8, "text frames are UTF-8")
                case WSMsgType.PING:
                    await socket.pong(message.data)
                case WSMsgType.PONG:
                    pass
                case WSMsgType.BINARY:
                    line.close(limits.CLOSE_NOT_TEXT, "text frames only")
                case WSMsgType.CLOSE:
                    line.client_closed(message.data or limits.CLOSE_LEFT)
                    return
                case _:  # broken
                    return

    def _check(self, request: web.Request) -> None:
        """Refuse a browser from elsewhere, and a client of another protocol."""
        origin = request.headers.get("Origin")
        if origin is not None and not self._may_embed(origin.lower(), request.host.lower()):
            raise web.HTTPForbidden(text=f"A page of {origin} may not join this room.\n")
        if not request.headers.get("Sec-WebSocket-Key", "").isascii():
            raise web.HTTPBadRequest(text="The Sec-WebSocket-Key is damaged.\n")
        offered = request.headers.getall("Sec-WebSocket-Protocol", [])
        names = {name.strip() for header in offered for name in header.split(",")}
        if names and limits.SUBPROTOCOL not in names:
            raise web.HTTPBadRequest(text=f"This server speaks {limits.SUBPROTOCOL} only.\n")

    def _may_embed(self, origin: str, host: str) -> bool:
        try:
            own = urlsplit(origin).netloc == host
        except ValueError:
            own = False
        return own or origin in self._context.origins

    def received(self) -> dict[int, int]:
        """Events handed to each joined connection."""
        return {one.connection: line.received() for line, one in self._lines.items()}

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
                    line.write(b"\x89\x00")

    def drain(self) -> None:
        """Tell everybody that the server is shutting down."""
        for line, session in list(self._lines.items()):
            session.gone()
            line.close(limits.CLOSE_SHUTTING_DOWN, "shutting_down")

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
