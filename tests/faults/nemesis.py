"""The faults, each with its undoing, planned from a seed.

Every fault is a context manager: it is injected on entry and undone on exit. Faults that the
server mends itself, such as a dead worker, need no undoing.
"""

import contextlib
import heapq
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any, NamedTuple

import psutil

from tests.faults import disk
from tests.faults.bot_process import BotProcess
from tests.faults.bot_room import BotRoom, Bots
from tests.faults.history import InjectedFault
from tests.faults.proxy import Mode
from tests.support.running import ROOT

DOWN_AT_MOST = 1.0
"""The most seconds that a stopped server waits to be started again."""


class FaultTarget(NamedTuple):
    """The target of a fault; `victims` are the clients it affects."""

    target: str
    victims: Sequence[str] = ()


GUEST_KINDS = ("empty-pings", "long-pings", "fragments", "no-json", "closes", "unread-pings")

type Injector[Room: Bots] = Callable[[Room, Random], AbstractContextManager[FaultTarget]]


class ServerEnded(Exception):
    """The server ended by itself; the text says how."""


# --- processes of the server -------------------------------------------------------------


def _one(room: BotRoom, title: str, rng: Random) -> psutil.Process | None:
    """Choose a process; None if there is none just now, or the server is stopped on purpose."""
    if room.down:
        return None
    if (status := room.server.process.poll()) is not None:
        log = room.server.log.read_text()[-2000:]
        raise ServerEnded(f"the server ended by itself ({status}): {log}")
    if title == "listener":
        return psutil.Process(room.server.process.pid)
    children = sorted(room.server.children(title), key=lambda each: each.pid)
    return rng.choice(children) if children else None


def _kill(title: str) -> Injector[BotRoom]:
    @contextmanager
    def inject(room: BotRoom, rng: Random) -> Iterator[FaultTarget]:
        process = _one(room, title, rng)
        if process is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        yield FaultTarget(f"{title} {process and process.pid}")

    return inject


def _hang(title: str) -> Injector[BotRoom]:
    @contextmanager
    def inject(room: BotRoom, rng: Random) -> Iterator[FaultTarget]:
        process = _one(room, title, rng)
        if process is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.suspend()
        try:
            yield FaultTarget(f"{title} {process and process.pid}")
        finally:
            if process is not None:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.resume()

    return inject


def _restart(number: signal.Signals) -> Injector[BotRoom]:
    @contextmanager
    def inject(room: BotRoom, rng: Random) -> Iterator[FaultTarget]:
        server = room.server
        process = _one(room, "listener", rng)
        if process is None:  # the server is still starting after the last restart
            yield FaultTarget("server None")
            return
        room.down = True
        server.signal(number)
        server.wait()
        try:
            yield FaultTarget(f"server {process.pid}")
        finally:
            server.start(server.port)
            room.down = False

    return inject


@contextmanager
def _power_loss(room: BotRoom, rng: Random) -> Iterator[FaultTarget]:
    """Kill all processes of the server at once, and leave what was being written half there."""
    process = _one(room, "listener", rng)
    if process is None:
        yield FaultTarget("server None")
        return
    room.down = True
    for one in [process, *process.children()]:
        with contextlib.suppress(psutil.NoSuchProcess):
            one.kill()
    room.server.wait()
    disk.tear(room.journal, rng)
    try:
        yield FaultTarget(f"server {process.pid}")
    finally:
        room.server.start(room.server.port)
        room.down = False


@contextmanager
def _guests(room: BotRoom, rng: Random) -> Iterator[FaultTarget]:
    """Let three guests who never join send as fast as they can."""
    kind = rng.choice(GUEST_KINDS)
    command = [
        sys.executable,
        "-m",
        "tests.floods.guests",
        str(room.server.port),
        kind,
        "3",
        "60",
    ]
    guests = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        yield FaultTarget(f"server, {kind}")
    finally:
        guests.kill()
        guests.wait()


