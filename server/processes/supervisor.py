"""The main process: start the room process and the workers, restart them, shut down.

All of it runs in one event loop: signal handlers and process sentinels only wake it. It never
calls `waitpid(-1)`, which would steal exit codes from `multiprocessing`.
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

from msgspec.structs import replace
from setproctitle import setproctitle

from server.budgets.refusals import Refusals
from server.files.folder import INCOMING, Folder
from server.processes import (
    binding,
    children,
    listener,
    logs,
    output,
    run_directory,
    startup_message,
)
from server.processes.control_channel import (
    Channel,
    Closing,
    ConnectionEnded,
    Drain,
    Failed,
    Message,
    Ready,
    Take,
    beat_interval,
    pair,
)
from server.processes.run_directory import FolderError, RunDirectory
from server.settings import Settings

log = logging.getLogger(__name__)

# Seconds.
READY_WITHIN = 30.0
DRAIN_WITHIN = 4.0
ROOM_ENDS_WITHIN = 1.0
STABLE_AFTER = 10.0
FIRST_DELAY = 0.1
LONGEST_DELAY = 5.0

MOST_EARLY_EXITS = 10
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
ROOM_ROW = 1
"""The room's row of the counters; workers have the next ones (`Refusals.of`)."""

_spawn = multiprocessing.get_context("spawn")


class StartError(Exception):
    """The server cannot start or go on; the text says why, in one line."""


def run(settings: Settings) -> int:
    """Run the server until a signal ends it; returns the exit status."""
    logs.configure(settings, "listener")
    try:
        with ExitStack() as stack:
            sockets = binding.bind(settings.host, settings.port)
            for one in sockets:
                stack.callback(one.close)
            here = RunDirectory(settings.data_dir)
            stack.callback(here.close)
            stack.enter_context(run_directory.holding_downloads(settings.downloads))
            _prepare(settings.downloads, settings.quota)
            setproctitle("chatroom: listener")
            asyncio.run(Supervisor(settings, here, sockets).serve())
    except (binding.BindError, FolderError, StartError) as problem:
        print(f"chatroom: {problem}", file=sys.stderr)
        return 1
    return 0


def _prepare(downloads: Path, quota: int) -> None:
    """Create the downloads folder and check that it is writable."""
    try:
        Folder(downloads, quota).prepare()
        probe = downloads / INCOMING / "probe"
        probe.touch()
        probe.unlink()
    except OSError as problem:
        raise StartError(
            f"The downloads folder {downloads} cannot be written: {problem.strerror}."
        ) from None


def _event(event: str, process: str) -> str:
    """The start of a log line, such as `worker exited worker=3` for the process `worker 3`."""
    kind, _, number = process.partition(" ")
    return f"{kind} {event} {kind}={number}" if number else f"{kind} {event}"


class Backoff:
    """The delay before a process is started again."""

    def __init__(self) -> None:
        self._early = 0

    def delay(self, lived: float) -> float:
        """Return the seconds to wait after a process that lived for `lived` seconds.

        Raises:
            StartError: too many processes in a row ended early.
        """
        self._early = 0 if lived >= STABLE_AFTER else self._early + 1
        if self._early > MOST_EARLY_EXITS:
            raise StartError("A process ends as soon as it is started; giving up. See the log.")
        if self._early <= 1:
            return 0.0
        return min(LONGEST_DELAY, FIRST_DELAY * 2.0 ** (self._early - 2))


class Child:
    """A child process. `connections` are the numbers of those that a worker serves."""

    def __init__(
        self,
        process: SpawnProcess,
        end: socket.socket,
        receive: Callable[["Child", Message], None],
        now: float,
    ) -> None:
        self.process = process
        self.channel = Channel(end, lambda message, _: self._received(message))
        self.started = now
        self.last_heard = now
        self.ready = False
        self.connections: set[int] = set()
        self._receive = receive

    def _received(self, message: Message) -> None:
        self.last_heard = asyncio.get_running_loop().time()
        self._receive(self, message)


