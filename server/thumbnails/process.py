"""The process that makes thumbnails for the workers.

It looks at no picture itself: for each one it forks a process that has a time, memory, and no
files, answers the worker, and ends. So a picture that breaks its decoder harms no other one.
"""

import asyncio
import contextlib
import gc
import logging
import os
import resource
import signal
import socket
from collections.abc import Callable, Iterator
from multiprocessing import parent_process
from pathlib import Path
from typing import NoReturn

import msgspec

from server.files.thumbnailer import BEGUN, MADE_WITHIN
from server.processes import child_setup
from server.processes.control_channel import Channel, Message, Ready
from server.processes.run_directory import RunInfo
from server.settings import Settings
from server.thumbnails import decoding

log = logging.getLogger(__name__)

CPU_SECONDS = 3
"""For one picture; a large one takes a second."""
MEMORY = 640 << 20
"""Bytes for one picture: `limits.PICTURE_PIXELS` in RGBA are 160 MB, and converting them takes
a copy or two."""
WAITING = 128
NICE = 10
"""Members who send messages meanwhile come first."""
LOOK_EVERY = 2.0
"""Seconds between two looks at whether the socket is still there."""
_ASKED_WITHIN = 1.0


def at_once() -> int:
    """Return how many pictures are made at a time."""
    return max(1, (os.cpu_count() or 1) // 4)


def run(settings: Settings, info: RunInfo, control: socket.socket) -> None:
    """Run the process, from start to end.

    Args:
        settings: those of the server.
        info: where its socket is to be.
        control: the end of the control channel. Any message on it ends the process.
    """
    child_setup.set_up("thumbnails", settings)
    _come_last()
    decoding.load()
    gc.collect()
    gc.freeze()  # forks share what they do not change
    asyncio.run(_serve(settings, Path(info.thumbnails_address), control))


def _come_last() -> None:
    """Let others have the processor first, and let the kernel end this before others."""
    with contextlib.suppress(OSError):
        os.nice(NICE)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


async def _serve(settings: Settings, address: Path, control: socket.socket) -> None:
    end = asyncio.Event()

    def told(message: Message | None = None, passed: socket.socket | None = None) -> None:
        end.set()

    channel = Channel(control, told)
    if parent := parent_process():
        asyncio.get_running_loop().add_reader(parent.sentinel, told)
    beat = asyncio.create_task(channel.beat(settings.hung_after))
    work = asyncio.create_task(Thumbnails(address).serve(lambda: channel.send(Ready())))
    over = asyncio.create_task(end.wait())
    try:
        await asyncio.wait({work, over}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (beat, work, over):
            task.cancel()
        results = await asyncio.gather(beat, work, over, return_exceptions=True)
        channel.close()
    for error in results:
        if isinstance(error, Exception):
            raise error


class Thumbnails:
    """Answers workers at the socket `address`."""

    def __init__(self, address: Path) -> None:
        self._address = address
        self._places = asyncio.Semaphore(at_once())
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, ready: Callable[[], object] = lambda: None) -> NoReturn:
        """Answer as long as this runs; `ready` is called when it can. Raises `OSError`."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                with self._listening() as listening:
                    seen = self._address.stat().st_ino
                    ready()
                    while self._is(seen):
                        await self._places.acquire()
                        try:
                            async with asyncio.timeout(LOOK_EVERY):
                                end, _ = await loop.sock_accept(listening)
                        except TimeoutError:
                            self._places.release()
                        else:
                            self._begin(end)
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    @contextlib.contextmanager
    def _listening(self) -> Iterator[socket.socket]:
        self._address.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
            listening.bind(str(self._address))
            listening.listen(WAITING)
            listening.setblocking(False)
            yield listening

    def _is(self, inode: int) -> bool:
        """Whether the socket is where workers look; temporary folders are cleaned."""
        try:
            return self._address.stat().st_ino == inode
        except OSError:
            self._address.parent.mkdir(mode=0o700, exist_ok=True)
            return False

    def _begin(self, end: socket.socket) -> None:
        task = asyncio.create_task(self._answer(end))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, end: socket.socket) -> None:
        try:
            with end:
                end.setblocking(False)
                picture = await _received(end)
                try:
                    end.sendall(BEGUN)
                    child, ended = _fork(picture, end)
                finally:
                    os.close(picture)
            await _until_ended(child, ended)
        except (OSError, TimeoutError) as error:  # the worker ended, or no process can be made
            log.info("thumbnail not made error=%r", str(error))
        finally:
            self._places.release()


async def _received(end: socket.socket) -> int:
    """Return the descriptor of the picture that a worker sends."""
    readable = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(end, readable.set)
    try:
        async with asyncio.timeout(_ASKED_WITHIN):
            await readable.wait()
    finally:
        loop.remove_reader(end)
    _, descriptors, _, _ = socket.recv_fds(end, 1, 1)
    if not descriptors:
        raise ConnectionResetError("the worker asked for nothing")
    return descriptors[0]


async def _until_ended(child: int, ended: int) -> None:
    """Wait for a child until `ended` is readable; kill it when its time is over."""
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(ended, over.set)
    try:
        async with asyncio.timeout(MADE_WITHIN):
            await over.wait()
    except TimeoutError:
        log.info("thumbnail not made reason=time")
    finally:
        loop.remove_reader(ended)
        os.close(ended)
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)  # noqa: ASYNC222 - it has ended
        if code := os.waitstatus_to_exitcode(status):
            log.info("thumbnail process ended exit_code=%d", code)


# --- the process of one picture ----------------------------------------------------------


def _fork(picture: int, end: socket.socket) -> tuple[int, int]:
    """Make the thumbnail in a child; return its process id, and what ends with it."""
    ended, held = os.pipe()
    try:
        child = os.fork()
    except OSError:
        os.close(ended)
        os.close(held)
        raise
    if not child:
        _make(picture, end, held)  # `held` is closed when this process ends, however it does
    os.close(held)
    return child, ended


def _make(picture: int, end: socket.socket, held: int) -> NoReturn:
    code = 1
    try:
        _keep_open(picture, end.fileno(), held)
        file = os.fdopen(picture, "rb", closefd=False)
        _confine()
        end.setblocking(True)
        end.sendall(msgspec.msgpack.encode(decoding.make(file)))
        code = 0
    finally:
        os._exit(code)  # nothing of the parent's event loop may go on here


def _keep_open(*wanted: int) -> None:
    """Close all other descriptors but the standard ones: workers wait for the end of theirs."""
    last = 2
    for each in sorted(wanted):
        os.closerange(last + 1, each)
        last = each
    os.closerange(last + 1, os.sysconf("SC_OPEN_MAX"))


def _confine() -> None:
    """Take from this process what making a thumbnail does not need."""
    wanted = {
        resource.RLIMIT_CPU: CPU_SECONDS,
        resource.RLIMIT_AS: _address_space() + MEMORY,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: 0,
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_CORE: 0,
    }
    for kind, most in wanted.items():
        with contextlib.suppress(OSError, ValueError):  # not every system has all of them
            resource.setrlimit(kind, (most, most))


def _address_space() -> int:
    """Return the bytes of address space that this process has already."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:  # not Linux, where this limit means little
        return 1 << 40
    return pages * resource.getpagesize()
