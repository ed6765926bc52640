"""A long history: what a message costs as it grows, reading all of it, searching, a restart."""

import re
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from benchmarks import machine, runner
from benchmarks.clients import Crowd
from benchmarks.delivery_check import Void
from benchmarks.generator import Generator
from benchmarks.peers import Peer, Running
from benchmarks.protocols import chatroom_joining, chatroom_search
from benchmarks.work.base import Figures, Plan, Shown, Work, crowd
from benchmarks.work.own_server import MIB, first_message, welcome

PIECES = 20
FILL_WINDOW = 256
READ_WITHIN = 300.0
INDEXED_WITHIN = 600.0
SEARCHES = 21
PLACES = 10
"""Who has read or searched is a member still for a while, and has the name."""
NEEDLE = b"a needle in the haystack of all that was ever said here"
_EVENT = re.compile(rb'"seq":(\d+),"at"')


class History(Work):
    """Messages by the million; `members` is how many."""

    name = "history"
    label = "history, events"
    ours_only = True
    every_round = False
    shown = (
        Shown("first_us", "server CPU, µs a message, first twentieth", decimals=1),
        Shown("last_us", "… in the last", decimals=1),
        Shown("mib_per_s", "join with `after` at the beginning, MiB/s"),
        Shown("grown_mib", "… most memory it took, MiB"),
        Shown("indexed_s", "until all of it is in the search index, s"),
        Shown("rare_ms", "search for a word said once, at the beginning: p50, ms", decimals=1),
        Shown("common_ms", "… for a word in every message", decimals=1),
        Shown("none_ms", "… for a word never said", decimals=1),
        Shown("restart_s", "restart to the first message, s", decimals=2),
    )

    def sizes(self, plan: Plan) -> Sequence[int]:
        return [plan.history]

    def run(self, peer: Peer, plan: Plan, members: int) -> Figures:
        with tempfile.TemporaryDirectory(prefix="bench-history-") as temporary:
            folder = Path(temporary)
            with peer.running(plan.cores, PLACES, folder) as running:
                curve, journal = _fill(running, members)
                read = _read_all(running, members, journal)
                indexed = _wait_for_index(folder, members)
                searches = _search(running)
            began = time.perf_counter()
            again = peer.running(plan.cores, PLACES, folder)
            with again as running, crowd(running, first=2) as people:
                restart = first_message(people, began)
        costs = [cost for _, cost in curve]
        return {
            "first_us": costs[0], "last_us": costs[-1], **read, **searches,
            "indexed_s": indexed, "restart_s": restart, "curve": curve,
        }  # fmt: skip


def _fill(running: Running, events: int) -> tuple[list[tuple[float, float]], str]:
    """So many messages, and what each cost: (length of the history, CPU µs) pairs."""
    curve: list[tuple[float, float]] = []
    with crowd(running) as people:
        people.gather(1, 1)
        people.members[0].send(people.protocol.say(NEEDLE))
        for piece in range(1, PIECES + 1):
            load = runner.exactly(people, running, FILL_WINDOW, events // PIECES)
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


def _wait_for_index(folder: Path, events: int) -> float:
    """Seconds until the search index, made in quiet moments, holds so many events."""
    index = folder / "data" / "search.sqlite3"
    began = time.perf_counter()
    while (took := time.perf_counter() - began) < INDEXED_WITHIN:
        if index.exists() and _indexed(index) >= events:
            return took
        time.sleep(0.1)
    raise Void(f"not all was in the search index within {INDEXED_WITHIN:.0f} s")


def _indexed(index: Path) -> int:
    with closing(sqlite3.connect(f"{index.as_uri()}?mode=ro", uri=True)) as database:
        try:
            (last,) = database.execute("SELECT max(last) FROM covered").fetchone()
        except sqlite3.OperationalError:  # it is just being made
            return 0
    return last or 0


def _search(running: Running) -> dict[str, float]:
    """The median of some searches for each kind of word, in ms."""
    with crowd(running, first=1) as people:
        people.join(1)
        return {
            "rare_ms": _answered_in(people, "needle haystack", 1),
            "common_ms": _answered_in(people, "abcdefghi", 50),
            "none_ms": _answered_in(people, "quokka", 0),
        }


def _answered_in(people: Crowd, text: str, expected: int) -> float:
    (one,) = people.members
    heard = bytearray()
    one.reader = heard.extend
    took = []
    for number in range(SEARCHES):
        heard.clear()
        began = time.perf_counter()
        one.send(chatroom_search(f"search {number}", text, 50))
        people.generator.until(lambda: b'],"more":' in heard, 60, "the answer to a search")
        took.append(time.perf_counter() - began)
        if heard.count(b'"type":"said"') != expected:
            raise Void(f"{text!r} was found {heard.count(b'"type":"said"')} times")
    return statistics.median(took) * 1e3
