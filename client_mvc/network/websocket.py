"""One WebSocket to a room: opened, read until it ends, written from a queue.

Turns the errors of aiohttp into problems. It neither joins nor sends anything again (`protocol`
does), and has no threads.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Coroutine
from dataclasses import dataclass

import aiohttp
import msgspec

from client_mvc.network import api, checks, tls
from client_mvc.network.http_answers import CONNECT_WITHIN, Unreachable, explain, no_chatroom
from client_mvc.network.reaching import reach
from shared import codec, limits, messages, protocol
from shared.identity import ServerIdentity
from shared.joinlink import Address
from shared.problems import problem

log = logging.getLogger(__name__)

HEARTBEAT = 20.0
"""A ping every so many seconds; a server that does not answer in half of it is dead."""
INVALID_FRAMES = 20
"""So many frames that cannot be read end a connection."""
CLOSE_ABNORMAL = 1006
_LOGGED_TYPES = 100


@dataclass(frozen=True, slots=True)
class Opened:
    """The socket is open: `ClientWebSocket.send` may be called."""


@dataclass(frozen=True, slots=True)
class Closed:
    """The socket is closed; `code` is 1006 where the server gave none."""

    code: int


@dataclass(frozen=True, slots=True)
class Reached:
    """The server that answers, and its answer to `GET /room` (None from version 0.1)."""

    server: ServerIdentity
    room: messages.RoomInfo | None


type SocketEvent = Reached | Opened | messages.AnyEvent | messages.Reply | Closed


class ClientWebSocket:
    """Iterate over `events` in a task of its own; cancelling that task hangs up.

    It first finds out who answers and requests `GET /room`, and opens the socket when the next
    event is asked for: until then nothing else is sent.

    Args:
        http: the session for the socket.
        address: the host.
        trust: which server may be there.
        within: the seconds that the server has for each answer; None: as long as is usual.
    """

    def __init__(
        self,
        http: aiohttp.ClientSession,
        address: Address,
        trust: api.Trust,
        within: float | None = None,
    ) -> None:
        self._http = http
        self._address = address
        self._trust = trust
        self._within = within or CONNECT_WITHIN
        self._invalid = 0
        self._outgoing: asyncio.Queue[messages.Request] = asyncio.Queue()
        self._unknown: set[str] = set()

    def send(self, request: messages.Request) -> None:
        """Send `request` after those before it."""
        self._outgoing.put_nowait(request)

    async def events(self) -> AsyncGenerator[SocketEvent]:
        """Open the socket, and yield its events until `Closed`.

        Raises `Unreachable`; `Doubted` before anything was sent.
        """
        server, room = await self._reached(reach(self._http, self._address, self._trust))
        yield Reached(server, room)
        async with await self._reached(self._open(server)) as socket:
            yield Opened()
            writer = asyncio.create_task(self._write(socket))
            try:
                async for frame in socket:
                    if (message := self._decoded(frame)) is not None:
                        yield message
            finally:
                writer.cancel()
                await asyncio.gather(writer, return_exceptions=True)
        yield Closed(socket.close_code or CLOSE_ABNORMAL)

    async def _reached[T](self, answer: Coroutine[None, None, T]) -> T:
        """Await an answer of the server. Raises `Unreachable`."""
        try:
            async with asyncio.timeout(self._within):
                return await answer
        except Unreachable:
            raise
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise Unreachable(explain(error, self._address)) from error

    async def _open(self, server: ServerIdentity) -> aiohttp.ClientWebSocketResponse:
        socket = await self._http.ws_connect(
            server.url("/ws"),
            ssl=tls.check_of(server),
            protocols=[protocol.SUBPROTOCOL],
            heartbeat=HEARTBEAT,
            max_msg_size=limits.SERVER_FRAME_BYTES,
            timeout=aiohttp.ClientWSTimeout(ws_close=1.0),
        )
        if socket.protocol != protocol.SUBPROTOCOL:
            await socket.close()
            raise no_chatroom(self._address)
        return socket

    def _decoded(self, frame: aiohttp.WSMessage) -> messages.AnyEvent | messages.Reply | None:
        """Return the message in a frame, if there is one. Raises `Unreachable`."""
        if frame.type is aiohttp.WSMsgType.ERROR:  # too large, or not valid
            raise Unreachable(problem("protocol_broken"))
        if frame.type is not aiohttp.WSMsgType.TEXT:
            self._ignore(f"type={frame.type}")
            return None
        try:
            message = codec.decode_from_server(frame.data)
            if message is not None:
                return checks.message(message)
        except msgspec.DecodeError as error:
            self._ignore(f"error={error}")
        except checks.BrokenProtocol as broken:
            raise Unreachable(broken.problem) from None
        else:
            self._note_unknown(frame.data)
        return None

    def _ignore(self, reason: str) -> None:
        log.warning("frame ignored %s", reason)
        self._invalid += 1
        if self._invalid > INVALID_FRAMES:
            raise Unreachable(problem("protocol_broken"))

    def _note_unknown(self, data: str) -> None:
        """Log a message of an unknown type, once for each type."""
        kind = str(msgspec.json.decode(data)["type"])[:40]
        if kind not in self._unknown and len(self._unknown) < _LOGGED_TYPES:
            self._unknown.add(kind)
            log.debug("message ignored type=%s reason=unknown", kind)

    async def _write(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        while True:
            request = await self._outgoing.get()
            try:
                await socket.send_str(codec.encode(request).decode())
            except (aiohttp.ClientError, ConnectionError) as error:
                # The reader sees the same end of the connection, and reports it.
                log.info("sending ended error=%s", error)
                return
