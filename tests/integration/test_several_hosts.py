"""One room on three real servers: one order, no name twice, and what goes on when some fail."""

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.hosts import RunningHosts
from tests.support.nats_servers import NatsServers
from tests.support.protocol_client import ProtocolClient, http_session
from tests.support.running import ROOT, eventually, lasting_port
from tests.support.waiting import until_asked

NAMES = ("ada", "bob", "eve")


@pytest.fixture(scope="module")
def hosts() -> Iterator[RunningHosts]:
    # A short path, since the path of a Unix socket in it has at most some 100 bytes.
    with tempfile.TemporaryDirectory(prefix="hosts-") as name:
        folder = Path(name)
        (folder / "nats").mkdir()
        with closing(NatsServers(folder / "nats", 3)) as nats:
            nats.start()
            options = ("--max-users", "20", "--rate", "0", "--grace", "60")
            with closing(RunningHosts(folder, nats, *options)) as running:
                for server in running.servers:
                    server.expect_errors = True  # a room process that is killed
                yield running


@asynccontextmanager
async def joined(hosts: RunningHosts) -> AsyncIterator[list[ProtocolClient]]:
    """One member at each host."""
    async with http_session() as http:
        members = []
        for number, name in enumerate(NAMES):
            member = await ProtocolClient(http, hosts.url(number)).connect()
            assert (await member.join(name, features=["moderation"]))["type"] == "welcome"
            members.append(member)
        yield members


@contextmanager
def one_node_left(hosts: RunningHosts) -> Iterator[None]:
    """No majority: two of three nodes are killed, and are there again at the end."""
    for node in (1, 2):
        hosts.nats.kill(node)
    try:
        yield
    finally:
        hosts.nats.mend()


async def say(member: ProtocolClient, id: str) -> dict[str, Any]:
    """Return the answer; not what others said before with this id, which a newcomer is told."""
    await member.send("say", id=id, text=id)
    me = member.welcome["member"]
    while (answer := await member.until(id=id)).get("member", me) != me:
        pass
    return answer


async def say_until_taken(member: ProtocolClient, id: str) -> None:
    """Send a message again while there is no majority, as clients do."""
    while (await say(member, id))["type"] == "error":
        pass


async def hear(member: ProtocolClient, last: str) -> list[tuple[int, str]]:
    """Read until a message came; return the order of all that were said."""
    while last not in member.said():
        await member.next()
    return [(one["seq"], one["text"]) for one in member.events if one["type"] == "said"]


async def told_of(member: ProtocolClient, count: int) -> None:
    """Wait until a member is told that there are so many hosts."""
    while len((await member.until(type="hosts"))["hosts"]) != count:
        pass


async def urls_of_all(http: Any, url: str) -> list[str]:
    """Ask a host for the others, by joining."""
    guest = await ProtocolClient(http, url).connect()
    welcome = await guest.join("guest")
    await guest.leave()
    hosts: list[str] = welcome.get("hosts", [])
    return hosts


async def test_members_at_three_hosts_have_one_order(hosts: RunningHosts) -> None:
    async with joined(hosts) as members:
        for round in range(20):
            for number, member in enumerate(members):
                id = f"{round}-{number}"
                await member.send("say", id=id, text=id)
        for number, member in enumerate(members):
            await say(member, f"last of {number}")
        await say(members[0], "end")
        orders = [await hear(member, "end") for member in members]
        shared = [[one for one in order if one[0] > orders[2][0][0]] for order in orders]
        assert shared[0] == shared[1] == shared[2]
        assert len(set(shared[0])) == len(shared[0]) >= 50
    assert hosts.differences() == []


async def test_a_name_is_given_once_when_two_hosts_are_asked_at_once(
    hosts: RunningHosts,
) -> None:
    async with http_session() as http:
        for round in range(5):
            asked = [
                await ProtocolClient(http, hosts.url(number)).connect() for number in (0, 1)
            ]
            answers = await asyncio.gather(*(one.join(f"zoe{round}") for one in asked))
            assert sorted(answer["type"] for answer in answers) == ["refused", "welcome"]
            (refused,) = (one for one in answers if one["type"] == "refused")
            assert refused["code"] == "name_taken"


