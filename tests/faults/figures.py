"""How long people waited: from what each client did and saw, and what the nemesis did.

A wait is the time from saying something to its receipt, or from the first client that sees an
event to each other. What a client waited while it was itself hung, dead or badly connected is
not counted: no server can help that. Knows nothing of right and wrong.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tests.faults import history
from tests.faults.history import Fault, Histories, Life

AFTERWARDS = 1.0
"""So many seconds after its own fault was undone a client is still its victim."""


class Wait(NamedTuple):
    """Somebody waited."""

    name: str
    since: float
    until: float

    @property
    def seconds(self) -> float:
        """How long."""
        return self.until - self.since


@dataclass
class Interruption:
    """The longest waits, in seconds: of who kept the connection, and of who lost it."""

    kept: float = 0.0
    cut: float = 0.0

    def add(self, other: "Interruption") -> None:
        """The longer of both."""
        self.kept, self.cut = max(self.kept, other.kept), max(self.cut, other.cut)


def count(histories: Histories) -> tuple[int, int]:
    """Messages said, and confirmed."""
    said, confirmed = set(), set()
    for lives in histories.values():
        for life in lives:
            for record in life.records:
                match record:
                    case history.Says(id=id) | history.Holds(id=id):
                        said.add(id)
                    case history.Confirmed(id=id):
                        confirmed.add(id)
                    case _:
                        pass
    return len(said), len(confirmed)


def files(histories: Histories) -> tuple[int, int]:
    """Files delivered, and how often one was refused."""
    records = [each for lives in histories.values() for life in lives for each in life.records]
    delivered = {each.key for each in records if isinstance(each, history.Delivered)}
    return len(delivered), sum(isinstance(each, history.Refused) for each in records)


def interruption(histories: Histories, faults: Sequence[Fault]) -> Interruption:
    """The longest waits of a round, and whose they were."""
    longest = Interruption()
    cut_off = {
        name
        for name, lives in histories.items()
        if any(isinstance(each, history.Lost) for life in lives for each in life.records)
    }
    for wait in (*receipts(histories), *lags(histories)):
        if _is_victim(wait, faults):
            continue
        if wait.name in cut_off:
            longest.cut = max(longest.cut, wait.seconds)
        else:
            longest.kept = max(longest.kept, wait.seconds)
    return longest


def _is_victim(wait: Wait, faults: Sequence[Fault]) -> bool:
    return any(
        wait.name in fault.victims
        and wait.since < fault.until + AFTERWARDS
        and wait.until > fault.t
        for fault in faults
    )


def receipts(histories: Histories) -> Iterator[Wait]:
    """From saying to the receipt, for all that was both said and confirmed."""
    for name, lives in histories.items():
        since: dict[str, float] = {}
        for life in lives:
            for record in life.records:
                match record:
                    case history.Says(id=id, t=t):
                        since.setdefault(id, t)
                    case history.Confirmed(id=id, t=t) if id in since:
                        yield Wait(name, since.pop(id), t)
                    case _:
                        pass


def lags(histories: Histories) -> Iterator[Wait]:
    """From the first who saw an event to each other who was there then."""
    first: dict[int, float] = {}
    for lives in histories.values():
        for life in lives:
            for seq, t in _seen(life).items():
                first[seq] = min(t, first.get(seq, t))
    for name, lives in histories.items():
        for life in lives:
            caught_up = next(
                (each.t for each in life.records if isinstance(each, history.CaughtUp)), None
            )
            if caught_up is None:
                continue
            for seq, t in _seen(life).items():
                if first[seq] >= caught_up:
                    yield Wait(name, first[seq], t)


def _seen(life: Life) -> dict[int, float]:
    seen: dict[int, float] = {}
    for record in life.records:
        if isinstance(record, history.Saw):
            seen.setdefault(record.event.seq, record.t)
    return seen
