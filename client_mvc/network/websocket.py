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

from shared import messages, protocol
from shared.joinlink import Address
from shared.problems import Problem, ProblemError, problem

log = logging.getLogger(__name__)

CONNECT_WITHIN = 10.0
HEARTBEAT = 20.0
"""A ping every so many seconds; a server that does not answer in half of it is dead."""
FRAME_BYTES = 16 * 1024 * 1024
CLOSE_ABNORMAL = 1006


class Unreachable(ProblemError):
    """No chatroom answers at the address; `problem` says why."""


class Heard(Protocol):
    """Who is told what happens on the connection."""

    def opened(self) -> None:
        """The socket is open: `ClientWebSocket.send` may be called."""

    def received(self, message: messages.AnyEvent | messages.Reply) -> None:
        """A frame came."""

    def closed(self, code: int) -> None:
        """The socket closed; nothing comes after this."""

    def unreachable(self, problem: Problem) -> None:
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
        except Unreachable as error:
            self._heard.unreachable(error.problem)
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
            except msgspec.DecodeError as error:
                log.warning("frame ignored error=%s", error)
                continue
            if message is not None:
                self._heard.received(message)
            await self._slow_down()

    async def _write(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        while True:
            request = await self._outgoing.get()
            try:
                await socket.send_str(messages.encode(request).decode())
            except (aiohttp.ClientError, ConnectionError) as error:
                # The reader sees the same end of the connection, and reports it.
                log.info("sending ended error=%s", error)
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
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
        raise Unreachable(explain(error, address)) from error
    if socket.protocol != protocol.SUBPROTOCOL:
        await socket.close()
        raise Unreachable(problem("not_a_chatroom", server=str(address)))
    return socket


def explain(error: Exception, address: Address) -> Problem:
    """Return why `address` could not be used."""
    server = str(address)
    match error:
        case aiohttp.ClientConnectorDNSError() | aiohttp.InvalidURL():
            return problem("no_such_host", host=address.host)
        case aiohttp.WSServerHandshakeError(status=429):
            return problem("too_many_connections", server=server)
        case aiohttp.WSServerHandshakeError(status=503):
            return problem("starting", server=server)
        case aiohttp.ClientConnectorError() if _was_refused(error.os_error):
            return problem("connection_refused", server=server)
        case aiohttp.ServerDisconnectedError() | ConnectionError():
            return problem("closed_early", server=server)
        case aiohttp.ClientResponseError():
            return problem("not_a_chatroom", server=server)
        case _:
            return problem("no_answer", host=address.host)


def _was_refused(error: OSError) -> bool:
    """Return whether no program listens; a name with two addresses gives one error for both."""
    return isinstance(error, ConnectionRefusedError) or f"[Errno {errno.ECONNREFUSED}]" in str(
        error
    )
