"""The main process: starts the room and the workers, watches them, restarts what dies, drains.

Everything happens in one event loop: signal handlers and process sentinels only wake it.
Never waits for a process by `waitpid(-1)`. Knows how processes live and die, nothing of
members or messages.
"""

import asyncio
import logging
import multiprocessing
import signal
import socket
import sys
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from multiprocessing.context import SpawnProcess
from pathlib import Path

import msgspec
from setproctitle import setproctitle

from server.cli import startup_message
from server.files.folder import Folder
from server.processes import children, listener, logs, run_directory
from server.processes.control_channel import (
    BEAT_EVERY,
    Channel,
    Closing,
    ConnectionEnded,
    Drain,
    Failed,
    Message,
    Ready,
    Take,
    pair,
)
from server.settings import Settings

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
    logs.configure(settings, "listener")
    try:
        with ExitStack() as stack:
            sockets = listener.bind(settings.host, settings.port)
            for one in sockets:
                stack.callback(one.close)
            here = run_directory.RunDirectory(settings.data_dir)
            stack.callback(here.close)
            _prepare(settings.downloads, settings.quota)
            setproctitle("chatroom: listener")
            asyncio.run(Supervisor(settings, here, sockets).serve())
    except (listener.BindError, run_directory.FolderError, StartError) as problem:
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


class Child:
    """A process as the supervisor sees it. `connections` are those a worker has now."""

    def __init__(
        self,
        process: SpawnProcess,
        end: socket.socket,
        said: Callable[["Child", Message], None],
        now: float,
    ) -> None:
        self.process = process
        self.channel = Channel(end, lambda message, passed: self._said(message))
        self.started = now
        self.heard = now
        self.ready = False
        self.connections: set[int] = set()
        self._tell = said

    def _said(self, message: Message) -> None:
        self.heard = asyncio.get_running_loop().time()
        self._tell(self, message)

    def kill(self) -> None:
        """End it at once; a process that is stopped ends too."""
        self.process.kill()


class Supervisor:
    """The server as a whole."""

    def __init__(
        self, settings: Settings, here: run_directory.RunDirectory, sockets: list[socket.socket]
    ) -> None:
        self._settings = settings
        self._here = here
        self._sockets = sockets
        self._info = here.info
        self._workers: list[Child] = []
        self._last_worker = 0
        self._room: Child | None = None
        self._backoff = {"worker": Backoff(), "room": Backoff()}
        self._tasks: set[asyncio.Task[None]] = set()
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
                self._here.publish()
                self._listener.start()
                print(startup_message.text(self._settings, self._sockets), flush=True)
                self._own(self._watch())
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

    # --- children --------------------------------------------------------------------

    def _start_child(
        self,
        name: str,
        target: Callable[..., None],
        given: tuple[object, ...],
        said: Callable[[Child, Message], None],
        died: Callable[[Child], None],
    ) -> Child:
        loop = asyncio.get_running_loop()
        ours, theirs = pair()
        process = _spawn.Process(target=target, args=(*given, theirs), name=name)
        process.start()
        theirs.close()
        child = Child(process, ours, said, loop.time())
        loop.add_reader(process.sentinel, self._child_died, child, died)
        return child

    def _child_died(self, child: Child, died: Callable[[Child], None]) -> None:
        asyncio.get_running_loop().remove_reader(child.process.sentinel)
        child.process.join()
        child.channel.close()
        died(child)
        if self._draining or self._failure is not None:
            return
        name, code = child.process.name, child.process.exitcode
        child.process.close()  # or its descriptors stay
        if not self._all_ready.is_set():
            self._fail(StartError(f"The {name} did not start (exit code {code}). See the log."))
            return
        log.error("the %s died (exit code %s)", name, code)
        lived = asyncio.get_running_loop().time() - child.started
        if child is self._room:
            self._room = None
            self._again("room", lived, self._start_room)
        else:
            self._again("worker", lived, self._start_worker)

    async def _watch(self) -> None:
        """Kill a child whose event loop stands still; its death does the rest."""
        loop = asyncio.get_running_loop()
        looked = loop.time()
        while True:
            await asyncio.sleep(BEAT_EVERY)
            now = loop.time()
            children = [*self._workers, *([self._room] if self._room else [])]
            if now - looked > 2 * BEAT_EVERY:  # it was this process that stood still
                for child in children:
                    child.heard = now
            looked = now
            for child in children:
                if child.ready and now - child.heard > self._settings.hung_after:
                    log.error("the %s does not answer; it is replaced", child.process.name)
                    child.heard = now
                    child.kill()

    # --- the room process ------------------------------------------------------------

    def _start_room(self) -> None:
        self._room = self._start_child(
            "room",
            children.room,
            (self._settings, self._info),
            self._room_said,
            lambda child: None,
        )
        self._info = msgspec.structs.replace(self._info, unclean=False, restarted=True)

    def _room_said(self, child: Child, message: Message) -> None:
        match message:
            case Ready():
                child.ready = True
            case Failed(reason):
                self._fail(StartError(reason))
            case _:
                pass  # a beat

    # --- workers ---------------------------------------------------------------------

    def _start_worker(self) -> None:
        self._last_worker += 1
        child = self._start_child(
            f"worker {self._last_worker}",
            children.worker,
            (self._settings, self._info, self._last_worker),
            self._worker_said,
            self._worker_died,
        )
        self._workers.append(child)

    def _worker_said(self, child: Child, message: Message) -> None:
        match message:
            case Ready():
                child.ready = True
                if all(one.ready for one in self._workers):
                    self._all_ready.set()
            case ConnectionEnded(number):
                child.connections.discard(number)
                self._listener.ended(number)
            case _:
                pass  # a beat

    def _worker_died(self, child: Child) -> None:
        self._workers.remove(child)
        for number in child.connections:
            self._listener.ended(number)

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

        self._own(later())

    def _own(self, work: Coroutine[None, None, None]) -> None:
        """Run `work` beside everything else, until it ends or the server does."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

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
        for task in self._tasks:
            task.cancel()
        drained = asyncio.get_running_loop().time() + DRAIN_WITHIN
        workers = list(self._workers)
        if self._room is not None:
            self._room.channel.send(Closing())
        for worker in workers:
            worker.channel.send(Drain())
        await self._ended([one.process for one in workers], drained)
        if self._room is not None:
            self._room.channel.send(Drain())
            # It may have what the workers left: a journal that is closed has nothing beside it.
            await self._ended([self._room.process], drained + ROOM_ENDS_WITHIN)

    async def _ended(self, processes: list[SpawnProcess], deadline: float) -> None:
        """Wait for processes to end by themselves; then, or when hurried, kill them."""
        loop = asyncio.get_running_loop()
        while any(one.is_alive() for one in processes) and not self._hurry.is_set():
            if loop.time() > deadline:
                log.warning("killing what did not end in time")
                break
            await asyncio.sleep(0.01)
        for one in processes:
            if one.is_alive():
                one.kill()
            one.join()
