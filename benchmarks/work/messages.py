"""People talk: one message at a time, at a steady rate, as fast as the server can."""

from benchmarks import runner
from benchmarks.peers import Peer
from benchmarks.work.base import Figures, Plan, Shown, Work, room, waits

STEADY = 50_000
"""Deliveries a second."""


def window(members: int) -> int:
    """Messages that each speaker has under way at full load."""
    return 16 if members < 30 else 4


class OneAtATime(Work):
    """The next message is said when everybody has the last one."""

    name = "latency"
    label = "one message at a time"
    shown = (
        Shown("p50_ms", "p50, ms", decimals=3),
        Shown("p99_ms", "p99, ms", decimals=2),
        Shown("max_ms", "longest, ms", decimals=1),
    )

    def run(self, peer: Peer, plan: Plan, members: int) -> Figures:
        with room(peer, plan, members) as (_, people):
            return waits(runner.one_at_a_time(people, plan.seconds))


class Steady(Work):
    """What a delivery costs when the server has time."""

    name = "steady"
    label = f"{STEADY:,} deliveries/s"
    shown = (Shown("cpu_us", "server CPU, µs a delivery", decimals=1),)

    def run(self, peer: Peer, plan: Plan, members: int) -> Figures:
        with room(peer, plan, members) as (running, people):
            return runner.steady(people, running, STEADY / members, plan.seconds).figures()


class Full(Work):
    """As fast as the server can, with a closed window."""

    name = "full"
    label = "full load"
    shown = (
        Shown("deliveries_per_s", "thousand deliveries/s", divisor=1e3),
        Shown("cpu_us", "server CPU, µs a delivery", decimals=2),
        Shown("generator_share", "the generator's core busy, %", divisor=0.01, compared=False),
    )

    def run(self, peer: Peer, plan: Plan, members: int) -> Figures:
        with room(peer, plan, members) as (running, people):
            return runner.full(people, running, window(members), plan.seconds).figures()
