"""The body of an upload: read at the client's pace, and written by a thread meanwhile."""

import asyncio
from typing import Protocol

from aiohttp import web

from server.protocols.aiohttp_internals import has_more
from server.protocols.http import pace
from server.protocols.http.blocks import LEAST, BlockSize
from server.protocols.http.errors import HttpError
from shared.problems import problem

STALLED = pace.GRACE


class Taker(Protocol):
    """What takes the bytes (`server.files.upload.Upload`)."""

    def write(self, data: bytes) -> None:
        """Take the next bytes. It may block."""


def _write(taker: Taker, pieces: list[bytes]) -> None:
    if len(pieces) > 1 and sum(map(len, pieces)) <= 2 * LEAST:  # a slow client's small ones
        pieces = [b"".join(pieces)]
    for piece in pieces:
        taker.write(piece)


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
                # What comes while the block before is written makes the next one.
                await writing.write(block)
                block, held = [], 0
            if not pieces:
                return
    except (ConnectionError, TimeoutError):
        await writing.write(block)
        raise
    finally:
        await writing.ended()


class _Writing:
    """Writes one block while the next one comes."""

    def __init__(self, taker: Taker) -> None:
        self._taker = taker
        self._task: asyncio.Task[None] | None = None

    async def write(self, block: list[bytes]) -> None:
        """Write this block when the one before is written. Raises what came of that one."""
        await self.ended()
        self._task = asyncio.create_task(asyncio.to_thread(_write, self._taker, block))

    async def ended(self) -> None:
        """Wait until all is written: also one who is cancelled, as the file closes then."""
        task, self._task = self._task, None
        if task is not None:
            await _whole(task)


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
