"""The processes: who is who, what happens when one dies, how all of them end."""

import asyncio
import signal
import socket
import time
from pathlib import Path

import aiohttp
import psutil
import pytest

from tests.conftest import StartServer
from tests.support.guest import Closed, Guest, guests
from tests.support.running import START_WITHIN, RunningServer, eventually


async def resume(guest: Guest, url: str) -> None:
    """Come back by token, as often as it takes."""
    deadline = time.monotonic() + START_WITHIN
    while True:
        assert time.monotonic() < deadline, "could not resume"
        try:
            await guest.connect()
            after = guest.events[-1]["seq"] if guest.events else guest.welcome["seq"]
            answer = await guest.join("x", token=guest.welcome["token"], after=after)
        except (aiohttp.ClientError, OSError, Closed):
            continue
        if answer["type"] == "welcome":
            return
        assert answer["code"] == "shutting_down", answer


async def say_surely(guest: Guest, url: str, text: str) -> None:
    """Say it, coming back and saying it again until there is a receipt."""
    while text not in guest.said():
        try:
            await guest.send("say", text=text, id=text)
            while text not in guest.said():
                if (await guest.next())["type"] == "accepted":
                    break
        except (Closed, aiohttp.ClientError, OSError):
            await resume(guest, url)


def test_ps_shows_which_is_which(start_server: StartServer) -> None:
    server = start_server("--workers", "2")
    main = " ".join(psutil.Process(server.process.pid).cmdline())
    assert "chatroom: listener" in main
    assert len(server.children("room")) == 1
    assert len(server.children("worker")) == 2


async def test_a_killed_worker_is_replaced_and_nobody_is_shown_as_left(
    start_server: StartServer,
) -> None:
    server = start_server("--workers", "2", "--rate", "0", "--max-users", "4")
    server.expect_errors = True
    async with guests(server.url, "ann", "ben", "cid", "dan") as members:
        said: list[str] = []

        async def talk(guest: Guest) -> None:
            for number in range(100):
                text = f"{guest.welcome['you']} {number}"
                said.append(text)
                await say_surely(guest, server.url, text)
                if len(said) == 150:
                    for worker in server.children("worker"):
                        worker.send_signal(signal.SIGKILL)

        await asyncio.gather(*(talk(guest) for guest in members))
        for guest in members:
            while len(guest.said()) < 400:
                try:
                    await guest.next()
                except Closed:
                    await resume(guest, server.url)
            assert sorted(guest.said()) == sorted(said)
            seqs = [event["seq"] for event in guest.events]
            assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
            assert not [event for event in guest.events if event["type"] == "left"]
        eventually(lambda: len(server.children("worker")) == 2)


async def test_a_killed_room_comes_back_from_the_journal(start_server: StartServer) -> None:
    server = start_server("--workers", "2", "--rate", "0")
    server.expect_errors = True
    async with guests(server.url, "eva", "fay") as (eva, fay):
        await eva.send("say", text="before", id="1")
        await fay.until(text="before")
        (room,) = server.children("room")
        room.send_signal(signal.SIGKILL)
        for number in range(20):
            await eva.send("say", text=f"meanwhile {number}", id=f"m{number}")
        await fay.until(text="meanwhile 19")
        await fay.send("say", text="after", id="2")
        await asyncio.gather(eva.until(text="after"), fay.until(text="after"))
        texts = ["before", *(f"meanwhile {number}" for number in range(20)), "after"]
        for guest in (eva, fay):
            assert guest.said() == texts
            seqs = [event["seq"] for event in guest.events]
            assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
        gus = await Guest(eva.http, server.url).connect()
        welcome = await gus.join("gus")
        assert welcome["type"] == "welcome", welcome
        assert [one["name"] for one in welcome["members"]] == ["eva", "fay", "gus"]
        assert {one["state"] for one in welcome["members"]} == {"active"}


async def test_a_room_that_cannot_open_its_journal_tries_until_it_can(
    start_server: StartServer,
) -> None:
    server = start_server("--workers", "1", "--rate", "0")
    server.expect_errors = True
    async with guests(server.url, "ann", "ben") as (ann, ben):
        listener = psutil.Process(server.process.pid)
        unlimited = listener.rlimit(psutil.RLIMIT_FSIZE)
        listener.rlimit(psutil.RLIMIT_FSIZE, (1, unlimited[1]))
        (room,) = server.children("room")
        room.send_signal(signal.SIGKILL)
        listener.rlimit(psutil.RLIMIT_FSIZE, (1, unlimited[1]))
        eventually(lambda: not room.is_running() and len(server.children("room")) == 1)
        await ann.send("say", text="patience", id="1")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await ben.until(text="patience")
        assert server.process.poll() is None
        for process in (listener, *server.children("room")):
            process.rlimit(psutil.RLIMIT_FSIZE, unlimited)
        await asyncio.gather(ann.until(text="patience"), ben.until(text="patience"))


