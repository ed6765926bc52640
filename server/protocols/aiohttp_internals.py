"""All uses of aiohttp's private parts. `pyproject.toml` bounds its version for them.

`tests/server/protocols/test_aiohttp_internals.py` checks exactly what is relied on here.
"""

import asyncio
from collections.abc import Iterator
from typing import NamedTuple, Protocol

from aiohttp import StreamReader

# The parser without the response object around it, which costs a connection 10 KiB and a
# message three turns of coroutines. Its queue is not exported beside it, hence the path.
from aiohttp._websocket.reader import WebSocketDataQueue
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import HttpRequestParser, HttpVersion, WebSocketError, WebSocketReader
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.http_websocket import WSMessage, WSMessageTextBytes
from aiohttp.web import BaseRequest, Request, RequestHandler, Server, StreamResponse
from aiohttp.web_protocol import _ErrInfo

from server.protocols.http.unread import Unread
from shared import limits, protocol

PARSED_AT_ONCE = 512
"""Bytes. aiohttp's error about a line that is no HTTP quotes what it was given of it, and a
parsed request takes 5 KiB, of which those that wait should be few."""
BODY_AT_ONCE = 16 * 1024
LARGE_BODY_AT_ONCE = 60 * 1024
"""The same of a body whose reader takes blocks that are as large: it goes faster, and is less
than `child_setup.LARGE_BLOCK`, so it takes memory which is there."""

type Message = WSMessage | WSMessageTextBytes


class Headers(Protocol):
    """The headers of a request."""

    def getall(self, name: str, default: list[str], /) -> list[str]:
        """Return all values of a header, whose name is taken without case."""

    def __iter__(self) -> Iterator[str]:
        """Return the names."""


class FrameParser(WebSocketDataQueue):
    """Reads a client's frames: bytes in, whole messages out. It takes frames without mask too.

    `broken` is the close code for bytes that are no WebSocket, else 0. To aiohttp's reader this
    is the queue that its messages go to; no task waits on it.
    """

    def __init__(self) -> None:
        # The base would pause its first argument, but `feed_data` is replaced.
        loop = asyncio.get_running_loop()
        super().__init__(None, 0, loop=loop)  # type: ignore[arg-type]
        self.broken = 0
        self._whole: list[Message] = []
        self._reader: WebSocketReader | None = WebSocketReader(
            self, limits.FRAME_BYTES + 1, compress=False, decode_text=False
        )

    def feed(self, data: bytes) -> list[Message]:
        """Return the messages that these bytes complete; none any more once it is broken."""
        if self.broken or self._reader is None:
            return []
        self._reader.feed_data(data)
        whole, self._whole = self._whole, []
        return whole

    def end(self) -> None:
        """Take nothing any more, and refer to the reader no more, which refers to this."""
        self._reader = None

    def feed_data(self, data: Message, size: int) -> None:
        """Take a message from aiohttp's reader."""
        self._whole.append(data)

    def set_exception(self, exc: BaseException, exc_cause: BaseException | None = None) -> None:
        """Take an error from aiohttp's reader."""
        self.broken = exc.code if isinstance(exc, WebSocketError) else protocol.CLOSE_BROKEN


class UpgradeRequest(NamedTuple):
    """A request to change to another protocol, and the bytes that came behind it."""

    version: HttpVersion
    headers: Headers
    rest: bytes


def parse_upgrade(data: bytes) -> UpgradeRequest | None:
    """Return the request that a connection begins with, if it is a whole one for an upgrade.

    aiohttp's server needs 0.2 ms for a handshake, its parser 4 µs.
    """
    loop = asyncio.get_running_loop()
    parser = HttpRequestParser(
        BaseProtocol(loop),
        loop,
        2**16,
        max_line_size=8190,
        max_field_size=8190,
        max_headers=128,
    )
    try:
        messages, upgraded, rest = parser.feed_data(data)
    except HttpProcessingError:
        return None
    if not upgraded or len(messages) != 1:
        return None
    message, _ = messages[0]
    return UpgradeRequest(message.version, message.headers, rest)


