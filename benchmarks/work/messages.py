"""Members send messages: one at a time, at a steady rate, as fast as the server can."""

from collections.abc import Sequence

from benchmarks import runner
from benchmarks.peers import BenchmarkPeer
from benchmarks.work.base import Figures, Plan, ShownFigure, Work, start_room, waits

STEADY = 50_000
"""Deliveries a second."""
MEMBERS = 100


def window(members: int) -> int:
    """Return how many messages each sender has under way at full load."""
    return 16 if members < 30 else 4


class OneAtATime(Work):
    """Each message is sent when every member has the last one."""

    name = "latency"
    label = "one message at a time"
    shown = (
        ShownFigure("p50_ms", "p50, ms", decimals=3),
        ShownFigure("p99_ms", "p99, ms", decimals=2),
        ShownFigure("max_ms", "longest, ms", decimals=1),
    )

    def run(self, peer: BenchmarkPeer, plan: Plan, members: int) -> Figures:
        with start_room(peer, plan, members) as (_, clients):
            return waits(runner.one_at_a_time(clients, plan.seconds))


class SteadyRate(Work):
    """The cost of a delivery when the server is not at its limit."""

    name = "steady"
    label = f"{STEADY:,} deliveries/s"
    shown = (ShownFigure("cpu_us", "server CPU, µs a delivery", decimals=1),)

    def run(self, peer: BenchmarkPeer, plan: Plan, members: int) -> Figures:
        with start_room(peer, plan, members) as (running, clients):
            return runner.steady(clients, running, STEADY / members, plan.seconds).figures()


class FullLoad(Work):
    """As fast as the server can, with a fixed number of messages under way."""

    name = "full"
    label = "full load"
    shown = (
        ShownFigure("deliveries_per_s", "thousand deliveries/s", divisor=1e3),
        ShownFigure("cpu_us", "server CPU, µs a delivery", decimals=2),
        ShownFigure(
            "generator_share", "the generator's core busy, %", divisor=0.01, compared=False
        ),
    )

    def run(self, peer: BenchmarkPeer, plan: Plan, members: int) -> Figures:
        with start_room(peer, plan, members) as (running, clients):
            return runner.full(clients, running, window(members), plan.seconds).figures()


class Journaled(Work):
    """As fast as the server can write to the journals of all its hosts.

    Args:
        window: how many messages each sender always has under way.
    """

    ours_only = True

    def __init__(self, window: int) -> None:
        self._window = window
        self.name = f"window{window}"
        self.label = f"full load, {window} messages of each sender under way"
        self.shown = (
            ShownFigure("messages_per_s", "messages/s in all journals"),
            ShownFigure("message_us", "CPU of hosts and nodes, µs a message", decimals=1),
            ShownFigure("generator_share", "the generator's core busy, %", divisor=0.01),
        )

    def sizes(self, plan: Plan) -> Sequence[int]:
        return [MEMBERS]

    def run(self, peer: BenchmarkPeer, plan: Plan, members: int) -> Figures:
        with start_room(peer, plan, members) as (running, clients):
            return runner.full(clients, running, self._window, plan.seconds).figures()
