"""A worker's doors without a socket: bytes in, the server's bytes out, and what must hold.

The entrance, the HTTP door, sessions, fan-out and downloads folder are the real ones; the
room grants everything. Knows nothing of fuzzing.
"""

import asyncio
import logging
import re
import selectors
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from aiohttp.http_exceptions import HttpProcessingError

from server.connections.fanout import FanOut
from server.connections.worker_state import WorkerState
from server.files.folder import INCOMING, Folder
from server.protocols.detect import ProtocolSwitch
from server.protocols.http.protocol import HttpServer
from server.room.interface import Post, PostResult, StoredFile
from server.settings import Settings
from shared.messages import File, decode_from_server
from tests.fakes import Clock, FakeOlder, FakeRoom, place, turns

ENDS_WITHIN = 90.0
SETTLED = 40  # turns of the loop after which everything that can happen has
STORED = "kept.txt"
_STATUS = re.compile(rb"HTTP/\d\.\d (\d{3}) [^\r\n]*\r\n")
_NEVER_SENT = {1005, 1006, 1015}  # RFC 6455, section 7.4.1


class Fault(Exception):
    """What must never happen."""


class Hurry(selectors.DefaultSelector):
    """Nothing comes from a socket, so no time is waited for: it passes."""

    def __init__(self) -> None:
        super().__init__()
        self.passed = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise Fault("what is waited for will never come")
        self.passed += timeout
        return super().select(0)


class Loop(asyncio.SelectorEventLoop):
    """An event loop whose timers are due as soon as there is nothing else to do."""

    def __init__(self) -> None:
        self._hurry = Hurry()
        super().__init__(self._hurry)

    def time(self) -> float:
        return super().time() + self._hurry.passed


