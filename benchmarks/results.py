"""The figures of a run: kept as JSON, combined as medians."""

import json
import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks.work import Figures

OURS = "ours"
BASE = "base"
"""The name of the checkout that ours is compared with (`--against`)."""
TLS = "tls"
"""The name of ours over TLS (`--tls`)."""
HOSTS = "hosts"
"""The name of ours on several hosts (`--hosts`)."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """The figures of one work, done once; `void` is the reason if there are none."""

    work: str
    members: int
    peer: str
    round: int
    figures: Figures = field(default_factory=dict)
    void: str = ""


@dataclass(frozen=True, slots=True)
class BenchmarkResults:
    """A whole run. The order of `versions` is the order in which peers are shown."""

    settings: dict[str, str]
    machine: dict[str, str]
    versions: dict[str, str]
    records: list[Measurement] = field(default_factory=list)

    def save(self, file: Path) -> None:
        """Write the results as JSON."""
        file.write_text(json.dumps(asdict(self), indent=1) + "\n", "utf-8")

    @classmethod
    def load(cls, file: Path) -> "BenchmarkResults":
        """Read what `save` wrote."""
        found = json.loads(file.read_text("utf-8"))
        found["records"] = [Measurement(**each) for each in found["records"]]
        return cls(**found)

    def sizes(self, work: str) -> Sequence[int]:
        """Return the numbers of members with which a work was done, in order."""
        return sorted({each.members for each in self.records if each.work == work})

    def median(self, work: str, members: int, peer: str, figure: str) -> float | None:
        """Return the median over the rounds that are not void; None if there is none."""
        found = [
            value
            for each in self._of(work, members, peer)
            if isinstance(value := each.figures.get(figure), float | int)
        ]
        return statistics.median(found) if found else None

    def curve(self, work: str, peer: str, figure: str) -> Sequence[Sequence[float]]:
        """Return the newest curve; empty if there is none."""
        for each in reversed(self.records):
            if each.work == work and each.peer == peer:
                value = each.figures.get(figure, ())
                if not isinstance(value, float | int):
                    return value
        return ()

    def was_done(self, work: str, members: int, peer: str) -> bool:
        """Return whether the work was tried."""
        return bool(self._of(work, members, peer))

    def voids(self) -> dict[tuple[str, int, str], list[str]]:
        """Return the reasons of void figures, by work, members and peer."""
        found = defaultdict(list)
        for each in self.records:
            if each.void:
                found[each.work, each.members, each.peer].append(each.void)
        return found

    def _of(self, work: str, members: int, peer: str) -> list[Measurement]:
        wanted = (work, members, peer)
        return [e for e in self.records if (e.work, e.members, e.peer) == wanted]