def test_deaths_leave_nothing_open_in_the_listener(start_server: StartServer) -> None:
    server = start_server("--workers", "2")
    server.expect_errors = True
    listener = psutil.Process(server.process.pid)
    before = listener.num_fds()
    for kind in ("worker", "room", "worker"):
        dead = server.children(kind)[0]
        dead.send_signal(signal.SIGKILL)
        eventually(lambda dead=dead: not dead.is_running())
    eventually(lambda: listener.num_fds() == before and len(listener.children()) >= 3)


@pytest.mark.parametrize("kind", ["worker", "room"])
async def test_a_hung_process_is_replaced(start_server: StartServer, kind: str) -> None:
    server = start_server("--workers", "1", "--rate", "0")
    server.expect_errors = True
    async with guests(server.url, "nia", "olaf") as (nia, olaf):
        (hung,) = server.children(kind)
        hung.send_signal(signal.SIGSTOP)
        await asyncio.to_thread(eventually, lambda: not hung.is_running())
        await asyncio.gather(
            say_surely(nia, server.url, "from nia"), say_surely(olaf, server.url, "from olaf")
        )
        for guest in (nia, olaf):
            await say_surely(guest, server.url, f"{guest.welcome['you']} is here")
            assert guest.said().count("from nia") <= 1
            assert not [event for event in guest.events if event["type"] == "left"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_members_are_told_and_it_ends_in_time(
    start_server: StartServer, number: signal.Signals
) -> None:
    server = start_server("--workers", "2")
    children = psutil.Process(server.process.pid).children(recursive=True)
    async with guests(server.url, "hal", "ida") as (hal, ida):
        for count in range(20):
            await hal.send("say", text=str(count), id=str(count))
        await ida.until(text="19")
        started = time.monotonic()
        server.signal(number)
        assert await hal.closed() == 1001
        assert await ida.closed() == 1001
        assert await asyncio.to_thread(server.wait) == 0
        assert time.monotonic() - started < 5
    eventually(lambda: not any(child.is_running() for child in children))


async def test_it_ends_in_time_though_a_client_does_not_answer(
    start_server: StartServer,
) -> None:
    server = start_server()
    async with guests(server.url, "jan"):  # reads nothing, says no goodbye
        started = time.monotonic()
        server.signal(signal.SIGTERM)
        assert await asyncio.to_thread(server.wait) == 0
        assert time.monotonic() - started < 5


async def test_a_restart_keeps_history_members_and_seq(start_server: StartServer) -> None:
    server = start_server()
    async with guests(server.url, "kim", "lea") as (kim, lea):
        await kim.send("say", text="kept", id="1")
        said = await lea.until(text="kept")
        assert await asyncio.to_thread(server.stop) == 0
        await asyncio.to_thread(server.start)
        kim.url = lea.url = server.url
        await resume(kim, server.url)
        await kim.send("say", text="kept", id="1")
        assert (await kim.next("accepted"))["seq"] == said["seq"]
        await kim.send("say", text="new", id="2")
        new = await kim.until(text="new")
        assert new["seq"] == said["seq"] + 1
        await resume(lea, server.url)
        await lea.until(text="new")
        late = await Guest(kim.http, server.url).connect()
        await late.join("mia")
        await late.until(type="joined", name="mia")
        assert late.said() == ["kept", "new"]


async def test_a_restart_is_nobodys_loss_however_short_the_grace_period(
    start_server: StartServer,
) -> None:
    """Those who are told to go are gone at once, long before the last of them."""
    server = start_server("--grace", "0.1", "--workers", "1")
    async with guests(server.url, "ned", "oda") as (ned, _):  # oda does not say goodbye
        server.signal(signal.SIGTERM)
        assert await ned.closed() == 1001
        assert await asyncio.to_thread(server.wait) == 0
        server.options = ()
        await asyncio.to_thread(server.start)
        again = await Guest(ned.http, server.url).connect()
        welcome = await again.join("ned", token=ned.welcome["token"])
        assert welcome["type"] == "welcome"
        await again.leave()


def test_when_the_main_process_is_killed_all_are_gone_and_the_next_can_start(
    start_server: StartServer,
) -> None:
    server = start_server("--workers", "2")
    server.expect_errors = True
    children = psutil.Process(server.process.pid).children(recursive=True)
    assert len(children) >= 3
    server.signal(signal.SIGKILL)
    server.wait()
    server.start()
    eventually(lambda: not any(child.is_running() for child in children))


async def test_a_room_that_wakes_up_late_does_not_split_the_conversation(
    start_server: StartServer,
) -> None:
    """It hung when its server was killed, and has something to write when the next one runs."""
    server = start_server("--workers", "1")
    server.expect_errors = True
    async with guests(server.url, "ann") as (ann,):
        await say_surely(ann, server.url, "one")
        (late,) = server.children("room")
        late.suspend()
        try:
            await ann.send("say", text="two", id="two")
            await ann.barrier()  # the worker has passed it on
            server.signal(signal.SIGKILL)
            server.wait()
            await asyncio.to_thread(server.start, server.port)
        finally:
            late.resume()
        await asyncio.to_thread(late.wait, START_WITHIN)
        await resume(ann, server.url)
        for text in ("two", "three"):
            await asyncio.wait_for(say_surely(ann, server.url, text), START_WITHIN)
        assert ann.said() == ["one", "two", "three"]
        seqs = [event["seq"] for event in ann.events]
        assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))


