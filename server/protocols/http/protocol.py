"""The HTTP door (docs/protocol.md, part 2): one aiohttp application for all connections.

Puts together the WebSocket, the files and the operator's pages; every request passes `_greet`.
"""

import asyncio
from html import escape
from importlib.resources import files as package_files

from aiohttp import web
from aiohttp.typedefs import Handler

from server.connections.worker_state import WorkerState
from server.protocols.detect import ProtocolSwitch
from server.protocols.http import file_routes
from server.protocols.http.health import HealthPages
from server.protocols.websocket.connection import WebSocketServer

KEEPALIVE = 15.0


class HttpServer:
    """Makes the protocol for each connection that chose HTTP."""

    def __init__(self, context: WorkerState) -> None:
        self._context = context
        self.websockets = WebSocketServer(context)
        application = web.Application(middlewares=[_greet])
        self._transfers = file_routes.FileTransfers(context)
        self._transfers.add_routes(application)
        HealthPages(context, self.websockets).add_routes(application)
        application.router.add_get("/ws", self.websockets.serve)
        application.router.add_get("/", self._page)
        self._runner = web.AppRunner(
            application,
            access_log=None,
            auto_decompress=False,  # a file is what its bytes are
            keepalive_timeout=KEEPALIVE,
            handle_signals=False,
            shutdown_timeout=1.0,
        )
        self._web_page = package_files("server").joinpath("web/index.html").read_text("utf-8")

    async def open(self) -> None:
        """Ready the application; before the first `protocol`."""
        await self._runner.setup()

    def protocol(self) -> asyncio.Protocol | None:
        """The protocol of one connection; None after `close`."""
        return self._runner.server() if self._runner.server is not None else None

    async def close(self) -> None:
        """End all requests."""
        await self._runner.cleanup()

    async def _page(self, request: web.Request) -> web.Response:
        page = self._web_page.replace("ROOM", escape(self._context.settings.room))
        page = page.replace("HOST", escape(request.host))
        return web.Response(text=page, content_type="text/html")


@web.middleware
async def _greet(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Tell the entrance that a whole request is here; one request a connection."""
    if request.transport is not None:
        entrance = request.transport.get_protocol()
        if isinstance(entrance, ProtocolSwitch):
            entrance.greeted()
    try:
        _check_headers(request)
        response = await handler(request)
    except web.HTTPException as refusal:
        refusal.force_close()
        if request.path.startswith("/files"):
            file_routes.explain(refusal)
        raise
    if not response.prepared:
        response.force_close()
    return response


def _check_headers(request: web.Request) -> None:
    try:
        "".join(request.headers.values()).encode()
    except UnicodeEncodeError:  # answers quote them
        raise web.HTTPBadRequest(text="Header fields are UTF-8.\n") from None
