"""What is deleted is in no file of the server a moment later, and nobody gets it any more."""

import asyncio
import secrets
import signal
import sqlite3
import time
from contextlib import closing, suppress
from typing import Any

import pytest

from tests.conftest import StartServer
from tests.support.protocol_client import ProtocolClient, joined_clients
from tests.support.running import RunningServer

WITHIN = 30.0
"""Seconds to wait. The promise is one second; a busy machine may take longer."""


def files_with(server: RunningServer, *markers: bytes) -> list[str]:
    """Return the files of the server that have one of these in their bytes or their name."""
    found = []
    for folder in (server.data, server.downloads):
        for path in folder.rglob("*"):
            try:
                data = path.read_bytes() if path.is_file() else b""
            except FileNotFoundError:
                continue
            if any(marker in data or marker.decode() in path.name for marker in markers):
                found.append(path.name)
    return found


async def erased(server: RunningServer, *markers: bytes) -> None:
    """Wait until no file has any of these."""
    deadline = time.monotonic() + WITHIN
    while left := files_with(server, *markers):
        assert time.monotonic() < deadline, left
        await asyncio.sleep(0.02)


async def indexed(server: RunningServer, seq: int) -> None:
    """Wait until the search index has this event."""
    deadline, last = time.monotonic() + WITHIN, 0
    while last < seq:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)
        with (
            suppress(sqlite3.OperationalError),
            closing(
                sqlite3.connect(f"file:{server.data / 'search.sqlite3'}?mode=ro", uri=True)
            ) as index,
        ):
            (last,) = index.execute("SELECT coalesce(max(last), 0) FROM covered").fetchone()


class Secret:
    """A message and a file that only this test can have sent."""

    def __init__(self) -> None:
        self.text, self.content, self.name = (secrets.token_hex(12) for _ in range(3))

    @property
    def markers(self) -> tuple[bytes, ...]:
        return self.text.encode(), self.content.encode(), self.name.encode()

    async def send(self, member: ProtocolClient) -> tuple[int, int, str]:
        """Send both; returns their `seq`s, and the path of the file."""
        await member.send("say", text=f"the word is {self.text}", id="secret")
        said = await member.until(type="said", id="secret")
        status, _, file = await member.share(f"{self.name}.txt", self.content * 50)
        assert status == 201
        shared = await member.until(type="shared")
        return said["seq"], shared["seq"], file["url"]

    async def delete(self, member: ProtocolClient, *seqs: int) -> None:
        for seq in seqs:
            await member.send("delete", id=f"d{seq}", seq=seq)
            answer = await member.until(id=f"d{seq}")
            assert (answer["type"], answer.get("target")) == ("deleted", seq), answer


async def all_ways(member: ProtocolClient, seq: int) -> list[dict[str, Any]]:
    """Return an event as each way of loading brings it."""
    ways = []
    for where in ({"around": seq}, {"before": seq + 1}, {"after": seq - 1}):
        await member.send("history", id="h", limit=3, **where)
        page = (await member.until(type="history"))["events"]
        ways += [event for event in page if event["seq"] == seq]
    token, journal, known = (
        member.welcome["token"],
        member.welcome["journal"],
        len(member.events),
    )
    await member.connect()
    await member.join("x", token=token, after=seq - 1, journal=journal, features=[])
    await member.until(seq=member.welcome["seq"])
    ways += [event for event in member.events[known:] if event["seq"] == seq]
    return ways


@pytest.mark.parametrize("options", [(), ("--durability", "full")])
async def test_deleted_text_and_files_are_nowhere(
    start_server: StartServer, options: tuple[str, ...]
) -> None:
    server = start_server("--workers", "2", "--max-users", "20", "--rate", "0", *options)
    names = [f"m{number}" for number in range(10)]
    secret = Secret()
    async with joined_clients(server.url, "ann", *names, features=[]) as (ann, ben, *_):
        text, file, url = await secret.send(ann)
        assert len(files_with(server, *secret.markers)) >= 2
        await ben.send("search", id="s", text=secret.text)
        assert (await ben.until(type="found"))["events"]
        await secret.delete(ann, text, file)
        await erased(server, *secret.markers)
        for seq in (text, file):
            for event in await all_ways(ben, seq):
                assert event["deleted"]["by"] == "ann"
                assert not event.get("text")
                assert "file" not in event
        for word in (secret.text, secret.name):
            await ben.send("search", id=word, text=word)
            assert (await ben.until(type="found", id=word))["events"] == []
        async with ben.http.get(server.url + url) as answer:
            assert (answer.status, (await answer.json())["code"]) == (410, "gone")
        await ann.send("say", text=secret.text, id="secret")
        assert (await ann.until(id="secret"))["type"] == "accepted"
        status, _, answer = await ann.share("x.txt", "x")
        assert status == 201


async def found(member: ProtocolClient, word: str) -> list[int]:
    """Return the `seq`s of the events that a search finds."""
    await member.send("search", id=f"s {word}", text=word)
    return [one["seq"] for one in (await member.until(type="found", id=f"s {word}"))["events"]]


