"""All uses of aiohttp's private parts. `pyproject.toml` bounds its version for them.

`tests/server/protocols/test_aiohttp_internals.py` checks exactly what is relied on here.
"""

import asyncio
from collections.abc import Iterator
from typing import NamedTuple, Protocol

# The parser without the response object around it, which costs a connection 10 KiB and a
# message three turns of coroutines. Its queue is not exported beside it, hence the path.
from aiohttp._websocket.reader import WebSocketDataQueue
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import HttpRequestParser, HttpVersion, WebSocketError, WebSocketReader
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.http_websocket import WSMessage, WSMessageTextBytes
from aiohttp.web import Request, RequestHandler, Server
from aiohttp.web_protocol import _ErrInfo

from shared import limits, protocol

PARSED_AT_ONCE = 8 * 1024
"""Bytes. aiohttp's error about a line that is no HTTP quotes what it was given of it."""

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
        self._reader = WebSocketReader(
            self, limits.FRAME_BYTES + 1, compress=False, decode_text=False
        )

    def feed(self, data: bytes) -> list[Message]:
        """Return the messages that these bytes complete; none any more once it is broken."""
        if self.broken:
            return []
        self._reader.feed_data(data)
        whole, self._whole = self._whole, []
        return whole

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
    """aiohttp's side of a connection, which takes nothing after bytes that are no HTTP.

    aiohttp goes on parsing until it has answered, and the error for each read holds the read
    several times over: a quarter of a MiB of rubbish cost a MiB and 50 ms.
    """

    __slots__ = ("_broken",)

    def data_received(self, data: bytes) -> None:
        for start in range(0, len(data) or 1, PARSED_AT_ONCE):
            if self._is_broken():
                if self.transport is not None:
                    self.transport.pause_reading()
                return
            super().data_received(data[start : start + PARSED_AT_ONCE])

    def _is_broken(self) -> bool:
        if self._messages and isinstance(self._messages[-1][0], _ErrInfo):
            self._broken = True
        return getattr(self, "_broken", False)


def http_connection(server: Server) -> RequestHandler:
    """Return a new connection of aiohttp's server: `server()` makes one without bounds."""
    return _HttpConnection(server, loop=asyncio.get_running_loop(), **server._kwargs)  # noqa: SLF001


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
    request.protocol.transport = None
    return early.data


async def ask_for_body(request: Request) -> None:
    """Send `100 Continue` (RFC 9110, section 10.1.1)."""
    await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    request.writer.output_size = 0  # else aiohttp takes this for the start of its answer
