"""What only our room has, or has to say: files beside the chat, a long history, its start."""

import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import drive, machine
from benchmarks.crowd import Crowd
from benchmarks.generator import Generator
from benchmarks.peers import Peer, Running
from benchmarks.peers.base import ROOT
from benchmarks.protocols import chatroom_joining
from benchmarks.tape import Void
from benchmarks.work.base import Figures, Plan, Shown, Work, crowd, room, waits

UPLOAD = 10 * 1024 * 1024
UPLOADS_WITHIN = 60.0
SMALL = 3
PIECES = 20
FILL_WINDOW = 256
MIB = 1024 * 1024
READ_WITHIN = 300.0
_EVENT = re.compile(rb'"seq":(\d+),"at"')


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
            before = waits(drive.one_at_a_time(people, plan.seconds), "before_")
            token = welcome(people.greeting)["token"]
            began = time.perf_counter()
            uploader = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.uploader", str(running.port), str(token),
                 str(UPLOAD)],
                cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
            try:
                during = waits(drive.one_at_a_time(people, plan.seconds))
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


class History(Work):
    """A long history: what a message costs as it grows, reading all of it, starting with it."""

    name = "history"
    label = "history, events"
    ours_only = True
    every_round = False
    shown = (
        Shown("first_us", "server CPU, µs a message, first twentieth", decimals=1),
        Shown("last_us", "… in the last", decimals=1),
        Shown("mib_per_s", "join with `after` at the beginning, MiB/s"),
        Shown("grown_mib", "… most memory it took, MiB"),
        Shown("restart_s", "restart to the first message, s", decimals=2),
    )

    def sizes(self, plan: Plan) -> Sequence[int]:
        return [plan.history]

    def run(self, peer: Peer, plan: Plan, members: int) -> Figures:
        with tempfile.TemporaryDirectory(prefix="bench-history-") as temporary:
            folder = Path(temporary)
            with peer.running(plan.cores, SMALL, folder) as running:
                curve, journal = _fill(running, members)
                read = _read_all(running, members, journal)
            began = time.perf_counter()
            again = peer.running(plan.cores, SMALL, folder)
            # Who was there before the restart is a member still, and has its name.
            with again as running, crowd(running, first=1) as people:
                restart = first_message(people, began)
        costs = [cost for _, cost in curve]
        return {
            "first_us": costs[0], "last_us": costs[-1], "restart_s": restart, **read,
            "curve": curve,
        }  # fmt: skip


def _fill(running: Running, events: int) -> tuple[list[tuple[float, float]], str]:
    """So many messages, and what each cost: (length of the history, CPU µs) pairs."""
    curve: list[tuple[float, float]] = []
    with crowd(running) as people:
        people.gather(1, 1)
        for piece in range(1, PIECES + 1):
            load = drive.exactly(people, running, FILL_WINDOW, events // PIECES)
            curve.append((piece * events / PIECES, load.cpu / load.messages * 1e6))
        return curve, str(welcome(people.greeting)["journal"])


def _read_all(running: Running, events: int, journal: str) -> dict[str, float]:
    """Join with `after` at the beginning, and read everything as fast as it comes."""
    generator = Generator(running.port)
    heard = bytearray()
    try:
        before = machine.resident(running.pid)
        machine.forget_peaks(running.pid)
        one = generator.connect(heard.extend)
        upgrade, join = chatroom_joining(0, name="reader", after=1, journal=journal)
        one.send(upgrade.send)
        generator.until(lambda: upgrade.until in heard, 10, "the upgrade")
        began = time.perf_counter()
        one.send(join.send)
        generator.until(lambda: join.until in heard, 10, "the welcome")
        newest = int(str(welcome(bytes(heard))["seq"]))
        last = b'"seq":%d,"at"' % newest
        generator.until(lambda: heard.find(last, -4096) >= 0, READ_WITHIN, "the last event")
        took = time.perf_counter() - began
        grown = machine.peak(running.pid) - before
    finally:
        generator.close()
    seqs = [int(found[1]) for found in _EVENT.finditer(heard)]
    if seqs != list(range(2, newest + 1)) or newest < events:
        raise Void(f"of the events 2 to {newest} came {len(seqs)}, or not in order")
    return {"mib_per_s": len(heard) / MIB / took, "grown_mib": grown / MIB}