async def test_when_a_room_process_is_killed_nothing_is_lost(hosts: RunningHosts) -> None:
    async with joined(hosts) as members:
        await say(members[1], "before")
        hosts.servers[0].children("room")[0].kill()
        await say(members[1], "meanwhile")
        await say(members[0], "again")
        orders = [await hear(member, "again") for member in members]
        texts = [[text for _, text in order][-3:] for order in orders]
        assert texts == [["before", "meanwhile", "again"]] * 3
    assert hosts.differences() == []


async def test_who_loses_a_host_goes_on_at_another(hosts: RunningHosts) -> None:
    async with joined(hosts) as members:
        ada, bob, eve = members
        all_hosts = await until_asked(
            lambda: urls_of_all(ada.http, hosts.url(1)), lambda urls: len(urls) == 3
        )
        assert all(url.startswith("http") for url in all_hosts)
        before = await say(ada, "before")
        hosts.kill(0)
        at_another = ProtocolClient(ada.http, hosts.url(1))
        await at_another.connect()
        welcome = await at_another.join("ada", token=ada.welcome["token"], after=before["seq"])
        assert (welcome["type"], welcome["you"]) == ("welcome", ada.welcome["you"])
        await say(at_another, "here again")
        assert (await hear(bob, "here again"))[-1][1] == "here again"
        await told_of(eve, 2)
        hosts.restart(0)
        await told_of(eve, 3)
        newcomer = await ProtocolClient(ada.http, hosts.url(0)).connect()
        if len((await newcomer.join("zoe")).get("hosts", [])) < 3:  # it has just started
            await told_of(newcomer, 3)
    assert hosts.differences() == []


async def test_a_second_host_of_a_name_is_refused_and_the_first_goes_on(
    hosts: RunningHosts, tmp_path: Path
) -> None:
    async with joined(hosts) as members:
        await say(members[0], "one host0")
        room = hosts.servers[0].children("room")[0].pid
        command = [
            sys.executable, "-m", "server", "--port", str(lasting_port()), "--no-announce",
            "--data-dir", str(tmp_path / "data"), "--downloads", str(tmp_path / "downloads"),
            *hosts.servers[0].options,
        ]  # fmt: skip
        second = await asyncio.to_thread(
            subprocess.run, command, cwd=ROOT, capture_output=True, text=True, timeout=60
        )
        assert (second.returncode, second.stdout) == (1, "")
        assert second.stderr == (
            "chatroom: Another host has the name host0. Give each its own --host-name.\n"
        )
        await say(members[0], "the same host0")
        assert hosts.servers[0].children("room")[0].pid == room
    assert hosts.differences() == []


async def test_members_are_told_of_a_majority_that_is_lost_though_nobody_sends(
    hosts: RunningHosts,
) -> None:
    async with joined(hosts) as members:
        ada = members[0]
        await say_until_taken(ada, "all three run")
        with one_node_left(hosts):
            for member in members:
                await member.until(type="majority", on=False)
            async with ada.http.get(hosts.url(1) + "/room") as room:
                assert (await room.json())["majority"] is False
        for member in members:
            await member.until(type="majority", on=True)
        async with ada.http.get(hosts.url(1) + "/room") as room:
            assert "majority" not in await room.json()
        await say_until_taken(ada, "all three run again")
    eventually(lambda: len(set(hosts.positions())) == 1)


async def test_without_a_majority_members_read_and_then_it_goes_on(
    hosts: RunningHosts,
) -> None:
    async with joined(hosts) as members:
        ada = members[0]
        await say_until_taken(ada, "while three ran")
        with one_node_left(hosts):
            began = time.monotonic()
            await ada.send("say", id="kept", text="kept")
            await ada.send("history", id="h", before=10**9, limit=20)
            page = await ada.until(type="history", id="h")
            texts = [event["text"] for event in page["events"] if event["type"] == "said"]
            assert texts[-1] == "while three ran"
            assert time.monotonic() - began < 4, "reading does not wait"
            refused = await ada.until(type="error", id="kept")
            assert (refused["code"], "retry_after" in refused) == ("unavailable", True)
            assert 4 < time.monotonic() - began < 9
            other = await ProtocolClient(ada.http, hosts.url(0)).connect()
            assert (await other.join("late", features=["moderation"]))["code"] == "unavailable"
        for member, id in ((ada, "kept"), (members[2], "after")):
            await say_until_taken(member, id)
        for member in members:
            order = [text for _, text in await hear(member, "after")]
            assert order[-3:] == ["while three ran", "kept", "after"]
    eventually(lambda: len(set(hosts.positions())) == 1)
    assert hosts.differences() == []
