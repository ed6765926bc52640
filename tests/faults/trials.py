"""Trials of a room on three hosts, each timed.

`python -m tests.faults.trials [NAME ...]`:

    names      two people ask for the same name at two hosts at once: one gets it
    places     two people ask for the last place at two hosts at once: one gets it
    stopped    a host stands still for 20 s: what it held is said once, others notice nothing
    alone      one host and one node of three are left: it is read-only, and recovers by itself
    catch-up   a host catches up with 100,000 messages, with an old folder and with an empty one

Each prints what it saw. The exit status is 1 if one of them did not hold.
"""

import argparse
import asyncio
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import closing
from pathlib import Path
from typing import Any

import aiohttp

from tests.faults import checker
from tests.support.hosts import RunningHosts
from tests.support.nats_servers import running_nats
from tests.support.protocol_client import ConnectionClosed, ProtocolClient, http_session

ROUNDS = 200
PLACES = 6
STOPPED = 20.0
OPERATIONS = 100_000
SPEAKERS = 10
WINDOW = 50
NOTICED = 0.3
"""Seconds that others may wait while one host fails."""


class NotHeldError(Exception):
    """A trial did not hold; the text says how."""


def _must(condition: object, text: str) -> None:
    if not condition:
        raise NotHeldError(text)


async def _joined(
    http: aiohttp.ClientSession, hosts: RunningHosts, host: int, name: str
) -> ProtocolClient:
    client = await ProtocolClient(http, hosts.url(host)).connect()
    answer = await client.join(name)
    _must(answer["type"] == "welcome", f"{name} at {hosts.name(host)}: {answer}")
    return client


type Names = Callable[[int], tuple[str, str]]


