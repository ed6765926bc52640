"""Bind the listening sockets."""

import errno
import ipaddress
import socket
from collections.abc import Iterable, Sequence

BACKLOG = 1024
_PORT_TRIES = 20

EVERYTHING = ("0.0.0.0", "::")  # noqa: S104
"""The addresses that stand for all addresses of this computer."""


class BindError(Exception):
    """The server cannot listen on the address; the text says why."""


def bind(hosts: Sequence[str], port: int) -> list[socket.socket]:
    """Listen on each address of each host.

    Args:
        hosts: names or IP addresses of this computer; `*` is all its addresses.
        port: the port; 0 picks one that is free on all addresses.

    Raises:
        BindError: the text says what to change.
    """
    addresses = _resolve(hosts)
    host = ""
    for _ in range(_PORT_TRIES):
        bound: list[socket.socket] = []
        chosen = port
        try:
            for host, family, address in addresses:  # noqa: B007 - the error names it
                one = _bind_one(family, address, chosen)
                if one is not None:
                    bound.append(one)
                    chosen = one.getsockname()[1]
        except OSError as problem:
            for one in bound:
                one.close()
            if port == 0 and problem.errno == errno.EADDRINUSE:
                continue  # the port is free for IPv4 but not for IPv6: pick another
            raise BindError(_reason(host, port, problem)) from problem
        if bound:
            return bound
        break
    raise BindError(f"This computer cannot listen on {' or '.join(hosts)}.")


def _resolve(hosts: Sequence[str]) -> list[tuple[str, socket.AddressFamily, str]]:
    """Return (host, family, address) of all hosts, each address once."""
    found: dict[tuple[socket.AddressFamily, str], str] = {}
    for host in hosts:
        for family, address in _addresses(host):
            found.setdefault((family, address), host)
    everything = {family for family, address in found if address in EVERYTHING}
    return [
        (host, family, address)
        for (family, address), host in found.items()
        if family not in everything or address in EVERYTHING
    ]


def _addresses(host: str) -> Iterable[tuple[socket.AddressFamily, str]]:
    if host == "*":
        return zip((socket.AF_INET, socket.AF_INET6), EVERYTHING, strict=True)
    if host.lower() == "localhost":
        return [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")]
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError):
        raise BindError(f"This computer does not have the address {host}.") from None
    return [(family, str(address[0])) for family, *_, address in found]


def _bind_one(family: socket.AddressFamily, address: str, port: int) -> socket.socket | None:
    """Return a listening socket; None if IPv6 is switched off on this computer."""
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
        if problem.errno == errno.EADDRNOTAVAIL and address in ("::1", "::"):
            return None
        raise
    return one


def _reason(host: str, port: int, problem: OSError) -> str:
    if problem.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is in use. Is a room open already? Try --port 0."
    if problem.errno == errno.EACCES:
        return f"Port {port} is reserved for the administrator. Try --port 18000."
    if problem.errno == errno.EADDRNOTAVAIL:
        return f"This computer does not have the address {host}."
    return f"Cannot listen on {host}:{port}: {problem.strerror}."


def is_loopback(sockets: Sequence[socket.socket]) -> bool:
    """Whether only this computer can reach these sockets."""
    return all(ipaddress.ip_address(one.getsockname()[0]).is_loopback for one in sockets)
