"""The guests of a flood: raw sockets, so that a guest costs less than what it sends."""

import asyncio
import contextlib
import json
import re
import sys
from itertools import count

from tests.floods.kinds import KINDS, Flood, request

HANDSHAKE = (
    b"GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
_TOKEN = re.compile(rb'"token":"([^"]+)"')


class Guest:
    """One guest, from an address of its own."""

    def __init__(self, port: int, number: int, flood: Flood) -> None:
        self._port = port
        self._number = number
        self._flood = flood
        self._token: str | None = None
        self.connects = 0
        self.sent = 0

    async def run(self) -> None:
        """Send until cancelled; connect again when the connection ends."""
        while True:
            with contextlib.suppress(OSError, EOFError):
                await self._once()
            await asyncio.sleep(0.01)

    async def _once(self) -> None:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self._port, local_addr=(f"127.0.1.{self._number}", 0)
        )
        self.connects += 1
        reading = None
        try:
            writer.write(HANDSHAKE)
            await reader.readuntil(b"\r\n\r\n")
            if self._flood.joins:
                await self._join(reader, writer)
            if self._flood.reads:
                reading = asyncio.create_task(_discard(reader))
            await self._send(writer)
        finally:
            if reading is not None:
                reading.cancel()
            writer.transport.abort()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        fields = {"token": self._token} if self._token else {}
        name = f"guest{self._number}"
        writer.write(request("join", name=name, history=0, features=[], **fields))
        answer = b""
        while b'"members"' not in answer:
            data = await reader.read(65536)
            answer += data
            if not data or b'"refused"' in answer:
                if b"bad_token" in answer:
                    self._token = None
                await asyncio.sleep(0.5)
                raise EOFError
        found = _TOKEN.search(answer)
        assert found
        self._token = found[1].decode()

    async def _send(self, writer: asyncio.StreamWriter) -> None:
        data, piece = self._flood.data, self._flood.piece or len(self._flood.data)
        for _ in range(1) if self._flood.rejoins else count():
            for start in range(0, len(data), piece):
                writer.write(data[start : start + piece])
                await writer.drain()
                self.sent += piece
            await asyncio.sleep(0)
        await asyncio.sleep(0.05)


async def _discard(reader: asyncio.StreamReader) -> None:
    with contextlib.suppress(OSError):
        while await reader.read(1 << 20):
            pass


async def main(port: int, kind: str, guests: int, seconds: float) -> None:
    """Flood; print how often the guests connected, and how many bytes they sent."""
    crowd = [Guest(port, number + 1, KINDS[kind]) for number in range(guests)]
    tasks = [asyncio.create_task(guest.run()) for guest in crowd]
    await asyncio.sleep(seconds)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    sent = sum(guest.sent for guest in crowd)
    print(json.dumps({"connects": sum(guest.connects for guest in crowd), "bytes": sent}))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])))
