"""A client that knows nothing but docs/protocol.md: plain JSON over aiohttp, no shared code."""

import asyncio
import contextlib
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self

import aiohttp

WITHIN = 30.0


class Closed(Exception):
    """The server closed the connection; `code` is the WebSocket close code."""

    def __init__(self, code: int | None) -> None:
        super().__init__(str(code))
        self.code = code


class Guest:
    """One WebSocket. `events` holds everything with a `seq` that came, in order."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self.http = http
        self.url = url
        self.events: list[dict[str, Any]] = []
        self.welcome: dict[str, Any] = {}

    async def connect(self, **options: Any) -> Self:
        """Open the WebSocket."""
        options.setdefault("protocols", ["chatroom.v1"])
        self.socket = await self.http.ws_connect(self.url + "/ws", **options)
        _opened.setdefault(self.http, []).append((self, self.socket))
        return self

    async def join(self, name: str, **fields: Any) -> dict[str, Any]:
        """Ask to join; returns `welcome` or `refused`."""
        await self.send("join", name=name, **fields)
        answer = await self.next("welcome", "refused")
        if answer["type"] == "welcome":
            self.welcome = answer
        return answer

    async def send(self, type: str, **fields: Any) -> None:
        """Send one request."""
        await self.socket.send_str(json.dumps({"type": type, **fields}))

    async def next(self, *types: str) -> dict[str, Any]:
        """The next message, of one of these types if any are named. Raises `Closed`."""
        async with asyncio.timeout(WITHIN):
            while True:
                message = await self.socket.receive()
                if message.type is not aiohttp.WSMsgType.TEXT:
                    raise Closed(self.socket.close_code)
                content: dict[str, Any] = json.loads(message.data)
                if "seq" in content and "at" in content:
                    self.events.append(content)
                if not types or content["type"] in types:
                    return content

    async def until(self, **fields: Any) -> dict[str, Any]:
        """Read until a message has these values."""
        while True:
            message = await self.next()
            if all(message.get(key) == value for key, value in fields.items()):
                return message

    async def barrier(self) -> None:
        """Everything the server sent before now has been read."""
        await self.send("history", id="barrier", before=1, limit=1)
        await self.until(type="history", id="barrier")

    async def closed(self) -> int | None:
        """Read to the end; returns the close code."""
        try:
            while True:
                await self.next()
        except Closed as end:
            return end.code

    async def leave(self) -> None:
        """Leave, if it is in the room still."""
        if self.welcome and not self.socket.closed:
            with contextlib.suppress(aiohttp.ClientError):  # it is cut off
                await self.send("leave")
                await self.closed()

    async def share(
        self, name: str, data: bytes | str, **headers: str
    ) -> tuple[int, dict[str, str], Any]:
        """Upload a file; returns status, headers, JSON."""
        defaults = {
            "Authorization": f"Bearer {self.welcome['token']}",
            "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
        }
        body = io.BytesIO(data.encode() if isinstance(data, str) else data)
        async with self.http.post(
            self.url + "/files", data=body, headers=defaults | headers
        ) as answer:
            return answer.status, dict(answer.headers), await answer.json()

    def said(self) -> list[str]:
        """The texts that came, in order."""
        return [event["text"] for event in self.events if event["type"] == "said"]


type Opened = list[tuple[Guest, aiohttp.ClientWebSocketResponse]]
_opened: dict[aiohttp.ClientSession, Opened] = {}


@asynccontextmanager
async def http_session() -> AsyncIterator[aiohttp.ClientSession]:
    """For guests; closes what they opened.

    They leave before: of whoever is only gone, others hear at the end of the grace period,
    in the middle of another test.
    """
    async with aiohttp.ClientSession() as http:
        try:
            yield http
        finally:
            opened = _opened.pop(http, [])
            await asyncio.gather(*(guest.leave() for guest in {guest for guest, _ in opened}))
            await asyncio.gather(*(socket.close() for _, socket in opened))


@asynccontextmanager
async def guests(url: str, *names: str) -> AsyncIterator[list[Guest]]:
    """Guests that have joined under these names."""
    async with http_session() as http:
        joined = []
        for name in names:
            guest = await Guest(http, url).connect()
            welcome = await guest.join(name)
            assert welcome["type"] == "welcome", welcome
            joined.append(guest)
        yield joined
