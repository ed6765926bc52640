"""People are there: many who say nothing, one who reads nothing, many who come at once."""

import time
from collections.abc import Sequence

from benchmarks import runner
from benchmarks.peers import Peer
from benchmarks.work.base import SPARE, Figures, Plan, Shown, Work, crowd, room, waits
from benchmarks.work.messages import window

SPEAKERS = 10
LISTENERS = 30
KIB = 1024
MIB = 1024 * 1024


class Idle(Work):
    """Thousands are in the room, and ten of them speak now and then."""

    name = "idle"
    label = "idle members, 10 speak"
    every_round = False
    shown = (
        Shown("kib_each", "KiB a connection", decimals=1),
        Shown("mib", "MiB, all processes"),
        Shown("p50_ms", "p50, ms"),
    )

    def sizes(self, plan: Plan) -> Sequence[int]:
        return [plan.idle]

    def run(self, peer: Peer, plan: Plan, members: int) -> Figures:
        with peer.running(plan.cores, members + SPARE) as running, crowd(running) as people:
            people.gather(SPEAKERS, SPEAKERS)
            people.tape()
            before = running.memory()
            people.join(members - SPEAKERS)
            people.tape()  # until everybody has seen everybody come
            after = running.memory()
            took = waits(runner.one_at_a_time(people, plan.seconds))
            grown = (after - before) / (members - SPEAKERS)
            return {"kib_each": grown / KIB, "mib": running.memory() / MIB, **took}


class Storm(Work):
    """All come at the same time, and each of them is told to the others."""

    name = "storm"
    label = "join storm"
    shown = (
        Shown("joins_per_s", "joins/s"),
        Shown("cpu_us", "server CPU, µs a join"),
    )

    def sizes(self, plan: Plan) -> Sequence[int]:
        return [plan.storm]

    def run(self, peer: Peer, plan: Plan, members: int) -> Figures:
        with peer.running(plan.cores, members + SPARE) as running, crowd(running) as people:
            people.gather(1, 1)
            people.tape()
            began, cpu = time.perf_counter(), running.cpu_seconds()
            people.join(members)
            people.tape()
            took = time.perf_counter() - began
            cpu = running.cpu_seconds() - cpu
            return {"joins_per_s": members / took, "cpu_us": cpu / members * 1e6}


class Stalled(Work):
    """Full load, first among readers, then with one who is there and reads nothing."""

    name = "stalled"
    label = "a reader stalls, full load"
    shown = (
        Shown("deliveries_per_s", "thousand deliveries/s to the others", divisor=1e3),
        Shown("kept", "of what they had without it", decimals=2, compared=False),
        Shown("grown_mib", "MiB grown meanwhile", compared=False),
    )

    def sizes(self, plan: Plan) -> Sequence[int]:
        return [LISTENERS]

    def run(self, peer: Peer, plan: Plan, members: int) -> Figures:
        with room(peer, plan, members) as (running, people):
            before = runner.full(people, running, window(members), plan.seconds).figures()
            people.stall()
            people.tape()
            memory = running.memory()
            during = runner.full(people, running, window(members), plan.seconds).figures()
            return {
                **during,
                "kept": during["deliveries_per_s"] / before["deliveries_per_s"],
                "grown_mib": (running.memory() - memory) / MIB,
            }
