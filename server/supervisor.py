"""The main process: starts the room and the workers, watches them, restarts what dies, drains.

Everything happens in one event loop: signal handlers and process sentinels only wake it.
Never waits for a process by `waitpid(-1)`. Knows how processes live and die, nothing of
members or messages.
"""

import asyncio
import logging
import multiprocessing
import secrets
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import ExitStack
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path

from setproctitle import setproctitle

from server import listener, logs, rundir, spawned
from server.files import Folder
from server.handoff import Channel, Drain, Ended, Message, Ready, Take, pair
from server.policy import Policy
from server.room.config import RoomConfig
from server.settings import Settings
from shared.joinlink import Address

log = logging.getLogger(__name__)

DRAIN_WITHIN = 4.0
ROOM_ENDS_WITHIN = 1.0
READY_WITHIN = 30.0
LIVED_WELL = 10.0
FIRST_DELAY = 0.1
LONGEST_DELAY = 5.0
MOST_EARLY_DEATHS = 10

_spawn = multiprocessing.get_context("spawn")


class StartError(Exception):
    """The server cannot start, or not go on; the text says why, in one line."""


def run(settings: Settings) -> int:
    """Run the server until it is told to stop; returns the exit status."""
    logs.configure(logs.LogConfig(settings.log_level, settings.log_format), "listener")
    try:
        with ExitStack() as stack:
            sockets = listener.bind(settings.host, settings.port)
            for one in sockets:
                stack.callback(one.close)
            here = rundir.RunDir(settings.data_dir)
            stack.callback(here.close)
            _prepare(settings.downloads, settings.quota)
            setproctitle("chatroom: listener")
            asyncio.run(Supervisor(settings, here, sockets).serve())
    except (listener.BindError, rundir.FolderError, StartError) as problem:
        print(f"chatroom: {problem}", file=sys.stderr)
        return 1
    return 0


def _prepare(downloads: Path, quota: int) -> None:
    try:
        Folder(downloads, quota).prepare()
        probe = downloads / ".incoming" / "probe"
        probe.touch()
        probe.unlink()
    except OSError as problem:
        raise StartError(
            f"The downloads folder {downloads} cannot be written: {problem.strerror}."
        ) from None


class Backoff:
    """How long to wait before starting again what has died. `lived` in seconds."""

    def __init__(self) -> None:
        self._early = 0

    def delay(self, lived: float) -> float:
        """Seconds to wait now. Raises `StartError` when it only ever dies."""
        self._early = 0 if lived >= LIVED_WELL else self._early + 1
        if self._early > MOST_EARLY_DEATHS:
            raise StartError("A process dies as soon as it is started; giving up. See the log.")
        if self._early <= 1:
            return 0.0
        return min(LONGEST_DELAY, FIRST_DELAY * 2.0 ** (self._early - 2))


class WorkerHandle:
    """One worker as the supervisor sees it. `connections` are those it has now."""

    def __init__(self, process: SpawnProcess, channel: Channel, started: float) -> None:
        self.process = process
        self.channel = channel
        self.started = started
        self.ready = False
        self.connections: set[int] = set()


