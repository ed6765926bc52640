"""One member at the top of every allowance: messages, changes, questions, uploads, joins.

The numbers are those of `server/budgets/table.py` with `--max-users 100` and the usual rate.
"""

import asyncio
import contextlib
import json
import random
import re
import string
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from itertools import count

from shared.emoji import USUAL
from tests.floods.kinds import HANDSHAKE, frame, http, request

ADDRESS = "127.0.1.1"
TICKS = 20
"""A second: one message in each, as `--rate` allows."""
LONG_AT = 0, 10
"""Ticks of a second in which a message has 8,000 characters; the others fill up 20 KiB."""
FRAGMENTS = 50
"""Of a message, ten times a second. It is no request, so it uses up the errors too."""
FILE_BYTES = 256 * 1024
PAGES, CONNECTS, UPLOADS, JOINS = 50, 20, 2, 100 / 60
"""A second."""

_TOKEN = re.compile(rb'"token":"([^"]+)"')
_CODE = re.compile(rb'"code":"(\w+)"')
# Its own messages, under whatever name it had then.
_OWN = re.compile(rb'"said","seq":(\d+),"at":"[^"]*","member":\d+,"name":"everything')
_LETTERS = string.ascii_letters + string.digits + "     "
_FRAGMENTED = frame(b"{", 0x01) + frame(b" ", 0x00) * (FRAGMENTS - 2) + frame(b"}", 0x80)


