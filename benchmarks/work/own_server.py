"""Work on properties of our own server: files beside the chat, the time to start."""

import json
import subprocess
import sys
import time
from collections.abc import Sequence

from benchmarks import runner
from benchmarks.clients import Clients
from benchmarks.delivery_check import Void
from benchmarks.peers import BenchmarkPeer
from benchmarks.peers.base import ROOT
from benchmarks.work.base import (
    Figures,
    Plan,
    ShownFigure,
    Work,
    connect_clients,
    start_room,
    waits,
)

UPLOAD = 10 * 1024 * 1024
UPLOADS_WITHIN = 60.0
SMALL = 3
MIB = 1024 * 1024


class ChatBesideUploads(Work):
    """The latency of messages while one member uploads 10 MiB, again and again."""

    name = "uploads"
    label = "chat beside uploads of 10 MiB"
    ours_only = True
    shown = (
        ShownFigure("before_p50_ms", "p50 without, ms", decimals=3),
        ShownFigure("p50_ms", "p50 meanwhile, ms", decimals=3),
        ShownFigure("before_p99_ms", "p99 without, ms", decimals=2),
        ShownFigure("p99_ms", "p99 meanwhile, ms", decimals=2),
        ShownFigure("mib_per_s", "uploaded, MiB/s"),
    )

    def sizes(self, plan: Plan) -> Sequence[int]:
        return [SMALL]

    def run(self, peer: BenchmarkPeer, plan: Plan, members: int) -> Figures:
        with start_room(peer, plan, members) as (running, clients):
            before = waits(runner.one_at_a_time(clients, plan.seconds), "before_")
            token = welcome(clients.join_answer)["token"]
            began = time.perf_counter()
            uploader = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.uploader", str(running.port), str(token),
                 str(UPLOAD)],
                cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
            try:
                during = waits(runner.one_at_a_time(clients, plan.seconds))
                done, _ = uploader.communicate(timeout=UPLOADS_WITHIN)
            finally:
                uploader.kill()
                uploader.wait()
            took = time.perf_counter() - began
            if uploader.returncode:
                raise Void("an upload failed")
            return {**before, **during, "mib_per_s": int(done) * UPLOAD / MIB / took}


def welcome(received: bytes) -> dict[str, object]:
    """Return the `welcome` in the bytes that a member of our room has received."""
    start = received.index(b'{"type":"welcome"')
    found, _ = json.JSONDecoder().raw_decode(received[start:].decode("utf-8", "replace"))
    return dict(found)


class ServerStart(Work):
    """The time from the command to the first message, then from connecting to joined."""

    name = "start"
    label = "start"
    shown = (
        ShownFigure("message_s", "to the first message, s", decimals=2),
        ShownFigure("welcome_ms", "from connecting to joined, ms", decimals=1),
        ShownFigure("mib", "MiB, all processes, with 3 members"),
    )

    def sizes(self, plan: Plan) -> Sequence[int]:
        return [1]

    def run(self, peer: BenchmarkPeer, plan: Plan, members: int) -> Figures:
        began = time.perf_counter()
        with peer.running(plan.cores, SMALL) as running, connect_clients(running) as clients:
            message = first_message(clients, began)
            connecting = time.perf_counter()
            clients.join(1)
            welcomed = time.perf_counter() - connecting
            clients.join(SMALL - 2)
            clients.start_check()
            return {
                "message_s": message,
                "welcome_ms": welcomed * 1e3,
                "mib": running.memory() / MIB,
            }


def first_message(clients: Clients, began: float) -> float:
    """Return the seconds from `began` until one client has joined and got its first message."""
    clients.join_room(1, 1)
    clients.start_check()
    return time.perf_counter() - began
