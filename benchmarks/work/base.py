"""What a piece of work is: a server, people in its room, and figures that come of it.

Each work starts its server anew, so none finds what another has left.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks.clients import Crowd
from benchmarks.generator import Generator
from benchmarks.machine import Cores
from benchmarks.peers import Peer, Running

MOST_SPEAKERS = 30
SPARE = 10
"""Places in the room besides the members that are asked for."""

type Figures = Mapping[str, float | Sequence[Sequence[float]]]
"""Numbers by name; or a curve, as (x, y) pairs."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much: `seconds` for each figure, members and so on by their numbers."""

    cores: Cores
    seconds: float
    members: Sequence[int]
    idle: int
    storm: int
    history: int


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure as it is shown: its name, its unit, what is divided off, how many decimals.

    `compared`: whether it is set in relation to ours.
    """

    figure: str
    label: str
    divisor: float = 1.0
    decimals: int = 0
    compared: bool = True


class Work(ABC):
    """One piece of work; `every_round` is false where once is enough for so long a thing."""

    name: str
    label: str
    shown: Sequence[Shown]
    ours_only = False
    every_round = True

    def sizes(self, plan: Plan) -> Sequence[int]:
        """How many members, each of which is a row of its own."""
        return plan.members

    @abstractmethod
    def run(self, peer: Peer, plan: Plan, members: int) -> Figures:
        """Do it. Raises `Void`."""


@contextmanager
def crowd(running: Running, first: int = 0) -> Iterator[Crowd]:
    """Nobody yet, but ready to join; the first of them with this number."""
    generator = Generator(running.port)
    try:
        yield Crowd(generator, running.protocol, running.at_once, first)
    finally:
        generator.close()


@contextmanager
def room(peer: Peer, plan: Plan, members: int) -> Iterator[tuple[Running, Crowd]]:
    """A server with so many members, of whom as many speak as may."""
    with peer.running(plan.cores, members + SPARE) as running, crowd(running) as people:
        people.gather(members, min(members, MOST_SPEAKERS))
        yield running, people


def percentile(values: Sequence[float], part: float) -> float:
    """The value that `part` of all are not over; `values` are sorted."""
    return values[min(len(values) - 1, int(part * len(values)))]


def waits(seconds: Sequence[float], before: str = "") -> dict[str, float]:
    """p50, p99 and the longest, in milliseconds."""
    found = sorted(seconds)
    return {
        f"{before}p50_ms": percentile(found, 0.5) * 1e3,
        f"{before}p99_ms": percentile(found, 0.99) * 1e3,
        f"{before}max_ms": found[-1] * 1e3,
    }
