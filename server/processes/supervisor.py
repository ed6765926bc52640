"""The processes of a server: start the room process and the workers, restart them, shut down.

All of it runs in one event loop: signal handlers and process sentinels only wake it. It never
calls `waitpid(-1)`, which would steal exit codes from `multiprocessing`.
"""

import asyncio
import logging
import signal
import socket
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path

from msgspec.structs import replace

from server.budgets.refusals import Refusals
from server.processes import (
    child,
    children,
    descriptors,
    output,
    run_directory,
    startup_message,
    ways_in,
)
from server.processes.announcing import Announcing
from server.processes.auxiliary import Auxiliary
from server.processes.child import Backoff, Child, kind_and_number
from server.processes.control_channel import (
    Changed,
    Closing,
    ConnectionEnded,
    Drain,
    Failed,
    Message,
    Ready,
    Renewed,
)
from server.processes.listener import Listener
from server.processes.outage_log import OutageLog
from server.processes.run_directory import RunDirectory, WaysIn
from server.processes.start_checks import StartError
from server.processes.watchdog import Watchdog
from server.processes.worker_pool import WorkerPool
from server.settings import Settings
from server.tls.certificates import CHECK_EVERY, Certificates
from shared import identity

log = logging.getLogger(__name__)

# Seconds.
CLUSTER_SOON = 3.0
"""Seconds after which a host says that it waits for the cluster."""
DRAIN_WITHIN = 4.0
ROOM_ENDS_WITHIN = 1.0

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
THUMBNAILS_DELAY = 5.0
"""The most seconds before the process that makes thumbnails is started again."""
ROOM_ROW = 1
"""The room's row of the counters; workers have the next ones (`Refusals.of`)."""


