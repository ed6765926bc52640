"""Accept connections, limit them per address, pass them to workers.

It runs in the event loop of the supervisor. It never reads a byte that a client sends.
`connections.py` decides who may come and who has to go.
"""

import asyncio
import logging
import socket
from collections.abc import Callable, Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network
from typing import Protocol

from server.budgets.addresses import Grouping, own_networks, parse
from server.budgets.refusals import Refusals
from server.budgets.table import budgets
from server.connections.kind import Kind
from server.processes.connections import Connections
from server.processes.outage_log import OutageLog
from server.settings import Settings

log = logging.getLogger(__name__)

ACCEPT_AT_ONCE = 64
PAUSE = 0.2
"""Seconds without accepting after an error, or when no worker is ready."""
LONGEST_PAUSE = 2.0
"""The pause doubles up to this while errors go on."""


class Workers[Worker](Protocol):
    """The workers as the listener knows them."""

    def choose(self) -> Worker | None:
        """Return the worker that gets the next connection; None while none takes any."""

    def is_full(self, worker: Worker) -> bool:
        """Whether another must end for each further connection of this worker."""

    def is_overfull(self, worker: Worker) -> bool:
        """Whether it cannot wait for another to end either."""

    def give(self, worker: Worker, number: int, client: socket.socket) -> None:
        """Pass a connection to a worker."""

    def push_out(self, number: int) -> None:
        """Tell the worker of a connection to close it."""


class Listener[Worker]:
    """Accept connections and give them to the workers.

    Args:
        sockets: the listening sockets.
        workers: those that serve the connections.
        settings: the allowances of an address follow from them.
        refusals: counts the connections that are refused and pushed out.
    """

    def __init__(
        self,
        sockets: Sequence[socket.socket],
        workers: Workers[Worker],
        settings: Settings,
        refusals: Refusals,
    ) -> None:
        self._sockets = sockets
        self._workers = workers
        self._refusals = refusals
        self._loop = asyncio.get_running_loop()
        self._outages = OutageLog(log)
        self._number = 0
        self._connections = Connections(
            budgets(settings),
            settings.max_connections,
            Grouping(own_networks).group,
            _is_in(settings.trusted_proxy),
        )
        self._pause: asyncio.TimerHandle | None = None
        self._failures = 0

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

    def changed(self, number: int, kind: Kind) -> None:
        """Note what a connection is used for now."""
        pushed_out = self._connections.changed(number, kind, self._loop.time())
        self._push_out(pushed_out, "unjoined" if kind is Kind.UNJOINED else "connections")

    def ended(self, number: int) -> None:
        """Note that a connection has ended, so that its address may open another."""
        self._connections.ended(number)

    def _accept(self, listening: socket.socket) -> None:
        for _ in range(ACCEPT_AT_ONCE):
            worker = self._workers.choose()
            if worker is None:
                self._pause_accepting(PAUSE)
                return
            try:
                client, peer = listening.accept()
            except (BlockingIOError, ConnectionAbortedError, InterruptedError):
                return
            except OSError as problem:
                self._outages.failed(
                    "accept failed", f"error={problem.strerror!r} action=pause"
                )
                self._pause_accepting(min(PAUSE * 2.0**self._failures, LONGEST_PAUSE))
                self._failures = min(self._failures + 1, 10)
                return
            self._failures = 0
            self._admit(worker, client, str(peer[0]))

    def _admit(self, worker: Worker, client: socket.socket, address: str) -> None:
        """Give a connection to a worker, or close it."""
        if self._workers.is_overfull(worker):
            self._refuse(client, address, "descriptors")
            return
        number = self._number = self._number + 1
        now = self._loop.time()
        full = self._workers.is_full(worker)
        decision = self._connections.enter(number, address, now, full=full)
        if decision.refused:
            self._refuse(client, address, decision.refused)
            return
        self._push_out(decision.pushed_out, decision.why)
        try:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError:  # macOS: the client has disconnected already
            self._connections.ended(number)
            client.close()
            return
        self._workers.give(worker, number, client)

    def _refuse(self, client: socket.socket, address: str, why: str) -> None:
        client.close()
        self._refusals.count(why)
        self._outages.failed(f"connection refused reason={why}", f"address={address}")

    def _push_out(self, numbers: Sequence[int], why: str) -> None:
        for number in numbers:
            self._workers.push_out(number)
            self._refusals.count(why)
            address = self._connections.address(number)
            self._outages.failed(f"oldest connection closed reason={why}", f"address={address}")

    def _pause_accepting(self, seconds: float) -> None:
        """Leave new connections in the queue of the kernel for a moment."""
        self._remove_readers()
        if self._pause is None:
            self._pause = self._loop.call_later(seconds, self.start)

    def _remove_readers(self) -> None:
        for one in self._sockets:
            self._loop.remove_reader(one)


def _is_in(networks: Sequence[IPv4Network | IPv6Network]) -> Callable[[str], bool]:
    """Return a function that says whether an address is in one of the networks."""

    @lru_cache(1024)
    def is_in(address: str) -> bool:
        found = parse(address)
        return found is not None and any(found in network for network in networks)

    return is_in
