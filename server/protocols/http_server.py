"""HTTP and the handshake of WebSocket: one aiohttp application for all connections.

Every request passes `HttpServer._guard`.
"""

import asyncio

from aiohttp import web
from aiohttp.typedefs import Handler

from server.connections.worker_state import WorkerState
from server.protocols.detect import ProtocolSwitch
from server.protocols.http.downloads import Downloads
from server.protocols.http.errors import HttpError, error_response, router_error
from server.protocols.http.hosts import HostNames, machine_names
from server.protocols.http.pages import Pages
from server.protocols.http.uploads import Uploads
from server.protocols.websocket.server import WebSocketServer
from shared.problems import ProblemError, problem

KEEPALIVE = 15.0


class HttpServer:
    """Serves the connections that chose HTTP."""

    def __init__(self, state: WorkerState) -> None:
        self._hosts = HostNames(state.settings, machine_names())
        self.websockets = WebSocketServer(state, self._hosts)
        application = web.Application(middlewares=[self._guard])
        Uploads(state).add_routes(application.router)
        Downloads(state).add_routes(application.router)
        Pages(state, self.websockets).add_routes(application.router)
        application.router.add_get("/ws", self.websockets.serve)
        self._runner = web.AppRunner(
            application,
            access_log=None,
            auto_decompress=False,  # a file is stored as its bytes came
            keepalive_timeout=KEEPALIVE,
            handle_signals=False,
            shutdown_timeout=1.0,
        )

    async def open(self) -> None:
        """Prepare the application; call it before the first `connect`."""
        await self._runner.setup()

    def connect(
        self, switch: ProtocolSwitch, transport: asyncio.Transport, first: bytes
    ) -> asyncio.Protocol | None:
        """Return the protocol that serves a connection; it has the first bytes (`OpenHttp`)."""
        if self._runner.server is None:  # after `close`
            return None
        if (websocket := self.websockets.accept(transport, first)) is not None:
            switch.request_came()
            return websocket
        handler = self._runner.server()
        handler.connection_made(transport)
        handler.data_received(first)
        return handler

    async def close(self) -> None:
        """End all requests."""
        await self._runner.cleanup()

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Check what all requests have in common, and answer problems as JSON."""
        switch = ProtocolSwitch.of(request.transport)
        if switch is not None:
            switch.request_began(request.protocol.close)
        try:
            return await self._answer(request, handler)
        finally:
            if switch is not None:
                switch.request_ended()

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        response: web.StreamResponse
        try:
            _check_encoding(request)
            self._hosts.check(request.headers)
            response = await handler(request)
        except ProblemError as why:
            response = error_response(why)
        except web.HTTPException as refusal:
            response = error_response(router_error(refusal, request))
        if not request.content.is_eof():
            response.force_close()
        return response


def _check_encoding(request: web.Request) -> None:
    try:
        "".join(request.headers.values()).encode()
    except UnicodeEncodeError:  # answers quote them
        raise HttpError(problem("bad_request", "header")) from None
