"""Binds, accepts, admits by address, and hands each connection to a worker.

Runs in the supervisor's event loop. Knows addresses and how full the workers are; a byte
that a client sends is never read here.
"""

import asyncio
import errno
import ipaddress
import logging
import socket
from collections import Counter
from collections.abc import Callable, Sequence

log = logging.getLogger(__name__)

BACKLOG = 1024
ACCEPT_AT_ONCE = 64
PAUSE = 0.2
_PORT_TRIES = 20


class BindError(Exception):
    """The address cannot be listened on; the text says why."""


def bind(host: str, port: int) -> list[socket.socket]:
    """A socket for each address of `host`, all on one port; 0 picks one. Raises `BindError`."""
    addresses = _resolve(host)
    for _ in range(_PORT_TRIES):
        bound: list[socket.socket] = []
        chosen = port
        try:
            for family, address in addresses:
                one = _bind_one(family, address, chosen)
                if one is not None:
                    bound.append(one)
                    chosen = one.getsockname()[1]
        except OSError as problem:
            for one in bound:
                one.close()
            if port == 0 and problem.errno == errno.EADDRINUSE:
                continue  # free on one family, taken on the other: pick again
            raise BindError(_why(host, port, problem)) from problem
        if bound:
            return bound
        break
    raise BindError(f"This machine cannot listen on {host}.")


def _resolve(host: str) -> list[tuple[socket.AddressFamily, str]]:
    if host == "localhost":
        return [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")]
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError):
        raise BindError(f"{host!r} is no address of this machine.") from None
    return list(dict.fromkeys((family, str(address[0])) for family, *_, address in found))


def _bind_one(family: socket.AddressFamily, address: str, port: int) -> socket.socket | None:
    """None where this machine has no such address (IPv6 switched off, for one)."""
    try:
        one = socket.socket(family, socket.SOCK_STREAM)
    except OSError:
        return None
    try:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        one.bind((address, port))
        one.listen(BACKLOG)
        one.setblocking(False)
    except OSError as problem:
        one.close()
        if problem.errno == errno.EADDRNOTAVAIL and address == "::1":
            return None
        raise
    return one


def _why(host: str, port: int, problem: OSError) -> str:
    if problem.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is in use. Is a room open already? Try --port 0."
    if problem.errno == errno.EACCES:
        return f"Port {port} needs more rights than this user has. Try a port over 1023."
    if problem.errno == errno.EADDRNOTAVAIL:
        return f"{host!r} is no address of this machine."
    return f"Cannot listen on {host}:{port}: {problem.strerror}."


def is_loopback(sockets: Sequence[socket.socket]) -> bool:
    """Whether only this machine can reach these."""
    return all(ipaddress.ip_address(one.getsockname()[0]).is_loopback for one in sockets)


def outside_address(host: str) -> str:
    """`host`, or where others find this machine if it stands for all of its addresses."""
    try:
        if not ipaddress.ip_address(host).is_unspecified:
            return host
    except ValueError:
        return host
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Connecting a datagram socket sends nothing; it only asks the routing table. The
    # addresses are those set aside for documentation (RFC 5737, RFC 3849).
    probe = "2001:db8::1" if family == socket.AF_INET6 else "192.0.2.1"
    with socket.socket(family, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect((probe, 9))
        except OSError:
            return socket.gethostname()
        return str(asking.getsockname()[0])


class Listener:
    """Accepts on `sockets` and offers what is admitted.

    `offer` takes a connection and its number and says whether a worker was there to take
    it. `most` connections for each address, 0 for any number.
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
        """Accept from now on."""
        self._pause = None
        for one in self._sockets:
            self._loop.add_reader(one, self._accept, one)

    def stop(self) -> None:
        """Accept no more, for good."""
        self._unwatch()
        if self._pause is not None:
            self._pause.cancel()
        for one in self._sockets:
            one.close()

    def ended(self, number: int) -> None:
        """A connection is over."""
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
                log.warning("accepting pauses: %s", problem.strerror)
                self._wait()
                return
            if not self._admit(client, str(peer[0])):
                self._wait()
                return

    def _admit(self, client: socket.socket, address: str) -> bool:
        """False if no worker can take connections just now."""
        if self._most and self._open[address] >= self._most:
            log.info("refused a connection from %s: it has %d", address, self._most)
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

    def _wait(self) -> None:
        """Leave new connections to the kernel's queue for a moment."""
        self._unwatch()
        if self._pause is None:
            self._pause = self._loop.call_later(PAUSE, self.start)

    def _unwatch(self) -> None:
        for one in self._sockets:
            self._loop.remove_reader(one)
