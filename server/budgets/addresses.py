"""Which addresses count as one, for allowances.

Whoever has one IPv6 address has the 2^64 of its network, so a /64 counts as one. Not so in the
networks that this machine is in itself: there each neighbour has an address of its own, and a
class shares one /64.
"""

import socket
from collections.abc import Callable, Iterable
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from time import monotonic

import psutil

READ_EVERY = 60.0
"""Seconds after which the networks of this machine are read again: 0.3 ms."""

type Address = IPv4Address | IPv6Address


def parse(address: str) -> Address | None:
    """Return an address without zone, IPv4 where it is mapped; None if it is none."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    mapped = getattr(found, "ipv4_mapped", None)
    return mapped or found


@lru_cache(1024)
def is_loopback(address: str) -> bool:
    """Whether it is an address of this machine that no other machine can have."""
    found = parse(address)
    return found is not None and found.is_loopback


def wide_network(address: str) -> str:
    """Return the network that an address is likely to have been given with: its /16 or /48."""
    found = parse(address)
    if found is None:
        return address
    return str(ip_network((found, 16 if isinstance(found, IPv4Address) else 48), strict=False))


def own_addresses() -> set[Address]:
    """Return the addresses of this machine; none where the system does not tell."""
    try:
        interfaces = psutil.net_if_addrs()
    except (OSError, psutil.Error):
        return set()
    found = {
        parse(one.address)
        for addresses in interfaces.values()
        for one in addresses
        if one.family in (socket.AF_INET, socket.AF_INET6)
    }
    return {one for one in found if one is not None}


def own_networks() -> list[IPv6Network]:
    """Return the /64 networks that this machine is in; none where the system does not tell."""
    six = {one for one in own_addresses() if isinstance(one, IPv6Address)}
    return sorted({IPv6Network((one, 64), strict=False) for one in six})


class Grouping:
    """Maps an address to the one under which it is counted.

    Args:
        networks: returns the IPv6 networks in which each address counts for itself. They may
            change, so it is called again while IPv6 addresses come, once in `READ_EVERY`
            seconds: the key of an address may then change too.
        now: the clock, in monotonic seconds.
    """

    def __init__(
        self,
        networks: Callable[[], Iterable[IPv6Network]] = tuple,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._read = networks
        self._now = now
        self._networks = list(networks())
        self._read_at = now()
        self._cached = lru_cache(1024)(self._group)

    def group(self, address: str) -> str:
        """Return the key of an address: the address, or its /64. Any text is a key."""
        if ":" in address and self._now() - self._read_at >= READ_EVERY:
            self._read_at = self._now()
            networks = list(self._read())
            if networks != self._networks:
                self._networks = networks
                self._cached.cache_clear()
        return self._cached(address)

    def _group(self, address: str) -> str:
        found = parse(address)
        if found is None:
            return address
        if isinstance(found, IPv4Address) or found.is_loopback or found.is_link_local:
            return str(found)
        if any(found in network for network in self._networks):
            return str(found)
        return str(IPv6Network((found, 64), strict=False))