class _HttpConnection(RequestHandler):
    """aiohttp's side of a connection, which parses a request when those before are answered.

    aiohttp parses all that a read returns, up to 256 KiB, and reads a body that nobody wants as
    fast as it comes. Here the rest of a read waits unparsed, and reading pauses. Nothing is
    taken after bytes that are no HTTP: the error for each read holds the read several times
    over.
    """

    __slots__ = ("_answered", "_body", "_broken", "_held", "_rest", "_unread")

    def __init__(self, server: Server, unread: Unread) -> None:
        loop = asyncio.get_running_loop()
        super().__init__(server, loop=loop, **server._kwargs)  # noqa: SLF001
        self._unread = unread
        self._rest = b""
        self._answered = self._broken = False
        self._body: StreamReader | None = None
        self._held: asyncio.TimerHandle | None = None

    def data_received(self, data: bytes) -> None:
        if not data:  # from aiohttp itself: its parser may have kept some
            self._parse(data)
        data, start = self._rest + data, 0
        while start < len(data) and not self._waits():
            piece = data[start : start + self._at_once()]
            self._count_dropped(len(piece))
            self._parse(piece)
            start += len(piece)
        self._rest = b"" if self._broken or self._is_over() else data[start:]
        if self._rest or self._broken:
            self._pause_transport_reading()
            self._buffer_paused = self._buffer_paused or bool(self._messages)
        self._unread.hold(self, len(self._rest))

    def _parse(self, data: bytes) -> None:
        super().data_received(data)
        if self._messages and isinstance(error := self._messages[-1][0], _ErrInfo):
            self._broken = True
            # Its frames refer to this connection, and to all that the last read returned.
            error.exc.__traceback__ = error.exc.__context__ = None

    def _waits(self) -> bool:
        """Whether what has come is not to be parsed yet, or never."""
        tail = self._upgraded and self._buffer_paused
        return bool(
            self._broken or self._messages or self._reading_paused or tail or self._is_over()
        )

    def _at_once(self) -> int:
        """Return how many bytes are parsed next."""
        if not self._is_in_body():
            return PARSED_AT_ONCE
        request = self._current_request
        if request is None or request.content.is_eof():
            return BODY_AT_ONCE
        wanted, _ = request.content.get_read_buffer_limits()
        return LARGE_BODY_AT_ONCE if wanted >= LARGE_BODY_AT_ONCE else BODY_AT_ONCE

    def _is_in_body(self) -> bool:
        """Whether the next bytes belong to the request that is being answered."""
        request = self._current_request
        return self._answered or (request is not None and not request.content.is_eof())

    def _is_over(self) -> bool:
        return self._force_close or self._close

    def _count_dropped(self, size: int) -> None:
        """Read a body that was answered already no faster than the worker may drop bytes."""
        if self._waiter is not None:
            self._answered = False
        elif self._answered and (wait := self._unread.drop(size)) != 0:
            if wait is None:
                self._broken = True
                self.end()
                return
            self._pause_transport_reading()
            if self._held is not None:
                self._held.cancel()
            self._held = self._loop.call_later(wait, self._read_on)

    def _read_on(self) -> None:
        self._held = None
        if not self._reading_paused and not self._buffer_paused:
            self._resume_transport_reading()

    def _resume_transport_reading(self) -> None:
        if not self._rest and not self._broken and self._held is None:
            super()._resume_transport_reading()

    def _resume_reading_if_drained(self) -> None:
        if self._messages or len(self._message_tail) > self._read_bufsize:
            return
        self._buffer_paused = False
        self.data_received(b"")
        if not self._buffer_paused:
            self._resume_reading_for_buffer()

    async def finish_response(
        self, request: BaseRequest, resp: StreamResponse, start_time: float | None
    ) -> tuple[StreamResponse, bool]:
        self._answered = True
        self._body = request.content if self.transport is not None else None
        return await super().finish_response(request, resp, start_time)

    def take_rest(self) -> bytes:
        """Return what was not parsed, and read on: the next protocol has a pace of its own."""
        rest, self._rest = self._rest, b""
        self._unread.hold(self, 0)
        if self._held is not None:
            self._held.cancel()
            self._held = None
        super()._resume_transport_reading()
        return rest

    def end(self) -> None:
        """End the connection at once."""
        self._rest = b""
        if self.transport is not None:
            self.transport.abort()

    def connection_lost(self, exc: BaseException | None) -> None:
        self._rest = b""
        self._unread.hold(self, 0)
        if self._held is not None:
            self._held.cancel()
        super().connection_lost(exc)
        # Requests that wait refer to this connection, and it to them: such a reference cycle
        # stays in memory until the garbage collector looks at old objects.
        self._messages.clear()
        body, self._body = self._body, None
        if body is not None:
            body.feed_eof()  # else aiohttp waits for the rest of it, for ten seconds


def http_connection(server: Server, unread: Unread) -> RequestHandler:
    """Return a new connection of aiohttp's server: `server()` makes one without bounds."""
    return _HttpConnection(server, unread)


class _EarlyBytes:
    """Takes the bytes from aiohttp that came behind a handshake."""

    data = b""

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        self.data += data
        return False, b""

    def feed_eof(self) -> None:
        """Do nothing: aiohttp's part of the connection is over."""


def take_connection(request: Request) -> bytes:
    """Take the connection of a request from aiohttp, which was answered with status 101.

    Returns the bytes that came behind the request. aiohttp does not close the connection then.
    """
    early = _EarlyBytes()
    request.protocol.set_parser(early)  # type: ignore[arg-type]
    if isinstance(request.protocol, _HttpConnection):
        early.data += request.protocol.take_rest()
    request.protocol.transport = None
    return early.data


def has_more(body: StreamReader) -> bool:
    """Whether bytes of a body wait to be read."""
    return bool(body._size)  # noqa: SLF001


async def ask_for_body(request: Request) -> None:
    """Send `100 Continue` (RFC 9110, section 10.1.1)."""
    await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    request.writer.output_size = 0  # else aiohttp takes this for the start of its answer
