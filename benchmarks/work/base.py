"""A piece of work: a server, clients in its room, and the figures.

Each work starts its server anew, so that none finds the state of another.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks.clients import Clients
from benchmarks.generator import LoadGenerator
from benchmarks.machine import Cores
from benchmarks.peers import BenchmarkPeer, RunningPeer

MOST_SENDERS = 30
SPARE = 10
LARGEST_ROOM = 2_000
"""The largest `--max-users` of the Chatroom server."""
SPARE = 10
"""Places in the room beyond the members of the work."""

type Figures = Mapping[str, float | Sequence[Sequence[float]]]
"""Numbers by name; a curve is a sequence of (x, y) pairs."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The size of a run: `seconds` for each figure, and numbers of members and events."""

    cores: Cores
    seconds: float
    members: Sequence[int]
    idle: int
    storm: int
    history: int


@dataclass(frozen=True, slots=True)
class ShownFigure:
    """How a figure is shown: its label with unit, its divisor and its decimals.

    `compared`: whether the ratio to ours is shown.
    """

    figure: str
    label: str
    divisor: float = 1.0
    decimals: int = 0
    compared: bool = True


class Work(ABC):
    """One piece of work. `every_round` is False where one round is enough."""

    name: str
    label: str
    shown: Sequence[ShownFigure]
    ours_only = False
    every_round = True

    def sizes(self, plan: Plan) -> Sequence[int]:
        """Return the numbers of members; each is a row of its own."""
        return plan.members

    @abstractmethod
    def run(self, peer: BenchmarkPeer, plan: Plan, members: int) -> Figures:
        """Do the work once. Raises `Void`."""


@contextmanager
def connect_clients(running: RunningPeer, first: int = 0) -> Iterator[Clients]:
    """Prepare clients for a server; none has joined yet. `first` numbers the first client."""
    generator = LoadGenerator(running.port, *running.other_ports, tls=running.tls)
    try:
        yield Clients(generator, running.protocol, running.concurrent_joins, first)
    finally:
        generator.close()


@contextmanager
def start_room(
    peer: BenchmarkPeer, plan: Plan, members: int
) -> Iterator[tuple[RunningPeer, Clients]]:
    """Start a server with `members` members, of which at most MOST_SENDERS send."""
    with (
        peer.running(plan.cores, members + SPARE) as running,
        connect_clients(running) as clients,
    ):
        clients.join_room(members, min(members, MOST_SENDERS))
        yield running, clients


def percentile(values: Sequence[float], part: float) -> float:
    """Return the value that `part` of all values do not exceed; `values` are sorted."""
    return values[min(len(values) - 1, int(part * len(values)))]


def waits(seconds: Sequence[float], before: str = "") -> dict[str, float]:
    """Return p50, p99 and the longest, in milliseconds; `before` is put before the names."""
    found = sorted(seconds)
    return {
        f"{before}p50_ms": percentile(found, 0.5) * 1e3,
        f"{before}p99_ms": percentile(found, 0.99) * 1e3,
        f"{before}max_ms": found[-1] * 1e3,
    }
