"""Members react, edit and type while others talk."""

import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from benchmarks import runner
from benchmarks.clients import Clients
from benchmarks.delivery_check import Void
from benchmarks.generator import LoadGenerator
from benchmarks.peers import BenchmarkPeer
from benchmarks.peers.base import ROOT
from benchmarks.protocols import chatroom_joining
from benchmarks.work.base import MOST_SENDERS, SPARE, Figures, Plan, ShownFigure, Work, waits

KINDS = ("react", "edit", "typing")
ENDS_WITHIN = 30.0


class ChatBesideChanges(Work):
    """The latency of messages while one member reacts, edits or types without a pause."""

    name = "changes"
    label = "chat beside changes of messages"
    ours_only = True
    every_round = False
    shown = (
        ShownFigure("before_p50_ms", "p50 without, ms", decimals=3),
        *(
            ShownFigure(f"{kind}_{figure}", label, decimals=decimals)
            for kind, what in zip(
                KINDS, ("reactions", "edits", "notices of typing"), strict=True
            )
            for figure, label, decimals in (
                ("per_s", f"{what}/s", 0),
                ("p50_ms", "p50 meanwhile, ms", 3),
                ("cpu_us", "server CPU, µs each", 0),
            )
        ),
    )

    def sizes(self, plan: Plan) -> Sequence[int]:
        return plan.members

    def run(self, peer: BenchmarkPeer, plan: Plan, members: int) -> Figures:
        with peer.running(plan.cores, members + SPARE) as running:
            generator = LoadGenerator(running.port, tls=running.tls)
            joining = partial(chatroom_joining, features=[])
            protocol = replace(running.protocol, joining=joining)
            try:
                clients = Clients(generator, protocol, running.concurrent_joins, 0)
                clients.join_room(members, min(members, MOST_SENDERS))
                figures = waits(runner.one_at_a_time(clients, plan.seconds), "before_")
                for kind in KINDS:
                    began, cpu = time.perf_counter(), running.cpu_seconds()
                    done, took = _beside(kind, running.port, clients, plan.seconds)
                    seconds = time.perf_counter() - began
                    cpu = running.cpu_seconds() - cpu
                    figures |= {
                        f"{kind}_{name}": value
                        for name, value in (
                            *waits(took).items(),
                            ("per_s", done / seconds),
                            ("cpu_us", cpu / max(1, done) * 1e6),
                        )
                    }
                return figures
            finally:
                generator.close()


def _beside(
    kind: str, port: int, clients: Clients, seconds: float
) -> tuple[int, Sequence[float]]:
    """Let one member do this while others talk; return how often, and the others' waits."""
    changer = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.changer", str(port), kind],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        took = runner.one_at_a_time(clients, seconds)
        done, _ = changer.communicate(timeout=ENDS_WITHIN)
    finally:
        changer.kill()
        changer.wait()
    if changer.returncode:
        raise Void(f"{kind} failed")
    return int(done), took
