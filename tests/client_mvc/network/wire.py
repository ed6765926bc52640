"""A started network thread, for the tests of the network."""

import asyncio
import time
from queue import Empty, SimpleQueue

import pytest

from client_mvc.network import api, api_files
from client_mvc.network.thread import NetworkThread
from shared.joinlink import Address

WITHIN = 10.0


class Wire:
    """A started network thread, and the events it told so far."""

    def __init__(self) -> None:
        self.queue: SimpleQueue[api.SessionEvent] = SimpleQueue()
        self.network = NetworkThread(self.queue)
        self.network.start()
        self.told: list[api.NetworkEvent] = []

    async def until[T](self, kind: type[T]) -> T:
        """Return the next event of this kind."""
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
        """Return the fractions of the upload progress told so far."""
        return [
            each.fraction for each in self.told if isinstance(each, api_files.UploadProgress)
        ]

    async def join(self, address: Address) -> None:
        self.network.connect(1, api.JoinOptions(address, "alice"))
        await self.until(api.CaughtUp)
