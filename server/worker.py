"""One worker process: takes connections from the listener and serves them, doors to room.

Wires the parts of a worker together and is the room's audience. Knows all parts by what
they offer, and decides nothing about members or messages.
"""

import asyncio
import logging
import socket
from collections.abc import Sequence
from multiprocessing import parent_process

from server.connections.fanout import FanOut
from server.connections.session import State
from server.connections.worker_state import WorkerState
from server.files.folder import KEPT_FOR, Folder
from server.processes import child_setup
from server.processes.control_channel import (
    Channel,
    ConnectionEnded,
    Drain,
    Message,
    Ready,
    Take,
)
from server.processes.run_directory import RunInfo
from server.protocols.detect import ProtocolSwitch
from server.protocols.http.protocol import HttpServer
from server.room.interface import ConnectionUsage, JoinRequest
from server.room.worker_side.room_client import LocalRoom
from server.settings import Settings

log = logging.getLogger(__name__)

SETTLE_WITHIN = 1.0
GOODBYE_WITHIN = 2.0
MOST_UNJOINED = 1024


def run(settings: Settings, info: RunInfo, number: int, control: socket.socket) -> None:
    """The worker process, from start to end."""
    child_setup.set_up(f"worker {number}", settings)
    with asyncio.Runner(loop_factory=child_setup.event_loop) as runner:
        runner.run(Worker(settings, info, number).serve(control))


class _Audience:
    """What the room says, passed to fan-out and sessions (`interface.RoomCallbacks`)."""

    def __init__(self, worker: "Worker") -> None:
        self._worker = worker

    def deliver(self, first: int, bodies: Sequence[bytes]) -> None:
        self._worker.context.fanout.deliver(first, bodies)

    def signal(self, name: str, body: bytes) -> None:
        self._worker.context.fanout.signal(name, body)

    def moved(self, head: int) -> None:
        self._worker.context.fanout.moved(head)

    def evict(self, connection: int, code: int) -> None:
        session = self._worker.context.sessions.get(connection)
        if session is not None:
            session.evicted(code)

    def usage(self) -> list[ConnectionUsage]:
        received = self._worker.http.websockets.received()
        now = self._worker.context.now()
        return [
            ConnectionUsage(connection, now - session.last_active, received.get(connection, 0))
            for connection, session in self._worker.context.sessions.items()
            if session.state is State.JOINED
        ]

    def registered(self) -> list[tuple[int, JoinRequest]]:
        return [
            (session.member, session.wish)
            for session in self._worker.context.sessions.values()
            if session.state is State.JOINED and session.wish is not None
        ]


class Worker:
    """One worker."""

    def __init__(self, settings: Settings, info: RunInfo, number: int) -> None:
        self._stop = asyncio.Event()
        self._open = 0
        self._entrances: set[asyncio.Task[None]] = set()
        room = LocalRoom(settings, info, number, _Audience(self))
        self._room = room
        self.context = WorkerState(
            worker=number,
            room=room,
            fanout=FanOut(room),
            folder=Folder(settings.downloads, settings.quota),
            settings=settings,
        )
        self.http = HttpServer(self.context)

    async def serve(self, control: socket.socket) -> None:
        """Serve until told to drain, or until the supervisor is dead."""
        channel = Channel(control, self._told)
        self._channel = channel
        if parent := parent_process():
            asyncio.get_running_loop().add_reader(parent.sentinel, self._stop.set)
        # A worker that was killed may have left half an upload.
        await asyncio.to_thread(self.context.folder.prepare, KEPT_FOR)
        await self.http.open()
        async with asyncio.TaskGroup() as tasks:
            contact = tasks.create_task(self._room.stay_connected())
            indexing = tasks.create_task(self._room.keep_index())
            sweeping = tasks.create_task(self.http.websockets.sweep())
            beating = tasks.create_task(channel.beat(self.context.settings.hung_after))
            reporting = tasks.create_task(self._report_ready())
            await self._stop.wait()
            await self._drain()
            for task in (contact, indexing, sweeping, beating, reporting):
                task.cancel()
        self._room.close()
        channel.close()

    async def _report_ready(self) -> None:
        await self._room.opened()
        child_setup.tune_garbage_collection()
        self._channel.send(Ready())

    def _told(self, message: Message, passed: socket.socket | None) -> None:
        match message:
            case Take(number) if passed is not None:
                self._take(number, passed)
            case Take(number):  # descriptors ran out here, and the kernel dropped it
                log.warning("out of file descriptors: a connection was lost")
                self._channel.send(ConnectionEnded(number))
            case Drain():
                self._stop.set()
            case _:
                log.error("the supervisor sent %r", message)

    def _take(self, number: int, client: socket.socket) -> None:
        if self._open - self.context.joined >= MOST_UNJOINED:
            client.close()
            self._channel.send(ConnectionEnded(number))
            return
        self._open += 1
        client.setblocking(False)
        task = asyncio.get_running_loop().create_task(self._enter(number, client))
        self._entrances.add(task)
        task.add_done_callback(self._entrances.discard)

    async def _enter(self, number: int, client: socket.socket) -> None:
        def ended() -> None:
            self._open -= 1
            self._channel.send(ConnectionEnded(number))

        loop = asyncio.get_running_loop()
        try:
            await loop.connect_accepted_socket(
                lambda: ProtocolSwitch(self.http.protocol, ended), client
            )
        except OSError:  # it was gone before it came in
            client.close()
            ended()

    async def _drain(self) -> None:
        """What was posted is sequenced and handed out, then everybody is told to go."""
        self.context.draining = True
        await self._room.settle(SETTLE_WITHIN)
        websockets = self.http.websockets
        websockets.drain()
        await websockets.emptied(GOODBYE_WITHIN)
        await self._room.settle(SETTLE_WITHIN)
        await self.http.close()
