"""The load generator: one process, one epoll, non-blocking sockets.

It must not be what is measured. Reads are large and go into one buffer that stays in the
processor's cache; nothing received is parsed; every socket sends at once (TCP_NODELAY) and
acknowledges at once (TCP_QUICKACK, which the kernel resets, so it is set after each read).
Otherwise Nagle's algorithm in a server would be measured. Over TLS, OpenSSL decrypts into one
such buffer too, and every handshake is a full one.

Handles sockets, not the protocol on them.
"""

import contextlib
import errno
import os
import select
import socket
import ssl
import time
from collections import deque
from collections.abc import Callable
from typing import cast

from benchmarks.delivery_check import Void

BUFFER = 256 * 1024
MOST_EVENTS = 4096
SOURCES = 8
"""Number of loopback source addresses, so that ports do not run short."""

type Reader = Callable[[memoryview], None]


class LoadConnection:
    """One socket. `reader` gets the received bytes, which are valid until it returns.

    `number` counts the connections of a generator, which go to its ports in turn.
    """

    __slots__ = (
        "_poll", "_socket", "_waiting", "fileno", "number", "reader", "receive", "setsockopt",
    )  # fmt: skip

    def __init__(self, poll: select.epoll, port: int, source: str, reader: Reader) -> None:
        self._poll = poll
        self._socket = socket.socket()
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # Closing resets the connection, so that no TIME_WAIT holds a port.
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self._socket.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
        self._socket.bind((source, 0))
        problem = self._socket.connect_ex(("127.0.0.1", port))
        if problem not in (0, errno.EINPROGRESS):
            raise Void(f"cannot connect: {os.strerror(problem)}")
        self.number = 0
        self.fileno = self._socket.fileno()
        self.reader = reader
        self.receive = self._socket.recv_into
        self.setsockopt = self._socket.setsockopt
        # Until the socket is connected, it is treated as one with a full buffer.
        self._waiting: deque[memoryview] = deque([memoryview(b"")])
        poll.register(self.fileno, select.EPOLLIN | select.EPOLLOUT)

    def send(self, data: bytes | memoryview) -> None:
        """Send in order without blocking. `data` must not change afterwards."""
        if self._waiting:
            self._waiting.append(memoryview(data))
            return
        taken = self._taken(data)
        if taken < len(data):
            self._waiting.append(memoryview(data)[taken:])
            self._poll.modify(self.fileno, select.EPOLLIN | select.EPOLLOUT)

    def flush(self) -> None:
        """Send more of the queued data."""
        while self._waiting:
            data = self._waiting[0]
            taken = self._taken(data) if data else 0
            if taken < len(data):
                self._waiting[0] = data[taken:]
                return
            self._waiting.popleft()
        self._poll.modify(self.fileno, select.EPOLLIN)

    def _taken(self, data: bytes | memoryview) -> int:
        """Return how many bytes the kernel accepts now."""
        try:
            return self._socket.send(data)
        except BlockingIOError:
            return 0
        except OSError as problem:
            raise Void(f"a connection broke: {problem.strerror}") from problem

    def pause(self) -> None:
        """Stop reading, with a small receive buffer in the kernel."""
        self.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._poll.unregister(self.fileno)

    def close(self) -> None:
        """Close the socket with a reset."""
        with contextlib.suppress(OSError):  # a paused connection is not registered any more
            self._poll.unregister(self.fileno)
        self._socket.close()


class TlsLoadConnection(LoadConnection):
    """One socket with TLS. `reader` gets the decrypted bytes."""

    __slots__ = ("_incoming", "_outgoing", "_plain", "_ready", "_ssl", "_unsent")

    _context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    _context.check_hostname = False
    _context.verify_mode = ssl.CERT_NONE
    _decrypted = memoryview(bytearray(BUFFER))

    def __init__(self, poll: select.epoll, port: int, source: str, reader: Reader) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._ssl = self._context.wrap_bio(self._incoming, self._outgoing)
        self._ready = False
        self._unsent: list[bytes | memoryview] = []
        super().__init__(poll, port, source, reader)
        self._shake_hands()

    @property
    def reader(self) -> Reader:
        return self._decrypt

    @reader.setter
    def reader(self, reader: Reader) -> None:
        self._plain = reader

    def send(self, data: bytes | memoryview) -> None:
        if self._ready:
            self._ssl.write(data)
            super().send(self._outgoing.read())
        else:
            self._unsent.append(data)

    def _shake_hands(self) -> None:
        try:
            self._ssl.do_handshake()
            self._ready = True
        except ssl.SSLWantReadError:
            pass
        super().send(self._outgoing.read())
        if self._ready:
            for data in self._unsent:
                self.send(data)

    def _decrypt(self, data: memoryview) -> None:
        self._incoming.write(data)
        if not self._ready:
            self._shake_hands()
        view = self._decrypted
        try:
            while self._ready and self._incoming.pending:
                size = cast(int, self._ssl.read(BUFFER, view))
                self._plain(view[:size])
        except ssl.SSLWantReadError:
            pass


IP_BIND_ADDRESS_NO_PORT = 24
"""Linux, <linux/in.h>; not in Python's `socket` before 3.14."""


class LoadGenerator:
    """All connections of a run to a server on loopback, in turn to each of its ports."""

    def __init__(self, *ports: int, tls: bool = False) -> None:
        self._ports = ports
        self._kind = TlsLoadConnection if tls else LoadConnection
        self._epoll = select.epoll()
        self._view = memoryview(bytearray(BUFFER))
        self._connections: dict[int, LoadConnection] = {}
        self._opened = 0

    def connect(self, reader: Reader) -> LoadConnection:
        """Open a connection; data sent before it is established is queued."""
        source = f"127.0.0.{2 + self._opened % SOURCES}"
        port = self._ports[self._opened % len(self._ports)]
        self._opened += 1
        one = self._kind(self._epoll, port, source, reader)
        one.number = self._opened
        self._connections[one.fileno] = one
        return one

    def drop(self, one: LoadConnection) -> None:
        """Close one connection."""
        del self._connections[one.fileno]
        one.close()

    def close(self) -> None:
        """Close all connections."""
        for one in list(self._connections.values()):
            self.drop(one)
        self._epoll.close()

    def poll(self, timeout: float = 0.0) -> None:
        """Read once from each connection that has data.

        Args:
            timeout: Seconds to wait if no connection has data.

        Raises:
            Void: The server closed a connection.
        """
        ready = self._epoll.poll(0, MOST_EVENTS)
        if not ready and timeout:
            # epoll counts in milliseconds, select in microseconds.
            select.select([self._epoll], [], [], timeout)
            ready = self._epoll.poll(0, MOST_EVENTS)
        view = self._view
        for fileno, events in ready:
            one = self._connections[fileno]
            if events & select.EPOLLOUT:
                one.flush()
            if not events & ~select.EPOLLOUT:
                continue
            try:
                size = one.receive(view)
            except BlockingIOError:
                continue
            except OSError as problem:
                raise Void(f"a connection broke: {problem.strerror}") from problem
            if not size:
                raise Void("the server closed a connection")
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            one.reader(view[:size])

    def until(self, done: Callable[[], bool], within: float, what: str) -> None:
        """Poll until `done()` holds. Raises `Void` with `what` after `within` seconds."""
        deadline = time.monotonic() + within
        while not done():
            if time.monotonic() > deadline:
                raise Void(f"not within {within:.0f} s: {what}")
            self.poll(0.1)
