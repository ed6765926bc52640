"""A real server with an owner and honest members who talk, for one script of abuse.

Bans do not hold on loopback, so the server trusts this computer as a proxy, and each person
has an address of its own by `X-Forwarded-For`.
"""

import asyncio
import contextlib
import secrets
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from shared import protocol
from tests.support.protocol_client import ConnectionClosed, ProtocolClient
from tests.support.running import RunningServer

MOST_ACTS = 2
OPTIONS = ("--workers", "2", "--max-users", "40", "--trusted-proxy", "127.0.0.1")
TALK_EVERY = 0.06
HONEST = ("hana", "hugo")


class Person:
    """Somebody with an address and a device; `client` is the connection of the last join."""

    def __init__(self, scene: "Scene", name: str, address: str, device: str = "") -> None:
        self.scene = scene
        self.name = name
        self.address = address
        self.device = device or secrets.token_urlsafe(16)
        self.client: ProtocolClient
        self.token = ""

    async def join(self, name: str = "", **fields: Any) -> str:
        """Join (resume with `token`); return "welcome", or the code of the refusal."""
        headers = {"X-Forwarded-For": self.address}
        client = ProtocolClient(self.scene.http, self.scene.server.url)
        self.client = await client.connect(headers=headers)
        known = {"device": self.device, "features": list(protocol.FEATURES)}
        answer = await client.join(name or self.name, **known, **fields)
        if answer["type"] == "refused":
            return str(answer["code"])
        self.token = answer["token"]
        return "welcome"

    async def resume(self) -> str:
        """Join by the token of the last membership."""
        return await self.join(token=self.token, after=self.client.welcome.get("seq", 0))

    async def ask(self, type: str, **fields: Any) -> dict[str, Any]:
        """Send a request; return its answer."""
        id = secrets.token_hex(8)
        await self.client.send(type, id=id, **fields)
        return await self.client.until(id=id)

    async def say(self, text: str) -> str:
        """Send a message; return "said", or the code of the error."""
        answer = await self.ask("say", text=text)
        return str(answer.get("code", answer["type"]))

    async def upload(self, size: int = 1000) -> int | str:
        """Upload a file, by HTTP alone; return the status, or the code of the error."""
        headers = {
            "Authorization": f"Bearer {self.token}",
            "X-Forwarded-For": self.address,
            "Content-Disposition": 'attachment; filename="spam.txt"',
        }
        url = self.scene.server.url + "/files"
        async with self.scene.http.post(url, data=b"spam " * size, headers=headers) as answer:
            return answer.status if answer.status == 201 else (await answer.json())["code"]

    async def removed(self) -> tuple[str, int | None]:
        """Read to the end of the connection: the last event about oneself, and the code."""
        code = await self.client.closed()
        mine = [one for one in self.client.events if one["name"] == self.client.welcome["you"]]
        return str(mine[-1].get("reason")), code


class Scene:
    """One script's server and people. `acts` counts what the owner did."""

    def __init__(self, server: RunningServer, http: aiohttp.ClientSession) -> None:
        self.server = server
        self.http = http
        self.acts = 0
        self.waits: list[float] = []
        self.owner = Person(self, "olga", "198.51.100.1")
        self.honest = [
            Person(self, name, f"198.51.100.{number}") for number, name in enumerate(HONEST, 2)
        ]
        self._talk: asyncio.Task[None] | None = None

    @property
    def p99(self) -> float:
        """The 99th percentile of how long an honest message took, in seconds."""
        return statistics.quantiles(self.waits, n=100)[98]

    def person(self, name: str = "mallory", address: str = "203.0.113.1") -> Person:
        """Return somebody new, with a device of their own."""
        return Person(self, name, address)

    async def act(self, type: str, **fields: Any) -> dict[str, Any]:
        """Let the owner act; the answer is the act's event."""
        self.acts += 1
        answer = await self.owner.ask(type, **fields)
        assert answer["type"] != "error", answer
        return answer

    async def open(self) -> None:
        """Let the owner and the honest members in, and let them talk."""
        key = (self.server.data / "owner-key").read_text().strip()
        assert await self.owner.join(owner_key=key) == "welcome"
        await self.owner.client.until(seq=self.owner.client.welcome["seq"])
        for one in self.honest:
            assert await one.join() == "welcome"
        self._talk = asyncio.create_task(self._keep_talking())

    async def _keep_talking(self) -> None:
        """Let one speak after the other; note when all honest members have it."""
        number = 0
        while True:
            speaker = self.honest[number % len(self.honest)]
            id, began = f"talk {secrets.token_hex(4)}", time.monotonic()
            await speaker.client.send("say", text="an honest word", id=id)
            for one in self.honest:
                await one.client.until(type="said", id=id)
                one.client.events.clear()
            self.waits.append(time.monotonic() - began)
            number += 1
            await asyncio.sleep(TALK_EVERY)

    async def pause(self) -> None:
        """Let nobody talk; fail if somebody could not."""
        if self._talk is not None:
            talk, self._talk = self._talk, None
            talk.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await talk

    async def restart(self) -> None:
        """Start the server again; the honest people come back by their tokens and go on."""
        await self.pause()
        port = self.server.port
        await asyncio.to_thread(self.server.stop)
        await asyncio.to_thread(self.server.start, port)
        for one in (self.owner, *self.honest):
            answer = await one.resume()
            assert answer == "welcome", (one.name, answer)
        self._talk = asyncio.create_task(self._keep_talking())

    async def talked(self, count: int = 20) -> None:
        """Wait until so many more honest messages were sent."""
        enough = len(self.waits) + count
        while len(self.waits) < enough:
            assert self._talk is not None
            assert not self._talk.done(), self._talk.exception()
            await asyncio.sleep(TALK_EVERY)


class Flood:
    """Somebody who does something again and again until the flood ends."""

    def __init__(self, scene: Scene, abuse: Any) -> None:
        self.done = 0
        self.answers: list[object] = []
        self._abuse = abuse
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        with contextlib.suppress(ConnectionClosed, aiohttp.ClientError):
            while True:
                self.answers.append(await self._abuse())
                self.done += 1

    async def end(self) -> list[object]:
        """End it; return the answers it got."""
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        return self.answers


@asynccontextmanager
async def opened(server: RunningServer) -> AsyncIterator[Scene]:
    """Open the scene of one script."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as http:
        scene = Scene(server, http)
        await scene.open()
        try:
            yield scene
        finally:
            await scene.pause()
