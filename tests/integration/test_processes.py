"""The processes of the server: their names, their deaths, their end."""

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import aiohttp
import psutil
import pytest

from server.cli.asking import ask
from tests.conftest import StartServer
from tests.support.protocol_client import ConnectionClosed, ProtocolClient, joined_clients
from tests.support.running import ROOT, START_WITHIN, RunningServer, eventually, is_alive

HUNG_SOON = {"CHATROOM_HUNG_AFTER": "0.7"}
"""Environment of a server that replaces a hung process after 0.7 seconds."""


async def resume(member: ProtocolClient) -> None:
    """Resume by token; try until it succeeds."""
    deadline = time.monotonic() + START_WITHIN
    while True:
        assert time.monotonic() < deadline, "could not resume"
        try:
            await member.connect()
            after = member.events[-1]["seq"] if member.events else member.welcome["seq"]
            answer = await member.join("x", token=member.welcome["token"], after=after)
        except (aiohttp.ClientError, OSError, ConnectionClosed):
            continue
        if answer["type"] == "welcome":
            return
        assert answer["code"] == "shutting_down", answer


async def send_reliably(member: ProtocolClient, text: str) -> None:
    """Send a message until it has a receipt; resume as often as needed."""
    while text not in member.said():
        try:
            await member.send("say", text=text, id=text)
            while text not in member.said():
                if (await member.next())["type"] == "accepted":
                    break
        except (ConnectionClosed, aiohttp.ClientError, OSError):
            await resume(member)


def test_ps_shows_the_kinds_of_processes(start_server: StartServer) -> None:
    server = start_server("--workers", "2")
    main = " ".join(psutil.Process(server.process.pid).cmdline())
    assert "chatroom: listener" in main
    assert len(server.children("room")) == 1
    assert len(server.children("worker")) == 2


async def test_a_killed_worker_is_replaced_and_no_member_leaves(
    start_server: StartServer,
) -> None:
    server = start_server("--workers", "2", "--rate", "0", "--max-users", "4")
    server.expect_errors = True
    incoming = server.downloads / ".incoming"
    incoming.rmdir()
    incoming.symlink_to("elsewhere")  # what is wrong with uploads keeps no worker from starting
    async with joined_clients(server.url, "ann", "ben", "cid", "dan") as members:
        said: list[str] = []

        async def send_all(member: ProtocolClient) -> None:
            for number in range(100):
                text = f"{member.welcome['you']} {number}"
                said.append(text)
                await send_reliably(member, text)
                if text == "ann 50":
                    for worker in server.children("worker"):
                        worker.send_signal(signal.SIGKILL)

        await asyncio.gather(*(send_all(member) for member in members))
        for member in members:
            while len(member.said()) < 400:
                try:
                    await member.next()
                except ConnectionClosed:
                    await resume(member)
            assert sorted(member.said()) == sorted(said)
            seqs = [event["seq"] for event in member.events]
            assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
            assert not [event for event in member.events if event["type"] == "left"]
        eventually(lambda: len(server.children("worker")) == 2)


async def test_a_killed_room_comes_back_from_the_journal(start_server: StartServer) -> None:
    server = start_server("--workers", "2", "--rate", "0")
    server.expect_errors = True
    async with joined_clients(server.url, "eva", "fay") as (eva, fay):
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
        for member in (eva, fay):
            assert member.said() == texts
            seqs = [event["seq"] for event in member.events]
            assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
        gus = await ProtocolClient(eva.http, server.url).connect()
        welcome = await gus.join("gus")
        assert welcome["type"] == "welcome", welcome
        assert [one["name"] for one in welcome["members"]] == ["eva", "fay", "gus"]
        assert {one["state"] for one in welcome["members"]} == {"active"}


