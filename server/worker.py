"""A worker process: takes connections from the listener and serves them.

This module puts the parts of a worker together, from the protocols to the room, and passes on
the room's calls. It decides nothing about members or messages.
"""

import asyncio
import logging
import socket
from collections.abc import Sequence
from functools import partial
from multiprocessing import parent_process
from pathlib import Path
from typing import TYPE_CHECKING

from server.budgets.refusals import Refusals
from server.connections.fanout import FanOut
from server.connections.kind import Kind
from server.connections.states import State
from server.connections.worker_state import WorkerState
from server.files.copies import Copies
from server.files.folder import Folder
from server.files.incoming import KEPT_FOR
from server.files.thumbnailer import Thumbnailer
from server.processes import child_setup
from server.processes.control_channel import (
    MOST_CHANGES,
    Changed,
    Channel,
    ConnectionEnded,
    Drain,
    Message,
    PushOut,
    Ready,
    Renewed,
    Take,
)
from server.processes.outage_log import OutageLog
from server.processes.run_directory import RunInfo
from server.protocols import tls
from server.protocols.detect import ProtocolSwitch
from server.protocols.http_server import HttpServer
from server.room import quotes
from server.room.interface import CloseReason, ConnectionUsage, JoinRequest
from server.room.worker_side.room_client import RoomClient
from server.settings import Settings
from shared.codec import encode
from shared.messages import HasMajority, HostList

if TYPE_CHECKING:
    from server.cluster.store import Store

log = logging.getLogger(__name__)

SETTLE_WITHIN = 1.0
GOODBYE_WITHIN = 2.0
TELL_AFTER = 0.1
"""Seconds after which the listener hears what connections are used for."""


def run(
    settings: Settings, info: RunInfo, refusals: Refusals, number: int, control: socket.socket
) -> None:
    """Run the worker process, from start to end."""
    child_setup.set_up(f"worker {number}", settings)
    with asyncio.Runner(loop_factory=child_setup.event_loop) as runner:
        runner.run(Worker(settings, info, refusals, number).serve(control))


class Callbacks:
    """Passes the room's calls to fan-out and sessions (`interface.RoomCallbacks`)."""

    def __init__(self, worker: "Worker") -> None:
        self._worker = worker

    def deliver(self, first: int, bodies: Sequence[bytes]) -> None:
        self._worker.state.fanout.deliver(first, bodies)

    def rewrite(self, seq: int, body: bytes) -> None:
        self._worker.state.fanout.rewrite(seq, body)

    def requote(self, seq: int, quote: bytes) -> None:
        self._worker.state.fanout.correct(
            quotes.is_reply_to(seq), lambda body: quotes.quoting(body, quote)
        )

    def signal(self, presences: Sequence[tuple[str, bytes]]) -> None:
        self._worker.state.fanout.signal(presences)

    def typing(self, member: int, body: bytes) -> None:
        state = self._worker.state
        here = (
            session.client
            for session in state.sessions.values()
            if session.member == member and session.state is State.JOINED
        )
        state.fanout.hint(body, but=next(here, None))

    def hosts(self, urls: tuple[str, ...], pages: tuple[str, ...]) -> None:
        state = self._worker.state
        changed = urls != state.hosts
        state.hosts, state.pages = urls, pages
        # A host that hears no other may be cut off: members need the list that they have.
        if changed and urls:
            state.fanout.state("hosts", encode(HostList([*urls])))

    def majority(self, *, has: bool) -> None:
        self._worker.state.fanout.state("majority", encode(HasMajority(has)))

    def moved(self, head: int) -> None:
        self._worker.state.fanout.moved(head)

    def evict(self, connection: int, reason: CloseReason) -> None:
        session = self._worker.state.sessions.get(connection)
        if session is not None:
            session.evict(reason)

    def usage(self) -> list[ConnectionUsage]:
        received = self._worker.http.websockets.received()
        now = self._worker.state.now()
        return [
            ConnectionUsage(connection, now - session.last_active, received.get(connection, 0))
            for connection, session in self._worker.state.sessions.items()
            if session.state is State.JOINED
        ]

    def registered(self) -> list[tuple[int, JoinRequest]]:
        return [
            (session.member, session.join_request)
            for session in self._worker.state.sessions.values()
            if session.state is State.JOINED and session.join_request is not None
        ]