class Supervisor:
    """The server as a whole."""

    def __init__(
        self,
        settings: Settings,
        run_directory: RunDirectory,
        sockets: list[socket.socket],
        open_files: int,
    ) -> None:
        """Start nothing yet.

        Args:
            settings: those of the server.
            run_directory: its locked folder.
            sockets: those that it listens on.
            open_files: the limit of open files of each process.
        """
        self._settings = settings
        self._run_directory = run_directory
        self._sockets = sockets
        self._info = run_directory.info
        self._certificates: Certificates | None = None
        self._refusals = Refusals(run_directory.folder / "refusals")
        self._pool = WorkerPool(
            descriptors.connections_of_worker(open_files),
            descriptors.waiting_sockets(open_files),
        )
        self._announcing = Announcing(settings, sockets)
        self._thumbnails = Auxiliary(
            "thumbnails",
            children.thumbnails,
            lambda: (self._settings, self._info),
            hung_after=settings.hung_after,
            longest_delay=THUMBNAILS_DELAY,
        )
        self._last_worker = 0
        self._room: Child | None = None
        self._backoff = {"worker": Backoff(), "room": Backoff()}
        self._tasks: set[asyncio.Task[None]] = set()
        self._all_ready = asyncio.Event()
        self._stopping = asyncio.Event()
        self._hurry = asyncio.Event()
        self._failure: StartError | None = None
        self._draining = False
        self._has_terminal = sys.stderr.isatty()

    # --- start and end ---------------------------------------------------------------

    async def serve(self) -> None:
        """Start, serve, and end at a signal.

        Raises:
            StartError, IdentityError, FolderError: it cannot start.
        """
        loop = asyncio.get_running_loop()
        for number in ENDING:
            if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                loop.add_signal_handler(number, self._signalled, number)  # nohup ignores HUP
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
        if self._settings.tls != "off":
            # Not before: starting a process lets signals through.
            self._certificates = Certificates(self._settings, self._run_directory.folder)
            self._info = replace(self._info, key=self._certificates.key)
            await asyncio.sleep(0.001)  # for a signal that came meanwhile
        self._outages = OutageLog(log)
        self._listener = Listener(self._sockets, self._pool, self._settings, self._refusals)
        try:
            if not self._stopping.is_set():
                self._start_all()
                if self._settings.files != "text":
                    self._thumbnails.start()
            if await self._started():
                ways = self._publish()
                self._listener.start()
                output.say(self._startup_message(ways))
                self._announcing.start(self._info)
                self._run_in_background(self._watch_children())
                self._run_in_background(self._keep_certificate())
                await self._stopping.wait()
        finally:
            await self._stop()
        if self._failure is not None:
            raise self._failure

    def _publish(self) -> WaysIn:
        """Tell the command line how to reach this server, and people the room."""
        key = self._certificates.identity.facts.key_hash if self._certificates else b""
        ways = ways_in.find(self._settings, self._sockets, key)
        self._run_directory.publish(ways)
        return ways

    def _startup_message(self, ways: WaysIn) -> str:
        own = self._certificates
        shown = identity.fingerprint(own.identity.facts.fingerprint) if own else ""
        terminal = sys.stdout is not None and sys.stdout.isatty()
        return startup_message.text(
            self._settings, self._sockets, ways, shown, terminal=terminal
        )

    def _start_all(self) -> None:
        try:
            self._start_room()
            for _ in range(self._settings.workers):
                self._start_worker()
        except OSError as problem:
            why = f"The processes of the server cannot be started: {problem.strerror}."
            self._fail(StartError(why))

    def _signalled(self, number: int) -> None:
        # A terminal sends HUP too, when it is closed.
        if (
            number == signal.SIGHUP
            and self._settings.tls_cert
            and sys.stderr.isatty() == self._has_terminal
        ):
            if self._certificates and self._certificates.load_again():
                self._renewed()
            return
        if self._stopping.is_set():
            self._hurry.set()
        self._stopping.set()

    async def _started(self) -> bool:
        """Wait until all processes are ready; False if the server must end before."""
        ready = asyncio.create_task(self._all_ready.wait())
        stop = asyncio.create_task(self._stopping.wait())
        tasks = {ready, stop}
        within: float | None = child.READY_WITHIN
        if self._settings.cluster:  # the first start of a host needs most of the nodes
            done, _ = await asyncio.wait(
                tasks, timeout=CLUSTER_SOON, return_when=asyncio.FIRST_COMPLETED
            )
            if not done:
                nodes = ", ".join(self._settings.cluster)
                output.say(f"Waiting for the other hosts and for the nodes {nodes}.")
            within = None
        await asyncio.wait(tasks, timeout=within, return_when=asyncio.FIRST_COMPLETED)
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
        self._announcing.stop()
        for task in self._tasks:
            task.cancel()
        deadline = asyncio.get_running_loop().time() + DRAIN_WITHIN
        workers = list(self._pool.workers)
        if self._room is not None:
            self._room.channel.send(Closing())
        for worker in workers:
            if worker.ready:
                worker.channel.send(Drain())
            else:  # it is still loading, and serves nobody
                worker.process.kill()
        await child.ended([one.process for one in workers], deadline, self._hurry)
        self._pool.close()
        self._thumbnails.stop()
        if self._room is not None:
            self._room.channel.send(Drain())
            # The room process also gets the time that the workers left, so that it can close
            # the journal: a closed journal leaves no -wal file.
            end = deadline + ROOM_ENDS_WITHIN
            await child.ended([self._room.process], end, self._hurry)
        await self._announcing.ended()
        await self._thumbnails.ended()

    # --- children --------------------------------------------------------------------

    def _start_child(
        self,
        name: str,
        target: Callable[..., None],
        arguments: tuple[object, ...],
        receive: Callable[[Child, Message], None],
        ended: Callable[[Child], None],
    ) -> Child:
        started = child.start(name, target, arguments, receive, self._settings.hung_after)
        sentinel = started.process.sentinel
        asyncio.get_running_loop().add_reader(sentinel, self._child_ended, started, ended)
        return started

    def _child_ended(self, dead: Child, ended: Callable[[Child], None]) -> None:
        loop = asyncio.get_running_loop()
        loop.remove_reader(dead.process.sentinel)
        dead.process.join()
        if self._draining:  # `_stop` waits for the process
            dead.channel.close()
            return
        ended(dead)
        dead.channel.close()
        name, code = dead.process.name, dead.process.exitcode
        dead.process.close()  # otherwise its file descriptors stay open
        if not self._all_ready.is_set():
            self._fail(StartError(f"The {name} did not start (exit code {code}). See the log."))
        elif self._failure is None:
            kind, number = kind_and_number(name)
            detail = f"{number}exit_code={code} action=restart"
            self._outages.failed(f"{kind} exited", detail, logging.ERROR)
            start = self._start_worker if number else self._start_room
            self._run_in_background(self._restart(kind, loop.time() - dead.started, start))

    async def _restart(self, kind: str, lived: float, start: Callable[[], None]) -> None:
        """Start a process in place of one that lived for `lived` seconds; never give up."""
        while True:
            await asyncio.sleep(self._backoff[kind].delay(lived))
            try:
                start()
            except OSError as problem:
                detail = f"error={problem.strerror!r} action=retry"
                self._outages.failed(f"{kind} not started", detail, logging.ERROR)
                lived = 0.0
            else:
                return

    async def _watch_children(self) -> None:
        """Let none of them hang; `_child_ended` restarts those that are killed."""
        loop = asyncio.get_running_loop()
        watchdog = Watchdog(self._settings.hung_after, self._outages, loop.time())
        while True:
            await asyncio.sleep(watchdog.interval)
            others = [self._room, self._thumbnails.child]
            watched = [*self._pool.workers, *(one for one in others if one is not None)]
            watchdog.check(watched, loop.time())
            self._pool.relieve()

    def _counters(self, row: int) -> Refusals:
        """Return the counters for a child, in a folder that may have been cleaned away."""
        run_directory.make_private(Path(self._info.folder))
        return self._refusals.of(row)

    # --- the certificate -------------------------------------------------------------

    async def _keep_certificate(self) -> None:
        """Renew the certificate when it is due."""
        while self._certificates:
            await asyncio.sleep(CHECK_EVERY)
            if self._certificates.check():
                self._renewed()

    def _renewed(self) -> None:
        """Let the workers read the identity."""
        assert self._certificates is not None
        self._info = replace(self._info, key=self._certificates.key)
        for worker in self._pool.workers:
            worker.channel.send(Renewed(self._info.key))
        self._announcing.start(self._info)
        try:
            self._publish()
        except OSError as problem:
            log.warning("server.json not written error=%r", problem.strerror)

    # --- the room process ------------------------------------------------------------

    def _start_room(self) -> None:
        arguments = (self._settings, self._info, self._counters(ROOM_ROW))
        self._room = self._start_child(
            "room", children.room, arguments, self._room_sent, self._room_ended
        )
        self._info = replace(self._info, unclean=False, restarted=True)

    def _room_ended(self, room: Child) -> None:
        self._room = None

    def _room_sent(self, room: Child, message: Message) -> None:
        match message:
            case Ready():
                room.ready = True
            case Failed(reason):
                self._fail(StartError(reason))
            case _:
                pass  # a beat

    # --- workers ---------------------------------------------------------------------

    def _start_worker(self) -> None:
        if self._certificates:
            self._certificates.write()
        self._last_worker += 1
        worker = self._start_child(
            f"worker {self._last_worker}",
            children.worker,
            (
                self._settings,
                self._info,
                self._counters(ROOM_ROW + self._last_worker),
                self._last_worker,
            ),
            self._worker_sent,
            self._worker_ended,
        )
        self._pool.add(worker)

    def _worker_sent(self, worker: Child, message: Message) -> None:
        match message:
            case Ready():
                worker.ready = True
                self._pool.place_orphans()
                if self._pool.all_ready():
                    self._all_ready.set()
            case Changed(kinds):
                for number, kind in kinds:
                    self._listener.changed(number, kind)
            case ConnectionEnded(number):
                self._pool.ended(number)
                self._listener.ended(number)
            case _:
                pass  # a beat

    def _worker_ended(self, worker: Child) -> None:
        for number in self._pool.remove(worker):
            self._listener.ended(number)