async def test_sockets_that_were_cleaned_away_are_made_again(
    start_server: StartServer,
) -> None:
    server = start_server()
    server.expect_errors = True
    async with joined_clients(server.url, "ann") as (ann,):
        (folder,) = server.data.glob("run-*")
        shutil.rmtree(folder)
        eventually(lambda: {one.name for one in folder.glob("*")} >= {"gateway", "manager"})
        for worker in server.children("worker"):
            worker.send_signal(signal.SIGKILL)
        await resume(ann)
        async with ann.http.get(f"{server.url}/readyz") as answer:
            assert answer.status == 200
        ben = await ProtocolClient(ann.http, server.url).connect()
        assert (await ben.join("ben"))["type"] == "welcome"
        assert len(json.loads(ask(server.data, "report"))["members"]) == 2


async def test_a_room_retries_until_it_can_open_its_journal(
    start_server: StartServer,
) -> None:
    server = start_server("--workers", "1", "--rate", "0")
    server.expect_errors = True
    async with joined_clients(server.url, "ann", "ben") as (ann, ben):
        listener = psutil.Process(server.process.pid)
        unlimited = listener.rlimit(psutil.RLIMIT_FSIZE)
        listener.rlimit(psutil.RLIMIT_FSIZE, (1, unlimited[1]))
        (room,) = server.children("room")
        room.send_signal(signal.SIGKILL)
        listener.rlimit(psutil.RLIMIT_FSIZE, (1, unlimited[1]))
        eventually(lambda: not is_alive(room) and len(server.children("room")) == 1)
        await ann.send("say", text="patience", id="1")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await ben.until(text="patience")
        assert server.process.poll() is None
        for process in (listener, *server.children("room")):
            process.rlimit(psutil.RLIMIT_FSIZE, unlimited)
        await asyncio.gather(ann.until(text="patience"), ben.until(text="patience"))


def test_the_listener_closes_the_descriptors_of_dead_processes(
    start_server: StartServer,
) -> None:
    server = start_server("--workers", "2")
    server.expect_errors = True
    listener = psutil.Process(server.process.pid)
    before = listener.num_fds()
    for kind in ("worker", "room", "worker"):
        dead = server.children(kind)[0]
        dead.send_signal(signal.SIGKILL)
        eventually(lambda dead=dead: not is_alive(dead))
    eventually(lambda: listener.num_fds() == before and len(listener.children()) >= 3)


@pytest.mark.parametrize("kind", ["worker", "room"])
async def test_a_hung_process_is_replaced(start_server: StartServer, kind: str) -> None:
    server = start_server("--workers", "1", "--rate", "0", environment=HUNG_SOON)
    server.expect_errors = True
    async with joined_clients(server.url, "nia", "olaf") as (nia, olaf):
        (hung,) = server.children(kind)
        hung.send_signal(signal.SIGSTOP)
        await asyncio.to_thread(eventually, lambda: not is_alive(hung))
        await asyncio.gather(
            send_reliably(nia, "from nia"),
            send_reliably(olaf, "from olaf"),
        )
        for member in (nia, olaf):
            await send_reliably(member, f"{member.welcome['you']} is here")
            assert member.said().count("from nia") <= 1
            assert not [event for event in member.events if event["type"] == "left"]


async def test_the_server_closes_connections_and_ends_in_time(
    start_server: StartServer,
) -> None:
    server = start_server("--workers", "2")
    children = psutil.Process(server.process.pid).children(recursive=True)
    async with joined_clients(server.url, "hal", "ida") as (hal, ida):
        for count in range(20):
            await hal.send("say", text=str(count), id=str(count))
        await ida.until(text="19")
        started = time.monotonic()
        server.signal(signal.SIGTERM)
        assert await hal.closed() == 1001
        assert await ida.closed() == 1001
        assert await asyncio.to_thread(server.wait) == 0
        assert time.monotonic() - started < 5
    eventually(lambda: not any(map(is_alive, children)))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_a_terminal_may_send_a_signal_to_all_processes(
    start_server: StartServer, number: signal.Signals
) -> None:
    server = start_server("--workers", "2")
    main = psutil.Process(server.process.pid)
    async with joined_clients(server.url, "hal", "ida") as (hal, ida):
        for one in [*main.children(recursive=True), main]:
            one.send_signal(number)
        assert await hal.closed() == 1001
        assert await ida.closed() == 1001
        assert await asyncio.to_thread(server.wait) == 0