async def test_random_frames_disturb_nobody(start_server: StartServer) -> None:
    server = start_server("--workers", "2", "--rate", "0", "--max-users", "50", "--grace", "1")
    import random

    chance = random.Random(7)
    pieces = [
        b'{"type":', b'"say"', b'"join"', b'"text":"x"', b"}", b"{", b"[", b"null", b",",
        b'"id":', b"1e999", b'"\\ud800"', b"\xff\xfe", "👍".encode(), b"\\", b'"',
    ]  # fmt: skip

    def nonsense() -> bytes:
        if chance.random() < 0.5:
            return bytes(chance.choices(range(256), k=chance.randrange(200)))
        return b"".join(chance.choices(pieces, k=chance.randrange(12)))

    async with guests(server.url, "nia", "olaf") as (nia, olaf):
        attacker = await Guest(nia.http, server.url).connect()
        await attacker.join("pest")

        async def attack() -> None:
            nonlocal attacker
            for number in range(10_000):
                frame = nonsense()
                try:
                    if number % 100 == 99:
                        await attacker.socket.send_bytes(frame)
                    else:
                        await attacker.socket._writer.send_frame(frame, 1)
                except (aiohttp.ClientError, ConnectionError):
                    attacker = await Guest(nia.http, server.url).connect()
                    await attacker.join(f"pest{number}")

        async def talk() -> None:
            for number in range(50):
                await nia.send("say", text=f"calm {number}", id=f"calm {number}")
                await olaf.until(text=f"calm {number}")

        await asyncio.gather(attack(), talk())
        async with nia.http.get(server.url + "/readyz") as answer:
            assert answer.status == 200
        assert nia.socket.closed is False


async def test_what_is_no_protocol_is_hung_up_on(server: RunningServer) -> None:
    for first in (b"\x16\x03\x01\x02\x00", b"NICK ann\r\n", b"\0" * 10, b"get / http/1.1\r\n"):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(first)
        try:
            async with asyncio.timeout(5):
                assert await reader.read() == b""
        except ConnectionResetError:
            pass
        writer.close()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    for byte in b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n":
        writer.write(bytes([byte]))
        await writer.drain()
    assert (await reader.readline()).startswith(b"HTTP/1.1 200")
    writer.close()


EAGER_COLLECTOR = """
import gc, threading, time

def collect():
    while True:
        gc.collect()
        time.sleep(0.1)

threading.Thread(target=collect, daemon=True).start()
"""


async def test_nothing_that_is_needed_is_garbage(
    start_server: StartServer, tmp_path: Path
) -> None:
    """When Python collects garbage is chance; here it does so all the time."""
    (tmp_path / "sitecustomize.py").write_text(EAGER_COLLECTOR)
    server = start_server("--workers", "2", environment={"PYTHONPATH": str(tmp_path)})
    server.expect_errors = True
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as silent:
        async with guests(server.url, "ann", "ben") as (ann, ben):
            await ann.send("say", text="hello", id="1")
            await ben.until(text="hello")
            assert (await ann.share("notes.txt", "hello"))[0] == 201
            await ben.until(type="shared")
            silent.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert silent.recv(12) == b"HTTP/1.1 200"
            for worker in server.children("worker"):
                worker.kill()
            await say_surely(ann, server.url, "again")


def names_in(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


async def test_a_server_that_has_ended_leaves_whole_files(start_server: StartServer) -> None:
    """One can copy them, then: nothing of them is in a log beside."""
    server = start_server("--workers", "2")
    async with guests(server.url, "ann") as (ann,):
        await ann.send("say", text="hello", id="1")
        await ann.until(text="hello")
        await ann.send("search", id="s", text="hello")
        assert len((await ann.next("found"))["events"]) == 1
    assert await asyncio.to_thread(server.stop) == 0
    assert names_in(server.data) == {"journal.sqlite3", "search.sqlite3", "lock"}
