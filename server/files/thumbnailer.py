"""Asks the process that makes thumbnails (`server.thumbnails`) for the one of a picture.

A worker has a few pictures made at a time, its members in turn. Whatever a picture does to that
process, the worker gets an answer or None in time.
"""

import asyncio
import contextlib
import socket
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO

import msgspec

from server.files.thumbnails import MOST_BYTES

AT_ONCE = 2
"""Pictures of one worker that are made at a time, or wait in that process."""
QUEUED_FOR = 10.0
MADE_WITHIN = 5.0
CONNECT_WITHIN = 2.0
"""That process may be about to start, or to start again."""
_CONNECT_AGAIN = 0.05
BEGUN = b"\x01"
"""The first byte of an answer: from here on, an end without more is the picture's fault."""
_ANSWER_BYTES = MOST_BYTES + 1024


class Made(msgspec.Struct, frozen=True, array_like=True):
    """What is known of a picture.

    `type` is its media type; empty: it is none of the pictures that are known. Without `data`,
    which is the thumbnail (WebP), `width` and `height` are 0: it has too many pixels, or is
    damaged. They are as people see it, turned.
    """

    type: str = ""
    width: int = 0
    height: int = 0
    data: bytes = b""


class Thumbnailer:
    """The thumbnails that one worker wants.

    Args:
        address: the socket of the process that makes them.
    """

    def __init__(self, address: Path) -> None:
        self._address = str(address)
        self._free = AT_ONCE
        self._waiting: dict[int, deque[asyncio.Future[None]]] = {}

    async def make(self, member: int, picture: BinaryIO) -> Made | None:
        """Return what is known of an open picture; None if that could not be found out.

        Args:
            member: who shares it. Members take turns.
            picture: a descriptor of its own; its position moves.
        """
        try:
            async with self._turn(member), asyncio.timeout(MADE_WITHIN):
                while True:
                    answer = await self._ask(picture)
                    if answer is not None:
                        return _decoded(answer)
        except (OSError, TimeoutError):
            return None

    @asynccontextmanager
    async def _turn(self, member: int) -> AsyncIterator[None]:
        """Wait until it is this member's turn. Raises TimeoutError."""
        if self._free:
            self._free -= 1
        else:
            turn = asyncio.get_running_loop().create_future()
            self._waiting.setdefault(member, deque()).append(turn)
            try:
                async with asyncio.timeout(QUEUED_FOR):
                    await turn
            except BaseException:
                if turn.done() and not turn.cancelled():
                    self._pass_on()
                else:
                    self._withdraw(member, turn)
                raise
        try:
            yield
        finally:
            self._pass_on()

    def _withdraw(self, member: int, turn: asyncio.Future[None]) -> None:
        if queue := self._waiting.get(member):
            with contextlib.suppress(ValueError):
                queue.remove(turn)
            if not queue:
                del self._waiting[member]

    def _pass_on(self) -> None:
        """Give the turn to the member who has waited longest for one."""
        while self._waiting:
            member = next(iter(self._waiting))
            queue = self._waiting.pop(member)
            turn = queue.popleft()
            if queue:
                self._waiting[member] = queue  # behind the others
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1

    async def _ask(self, picture: BinaryIO) -> bytes | None:
        """Return the answer; None if the process ended before it looked at the picture."""
        loop = asyncio.get_running_loop()
        with await self._connected() as end:
            socket.send_fds(end, [BEGUN], [picture.fileno()])
            answer = bytearray()
            with contextlib.suppress(ConnectionError):
                while data := await loop.sock_recv(end, 64 * 1024):
                    answer += data
                    if len(answer) > _ANSWER_BYTES:
                        break
        if not answer:
            await asyncio.sleep(_CONNECT_AGAIN)
            return None
        return bytes(answer[1:])

    async def _connected(self) -> socket.socket:
        """Connect to the process. Raises `OSError` if it does not run."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + CONNECT_WITHIN
        while True:
            end = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            end.setblocking(False)
            try:
                await loop.sock_connect(end, self._address)
            except OSError:
                end.close()
                if loop.time() >= deadline:
                    raise
            except BaseException:
                end.close()
                raise
            else:
                return end
            await asyncio.sleep(_CONNECT_AGAIN)


def _decoded(answer: bytes) -> Made | None:
    try:
        return msgspec.msgpack.decode(answer, type=Made)
    except msgspec.DecodeError:  # it ended while it answered, or the picture ended it
        return None
