"""A worker at the gateway, without a socket: it sends operations and reads what it got."""

import asyncio
from collections.abc import Iterable
from typing import Any

from server.room.interface import (
    JoinAccepted,
    JoinRequest,
)
from server.room.ipc import (
    Answers,
    Down,
    EventBatch,
    Frames,
    Hello,
    Up,
    decode_down,
    frame,
)
from server.room.room_side.gateway import Gateway
from server.room.room_side.worker_connection import WorkerConnection
from shared.codec import decode_event, decode_from_server
from tests.fakes import turns
from tests.server.room.workbench import attempt, join_request

GRACE = 30.0


class Pipe(asyncio.Transport):
    """A worker's end: the messages that the gateway wrote, and in how many writes."""

    def __init__(self) -> None:
        super().__init__()
        self.got: list[Down] = []
        self.writes = 0
        self.unread = 0
        self.aborted = self.closed = False
        self._frames = Frames(self._take)

    def _take(self, body: bytes | bytearray) -> None:
        message = decode_down(body)
        self.got.append(message.unpacked() if isinstance(message, Answers) else message)

    def write(self, data: Any) -> None:
        self.writes += 1
        self._frames.feed(data)

    def get_write_buffer_size(self) -> int:
        return self.unread

    def abort(self) -> None:
        self.aborted = True

    def close(self) -> None:
        self.closed = True


class Joined:
    """A membership, as the worker has it."""

    def __init__(self, request: JoinRequest, place: JoinAccepted) -> None:
        self.connection = request.connection
        self.member = place.member
        self.place = place
        self.token = request.token or f"token of {request.connection}"


class Worker:
    """A worker, as the gateway sees it."""

    def __init__(
        self,
        gateway: Gateway,
        number: int = 1,
        here: Iterable[tuple[int, int]] = (),
        pending: Iterable[int] = (),
    ) -> None:
        self.number = number
        self.pipe = Pipe()
        self.link = WorkerConnection(gateway)
        self.link.connection_made(self.pipe)
        self.up(Hello(number, list(here), list(pending)))

    def up(self, *ups: Up) -> None:
        self.link.data_received(frame(list(ups)))

    def lost(self) -> None:
        self.link.connection_lost(None)

    def got(self, kind: type) -> list[Any]:
        return [one for one in self.pipe.got if isinstance(one, kind)]

    @property
    def events(self) -> list[Any]:
        return [decode_event(body) for batch in self.got(EventBatch) for body in batch.bodies]

    @property
    def presence(self) -> list[Any]:
        signals = [body for batch in self.got(EventBatch) for _, body in batch.signals]
        return [decode_from_server(body) for body in signals if body]

    @property
    def evictions(self) -> list[Any]:
        return [one for batch in self.got(EventBatch) for one in batch.evictions]

    @property
    def answers(self) -> list[Any]:
        """The answers that are more than "done", in the order in which they came."""
        return [answer for answers in self.got(Answers) for _, answer in answers.special]

    async def ask(self, name: str = "ada", **fields: Any) -> tuple[JoinRequest, Any]:
        request = join_request(name, worker=self.number, **fields)
        self.up(attempt(request))
        await turns()
        return request, self.answers[-1]

    async def join(self, name: str = "ada", **fields: Any) -> Joined:
        request, place = await self.ask(name, **fields)
        assert isinstance(place, JoinAccepted), place
        return Joined(request, place)
