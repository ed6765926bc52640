"""A client written from docs/protocol.md alone: plain JSON over aiohttp, no shared code."""

import asyncio
import contextlib
import io
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self

import aiohttp

from tests.support.waiting import until

ANY_CERTIFICATE = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
ANY_CERTIFICATE.check_hostname, ANY_CERTIFICATE.verify_mode = False, ssl.CERT_NONE
WITHIN = 30.0
"""Seconds to wait for a message."""
_NO_EVENTS = ("welcome", "accepted")
"""Messages whose `seq` is that of an event."""


class ConnectionClosed(Exception):
    """The server closed the connection; `code` is the WebSocket close code."""

    def __init__(self, code: int | None) -> None:
        super().__init__(str(code))
        self.code = code


class ProtocolClient:
    """One WebSocket. `events` holds the received events, in order, also of unknown types."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self.http = http
        self.url = url
        self.events: list[dict[str, Any]] = []
        self.welcome: dict[str, Any] = {}

    async def connect(self, **options: Any) -> Self:
        """Open the WebSocket."""
        options.setdefault("protocols", ["chatroom.v1"])
        self.socket = await self.http.ws_connect(self.url + "/ws", **options)
        below = self.socket.get_extra_info("socket")
        _opened.setdefault(self.http, []).append((self, self.socket, below))
        return self

    async def join(self, name: str, **fields: Any) -> dict[str, Any]:
        """Ask to join; return `welcome` or `refused`."""
        await self.send("join", name=name, **fields)
        answer = await self.next("welcome", "refused")
        if answer["type"] == "welcome":
            self.welcome = answer
        return answer

    async def send(self, type: str, **fields: Any) -> None:
        """Send one request."""
        await self.socket.send_str(json.dumps({"type": type, **fields}))

    async def next(self, *types: str) -> dict[str, Any]:
        """Return the next message, of one of these types if given.

        Raises:
            ConnectionClosed: The server closed the connection.
            TimeoutError: No such message came within WITHIN seconds.
        """
        async with asyncio.timeout(WITHIN):
            while True:
                message = await self.socket.receive()
                if message.type is not aiohttp.WSMsgType.TEXT:
                    raise ConnectionClosed(self.socket.close_code)
                content: dict[str, Any] = json.loads(message.data)
                if "seq" in content and content["type"] not in _NO_EVENTS:
                    self.events.append(content)
                if not types or content["type"] in types:
                    return content

    async def until(self, **fields: Any) -> dict[str, Any]:
        """Return the next message that has these values."""
        while True:
            message = await self.next()
            if all(message.get(key) == value for key, value in fields.items()):
                return message

    async def barrier(self) -> None:
        """Read all messages that the server sent before now."""
        await self.send("history", id="barrier", before=1, limit=1)
        await self.until(type="history", id="barrier")

    async def closed(self) -> int | None:
        """Read until the server closes the connection; return the close code."""
        try:
            while True:
                await self.next()
        except ConnectionClosed as end:
            return end.code

    async def leave(self) -> None:
        """Leave the room, if this client is still in it."""
        if self.welcome and not self.socket.closed:
            with contextlib.suppress(aiohttp.ClientError):  # the connection is lost
                await self.send("leave")
                await self.closed()

    async def share(
        self, name: str, data: bytes | str, **headers: str
    ) -> tuple[int, dict[str, str], Any]:
        """Upload a file; return status, headers, JSON."""
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
        """Return the texts of the received `said` events, in order."""
        return [event["text"] for event in self.events if event["type"] == "said"]


type _Opened = list[tuple[ProtocolClient, aiohttp.ClientWebSocketResponse, Any]]
_opened: dict[aiohttp.ClientSession, _Opened] = {}


@asynccontextmanager
async def http_session(address: str = "") -> AsyncIterator[aiohttp.ClientSession]:
    """Open an HTTP session for clients, from this address; close their connections at the end.

    The clients leave the room first: the grace period of a client that only disconnects would
    end in the middle of another test.
    """
    connector = aiohttp.TCPConnector(
        local_addr=(address, 0) if address else None, ssl=ANY_CERTIFICATE
    )
    async with aiohttp.ClientSession(connector=connector) as http:
        try:
            yield http
        finally:
            opened = _opened.pop(http, [])
            await asyncio.gather(
                *(client.leave() for client in {each for each, _, _ in opened})
            )
            await asyncio.gather(*(socket.close() for _, socket, _ in opened))
            # Over TLS a close waits for the server's answer.
            closing = [below for _, _, below in opened if below is not None]

            await until(lambda: all(below.fileno() == -1 for below in closing), WITHIN)


@asynccontextmanager
async def joined_clients(
    url: str, *names: str, address: str = "", **fields: Any
) -> AsyncIterator[list[ProtocolClient]]:
    """Let one client join under each name; all of them leave at the end."""
    async with http_session(address) as http:
        joined = []
        for name in names:
            client = await ProtocolClient(http, url).connect()
            welcome = await client.join(name, **fields)
            assert welcome["type"] == "welcome", welcome
            joined.append(client)
        yield joined