class Inline(ThreadPoolExecutor):
    """Threads' work done at once, so that the same bytes always do the same."""

    def submit(self, function: Callable[..., Any], /, *args: Any, **kw: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(function(*args, **kw))
        except Exception as problem:  # noqa: BLE001 - it goes to whoever awaits it
            future.set_exception(problem)
        return future


class OpenRoom(FakeRoom):
    """A room that takes every post, and knows one when it comes again; it has one file, `f`."""

    def __init__(self) -> None:
        super().__init__()
        self.grants = place(seq=0, start=0)
        self._said: set[str] = set()

    def post(self, post: Post, answer: Callable[[PostResult], None] | None = None) -> None:
        super().post(post, answer)
        if answer is not None:
            answer(PostResult(seq=1) if post.key in self._said else PostResult())
        self._said.add(post.key)

    async def file(self, id: str) -> StoredFile | None:
        file = File("f", STORED, 4, "ab" * 32, 1, "text", f"/files/f/{STORED}")
        return StoredFile(file, STORED, "utf-8") if id == "f" else None


class Wire(asyncio.Transport):
    """A connection in memory; it minds a write once it closes, as uvloop does at times."""

    def __init__(self, protocol: asyncio.BaseProtocol) -> None:
        super().__init__({"peername": ("127.0.0.1", 4000)})
        self.written = bytearray()
        self.faults: list[str] = []
        self._protocol = protocol
        self._closing = False
        self._lost = False
        self.reading = asyncio.Event()
        self.reading.set()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._closing:
            self.faults.append(f"written after close: {bytes(data[:80])!r}")
        self.written += data

    def get_write_buffer_size(self) -> int:
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        self._closing = True
        self.reading.set()
        asyncio.get_running_loop().call_soon(self.lost)

    abort = close

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._protocol

    def is_reading(self) -> bool:
        return self.reading.is_set()

    def pause_reading(self) -> None:
        if not self._closing:
            self.reading.clear()

    def resume_reading(self) -> None:
        self.reading.set()

    def lost(self) -> None:
        """The connection is gone; told once."""
        self._closing = True
        if not self._lost:
            self._lost = True
            self._protocol.connection_lost(None)


class Faults(logging.Handler):
    """Errors that were logged. That a request cannot be parsed is none.

    `excused`: aiohttp quotes an `Expect` that it does not know before any code of ours runs,
    and fails with 500 if that is no UTF-8. It costs a traceback in the log, nothing else.
    """

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.seen: list[str] = []
        self.excused = False

    def emit(self, record: logging.LogRecord) -> None:
        problem = record.exc_info[1] if record.exc_info else None
        if isinstance(problem, UnicodeEncodeError) and "Unknown Expect" in problem.object:
            self.excused = True
        elif not isinstance(problem, HttpProcessingError):
            self.seen.append(f"logged {problem!r}: {record.getMessage()}")


class Doors:
    """One worker, for as many connections as there are. Use as a context manager."""

    def __init__(self, folder: Path) -> None:
        self._downloads = folder / "downloads"
        self._loop = Loop()
        self._loop.set_default_executor(Inline())
        self._faults = Faults()
        logging.getLogger().addHandler(self._faults)
        self._clock = Clock()
        files = Folder(self._downloads)
        files.prepare()
        (self._downloads / STORED).write_text("text")
        self._context = WorkerState(
            worker=1,
            room=OpenRoom(),
            fanout=FanOut(FakeOlder()),
            folder=files,
            settings=Settings(max_file=1 << 16),
            now=self._clock,
        )
        self._loop.set_exception_handler(self._unhandled)
        self._door = HttpServer(self._context)
        self._loop.run_until_complete(self._door.open())

    def close(self) -> None:
        """End the worker."""
        logging.getLogger().removeHandler(self._faults)
        self._loop.run_until_complete(self._door.close())
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    def talk(self, data: bytes, piece: int, *, patient: bool = True) -> bytes:
        """What a connection that sends these bytes is answered; it ends after them.

        They come in pieces of `piece` bytes. Who is not `patient` hangs up behind the last
        one. Raises `Fault`.
        """
        self._context.room = OpenRoom()
        self._clock.now += 3600.0
        self._faults.excused = False
        answer = self._loop.run_until_complete(self._connection(data, piece, patient))
        check_answer(answer, may_fail=self._faults.excused)
        return answer

    async def _connection(self, data: bytes, piece: int, patient: bool) -> bytes:
        ended: list[None] = []
        entrance = ProtocolSwitch(self._door.protocol, lambda: ended.append(None))
        wire = Wire(entrance)
        entrance.connection_made(wire)
        before = asyncio.all_tasks()
        for start in range(0, len(data), piece):
            if wire.is_closing():
                break
            entrance.data_received(data[start : start + piece])
            await turns(1)
            async with asyncio.timeout(ENDS_WITHIN):
                await wire.reading.wait()
        if patient:
            await turns(SETTLED)
        if not wire.is_closing():
            entrance.eof_received()
        wire.lost()
        if tasks := asyncio.all_tasks() - before:
            _, left = await asyncio.wait(tasks, timeout=ENDS_WITHIN)
            for task in left:
                task.cancel()
                wire.faults.append(f"still running: {task!r}")
        await turns(2)
        self._clean_up(wire, len(ended))
        return bytes(wire.written)

    def _clean_up(self, wire: Wire, ended: int) -> None:
        """Nothing is left of a connection, and nothing that was wrong goes unheard."""
        context = self._context
        faults = [*self._faults.seen, *wire.faults]
        self._faults.seen.clear()
        if ended != 1:
            faults.append(f"the end was told {ended} times")
        left = (len(context.sessions), context.joined, len(context.fanout))
        if any(left) or len(self._door.websockets):
            faults.append(f"sessions, joined, readers left: {left}")
        unfinished = {path.suffix for path in (self._downloads / INCOMING).iterdir()}
        if unfinished - {".kept"}:  # those can be gone on with
            faults.append(f"uploads left: {unfinished}")
        for path in self._downloads.iterdir():
            if path.name not in (INCOMING, STORED):
                path.unlink()
        if beside := [one for one in self._downloads.parent.iterdir() if one.is_file()]:
            faults.append(f"written beside the folder: {beside}")
        if faults:
            raise Fault("; ".join(faults))

    def _unhandled(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self._faults.seen.append(
            f"unhandled {context.get('exception')!r}: {context['message']}"
        )


# --- what a client makes of it -----------------------------------------------------------


def text_frame(payload: bytes) -> bytes:
    """A client's text frame, masked with zeros (RFC 6455, section 5.2)."""
    size = len(payload)
    if size < 126:
        head = bytes((0x81, 0x80 | size))
    elif size < 1 << 16:
        head = b"\x81\xfe" + size.to_bytes(2, "big")
    else:
        head = b"\x81\xff" + size.to_bytes(8, "big")
    return head + bytes(4) + payload


def check_answer(data: bytes, *, may_fail: bool = False) -> None:
    """The server never fails, and what it sends over a WebSocket is whole and known."""
    while data.startswith(b"HTTP/1.1 100 "):
        data = data.partition(b"\r\n\r\n")[2]
    if not data:
        return
    found = _STATUS.match(data)
    if found is None or (found[1] == b"500" and not may_fail):
        raise Fault(f"answered {data[:120]!r}")
    if found[1] == b"101":
        check_frames(data.partition(b"\r\n\r\n")[2])


def check_frames(data: bytes) -> None:
    """Whole frames of known messages; nothing is said behind a close frame (section 5.5.1)."""
    closed = False
    while data:
        opcode, size, start = data[0], data[1], 2
        if size == 126:
            size, start = int.from_bytes(data[2:4], "big"), 4
        elif size == 127:
            size, start = int.from_bytes(data[2:10], "big"), 10
        payload, data = data[start : start + size], data[start + size :]
        if len(payload) != size or opcode not in (0x81, 0x88, 0x89, 0x8A):
            raise Fault(f"no frame: {opcode:#x}, {len(payload)} of {size} bytes")
        if opcode == 0x81:
            if closed:
                raise Fault(f"said after a close frame: {payload!r}")
            decode_from_server(payload)
        elif opcode == 0x88:
            closed = True
            _check_close(payload)


def _check_close(payload: bytes) -> None:
    code = int.from_bytes(payload[:2], "big")
    if payload and (not 1000 <= code < 5000 or code in _NEVER_SENT):
        raise Fault(f"closed with {code}")
    payload[2:].decode()
