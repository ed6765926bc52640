"""Ends connections whose client does not take what was sent to it.

Neither an unread answer nor a closing connection holds a file descriptor for ever. WebSockets
have a rule of their own (`websocket/connection.py`).
"""

import asyncio
import logging
from dataclasses import dataclass

log = logging.getLogger(__name__)

CHECK_EVERY = 5.0


@dataclass(slots=True)
class _Watched:
    unsent: int
    since: float


class Stalls:
    """The HTTP connections of a worker; `takes_nothing` is in seconds."""

    def __init__(self, takes_nothing: float) -> None:
        self._takes_nothing = takes_nothing
        self._watched: dict[asyncio.Transport, _Watched] = {}

    def watch(self, transport: asyncio.Transport, now: float) -> None:
        """Watch a connection until it has ended."""
        self._watched[transport] = _Watched(0, now)

    def progressed(self, transport: asyncio.BaseTransport | None, now: float) -> None:
        """Note that the client has taken something, though as much was added since."""
        if watched := self._watched.get(transport):  # type: ignore[call-overload]
            watched.since = now

    def forget(self, transport: asyncio.BaseTransport | None) -> None:
        """Watch a connection no longer."""
        self._watched.pop(transport, None)  # type: ignore[call-overload]

    def check(self, now: float) -> int:
        """End those that took nothing for too long; return how many."""
        ended = 0
        for transport, watched in list(self._watched.items()):
            unsent = transport.get_write_buffer_size()
            if not unsent and transport.is_closing():
                del self._watched[transport]
            elif not unsent or unsent != watched.unsent:
                watched.unsent, watched.since = unsent, now
            elif now - watched.since >= self._takes_nothing:
                log.info("connection dropped reason=takes_nothing unsent=%d", unsent)
                del self._watched[transport]
                transport.abort()
                ended += 1
        return ended