async def test_a_restart_keeps_history_members_and_seq(start_server: StartServer) -> None:
    server = start_server()
    async with joined_clients(server.url, "kim", "lea") as (kim, lea):
        await kim.send("say", text="kept", id="1")
        said = await lea.until(text="kept")
        stopping = asyncio.create_task(asyncio.to_thread(server.stop))
        assert await kim.closed() == await lea.closed() == 1001
        assert await stopping == 0
        await asyncio.to_thread(server.start)
        kim.url = lea.url = server.url
        await resume(kim)
        await kim.send("say", text="kept", id="1")
        assert (await kim.next("accepted"))["seq"] == said["seq"]
        await kim.send("say", text="new", id="2")
        new = await kim.until(text="new")
        assert new["seq"] == said["seq"] + 1
        await resume(lea)
        await lea.until(text="new")
        late = await ProtocolClient(kim.http, server.url).connect()
        await late.join("mia")
        await late.until(type="joined", name="mia")
        assert late.said() == ["kept", "new"]


async def test_a_member_survives_a_restart_with_a_short_grace_period(
    start_server: StartServer,
) -> None:
    """The connection of ned ends long before the server does, and its grace period does not.

    The server ends in time, though oda does not answer.
    """
    server = start_server("--grace", "0.1", "--workers", "1")
    async with joined_clients(server.url, "ned", "oda") as (ned, _):  # oda does not answer
        started = time.monotonic()
        server.signal(signal.SIGTERM)
        assert await ned.closed() == 1001
        assert await asyncio.to_thread(server.wait) == 0
        assert time.monotonic() - started < 5
        server.options = ()
        await asyncio.to_thread(server.start)
        again = await ProtocolClient(ned.http, server.url).connect()
        welcome = await again.join("ned", token=ned.welcome["token"])
        assert welcome["type"] == "welcome"


DYING = """
import os, time
from server.processes import child_setup

def dying(title, settings, real=child_setup.set_up):
    for one in os.environ["DYING"].split(","):
        name, _, after = one.partition(":")
        if name == title:
            time.sleep(float(after))
            os._exit(7)
    real(title, settings)

child_setup.set_up = dying
"""
"""Children that end after some seconds, by their names in the log."""


@pytest.mark.parametrize(
    "dying",
    ["room:0", "worker 1:0", "room:0,worker 1:0,worker 2:0", "room:0.2,worker 2:0",
     "room:0,worker 1:0.2", "worker 2:0.5"],
)  # fmt: skip
def test_a_process_that_dies_at_the_start_ends_the_server_in_one_line(
    tmp_path: Path, dying: str
) -> None:
    (tmp_path / "sitecustomize.py").write_text(DYING)
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    ended = subprocess.run(
        [
            sys.executable, "-m", "server", "--port", "0", "--workers", "2",
            "--data-dir", tmp_path / "data", "--downloads", tmp_path / "downloads",
        ],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": path, "DYING": dying},
        capture_output=True, text=True, timeout=START_WITHIN, check=False,
    )  # fmt: skip
    assert ended.returncode == 1
    assert re.fullmatch(
        r"chatroom: The (room|worker \d) did not start \(exit code 7\)\. See the log\.\n",
        ended.stderr,
    )


async def test_workers_that_die_again_and_again_do_not_end_the_server(
    start_server: StartServer,
) -> None:
    server = start_server("--workers", "2")
    server.expect_errors = True
    killed = 0
    while killed < 6:
        for worker in server.children("worker"):
            worker.kill()
            killed += 1
        await asyncio.sleep(0.01)
    async with (
        asyncio.timeout(START_WITHIN),
        aiohttp.ClientSession() as http,
        http.get(server.url + "/healthz") as answer,
    ):
        assert answer.status == 200
    assert server.process.poll() is None
    assert server.log.read_text().count("worker exited") == 1


