"""Accept connections, limit them per address, pass them to workers.

It runs in the event loop of the supervisor. It never reads a byte that a client sends.
"""

import asyncio
import logging
import socket
from collections import Counter
from collections.abc import Callable, Sequence

log = logging.getLogger(__name__)

ACCEPT_AT_ONCE = 64
PAUSE = 0.2
"""Seconds without accepting after an error, or when no worker is ready."""


class Listener:
    """Accept connections and offer them to the workers.

    Args:
        sockets: the listening sockets.
        offer: gets the number of a connection and its socket; False if no worker is ready.
        most: the most connections from one address; 0 is no limit.
    """

    def __init__(
        self,
        sockets: Sequence[socket.socket],
        offer: Callable[[int, socket.socket], bool],
        most: int = 0,
    ) -> None:
        self._sockets = sockets
        self._offer = offer
        self._most = most
        self._loop = asyncio.get_running_loop()
        self._number = 0
        self._addresses: dict[int, str] = {}
        self._open: Counter[str] = Counter()
        self._pause: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Start to accept."""
        self._pause = None
        for one in self._sockets:
            self._loop.add_reader(one, self._accept, one)

    def stop(self) -> None:
        """Stop accepting and close the sockets."""
        self._remove_readers()
        if self._pause is not None:
            self._pause.cancel()
        for one in self._sockets:
            one.close()

    def ended(self, number: int) -> None:
        """Note that a connection has ended, so that its address may open another."""
        address = self._addresses.pop(number, None)
        if address is not None:
            self._open[address] -= 1
            if not self._open[address]:
                del self._open[address]

    def _accept(self, listening: socket.socket) -> None:
        for _ in range(ACCEPT_AT_ONCE):
            try:
                client, peer = listening.accept()
            except (BlockingIOError, ConnectionAbortedError, InterruptedError):
                return
            except OSError as problem:
                log.warning("accept failed error=%r action=pause", problem.strerror)
                self._pause_accepting()
                return
            if not self._admit(client, str(peer[0])):
                self._pause_accepting()
                return

    def _admit(self, client: socket.socket, address: str) -> bool:
        """Offer a connection, unless its address has too many; False if no worker is ready."""
        if self._most and self._open[address] >= self._most:
            log.info("connection refused address=%s connections=%d", address, self._most)
            client.close()
            return True
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._number += 1
        self._addresses[self._number] = address
        self._open[address] += 1
        if self._offer(self._number, client):
            return True
        self.ended(self._number)
        client.close()
        return False

    def _pause_accepting(self) -> None:
        """Leave new connections in the queue of the kernel for `PAUSE` seconds."""
        self._remove_readers()
        if self._pause is None:
            self._pause = self._loop.call_later(PAUSE, self.start)

    def _remove_readers(self) -> None:
        for one in self._sockets:
            self._loop.remove_reader(one)
