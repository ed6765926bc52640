"""The body of an upload: read at the client's pace, and written by a thread meanwhile."""

import asyncio
import time
from collections import deque
from typing import Protocol

from aiohttp import web

from server.files.background import in_background
from server.protocols.aiohttp_internals import has_more
from server.protocols.http import pace
from server.protocols.http.blocks import LEAST, MOST, BlockSize
from server.protocols.http.errors import HttpError
from shared.problems import problem

STALLED = pace.GRACE
AHEAD = 2 * MOST
"""Bytes that may wait for the thread, or be written by it, before reading pauses."""
TURN = 0.02
"""Seconds for which a thread writes one upload before it takes on what else waits for it."""


class Taker(Protocol):
    """What takes the bytes (`server.files.upload.Upload`)."""

    def write(self, *pieces: bytes) -> None:
        """Take the next bytes, in pieces. It may block."""


class Incoming:
    """The bytes of an upload, as they come."""

    def __init__(self, request: web.Request) -> None:
        self._request = request
        self._loop = asyncio.get_running_loop()
        self._pace = pace.UploadPace(STALLED)
        self._waiting: asyncio.Timeout | None = None
        self._over = False

    def end(self) -> None:
        """End it, as the membership is over."""
        self._over = True
        if self._waiting is not None and not self._waiting.expired():
            self._waiting.reschedule(self._loop.time())

    async def read(self, most: int) -> list[bytes]:
        """Return the next bytes, in pieces, none at the end.

        They are more than `most` by a piece at most.

        Raises:
            HttpError: the membership is over.
            TimeoutError: the client is too slow.
            ConnectionError: it has disconnected.
        """
        began = self._loop.time()
        try:
            if not self._over:
                async with asyncio.timeout(max(0.0, self._pace.left)) as self._waiting:
                    pieces = await self._pieces(most)
        except TimeoutError:
            if not self._over:
                raise
        finally:
            self._waiting = None
        if self._over:
            raise HttpError(problem("not_joined", "files"), {"WWW-Authenticate": "Bearer"})
        self._pace.waited(self._loop.time() - began, sum(map(len, pieces)))
        return pieces

    async def _pieces(self, most: int) -> list[bytes]:
        """Wait for some bytes; return these and all that have come, without a copy."""
        body = self._request.content
        pieces: list[bytes] = []
        held = 0
        while not pieces or (held < most and has_more(body)):
            data, _ = await body.readchunk()
            if not data:
                break
            pieces.append(data)
            held += len(data)
        return pieces

    def expect(self, size: int) -> None:
        """Let blocks of this size come at once."""
        self._request.content.set_read_chunk_size(size)


async def receive(incoming: Incoming, taker: Taker) -> None:
    """Give all bytes to `taker`, in a thread.

    Raises what `Incoming.read` and `taker` raise. All that came before is written then, so the
    client can go on after it.
    """
    size = BlockSize()
    writing = _Writing(taker)
    block: list[bytes] = []
    held = 0
    try:
        while True:
            incoming.expect(size.now)
            pieces = await incoming.read(size.now)
            came = sum(map(len, pieces))
            size.moved(fast=came >= size.now)
            block += pieces
            held += came
            if held >= LEAST or not pieces:
                await writing.write(block, held)
                block, held = [], 0
            if not pieces:
                break
    except (ConnectionError, TimeoutError):
        await writing.write(block, held)
        raise
    except BaseException:
        writing.drop()
        raise
    finally:
        await writing.ended()


class _Writing:
    """Writes in a thread what has come, while more comes.

    The thread takes the next block by itself. If it were given each one, it would wait for the
    event loop, which waits for a processor: a millisecond a block where these are busy.
    """

    def __init__(self, taker: Taker) -> None:
        self._taker = taker
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[bytes] = deque()
        self._given = 0
        self._written = 0  # only the thread changes it
        self._room = asyncio.Event()
        self._room.set()
        self._dropped = False
        self._task: asyncio.Task[None] | None = None

    async def write(self, block: list[bytes], size: int) -> None:
        """Write `size` bytes behind those that wait; return when few enough wait.

        Raises what came of earlier blocks.
        """
        if len(block) > 1 and size <= 2 * LEAST:  # a slow client's small pieces
            block = [b"".join(block)]
        self._waiting += block
        self._given += size
        if self._task is None or self._task.done():
            await self.ended()
            self._task = asyncio.create_task(self._run())
        while self._is_full() and not self._task.done():
            self._room.clear()
            if self._is_full():  # else the thread may not have seen that this waits
                await self._room.wait()

    def drop(self) -> None:
        """Write no more than the block that is being written."""
        self._dropped = True

    async def ended(self) -> None:
        """Wait until all is written: also one who is cancelled, as the file closes then."""
        task, self._task = self._task, None
        if task is not None:
            await _whole(task)

    def _is_full(self) -> bool:
        return self._given - self._written > AHEAD

    async def _run(self) -> None:
        try:
            while self._waiting and not self._dropped:
                await in_background(self._write_for_a_turn)
        finally:
            self._room.set()

    def _write_for_a_turn(self) -> None:
        until = time.monotonic() + TURN
        while self._waiting and not self._dropped:
            block = self._next()
            self._taker.write(*block)
            self._written += sum(map(len, block))
            if not (self._room.is_set() or self._is_full()):
                self._loop.call_soon_threadsafe(self._room.set)
            if time.monotonic() >= until:
                return

    def _next(self) -> list[bytes]:
        block = []
        size = 0
        while self._waiting and size < MOST:
            block.append(self._waiting.popleft())
            size += len(block[-1])
        return block


async def _whole(task: asyncio.Task[None]) -> None:
    """Wait for the end of a task, and only then be cancelled."""
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        task.exception()  # what became of it matters no more
        raise cancelled
    task.result()
