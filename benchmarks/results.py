"""The figures of a run: kept as JSON, put together as medians. Knows no server."""

import json
import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks.work import Figures

OURS = "ours"


@dataclass(frozen=True, slots=True)
class Record:
    """One piece of work, once; `void` says why there are no figures."""

    work: str
    members: int
    peer: str
    round: int
    figures: Figures = field(default_factory=dict)
    void: str = ""


@dataclass(frozen=True, slots=True)
class Results:
    """A whole run. `versions` are the peers', in the order in which they are shown."""

    settings: dict[str, str]
    machine: dict[str, str]
    versions: dict[str, str]
    records: list[Record] = field(default_factory=list)

    def save(self, file: Path) -> None:
        """As JSON."""
        file.write_text(json.dumps(asdict(self), indent=1) + "\n", "utf-8")

    @classmethod
    def load(cls, file: Path) -> "Results":
        """What `save` wrote."""
        found = json.loads(file.read_text("utf-8"))
        found["records"] = [Record(**each) for each in found["records"]]
        return cls(**found)

    def sizes(self, work: str) -> Sequence[int]:
        """The numbers of members that a work was done with."""
        return sorted({each.members for each in self.records if each.work == work})

    def median(self, work: str, members: int, peer: str, figure: str) -> float | None:
        """Over the rounds that are not void; None if there is none."""
        found = [
            value
            for each in self._of(work, members, peer)
            if isinstance(value := each.figures.get(figure), float | int)
        ]
        return statistics.median(found) if found else None

    def curve(self, work: str, peer: str, figure: str) -> Sequence[Sequence[float]]:
        """The newest one; empty if there is none."""
        for each in reversed(self.records):
            if each.work == work and each.peer == peer:
                value = each.figures.get(figure, ())
                if not isinstance(value, float | int):
                    return value
        return ()

    def was_done(self, work: str, members: int, peer: str) -> bool:
        """Whether it was tried at all."""
        return bool(self._of(work, members, peer))

    def voids(self) -> dict[tuple[str, int, str], list[str]]:
        """Why figures are void, by work, members and peer."""
        found = defaultdict(list)
        for each in self.records:
            if each.void:
                found[each.work, each.members, each.peer].append(each.void)
        return found

    def _of(self, work: str, members: int, peer: str) -> list[Record]:
        wanted = (work, members, peer)
        return [e for e in self.records if (e.work, e.members, e.peer) == wanted]
