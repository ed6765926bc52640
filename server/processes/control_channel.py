"""The control channel between the supervisor and a child: short messages and sockets.

It is a pair of Unix sockets that keeps message boundaries; a message may carry one file
descriptor.
"""

import asyncio
import errno
import socket
from collections import deque
from collections.abc import Callable

import msgspec
from msgspec import Struct

from server.connections.kind import Kind

_MESSAGE_BYTES = 4096
MOST_CHANGES = 256
A_TURN = 16
"""Messages taken in one turn of the event loop: 2 to 3 ms of work if they are connections."""
_ENDED = {errno.EPIPE, errno.ECONNRESET, errno.ENOTCONN, errno.EBADF}
"""Errors after which the other end takes nothing any more. All others pass: Linux refuses a
socket while too many are on their way (ETOOMANYREFS) or memory is short, and macOS says
ENOBUFS when a queue is full."""
_FIRST_WAIT, _LONGEST_WAIT = 0.01, 0.5


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


class Changed(Struct, frozen=True, array_like=True, tag=7):
    """From a worker: what connections are used for now, at most `MOST_CHANGES`."""

    kinds: list[tuple[int, Kind]]


class PushOut(Struct, frozen=True, array_like=True, tag=8):
    """To a worker: close this connection, unless its use has changed meanwhile."""

    number: int


class Renewed(Struct, frozen=True, array_like=True, tag=9):
    """To a worker: read the certificate again. `key` is the hash of its key."""

    key: str


class Beat(Struct, frozen=True, array_like=True, tag=4):
    """From a child, at regular intervals: its event loop runs."""


class Failed(Struct, frozen=True, array_like=True, tag=5):
    """From a child: it cannot serve, and a new process could not either."""

    reason: str


type Message = (
    Take
    | PushOut
    | Drain
    | Closing
    | Renewed
    | Ready
    | Changed
    | ConnectionEnded
    | Beat
    | Failed
)

_decoder: msgspec.msgpack.Decoder[Message] = msgspec.msgpack.Decoder(Message.__value__)
_encode = msgspec.msgpack.Encoder().encode


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
        self._waiting: deque[tuple[Message, socket.socket | None]] = deque()
        self._waits_since = 0.0
        self._sockets = 0
        self._retry: asyncio.TimerHandle | None = None
        self._wait = _FIRST_WAIT
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
        self._waiting.append((message, passed))
        self._sockets += passed is not None
        if len(self._waiting) == 1:
            self._waits_since = self._loop.time()
            self._flush()

    @property
    def sockets(self) -> int:
        """The number of sockets that wait to be sent."""
        return self._sockets

    def waits(self) -> float:
        """Return for how many seconds the first message has waited; 0 if none waits."""
        return self._loop.time() - self._waits_since if self._waiting else 0.0

    def take_back(self) -> list[tuple[int, socket.socket]]:
        """Return the connections that were not sent, by number, and send them no more."""
        found, kept = [], deque[tuple[Message, socket.socket | None]]()
        for message, passed in self._waiting:
            if isinstance(message, Take) and passed is not None:
                found.append((message.number, passed))
            else:
                kept.append((message, passed))
        self._waiting, self._sockets = kept, 0
        return found

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
        self._stop_retrying()
        for _, passed in self._waiting:
            if passed is not None:
                passed.close()
        self._waiting.clear()
        self._sockets = 0
        self._end.close()

    def _flush(self) -> None:
        while self._waiting:
            message, passed = self._waiting[0]
            try:
                descriptors = [passed.fileno()] if passed else []
                socket.send_fds(self._end, [_encode(message)], descriptors)
            except BlockingIOError:
                self._loop.add_writer(self._end, self._flush)
                return
            except OSError as problem:
                self._loop.remove_writer(self._end)
                # If the other process has ended, the supervisor handles that.
                if problem.errno not in _ENDED:
                    self._flush_later()
                return
            self._waiting.popleft()
            self._waits_since = self._loop.time()
            self._wait = _FIRST_WAIT
            if passed is not None:
                self._sockets -= 1
                passed.close()
        self._loop.remove_writer(self._end)

    def _flush_later(self) -> None:
        self._stop_retrying()
        self._retry = self._loop.call_later(self._wait, self._flush)
        self._wait = min(2 * self._wait, _LONGEST_WAIT)

    def _stop_retrying(self) -> None:
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None

    def _read_later(self) -> None:
        """Read again in a moment: the error passes."""
        self._loop.remove_reader(self._end)
        self._loop.call_later(_LONGEST_WAIT, self._read_again)

    def _read_again(self) -> None:
        if self._end.fileno() >= 0:
            self._loop.add_reader(self._end, self._readable)

    def _readable(self) -> None:
        # What is left makes the loop call again, after all others have had their turn.
        for _ in range(A_TURN):
            try:
                data, fds, _, _ = socket.recv_fds(self._end, _MESSAGE_BYTES, 1)
            except BlockingIOError:
                return
            except OSError as problem:
                if problem.errno not in _ENDED:
                    self._read_later()
                    return
                data, fds = b"", []
            if not data:
                self._loop.remove_reader(self._end)
                return
            passed = socket.socket(fileno=fds[0]) if fds else None
            self._receive(_decoder.decode(data), passed)
