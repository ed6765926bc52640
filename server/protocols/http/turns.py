"""Requests take turns with everything else that a worker does.

A connection may bring 32 requests in one read, and hundreds of connections may do so at once.
Were all answered in one turn of the event loop, members would wait for seconds.
"""

import asyncio
from collections import deque

A_TURN = 4
"""Requests answered in one turn of the event loop: 1 to 2 ms of work."""


class Turns:
    """Lets `A_TURN` requests go on in each turn of the event loop, in the order of their
    coming.
    """

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._left = A_TURN
        self._scheduled = False

    async def wait(self) -> None:
        """Wait until a request may go on."""
        loop = asyncio.get_running_loop()
        if not self._scheduled:
            self._scheduled = True
            loop.call_soon(self._next)
        if self._left and not self._waiting:
            self._left -= 1
            return
        turn = loop.create_future()
        self._waiting.append(turn)
        await turn

    def _next(self) -> None:
        self._left = A_TURN
        while self._left and self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():  # its connection ended meanwhile
                turn.set_result(None)
                self._left -= 1
        self._scheduled = self._left < A_TURN
        if self._scheduled:
            asyncio.get_running_loop().call_soon(self._next)
