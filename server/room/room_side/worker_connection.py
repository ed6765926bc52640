"""One worker's socket: bytes to requests for the gateway, frames to bytes."""

import asyncio
import logging
from typing import Protocol, cast

from server.room.interface import JoinRefused, JoinWaits
from server.room.ipc import (
    Frames,
    HeldUploads,
    Hello,
    JoinAttempt,
    SomebodyTypes,
    UsageReply,
    decode_up,
)
from server.room.operations import Drop, Operation
from server.room.room_side.figures import UsageCollector

log = logging.getLogger(__name__)

# A worker that has stopped reading costs no more memory than this: its connection is cut. Once
# it runs again it connects anew, and fetches what it missed from the journal.
MOST_UNREAD = 64 * 1024 * 1024

type Request = Operation | JoinRefused | JoinWaits
"""An operation, or the answer to a join that does not get to the log, or not yet."""


class Receiver(Protocol):
    """The gateway, as a worker's socket calls it."""

    usage: UsageCollector

    def hello(self, connection: "WorkerConnection", hello: Hello) -> None:
        """Take a worker that made contact, for the first time or again."""

    def lost(self, connection: "WorkerConnection") -> None:
        """Take note that the socket was closed."""

    def renew(self, connection: "WorkerConnection", held: HeldUploads) -> None:
        """Take the uploads under way of a worker."""

    def typing(self, notice: SomebodyTypes) -> None:
        """Pass on that a member is typing."""

    def admit(
        self, connection: "WorkerConnection", attempt: JoinAttempt, number: int
    ) -> Request:
        """Return the operation for a join, or why it is refused, or that it waits."""

    def hung_up(self, connection: int) -> None:
        """Note that a connection has ended, which may still wait to join."""

    def take(
        self, requests: list[Request], connection: "WorkerConnection | None", first: int
    ) -> None:
        """Carry these out; `first` is the number of the first."""


class WorkerConnection(asyncio.Protocol):
    """One worker's socket."""

    def __init__(self, gateway: Receiver) -> None:
        self._gateway = gateway
        self._frames = Frames(self._received)
        self._transport: asyncio.Transport | None = None
        self.worker = 0
        self.operations = 0
        """How many it has sent since its `Hello`."""
        self.done = 0
        """How many of them are answered, or wait."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._frames.feed(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._gateway.lost(self)

    def _received(self, body: bytes | bytearray) -> None:
        requests: list[Request] = []
        for message in decode_up(body):
            if isinstance(message, Hello):
                self.worker = message.worker
                self._gateway.hello(self, message)
            elif isinstance(message, UsageReply):
                self._gateway.usage.reply(self.worker, message)
            elif isinstance(message, HeldUploads):
                self._gateway.renew(self, message)
            elif isinstance(message, SomebodyTypes):
                self._gateway.typing(message)
            elif isinstance(message, JoinAttempt):
                number = self.operations + len(requests) + 1
                requests.append(self._gateway.admit(self, message, number))
            else:
                if isinstance(message, Drop):
                    self._gateway.hung_up(message.connection)
                requests.append(message)
        if requests:
            self._gateway.take(requests, self, self.operations + 1)
            self.operations += len(requests)

    def send(self, data: bytes) -> None:
        """Write frames, unless the worker has long stopped reading."""
        transport = self._transport
        if transport is None:
            return
        if transport.get_write_buffer_size() > MOST_UNREAD:
            log.warning("worker cut off worker=%s reason=reads_nothing", self.worker)
            transport.abort()
            return
        transport.write(data)

    def close(self) -> None:
        """Close the socket."""
        if self._transport is not None:
            self._transport.close()
