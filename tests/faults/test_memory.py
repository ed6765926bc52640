"""Many stalled readers cost the server bounded memory, and do not affect the other members."""

import asyncio
import base64
import json
import os
import socket
from collections.abc import Iterator
from typing import Any

import aiohttp
import psutil

from server.connections.fanout import CHUNK_EVENTS, FULL, RECENT_BYTES
from tests.conftest import StartServer
from tests.support.protocol_client import ProtocolClient
from tests.support.running import RunningServer

STALLED = 200
MESSAGES = 50_000
TEXT = 100
AT_ONCE = 500
WORKERS = 2

# The bound of the growth. A stalled reader has at most FULL bytes in its buffer when it is left
# out, plus the write that filled it or the piece of catching up behind it: at most CHUNK_EVENTS
# events of some 300 bytes with their frames. 64 KiB are for the objects of a connection. Each
# worker keeps RECENT_BYTES of bodies, once more as frames and once more joined. 16 MiB for each
# process are for SQLite's cache and for memory that an allocator does not give back.
READER = FULL + 300 * CHUNK_EVENTS + 64 * 1024
BOUND = STALLED * READER + WORKERS * 3 * RECENT_BYTES + (WORKERS + 2) * 16 * 1024 * 1024
# Readers of one worker share the bytes of a batch, so the growth is far smaller; without a
# limit it would still grow with every message, by 38 MiB. With the limit, all buffers are full
# long before the half, and the growth after it, by 10, is mostly the room's memory of posts.
SECOND_HALF = 20 * 1024 * 1024


class StalledReader:
    """A plain socket that joins, and reads nothing until `read_again` is called."""

    def __init__(self, port: int, name: str) -> None:
        self._socket = socket.socket()
        # A small receive buffer, since the kernel would take many messages for it.
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._socket.connect(("127.0.0.1", port))
        self._socket.settimeout(10)
        key = base64.b64encode(os.urandom(16)).decode()
        self._socket.sendall(
            f"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: chatroom.v1\r\n\r\n".encode()
        )
        self._file = self._socket.makefile("rb")
        while self._file.readline() != b"\r\n":
            pass
        self._send({"type": "join", "name": name, "history": 0})
        self.seq = int(next(self.frames())["seq"])

    def _send(self, request: dict[str, Any]) -> None:
        data = json.dumps(request).encode()
        assert len(data) < 126
        self._socket.sendall(bytes([0x81, 0x80 | len(data), 0, 0, 0, 0]) + data)

    def frames(self) -> Iterator[dict[str, Any]]:
        """Yield the text frames, reading each only when it is asked for."""
        while True:
            first, size = self._file.read(2)
            if size == 126:
                size = int.from_bytes(self._file.read(2))
            elif size == 127:
                size = int.from_bytes(self._file.read(8))
            body = self._file.read(size)
            if first == 0x81:
                yield json.loads(body)

    def read_again(self, newest: int) -> list[dict[str, Any]]:
        """Read all events up to `newest`."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        events = []
        for message in self.frames():
            if "at" in message:
                events.append(message)
                if message["seq"] == newest:
                    break
        return events

    def close(self) -> None:
        self._file.close()
        self._socket.close()


def memory(server: RunningServer) -> int:
    """Return the resident memory of all processes of the server, in bytes."""
    main = psutil.Process(server.process.pid)
    return sum(each.memory_info().rss for each in [main, *main.children(recursive=True)])


async def exchange_messages(
    sender: ProtocolClient, reader: ProtocolClient, server: RunningServer
) -> list[int]:
    """Send all messages, AT_ONCE at a time. Returns the memory after each step."""
    measured = []
    for start in range(0, MESSAGES, AT_ONCE):
        for number in range(start, start + AT_ONCE):
            await sender.send("say", text=f"{number:0{TEXT}}", id=str(number))
        last = f"{start + AT_ONCE - 1:0{TEXT}}"
        await asyncio.gather(sender.until(text=last), reader.until(text=last))
        measured.append(memory(server))
    return measured


async def test_200_stalled_readers_while_50000_messages_pass(start_server: StartServer) -> None:
    server = start_server(
        "--workers", str(WORKERS), "--rate", "0",
        "--max-users", "300", "--max-connections", "0",
    )  # fmt: skip
    stalled: list[StalledReader] = []
    async with aiohttp.ClientSession() as http:
        ann, ben = [await ProtocolClient(http, server.url).connect() for _ in range(2)]
        await ann.join("ann")
        await ben.join("ben")
        await ann.barrier()
        before = memory(server)
        try:
            stalled += [
                StalledReader(server.port, f"stalled{number}") for number in range(STALLED)
            ]
            joined = memory(server)
            measured = await exchange_messages(ann, ben, server)
            shown = (before, joined, *measured[::20], measured[-1])
            print("MiB before, with readers, while talking:", [each >> 20 for each in shown])
            assert max(measured) - before < BOUND
            half = measured[len(measured) // 2]
            assert max(measured) - half < SECOND_HALF
            # The other members have everything, once and in order.
            expected = [f"{number:0{TEXT}}" for number in range(MESSAGES)]
            assert ann.said() == expected
            assert ben.said() == expected
            # A stalled client that reads again gets everything.
            for one in stalled[:2]:
                events = one.read_again(ann.events[-1]["seq"])
                assert [event["seq"] for event in events] == list(
                    range(one.seq, ann.events[-1]["seq"] + 1)
                )
                assert [e["text"] for e in events if e["type"] == "said"] == expected
            await ann.send("report", id="r")
            report = await ann.until(type="report")
            assert [one["state"] for one in report["members"]] == ["active"] * (STALLED + 2)
        finally:
            for one in stalled:
                one.close()
