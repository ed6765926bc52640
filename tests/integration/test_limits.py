"""What keeps one client, or many, from harming the rest."""

import asyncio
from pathlib import Path

import psutil

from tests.conftest import StartServer
from tests.support.guest import Guest, guests
from tests.support.running import RunningServer, eventually


async def status(server: RunningServer) -> bytes:
    """The first line of the answer to a request of its own connection; empty if hung up on."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    try:
        return await reader.readline()
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


async def test_one_address_has_so_many_connections(start_server: StartServer) -> None:
    server = start_server("--max-connections", "3", "--max-users", "5")
    async with guests(server.url, "ann", "ben", "cid") as members:
        assert await status(server) == b""
        await members[0].send("say", text="undisturbed")
        await members[1].until(text="undisturbed")
        await members[0].socket.close()
        async with asyncio.timeout(5):
            while not (await status(server)).startswith(b"HTTP/1.1 200"):
                pass


async def test_a_connection_has_one_request_even_if_that_is_refused(
    server: RunningServer,
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Odd: \xff\r\n\r\n")
    async with asyncio.timeout(5):
        answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 400")
    writer.close()


def next_descriptor(process: psutil.Process) -> int:
    """The number that the next socket it opens gets."""
    used = {int(path.name) for path in Path(f"/proc/{process.pid}/fd").iterdir()}
    return min({*range(len(used) + 1)} - used)


async def test_when_descriptors_run_out_accepting_pauses_and_goes_on(
    start_server: StartServer,
) -> None:
    server = start_server("--workers", "1")
    listener = psutil.Process(server.process.pid)
    own = listener.num_fds()
    async with guests(server.url, "ann", "ben") as (ann, ben):
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


async def test_asking_too_much_is_refused_and_no_more(start_server: StartServer) -> None:
    server = start_server()
    async with guests(server.url, "ann") as (ann,):
        for number in range(150):
            await ann.send("history", id=str(number), before=1, limit=1)
        answers = [await ann.next("history", "error") for _ in range(150)]
        refused = [answer for answer in answers if answer["type"] == "error"]
        assert refused
        assert {answer["code"] for answer in refused} == {"rate_limited"}
        assert answers[0]["type"] == "history"


async def test_whoever_talks_too_fast_for_good_is_closed(start_server: StartServer) -> None:
    server = start_server("--rate", "1")
    async with guests(server.url, "ann", "ben") as (ann, ben):

        async def flood() -> None:
            for number in range(1100):
                await ann.send("say", text=str(number), id=str(number))

        flooding = asyncio.create_task(flood())
        assert await ann.closed() == 4029
        await asyncio.gather(flooding, return_exceptions=True)
        assert (await ben.until(type="presence"))["state"] == "away"
        back = await Guest(ann.http, server.url).connect()
        assert (await back.join("ann", token=ann.welcome["token"]))["you"] == "ann"
