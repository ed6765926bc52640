"""A small echo server in a thread: it sends each message to every member, with faults."""

import contextlib
import os
import selectors
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.machine import Cores
from benchmarks.peers import RunningPeer
from benchmarks.protocols import JoinStep, WireProtocol

PROTOCOL = WireProtocol(
    joining=lambda number: [JoinStep(b"hello\n", b"welcome\n")],
    frame=lambda texts: b"".join([b"%b\n" % text for text in texts]),
    ending=b"\n",
)

type EchoFault = Callable[[int, int, bytes], bytes]
"""Returns the bytes to send to a member for a message; both are given by number."""


def honest(member: int, message: int, line: bytes) -> bytes:
    """No fault."""
    return line


class Echo:
    """Send every message to every member, in one order."""

    def __init__(self, fault: EchoFault) -> None:
        self._fault = fault
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._stop, self._stopped = socket.socketpair()
        self._members: list[socket.socket] = []
        self._unread: dict[socket.socket, bytes] = {}
        self._messages = 0
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._listening, selectors.EVENT_READ)
            selector.register(self._stopped, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    one = key.fileobj
                    assert isinstance(one, socket.socket)
                    if one is self._stopped:
                        return
                    if one is self._listening:
                        client, _ = one.accept()
                        self._unread[client] = b""
                        selector.register(client, selectors.EVENT_READ)
                    elif not self._read(one):
                        selector.unregister(one)

    def _read(self, one: socket.socket) -> bool:
        try:
            data = one.recv(65536)
        except ConnectionResetError:
            return False
        *lines, self._unread[one] = (self._unread[one] + data).split(b"\n")
        for line in lines:
            if line == b"hello":
                self._members.append(one)
                one.sendall(b"welcome\n")
            else:
                for number, member in enumerate(self._members):
                    with contextlib.suppress(ConnectionError):  # the member left
                        member.sendall(self._fault(number, self._messages, line + b"\n"))
                self._messages += 1
        return bool(data)

    @contextmanager
    def running(self, folder: Path) -> Iterator[RunningPeer]:
        """Run it as a server of the benchmark."""
        self._thread.start()
        mine = frozenset(os.sched_getaffinity(0))
        try:
            yield RunningPeer(
                "echo", PROTOCOL, 5, self.port, os.getpid(), folder, Cores(mine, mine)
            )
        finally:
            self._stop.send(b".")
            self._thread.join()
            for one in (self._listening, self._stop, self._stopped, *self._unread):
                one.close()
