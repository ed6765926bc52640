"""Requests, and the beginnings of connections, take turns with all else that a worker does.

A connection may bring 32 requests in one read, and thousands of connections may begin at once.
Were all answered in one turn of the event loop, members would wait for seconds.
"""

import asyncio
from collections import deque
from collections.abc import Callable

A_TURN = 4
"""Requests or connections served in one turn of the event loop: 1 to 2 ms of work."""


class Turns:
    """Lets a few go on in each turn of the event loop, in the order of their coming."""

    def __init__(self, most: int = A_TURN) -> None:
        """Let at most `most` go on in a turn."""
        self._most = self._left = most
        self._waiting: deque[Callable[[], None]] = deque()
        self._scheduled = False

    async def wait(self) -> None:
        """Wait until a request may go on."""
        turn = asyncio.get_running_loop().create_future()

        def go() -> None:
            if not turn.done():  # its connection may have ended meanwhile
                turn.set_result(None)

        self.take(go)
        if not turn.done():
            await turn

    def take(self, go: Callable[[], None]) -> None:
        """Call `go` at once, or when those before it have had their turn."""
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._next)
        if self._left and not self._waiting:
            self._left -= 1
            go()
        else:
            self._waiting.append(go)

    def _next(self) -> None:
        loop = asyncio.get_running_loop()
        self._left = self._most
        while self._left and self._waiting:
            loop.call_soon(self._waiting.popleft())  # so that an error stays its own
            self._left -= 1
        self._scheduled = self._left < self._most
        if self._scheduled:
            loop.call_soon(self._next)
