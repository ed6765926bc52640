"""One WebSocket to a room: opened, read until it ends, written from a queue.

Turns the errors of aiohttp into problems. It neither joins nor sends anything again (`protocol`
does), and has no threads.
"""

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, Callable, Coroutine
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
"""A ping after so many seconds without a frame; a server that does not answer in half of it is
dead."""
HEARTBEAT_OF_SEVERAL = (3.0, 5.0)
ANSWER_OF_SEVERAL = 4.0
"""The same, and the seconds for the answer, where the room has other hosts to go on at: at
random between these two, so that the members of a frozen host do not all leave it at once."""
INVALID_FRAMES = 20
"""So many frames that cannot be read end a connection."""
CLOSE_ABNORMAL = 1006
_LOGGED_TYPES = 100
_ENDS = (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSING, aiohttp.WSMsgType.CLOSED)


@dataclass(frozen=True, slots=True)
class Opened:
    """The socket is open: `ClientWebSocket.send` may be called."""


@dataclass(frozen=True, slots=True)
class Closed:
    """The socket is closed; `code` is 1006 where the server gave none."""

    code: int


@dataclass(frozen=True, slots=True)
class Silent:
    """The server answers no ping: it is dead or frozen, or the network is gone."""


@dataclass(frozen=True, slots=True)
class Reached:
    """The server that answers, and its answer to `GET /room` (None from version 0.1)."""

    server: ServerIdentity
    room: messages.RoomInfo | None


@dataclass(frozen=True, slots=True)
class _Ping:
    pass


@dataclass(frozen=True, slots=True)
class _Pong:
    data: bytes


type SocketEvent = Reached | Opened | messages.AnyEvent | messages.Reply | Silent | Closed


class ClientWebSocket:
    """Iterate over `events` in a task of its own; cancelling that task hangs up.

    It first finds out who answers and requests `GET /room`, and opens the socket when the next
    event is asked for: until then nothing else is sent.

    Args:
        http: the session for the socket.
        address: the host.
        trust: which server may be there.
        within: the seconds that the server has for each answer; None: as long as is usual.
        several: whether the room has other hosts, as is known by now.
    """

    def __init__(
        self,
        http: aiohttp.ClientSession,
        address: Address,
        trust: api.Trust,
        within: float | None = None,
        several: Callable[[], bool] = lambda: False,
    ) -> None:
        self._http = http
        self._address = address
        self._trust = trust
        self._within = within or CONNECT_WITHIN
        self._several = several
        self._silence = random.uniform(*HEARTBEAT_OF_SEVERAL)  # noqa: S311 - no secret
        self._invalid = 0
        self._outgoing: asyncio.Queue[messages.Request | _Ping | _Pong] = asyncio.Queue()
        self._unknown: set[str] = set()

    def send(self, request: messages.Request) -> None:
        """Send `request` after those before it."""
        self._outgoing.put_nowait(request)

    async def events(self) -> AsyncGenerator[SocketEvent]:
        """Open the socket, and yield its events until `Silent` or `Closed`.

        Raises `Unreachable`; `Doubted` before anything was sent.
        """
        server, room = await self._reached(reach(self._http, self._address, self._trust))
        yield Reached(server, room)
        async with await self._reached(self._open(server)) as socket:
            yield Opened()
            writer = asyncio.create_task(self._write(socket))
            try:
                while (frame := await self._next(socket)) is not None:
                    if frame.type in _ENDS:
                        break
                    if (message := self._decoded(frame)) is not None:
                        yield message
                else:
                    yield Silent()
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
            autoping=False,
            max_msg_size=limits.SERVER_FRAME_BYTES,
            timeout=aiohttp.ClientWSTimeout(ws_close=1.0),
        )
        if socket.protocol != protocol.SUBPROTOCOL:
            await socket.close()
            raise no_chatroom(self._address)
        return socket

    async def _next(self, socket: aiohttp.ClientWebSocketResponse) -> aiohttp.WSMessage | None:
        """Return the next frame that is no ping or pong; None: the server answers no ping.

        After `HEARTBEAT` the client asks: what came while this computer slept is read first.
        """
        asked = False
        while True:
            several = self._several()
            silence = self._silence if several else HEARTBEAT
            answer = ANSWER_OF_SEVERAL if several else HEARTBEAT / 2
            try:
                async with asyncio.timeout(answer if asked else silence):
                    frame = await socket.receive()
            except TimeoutError:
                if asked:
                    return None
                self._outgoing.put_nowait(_Ping())
                asked = True
                continue
            if frame.type is aiohttp.WSMsgType.PING:
                self._outgoing.put_nowait(_Pong(frame.data))
            elif frame.type is not aiohttp.WSMsgType.PONG:
                return frame
            asked = False

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
                match request:
                    case _Ping():
                        await socket.ping()
                    case _Pong(data):
                        await socket.pong(data)
                    case _:
                        await socket.send_str(codec.encode(request).decode())
            except (aiohttp.ClientError, ConnectionError) as error:
                # The reader sees the same end of the connection, and reports it.
                log.info("sending ended error=%s", error)
                return
