"""A worker's protocols without a socket: connections whose transport is in memory."""

import asyncio
import json
from pathlib import Path
from typing import Any, Self

from server.budgets.refusals import Refusals
from server.connections.fanout import FanOut
from server.connections.kind import Kind
from server.connections.worker_state import WorkerState
from server.files.folder import Folder
from server.protocols.detect import ProtocolSwitch
from server.protocols.http_server import HttpServer
from server.settings import Settings
from tests.fakes import Clock, FakeEventStore, FakeRoom, turns
from tests.support.waiting import until


def worker_state(room: FakeRoom | None = None, settings: Settings | None = None) -> WorkerState:
    """Return the state of a worker whose room is a fake."""
    return WorkerState(
        worker=1,
        room=room or FakeRoom(),
        fanout=FanOut(FakeEventStore()),
        folder=Folder(Path()),
        settings=settings or Settings(),
        refusals=Refusals(),
        now=Clock(),
    )


class Transport(asyncio.Transport):
    """A transport in memory; `written` is what the server sent."""

    def __init__(
        self, protocol: asyncio.BaseProtocol | None = None, address: str = "127.0.0.1"
    ) -> None:
        super().__init__({"peername": (address, 4000)})
        self.protocol = protocol
        self.written = b""
        self.closing = False
        self.aborted = False
        self.reading = True
        self.unsent = 0
        self.stuck = False  # the client takes nothing any more

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self.protocol or asyncio.Protocol()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.protocol = protocol

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def is_reading(self) -> bool:
        return self.reading

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def write(self, data: Any) -> None:
        if self.closing:
            raise RuntimeError("the handler is closed")  # as uvloop does
        self.written += data
        if self.stuck:
            self.unsent += len(data)

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def is_closing(self) -> bool:
        return self.closing

    def close(self) -> None:
        self.closing = True

    def abort(self) -> None:
        self.closing = self.aborted = True


class Server:
    """The protocols of one worker. Use it in `async with`."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.room = FakeRoom()
        self.state = worker_state(self.room, settings)
        self.http = HttpServer(self.state)

    async def __aenter__(self) -> Self:
        await self.http.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        for session in list(self.state.sessions.values()):
            session.disconnected()
        await self.http.close()

    def connect(self, address: str = "127.0.0.1") -> "Connection":
        """Return a new connection from an address."""
        return Connection(self, address)


class Connection:
    """A client's connection."""

    def __init__(self, server: Server, address: str = "127.0.0.1") -> None:
        self.kinds: list[Kind] = []
        self.switch = ProtocolSwitch(
            server.http.connect,
            lambda: None,
            self.kinds.append,
            server.http.beginnings.take,
            hold=server.http.unread.hold,
            tls=lambda: server.state.tls,
        )
        self.transport = Transport(self.switch, address)
        self.switch.connection_made(self.transport)

    async def send(self, *pieces: bytes) -> bytes:
        """Send these bytes, one piece after the other; return what came back."""
        self.transport.written = b""
        for piece in pieces:
            self.switch.data_received(piece)
            await turns()
        return self.transport.written

    async def get(
        self, path: str, *, host: str | None = "localhost", **headers: str
    ) -> "Answer":
        """Ask for a page."""
        return await self.ask("GET", path, host=host, **headers)

    async def get_whole(
        self, path: str, *, host: str | None = "localhost", **headers: str
    ) -> "Answer":
        """Ask for a page, and wait until all of it has come: another thread makes it."""
        await self.ask("GET", path, host=host, **headers)
        await until(lambda: b"\r\n\r\n" in self.transport.written)
        length = int(Answer(self.transport.written).headers.get("Content-Length", "0"))
        await until(lambda: len(Answer(self.transport.written).body) >= length)
        return Answer(self.transport.written)

    async def ask(
        self, method: str, path: str, body: bytes = b"", /, *, host: str | None = "localhost",
        **headers: str,
    ) -> "Answer":  # fmt: skip
        """Send a request; underscores in the names of headers become hyphens."""
        lines = [f"{method} {path} HTTP/1.1"]
        if host is not None:
            lines.append(f"Host: {host}")
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        head = "\r\n".join(lines) + "\r\n\r\n"
        return Answer(await self.send(head.encode() + body))


class Answer:
    """The answer to a request."""

    def __init__(self, data: bytes) -> None:
        head, _, self.body = data.partition(b"\r\n\r\n")
        line, *headers = head.decode().split("\r\n")
        self.status = int(line.split()[1]) if line else 0
        self.headers = dict(header.split(": ", 1) for header in headers)

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.body)
