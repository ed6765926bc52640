"""Backups, copies that are put back, and lost events, with a real server and its clients."""

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest

from tests.conftest import StartServer
from tests.integration.test_command import assert_one_line, run
from tests.support.journal_copies import backup, overwrite, replace
from tests.support.protocol_client import (
    ConnectionClosed,
    ProtocolClient,
    http_session,
    joined_clients,
)
from tests.support.running import RunningServer, eventually


def command(server: RunningServer, name: str, *arguments: str) -> str:
    """Run a command on the folders of a server, which must work; returns what it says."""
    folders = ["--data-dir", str(server.data), "--downloads", str(server.downloads)]
    result = run(name, *(folders if name != "rescue" else folders[:2]), *arguments)
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout


def what_it_has(client: ProtocolClient) -> dict[str, Any]:
    """What a client sends that comes back: its newest event, and of which journal."""
    newest = client.events[-1]
    return {
        "token": client.welcome["token"],
        "journal": client.welcome["journal"],
        "after": newest["seq"],
        "after_at": newest["at"],
    }


async def resumed(server: RunningServer, name: str, **fields: Any) -> dict[str, Any]:
    """Come back and return the answer; stay a member."""
    async with http_session() as http:
        client = await ProtocolClient(http, server.url).connect()
        welcome = await client.join(name, **fields)
        client.welcome = {}  # it does not leave
        return welcome


async def talk(client: ProtocolClient, word: str, count: int = 20) -> None:
    for number in range(count):
        await client.send("say", text=f"{word} {number}", id=f"{word} {number}")
    await client.until(id=f"{word} {count - 1}")
    await client.barrier()


async def test_a_backup_while_members_talk_and_upload(
    start_server: StartServer, tmp_path: Path
) -> None:
    server = start_server("--rate", "0", "--max-users", "5")
    file = str(tmp_path / "room.backup")
    async with joined_clients(server.url, "ann", "ben") as (ann, ben):
        await talk(ann, "before")
        status, _, shared = await ben.share("notes.txt", b"notes\n" * 1000)
        assert status == 201
        backup = asyncio.create_task(asyncio.to_thread(command, server, "backup", file))
        number = 0
        while not backup.done():
            number += 1
            await ann.send("say", text=f"during {number}", id=f"during {number}")
            status, _, _ = await ben.share(f"more {number}.txt", b"more\n")
            assert status == 201
        said = await backup
        assert "Saved" in said
        assert "Not in the backup" not in said
        await talk(ann, "after")
        await ben.until(type="said", text="after 19")
        had = {"ann": what_it_has(ann), "ben": what_it_has(ben)}
        result = run(
            "restore",
            file,
            "--data-dir",
            str(server.data),
            "--downloads",
            str(server.downloads),
        )
        assert_one_line(result, 1, "already running")
        ann.welcome, ben.welcome = {}, {}
        assert server.stop() == 0
    (server.downloads / "notes.txt").unlink()
    assert "before-restore" in command(server, "restore", "--force", file)
    assert (server.downloads / "notes.txt").read_bytes() == b"notes\n" * 1000
    server.start()
    url = server.url + shared["url"]
    async with http_session() as http, http.get(url) as answer:
        assert (answer.status, await answer.read()) == (200, b"notes\n" * 1000)
    for name, fields in had.items():
        welcome = await resumed(server, name, **fields)
        assert (welcome["type"], welcome["reset"]) == ("welcome", True)
    async with joined_clients(server.url, "eve") as (eve,):
        await eve.send("history", id="h", before=10**9, limit=1000)
        events = (await eve.next("history"))["events"]
        texts = [event["text"] for event in events if event["type"] == "said"]
        assert "before 19" in texts
        assert "after 0" not in texts


async def test_a_message_that_is_sent_again_after_a_restore(
    start_server: StartServer, tmp_path: Path
) -> None:
    server = start_server()
    file = str(tmp_path / "room.backup")
    async with joined_clients(server.url, "ann") as (ann,):
        await ann.send("say", text="in it", id="1")
        await ann.until(id="1")
        command(server, "backup", file)
        await ann.send("say", text="not in it", id="2")
        await ann.until(id="2")
        had = what_it_has(ann)
        ann.welcome = {}
        server.stop()
    command(server, "restore", "--force", file)
    server.start()
    async with http_session() as http:
        again = await ProtocolClient(http, server.url).connect()
        assert (await again.join("ann", **had))["reset"] is True
        for id, text in (("1", "in it"), ("2", "not in it")):
            await again.send("say", text=text, id=id)
            await again.until(id=id)
        await again.barrier()
        assert again.said() == ["in it", "not in it"]


