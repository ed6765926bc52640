"""When a host sends its next heartbeat: regularly, and at once when there is news.

A host that has just started learns of the others by their heartbeats. They send one as soon as
they hear it, so that the first members who join it are told of all hosts.
"""

import asyncio
from contextlib import suppress


class Pulse:
    """Waits between two heartbeats.

    Args:
        every: for how long, in seconds, while there is no news.
    """

    def __init__(self, every: float) -> None:
        self._every = every
        self._news = asyncio.Event()

    def hurry(self) -> None:
        """End this wait, or the next one, at once."""
        self._news.set()

    async def wait(self) -> None:
        """Wait until the next heartbeat is due."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), self._every)
        self._news.clear()
