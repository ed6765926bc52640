"""When the next batch goes to a log that takes its time.

Requests that come while a batch is on its way make up the next. Under load members answer what
they just got, a moment behind it: half of their messages would always be on their way in one
batch and half in the next, and two small entries cost all hosts much more than one large one.
So a batch waits for those; but not where few send, and not for long.
"""

import asyncio
from collections.abc import Callable

MANY = 8
"""So many requests in a batch are load. Behind fewer, the next batch goes at once."""
SHARE = 0.5
"""Of the time that the last batch took, the longest for which the next one waits behind it."""
AT_MOST = 0.010
"""Seconds for which it waits at most."""


class Pace:
    """The pace of one gateway. Lives on the room process's event loop.

    Args:
        go: is called when a batch has waited for long enough.
        now: gives monotonic seconds.
    """

    def __init__(self, go: Callable[[], None], now: Callable[[], float]) -> None:
        self._go = go
        self._now = now
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._size = 0
        self._went = 0.0
        self._until = 0.0
        self._enough = 0

    def went(self, requests: int, left: int) -> None:
        """Note that a batch of so many requests goes to the log, and so many did not fit in."""
        self._size, self._went, self._enough = (0 if left else requests), self._now(), 0

    def came_back(self, waiting: int) -> None:
        """Note that it was carried out, while so many requests wait for the next one."""
        if self._size >= MANY:
            now = self._now()
            self._until = now + min(SHARE * (now - self._went), AT_MOST)
            self._enough = self._size + waiting
        self._size = 0

    def waits(self, waiting: int) -> bool:
        """Return whether a batch of so many requests waits for more; `go` is called then."""
        if waiting >= self._enough:
            return False
        wait = self._until - self._now()
        if wait > 0 and self._timer is None:
            self._timer = self._loop.call_later(wait, self._over)
        return wait > 0

    def _over(self) -> None:
        self._timer = None
        self._go()

    def close(self) -> None:
        """Call nothing any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
