"""A started network thread, for the tests of the network."""

import asyncio
import time
from queue import Empty, SimpleQueue

import pytest

from client_mvc import news
from client_mvc.network import NetworkThread
from shared.joinlink import Address

WITHIN = 10.0


class Wire:
    """A started network thread, and what it told so far."""

    def __init__(self) -> None:
        self.queue: SimpleQueue[news.Told] = SimpleQueue()
        self.network = NetworkThread(self.queue)
        self.network.start()
        self.told: list[news.News] = []

    async def until[T](self, kind: type[T]) -> T:
        """The next news of this kind."""
        deadline = time.monotonic() + WITHIN
        while True:
            try:
                _, told = await asyncio.to_thread(
                    self.queue.get, timeout=max(0.0, deadline - time.monotonic())
                )
            except Empty:
                pytest.fail(f"no {kind.__name__}; there was {self.told}")
            self.told.append(told)
            if isinstance(told, kind):
                return told

    def fractions(self) -> list[float]:
        """How far uploads were, by what was told so far."""
        return [each.fraction for each in self.told if isinstance(each, news.UploadProgress)]

    async def join(self, address: Address) -> None:
        self.network.connect(1, news.Ticket(address, "alice"))
        await self.until(news.CaughtUp)
