"""All WebSocket connections of a worker: handshakes, regular checks, and the end."""

import asyncio
import contextlib
import logging
import socket

from aiohttp import HttpVersion, web

from server.connections.fanout import FULL
from server.connections.worker_state import WorkerState
from server.protocols.aiohttp_internals import Headers, parse_upgrade, take_connection
from server.protocols.detect import ProtocolSwitch
from server.protocols.http.doorman import Doorman, client_of
from server.protocols.http.errors import HttpError
from server.protocols.http.peers import Client
from server.protocols.http.turns import Turns
from server.protocols.websocket import handshake
from server.protocols.websocket.connection import WebSocketConnection
from server.protocols.websocket.unsent import Unsent
from server.room.interface import CloseReason, Peer
from shared.problems import problem

log = logging.getLogger(__name__)

CHECK_EVERY = 2.0
# Bytes that the kernel takes from a client before the worker has them; Linux doubles it. A read
# returns no more, so this bounds the memory of a connection that is not read from.
RECEIVE_BUFFER = 16 * 1024
JOINS_A_TURN = 32
"""Connections whose first requests are handled in one turn of the event loop: 2 ms of work. The
room takes the joins of a turn in together, so fewer would make each of them dearer."""
_REQUEST = b"GET /ws HTTP/1.1\r\n"


class WebSocketServer:
    """All WebSocket connections of a worker; those that have not joined take `turns`."""

    def __init__(self, state: WorkerState, doorman: Doorman) -> None:
        self._state = state
        self.turns = Turns(JOINS_A_TURN)
        self.unsent = Unsent(state.budgets.unsent, state.refusals)
        self._doorman = doorman
        self._connections: set[WebSocketConnection] = set()
        self._empty = asyncio.Event()

    def __len__(self) -> int:
        return len(self._connections)

    def accept(self, transport: asyncio.Transport, first: bytes) -> WebSocketConnection | None:
        """Answer a connection that begins with a valid handshake; return None for any other.

        This is `serve` without a web framework, as a thousand clients may join at once. A
        handshake that is not whole or not valid is left to `serve`, which answers it.
        """
        if not first.startswith(_REQUEST) or not (request := parse_upgrade(first)):
            return None
        try:
            client = self._doorman.client(transport, request.headers)
            self._doorman.check_host(request.headers)
            self._doorman.check_tls(client)
            self._check(request.version, request.headers, client)
        except HttpError:
            return None
        transport.write(handshake.answer_bytes(request.headers))
        return self._open(transport, client, request.rest)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer the handshake on a connection of aiohttp, and take the connection."""
        client = client_of(request)
        self._check(request.version, request.headers, client)
        response = web.StreamResponse(status=101, headers=handshake.answer(request.headers))
        await response.prepare(request)
        transport = request.transport
        if transport is not None:
            switch = transport.get_protocol()
            assert isinstance(switch, ProtocolSwitch)
            early = take_connection(request)
            connection = self._open(transport, client, b"")
            switch.hand_over(connection)
            if early:
                connection.data_received(early)
        return response

    def _check(self, version: HttpVersion, headers: Headers, client: Client) -> None:
        origins = self._doorman.origins.joining
        handshake.check(version, headers, origins, client.scheme)

    def _open(
        self, transport: asyncio.Transport, client: Client, early: bytes
    ) -> WebSocketConnection:
        peer = Peer(client.address, client.port, "websocket", client.tls, client.proxied)
        transport.set_write_buffer_limits(high=FULL, low=FULL // 4)
        raw = transport.get_extra_info("socket")
        if raw is not None:
            with contextlib.suppress(OSError):  # the client disconnected
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        connection = WebSocketConnection(self._state, transport, peer, self)
        self._connections.add(connection)
        self._state.sessions[connection.session.connection] = connection.session
        if self._state.draining:
            connection.session.refuse(problem("shutting_down"))
        if early:
            connection.data_received(early)
        return connection

    def remove(self, connection: WebSocketConnection) -> None:
        """Forget a connection that has ended."""
        self._connections.discard(connection)
        self._state.sessions.pop(connection.session.connection, None)
        connection.ended()
        if not self._connections:
            self._empty.set()

    def received(self) -> dict[int, int]:
        """Return the number of events sent to each connection."""
        return {one.session.connection: one.received() for one in self._connections}

    async def check_regularly(self) -> None:
        """Check all connections every `CHECK_EVERY` seconds, until cancelled."""
        while True:
            await asyncio.sleep(CHECK_EVERY)
            now = self._state.now()
            for connection in list(self._connections):
                connection.check(now)

    def drain(self) -> None:
        """Tell all clients that the server is shutting down."""
        for connection in list(self._connections):
            connection.session.disconnected()
            connection.close(CloseReason.SHUTTING_DOWN)

    async def emptied(self, within: float) -> None:
        """Wait, at most `within` seconds, until all connections have ended."""
        if self._connections:
            self._empty.clear()
            try:
                await asyncio.wait_for(self._empty.wait(), within)
            except TimeoutError:
                log.info("clients did not close connections=%d", len(self._connections))
