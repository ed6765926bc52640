"""`python -m benchmarks.hosts`: how long members wait when a part of a room on hosts fails.

Three hosts and three nodes run on loopback, the nodes with the configuration of `engine`. Two
members at each host send a message, wait until it comes back, and send the next 20 ms later.
One that loses its host resumes at another one, and sends again what has no answer. The wait for
a message is that from its first sending until it came back; the longest one of a member is the
time for which that member could not write. Each kill has hosts and nodes of its own.

Then the trials of `tests.faults.trials`, over the same nodes: two members want the same name or
the last place, a host stands still, a host catches up.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import click

from benchmarks import machine
from benchmarks.cluster import STREAM, running_hosts
from benchmarks.delivery_check import Void
from tests.faults import trials
from tests.support.hosts import RunningHosts
from tests.support.protocol_client import ConnectionClosed, ProtocolClient, http_session

HOSTS = 3
AT_EACH = 2
PAUSE = 0.02
BEFORE = 1.0
"""Seconds of talk before something fails."""
AFTER = 1.0
AGAIN_AFTER = 0.25
"""Seconds after which a refused message is sent again; clients wait for two (`retry_after`)."""
ANSWER_WITHIN = 30.0


class Talker:
    """A member that sends one message after another.

    Attributes:
        host: where the member is; another host after its own was lost.
        waits: the wait for each message in seconds, by the time at which it was sent.
    """

    def __init__(self, http: aiohttp.ClientSession, hosts: RunningHosts, number: int) -> None:
        self.host = number % HOSTS
        self.waits: dict[float, float] = {}
        self._http = http
        self._hosts = hosts
        self._name = f"talker{number}"
        self._came = 0

    async def join(self) -> None:
        """Join at the member's own host."""
        self._client = await ProtocolClient(self._http, self._hosts.url(self.host)).connect()
        answer = await self._client.join(self._name, history=0)
        if answer["type"] != "welcome":
            raise Void(f"{self._name} was refused: {answer}")

    async def talk(self, until: Callable[[], bool]) -> None:
        """Send messages, each once all before it have come back, while `until` is false."""
        while not until():
            began = time.monotonic()
            async with asyncio.timeout(ANSWER_WITHIN):
                await self._said(f"{self._name} {len(self.waits)}")
            self.waits[began] = time.monotonic() - began
            await asyncio.sleep(PAUSE)

    async def _said(self, text: str) -> None:
        while True:
            try:
                await self._client.send("say", id=text, text=text)
                if await self._answered(text):
                    return
            except (ConnectionClosed, aiohttp.ClientError, ConnectionError):
                await self._resume()

    async def _answered(self, id: str) -> bool:
        """Return whether a message came back; False if it has to be sent again."""
        while True:
            message = await self._client.next()
            self._client.events.clear()
            if message.get("id") == id and message["type"] in ("said", "accepted"):
                return True
            if message.get("id") == id and message["type"] == "error":
                await asyncio.sleep(AGAIN_AFTER)
                return False

    async def _resume(self) -> None:
        """Resume at the own host, else at the others in turn."""
        token, after = self._client.welcome["token"], self._client.welcome["seq"]
        while True:
            for host in (self.host, *(each for each in range(HOSTS) if each != self.host)):
                client = ProtocolClient(self._http, self._hosts.url(host))
                try:
                    await client.connect()
                    answer = await client.join(self._name, token=token, after=after)
                except (ConnectionClosed, aiohttp.ClientError, ConnectionError):
                    continue
                if answer["type"] == "welcome":
                    self._client, self.host = client, host
                    return
            await asyncio.sleep(PAUSE)


@asynccontextmanager
async def _talkers(hosts: RunningHosts) -> AsyncIterator[Sequence[Talker]]:
    """Let members talk for as long as the block runs, and `BEFORE` it."""
    over = asyncio.Event()
    async with http_session() as http:
        talkers = [Talker(http, hosts, number) for number in range(AT_EACH * HOSTS)]
        for one in talkers:
            await one.join()
        async with asyncio.TaskGroup() as group:
            for one in talkers:
                group.create_task(one.talk(over.is_set))
            await asyncio.sleep(BEFORE)
            yield talkers
            over.set()


@dataclass(frozen=True, slots=True)
class Kill:
    """Something that is killed.

    Attributes:
        what: shown.
        goals: the longest wait in seconds of the members at the host with its number, and of
            the others.
        follows: whether a part of a host is killed that does not lead, or that leads.
        kill: kills it.
    """

    what: str
    goals: tuple[float, float]
    follows: bool
    kill: Callable[[RunningHosts, int], None]


def _kill_room(hosts: RunningHosts, number: int) -> None:
    (room,) = hosts.servers[number].children("room")
    room.kill()


def _kill_node(hosts: RunningHosts, number: int) -> None:
    hosts.nats.kill(number)


