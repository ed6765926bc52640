"""Members that join and listen: many idle ones, many at once, one that stops reading."""

import time
from collections.abc import Sequence

from benchmarks import runner
from benchmarks.peers import BenchmarkPeer
from benchmarks.work.base import (
    SPARE,
    Figures,
    Plan,
    ShownFigure,
    Work,
    connect_clients,
    start_room,
    waits,
)
from benchmarks.work.messages import window

SENDERS = 10
LISTENERS = 30
KIB = 1024
MIB = 1024 * 1024


class IdleMembers(Work):
    """Thousands of members are in the room, and ten of them send now and then."""

    name = "idle"
    label = "idle members, 10 send"
    every_round = False
    shown = (
        ShownFigure("kib_each", "KiB a connection", decimals=1),
        ShownFigure("mib", "MiB, all processes"),
        ShownFigure("p50_ms", "p50, ms", decimals=1),
    )

    def sizes(self, plan: Plan) -> Sequence[int]:
        return [plan.idle]

    def run(self, peer: BenchmarkPeer, plan: Plan, members: int) -> Figures:
        # No spare places: the largest room of our server has as many as the work needs.
        with peer.running(plan.cores, members) as running, connect_clients(running) as clients:
            clients.join_room(SENDERS, SENDERS)
            clients.start_check()
            before = running.memory()
            clients.join(members - SENDERS)
            clients.start_check()  # until every member has received every join
            after = running.memory()
            took = waits(runner.one_at_a_time(clients, plan.seconds))
            grown = (after - before) / (members - SENDERS)
            return {"kib_each": grown / KIB, "mib": running.memory() / MIB, **took}


class JoinStorm(Work):
    """All members join at the same time, and each join is delivered to the others."""

    name = "storm"
    label = "join storm"
    shown = (
        ShownFigure("joins_per_s", "joins/s"),
        ShownFigure("cpu_us", "server CPU, µs a join"),
    )

    def sizes(self, plan: Plan) -> Sequence[int]:
        return [plan.storm]

    def run(self, peer: BenchmarkPeer, plan: Plan, members: int) -> Figures:
        with (
            peer.running(plan.cores, members + SPARE) as running,
            connect_clients(running) as clients,
        ):
            clients.join_room(1, 1)
            clients.start_check()
            began, cpu = time.perf_counter(), running.cpu_seconds()
            clients.join(members)
            clients.start_check()
            took = time.perf_counter() - began
            cpu = running.cpu_seconds() - cpu
            return {"joins_per_s": members / took, "cpu_us": cpu / members * 1e6}


class ReaderStalls(Work):
    """Full load, first among readers only, then with one more member that never reads."""

    name = "stalled"
    label = "a reader stalls, full load"
    shown = (
        ShownFigure("deliveries_per_s", "thousand deliveries/s to the others", divisor=1e3),
        ShownFigure("kept", "of what they had without it", decimals=2, compared=False),
        ShownFigure("grown_mib", "MiB grown meanwhile", compared=False),
    )

    def sizes(self, plan: Plan) -> Sequence[int]:
        return [LISTENERS]

    def run(self, peer: BenchmarkPeer, plan: Plan, members: int) -> Figures:
        with start_room(peer, plan, members) as (running, clients):
            before = runner.full(clients, running, window(members), plan.seconds).figures()
            clients.add_stalled_reader()
            clients.start_check()
            memory = running.memory()
            during = runner.full(clients, running, window(members), plan.seconds).figures()
            return {
                **during,
                "kept": during["deliveries_per_s"] / before["deliveries_per_s"],
                "grown_mib": (running.memory() - memory) / MIB,
            }
