"""A worker's client of the room, and the room's end of its socket, in the hands of a test."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from server.processes.run_directory import RunInfo
from server.room.interface import (
    CloseReason,
    ConnectionUsage,
    JoinRequest,
    Post,
    PostResult,
)
from server.room.ipc import (
    Down,
    Frames,
    HelloReply,
    Up,
    decode_up,
    frame,
)
from server.room.worker_side.room_client import RoomClient
from server.settings import Settings
from tests.fakes import accepted, turns
from tests.server.room.workbench import join_request, post


class Worker:
    """The worker, and the calls it got."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []
        self.here: list[tuple[int, JoinRequest]] = []

    def deliver(self, first: int, bodies: Sequence[bytes]) -> None:
        self.told.append(("deliver", first, list(bodies)))

    def rewrite(self, seq: int, body: bytes) -> None:
        self.told.append(("rewrite", seq, body))

    def requote(self, seq: int, quote: bytes) -> None:
        self.told.append(("requote", seq, quote))

    def signal(self, presences: Sequence[tuple[str, bytes]]) -> None:
        self.told += [("signal", name, body) for name, body in presences]

    def typing(self, member: int, body: bytes) -> None:
        self.told.append(("typing", member, body))

    def hosts(self, urls: tuple[str, ...], pages: tuple[str, ...]) -> None:
        self.told.append(("hosts", urls, pages))

    def majority(self, *, has: bool) -> None:
        self.told.append(("majority", has))

    def evict(self, connection: int, reason: CloseReason) -> None:
        self.told.append(("evict", connection, reason))

    def moved(self, head: int) -> None:
        self.told.append(("moved", head))

    def usage(self) -> list[ConnectionUsage]:
        return [ConnectionUsage(5, 1.5, 7)]

    def registered(self) -> list[tuple[int, JoinRequest]]:
        return self.here


class Socket(asyncio.Transport):
    """The room's end: the operations it was sent."""

    def __init__(self) -> None:
        super().__init__()
        self.frames: list[list[Up]] = []
        self._whole = Frames(lambda body: self.frames.append(decode_up(body)))

    def write(self, data: Any) -> None:
        self._whole.feed(data)

    def close(self) -> None:
        pass

    @property
    def ups(self) -> list[Up]:
        return [up for one in self.frames for up in one]


class Line:
    """A client of the room, and the room's end of its socket."""

    def __init__(self, folder: Path) -> None:
        self.worker = Worker()
        info = RunInfo(folder=str(folder), authkey=b"")
        self.replaced = 0
        self.room = RoomClient(
            Settings(data_dir=folder), info, 3, self.worker, self._journal_replaced
        )
        self.connect()

    def _journal_replaced(self) -> None:
        self.replaced += 1

    def connect(self) -> None:
        self.socket = Socket()
        self.room.connection_made(self.socket)

    def down(self, *messages: Down) -> None:
        self.room.data_received(b"".join(map(frame, messages)))

    def say(self, key: str, answer: Callable[[PostResult], None] | None = None) -> None:
        self.room.post(post(accepted(), 5, key), answer)

    async def asks(self, **fields: Any) -> "tuple[JoinRequest, asyncio.Future[Any]]":
        """A join that is on its way."""
        self.down(HelloReply(0))
        request = join_request("ada", **fields)
        joining = asyncio.ensure_future(self.room.join(request))
        await turns()
        return request, joining

    @property
    def asked(self) -> list[str]:
        """The operations that went up, in short."""
        return [up.key if isinstance(up, Post) else type(up).__name__ for up in self.socket.ups]
