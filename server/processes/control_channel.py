"""How a socket, and a few words, cross from the supervisor to its children and back.

A Unix socket pair that keeps message boundaries; a message may carry one file descriptor.
The only file that knows `send_fds`. Knows neither supervisor nor child.
"""

import asyncio
import socket
from collections import deque
from collections.abc import Callable

import msgspec
from msgspec import Struct

_MESSAGE_BYTES = 4096


class Take(Struct, frozen=True, array_like=True, tag=0):
    """To the worker, with a socket: this connection is yours. `number` names it."""

    number: int


class Drain(Struct, frozen=True, array_like=True, tag=1):
    """To a child: say goodbye to everybody and end."""


class Closing(Struct, frozen=True, array_like=True, tag=6):
    """To the room: the workers say goodbye now; who goes has not left."""


class Ready(Struct, frozen=True, array_like=True, tag=2):
    """From a child: I can serve."""


class ConnectionEnded(Struct, frozen=True, array_like=True, tag=3):
    """From the worker: this connection is over."""

    number: int


class Beat(Struct, frozen=True, array_like=True, tag=4):
    """From a child, every second: my event loop turns."""


class Failed(Struct, frozen=True, array_like=True, tag=5):
    """From a child: I cannot serve, and nor could one started in my place."""

    reason: str


type Message = Take | Drain | Closing | Ready | ConnectionEnded | Beat | Failed

BEAT_EVERY = 1.0

_decoder: msgspec.msgpack.Decoder[Message] = msgspec.msgpack.Decoder(
    Take | Drain | Closing | Ready | ConnectionEnded | Beat | Failed
)


def pair() -> tuple[socket.socket, socket.socket]:
    """Two connected ends."""
    kind = getattr(socket, "SOCK_SEQPACKET", socket.SOCK_DGRAM)
    try:
        return socket.socketpair(socket.AF_UNIX, kind)
    except OSError:  # macOS has the name, not the kind
        return socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)


class Channel:
    """One end, on the running event loop. `take` gets each message, and its socket if any."""

    def __init__(
        self, end: socket.socket, take: Callable[[Message, socket.socket | None], None]
    ) -> None:
        self._end = end
        self._take = take
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[tuple[bytes, socket.socket | None]] = deque()
        end.setblocking(False)
        self._loop.add_reader(end, self._readable)

    def send(self, message: Message, passed: socket.socket | None = None) -> None:
        """Send, in order, without waiting. `passed` is closed here once it is on its way.

        After `close` nothing is sent: a process that ends has nobody left to tell.
        """
        if self._end.fileno() < 0:
            if passed is not None:
                passed.close()
            return
        self._waiting.append((msgspec.msgpack.encode(message), passed))
        if len(self._waiting) == 1:
            self._flush()

    async def beat(self) -> None:
        """Show that this event loop turns, until cancelled."""
        while True:
            # One is enough: what waits here shows that the other end does not read.
            if not self._waiting:
                self.send(Beat())
            await asyncio.sleep(BEAT_EVERY)

    def close(self) -> None:
        """Close this end, and the sockets that did not get across."""
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
                # The other end is gone; whoever watches that process deals with it.
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
            self._take(_decoder.decode(data), passed)
