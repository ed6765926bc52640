"""What only our room has, or has to say: files beside the chat, its start."""

import json
import subprocess
import sys
import time
from collections.abc import Sequence

from benchmarks import runner
from benchmarks.clients import Crowd
from benchmarks.delivery_check import Void
from benchmarks.peers import Peer
from benchmarks.peers.base import ROOT
from benchmarks.work.base import Figures, Plan, Shown, Work, crowd, room, waits

UPLOAD = 10 * 1024 * 1024
UPLOADS_WITHIN = 60.0
SMALL = 3
MIB = 1024 * 1024


class Uploads(Work):
    """The chat's latency while somebody uploads 10 MiB, again and again."""

    name = "uploads"
    label = "chat beside uploads of 10 MiB"
    ours_only = True
    shown = (
        Shown("before_p50_ms", "p50 without, ms", decimals=3),
        Shown("p50_ms", "p50 meanwhile, ms", decimals=3),
        Shown("before_p99_ms", "p99 without, ms", decimals=2),
        Shown("p99_ms", "p99 meanwhile, ms", decimals=2),
        Shown("mib_per_s", "uploaded, MiB/s"),
    )

    def sizes(self, plan: Plan) -> Sequence[int]:
        return [SMALL]

    def run(self, peer: Peer, plan: Plan, members: int) -> Figures:
        with room(peer, plan, members) as (running, people):
            before = waits(runner.one_at_a_time(people, plan.seconds), "before_")
            token = welcome(people.greeting)["token"]
            began = time.perf_counter()
            uploader = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.uploader", str(running.port), str(token),
                 str(UPLOAD)],
                cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
            try:
                during = waits(runner.one_at_a_time(people, plan.seconds))
                done, _ = uploader.communicate(timeout=UPLOADS_WITHIN)
            finally:
                uploader.kill()
                uploader.wait()
            took = time.perf_counter() - began
            if uploader.returncode:
                raise Void("an upload failed")
            return {**before, **during, "mib_per_s": int(done) * UPLOAD / MIB / took}


def welcome(heard: bytes) -> dict[str, object]:
    """The `welcome` in what a member of our room has heard so far."""
    start = heard.index(b'{"type":"welcome"')
    found, _ = json.JSONDecoder().raw_decode(heard[start:].decode("utf-8", "replace"))
    return dict(found)


class Start(Work):
    """From the command to the first message delivered; then from connecting to joined."""

    name = "start"
    label = "start"
    shown = (
        Shown("message_s", "to the first message, s", decimals=2),
        Shown("welcome_ms", "from connecting to joined, ms", decimals=1),
        Shown("mib", "MiB, all processes, with 3 members"),
    )

    def sizes(self, plan: Plan) -> Sequence[int]:
        return [1]

    def run(self, peer: Peer, plan: Plan, members: int) -> Figures:
        began = time.perf_counter()
        with peer.running(plan.cores, SMALL) as running, crowd(running) as people:
            message = first_message(people, began)
            connecting = time.perf_counter()
            people.join(1)
            welcomed = time.perf_counter() - connecting
            people.join(SMALL - 2)
            people.tape()
            return {
                "message_s": message,
                "welcome_ms": welcomed * 1e3,
                "mib": running.memory() / MIB,
            }


def first_message(people: Crowd, began: float) -> float:
    """Seconds from `began` until one has joined and what it said at once has come."""
    people.gather(1, 1)
    people.tape()
    return time.perf_counter() - began