@pytest.mark.parametrize("how", [overwrite, replace])
async def test_a_copy_that_is_put_back_while_the_server_runs(
    start_server: StartServer, tmp_path: Path, how: Callable[[Path, Path], None]
) -> None:
    server = start_server("--rate", "0", "--workers", "2")
    server.expect_errors = True
    journal = server.data / "journal.sqlite3"
    async with joined_clients(server.url, "ann", "ben") as (ann, ben):
        await talk(ann, "before")
        backup(journal, tmp_path / "old")
        await talk(ann, "after", 1500)  # more than the log takes, so that the file changes
        await ben.until(type="said", text="after 1499")
        had = {"ann": what_it_has(ann), "ben": what_it_has(ben)}
        how(tmp_path / "old", journal)
        await ann.send("say", text="into the void", id="void")
        for client in (ann, ben):
            await client.closed()
            client.welcome = {}
    for name, fields in had.items():
        welcome = await retried(server, name, **fields)
        assert welcome["reset"] is True
        assert welcome["journal"] != fields["journal"]


def kill_all(server: RunningServer) -> None:
    """Kill all processes of a server at one moment."""
    family = psutil.Process(server.process.pid).children(recursive=True)
    for process in (server.process, *family):
        process.send_signal(signal.SIGKILL)
    server.wait()
    psutil.wait_procs(family)


async def retried(server: RunningServer, name: str, **fields: Any) -> dict[str, Any]:
    """Come back as soon as the server can, as clients do."""
    async with asyncio.timeout(30):
        while True:
            try:
                return await resumed(server, name, **fields)
            except (aiohttp.ClientError, ConnectionClosed):
                await asyncio.sleep(0.05)


@pytest.mark.parametrize("share_of_log", [0.0, 0.4])
async def test_the_newest_events_are_lost(
    start_server: StartServer, share_of_log: float
) -> None:
    server = start_server("--rate", "0")
    server.expect_errors = True
    log = server.data / "journal.sqlite3-wal"
    async with joined_clients(server.url, "ann") as (ann,):
        await talk(ann, "said")
        had = what_it_has(ann)
        ann.welcome = {}
        kill_all(server)
    size = log.stat().st_size
    with log.open("r+b") as file:
        file.truncate(int(size * share_of_log))
    server.start()
    async with joined_clients(server.url, "eve") as (eve,):
        await talk(eve, "other", 60)  # beyond what ann has
        answer = await resumed(server, "ann", **had)
        if answer["type"] == "refused":
            answer = await resumed(server, "ann", **had | {"token": None})
        assert answer["reset"] is True


async def test_a_server_that_is_killed_keeps_its_journal(start_server: StartServer) -> None:
    server = start_server()
    server.expect_errors = True
    async with joined_clients(server.url, "ann") as (ann,):
        await talk(ann, "said", 5)
        had = what_it_has(ann)
        ann.welcome = {}
        kill_all(server)
    server.start()
    welcome = await resumed(server, "ann", **had)
    assert (welcome["reset"], welcome["journal"]) == (False, had["journal"])


async def test_files_go_with_their_events(start_server: StartServer) -> None:
    server = start_server("--history", "5", "--rate", "0")
    (server.downloads / "mine.txt").write_bytes(b"the owner's")
    async with joined_clients(server.url, "ann") as (ann,):
        _, _, shared = await ann.share("old.txt", b"old\n")
        await ann.share("older.txt", b"older\n")
        await talk(ann, "said", 10)
        await ann.share("new.txt", b"new\n")
        eventually(lambda: names(server) == {"mine.txt", "new.txt"})
        async with ann.http.get(server.url + shared["url"]) as answer:
            assert answer.status == 404


def names(server: RunningServer) -> set[str]:
    return {path.name for path in server.downloads.iterdir() if path.is_file()}


async def test_a_whole_journal_is_not_rescued(start_server: StartServer) -> None:
    server = start_server()
    async with joined_clients(server.url, "ann") as (ann,):
        await talk(ann, "said", 5)
    assert server.stop() == 0
    before = (server.data / "journal.sqlite3").read_bytes()
    assert "nothing to rescue" in command(server, "rescue")
    assert (server.data / "journal.sqlite3").read_bytes() == before
