"""TLS for bots: a port on loopback whose connections go on over TLS to another port.

It stands between a bot and its proxy, so the proxy's faults meet TLS. It runs in a thread of
its own.
"""

import asyncio
import contextlib
import threading

from tests.faults.proxy import PIECE, reset
from tests.support.protocol_client import ANY_CERTIFICATE

HANDSHAKE_WITHIN = 10.0
CLOSED_WITHIN = 1.0


class Tunnel:
    """Listen on `port` and pass connections on to the port `target`, over TLS."""

    def __init__(self, target: int) -> None:
        self._target = target
        self.port = 0
        self._open = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._thread.start()
        self._open.wait()

    def close(self) -> None:
        """End the tunnel."""
        self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._closing = asyncio.Event()
        server = await asyncio.start_server(self._pass, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._open.set()
        await self._closing.wait()
        server.close()

    async def _pass(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        try:
            answers, server = await asyncio.open_connection(
                "127.0.0.1",
                self._target,
                ssl=ANY_CERTIFICATE,
                ssl_handshake_timeout=HANDSHAKE_WITHIN,
                ssl_shutdown_timeout=CLOSED_WITHIN,
            )
        except OSError:  # ssl's errors are OSErrors
            reset(client)
            return
        await asyncio.gather(_pump(reader, server), _pump(answers, client))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy to the end, then close the other side; reset it where this one was reset."""
    try:
        while data := await reader.read(PIECE):
            writer.write(data)
            await writer.drain()
    except OSError:
        reset(writer)
    else:
        with contextlib.suppress(OSError):
            writer.close()
            await writer.wait_closed()
