"""One WebSocket to a room: opened, read until it ends, written from a queue.

Turns the errors of aiohttp into problems. It neither joins nor sends anything again (`protocol`
does), and has no threads.
"""

import asyncio
import errno
import logging
from collections.abc import AsyncGenerator
from dataclasses import dataclass

import aiohttp
import msgspec

from shared import codec, limits, messages, protocol
from shared.joinlink import Address
from shared.problems import Problem, ProblemError, problem

log = logging.getLogger(__name__)

CONNECT_WITHIN = 10.0
HEARTBEAT = 20.0
"""A ping every so many seconds; a server that does not answer in half of it is dead."""
FRAME_BYTES = 4 * limits.SERVER_FRAME_BYTES
"""The largest frame that the client accepts. A server sends 1 MiB at most; one of version 0.1
sends more where a page of history has many long messages."""
BODY_BYTES = 16 * 1024
"""The most that the client reads of an answer that is neither a file nor a frame."""
CLOSE_ABNORMAL = 1006
_LOGGED_TYPES = 100


class Unreachable(ProblemError):
    """No chatroom answers at the address; `problem` says why."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The socket is open: `ClientWebSocket.send` may be called."""


@dataclass(frozen=True, slots=True)
class Closed:
    """The socket is closed; `code` is 1006 where the server gave none."""

    code: int


type SocketEvent = messages.RoomInfo | Opened | messages.AnyEvent | messages.Reply | Closed


def http_session() -> aiohttp.ClientSession:
    """Return a session for sockets and files, which follows no redirects."""

    async def refuse(*_: object) -> None:
        raise aiohttp.ClientError("redirected")

    trace = aiohttp.TraceConfig()
    # A redirect could send a token elsewhere; aiohttp has no argument for it at `ws_connect`.
    trace.on_request_redirect.append(refuse)
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_WITHIN),
        connector=aiohttp.TCPConnector(limit=0, use_dns_cache=False),
        trace_configs=[trace],
        auto_decompress=False,  # a small answer cannot inflate to gigabytes
        headers={"Accept-Encoding": "identity"},
    )


class ClientWebSocket:
    """Iterate over `events` in a task of its own; cancelling that task hangs up.

    With `ask_room` it first requests `GET /room`; a server without that answer, as one of
    version 0.1, is simply joined.
    """

    def __init__(
        self, http: aiohttp.ClientSession, address: Address, *, ask_room: bool = False
    ) -> None:
        self._http = http
        self._address = address
        self._ask_room = ask_room
        self._outgoing: asyncio.Queue[messages.Request] = asyncio.Queue()
        self._unknown: set[str] = set()

    def send(self, request: messages.Request) -> None:
        """Send `request` after those before it."""
        self._outgoing.put_nowait(request)

    async def events(self) -> AsyncGenerator[SocketEvent]:
        """Open the socket, and yield its events until `Closed`. Raises `Unreachable`."""
        try:
            async with asyncio.timeout(CONNECT_WITHIN):
                room = await self._room() if self._ask_room else None
                socket = await self._open()
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            if isinstance(error, Unreachable):
                raise
            raise Unreachable(explain(error, self._address)) from error
        async with socket:
            if room is not None:
                yield room
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

    async def _room(self) -> messages.RoomInfo | None:
        """Return the answer to `GET /room`; None from a server that does not know it."""
        url = f"http://{self._address}/room"
        async with self._http.get(url, allow_redirects=False) as answer:
            if answer.status != 200:
                return None
            try:
                return codec.decode_room(await body(answer))
            except msgspec.DecodeError:
                raise _no_chatroom(self._address) from None

    async def _open(self) -> aiohttp.ClientWebSocketResponse:
        socket = await self._http.ws_connect(
            f"http://{self._address}/ws",
            protocols=[protocol.SUBPROTOCOL],
            heartbeat=HEARTBEAT,
            max_msg_size=FRAME_BYTES,
            timeout=aiohttp.ClientWSTimeout(ws_close=1.0),
        )
        if socket.protocol != protocol.SUBPROTOCOL:
            await socket.close()
            raise _no_chatroom(self._address)
        return socket

    def _decoded(self, frame: aiohttp.WSMessage) -> messages.AnyEvent | messages.Reply | None:
        if frame.type is not aiohttp.WSMsgType.TEXT:
            log.warning("frame ignored type=%s", frame.type)
            return None
        try:
            message = codec.decode_from_server(frame.data)
        except msgspec.DecodeError as error:
            log.warning("frame ignored error=%s", error)
            return None
        if message is None:
            self._note_unknown(frame.data)
        return message

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


async def body(answer: aiohttp.ClientResponse) -> bytes:
    """Return the body of a short answer: its beginning, if it has more than `BODY_BYTES`."""
    try:
        return await answer.content.readexactly(BODY_BYTES)
    except asyncio.IncompleteReadError as all_of_it:
        return all_of_it.partial


def _no_chatroom(address: Address) -> Unreachable:
    return Unreachable(problem("not_a_chatroom", server=str(address)))


def explain(error: Exception, address: Address) -> Problem:
    """Return why `address` could not be used."""
    server = str(address)
    match error:
        case aiohttp.ClientConnectorDNSError() | aiohttp.InvalidURL():
            return problem("no_such_host", host=address.host)
        case aiohttp.ClientResponseError(status=429):
            return problem("too_many_connections", server=server)
        case aiohttp.ClientResponseError(status=503):
            return problem("starting", server=server)
        case aiohttp.ClientConnectorError() if _was_refused(error.os_error):
            return problem("connection_refused", server=server)
        case aiohttp.ServerDisconnectedError() | ConnectionError():
            return problem("closed_early", server=server)
        case aiohttp.ClientConnectionError() | TimeoutError():
            return problem("no_answer", host=address.host)
        case aiohttp.ClientError():
            return problem("not_a_chatroom", server=server)
        case _:
            return problem("no_answer", host=address.host)


def _was_refused(error: OSError) -> bool:
    """Return whether no program listens; a name with two addresses gives one error for both."""
    return isinstance(error, ConnectionRefusedError) or f"[Errno {errno.ECONNREFUSED}]" in str(
        error
    )