# --- clients and their network -----------------------------------------------------------


def _bot(room: Bots, rng: Random) -> BotProcess:
    return room.bots[rng.choice(sorted(room.bots))]


@contextmanager
def _kill_bot(room: Bots, rng: Random) -> Iterator[FaultTarget]:
    bot = _bot(room, rng)
    bot.kill()
    try:
        yield FaultTarget(bot.name, [bot.name])
    finally:
        bot.start()


@contextmanager
def _hang_bot(room: Bots, rng: Random) -> Iterator[FaultTarget]:
    bot = _bot(room, rng)
    bot.signal(signal.SIGSTOP)
    try:
        yield FaultTarget(bot.name, [bot.name])
    finally:
        bot.signal(signal.SIGCONT)


@contextmanager
def _cut(room: Bots, rng: Random) -> Iterator[FaultTarget]:
    bot = _bot(room, rng)
    bot.proxy.cut()
    yield FaultTarget(bot.name, [bot.name])


@contextmanager
def _half_open(room: Bots, rng: Random) -> Iterator[FaultTarget]:
    bot = _bot(room, rng)
    bot.proxy.set_mode("drop")
    try:
        yield FaultTarget(bot.name, [bot.name])
    finally:
        bot.proxy.set_mode("pass")
        bot.proxy.reset_clients()


def _network(mode: Mode) -> Injector[Bots]:
    @contextmanager
    def inject(room: Bots, rng: Random) -> Iterator[FaultTarget]:
        bot = _bot(room, rng)
        bot.proxy.set_mode(mode)
        try:
            yield FaultTarget(bot.name, [bot.name])
        finally:
            bot.proxy.set_mode("pass")

    return inject


# --- the disk ----------------------------------------------------------------------------


@contextmanager
def _full_disk(room: BotRoom, rng: Random) -> Iterator[FaultTarget]:
    """Fill the disk; use the limit on file sizes where the server has no disk of its own."""
    if not room.own_disk:
        with _file_limit(room, rng) as target:
            yield target
        return
    disk.fill(room.server.data)
    try:
        yield FaultTarget("data")
    finally:
        disk.free(room.server.data)


@contextmanager
def _file_limit(room: BotRoom, rng: Random) -> Iterator[FaultTarget]:
    disk.limit(_writers(room))
    try:
        yield FaultTarget("data")
    finally:
        disk.unlimit(_writers(room))


def _writers(room: BotRoom) -> Iterator[int]:
    """Yield the listener, from which new processes inherit their limits, then its children.

    None while another fault has stopped the server.
    """
    if room.down:
        return
    listener = psutil.Process(room.server.process.pid)
    yield listener.pid
    for child in listener.children():
        yield child.pid


# --- all of them -------------------------------------------------------------------------


class FaultKind[Room: Bots](NamedTuple):
    """A kind of fault.

    Attributes:
        inject: Returns the context manager that injects it.
        uses: No two faults that use the same are active at once.
        lasts: The most seconds until it is undone.
    """

    inject: Injector[Room]
    uses: frozenset[str]
    lasts: float


def kind[Room: Bots](inject: Injector[Room], uses: str, lasts: float) -> FaultKind[Room]:
    """Make a kind of fault; `uses` are words."""
    return FaultKind(inject, frozenset(uses.split()), lasts)