class Worker:
    """One worker."""

    def __init__(
        self, settings: Settings, info: RunInfo, refusals: Refusals, number: int
    ) -> None:
        self._stop = asyncio.Event()
        self._switches: dict[int, ProtocolSwitch] = {}
        self._changes: list[tuple[int, Kind]] = []
        self._accepting: set[asyncio.Task[None]] = set()
        self._room = RoomClient(settings, info, number, Callbacks(self))
        self.state = WorkerState(
            worker=number,
            room=self._room,
            fanout=FanOut(self._room),
            folder=Folder(
                settings.downloads,
                settings.downloads_mode,
                settings.files,
                unique=bool(settings.cluster),
            ),
            settings=settings,
            refusals=refusals,
        )
        if settings.files != "text":
            self.state.thumbnailer = Thumbnailer(Path(info.thumbnails_address))
        self._store = _open_store(self.state) if settings.cluster else None
        self._certificate = Path(info.certificate)
        if info.key:
            self.state.tls, self.state.key = tls.context(self._certificate), info.key
        self.http = HttpServer(self.state)

    async def serve(self, control: socket.socket) -> None:
        """Serve until the supervisor asks to drain, or has died."""
        channel = Channel(control, self._handle)
        self._channel = channel
        self._outages = OutageLog(log)
        if parent := parent_process():
            asyncio.get_running_loop().add_reader(parent.sentinel, self._stop.set)
        try:  # a worker that was killed may have left unfinished uploads
            await asyncio.to_thread(self.state.folder.prepare, KEPT_FOR)
        except OSError as error:  # uploads are refused as long as it lasts; all else goes on
            log.warning("downloads folder not prepared error=%s", error)
        await self.http.open()
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self._room.stay_connected()),
                group.create_task(self._room.keep_index()),
                group.create_task(self._room.renew_uploads()),
                group.create_task(self.http.websockets.check_regularly()),
                group.create_task(channel.beat(self.state.settings.hung_after)),
                group.create_task(self._report_ready()),
            ]
            if self._store is not None:
                tasks.append(group.create_task(self._store.open()))
            await self._stop.wait()
            await self._drain()
            for task in tasks:
                task.cancel()
        if self._store is not None:
            await self._store.close()
        self._room.close()
        channel.close()

    async def _report_ready(self) -> None:
        await self._room.opened()
        child_setup.tune_garbage_collection()
        self._channel.send(Ready())

    def _handle(self, message: Message, passed: socket.socket | None) -> None:
        match message:
            case Take(number) if passed is not None:
                self._take(number, passed)
            case Take(number):  # the kernel dropped it, as this process has no descriptor left
                self.state.refusals.count("descriptors")
                self._outages.failed("connection lost", "reason=out_of_file_descriptors")
                self._channel.send(ConnectionEnded(number))
            case PushOut(number):
                if (switch := self._switches.get(number)) is not None:
                    switch.push_out()
            case Drain():
                self._stop.set()
            case Renewed(key):
                self._read_certificate(key)
            case _:
                log.error("unexpected message from=supervisor message=%r", message)

    def _read_certificate(self, key: str) -> None:
        """Use the certificate as it is now for new connections."""
        try:
            self.state.tls = tls.context(self._certificate)
        except OSError as problem:  # it was tried before
            log.warning("certificate not loaded error=%r action=keep", str(problem))
        else:
            self.state.key = key

    def _take(self, number: int, client: socket.socket) -> None:
        client.setblocking(False)
        loop = asyncio.get_running_loop()
        task = asyncio.Task(self._accept(number, client), loop=loop, eager_start=True)
        if not task.done():
            self._accepting.add(task)
            task.add_done_callback(self._accepting.discard)

    async def _accept(self, number: int, client: socket.socket) -> None:
        def ended() -> None:
            if self._switches.pop(number, None) is not None:
                self._channel.send(ConnectionEnded(number))

        loop = asyncio.get_running_loop()
        changed = partial(self._changed, number)
        switch = self._switches[number] = ProtocolSwitch(
            self.http.connect,
            ended,
            changed,
            self.http.beginnings.take,
            hold=self.http.unread.hold,
            tls=lambda: self.state.tls,
        )
        try:
            await loop.connect_accepted_socket(lambda: switch, client)
        except OSError:  # the client disconnected before
            client.close()
            ended()

    def _changed(self, number: int, kind: Kind) -> None:
        """Tell the listener of it, with others: each message wakes its process."""
        if not self._changes:
            asyncio.get_running_loop().call_later(TELL_AFTER, self._send_changes)
        self._changes.append((number, kind))

    def _send_changes(self) -> None:
        changes, self._changes = self._changes, []
        for first in range(0, len(changes), MOST_CHANGES):
            self._channel.send(Changed(changes[first : first + MOST_CHANGES]))

    async def _drain(self) -> None:
        """Let the room carry out what was asked for, then close all connections."""
        self.state.draining = True
        await self._room.settle(SETTLE_WITHIN)
        websockets = self.http.websockets
        websockets.drain()
        await websockets.emptied(GOODBYE_WITHIN)
        await self._room.settle(SETTLE_WITHIN)
        await self.http.close()


def _open_store(state: WorkerState) -> "Store":
    """Return the store of files that the hosts of a room share; only such a room loads it."""
    from server.cluster.store import Store  # noqa: PLC0415

    store = Store(state.settings)
    state.copies = Copies(state.folder, store.files, state.budgets.min_free)
    return store
