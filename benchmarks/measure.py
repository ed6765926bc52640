"""A run: each round does all work at all sizes with each peer in turn.

The peers take turns so that other load on the machine affects all of them alike.
"""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

from benchmarks import machine
from benchmarks.delivery_check import Void
from benchmarks.machine import Cores
from benchmarks.peers import BenchmarkPeer, Ours
from benchmarks.results import BenchmarkResults, Measurement
from benchmarks.work import Plan, Work

_COUNTS = ("members", "idle", "storm", "history")


def run(
    peers: Sequence[BenchmarkPeer],
    works: Sequence[Work],
    settings: Mapping[str, Any],
    file: Path | None,
) -> BenchmarkResults:
    """Measure, and save the results to `file`, if given, after each figure."""
    cores = Cores.choose(settings["cores"])
    os.sched_setaffinity(0, cores.generator)
    machine.raise_descriptors()
    plan = Plan(cores, *(settings[name] for name in ("seconds", *_COUNTS)))
    present = list(_installed(peers))
    results = BenchmarkResults(
        settings={name: str(value) for name, value in settings.items()},
        machine=machine.description(),
        versions={peer.name: peer.version() for peer in present},
    )
    for number in range(1, settings["rounds"] + 1):
        for work, members, peer in _in_turn(works, plan, present, number):
            _print(f"round {number}, {work.name}, N = {members}, {peer.name}: ", end="")
            measured = _once(work, members, peer, plan, number)
            _print(measured.void or _brief(work, measured))
            results.records.append(measured)
            if file is not None:
                results.save(file)
    return results


def _installed(peers: Sequence[BenchmarkPeer]) -> Iterator[BenchmarkPeer]:
    for peer in peers:
        if problem := peer.missing():
            _print(f"{peer.name} is left out: {problem}")
        else:
            yield peer


def _in_turn(
    works: Sequence[Work], plan: Plan, peers: Sequence[BenchmarkPeer], number: int
) -> Iterator[tuple[Work, int, BenchmarkPeer]]:
    """Yield the work of round `number`. Every other round goes through the peers backwards."""
    for work in works:
        if number > 1 and not work.every_round:
            continue
        for members in work.sizes(plan):
            for peer in peers if number % 2 else reversed(peers):
                if isinstance(peer, Ours) or not work.ours_only:
                    yield work, members, peer


def _once(
    work: Work, members: int, peer: BenchmarkPeer, plan: Plan, number: int
) -> Measurement:
    try:
        figures = work.run(peer, plan, members)
    except (Void, psutil.Error) as problem:
        return Measurement(work.name, members, peer.name, number, void=f"{problem}")
    return Measurement(work.name, members, peer.name, number, figures)


def _brief(work: Work, measured: Measurement) -> str:
    found = []
    for shown in work.shown:
        value = measured.figures.get(shown.figure)
        if isinstance(value, float | int):
            found.append(f"{shown.label} {value / shown.divisor:.{shown.decimals}f}")
    return ", ".join(found)


def _print(text: str, end: str = "\n") -> None:
    print(text, end=end, file=sys.stderr, flush=True)
