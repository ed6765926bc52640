"""The network between a tab and the server: slow, cut, or that of a computer that sleeps."""

import asyncio

from tests.faults.proxy import Proxy, _ProxiedConnection, reset


class Network(Proxy):
    """A proxy that tells WebSockets from other connections. `passed`: bytes to the server."""

    passed = 0

    def sleep(self) -> None:
        """Let open WebSockets seem open, without passing a byte ever again.

        Other connections end: the server closes them when they are idle for 15 seconds.
        """
        self._loop.call_soon_threadsafe(self._sleep)

    def _sleep(self) -> None:
        for pair in list(self._pairs):
            pair.lost = True
            if pair not in self._sockets:
                reset(pair.client)

    async def _serve(self) -> None:
        self._sockets: set[_ProxiedConnection] = set()
        await super()._serve()

    async def _write(
        self, pair: _ProxiedConnection, writer: asyncio.StreamWriter, data: bytes
    ) -> None:
        if data.startswith(b"GET /ws"):
            self._sockets.add(pair)
        if writer is pair.server:
            self.passed += len(data)
        await super()._write(pair, writer, data)
