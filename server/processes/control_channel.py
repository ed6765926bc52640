"""The control channel between the supervisor and a child: short messages and sockets.

It is a pair of Unix sockets that keeps message boundaries; a message may carry one file
descriptor. No other module passes file descriptors.
"""

import asyncio
import socket
from collections import deque
from collections.abc import Callable

import msgspec
from msgspec import Struct

_MESSAGE_BYTES = 4096


class Take(Struct, frozen=True, array_like=True, tag=0):
    """To a worker, with a socket: serve this connection. `number` identifies it."""

    number: int


class Drain(Struct, frozen=True, array_like=True, tag=1):
    """To a child: close all connections and end."""


class Closing(Struct, frozen=True, array_like=True, tag=6):
    """To the room: the workers close now, so lost connections do not disconnect members."""


class Ready(Struct, frozen=True, array_like=True, tag=2):
    """From a child: it can serve."""


class ConnectionEnded(Struct, frozen=True, array_like=True, tag=3):
    """From a worker: this connection has ended."""

    number: int


class Beat(Struct, frozen=True, array_like=True, tag=4):
    """From a child, at regular intervals: its event loop runs."""


class Failed(Struct, frozen=True, array_like=True, tag=5):
    """From a child: it cannot serve, and a new process could not either."""

    reason: str


type Message = Take | Drain | Closing | Ready | ConnectionEnded | Beat | Failed

_decoder: msgspec.msgpack.Decoder[Message] = msgspec.msgpack.Decoder(
    Take | Drain | Closing | Ready | ConnectionEnded | Beat | Failed
)


def beat_interval(hung_after: float) -> float:
    """Seconds between two beats, of which several fit into `hung_after`."""
    return hung_after / 5


def pair() -> tuple[socket.socket, socket.socket]:
    """Return two connected ends."""
    kind = getattr(socket, "SOCK_SEQPACKET", socket.SOCK_DGRAM)
    try:
        return socket.socketpair(socket.AF_UNIX, kind)
    except OSError:  # macOS defines the constant but does not support it
        return socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)


class Channel:
    """One end of a control channel, on the running event loop.

    Args:
        end: a socket of `pair`; the channel closes it.
        receive: is called with each message, and the socket that came with it or None.
    """

    def __init__(
        self, end: socket.socket, receive: Callable[[Message, socket.socket | None], None]
    ) -> None:
        self._end = end
        self._receive = receive
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[tuple[bytes, socket.socket | None]] = deque()
        end.setblocking(False)
        self._loop.add_reader(end, self._readable)

    def send(self, message: Message, passed: socket.socket | None = None) -> None:
        """Send a message without waiting; messages keep their order.

        Args:
            message: the message.
            passed: a socket to hand over. This end closes its copy after it was sent.

        After `close`, and when the other process has ended, nothing is sent.
        """
        if self._end.fileno() < 0:
            if passed is not None:
                passed.close()
            return
        self._waiting.append((msgspec.msgpack.encode(message), passed))
        if len(self._waiting) == 1:
            self._flush()

    async def beat(self, hung_after: float) -> None:
        """Send beats until cancelled, so that the supervisor sees this event loop run.

        Args:
            hung_after: seconds without a beat after which the supervisor kills this process.
        """
        while True:
            # A beat that waits here means that the supervisor does not read: one is enough.
            if not self._waiting:
                self.send(Beat())
            await asyncio.sleep(beat_interval(hung_after))

    def close(self) -> None:
        """Close this end, and the sockets that were not sent."""
        self._loop.remove_reader(self._end)
        self._loop.remove_writer(self._end)
        for _, passed in self._waiting:
            if passed is not None:
                passed.close()
        self._waiting.clear()
        self._end.close()

    def _flush(self) -> None:
        while self._waiting:
            data, passed = self._waiting[0]
            try:
                socket.send_fds(self._end, [data], [passed.fileno()] if passed else [])
            except BlockingIOError:
                self._loop.add_writer(self._end, self._flush)
                return
            except OSError:
                # The other process has ended, and the supervisor handles that.
                self._loop.remove_writer(self._end)
                return
            self._waiting.popleft()
            if passed is not None:
                passed.close()
        self._loop.remove_writer(self._end)

    def _readable(self) -> None:
        while True:
            try:
                data, fds, _, _ = socket.recv_fds(self._end, _MESSAGE_BYTES, 1)
            except BlockingIOError:
                return
            except OSError:
                data, fds = b"", []
            if not data:
                self._loop.remove_reader(self._end)
                return
            passed = socket.socket(fileno=fds[0]) if fds else None
            self._receive(_decoder.decode(data), passed)