CLIENT_KINDS: dict[str, FaultKind[Any]] = {  # for each kind of room with bots
    "kill client": kind(_kill_bot, "bots", 3),
    "hang client": kind(_hang_bot, "bots", 8),
    "cut": kind(_cut, "net", 0),
    "half-open": kind(_half_open, "net", 8),
    "stalled reader": kind(_network("stall"), "net", 8),
    "delay": kind(_network("delay"), "net", 8),
    "byte by byte": kind(_network("bytewise"), "net", 8),
}
KINDS: dict[str, FaultKind[BotRoom]] = {
    "kill worker": kind(_kill("worker"), "worker", 0),
    "hang worker": kind(_hang("worker"), "worker", 8),
    "kill room": kind(_kill("room"), "room", 0),
    "hang room": kind(_hang("room"), "room", 8),
    "kill server": kind(_restart(signal.SIGKILL), "listener disk", DOWN_AT_MOST),
    "restart server": kind(_restart(signal.SIGTERM), "listener disk", DOWN_AT_MOST),
    "power loss": kind(_power_loss, "listener disk", DOWN_AT_MOST),
    "guests": kind(_guests, "guests", 6),
    "hang listener": kind(_hang("listener"), "listener", 8),
    **CLIENT_KINDS,
    "full disk": kind(_full_disk, "disk listener", 4),
    "file limit": kind(_file_limit, "disk listener", 4),
}
RESTARTS = frozenset({"kill server", "restart server", "power loss"})


class PlannedFault(NamedTuple):
    """A fault to inject `at` seconds after the start, and to undo `lasts` seconds later."""

    at: float
    kind: str
    lasts: float


def plan[Room: Bots](
    rng: Random,
    among: Sequence[str],
    count: int,
    length: float,
    kinds: Mapping[str, FaultKind[Room]],
) -> list[PlannedFault]:
    """Plan `count` faults of `kinds` within `length` seconds, many of them overlapping."""
    planned: list[PlannedFault] = []
    for _ in range(count * 10):
        kind = rng.choice(among)
        lasts = rng.uniform(min(1.0, kinds[kind].lasts), kinds[kind].lasts)
        new = PlannedFault(rng.uniform(0, length), kind, lasts)
        if not any(_collide(new, other, kinds) for other in planned):
            planned.append(new)
        if len(planned) == count:
            break
    return sorted(planned)


def _collide(
    one: PlannedFault, other: PlannedFault, kinds: Mapping[str, FaultKind[Any]]
) -> bool:
    apart = one.at > other.at + other.lasts + 1 or other.at > one.at + one.lasts + 1
    return not apart and bool(kinds[one.kind].uses & kinds[other.kind].uses)


@dataclass(order=True)
class _ActiveFault:
    ends: float
    kind: str = field(compare=False)
    target: FaultTarget = field(compare=False)
    began: float = field(compare=False)
    undoing: ExitStack = field(compare=False)

    def end(self) -> InjectedFault:
        self.undoing.close()
        target, until = self.target, time.monotonic()
        return InjectedFault(
            kind=self.kind,
            target=target.target,
            t=self.began,
            until=until,
            victims=list(target.victims),
        )


def act[Room: Bots](
    room: Room,
    rng: Random,
    planned: Sequence[PlannedFault],
    kinds: Mapping[str, FaultKind[Room]],
) -> list[InjectedFault]:
    """Inject the planned faults; all of them are undone when this returns or raises."""
    start = time.monotonic()
    to_come = sorted(planned)
    active: list[_ActiveFault] = []
    faults: list[InjectedFault] = []
    try:
        while to_come or active:
            begins = start + to_come[0].at if to_come else float("inf")
            ends = active[0].ends if active else float("inf")
            time.sleep(max(0.0, min(begins, ends) - time.monotonic()))
            if begins <= ends:
                heapq.heappush(active, _begin(room, rng, to_come.pop(0), kinds))
            else:
                faults.append(heapq.heappop(active).end())
    finally:
        faults += [each.end() for each in active]
    return sorted(faults, key=lambda fault: fault.t)


def _begin[Room: Bots](
    room: Room, rng: Random, planned: PlannedFault, kinds: Mapping[str, FaultKind[Room]]
) -> _ActiveFault:
    undoing = ExitStack()
    began = time.monotonic()
    target = undoing.enter_context(kinds[planned.kind].inject(room, rng))
    return _ActiveFault(time.monotonic() + planned.lasts, planned.kind, target, began, undoing)
