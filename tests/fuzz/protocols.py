"""The protocols of a worker without a socket: bytes in, the server's bytes out, and checks.

Protocol detection, HTTP, sessions, fan-out and the downloads folder are the real ones; the room
is a fake that accepts every request. Nothing here depends on fuzzing.
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

from server.budgets.refusals import Refusals
from server.connections.fanout import FanOut
from server.connections.worker_state import WorkerState
from server.files import background
from server.files.folder import Folder
from server.files.incoming import INCOMING
from server.protocols.detect import ProtocolSwitch
from server.protocols.http_server import HttpServer
from server.room.interface import Act, Post, PostResult, StoredFile
from server.settings import Settings
from shared.codec import decode_from_server
from shared.conversation import Rename
from shared.messages import File
from shared.problems import Problem, problem
from tests.fakes import Clock, FakeEventStore, FakeRoom, accepted, turns
from tests.server.protocols.secure import TlsClient, server_context

ENDS_WITHIN = 90.0
SETTLED = 40  # turns of the loop after which nothing more can happen
STORED = "kept.txt"
_STATUS = re.compile(rb"HTTP/\d\.\d (\d{3}) [^\r\n]*\r\n")
_NEVER_SENT = {1005, 1006, 1015}  # RFC 6455, section 7.4.1


class FuzzFailure(Exception):
    """A check failed."""


class SkippingSelector(selectors.DefaultSelector):
    """A selector that skips waiting, since no data comes from a socket: time passes at once."""

    def __init__(self) -> None:
        super().__init__()
        self.skipped = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise FuzzFailure("the loop waits for an event that cannot come")
        self.skipped += timeout
        return super().select(0)


class SkippingLoop(asyncio.SelectorEventLoop):
    """An event loop whose timers are due as soon as it has nothing else to do."""

    def __init__(self) -> None:
        self._skipping = SkippingSelector()
        super().__init__(self._skipping)

    def time(self) -> float:
        return super().time() + self._skipping.skipped


class InlineExecutor(ThreadPoolExecutor):
    """An executor that runs its work at once, so that the same bytes always do the same."""

    def submit(self, function: Callable[..., Any], /, *args: Any, **kw: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(function(*args, **kw))
        except Exception as problem:  # noqa: BLE001 - the awaiting code gets it
            future.set_exception(problem)
        return future


class OpenRoom(FakeRoom):
    """A room that accepts all, and recognises repeated requests; it has one file, `f`."""

    def __init__(self) -> None:
        super().__init__()
        self.join_answer = accepted(seq=0, start=0)
        self._posted: set[str] = set()

    def post(self, post: Post, answer: Callable[[PostResult], None] | None = None) -> None:
        super().post(post, answer)
        if answer is not None:
            answer(PostResult(seq=1) if post.key in self._posted else PostResult())
        self._posted.add(post.key)

    def act(self, act: Act, answer: Callable[[PostResult], None] | None = None) -> None:
        super().act(act, answer)
        name = act.request.name if isinstance(act.request, Rename) else ""
        if answer is not None:
            seq = 1 if act.key in self._posted else None
            asyncio.get_running_loop().call_soon(answer, PostResult(seq, name=name))
        self._posted.add(act.key)

    async def file(self, id: str) -> StoredFile | Problem:
        file = File("f", STORED, 4, "ab" * 32, 1, "text", f"/files/f/{STORED}")
        return StoredFile(file, STORED, "utf-8") if id == "f" else problem("not_found")


class MemoryTransport(asyncio.Transport):
    """A connection in memory; like uvloop, it rejects writes after it is closed."""

    def __init__(self, protocol: asyncio.BaseProtocol) -> None:
        super().__init__({"peername": ("127.0.0.1", 4000)})
        self.written = b""
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

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol

    def receive(self, data: bytes) -> None:
        """Pass bytes to the protocol, unless the connection is closed."""
        if not self._closing:
            assert isinstance(self._protocol, asyncio.Protocol)
            self._protocol.data_received(data)

    def end(self) -> None:
        """Tell the protocol that the client sends no more."""
        if not self._closing:
            assert isinstance(self._protocol, asyncio.Protocol)
            self._protocol.eof_received()

    def is_reading(self) -> bool:
        return self.reading.is_set()

    def pause_reading(self) -> None:
        if not self._closing:
            self.reading.clear()

    def resume_reading(self) -> None:
        self.reading.set()

    def lost(self) -> None:
        """Report the end of the connection, once."""
        self._closing = True
        if not self._lost:
            self._lost = True
            self._protocol.connection_lost(None)


class LoggedErrors(logging.Handler):
    """Collect logged errors, except those about requests that cannot be parsed.

    `excused`: aiohttp quotes an unknown `Expect` before any code of ours runs, and fails with
    500 if it is not UTF-8. The only harm is a traceback in the log.
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


