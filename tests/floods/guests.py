"""The guests of a flood: raw sockets, so that a guest costs less than what it sends."""

import asyncio
import contextlib
import json
import re
import sys
from itertools import count

from tests.floods.kinds import HANDSHAKE, KINDS, NUMBER, ROUND, TOKEN, Flood, Then, request

_TOKEN = re.compile(rb'"token":"([^"]+)"')
_APART = Flood(b"", joins=True, then=Then.STAYS)


class Guest:
    """One guest, from an address of its own."""

    def __init__(self, port: int, number: int, flood: Flood) -> None:
        self._port = port
        self._number = number
        self._flood = flood
        self._token: str | None = None
        self._joined = asyncio.Event()
        self.connects = 0
        self.sent = 0

    async def run(self) -> None:
        """Send until cancelled; connect again when a connection ends."""
        async with asyncio.TaskGroup() as group:
            if self._flood.apart:
                group.create_task(self._connection(0, _APART))
                await self._joined.wait()
            for number in range(self._flood.connections):
                group.create_task(self._connection(number, self._flood))

    async def _connection(self, number: int, flood: Flood) -> None:
        pause = 0.0 if flood.then is Then.CLOSES else 0.01
        for again in count():
            with contextlib.suppress(OSError, EOFError):
                await self._once(number * 7 + again, flood)
            await asyncio.sleep(pause)

    async def _once(self, number: int, flood: Flood) -> None:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self._port, local_addr=(f"127.0.1.{self._number}", 0)
        )
        self.connects += 1
        try:
            writer.write(flood.opens)
            if flood.opens == HANDSHAKE:
                await reader.readuntil(b"\r\n\r\n")
            if flood.joins and (self._flood.apart is (flood is _APART)):
                await self._join(reader, writer)
            await self._send(reader, writer, number, flood)
        finally:
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
        self._joined.set()

    async def _send(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        number: int,
        flood: Flood,
    ) -> None:
        template = flood.data.replace(NUMBER, b"%02d%03d" % (self._number, number % 1000))
        template = template.replace(TOKEN, (self._token or "").encode())
        piece = flood.piece or len(template) or 1
        reading = None
        if flood.reads and flood.then in (Then.AGAIN, Then.STAYS):
            reading = asyncio.create_task(_discard(reader))
        try:
            for again in count():
                if reading is not None and reading.done():
                    return
                data = template.replace(ROUND, b"%05d" % (again % 100_000))
                for start in range(0, len(data), piece):
                    writer.write(data[start : start + piece])
                    await writer.drain()
                    self.sent += piece
                    if flood.piece:
                        await asyncio.sleep(0)
                if flood.then is Then.STAYS and reading is not None:
                    await reading
                if flood.then in (Then.ANSWERED, Then.ENDS) and not await reader.read(1 << 20):
                    return
                if flood.then in (Then.CLOSES, Then.ENDS):
                    return
                await asyncio.sleep(0)
        finally:
            if reading is not None:
                reading.cancel()


async def _discard(reader: asyncio.StreamReader) -> None:
    with contextlib.suppress(OSError):
        while await reader.read(1 << 20):
            pass


async def main(port: int, kind: str, guests: int, seconds: float) -> None:
    """Flood; print how often the guests connected, and how many bytes they sent."""
    crowd = [Guest(port, number + 1, KINDS[kind]) for number in range(guests)]
    tasks = [asyncio.create_task(guest.run()) for guest in crowd]
    failed, _ = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    for task in failed:
        task.result()
    sent = sum(guest.sent for guest in crowd)
    print(json.dumps({"connects": sum(guest.connects for guest in crowd), "bytes": sent}))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])))
