"""A run: every piece of work, every size, every peer in turn, and all of it again each round.

The peers take turns so that what else the machine does meanwhile strikes all of them.
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
from benchmarks.peers import Peer
from benchmarks.results import OURS, Record, Results
from benchmarks.work import Plan, Work


def run(
    peers: Sequence[Peer], works: Sequence[Work], settings: Mapping[str, Any], file: Path | None
) -> Results:
    """Measure; `file` gets what there is after each figure, if there is one."""
    cores = Cores.choose(settings["cores"])
    os.sched_setaffinity(0, cores.generator)
    machine.raise_descriptors()
    plan = Plan(cores, *(settings[name] for name in ("seconds", *_COUNTS)))
    present = list(_installed(peers))
    results = Results(
        settings={name: str(value) for name, value in settings.items()},
        machine=machine.description(),
        versions={peer.name: peer.version() for peer in present},
    )
    for number in range(1, settings["rounds"] + 1):
        for work, members, peer in _in_turn(works, plan, present, number):
            _tell(f"round {number}, {work.name}, N = {members}, {peer.name}: ", end="")
            record = _once(work, members, peer, plan, number)
            _tell(record.void or _brief(work, record))
            results.records.append(record)
            if file is not None:
                results.save(file)
    return results


_COUNTS = ("members", "idle", "storm", "history")


def _installed(peers: Sequence[Peer]) -> Iterator[Peer]:
    for peer in peers:
        if problem := peer.missing():
            _tell(f"{peer.name} is left out: {problem}")
        else:
            yield peer


def _in_turn(
    works: Sequence[Work], plan: Plan, peers: Sequence[Peer], number: int
) -> Iterator[tuple[Work, int, Peer]]:
    for work in works:
        if number > 1 and not work.every_round:
            continue
        for members in work.sizes(plan):
            for peer in peers:
                if peer.name == OURS or not work.ours_only:
                    yield work, members, peer


def _once(work: Work, members: int, peer: Peer, plan: Plan, number: int) -> Record:
    try:
        figures = work.run(peer, plan, members)
    except (Void, psutil.Error) as problem:
        return Record(work.name, members, peer.name, number, void=f"{problem}")
    return Record(work.name, members, peer.name, number, figures)


def _brief(work: Work, record: Record) -> str:
    found = []
    for shown in work.shown:
        value = record.figures.get(shown.figure)
        if isinstance(value, float | int):
            found.append(f"{shown.label} {value / shown.divisor:.{shown.decimals}f}")
    return ", ".join(found)


def _tell(text: str, end: str = "\n") -> None:
    print(text, end=end, file=sys.stderr, flush=True)