class Supervisor:
    """The server as a whole."""

    def __init__(
        self, settings: Settings, here: rundir.RunDir, sockets: list[socket.socket]
    ) -> None:
        self._settings = settings
        self._here = here
        self._sockets = sockets
        self._logging = logs.LogConfig(settings.log_level, settings.log_format)
        self._room_config = RoomConfig(
            folder=settings.data_dir.absolute(),
            manager_address=str(here.folder / "manager"),
            hub_address=str(here.folder / "hub"),
            authkey=secrets.token_bytes(32),
            max_users=settings.max_users,
            grace=settings.grace,
            keep=settings.history,
            password=settings.password,
            logging=self._logging,
        )
        self._workers: list[WorkerHandle] = []
        self._last_worker = 0
        self._room: SpawnProcess | None = None
        self._room_line: Connection | None = None
        self._room_started = 0.0
        self._backoff = {"worker": Backoff(), "room": Backoff()}
        self._restarts: set[asyncio.Task[None]] = set()
        self._all_ready = asyncio.Event()
        self._stopping = asyncio.Event()
        self._hurry = asyncio.Event()
        self._failure: StartError | None = None
        self._draining = False

    # --- the whole life --------------------------------------------------------------

    async def serve(self) -> None:
        """Start, serve, and end when told. Raises `StartError`."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._signalled)
        self._listener = listener.Listener(
            self._sockets, self._offer, self._settings.max_connections
        )
        try:
            self._start_room()
            for _ in range(self._settings.workers):
                self._start_worker()
            if await self._started():
                self._here.publish(self._room_config.manager_address, self._room_config.authkey)
                self._listener.start()
                self._announce()
                await self._stopping.wait()
        finally:
            await self._stop()
        if self._failure is not None:
            raise self._failure

    def _signalled(self) -> None:
        if self._stopping.is_set():
            self._hurry.set()
        self._stopping.set()

    async def _started(self) -> bool:
        """Wait until all processes are ready; False if told to stop before."""
        ready = asyncio.create_task(self._all_ready.wait())
        stop = asyncio.create_task(self._stopping.wait())
        tasks = {ready, stop}
        await asyncio.wait(tasks, timeout=READY_WITHIN, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        if not self._all_ready.is_set() and not self._stopping.is_set():
            self._failure = StartError("The server's processes did not get ready in time.")
        return self._all_ready.is_set() and self._failure is None

    def _fail(self, problem: StartError) -> None:
        self._failure = self._failure or problem
        self._stopping.set()

    # --- the room process ------------------------------------------------------------

    def _start_room(self) -> None:
        loop = asyncio.get_running_loop()
        ours, theirs = _spawn.Pipe()
        self._room = _spawn.Process(
            target=spawned.room, args=(self._room_config, theirs), name="room"
        )
        self._room.start()
        theirs.close()
        self._room_line = ours
        self._room_started = loop.time()
        loop.add_reader(ours.fileno(), self._room_said, ours)
        loop.add_reader(self._room.sentinel, self._room_died, self._room)

    def _room_said(self, line: Connection) -> None:
        asyncio.get_running_loop().remove_reader(line.fileno())
        try:
            problem = line.recv()
        except (EOFError, OSError):
            return  # it died: its sentinel tells
        if problem:
            self._fail(StartError(problem))

    def _room_died(self, process: SpawnProcess) -> None:
        loop = asyncio.get_running_loop()
        loop.remove_reader(process.sentinel)
        process.join()
        if self._room_line is not None:
            loop.remove_reader(self._room_line.fileno())
            self._room_line.close()
            self._room_line = None
        if self._draining or self._failure is not None:
            return
        log.error("the room process died (exit code %s)", process.exitcode)
        self._again("room", loop.time() - self._room_started, self._start_room)

    # --- workers ---------------------------------------------------------------------

    def _start_worker(self) -> None:
        loop = asyncio.get_running_loop()
        self._last_worker += 1
        ours, theirs = pair()
        config = spawned.WorkerConfig(
            number=self._last_worker,
            room=self._room_config,
            downloads=self._settings.downloads.absolute(),
            policy=Policy(self._settings.room, self._settings.rate, self._settings.max_file),
            quota=self._settings.quota,
            origins=frozenset(self._settings.allow_origin),
            public_metrics=self._settings.metrics == "all",
            logging=self._logging,
        )
        process = _spawn.Process(
            target=spawned.worker, args=(config, theirs), name=f"worker {self._last_worker}"
        )
        process.start()
        theirs.close()

        def told(message: Message, passed: socket.socket | None) -> None:
            self._worker_said(handle, message)

        handle = WorkerHandle(process, Channel(ours, told), loop.time())
        self._workers.append(handle)
        loop.add_reader(process.sentinel, self._worker_died, handle)

    def _worker_said(self, handle: WorkerHandle, message: Message) -> None:
        match message:
            case Ready():
                handle.ready = True
                if all(one.ready for one in self._workers):
                    self._all_ready.set()
            case Ended(number):
                handle.connections.discard(number)
                self._listener.ended(number)
            case _:
                log.error("%s sent %r", handle.process.name, message)

    def _worker_died(self, handle: WorkerHandle) -> None:
        loop = asyncio.get_running_loop()
        loop.remove_reader(handle.process.sentinel)
        handle.process.join()
        handle.channel.close()
        self._workers.remove(handle)
        for number in handle.connections:
            self._listener.ended(number)
        if self._draining or self._failure is not None:
            return
        name, code = handle.process.name, handle.process.exitcode
        if not self._all_ready.is_set():
            self._fail(StartError(f"{name} did not start (exit code {code}). See the log."))
            return
        log.error("%s died (exit code %s)", name, code)
        self._again("worker", loop.time() - handle.started, self._start_worker)

    def _again(self, what: str, lived: float, start: Callable[[], None]) -> None:
        """Start again what has died, after a while if it keeps dying."""
        try:
            delay = self._backoff[what].delay(lived)
        except StartError as problem:
            self._fail(problem)
            return

        async def later() -> None:
            await asyncio.sleep(delay)
            start()

        task = asyncio.get_running_loop().create_task(later())
        self._restarts.add(task)
        task.add_done_callback(self._restarts.discard)

    def _offer(self, number: int, client: socket.socket) -> bool:
        ready = [one for one in self._workers if one.ready]
        if not ready:
            return False
        chosen = min(ready, key=lambda one: len(one.connections))
        chosen.connections.add(number)
        chosen.channel.send(Take(number), client)
        return True

    # --- the end ---------------------------------------------------------------------

    async def _stop(self) -> None:
        self._draining = True
        self._listener.stop()
        for task in self._restarts:
            task.cancel()
        for handle in list(self._workers):
            handle.channel.send(Drain())
        await self._ended([one.process for one in self._workers], DRAIN_WITHIN)
        if self._room_line is not None:
            asyncio.get_running_loop().remove_reader(self._room_line.fileno())
            self._room_line.close()
            self._room_line = None
        if self._room is not None:
            await self._ended([self._room], ROOM_ENDS_WITHIN)

    async def _ended(self, processes: list[SpawnProcess], within: float) -> None:
        """Wait for processes to end by themselves; then, or when hurried, kill them."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within
        while any(one.is_alive() for one in processes) and not self._hurry.is_set():
            if loop.time() > deadline:
                log.warning("killing what did not end in time")
                break
            await asyncio.sleep(0.01)
        for one in processes:
            if one.is_alive():
                one.kill()
            one.join()

    # --- what a host needs to know ---------------------------------------------------

    def _announce(self) -> None:
        port = self._sockets[0].getsockname()[1]
        link = Address(listener.outside_address(self._settings.host), port).link()
        lines = [
            f'The room "{self._settings.room}" is open. Ctrl-C closes it.',
            f"  listening  {', '.join(_shown(one) for one in self._sockets)}",
            f"  join link  {link}",
            f"  users      0/{self._settings.max_users}",
            f"  files      {self._settings.downloads.absolute()}",
            f"  history    {self._settings.data_dir.absolute()}",
        ]
        if not listener.is_loopback(self._sockets) and not self._settings.password:
            lines.append(
                "  warning    No password: everybody on the network who reaches port "
                f"{port} can come in (see --password-file)."
            )
        print("\n".join(lines), flush=True)


def _shown(one: socket.socket) -> str:
    host, port = one.getsockname()[:2]
    return f"[{host}]:{port}" if one.family == socket.AF_INET6 else f"{host}:{port}"
