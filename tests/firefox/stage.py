"""Let tests in another program use what tests/support has: a server, and another member.

The other program posts JSON to `/` followed by the name of one of the methods of Stage; its
fields are the arguments, and the answer is what the method returns.
"""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from aiohttp import web

from tests.support.protocol_client import ProtocolClient, joined_clients
from tests.support.running import RunningServer


class Stage:
    """A server with a member in it, `desk`, who uses the protocol directly."""

    def __init__(self, server: RunningServer) -> None:
        self.server = server
        self.desk: ProtocolClient
        self._stack = AsyncExitStack()

    async def enter(self) -> None:
        """Let `desk` join."""
        joined = joined_clients(self.server.url, "desk", history=1000)
        (self.desk,) = await self._stack.enter_async_context(joined)

    async def leave(self) -> None:
        """Let `desk` leave."""
        await self._stack.aclose()

    async def say(self, texts: list[str]) -> None:
        """Send these messages as `desk`."""
        for text in texts:
            await self.desk.send("say", text=text)
        await self.desk.barrier()

    async def said(self, like: str) -> list[str]:
        """Return the messages that have this in them, in the order in which `desk` got them."""
        await self.desk.barrier()
        return [text for text in self.desk.said() if like in text]

    async def shared(self) -> list[str]:
        """Return the names of the files that were shared."""
        await self.desk.barrier()
        events = self.desk.events
        return [event["file"]["name"] for event in events if event["type"] == "shared"]

    async def report(self) -> list[Any]:
        """Return the members as the active-user report has them."""
        await self.desk.send("report", id="report")
        answer = await self.desk.until(type="report", id="report")
        members: list[Any] = answer["members"]
        return members

    async def comings(self, name: str) -> list[str]:
        """Return "joined" or "left" for each time that a member did so."""
        await self.desk.barrier()
        return [
            event["type"]
            for event in self.desk.events
            if event["type"] in ("joined", "left") and event["name"] == name
        ]

    async def stop(self) -> None:
        """Stop the server."""
        await self.leave()
        self.server.stop()

    async def start(self) -> None:
        """Start the server again, at the same address."""
        self.server.start(self.server.port)
        await self.enter()


@asynccontextmanager
async def served(stage: Stage) -> AsyncIterator[str]:
    """Serve a stage on a port of its own; return the URL."""

    async def answer(request: web.Request) -> web.Response:
        method = getattr(stage, request.match_info["name"])
        return web.json_response(await method(**json.loads(await request.read())))

    app = web.Application()
    app.router.add_post("/{name:[a-z]+}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()
