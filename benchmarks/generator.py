"""The load: one process, one epoll, plain sockets that are never waited for.

It must not be what is measured: reads are large and into one buffer that stays in the
processor's cache, nothing that comes is parsed, and every socket sends at once (TCP_NODELAY)
and acknowledges at once (TCP_QUICKACK; the kernel forgets that one, so it is set after each
read), or Nagle's algorithm in a server would be measured.

Knows sockets, not what goes over them.
"""

import contextlib
import errno
import os
import select
import socket
import time
from collections import deque
from collections.abc import Callable

from benchmarks.delivery_check import Void

BUFFER = 256 * 1024
MOST_EVENTS = 4096
SOURCES = 8
"""Loopback addresses that connections come from, so that ports do not run short."""

type Reader = Callable[[memoryview], None]


class Connection:
    """One socket. `reader` gets all that comes; the bytes are good until it returns."""

    __slots__ = ("_poll", "_socket", "_waiting", "fileno", "reader", "receive", "setsockopt")

    def __init__(self, poll: select.epoll, port: int, source: str, reader: Reader) -> None:
        self._poll = poll
        self._socket = socket.socket()
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # Closing resets: no TIME_WAIT holds a port of ours.
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self._socket.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
        self._socket.bind((source, 0))
        problem = self._socket.connect_ex(("127.0.0.1", port))
        if problem not in (0, errno.EINPROGRESS):
            raise Void(f"cannot connect: {os.strerror(problem)}")
        self.fileno = self._socket.fileno()
        self.reader = reader
        self.receive = self._socket.recv_into
        self.setsockopt = self._socket.setsockopt
        # Until it is connected it has, as far as we are concerned, a full buffer.
        self._waiting: deque[memoryview] = deque([memoryview(b"")])
        poll.register(self.fileno, select.EPOLLIN | select.EPOLLOUT)

    def send(self, data: bytes | memoryview) -> None:
        """Send, in order, without waiting. `data` must not change any more."""
        if self._waiting:
            self._waiting.append(memoryview(data))
            return
        taken = self._taken(data)
        if taken < len(data):
            self._waiting.append(memoryview(data)[taken:])
            self._poll.modify(self.fileno, select.EPOLLIN | select.EPOLLOUT)

    def flush(self) -> None:
        """The kernel takes more."""
        while self._waiting:
            data = self._waiting[0]
            taken = self._taken(data) if data else 0
            if taken < len(data):
                self._waiting[0] = data[taken:]
                return
            self._waiting.popleft()
        self._poll.modify(self.fileno, select.EPOLLIN)

    def _taken(self, data: bytes | memoryview) -> int:
        """How much of it the kernel takes now."""
        try:
            return self._socket.send(data)
        except BlockingIOError:
            return 0
        except OSError as problem:
            raise Void(f"a connection broke: {problem.strerror}") from problem

    def pause(self) -> None:
        """Read nothing any more; the kernel does not take much for it either."""
        self.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._poll.unregister(self.fileno)

    def close(self) -> None:
        """Gone at once."""
        with contextlib.suppress(OSError):  # paused: not registered any more
            self._poll.unregister(self.fileno)
        self._socket.close()


IP_BIND_ADDRESS_NO_PORT = 24
"""Linux, <linux/in.h>; not in Python's `socket` before 3.14."""


class Generator:
    """All connections of a run to the server at `port`."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._epoll = select.epoll()
        self._view = memoryview(bytearray(BUFFER))
        self._connections: dict[int, Connection] = {}
        self._opened = 0

    def connect(self, reader: Reader) -> Connection:
        """One more connection; what is sent before it stands is kept."""
        source = f"127.0.0.{2 + self._opened % SOURCES}"
        self._opened += 1
        one = Connection(self._epoll, self._port, source, reader)
        self._connections[one.fileno] = one
        return one

    def drop(self, one: Connection) -> None:
        """Close it."""
        del self._connections[one.fileno]
        one.close()

    def close(self) -> None:
        """Close all."""
        for one in list(self._connections.values()):
            self.drop(one)
        self._epoll.close()

    def turn(self, timeout: float = 0.0) -> None:
        """Read what has come, once from each; wait at most so many seconds if there is none.

        Raises `Void` when the server has closed a connection.
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
        """Turn until it is done. Raises `Void` when it is not within so many seconds."""
        deadline = time.monotonic() + within
        while not done():
            if time.monotonic() > deadline:
                raise Void(f"not within {within:.0f} s: {what}")
            self.turn(0.1)
