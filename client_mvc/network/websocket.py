"""One WebSocket to a room: opened, read until it ends, written from a queue.

Turns the errors of aiohttp into problems. It neither joins nor sends anything again (`protocol`
does), and has no threads.
"""

import asyncio
import errno
import logging
import socket
from collections.abc import AsyncGenerator, Coroutine, Mapping
from dataclasses import dataclass

import aiohttp
import msgspec

from client_mvc.network import checks
from shared import codec, limits, messages, protocol
from shared.joinlink import Address
from shared.problems import Problem, ProblemError, problem

log = logging.getLogger(__name__)

CONNECT_WITHIN = 10.0
HEARTBEAT = 20.0
"""A ping every so many seconds; a server that does not answer in half of it is dead."""
BODY_BYTES = 16 * 1024
"""The most that the client reads of an answer that is neither a file nor a frame."""
BODY_WITHIN = 10.0
"""Seconds that such an answer may take after its headers."""
INVALID_FRAMES = 20
"""So many frames that cannot be read end a connection."""
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


@dataclass(frozen=True, slots=True)
class NoRoomInfo:
    """The server does not answer `GET /room`, as one of version 0.1."""


type SocketEvent = (
    messages.RoomInfo | NoRoomInfo | Opened | messages.AnyEvent | messages.Reply | Closed
)


class _Redirected(aiohttp.ClientError):
    """The server named another address."""


def http_session() -> aiohttp.ClientSession:
    """Return a session for sockets and files, which follows no redirects."""

    async def refuse(*_: object) -> None:
        raise _Redirected

    trace = aiohttp.TraceConfig()
    # A redirect could send a token elsewhere; aiohttp has no argument for it at `ws_connect`.
    trace.on_request_redirect.append(refuse)
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_WITHIN),
        connector=aiohttp.TCPConnector(limit=0, use_dns_cache=False),
        trace_configs=[trace],
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,  # a small answer cannot inflate to gigabytes
        headers={"Accept-Encoding": "identity"},
    )


class ClientWebSocket:
    """Iterate over `events` in a task of its own; cancelling that task hangs up.

    It first requests `GET /room`, and opens the socket when the next event is asked for: until
    then nothing else is sent.
    """

    def __init__(self, http: aiohttp.ClientSession, address: Address) -> None:
        self._http = http
        self._address = address
        self._invalid = 0
        self._outgoing: asyncio.Queue[messages.Request] = asyncio.Queue()
        self._unknown: set[str] = set()

    def send(self, request: messages.Request) -> None:
        """Send `request` after those before it."""
        self._outgoing.put_nowait(request)

    async def events(self) -> AsyncGenerator[SocketEvent]:
        """Open the socket, and yield its events until `Closed`. Raises `Unreachable`."""
        room = await self._reached(ask_room(self._http, self._address))
        yield room if room is not None else NoRoomInfo()
        async with await self._reached(self._open()) as socket:
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
            async with asyncio.timeout(CONNECT_WITHIN):
                return await answer
        except Unreachable:
            raise
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise Unreachable(explain(error, self._address)) from error

    async def _open(self) -> aiohttp.ClientWebSocketResponse:
        socket = await self._http.ws_connect(
            f"http://{self._address}/ws",
            protocols=[protocol.SUBPROTOCOL],
            heartbeat=HEARTBEAT,
            max_msg_size=limits.SERVER_FRAME_BYTES,
            timeout=aiohttp.ClientWSTimeout(ws_close=1.0),
        )
        if socket.protocol != protocol.SUBPROTOCOL:
            await socket.close()
            raise _no_chatroom(self._address)
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


async def ask_room(http: aiohttp.ClientSession, address: Address) -> messages.RoomInfo | None:
    """Return the answer to `GET /room`; None where the server has none, as in version 0.1.

    Raises `Unreachable`, TimeoutError, and the errors of aiohttp.
    """
    async with http.get(f"http://{address}/room", allow_redirects=False) as answer:
        if answer.status == 200:
            try:
                return checks.room(codec.decode_room(await body(answer)))
            except (msgspec.DecodeError, checks.BrokenProtocol):
                raise _no_chatroom(address) from None
        if 300 <= answer.status < 400:
            raise _Redirected
        if answer.status == 429 or answer.status >= 500:
            answer.raise_for_status()
        if answer.status == 421:
            raise Unreachable(await refusal(answer))
        return None


async def body(answer: aiohttp.ClientResponse) -> bytes:
    """Return the body of a short answer: its beginning, if it has more than `BODY_BYTES`.

    An encoded body is not read: the client asked for none. Raises TimeoutError and the errors
    of aiohttp.
    """
    if is_encoded(answer):
        return b""
    try:
        async with asyncio.timeout(BODY_WITHIN):
            return await answer.content.readexactly(BODY_BYTES)
    except asyncio.IncompleteReadError as all_of_it:
        return all_of_it.partial


def is_encoded(answer: aiohttp.ClientResponse) -> bool:
    """Return whether the body is compressed, or encoded in another way."""
    encoding = answer.headers.get("Content-Encoding", "").strip().lower()
    return encoding not in ("", "identity")


async def refusal(
    answer: aiohttp.ClientResponse, by_status: Mapping[int, Problem] | None = None
) -> Problem:
    """Return why the server refused a request: as its body says, or else by its status."""
    try:
        why = messages.problem_of(checks.refusal(codec.decode_http_error(await body(answer))))
    except (msgspec.DecodeError, aiohttp.ClientError, TimeoutError):
        status = answer.status
        if 300 <= status < 400:
            why = problem("redirected", server=answer.url.authority)
        else:
            why = (by_status or {}).get(status) or problem("http_status", status=status)
    seconds = answer.headers.get("Retry-After", "")
    if why.retry_after is None and seconds.isdecimal() and len(seconds) < 6:
        return Problem(why.code, why.params, float(seconds))
    return why


def _no_chatroom(address: Address) -> Unreachable:
    return Unreachable(problem("not_a_chatroom", server=str(address)))


def explain(error: Exception, address: Address) -> Problem:
    """Return why `address` could not be used."""
    server = str(address)
    match error:
        case aiohttp.ClientConnectorDNSError() if error.os_error.errno == socket.EAI_AGAIN:
            return problem("no_name_server", host=address.host)
        case aiohttp.ClientConnectorDNSError() | aiohttp.InvalidURL():
            return problem("no_such_host", host=address.host)
        case aiohttp.ClientResponseError(status=429):
            return problem("too_many_connections", server=server)
        case _Redirected():
            return problem("redirected", server=server)
        case aiohttp.ClientResponseError(status=502 | 503 | 504):
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