async def _race(hosts: RunningHosts, names: Names, code: str) -> str:
    """Let two join at once at two hosts: one must win, the other gets `code`."""
    wins = [0, 0, 0]
    for number in range(ROUNDS):
        at = number % 3, (number + 1 + number // 3 % 2) % 3
        # From another address each time: joins are limited for each.
        async with http_session(f"127.0.1.{number + 1}") as http:
            pair = [await ProtocolClient(http, hosts.url(each)).connect() for each in at]
            asked = zip(pair, names(number), strict=True)
            answers = await asyncio.gather(*(one.join(name) for one, name in asked))
            said = [each.get("code") or each["type"] for each in answers]
            _must(sorted(said) == sorted([code, "welcome"]), f"round {number}: {answers}")
            winner = said.index("welcome")
            wins[at[winner]] += 1
            await pair[winner].leave()
    return f"{ROUNDS} rounds, one winner in each; wins by host {wins}"


async def names(hosts: RunningHosts) -> str:
    """Two people ask for the same name at two hosts at once."""
    return await _race(hosts, lambda number: (f"Name{number}", f"name{number}"), "name_taken")


async def places(hosts: RunningHosts) -> str:
    """Two people ask for the last place at two hosts at once."""
    async with http_session() as http:
        for number in range(PLACES - 1):
            await _joined(http, hosts, number % 3, f"stays{number}")
        return await _race(
            hosts, lambda number: (f"one{number}", f"other{number}"), "room_full"
        )


async def stopped(hosts: RunningHosts) -> str:
    """A host stands still for 20 s, while it holds messages."""
    async with http_session() as http:
        there, here = await _joined(http, hosts, 0, "ann"), await _joined(http, hosts, 1, "ben")
        waits: list[tuple[float, float]] = []
        for number in range(20):
            await there.send("say", id=f"a{number}", text=f"before {number}")
        hosts.stop(0)
        began = time.monotonic()
        for number in range(20, 40):
            await there.send("say", id=f"a{number}", text=f"while it stands {number}")
        count = 0
        while time.monotonic() < began + STOPPED:
            asked = time.monotonic()
            await here.send("say", id=f"b{count}", text=f"from another host {count}")
            await here.until(id=f"b{count}")
            waits.append((time.monotonic() - asked, asked - began))
            count += 1
            await asyncio.sleep(0.05)
        hosts.go_on(0)
        outcomes: dict[str, str] = {}
        closed = False
        while len(outcomes) < 40 and not closed:
            try:
                answer = await there.next()
            except ConnectionClosed as end:
                closed = True
                why = f"the connection ended ({end.code})"
            id = str(answer.get("id", ""))
            if answer["type"] in ("said", "accepted", "error") and id.startswith("a"):
                outcomes[id] = answer.get("code", "said")
        if closed:
            again = await ProtocolClient(http, hosts.url(2)).connect()
            await again.join("ann", token=there.welcome["token"], after=there.welcome["seq"])
            for number in range(40):
                await again.send("say", id=f"a{number}", text=f"before {number}")
            await again.send("say", id="last", text="last")
            await again.until(id="last")
        differences = hosts.differences()
        _must(not differences, str(differences))
        rows = checker.read_journal(hosts.journal(1)).rows
        ids = [getattr(row.event, "id", None) for row in rows]
        twice = [id for id in set(ids) if isinstance(id, str) and id and ids.count(id) > 1]
        _must(not twice, f"twice: {twice}")
        for id, how in outcomes.items():
            _must(how != "said" or id in ids, f"{id} was acknowledged and is lost")
        longest, since = max(waits)
        _must(longest < NOTICED, f"others waited {longest:.2f} s, {since:.1f} s after the stop")
        kinds = dict(Counter(outcomes.values()))
        ended = f", then {why}" if closed else ""
        return (
            f"others waited {longest * 1000:.0f} ms at most ({count} messages); {kinds}{ended}"
        )


async def alone(hosts: RunningHosts) -> str:
    """One host and one node are left."""
    async with http_session() as http:
        ann = await _joined(http, hosts, 0, "ann")
        for number in range(10):
            await ann.send("say", id=f"m{number}", text=f"m {number}")
            await ann.until(id=f"m{number}")
        for other in (1, 2):
            hosts.kill(other)
            hosts.nats.kill(other)
        began = time.monotonic()
        await ann.send("say", id="x", text="x")
        answer = await ann.until(id="x")
        refused = time.monotonic() - began
        # To a client that lists no features, the code is one of the first version.
        _must(answer.get("params") == {"rule": "majority"}, f"not refused: {answer}")
        _must(answer.get("retry_after"), f"no `retry_after`: {answer}")
        await ann.send("history", id="h", before=10**6, limit=100)
        page = await ann.until(type="history", id="h")
        _must(len(page["events"]) >= 10, f"not read: {page}")
        async with http.get(hosts.url(0) + "/readyz") as ready:
            says = f"/readyz {ready.status} {(await ready.text())[:300]}"
        hosts.nats.start(1)
        began = time.monotonic()
        while answer.get("code"):
            await ann.send("say", id="x", text="x")
            answer = await ann.until(id="x")
            await asyncio.sleep(0.1)
        back = time.monotonic() - began
        hosts.nats.start(2)
        hosts.mend()
        differences = hosts.differences()
        _must(not differences, str(differences))
        return (
            f"refused after {refused:.1f} s, read; {says}; "
            f"writes {back:.1f} s after a second node"
        )


async def catch_up(hosts: RunningHosts) -> str:
    """A host catches up with 100,000 messages, with an old folder and with an empty one."""
    hosts.end(2)
    async with http_session() as http:
        speakers = [
            await _joined(http, hosts, number % 2, f"speaker{number}")
            for number in range(SPEAKERS)
        ]
        began = time.monotonic()
        await asyncio.gather(*map(_talk, speakers))
        took = time.monotonic() - began
        last = max(hosts.positions())
        old = await asyncio.to_thread(_start_again, hosts, last)
        hosts.end(2)
        data = hosts.servers[2].data
        for each in data.iterdir():
            if each.name != "tls":
                shutil.rmtree(each) if each.is_dir() else each.unlink()
        empty = await asyncio.to_thread(_start_again, hosts, last)
        differences = hosts.differences()
        _must(not differences, str(differences))
        return (
            f"{OPERATIONS} messages at {OPERATIONS / took:.0f}/s; "
            f"caught up in {old:.1f} s with an old folder, {empty:.1f} s with an empty one "
            "(from the start of the process)"
        )


async def _talk(client: ProtocolClient) -> None:
    own, waiting = str(client.welcome["member"]), asyncio.Semaphore(WINDOW)
    count = OPERATIONS // SPEAKERS

    async def read() -> None:
        done = 0
        while done < count:
            message = await client.next("said", "accepted", "error")
            client.events.clear()
            _must(message["type"] != "error", str(message))
            if str(message.get("id", "")).startswith(f"{own}-"):
                done += 1
                waiting.release()

    reading = asyncio.create_task(read())
    for number in range(count):
        await waiting.acquire()
        await client.send("say", id=f"{own}-{number}", text=f"message {number} of many")
    await reading


def _start_again(hosts: RunningHosts, last: int) -> float:
    began = time.monotonic()
    hosts.restart(2)
    while hosts.positions()[2] < last:
        time.sleep(0.02)
    return time.monotonic() - began


type Trial = Callable[[RunningHosts], Coroutine[Any, Any, str]]

TRIALS: dict[str, tuple[Trial, tuple[Any, ...]]] = {
    "names": (names, ()),
    "places": (places, ("--max-users", str(PLACES))),
    "stopped": (stopped, ()),
    "alone": (alone, ()),
    "catch-up": (catch_up, ("--max-users", str(SPEAKERS))),
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.trials")
    parser.add_argument("names", nargs="*", metavar="NAME", default=list(TRIALS))
    failed = 0
    for name in parser.parse_args().names:
        trial, options = TRIALS[name]
        folder = Path(tempfile.mkdtemp(prefix="chatroom-trial-"))
        (folder / "nats").mkdir()
        with (
            running_nats(folder / "nats", 3) as nats,
            closing(RunningHosts(folder, nats, "--rate", "0", *options)) as hosts,
        ):
            for server in hosts.servers:
                server.expect_errors = True
            try:
                saw = asyncio.run(trial(hosts))
            except (NotHeldError, TimeoutError, AssertionError) as why:
                saw, failed = f"NOT HELD: {why!r}, in {folder}", 1
            else:
                shutil.rmtree(folder, ignore_errors=True)
            print(f"{name}: {saw}", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
