"""Three ways to make people talk, and what came of it: all at once, at a rate, one at a time.

Each begins on a new tape and ends when everybody has everything, checked; a figure that comes
out of here is not void. Knows no protocol and no peer, only the crowd and a server's use of
the machine.
"""

import gc
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from benchmarks import machine
from benchmarks.clients import Crowd, Speaker
from benchmarks.delivery_check import Place, Tape, Void, deliveries
from benchmarks.machine import Use
from benchmarks.peers.base import Running

WARM = 0.25
"""So much of the time that is measured passes before it, unmeasured."""
PUNCTUAL = 0.95
SAID_WITHIN = 300.0


@dataclass(frozen=True, slots=True)
class Load:
    """What came of the time that was measured; `share` is the generator's of its core."""

    seconds: float
    messages: float
    deliveries: int
    cpu: float
    share: float

    def figures(self) -> dict[str, float]:
        """As they are shown."""
        return {
            "deliveries_per_s": self.deliveries / self.seconds,
            "cpu_us": self.cpu / max(1, self.deliveries) * 1e6,
            "generator_share": self.share,
        }


class _Moment(NamedTuple):
    use: Use
    positions: list[int]


def _moment(running: Running, tape: Tape) -> _Moment:
    use = Use(
        time.perf_counter(),
        running.cpu_seconds(),
        machine.own_cpu_seconds(),
        machine.idle_seconds(running.cores.server),
    )
    return _Moment(use, tape.positions.copy())


def _between(running: Running, tape: Tape, start: _Moment, end: _Moment) -> Load:
    used = end.use - start.use
    used.check(running.cores)
    ends = tape.read()
    delivered = deliveries(ends, end.positions) - deliveries(ends, start.positions)
    messages = delivered / len(tape.positions)
    return Load(used.wall, messages, delivered, used.server, used.share)


@contextmanager
def _undisturbed() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class _Window:
    """Reads as a member, and lets its speaker say the next when one of theirs came back.

    `left` is how many more the speaker may begin.
    """

    def __init__(self, speaker: Speaker, tape: Tape, place: Place, left: int) -> None:
        self._speaker = speaker
        self._positions = tape.positions
        self._place = place
        self.left = left

    def say(self, count: int) -> None:
        """So many more, if it may."""
        count = min(count, self.left)
        self.left -= count
        self._speaker.say(count)

    def read(self, data: memoryview) -> None:
        since = self._positions[self._place.member]
        self._place.take(data)
        if came_back := self._place.count(self._speaker.mark, since):
            self.say(came_back)


def _windows(crowd: Crowd, tape: Tape, left: int) -> list[_Window]:
    windows = []
    for speaker, member, place in zip(crowd.speakers, crowd.members, tape.places, strict=False):
        windows.append(_Window(speaker, tape, place, left))
        member.reader = windows[-1].read
    return windows


def full(crowd: Crowd, running: Running, window: int, seconds: float) -> Load:
    """Each speaker has `window` messages under way, always: as fast as the server can."""
    tape = crowd.tape()
    windows = _windows(crowd, tape, sys.maxsize)
    with _undisturbed():
        for each in windows:
            each.say(window)
        _turn_for(crowd, WARM * seconds)
        start = _moment(running, tape)
        _turn_for(crowd, seconds)
        end = _moment(running, tape)
    for each in windows:
        each.left = 0
    crowd.finish(tape)
    return _between(running, tape, start, end)


def exactly(crowd: Crowd, running: Running, window: int, messages: int) -> Load:
    """As `full`, but for so many messages of each speaker, and all of them are measured."""
    tape = crowd.tape()
    windows = _windows(crowd, tape, messages)
    with _undisturbed():
        start = _moment(running, tape)
        for each in windows:
            each.say(window)
        crowd.generator.until(
            lambda: not any(each.left for each in windows),
            SAID_WITHIN,
            "all that is to be said",
        )
        crowd.finish(tape)
        end = _moment(running, tape)
    return _between(running, tape, start, end)


def _turn_for(crowd: Crowd, seconds: float) -> None:
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        crowd.generator.turn(0.1)


def steady(crowd: Crowd, running: Running, per_second: float, seconds: float) -> Load:
    """So many messages a second, evenly, whatever comes back; the speakers take turns.

    Raises `Void` when they were not said at that rate.
    """
    tape = crowd.tape()
    with _undisturbed():
        _say_evenly(crowd, per_second, WARM * seconds)
        start = _moment(running, tape)
        _say_evenly(crowd, per_second, seconds)
        end = _moment(running, tape)
    crowd.finish(tape)
    load = _between(running, tape, start, end)
    if load.messages < PUNCTUAL * per_second * load.seconds:
        raise Void(
            f"{load.messages / load.seconds:.0f} messages a second came, not {per_second:.0f}"
        )
    return load


def _say_evenly(crowd: Crowd, per_second: float, seconds: float) -> None:
    said, total, speakers = 0, int(per_second * seconds), crowd.speakers
    started = time.perf_counter()
    while said < total:
        passed = time.perf_counter() - started
        due = min(total, int(passed * per_second) + 1)
        while said < due:
            speakers[said % len(speakers)].say(1)
            said += 1
        crowd.generator.turn(max(0.0, said / per_second - (time.perf_counter() - started)))


def one_at_a_time(crowd: Crowd, seconds: float) -> list[float]:
    """Each message is said when everybody has the last one. Returns seconds, one a delivery."""
    tape = crowd.tape()
    took: list[float] = []
    positions, now, turn = tape.positions, time.perf_counter, crowd.generator.turn
    began, waiting, mark = 0.0, 0, b""

    def arrive(place: Place) -> Callable[[memoryview], None]:
        member = place.member

        def read(data: memoryview) -> None:
            nonlocal waiting
            since = positions[member]
            place.take(data)
            if place.count(mark, since):
                took.append(now() - began)
                waiting -= 1

        return read

    for member, place in zip(crowd.members, tape.places, strict=True):
        member.reader = arrive(place)
    with _undisturbed():
        until = now() + seconds
        said = 0
        while now() < until:
            speaker = crowd.speakers[said % len(crowd.speakers)]
            speaker.prepare()
            mark, waiting = speaker.mark, len(positions)
            began = now()
            speaker.say(1)
            said += 1
            while waiting > 0:
                turn(1.0)
                if now() - began > 60:
                    raise Void(f"a message did not reach {waiting} members within 60 s")
    crowd.finish(tape)
    return took