def test_all_processes_end_with_the_main_process(
    start_server: StartServer,
) -> None:
    server = start_server("--workers", "2")
    server.expect_errors = True
    children = psutil.Process(server.process.pid).children(recursive=True)
    assert len(children) >= 3
    server.signal(signal.SIGKILL)
    server.wait()
    server.start()
    eventually(lambda: not any(map(is_alive, children)))


async def test_an_old_room_process_cannot_write_beside_its_successor(
    start_server: StartServer,
) -> None:
    """It hung when its server was killed, and has a message to write when it continues."""
    server = start_server("--workers", "1")
    server.expect_errors = True
    async with joined_clients(server.url, "ann") as (ann,):
        await send_reliably(ann, "one")
        (late,) = server.children("room")
        late.suspend()
        try:
            await ann.send("say", text="two", id="two")
            await ann.barrier()  # the worker has sent it to the room process
            server.signal(signal.SIGKILL)
            server.wait()
            await asyncio.to_thread(server.start, server.port)
        finally:
            late.resume()
        await asyncio.to_thread(eventually, lambda: not is_alive(late))
        await resume(ann)
        for text in ("two", "three"):
            await asyncio.wait_for(send_reliably(ann, text), START_WITHIN)
        assert ann.said() == ["one", "two", "three"]
        seqs = [event["seq"] for event in ann.events]
        assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))


async def test_random_frames_do_not_disturb_other_members(start_server: StartServer) -> None:
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

    async with joined_clients(server.url, "nia", "olaf") as (nia, olaf):
        attacker = await ProtocolClient(nia.http, server.url).connect()
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
                    attacker = await ProtocolClient(nia.http, server.url).connect()
                    await attacker.join(f"pest{number}")

        async def converse() -> None:
            for number in range(50):
                await nia.send("say", text=f"calm {number}", id=f"calm {number}")
                await olaf.until(text=f"calm {number}")

        await asyncio.gather(attack(), converse())
        async with nia.http.get(server.url + "/readyz") as answer:
            assert answer.status == 200
        assert nia.socket.closed is False


async def test_unknown_protocols_are_disconnected(server: RunningServer) -> None:
    for first in (b"\x16 is no TLS\r\n", b"NICK ann\r\n", b"\0" * 10, b"get / http/1.1\r\n"):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(first)
        try:
            async with asyncio.timeout(5):
                answer = await reader.read()
                assert answer[:1] in (b"", b"\x15"), "nothing, or an alert of TLS"
        except ConnectionResetError:
            pass
        writer.close()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    for byte in b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n":
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


async def test_no_object_in_use_is_collected(start_server: StartServer, tmp_path: Path) -> None:
    """Let Python collect garbage all the time."""
    (tmp_path / "sitecustomize.py").write_text(EAGER_COLLECTOR)
    server = start_server(environment={"PYTHONPATH": str(tmp_path)})
    server.expect_errors = True
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as silent:
        async with joined_clients(server.url, "ann", "ben") as (ann, ben):
            await ann.send("say", text="hello", id="1")
            await ben.until(text="hello")
            assert (await ann.share("notes.txt", "hello"))[0] == 201
            await ben.until(type="shared")
            silent.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert silent.recv(12) == b"HTTP/1.1 200"
            for worker in server.children("worker"):
                worker.kill()
            await send_reliably(ann, "again")


def names_in(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


async def test_the_files_of_an_ended_server_are_complete(start_server: StartServer) -> None:
    """They can be copied: no part of them is in a write-ahead log."""
    server = start_server("--workers", "2")
    async with joined_clients(server.url, "ann") as (ann,):
        await ann.send("say", text="hello", id="1")
        await ann.until(text="hello")
        await ann.send("search", id="s", text="hello")
        assert len((await ann.next("found"))["events"]) == 1
    assert await asyncio.to_thread(server.stop) == 0
    assert names_in(server.data) == {
        *("journal.sqlite3", "journal.seen", "search.sqlite3", "settings.json", "lock"),
        *("tls", "owner-key"),
    }
