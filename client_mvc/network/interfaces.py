"""Whether this computer got a new network address: Wi-Fi is back, the cable is in again.

Reads the addresses of its own interfaces; sends nothing.
"""

import contextlib
import logging
import socket
from collections.abc import Callable
from ipaddress import IPv4Interface, IPv6Address, IPv6Interface

import psutil

log = logging.getLogger(__name__)

EVERY = 1.0
"""Seconds between two looks; one takes less than a millisecond."""

type Addresses = frozenset[tuple[str, str]]
"""Name and address of each interface that is up."""

_FAMILIES = (socket.AF_INET, socket.AF_INET6)


def addresses() -> Addresses:
    """Return the addresses of this computer; none where the system does not tell."""
    try:
        up = {name for name, state in psutil.net_if_stats().items() if state.isup}
        found = psutil.net_if_addrs()
    except (OSError, psutil.Error) as error:
        log.debug("interfaces unknown error=%s", error)
        return frozenset()
    return frozenset(
        (name, each.address)
        for name in up
        for each in found.get(name, ())
        if each.family in _FAMILIES
    )


def networks() -> tuple[IPv4Interface | IPv6Interface, ...]:
    """Return the addresses of this computer with their networks, without those of loopback."""
    try:
        up = {name for name, state in psutil.net_if_stats().items() if state.isup}
        found = psutil.net_if_addrs()
    except (OSError, psutil.Error) as error:
        log.debug("interfaces unknown error=%s", error)
        return ()
    read = (
        _network(each.address, each.netmask)
        for name in up
        for each in found.get(name, ())
        if each.family in _FAMILIES
    )
    return tuple(one for one in read if one is not None and not one.is_loopback)


def _network(address: str, mask: str | None) -> IPv4Interface | IPv6Interface | None:
    """Return an address with its network, which is the address alone if it has no mask."""
    plain = address.partition("%")[0]
    with contextlib.suppress(ValueError):
        if ":" in plain:
            bits = int(IPv6Address(mask or "::")).bit_count() or 128
            return IPv6Interface(f"{plain}/{bits}")
        return IPv4Interface(f"{plain}/{mask or 32}")
    return None


class InterfaceWatch:
    """Compares the addresses with those of the last look; the first look is now."""

    def __init__(self, look: Callable[[], Addresses] = addresses) -> None:
        self._look = look
        self._known = look()

    def gained(self) -> bool:
        """Return whether there is an address that was not there at the last look."""
        before, self._known = self._known, self._look()
        return bool(self._known - before)
