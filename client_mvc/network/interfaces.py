"""Whether this computer got a network it had not: Wi-Fi is back, the cable is in again.

Looks at the addresses of its own interfaces; sends nothing. Knows no room and no connection.
"""

import logging
import socket
from collections.abc import Callable

import psutil

log = logging.getLogger(__name__)

EVERY = 1.0
"""Worth a look so often, in seconds: it costs less than a millisecond."""

type Addresses = frozenset[tuple[str, str]]
"""Interface and address, of those interfaces that are up."""

_FAMILIES = (socket.AF_INET, socket.AF_INET6)


def addresses() -> Addresses:
    """What this computer can be reached by just now; nothing when it does not tell."""
    try:
        up = {name for name, state in psutil.net_if_stats().items() if state.isup}
        found = psutil.net_if_addrs()
    except (OSError, psutil.Error) as problem:
        log.debug("the network interfaces are not told: %s", problem)
        return frozenset()
    return frozenset(
        (name, each.address)
        for name in up
        for each in found.get(name, ())
        if each.family in _FAMILIES
    )


class Lookout:
    """Begins with the network as it is; `gained` compares with the last look."""

    def __init__(self, look: Callable[[], Addresses] = addresses) -> None:
        self._look = look
        self._known = look()

    def gained(self) -> bool:
        """Whether an address is there that was not there at the last look."""
        before, self._known = self._known, self._look()
        return bool(self._known - before)
