"""A bad network: a TCP proxy on loopback that delays, cuts, drops or stalls.

It runs in a thread of its own; its public methods may be called from any thread. It never
changes or reorders the bytes that it passes on, so TCP keeps its guarantees in each mode.
"""

import asyncio
import contextlib
import socket
import struct
import threading
from dataclasses import dataclass, field
from typing import Literal

type Mode = Literal["pass", "delay", "bytewise", "stall", "drop"]
"""`delay`: 50 ms a piece; `bytewise`: one byte a segment; `stall`: the client's side gets
nothing from the server; `drop`: both sides may send, and nothing arrives."""

DELAY = 0.05
PIECE = 64 * 1024
_RESET = struct.pack("ii", 1, 0)


@dataclass(eq=False)
class _ProxiedConnection:
    """One connection through the proxy."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    lost: bool = False
    pumps: list[asyncio.Task[None]] = field(default_factory=list)


class Proxy:
    """Listen on `port` and pass connections on to the port `target` of `address`."""

    def __init__(self, target: int, address: str = "127.0.0.1") -> None:
        self.target = target
        self._address = address
        self.port = 0
        self._mode: Mode = "pass"
        self._pairs: set[_ProxiedConnection] = set()
        self._passing = asyncio.Event()
        self._open = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._thread.start()
        self._open.wait()

    # --- from any thread -------------------------------------------------------------------

    def set_mode(self, mode: Mode) -> None:
        """Set the mode. `pass` releases stalled bytes; dropped bytes stay lost."""
        self._loop.call_soon_threadsafe(self._set_mode, mode)

    def cut(self) -> None:
        """Reset every connection on both sides."""
        self._loop.call_soon_threadsafe(self._cut, True)

    def reset_clients(self) -> None:
        """Reset the clients' sides; the server's side stays open and silent."""
        self._loop.call_soon_threadsafe(self._cut, False)

    def close(self) -> None:
        """End the proxy."""
        self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join()

    # --- in its own ------------------------------------------------------------------------

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._closing = asyncio.Event()
        self._passing.set()
        server = await asyncio.start_server(self._pass, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._open.set()
        await self._closing.wait()
        self._passing.set()  # what waits in a stalled connection could not end
        server.close()
        pumps = [pump for pair in self._pairs for pump in pair.pumps]
        self._cut(True)
        await asyncio.gather(*pumps, return_exceptions=True)

    def _set_mode(self, mode: Mode) -> None:
        self._mode = mode
        if mode == "stall":
            self._passing.clear()
        else:
            self._passing.set()
        for pair in self._pairs:
            pair.lost |= mode == "drop"

    def _cut(self, both: bool) -> None:
        for pair in list(self._pairs):
            reset(pair.client)
            pair.lost = True
            if both:
                reset(pair.server)

    async def _pass(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        try:
            answers, server = await asyncio.open_connection(self._address, self.target)
        except OSError:
            reset(client)
            return
        pair = _ProxiedConnection(client, server, lost=self._mode == "drop")
        self._pairs.add(pair)
        up = asyncio.create_task(self._pump(pair, reader, server))
        down = asyncio.create_task(self._pump(pair, answers, client, answering=True))
        pair.pumps = [up, down]
        await asyncio.gather(up, down, return_exceptions=True)
        self._pairs.discard(pair)
        client.close()
        server.close()

    async def _pump(
        self,
        pair: _ProxiedConnection,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        answering: bool = False,
    ) -> None:
        """Copy one direction to its end; then close the other side, unless bytes were lost."""
        with contextlib.suppress(OSError):
            while data := await reader.read(PIECE):
                if answering:
                    await self._passing.wait()
                if self._mode == "delay":
                    await asyncio.sleep(DELAY)
                await self._write(pair, writer, data)
        if not pair.lost:
            writer.close()

    async def _write(
        self, pair: _ProxiedConnection, writer: asyncio.StreamWriter, data: bytes
    ) -> None:
        size = 1 if self._mode == "bytewise" else len(data)
        for start in range(0, len(data), size):
            if pair.lost or writer.is_closing():
                return
            writer.write(data[start : start + size])
            await asyncio.sleep(0)
        await writer.drain()


def reset(writer: asyncio.StreamWriter) -> None:
    """End a connection at once."""
    one: socket.socket | None = writer.get_extra_info("socket")
    if one is not None and one.fileno() >= 0:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()
