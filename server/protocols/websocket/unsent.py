"""The bytes that were sent to the WebSocket clients of a worker, and that they have not read.

Only what is in memory for one connection alone counts: answers, and events that it missed. New
events are shared by all. A connection that is full gets no more; this bounds all together.
"""

import logging
from typing import Protocol

from server.budgets.refusals import Refusals

log = logging.getLogger(__name__)

COUNTED = 8 * 1024
"""Fewer bytes at once are not counted: a connection is full soon."""


class Holder(Protocol):
    """A connection."""

    def backlog(self) -> int:
        """Return the number of bytes that the client has not taken."""

    def end_as_slow(self) -> None:
        """End it at once; its member may resume."""


class Unsent:
    """The bytes that wait for the clients of one worker, about `most` at most."""

    def __init__(self, most: int, refusals: Refusals) -> None:
        self._most = most
        self._refusals = refusals
        self._held: dict[Holder, int] = {}  # whose bytes moved last stands last
        self._total = 0

    def hold(self, holder: Holder, size: int) -> None:
        """Note `size` bytes that were written to a connection.

        While all together keep too much, another one ends: whose bytes have not moved for
        longest.
        """
        if size < COUNTED:
            return
        self._put(holder, min(self.forget(holder) + size, holder.backlog()))
        while self._total > self._most and (oldest := next(iter(self._held))) is not holder:
            noted = self.forget(oldest)
            left = min(noted, oldest.backlog())
            if left < noted:
                self._put(oldest, left)
            else:
                self._refusals.count("slow")
                log.info("connection dropped reason=unsent_bytes")
                oldest.end_as_slow()

    def forget(self, holder: Holder) -> int:
        """Note that a connection keeps nothing; return what it was known to keep."""
        size = self._held.pop(holder, 0)
        self._total -= size
        return size

    def _put(self, holder: Holder, size: int) -> None:
        if size:
            self._held[holder] = size
            self._total += size
