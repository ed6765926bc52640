"""Three ways to send messages, and their figures: at full load, at a rate, one at a time.

Each starts a new delivery check and ends when every member has every message, so a figure
returned from here is not void. Uses the clients and a server's use of the machine; it depends
on no protocol and no peer.
"""

import gc
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from benchmarks import machine
from benchmarks.clients import Clients, Sender
from benchmarks.delivery_check import DeliveryCheck, MemberStream, Void, deliveries
from benchmarks.machine import ResourceUse
from benchmarks.peers.base import RunningPeer

WARM = 0.25
"""The share of the measured time that passes unmeasured before it."""
PUNCTUAL = 0.95
SENT_WITHIN = 300.0


@dataclass(frozen=True, slots=True)
class LoadResult:
    """The figures of the measured time; `share` is the generator's share of its core."""

    seconds: float
    messages: float
    deliveries: int
    cpu: float
    share: float

    def figures(self) -> dict[str, float]:
        """Return the figures as they are shown."""
        return {
            "deliveries_per_s": self.deliveries / self.seconds,
            "messages_per_s": self.messages / self.seconds,
            "message_us": self.cpu / max(1, self.messages) * 1e6,
            "cpu_us": self.cpu / max(1, self.deliveries) * 1e6,
            "generator_share": self.share,
        }


class _Moment(NamedTuple):
    use: ResourceUse
    positions: list[int]


def _moment(running: RunningPeer, check: DeliveryCheck) -> _Moment:
    use = ResourceUse(
        time.perf_counter(),
        running.cpu_seconds(),
        machine.own_cpu_seconds(),
        machine.idle_seconds(running.cores.server),
    )
    return _Moment(use, check.positions.copy())


def _between(
    running: RunningPeer, check: DeliveryCheck, start: _Moment, end: _Moment
) -> LoadResult:
    used = end.use - start.use
    used.check(running.cores)
    ends = check.read()
    delivered = deliveries(ends, end.positions) - deliveries(ends, start.positions)
    messages = delivered / len(check.positions)
    return LoadResult(used.wall, messages, delivered, used.server, used.share)


@contextmanager
def _without_gc() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class _SendWindow:
    """Receive as a member, and let the sender send one message for each of its own received.

    `left` is how many more messages the sender may send.
    """

    def __init__(
        self, sender: Sender, check: DeliveryCheck, stream: MemberStream, left: int
    ) -> None:
        self._sender = sender
        self._positions = check.positions
        self._stream = stream
        self.left = left

    def send(self, count: int) -> None:
        """Send up to `count` messages, as far as `left` allows."""
        count = min(count, self.left)
        self.left -= count
        self._sender.send(count)

    def read(self, data: memoryview) -> None:
        since = self._positions[self._stream.member]
        self._stream.receive(data)
        if returned := self._stream.count(self._sender.mark, since):
            self.send(returned)


def _windows(clients: Clients, check: DeliveryCheck, left: int) -> list[_SendWindow]:
    windows = []
    for sender, member, stream in zip(
        clients.senders, clients.members, check.streams, strict=False
    ):
        windows.append(_SendWindow(sender, check, stream, left))
        member.reader = windows[-1].read
    return windows


def full(clients: Clients, running: RunningPeer, window: int, seconds: float) -> LoadResult:
    """Measure full load: each sender always has `window` messages under way. Raises `Void`."""
    check = clients.start_check()
    windows = _windows(clients, check, sys.maxsize)
    with _without_gc():
        for each in windows:
            each.send(window)
        _poll_for(clients, WARM * seconds)
        start = _moment(running, check)
        _poll_for(clients, seconds)
        end = _moment(running, check)
    for each in windows:
        each.left = 0
    clients.finish(check)
    return _between(running, check, start, end)


def exactly(clients: Clients, running: RunningPeer, window: int, messages: int) -> LoadResult:
    """Measure full load for `messages` messages of each sender. Raises `Void`."""
    check = clients.start_check()
    windows = _windows(clients, check, messages)
    with _without_gc():
        start = _moment(running, check)
        for each in windows:
            each.send(window)
        clients.generator.until(
            lambda: not any(each.left for each in windows),
            SENT_WITHIN,
            "every message was sent",
        )
        clients.finish(check)
        end = _moment(running, check)
    return _between(running, check, start, end)


def _poll_for(clients: Clients, seconds: float) -> None:
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        clients.generator.poll(0.1)


def steady(
    clients: Clients, running: RunningPeer, per_second: float, seconds: float
) -> LoadResult:
    """Measure `per_second` messages a second, evenly spaced; the senders take turns.

    Raises:
        Void: The members did not receive them at that rate, or the check failed.
    """
    check = clients.start_check()
    with _without_gc():
        _send_evenly(clients, per_second, WARM * seconds)
        start = _moment(running, check)
        _send_evenly(clients, per_second, seconds)
        end = _moment(running, check)
    clients.finish(check)
    load = _between(running, check, start, end)
    if load.messages < PUNCTUAL * per_second * load.seconds:
        raise Void(
            f"{load.messages / load.seconds:.0f} messages a second came, not {per_second:.0f}"
        )
    return load


def _send_evenly(clients: Clients, per_second: float, seconds: float) -> None:
    sent, total, senders = 0, int(per_second * seconds), clients.senders
    started = time.perf_counter()
    while sent < total:
        passed = time.perf_counter() - started
        due = min(total, int(passed * per_second) + 1)
        while sent < due:
            senders[sent % len(senders)].send(1)
            sent += 1
        clients.generator.poll(max(0.0, sent / per_second - (time.perf_counter() - started)))


def one_at_a_time(clients: Clients, seconds: float) -> list[float]:
    """Send each message when every member has the last one.

    Returns:
        Seconds from sending to receiving, one value for each delivery.

    Raises:
        Void: A message did not arrive within 60 s, or the check failed.
    """
    check = clients.start_check()
    took: list[float] = []
    positions, now, poll = check.positions, time.perf_counter, clients.generator.poll
    began, waiting, mark = 0.0, 0, b""

    def arrive(stream: MemberStream) -> Callable[[memoryview], None]:
        member = stream.member

        def read(data: memoryview) -> None:
            nonlocal waiting
            since = positions[member]
            stream.receive(data)
            if stream.count(mark, since):
                took.append(now() - began)
                waiting -= 1

        return read

    for member, stream in zip(clients.members, check.streams, strict=True):
        member.reader = arrive(stream)
    with _without_gc():
        until = now() + seconds
        sent = 0
        while now() < until:
            sender = clients.senders[sent % len(clients.senders)]
            sender.prepare()
            mark, waiting = sender.mark, len(positions)
            began = now()
            sender.send(1)
            sent += 1
            while waiting > 0:
                poll(1.0)
                if now() - began > 60:
                    raise Void(f"a message did not reach {waiting} members within 60 s")
    clients.finish(check)
    return took
