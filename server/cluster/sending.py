"""The chunks of a file on their way to the object store: a few at once, in their order."""

import asyncio
from collections import deque
from types import TracebackType
from typing import TYPE_CHECKING, Self

from server.cluster.api import decode
from server.cluster.connection import Answers, Connection, UnavailableError
from server.cluster.object_facts import CHUNK_BYTES
from server.files.remote import FileSource

if TYPE_CHECKING:
    import hashlib

WINDOW = 8
"""Chunks of a file that are sent before the first of them is confirmed: 1 MiB."""
IN_FLIGHT = 16
"""The same of all files: the connection holds 4 MiB, and carries other messages too."""


class Unconfirmed:
    """The chunks of one file that are sent and not confirmed yet, as a context manager.

    Args:
        connection: the connection.
        in_flight: has a place for each chunk of all files.
        within: seconds until a confirmation must have come.
        moved: is set to the time of each confirmation, by the event loop's clock.

    Attributes:
        runs: the numbers of those that are confirmed, in the stream.
    """

    def __init__(
        self,
        connection: Connection,
        in_flight: asyncio.Semaphore,
        within: float,
        moved: list[float],
    ) -> None:
        self._connection = connection
        self._in_flight = in_flight
        self._within = within
        self._moved = moved
        self._answers: deque[Answers] = deque()
        self.runs: list[range] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: object, trace: TracebackType | None
    ) -> None:
        while self._answers:
            self._end(self._answers.popleft())

    async def send(self, subject: str, chunk: bytes) -> None:
        """Send one more. Raises `UnavailableError`."""
        # Who waits for a place of another file has none itself.
        while self._answers and (len(self._answers) >= WINDOW or self._in_flight.locked()):
            await self._confirm()
        await self._in_flight.acquire()
        answers = self._connection.answers()
        self._answers.append(answers)
        self._connection.publish(subject, chunk, answers.subject)

    async def settle(self) -> None:
        """Wait until all are stored. Raises `UnavailableError`, also if the order is wrong."""
        while self._answers:
            await self._confirm()

    async def _confirm(self) -> None:
        loop = asyncio.get_running_loop()
        message = await self._answers[0].next(loop.time() + self._within)
        sequence = int(decode(message.data)["seq"])
        last = self.runs[-1] if self.runs else range(0)
        if last and sequence < last.stop:
            raise UnavailableError("a chunk was not stored in its order")
        if last and sequence == last.stop:
            self.runs[-1] = range(last.start, sequence + 1)
        else:
            self.runs.append(range(sequence, sequence + 1))
        self._moved[0] = loop.time()
        self._end(self._answers.popleft())

    def _end(self, answers: Answers) -> None:
        with answers:
            self._in_flight.release()


def read(file: FileSource, digest: "hashlib._Hash") -> bytes:
    """Read some chunks. A file may give less than it is asked for, before its end."""
    wanted = CHUNK_BYTES * WINDOW // 2
    parts: list[bytes] = []
    while wanted and (data := file.read(wanted)):
        parts.append(data)
        wanted -= len(data)
    data = b"".join(parts)
    digest.update(data)
    return data
