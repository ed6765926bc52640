"""The limits that protect the room from a single client and from many."""

import asyncio
import contextlib
import re
import socket
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest

from tests.conftest import StartServer
from tests.support.protocol_client import ProtocolClient, http_session, joined_clients
from tests.support.running import RunningServer, eventually


async def status(server: RunningServer) -> bytes:
    """Return the status line of a new connection's request; empty if the server closes it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
    try:
        return await reader.readline()
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


async def test_connections_of_one_address_are_limited(start_server: StartServer) -> None:
    server = start_server("--max-connections", "3", "--max-users", "5")
    async with joined_clients(server.url, "ann", "ben", "cid") as members:
        assert await status(server) == b""
        await members[0].send("say", text="undisturbed")
        await members[1].until(text="undisturbed")
        await members[0].socket.close()
        async with asyncio.timeout(5):
            while not (await status(server)).startswith(b"HTTP/1.1 200"):
                pass


async def test_a_connection_goes_on_after_a_request_that_is_refused(
    server: RunningServer,
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    for header, status in [(b"X-Odd: \xff", b"400"), (b"X-Even: a", b"200")]:
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + header + b"\r\n\r\n")
        async with asyncio.timeout(5):
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(re.search(rb"Content-Length: (\d+)", head)[1])  # type: ignore[index]
            await reader.readexactly(length)
        assert head.startswith(b"HTTP/1.1 " + status)
    writer.close()


async def test_a_request_for_another_host_is_refused(server: RunningServer) -> None:
    async with http_session() as http:
        for host, status in [("evil.example", 421), (socket.gethostname(), 200)]:
            url = server.url + "/room"
            async with http.get(url, headers={"Host": host}) as answer:
                assert answer.status == status
                assert answer.headers["Content-Type"].startswith("application/json")


def next_descriptor(process: psutil.Process) -> int:
    """Return the lowest descriptor that is free in this process."""
    used = {int(path.name) for path in Path(f"/proc/{process.pid}/fd").iterdir()}
    return next(number for number in count() if number not in used)


async def test_accepting_pauses_without_descriptors(
    start_server: StartServer,
) -> None:
    server = start_server("--workers", "1")
    listener = psutil.Process(server.process.pid)
    own = listener.num_fds()
    async with joined_clients(server.url, "ann", "ben") as (ann, ben):
        # A worker may serve a connection before the listener has closed its end of it.
        await asyncio.to_thread(eventually, lambda: listener.num_fds() == own)
        before = listener.rlimit(psutil.RLIMIT_NOFILE)
        listener.rlimit(psutil.RLIMIT_NOFILE, (next_descriptor(listener), before[1]))
        waiting = [asyncio.create_task(status(server)) for _ in range(5)]
        await ann.send("say", text="undisturbed")
        await ben.until(text="undisturbed")
        assert not any(task.done() for task in waiting)
        listener.rlimit(psutil.RLIMIT_NOFILE, before)
        async with asyncio.timeout(10):
            answers = await asyncio.gather(*waiting)
        assert all(answer.startswith(b"HTTP/1.1 200") for answer in answers)


IDLE = 300
"""Connections of one address that do nothing: more than it may open in a second."""


async def join(url: str, name: str, address: str) -> dict[str, Any]:
    """Connect from an address, join and leave; return the answer to the join."""
    connector = aiohttp.TCPConnector(local_addr=(address, 0))
    async with aiohttp.ClientSession(connector=connector) as http:
        guest = await ProtocolClient(http, url).connect()
        answer = await guest.join(name)
        await guest.leave()
        return answer


@pytest.mark.parametrize(
    ("sent", "workers"),
    [
        (b"", "1"),
        (b"GET /ws HTTP/1.1\r\nHost: local", "2"),
        (b"GET /room HTTP/1.1\r\nHost: localhost\r\n\r\n", "1"),
    ],
    ids=["idle", "half", "page"],
)
async def test_others_get_in_beside_idle_connections(
    start_server: StartServer, sent: bytes, workers: str
) -> None:
    server = start_server("--workers", workers, "--max-users", "20", files=256)
    with ExitStack() as stack:
        for last in range(2, 6):
            for _ in range(IDLE):
                one = socket.create_connection(
                    ("127.0.0.1", server.port), source_address=(f"127.0.0.{last}", 0)
                )
                stack.callback(one.close)
                with contextlib.suppress(OSError):  # closed already
                    one.sendall(sent)
        async with asyncio.timeout(20):
            for number in range(10):
                while True:
                    try:
                        answer = await join(server.url, f"guest{number}", "127.0.0.9")
                        assert answer["type"] == "welcome", answer
                        break
                    except (aiohttp.ClientError, OSError):
                        await asyncio.sleep(0.02)  # none of the others is settled yet
    assert server.log.read_text().count("\n") <= 6


async def test_files_and_search_work_beside_idle_connections(
    start_server: StartServer,
) -> None:
    server = start_server("--workers", "1", "--max-users", "5", files=128)
    async with joined_clients(server.url, "ann") as (ann,):
        with ExitStack() as stack:
            for last in (2, 3):
                for _ in range(150):
                    one = socket.create_connection(
                        ("127.0.0.1", server.port), source_address=(f"127.0.0.{last}", 0)
                    )
                    stack.callback(one.close)
            await ann.send("say", text="needle", id="1")
            await ann.until(text="needle")
            await ann.send("search", id="s", text="needle")
            assert len((await ann.next("found"))["events"]) == 1
            async with asyncio.timeout(20):
                while True:
                    try:
                        assert (await ann.share("notes.txt", "hello"))[0] == 201
                        break
                    except aiohttp.ClientError:
                        continue  # none of the others is settled yet
    assert server.log.read_text().count("\n") <= 6


async def test_too_many_requests_are_refused(start_server: StartServer) -> None:
    server = start_server()
    async with joined_clients(server.url, "ann") as (ann,):
        for number in range(150):
            await ann.send("history", id=str(number), before=1, limit=1)
        answers = [await ann.next("history", "error") for _ in range(150)]
        refused = [answer for answer in answers if answer["type"] == "error"]
        assert refused
        assert {answer["code"] for answer in refused} == {"rate_limited"}
        assert answers[0]["type"] == "history"


async def test_a_flood_of_messages_closes_the_connection(start_server: StartServer) -> None:
    server = start_server("--rate", "1")
    async with joined_clients(server.url, "ann", "ben") as (ann, ben):

        async def flood() -> None:
            for number in range(1100):
                await ann.send("say", text=str(number), id=str(number))

        flooding = asyncio.create_task(flood())
        assert await ann.closed() == 4029
        await asyncio.gather(flooding, return_exceptions=True)
        assert (await ben.until(type="presence"))["state"] == "away"
        back = await ProtocolClient(ann.http, server.url).connect()
        assert (await back.join("ann", token=ann.welcome["token"]))["you"] == "ann"


async def test_a_place_is_free_once_the_leave_is_confirmed(start_server: StartServer) -> None:
    server = start_server("--workers", "2", "--max-users", "1")
    async with http_session() as http:
        member = await ProtocolClient(http, server.url).connect()
        await member.join("member0")
        for number in range(1, 16):
            following = await ProtocolClient(http, server.url).connect()
            await member.send("leave")
            assert await member.closed() == 1000
            assert (await following.join(f"member{number}"))["type"] == "welcome"
            member = following
