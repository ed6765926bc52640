"""What the HTTP connections of a worker have sent and no request has read yet.

A client may send the body of a request before the server knows whether it wants it, and more
requests behind it. A connection keeps one read of that; this bounds what all keep together, and
what is thrown away.
"""

import logging
from collections.abc import Callable
from typing import Protocol

from server.budgets.buckets import TokenBucket
from server.budgets.refusals import Refusals
from server.budgets.table import Budgets

log = logging.getLogger(__name__)

MOST_WAIT = 1.0
"""Seconds that a connection waits at most until more of its bytes may be thrown away."""


class Holder(Protocol):
    """A connection."""

    def end(self) -> None:
        """End it at once."""


class Unread:
    """The unread bytes of one worker."""

    def __init__(self, budgets: Budgets, refusals: Refusals, now: Callable[[], float]) -> None:
        self._most = budgets.unread
        self._dropped = TokenBucket(*budgets.dropped, now())
        self._refusals = refusals
        self._now = now
        self._held: dict[Holder, int] = {}
        self._total = 0

    def hold(self, holder: Holder, size: int) -> None:
        """Note how many bytes a connection keeps.

        While all together keep too much, the one ends whose bytes have not moved for longest.
        """
        self._total += size - self._held.pop(holder, 0)
        if size:
            self._held[holder] = size
        while self._total > self._most:
            oldest = next(iter(self._held))
            self._total -= self._held.pop(oldest)
            self._refusals.count("bytes")
            log.info("connection dropped reason=unread_bytes")
            oldest.end()

    def drop(self, size: int) -> float | None:
        """Note bytes that are thrown away.

        Returns:
            The seconds to wait before more are read; None if the connection has to end, since
            so many others wait already. While it waits, it would not be seen that its client
            is gone.
        """
        now = self._now()
        if self._dropped.wait(now, 0) > MOST_WAIT:
            self._refusals.count("bytes")
            log.info("connection dropped reason=dropped_bytes")
            return None
        return self._dropped.spend(now, size)
