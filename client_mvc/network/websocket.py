"""One WebSocket to a room: opened, read until it ends, written from a queue.

Turns what goes wrong on the way into sentences for people. Knows nothing of joining or
saying again (`link` does), nor of threads.
"""

import asyncio
import errno
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

import aiohttp
import msgspec

from client_mvc.i18n.translate import _
from shared import messages, protocol
from shared.joinlink import Address

log = logging.getLogger(__name__)

CONNECT_WITHIN = 10.0
HEARTBEAT = 20.0
"""A ping every so many seconds; a server that does not answer in half of it is dead."""
FRAME_BYTES = 16 * 1024 * 1024
CLOSE_ABNORMAL = 1006


class Unreachable(Exception):
    """There is no room to talk to; the text says why, to a person."""


class Heard(Protocol):
    """Who is told what happens on the connection."""

    def opened(self) -> None:
        """The socket is open: `ClientWebSocket.send` may be called."""

    def received(self, message: messages.AnyEvent | messages.Reply) -> None:
        """A frame came."""

    def closed(self, code: int) -> None:
        """The socket closed; nothing comes after this."""

    def unreachable(self, reason: str) -> None:
        """The socket could not be opened; nothing comes after this."""


class ClientWebSocket:
    """`run` it as a task of its own; cancelling that task hangs up."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        address: Address,
        heard: Heard,
        slow_down: Callable[[], Awaitable[None]],
    ) -> None:
        self._http = http
        self._address = address
        self._heard = heard
        self._slow_down = slow_down
        self._outgoing: asyncio.Queue[messages.Request] = asyncio.Queue()

    def send(self, request: messages.Request) -> None:
        """Send `request` after those before it."""
        self._outgoing.put_nowait(request)

    async def run(self) -> None:
        """Open the socket and serve it to its end."""
        try:
            socket = await _open(self._http, self._address)
        except Unreachable as problem:
            self._heard.unreachable(str(problem))
            return
        async with socket:
            self._heard.opened()
            writer = asyncio.create_task(self._write(socket))
            try:
                await self._read(socket)
            finally:
                writer.cancel()
                await asyncio.gather(writer, return_exceptions=True)
        self._heard.closed(socket.close_code or CLOSE_ABNORMAL)

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for frame in socket:
            if frame.type is not aiohttp.WSMsgType.TEXT:
                log.warning("a frame of type %s is ignored", frame.type)
                continue
            try:
                message = messages.decode_from_server(frame.data)
            except msgspec.DecodeError as problem:
                log.warning("a frame of the server is ignored: %s", problem)
                continue
            if message is not None:
                self._heard.received(message)
            await self._slow_down()

    async def _write(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        while True:
            request = await self._outgoing.get()
            try:
                await socket.send_str(messages.encode(request).decode())
            except (aiohttp.ClientError, ConnectionError) as problem:
                # The reader sees the same end of the connection, and tells of it.
                log.info("sending ended: %s", problem)
                return


async def _open(
    http: aiohttp.ClientSession, address: Address
) -> aiohttp.ClientWebSocketResponse:
    try:
        async with asyncio.timeout(CONNECT_WITHIN):
            socket = await http.ws_connect(
                f"http://{address}/ws",
                protocols=[protocol.SUBPROTOCOL],
                heartbeat=HEARTBEAT,
                max_msg_size=FRAME_BYTES,
                timeout=aiohttp.ClientWSTimeout(ws_close=1.0),
            )
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as problem:
        raise Unreachable(explain(problem, address)) from problem
    if socket.protocol != protocol.SUBPROTOCOL:
        await socket.close()
        raise Unreachable(
            _("{server} speaks WebSocket, but it is no chatroom.", server=address)
        )
    return socket


def explain(problem: Exception, address: Address) -> str:
    """A sentence for a person on why `address` could not be used."""
    match problem:
        case aiohttp.ClientConnectorDNSError():
            return _("No computer is known by the name {host}.", host=address.host)
        case aiohttp.WSServerHandshakeError(status=429):
            return _("{server} takes no more connections from here just now.", server=address)
        case aiohttp.WSServerHandshakeError(status=503):
            return _(
                "The room at {server} is starting or closing. Try again in a moment.",
                server=address,
            )
        case aiohttp.WSServerHandshakeError(status=status):
            return _(
                "{server} answers, but it is no chatroom (HTTP {status}).",
                server=address,
                status=status,
            )
        case TimeoutError():
            return _("{server} does not answer.", server=address)
        case aiohttp.ClientConnectorError() if _was_refused(problem.os_error):
            return _("Nothing answers at {server}. Is the room open?", server=address)
        case aiohttp.ClientConnectorError():
            reason = problem.os_error.strerror or problem.os_error
            return _("{server} cannot be reached: {problem}.", server=address, problem=reason)
        case aiohttp.ServerDisconnectedError() | ConnectionError():
            return _("{server} hung up before it answered.", server=address)
        case aiohttp.ClientResponseError():
            return _("{server} answers, but it is no chatroom.", server=address)
        case _:
            return _("{server} cannot be reached: {problem}.", server=address, problem=problem)


def _was_refused(problem: OSError) -> bool:
    """Nobody listens; a name with two addresses gives one OSError that quotes both."""
    return isinstance(
        problem, ConnectionRefusedError
    ) or f"[Errno {errno.ECONNREFUSED}]" in str(problem)