async def test_all_that_a_deleted_message_ever_said_is_nowhere(
    start_server: StartServer,
) -> None:
    server = start_server("--workers", "2", "--rate", "0")
    first, second, third = (secrets.token_hex(12) for _ in range(3))
    async with joined_clients(server.url, "ann", "ben", features=[]) as (ann, ben):
        await ann.send("say", text=first, id="k")
        seq = (await ann.until(type="said", id="k"))["seq"]
        await indexed(server, seq)
        for id, text in (("e1", second), ("e2", third)):
            await ann.send("edit", id=id, seq=seq, text=text)
            await ann.until(type="edited", id=id)
        await ben.send("say", text="I see", id="r", reply_to=seq)
        reply = await ben.until(type="said", id="r")
        assert reply["quote"] == {"name": "ann", "text": third}
        deadline = time.monotonic() + WITHIN
        while (await found(ben, third), await found(ben, first)) != ([seq], []):
            assert time.monotonic() < deadline
        await erased(server, first.encode())
        await Secret().delete(ann, seq)
        await erased(server, *(text.encode() for text in (first, second, third)))
        for event in await all_ways(ben, reply["seq"]):
            assert event["quote"] == {"name": "ann", "text": ""}
        for event in await all_ways(ben, seq + 1):
            assert (event["type"], event["text"]) == ("edited", "")


async def test_a_slow_reader_and_an_old_client_get_what_is_left(
    start_server: StartServer,
) -> None:
    server = start_server("--workers", "1", "--rate", "0")
    secret = Secret()
    async with joined_clients(server.url, "ann", "ben", features=[]) as (ann, ben):
        await ben.socket.close()
        text, file, _ = await secret.send(ann)
        await secret.delete(ann, text, file)
        token = ben.welcome["token"]
        await ben.connect()
        await ben.join("ben", token=token, after=ben.welcome["seq"])  # knows no features
        events = [await ben.until(seq=seq) for seq in (text, file)]
        assert [event["type"] for event in events] == ["said", "said"]
        assert {event["name"] for event in events} == {"server"}
        assert all("deleted by ann" in event["text"] for event in events)


async def test_a_reader_of_the_log_delays_it_only(start_server: StartServer) -> None:
    server = start_server("--workers", "1")
    secret = Secret()
    async with joined_clients(server.url, "ann", features=[]) as (ann,):
        text, file, _ = await secret.send(ann)
        journal = f"file:{server.data / 'journal.sqlite3'}?mode=ro"
        with closing(sqlite3.connect(journal, uri=True, autocommit=True)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM event").fetchone()
            await secret.delete(ann, text, file)
            await ann.send("say", text="life goes on", id="on")
            await ann.until(id="on", type="said")
            reader.execute("COMMIT")
        await erased(server, *secret.markers)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
async def test_a_restart_finishes_it(start_server: StartServer, how: signal.Signals) -> None:
    server = start_server("--workers", "1")
    server.expect_errors = True
    secret = Secret()
    journal = f"file:{server.data / 'journal.sqlite3'}?mode=ro"
    async with joined_clients(server.url, "ann", features=[]) as (ann,):
        text, file, _ = await secret.send(ann)
        with closing(sqlite3.connect(journal, uri=True, autocommit=True)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM event").fetchone()
            await secret.delete(ann, text, file)
            if how is signal.SIGKILL:
                for child in server.children(""):
                    child.kill()
            server.signal(how)
            server.wait()
            assert files_with(server, secret.markers[0]), "the reader kept the log"
    server.start(server.port)
    await erased(server, *secret.markers)


async def test_what_was_kept_of_a_cut_upload_goes_too(start_server: StartServer) -> None:
    server = start_server("--workers", "1")
    secret = Secret()
    async with joined_clients(server.url, "ann", features=[]) as (ann,):
        kept = server.downloads / ".incoming" / ("ab" * 32 + ".kept")
        kept.write_text(secret.content * 20)
        other = kept.with_name("cd" * 32 + ".kept")
        other.write_text("another file")
        _, file, _ = await secret.send(ann)
        await secret.delete(ann, file)
        await erased(server, secret.content.encode())
        assert other.read_text() == "another file"


async def test_old_events_that_no_memory_has_any_more(start_server: StartServer) -> None:
    server = start_server("--workers", "1", "--rate", "0", "--history", "60")
    secrets_ = [Secret() for _ in range(5)]
    async with joined_clients(server.url, "ann", features=[]) as (ann,):
        sent: list[int] = []
        for secret in secrets_:
            await ann.send("say", text=secret.text, id=f"{len(sent)}")
            sent.append((await ann.until(type="said", id=f"{len(sent)}"))["seq"])
            for _ in range(8):
                await ann.send("say", text="x" * 4000)
        await ann.barrier()
        server.stop()
        server.start(server.port)
        again = await ProtocolClient(ann.http, server.url).connect()
        await again.join("ann", token=ann.welcome["token"], features=[])
        for secret, seq in zip(secrets_, sent, strict=True):
            await secret.delete(again, seq)
            again.events.clear()
        await erased(server, *(secret.text.encode() for secret in secrets_))
        await again.leave()
