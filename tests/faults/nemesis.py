"""What goes wrong: each fault with its undoing, planned from a seed.

Every fault is a context manager: it strikes when entered and is undone when left. What the
server mends itself (a worker started again) needs no undoing. Judges nothing.
"""

import contextlib
import heapq
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple

import psutil

from tests.faults import disk
from tests.faults.conversation import Conversation, Speaker
from tests.faults.history import Fault
from tests.faults.proxy import Mode

DOWN_AT_MOST = 1.0
"""Seconds that a server stays away before it is started again."""


class Aim(NamedTuple):
    """Whom a fault hit; `victims` are clients."""

    target: str
    victims: Sequence[str] = ()


type Strike = Callable[[Conversation, Random], AbstractContextManager[Aim]]


class ServerEnded(Exception):
    """The server had ended by itself; the text says how."""


# --- processes of the server -------------------------------------------------------------


def _one(conversation: Conversation, title: str, chance: Random) -> psutil.Process | None:
    """None if there is none just now: it has just died, or the server is down on purpose."""
    if conversation.down:
        return None
    if (status := conversation.server.process.poll()) is not None:
        log = conversation.server.log.read_text()[-2000:]
        raise ServerEnded(f"the server ended by itself ({status}): {log}")
    if title == "listener":
        return psutil.Process(conversation.server.process.pid)
    children = sorted(conversation.server.children(title), key=lambda each: each.pid)
    return chance.choice(children) if children else None


def _kill(title: str) -> Strike:
    @contextmanager
    def strike(conversation: Conversation, chance: Random) -> Iterator[Aim]:
        process = _one(conversation, title, chance)
        if process is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        yield Aim(f"{title} {process and process.pid}")

    return strike


def _hang(title: str) -> Strike:
    @contextmanager
    def strike(conversation: Conversation, chance: Random) -> Iterator[Aim]:
        process = _one(conversation, title, chance)
        if process is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.suspend()
        try:
            yield Aim(f"{title} {process and process.pid}")
        finally:
            if process is not None:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.resume()

    return strike


def _restart(number: signal.Signals) -> Strike:
    @contextmanager
    def strike(conversation: Conversation, chance: Random) -> Iterator[Aim]:
        server = conversation.server
        process = _one(conversation, "listener", chance)
        if process is None:  # it took the last one so long to end that it is not back yet
            yield Aim("server None")
            return
        conversation.down = True
        server.signal(number)
        server.wait()
        try:
            yield Aim(f"server {process.pid}")
        finally:
            server.start(server.port)
            conversation.down = False

    return strike


# --- clients and their network -----------------------------------------------------------


def _speaker(conversation: Conversation, chance: Random) -> Speaker:
    return conversation.speakers[chance.choice(sorted(conversation.speakers))]


@contextmanager
def _kill_bot(conversation: Conversation, chance: Random) -> Iterator[Aim]:
    bot = _speaker(conversation, chance)
    bot.kill()
    try:
        yield Aim(bot.name, [bot.name])
    finally:
        bot.start()


@contextmanager
def _hang_bot(conversation: Conversation, chance: Random) -> Iterator[Aim]:
    bot = _speaker(conversation, chance)
    bot.signal(signal.SIGSTOP)
    try:
        yield Aim(bot.name, [bot.name])
    finally:
        bot.signal(signal.SIGCONT)


@contextmanager
def _cut(conversation: Conversation, chance: Random) -> Iterator[Aim]:
    bot = _speaker(conversation, chance)
    bot.proxy.cut()
    yield Aim(bot.name, [bot.name])


@contextmanager
def _half_open(conversation: Conversation, chance: Random) -> Iterator[Aim]:
    bot = _speaker(conversation, chance)
    bot.proxy.behave("swallow")
    try:
        yield Aim(bot.name, [bot.name])
    finally:
        bot.proxy.behave("pass")
        bot.proxy.forget()


def _network(mode: Mode) -> Strike:
    @contextmanager
    def strike(conversation: Conversation, chance: Random) -> Iterator[Aim]:
        bot = _speaker(conversation, chance)
        bot.proxy.behave(mode)
        try:
            yield Aim(bot.name, [bot.name])
        finally:
            bot.proxy.behave("pass")

    return strike


# --- the disk ----------------------------------------------------------------------------


@contextmanager
def _full_disk(conversation: Conversation, chance: Random) -> Iterator[Aim]:
    """Where there is no disk of our own to fill, a limit on files must do."""
    if not conversation.own_disk:
        with _file_limit(conversation, chance) as aim:
            yield aim
        return
    disk.fill(conversation.server.data)
    try:
        yield Aim("data")
    finally:
        disk.free(conversation.server.data)