def _kill_both(hosts: RunningHosts, number: int) -> None:
    hosts.nats.kill(number)
    hosts.kill(number)


KILLS = {
    "room": Kill("a room process", (1.0, 0.3), True, _kill_room),
    "host": Kill("a host", (1.0, 0.3), True, RunningHosts.kill),
    "follower": Kill("a node that follows", (0.3, 0.3), True, _kill_node),
    "leader": Kill("the node that leads", (10.0, 10.0), False, _kill_node),
    "machine": Kill("a host and the node that leads", (10.0, 10.0), False, _kill_both),
}
TRIALS = ("names", "places", "stopped", "catch-up")


async def _measure(hosts: RunningHosts, kill: Kill) -> tuple[float, float]:
    """Return the longest wait of the members at the host, and of the others, in seconds."""
    async with _talkers(hosts) as talkers:
        leader = hosts.nats.leader(STREAM)
        if leader is None:
            raise Void("no node leads the stream")
        number = (leader + 1) % HOSTS if kill.follows else leader
        at_it = [one for one in talkers if one.host == number]
        killed = time.monotonic()
        await asyncio.to_thread(kill.kill, hosts, number)
        # Until every member got a message back that it sent well after the kill.
        async with asyncio.timeout(ANSWER_WITHIN):
            while any(max(one.waits, default=0) < killed + AFTER for one in talkers):  # noqa: ASYNC110
                await asyncio.sleep(PAUSE)
    return (
        _longest(at_it, killed),
        _longest([one for one in talkers if one not in at_it], killed),
    )


def _longest(talkers: Sequence[Talker], since: float) -> float:
    return max(
        wait for one in talkers for sent, wait in one.waits.items() if sent + wait > since
    )


def _kill_once(kill: Kill) -> tuple[float, float]:
    with _hosts("--max-users", "10") as hosts:
        return asyncio.run(_measure(hosts, kill))


@contextmanager
def _hosts(*options: str) -> Iterator[RunningHosts]:
    with (
        tempfile.TemporaryDirectory(prefix="bench-hosts-") as folder,
        running_hosts(Path(folder), HOSTS, ("--workers", "1", *options)) as hosts,
    ):
        for server in hosts.servers:
            server.expect_errors = True  # their processes are killed
        yield hosts


def _try(name: str) -> tuple[str, bool]:
    """Return what a trial saw, and whether it held."""
    trial, options = trials.TRIALS[name]
    with _hosts(*options) as hosts:
        try:
            return asyncio.run(trial(hosts)), True
        except (trials.NotHeldError, TimeoutError, AssertionError) as why:
            return f"{why!r}"[:300], False


def _seconds(values: Sequence[float], goal: float) -> str:
    met = "" if max(values) <= goal else " (**no**)"
    return f"{statistics.median(values):.2f}, at most {max(values):.2f}{met}"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


@click.command(context_settings={"show_default": True})
@click.option("--rounds", type=click.IntRange(1), default=3, help="Kills of each kind.")
@click.option(
    "--only", multiple=True, type=click.Choice([*KILLS, *TRIALS]), help="All if none."
)
def main(rounds: int, only: tuple[str, ...]) -> None:
    """Kill parts of a room on three hosts, and print how long members waited."""
    wanted = only or (*KILLS, *TRIALS)
    about = ", ".join(f"{name} {value}" for name, value in machine.description().items())
    print(f"Measured on: {about}.\n")
    rows: list[list[str]] = []
    for name, kill in KILLS.items():
        found: list[tuple[float, float]] = []
        for number in range(rounds if name in wanted else 0):
            try:
                found.append(_kill_once(kill))
            except (Void, TimeoutError, BaseExceptionGroup) as problem:
                _say(f"{name}, round {number + 1}: void: {problem!r}")
                continue
            own, others = found[-1]
            _say(f"{name}, round {number + 1}: its members {own:.2f} s, others {others:.2f} s")
        if found:
            goals = f"{kill.goals[0]:g} s, others {kill.goals[1]:g} s"
            both = zip(zip(*found, strict=True), kill.goals, strict=True)
            waited = [_seconds(values, goal) for values, goal in both]
            rows.append([kill.what, goals, *waited])
    if rows:
        _print_table(["killed", "wanted: at most", "its members waited, s", "others, s"], rows)
    held = [(name, *_try(name)) for name in TRIALS if name in wanted]
    if held:
        cells = [[name, saw, "yes" if ok else "**no**"] for name, saw, ok in held]
        _print_table(["trial", "seen", "held"], cells)


def _print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    for line in (head, ["---"] * len(head), *rows):
        print(f"| {' | '.join(line)} |")
    print(flush=True)


if __name__ == "__main__":
    main(prog_name="python -m benchmarks.hosts")
