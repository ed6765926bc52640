"""A long history: the cost of a message as it grows, reading it, searching it, a restart."""

import re
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from benchmarks import machine, runner
from benchmarks.clients import Clients
from benchmarks.delivery_check import Void
from benchmarks.generator import LoadGenerator
from benchmarks.peers import BenchmarkPeer, RunningPeer
from benchmarks.protocols import chatroom_joining, chatroom_search
from benchmarks.work.base import Figures, Plan, ShownFigure, Work, connect_clients
from benchmarks.work.own_server import MIB, first_message, welcome

PIECES = 20
FILL_WINDOW = 256
READ_WITHIN = 300.0
INDEXED_WITHIN = 600.0
SEARCHES = 21
PLACES = 10
"""A client that has read or searched keeps its name for the grace period."""
NEEDLE = b"a needle in the haystack of a long history"
_EVENT = re.compile(rb'"seq":(\d+),"at"')


class LongHistory(Work):
    """Messages by the million; `members` is their number."""

    name = "history"
    label = "history, events"
    ours_only = True
    every_round = False
    shown = (
        ShownFigure("first_us", "server CPU, µs a message, first twentieth", decimals=1),
        ShownFigure("last_us", "… in the last", decimals=1),
        ShownFigure("mib_per_s", "join with `after` at the beginning, MiB/s"),
        ShownFigure("grown_mib", "… most memory it took, MiB"),
        ShownFigure("indexed_s", "until all of it is in the search index, s"),
        ShownFigure(
            "rare_ms", "search for a word sent once, at the beginning: p50, ms", decimals=1
        ),
        ShownFigure("common_ms", "… for a word in every message", decimals=1),
        ShownFigure("none_ms", "… for a word never sent", decimals=1),
        ShownFigure("restart_s", "restart to the first message, s", decimals=2),
    )

    def sizes(self, plan: Plan) -> Sequence[int]:
        return [plan.history]

    def run(self, peer: BenchmarkPeer, plan: Plan, members: int) -> Figures:
        with tempfile.TemporaryDirectory(prefix="bench-history-") as temporary:
            folder = Path(temporary)
            with peer.running(plan.cores, PLACES, folder) as running:
                curve, journal = _fill(running, members)
                read = _read_all(running, members, journal)
                indexed = _wait_for_index(folder, members)
                searches = _search(running)
            began = time.perf_counter()
            again = peer.running(plan.cores, PLACES, folder)
            with again as running, connect_clients(running, first=2) as clients:
                restart = first_message(clients, began)
        costs = [cost for _, cost in curve]
        return {
            "first_us": costs[0], "last_us": costs[-1], **read, **searches,
            "indexed_s": indexed, "restart_s": restart, "curve": curve,
        }  # fmt: skip


def _fill(running: RunningPeer, events: int) -> tuple[list[tuple[float, float]], str]:
    """Send `events` messages; return (length of the history, CPU µs a message) pairs."""
    curve: list[tuple[float, float]] = []
    with connect_clients(running) as clients:
        clients.join_room(1, 1)
        clients.members[0].send(clients.protocol.message(NEEDLE))
        for piece in range(1, PIECES + 1):
            load = runner.exactly(clients, running, FILL_WINDOW, events // PIECES)
            curve.append((piece * events / PIECES, load.cpu / load.messages * 1e6))
        return curve, str(welcome(clients.join_answer)["journal"])


def _read_all(running: RunningPeer, events: int, journal: str) -> dict[str, float]:
    """Join with `after` at the beginning, and read every event as fast as it comes."""
    generator = LoadGenerator(running.port, tls=running.tls)
    received = bytearray()
    try:
        before = machine.resident(running.pid)
        machine.forget_peaks(running.pid)
        one = generator.connect(received.extend)
        upgrade, join = chatroom_joining(0, name="reader", after=1, journal=journal)
        one.send(upgrade.send)
        generator.until(lambda: upgrade.until in received, 10, "the upgrade")
        began = time.perf_counter()
        one.send(join.send)
        generator.until(lambda: join.until in received, 10, "the welcome")
        newest = int(str(welcome(bytes(received))["seq"]))
        last = b'"seq":%d,"at"' % newest
        generator.until(lambda: received.find(last, -4096) >= 0, READ_WITHIN, "the last event")
        took = time.perf_counter() - began
        grown = machine.peak(running.pid) - before
    finally:
        generator.close()
    seqs = [int(found[1]) for found in _EVENT.finditer(received)]
    if seqs != list(range(2, newest + 1)) or newest < events:
        raise Void(f"of the events 2 to {newest} came {len(seqs)}, or not in order")
    return {"mib_per_s": len(received) / MIB / took, "grown_mib": grown / MIB}


def _wait_for_index(folder: Path, events: int) -> float:
    """Return the seconds until the search index, filled in quiet moments, has all events."""
    index = folder / "data" / "search.sqlite3"
    began = time.perf_counter()
    while (took := time.perf_counter() - began) < INDEXED_WITHIN:
        if index.exists() and _indexed(index) >= events:
            return took
        time.sleep(0.1)
    raise Void(f"the search index did not have all events within {INDEXED_WITHIN:.0f} s")


def _indexed(index: Path) -> int:
    with closing(sqlite3.connect(f"{index.as_uri()}?mode=ro", uri=True)) as database:
        try:
            (last,) = database.execute("SELECT max(last) FROM covered").fetchone()
        except sqlite3.OperationalError:  # the index is being created
            return 0
    return last or 0


def _search(running: RunningPeer) -> dict[str, float]:
    """Return the median time of some searches for each kind of word, in ms."""
    with connect_clients(running, first=1) as clients:
        clients.join(1)
        return {
            "rare_ms": _answered_in(clients, "needle haystack", 1),
            "common_ms": _answered_in(clients, "abcdefghi", 50),
            "none_ms": _answered_in(clients, "quokka", 0),
        }


def _answered_in(clients: Clients, text: str, expected: int) -> float:
    (one,) = clients.members
    received = bytearray()
    one.reader = received.extend
    took = []
    for number in range(SEARCHES):
        received.clear()
        began = time.perf_counter()
        one.send(chatroom_search(f"search {number}", text, 50))
        clients.generator.until(lambda: b'],"more":' in received, 60, "the answer to a search")
        took.append(time.perf_counter() - began)
        if received.count(b'"type":"said"') != expected:
            raise Void(f"{text!r} was found {received.count(b'"type":"said"')} times")
    return statistics.median(took) * 1e3