class Member:
    """The member, and all that comes from its address."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._token = ""
        self._joined = asyncio.Event()
        self._random = random.Random(1)
        self._own = 1
        self.did: Counter[str] = Counter()

    async def run(self) -> None:
        """Go on until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._regularly("resumes", 1, self._talk))
            await self._joined.wait()
            for _ in range(4):
                group.create_task(self._regularly("uploads", UPLOADS / 4, self._upload))
            group.create_task(self._pages())
            group.create_task(self._regularly("connects", CONNECTS, self._connect))
            group.create_task(self._regularly("joins", JOINS, self._join_and_leave))

    async def _regularly(
        self, what: str, rate: float, act: Callable[[], Awaitable[None]]
    ) -> None:
        """Do something so often, whether the time before has ended or not."""
        async with asyncio.TaskGroup() as group:
            for number in count():
                group.create_task(self._once(what, act))
                if number == 0 and what == "resumes":
                    await self._joined.wait()
                await asyncio.sleep(1 / rate)

    async def _once(self, what: str, act: Callable[[], Awaitable[None]]) -> None:
        with contextlib.suppress(OSError, EOFError, TimeoutError):
            await act()
            self.did[what] += 1

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self._port, local_addr=(ADDRESS, 0))

    # --- the conversation --------------------------------------------------------------

    async def _talk(self) -> None:
        """Come back on a new connection, which ends the one before, and use it for 2 s."""
        reader, writer = await self._open()
        reading = None
        try:
            fields = {"token": self._token} if self._token else {}
            await self._join(reader, writer, "everything", **fields)
            reading = asyncio.create_task(self._read(reader))
            began = time.monotonic()
            for tick in range(2 * TICKS):
                if reading.done():
                    return
                writer.write(self._requests(tick))
                await writer.drain()
                await asyncio.sleep(max(0, began + (tick + 1) / TICKS - time.monotonic()))
        finally:
            if reading is not None:
                reading.cancel()
            writer.transport.abort()

    async def _join(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        name: str,
        **fields: str,
    ) -> None:
        writer.write(HANDSHAKE)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(request("join", name=name, history=0, features=[], **fields))
        answer = b""
        while b'"members"' not in answer:
            data = await reader.read(65536)
            answer += data
            if not data or b'"refused"' in answer:
                self._count(answer)
                raise EOFError
        if name == "everything":
            found = _TOKEN.search(answer)
            assert found
            self._token = found[1].decode()
            self._joined.set()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(1 << 20):
                self.did["received"] += len(data)
                self._count(data)
                for seq in _OWN.findall(data):
                    self._own = int(seq)

    def _count(self, data: bytes) -> None:
        for code in _CODE.findall(data):
            self.did[f"refused {code.decode()}"] += 1

    def _requests(self, tick: int) -> bytes:
        text = "".join(
            self._random.choices(_LETTERS, k=7998 if tick % TICKS in LONG_AT else 120)
        )
        self.did["messages"] += 1
        sent = request("say", text="x" + text + "x", id=f"e{self.did['messages']}")
        if tick % 2:
            self.did["questions"] += 1
            sent += _FRAGMENTED + frame(first=0x89)
            sent += (
                request("search", id="s", text=text[:3] or "abc"),
                request("history", id="h", before=2**40, limit=1000),
                request("report", id="r"),
            )[self.did["questions"] % 3]
        sent += self._changes(tick)
        self.did["bytes"] += len(sent)
        return sent

    def _changes(self, tick: int) -> bytes:
        """Return five changes a second, one rename a second, and a notice of typing."""
        sent = b""
        if tick % (TICKS // 5) == 0:
            self.did["changes"] += 1
            number, id = self.did["changes"], f"c{self.did['changes']}"
            seq = self._own
            sent += (
                request("react", id=id, seq=seq, emoji=USUAL[number % 6], on=True),
                request("edit", id=id, seq=seq, text=f"edited {number}"),
                request("note", id=id, text=f"note {number}" * 8),
                request("react", id=id, seq=seq, emoji=USUAL[number % 6], on=number % 2 > 0),
            )[number % 4]
        if tick % TICKS == 0:
            self.did["renames"] += 1
            name = f"everything{self.did['renames'] % 2}"
            sent += request("typing") + request(
                "rename", id=f"n{self.did['renames']}", name=name
            )
        return sent

    # --- all else ----------------------------------------------------------------------

    async def _upload(self) -> None:
        text = "".join(self._random.choices(_LETTERS, k=FILE_BYTES)).encode()
        reader, writer = await self._open()
        try:
            writer.write(
                http(
                    "POST", "/files", f"Authorization: Bearer {self._token}",
                    f"Content-Disposition: attachment; filename=f{self.did['uploads']}.txt",
                    f"Content-Length: {len(text)}", body=text,
                )
            )  # fmt: skip
            answer = await asyncio.wait_for(reader.readuntil(b"\r\n"), 10)
            self.did[f"upload {answer.split()[1].decode()}"] += 1
        finally:
            writer.transport.abort()

    async def _pages(self) -> None:
        while True:
            with contextlib.suppress(OSError, EOFError):
                reader, writer = await self._open()
                try:
                    await self._ask(reader, writer)
                finally:
                    writer.transport.abort()
            await asyncio.sleep(1 / PAGES)

    async def _ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for number in count():
            writer.write(http("GET", "/metrics" if number % 2 else "/room"))
            head = await reader.readuntil(b"\r\n\r\n")
            size = re.search(rb"(?i)content-length: (\d+)", head)
            await reader.readexactly(int(size[1]) if size else 0)
            self.did["pages"] += 1
            await asyncio.sleep(1 / PAGES)

    async def _connect(self) -> None:
        reader, writer = await self._open()
        try:
            writer.write(HANDSHAKE)
            await asyncio.wait_for(reader.read(), 1.5)
        finally:
            writer.transport.abort()

    async def _join_and_leave(self) -> None:
        reader, writer = await self._open()
        try:
            await self._join(reader, writer, f"guest{self.did['joins']}")
            writer.write(request("leave"))
            await asyncio.wait_for(reader.read(), 10)
        finally:
            writer.transport.abort()


async def main(port: int, seconds: float) -> None:
    """Go on for so many seconds; print how often what was done."""
    member = Member(port)
    running = asyncio.create_task(member.run())
    done, _ = await asyncio.wait([running], timeout=seconds)
    running.cancel()
    await asyncio.wait([running])
    for task in done:
        task.result()
    print(json.dumps(member.did))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2])))