class Supervisor:
    """The server as a whole."""

    def __init__(
        self, settings: Settings, run_directory: RunDirectory, sockets: list[socket.socket]
    ) -> None:
        self._settings = settings
        self._run_directory = run_directory
        self._sockets = sockets
        self._info = run_directory.info
        self._refusals = Refusals(run_directory.folder / "refusals")
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

    # --- start and end ---------------------------------------------------------------

    async def serve(self) -> None:
        """Start, serve, and end at a signal. Raises `StartError`."""
        loop = asyncio.get_running_loop()
        for number in ENDING:
            loop.add_signal_handler(number, self._signalled)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
        self._listener = listener.Listener(
            self._sockets, self._offer, self._settings.max_connections
        )
        try:
            self._start_room()
            for _ in range(self._settings.workers):
                self._start_worker()
            if await self._started():
                self._run_directory.publish()
                self._listener.start()
                output.say(startup_message.text(self._settings, self._sockets))
                self._run_in_background(self._kill_hung_children())
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
        """Wait until all processes are ready; False if the server must end before."""
        ready = asyncio.create_task(self._all_ready.wait())
        stop = asyncio.create_task(self._stopping.wait())
        tasks = {ready, stop}
        await asyncio.wait(tasks, timeout=READY_WITHIN, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        if not self._all_ready.is_set() and not self._stopping.is_set():
            self._failure = StartError("The processes of the server did not get ready in time.")
        return self._all_ready.is_set() and self._failure is None

    def _fail(self, problem: StartError) -> None:
        self._failure = self._failure or problem
        self._stopping.set()

    def _run_in_background(self, work: Coroutine[None, None, None]) -> None:
        """Run `work` until it ends or the server stops."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _stop(self) -> None:
        self._draining = True
        self._listener.stop()
        for task in self._tasks:
            task.cancel()
        deadline = asyncio.get_running_loop().time() + DRAIN_WITHIN
        workers = list(self._workers)
        if self._room is not None:
            self._room.channel.send(Closing())
        for worker in workers:
            worker.channel.send(Drain())
        await self._ended([one.process for one in workers], deadline)
        if self._room is not None:
            self._room.channel.send(Drain())
            # The room process also gets the time that the workers left, so that it can close
            # the journal: a closed journal leaves no -wal file.
            await self._ended([self._room.process], deadline + ROOM_ENDS_WITHIN)

    async def _ended(self, processes: list[SpawnProcess], deadline: float) -> None:
        """Wait until the processes end; kill them at the deadline or a second signal."""
        loop = asyncio.get_running_loop()
        while any(one.is_alive() for one in processes) and not self._hurry.is_set():
            if loop.time() > deadline:
                break
            await asyncio.sleep(0.01)
        for one in processes:
            if one.is_alive():
                log.warning("%s action=kill", _event("did not end", one.name))
                one.kill()
            one.join()

    # --- children --------------------------------------------------------------------

    def _start_child(
        self,
        name: str,
        target: Callable[..., None],
        arguments: tuple[object, ...],
        receive: Callable[[Child, Message], None],
        ended: Callable[[Child], None],
    ) -> Child:
        loop = asyncio.get_running_loop()
        ours, theirs = pair()
        process = _spawn.Process(target=target, args=(*arguments, theirs), name=name)
        process.start()
        theirs.close()
        child = Child(process, ours, receive, loop.time())
        loop.add_reader(process.sentinel, self._child_ended, child, ended)
        return child

    def _child_ended(self, child: Child, ended: Callable[[Child], None]) -> None:
        loop = asyncio.get_running_loop()
        loop.remove_reader(child.process.sentinel)
        child.process.join()
        child.channel.close()
        ended(child)
        if self._draining or self._failure is not None:
            return
        name, code = child.process.name, child.process.exitcode
        child.process.close()  # otherwise its file descriptors stay open
        if not self._all_ready.is_set():
            self._fail(StartError(f"The {name} did not start (exit code {code}). See the log."))
            return
        log.error("%s exit_code=%s action=restart", _event("exited", name), code)
        lived = loop.time() - child.started
        if child is self._room:
            self._room = None
            self._restart("room", lived, self._start_room)
        else:
            self._restart("worker", lived, self._start_worker)

    def _restart(self, kind: str, lived: float, start: Callable[[], None]) -> None:
        """Start a process in place of one that lived for `lived` seconds."""
        try:
            delay = self._backoff[kind].delay(lived)
        except StartError as problem:
            self._fail(problem)
            return

        async def later() -> None:
            await asyncio.sleep(delay)
            start()

        self._run_in_background(later())

    async def _kill_hung_children(self) -> None:
        """Kill each child whose event loop does not run; `_child_ended` then restarts it."""
        loop = asyncio.get_running_loop()
        hung_after = self._settings.hung_after
        interval = beat_interval(hung_after)
        last_check = loop.time()
        while True:
            await asyncio.sleep(interval)
            now = loop.time()
            watched = [*self._workers, *([self._room] if self._room else [])]
            if now - last_check > 2 * interval:  # this process itself did not run
                for child in watched:
                    child.last_heard = now
            last_check = now
            for child in watched:
                if child.ready and now - child.last_heard > hung_after:
                    log.error("%s action=kill", _event("hung", child.process.name))
                    child.last_heard = now
                    child.process.kill()

    # --- the room process ------------------------------------------------------------

    def _start_room(self) -> None:
        arguments = (self._settings, self._info, self._refusals.of(ROOM_ROW))
        self._room = self._start_child(
            "room", children.room, arguments, self._room_sent, lambda child: None
        )
        self._info = replace(self._info, unclean=False, restarted=True)

    def _room_sent(self, child: Child, message: Message) -> None:
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
            (
                self._settings,
                self._info,
                self._refusals.of(ROOM_ROW + self._last_worker),
                self._last_worker,
            ),
            self._worker_sent,
            self._worker_ended,
        )
        self._workers.append(child)

    def _worker_sent(self, child: Child, message: Message) -> None:
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

    def _worker_ended(self, child: Child) -> None:
        self._workers.remove(child)
        for number in child.connections:
            self._listener.ended(number)

    def _offer(self, number: int, client: socket.socket) -> bool:
        """Give a connection to the worker that has the fewest; False if none is ready."""
        ready = [one for one in self._workers if one.ready]
        if not ready:
            return False
        chosen = min(ready, key=lambda one: len(one.connections))
        chosen.connections.add(number)
        chosen.channel.send(Take(number), client)
        return True
