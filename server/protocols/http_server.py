"""HTTP and the handshake of WebSocket: one aiohttp application for all connections.

Every request passes `HttpServer._guard`.
"""

import asyncio

from aiohttp import web
from aiohttp.typedefs import Handler

from server.budgets.table import budgets
from server.connections.worker_state import WorkerState
from server.protocols.aiohttp_internals import http_connection
from server.protocols.detect import ProtocolSwitch
from server.protocols.http.browser import BrowserPages
from server.protocols.http.doorman import CLIENT, Doorman
from server.protocols.http.downloads import Downloads
from server.protocols.http.errors import HttpError, error_response, router_error
from server.protocols.http.installing import Installing
from server.protocols.http.invite import Invite
from server.protocols.http.pages import Pages
from server.protocols.http.requests import Requests
from server.protocols.http.sending import Sender
from server.protocols.http.stalls import CHECK_EVERY, Stalls
from server.protocols.http.turns import Turns
from server.protocols.http.unread import Unread
from server.protocols.http.uploads import Uploads
from server.protocols.websocket.server import WebSocketServer
from shared.problems import ProblemError, problem

KEEPALIVE = 15.0
BEGINNINGS_A_TURN = 16
"""Connections that begin in one turn of the event loop: 2 to 4 ms of work."""
READ_AHEAD = 4 * 1024
"""Bytes of a body that are parsed before its request is accepted; twice as many at most."""


class HttpServer:
    """Serves the connections that chose HTTP."""

    def __init__(self, state: WorkerState) -> None:
        self._state = state
        self._doorman = Doorman(state.settings, lambda: (*state.hosts, *state.pages))
        self._requests = Requests(state)
        self._turns = Turns()
        self.beginnings = Turns(BEGINNINGS_A_TURN)
        """For `ProtocolSwitch`: connections begin in it."""
        self._stalls = Stalls(budgets(state.settings).takes_nothing)
        self.unread = Unread(state.budgets, state.refusals, state.now)
        """For `ProtocolSwitch`, too: what came before the turn of a connection."""
        self._checking: asyncio.Task[None] | None = None
        self.websockets = WebSocketServer(state, self._doorman)
        application = web.Application(middlewares=[self._guard])
        application.on_response_prepare.extend((self._doorman.origins.share, _protect))
        Uploads(state, self._requests).add_routes(application.router)
        sender = Sender(state, self._stalls)
        Downloads(state, sender).add_routes(application.router)
        Pages(state, self.websockets).add_routes(application.router)
        BrowserPages(state, self._doorman).add_routes(application.router)
        Invite(state).add_routes(application.router)
        Installing(state, sender).add_routes(application.router)
        application.router.add_get("/ws", self.websockets.serve)
        self._runner = web.AppRunner(
            application,
            access_log=None,
            auto_decompress=False,  # a file is stored as its bytes came
            keepalive_timeout=KEEPALIVE,
            read_bufsize=READ_AHEAD,
            handle_signals=False,
            shutdown_timeout=1.0,
        )

    async def open(self) -> None:
        """Prepare the application; call it before the first `connect`."""
        await self._runner.setup()
        self._checking = asyncio.create_task(self._check_regularly())

    def connect(
        self, switch: ProtocolSwitch, transport: asyncio.Transport, first: bytes
    ) -> asyncio.Protocol | None:
        """Return the protocol that serves a connection; it has the first bytes (`OpenHttp`)."""
        if self._runner.server is None:  # after `close`
            return None
        if (websocket := self.websockets.accept(transport, first)) is not None:
            switch.request_came()
            return websocket
        self._stalls.watch(transport, self._state.now())
        handler = http_connection(self._runner.server, self.unread)
        handler.connection_made(transport)
        handler.data_received(first)
        return handler

    async def close(self) -> None:
        """End all requests."""
        if self._checking is not None:
            self._checking.cancel()
        await self._runner.cleanup()
        if self._state.copies is not None:
            await self._state.copies.close()

    async def _check_regularly(self) -> None:
        """End connections that take nothing, until cancelled."""
        while True:
            await asyncio.sleep(CHECK_EVERY)
            for _ in range(self._stalls.check(self._state.now())):
                self._state.refusals.count("slow")

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
            _forget_tracebacks(request)

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        await self._turns.wait()
        response: web.StreamResponse
        try:
            response = await self._checked(request, handler)
        except ProblemError as why:
            response = error_response(why)
            rule = why.problem.params.get("rule")
            if rule == "requests":
                response.force_close()
            elif rule == "origin":
                self._state.refusals.count("origins")
        except web.HTTPException as refusal:
            response = error_response(router_error(refusal, request))
        if not request.content.is_eof():
            response.force_close()
        if response.status == 101:
            self._stalls.forget(request.transport)
        return response

    async def _checked(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        client = self._doorman.client(request.transport, request.headers)
        request[CLIENT] = client
        await self._requests.admit(client.address, page=_is_page(request.path))
        _check_encoding(request)
        self._doorman.check_host(request.headers, request.raw_path)
        self._doorman.check_tls(client, request.method, request.path)
        if f"{request.path}/".startswith("/files/"):
            self._doorman.origins.check(request.headers, client.scheme)
        if (preflight := self._doorman.origins.preflight(request)) is not None:
            return preflight
        return await handler(request)


def _forget_tracebacks(request: web.Request) -> None:
    """Remove the traceback from the exceptions that a request keeps.

    Its frames refer to the request: such a reference cycle stays in memory, with all that the
    frames hold, until the garbage collector looks at old objects.
    """
    for why in (request.match_info.http_exception, request.content.exception()):
        if why is not None:
            why.__traceback__ = None


def _is_page(path: str) -> bool:
    """Whether this is a part of the browser client, which lies in memory."""
    return path == "/" or path.startswith("/web/")


async def _protect(request: web.Request, response: web.StreamResponse) -> None:
    """Let browsers take no answer for another type, and no other site load it."""
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")


def _check_encoding(request: web.Request) -> None:
    try:
        "".join(request.headers.values()).encode()
    except UnicodeEncodeError:  # answers quote them
        raise HttpError(problem("bad_request", "header")) from None
