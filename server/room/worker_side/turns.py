"""Turns: one at a time, fair between members, however much one of them wants.

Knows neither who the members are nor what they do.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
    """Members take turns. Of each, the next one waits behind the others who wait already."""

    def __init__(self) -> None:
        self._taken = False
        self._waiting: dict[int, deque[asyncio.Future[None]]] = {}

    @asynccontextmanager
    async def turn(self, member: int) -> AsyncIterator[None]:
        """Wait for a turn of this member; it lasts for the block."""
        if self._taken:
            await self._wait(member)
        self._taken = True
        try:
            yield
        finally:
            self._pass_on(member)

    async def _wait(self, member: int) -> None:
        mine = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(member, deque()).append(mine)
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():
                self._pass_on(member)
            raise

    def _pass_on(self, member: int) -> None:
        """Give the turn to the member who waits longest; the one who had it waits last."""
        if member in self._waiting:
            self._waiting[member] = self._waiting.pop(member)
        while self._waiting:
            chosen = next(iter(self._waiting))
            queue = self._waiting[chosen]
            turn = queue.popleft()
            if not queue:
                del self._waiting[chosen]
            if not turn.done():
                turn.set_result(None)
                return
        self._taken = False