class WorkerProtocols:
    """The protocols of one worker, for any number of connections. Use with `closing`."""

    def __init__(self, folder: Path) -> None:
        self._downloads = folder / "downloads"
        self._loop = SkippingLoop()
        self._loop.set_default_executor(InlineExecutor())
        self._threads, background._threads = background._threads, InlineExecutor()
        self._errors = LoggedErrors()
        logging.getLogger().addHandler(self._errors)
        self._clock = Clock()
        files = Folder(self._downloads)
        files.prepare()
        (self._downloads / STORED).write_text("text")
        self._context = WorkerState(
            worker=1,
            room=OpenRoom(),
            fanout=FanOut(FakeEventStore()),
            folder=files,
            settings=Settings(max_file=1 << 16, allow_host=frozenset({"room.local", "a"})),
            refusals=Refusals(),
            now=self._clock,
        )
        self._context.tls, self._context.key = server_context(folder.parent), "key"
        self._loop.set_exception_handler(self._unhandled)
        self._http = HttpServer(self._context)
        self._loop.run_until_complete(self._http.open())

    def close(self) -> None:
        """End the worker."""
        logging.getLogger().removeHandler(self._errors)
        background._threads = self._threads
        self._loop.run_until_complete(self._http.close())
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    def exchange(
        self, data: bytes, piece: int, *, patient: bool = True, tls: bool = False
    ) -> bytes:
        """Send these bytes over a connection, end it, and return the answer.

        Args:
            data: The bytes of the client.
            piece: The size of the pieces they arrive in.
            patient: Whether the client waits for the answer before it disconnects.
            tls: Whether the bytes are sent over TLS.

        Raises:
            FuzzFailure: A check failed.
        """
        self._context.room = OpenRoom()
        self._clock.now += 3600.0
        self._errors.excused = False
        connection = self._connection(data, piece, patient, tls)
        answer = self._loop.run_until_complete(connection)
        if not tls and data.startswith(b"\x16"):
            check_records(answer)
            return answer
        check_answer(answer, may_fail=self._errors.excused)
        return answer

    async def _connection(self, data: bytes, piece: int, patient: bool, tls: bool) -> bytes:
        ended: list[None] = []
        switch = ProtocolSwitch(
            self._http.connect,
            lambda: ended.append(None),
            lambda kind: None,
            self._http.beginnings.take,
            hold=self._http.unread.hold,
            tls=lambda: self._context.tls,
        )
        transport = MemoryTransport(switch)
        switch.connection_made(transport)
        client = TlsClient(transport, transport.receive, piece=piece) if tls else None
        if client is not None:
            client.shake_hands()
        before = asyncio.all_tasks()
        for start in range(0, len(data), piece):
            if transport.is_closing():
                break
            send = client.write if client is not None else transport.receive
            send(data[start : start + piece])
            await turns(1)
            async with asyncio.timeout(ENDS_WITHIN):
                await transport.reading.wait()
        if patient:
            await turns(SETTLED)
        transport.end()
        transport.lost()
        if tasks := asyncio.all_tasks() - before:
            _, left = await asyncio.wait(tasks, timeout=ENDS_WITHIN)
            for task in left:
                task.cancel()
                transport.faults.append(f"still running: {task!r}")
        await turns(2)
        if self._context.sessions:  # one that was held back ends a moment later
            await asyncio.sleep(ENDS_WITHIN)
        self._clean_up(transport, len(ended))
        return client.read() if client is not None else transport.written

    def _clean_up(self, transport: MemoryTransport, ended: int) -> None:
        """Check that nothing is left of a connection, and raise collected errors."""
        context = self._context
        faults = [*self._errors.seen, *transport.faults]
        self._errors.seen.clear()
        if ended != 1:
            faults.append(f"the end was told {ended} times")
        left = (len(context.sessions), len(context.fanout))
        if any(left) or len(self._http.websockets):
            faults.append(f"sessions, readers left: {left}")
        unfinished = {path.suffix for path in (self._downloads / INCOMING).iterdir()}
        if unfinished - {".kept"}:  # those can be continued
            faults.append(f"uploads left: {unfinished}")
        for path in self._downloads.iterdir():
            if path.name not in (INCOMING, STORED):
                path.unlink()
        if beside := [one for one in self._downloads.parent.iterdir() if one.is_file()]:
            faults.append(f"files written beside the folder: {beside}")
        if faults:
            raise FuzzFailure("; ".join(faults))

    def _unhandled(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self._errors.seen.append(
            f"unhandled {context.get('exception')!r}: {context['message']}"
        )


# --- checks of the answers ---------------------------------------------------------------


def text_frame(payload: bytes) -> bytes:
    """Return a client's text frame, masked with zeros (RFC 6455, section 5.2)."""
    size = len(payload)
    if size < 126:
        head = bytes((0x81, 0x80 | size))
    elif size < 1 << 16:
        head = b"\x81\xfe" + size.to_bytes(2, "big")
    else:
        head = b"\x81\xff" + size.to_bytes(8, "big")
    return head + bytes(4) + payload


def check_records(data: bytes) -> None:
    """Check that there are only records of TLS, and no data before a handshake is done."""
    while data:
        kind, size = data[0], int.from_bytes(data[3:5], "big")
        if kind not in (0x14, 0x15, 0x16, 0x17) or len(data) < 5 + size:
            raise FuzzFailure(f"not a record of TLS: {data[:80]!r}")
        data = data[5 + size :]


def check_answer(data: bytes, *, may_fail: bool = False) -> None:
    """Check that the server did not fail and that its WebSocket frames are whole and known."""
    while data.startswith(b"HTTP/1.1 100 "):
        data = data.partition(b"\r\n\r\n")[2]
    if not data:
        return
    found = _STATUS.match(data)
    if found is None or (found[1] == b"500" and not may_fail):
        raise FuzzFailure(f"answered {data[:120]!r}")
    if found[1] == b"101":
        check_frames(data.partition(b"\r\n\r\n")[2])


def check_frames(data: bytes) -> None:
    """Check that the frames are whole and known, and end with a close frame (section 5.5.1)."""
    closed = False
    while data:
        opcode, size, start = data[0], data[1], 2
        if size == 126:
            size, start = int.from_bytes(data[2:4], "big"), 4
        elif size == 127:
            size, start = int.from_bytes(data[2:10], "big"), 10
        payload, data = data[start : start + size], data[start + size :]
        if len(payload) != size or opcode not in (0x81, 0x88, 0x89, 0x8A):
            raise FuzzFailure(f"not a frame: {opcode:#x}, {len(payload)} of {size} bytes")
        if opcode == 0x81:
            if closed:
                raise FuzzFailure(f"sent after a close frame: {payload!r}")
            decode_from_server(payload)
        elif opcode == 0x88:
            closed = True
            _check_close(payload)


def _check_close(payload: bytes) -> None:
    code = int.from_bytes(payload[:2], "big")
    if payload and (not 1000 <= code < 5000 or code in _NEVER_SENT):
        raise FuzzFailure(f"closed with {code}")
    payload[2:].decode()
