"""The faults of the long run: of the server's processes, of the network, of the tabs."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from random import Random

import psutil

from tests.browser_faults.person import Person
from tests.support.running import RunningServer

DOWN_FOR = 0.5
DEAD_FOR = 3.0
"""Seconds for which a server or a network is away."""

type Fault = Callable[[RunningServer, list[Person], Random], Awaitable[None]]


def _kill(title: str) -> Fault:
    async def kill(server: RunningServer, _: list[Person], rng: Random) -> None:
        most = 1 if rng.random() < 0.7 else None
        with suppress(psutil.NoSuchProcess):  # another fault has stopped the server
            for child in server.children(title)[:most]:
                child.kill()

    return kill


def _restart(number: signal.Signals) -> Fault:
    async def restart(server: RunningServer, _: list[Person], rng: Random) -> None:
        server.signal(number)
        await asyncio.to_thread(server.wait)
        await asyncio.sleep(DOWN_FOR * rng.random())
        await asyncio.to_thread(server.start, server.port)

    return restart


async def _reload(_: RunningServer, people: list[Person], rng: Random) -> None:
    await rng.choice(people).reload()


async def _close_tab(_: RunningServer, people: list[Person], rng: Random) -> None:
    await rng.choice(people).close_tab()


async def _cut(_: RunningServer, people: list[Person], rng: Random) -> None:
    rng.choice(people).network.cut()


async def _half_open(_: RunningServer, people: list[Person], rng: Random) -> None:
    """Let nothing pass, as while a laptop sleeps; then wake the page up."""
    person = rng.choice(people)
    person.network.set_mode("drop")
    await asyncio.sleep(DEAD_FOR * rng.random())
    person.network.set_mode("pass")
    await person.wake()
    if rng.random() < 0.5:
        person.network.reset_clients()


async def _stall(_: RunningServer, people: list[Person], rng: Random) -> None:
    """Let the server's answers wait, so that sent messages stay without a receipt; then cut."""
    person = rng.choice(people)
    person.network.set_mode("stall")
    await asyncio.sleep(DEAD_FOR * rng.random())
    person.network.cut()
    person.network.set_mode("pass")


async def _delay(_: RunningServer, people: list[Person], rng: Random) -> None:
    person = rng.choice(people)
    person.network.set_mode("delay")
    await asyncio.sleep(DEAD_FOR * rng.random())
    person.network.set_mode("pass")


FAULTS: dict[str, Fault] = {
    "kill worker": _kill("worker"),
    "kill room": _kill("room"),
    "kill server": _restart(signal.SIGKILL),
    "restart server": _restart(signal.SIGTERM),
    "reload": _reload,
    "close tab": _close_tab,
    "cut": _cut,
    "half-open": _half_open,
    "stall": _stall,
    "delay": _delay,
}
# No two of these at once: each stops and starts the whole server.
RESTARTS = ("kill server", "restart server")


def planned(kinds: list[str], rng: Random, count: int) -> list[str]:
    """Choose `count` different faults, at most one of them a restart."""
    chosen = rng.sample(kinds, count)
    restarts = [kind for kind in chosen if kind in RESTARTS]
    return [kind for kind in chosen if kind not in restarts[1:]]