@contextmanager
def _file_limit(conversation: Conversation, chance: Random) -> Iterator[Aim]:
    disk.limit(_writers(conversation))
    try:
        yield Aim("data")
    finally:
        disk.unlimit(_writers(conversation))


def _writers(conversation: Conversation) -> Iterator[int]:
    """The process that new ones inherit their limits from, then all others of the server."""
    listener = psutil.Process(conversation.server.process.pid)
    yield listener.pid
    for child in listener.children():
        yield child.pid


# --- all of them -------------------------------------------------------------------------


class Kind(NamedTuple):
    """`uses`: no two faults that use the same are there at once. `lasts`: seconds, at most."""

    strike: Strike
    uses: frozenset[str]
    lasts: float


def _kind(strike: Strike, uses: str, lasts: float) -> Kind:
    return Kind(strike, frozenset(uses.split()), lasts)


KINDS: dict[str, Kind] = {
    "kill worker": _kind(_kill("worker"), "worker", 0),
    "hang worker": _kind(_hang("worker"), "worker", 8),
    "kill room": _kind(_kill("room"), "room", 0),
    "hang room": _kind(_hang("room"), "room", 8),
    "kill server": _kind(_restart(signal.SIGKILL), "listener disk", DOWN_AT_MOST),
    "restart server": _kind(_restart(signal.SIGTERM), "listener disk", DOWN_AT_MOST),
    "hang listener": _kind(_hang("listener"), "listener", 8),
    "kill client": _kind(_kill_bot, "bots", 3),
    "hang client": _kind(_hang_bot, "bots", 8),
    "cut": _kind(_cut, "net", 0),
    "half-open": _kind(_half_open, "net", 8),
    "stalled reader": _kind(_network("stall"), "net", 8),
    "delay": _kind(_network("delay"), "net", 8),
    "byte by byte": _kind(_network("bytewise"), "net", 8),
    "full disk": _kind(_full_disk, "disk listener", 4),
    "file limit": _kind(_file_limit, "disk listener", 4),
}
RESTARTS = frozenset({"kill server", "restart server"})


class Planned(NamedTuple):
    """A fault to come: `at` so many seconds from the beginning, undone `lasts` later."""

    at: float
    kind: str
    lasts: float


def plan(chance: Random, among: Sequence[str], count: int, length: float) -> list[Planned]:
    """So many faults within `length` seconds, many of them at the same time."""
    planned: list[Planned] = []
    for _ in range(count * 10):
        kind = chance.choice(among)
        lasts = chance.uniform(min(1.0, KINDS[kind].lasts), KINDS[kind].lasts)
        new = Planned(chance.uniform(0, length), kind, lasts)
        if not any(_collide(new, other) for other in planned):
            planned.append(new)
        if len(planned) == count:
            break
    return sorted(planned)


def _collide(one: Planned, other: Planned) -> bool:
    apart = one.at > other.at + other.lasts + 1 or other.at > one.at + one.lasts + 1
    return not apart and bool(KINDS[one.kind].uses & KINDS[other.kind].uses)


@dataclass(order=True)
class _Active:
    ends: float
    kind: str = field(compare=False)
    aim: Aim = field(compare=False)
    began: float = field(compare=False)
    undoing: ExitStack = field(compare=False)

    def end(self) -> Fault:
        self.undoing.close()
        aim, until = self.aim, time.monotonic()
        return Fault(
            kind=self.kind,
            target=aim.target,
            t=self.began,
            until=until,
            victims=list(aim.victims),
        )


def act(conversation: Conversation, chance: Random, planned: Sequence[Planned]) -> list[Fault]:
    """Do what is planned; all of it is undone when this returns or raises."""
    start = time.monotonic()
    to_come = sorted(planned)
    active: list[_Active] = []
    faults: list[Fault] = []
    try:
        while to_come or active:
            begins = start + to_come[0].at if to_come else float("inf")
            ends = active[0].ends if active else float("inf")
            time.sleep(max(0.0, min(begins, ends) - time.monotonic()))
            if begins <= ends:
                heapq.heappush(active, _begin(conversation, chance, to_come.pop(0)))
            else:
                faults.append(heapq.heappop(active).end())
    finally:
        faults += [each.end() for each in active]
    return sorted(faults, key=lambda fault: fault.t)


def _begin(conversation: Conversation, chance: Random, planned: Planned) -> _Active:
    undoing = ExitStack()
    began = time.monotonic()
    aim = undoing.enter_context(KINDS[planned.kind].strike(conversation, chance))
    return _Active(time.monotonic() + planned.lasts, planned.kind, aim, began, undoing)
