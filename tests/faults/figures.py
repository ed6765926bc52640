"""The waiting times of members, from the records of the bots and the injected faults.

A wait is the time from sending a message to its receipt, or from the first client that shows an
event to each other client. The waits of a client that was itself hung, dead or badly connected
do not count, since no server can prevent them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tests.faults import history
from tests.faults.history import BotRun, Histories, InjectedFault

AFTERWARDS = 1.0
"""Seconds after the end of a fault for which its victim still counts as one."""


class Wait(NamedTuple):
    """One wait of one member."""

    name: str
    since: float
    until: float

    @property
    def seconds(self) -> float:
        """The length of the wait."""
        return self.until - self.since


@dataclass
class LongestWaits:
    """The longest waits in seconds: of clients that stayed connected, and of the others."""

    connected: float = 0.0
    disconnected: float = 0.0

    def add(self, other: "LongestWaits") -> None:
        """Take the longer one of each."""
        self.connected, self.disconnected = (
            max(self.connected, other.connected),
            max(self.disconnected, other.disconnected),
        )


def count(histories: Histories) -> tuple[int, int]:
    """Return how many messages were sent, and how many acknowledged."""
    sent, acknowledged = set(), set()
    for runs in histories.values():
        for run in runs:
            for record in run.records:
                match record:
                    case history.MessageSent(id=id) | history.MessageKept(id=id):
                        sent.add(id)
                    case history.MessageAcknowledged(id=id):
                        acknowledged.add(id)
                    case _:
                        pass
    return len(sent), len(acknowledged)


def files(histories: Histories) -> tuple[int, int]:
    """Return how many files were delivered, and how often one was refused."""
    records = [each for runs in histories.values() for run in runs for each in run.records]
    delivered = {each.key for each in records if isinstance(each, history.FileDelivered)}
    return len(delivered), sum(isinstance(each, history.FileRefused) for each in records)


def changes(histories: Histories) -> tuple[int, int]:
    """Return how many changes of messages were asked for, and how many confirmed."""
    records = [each for runs in histories.values() for run in runs for each in run.records]
    confirmed = sum(isinstance(each, history.ChangeConfirmed) for each in records)
    return sum(isinstance(each, history.ChangeAsked) for each in records), confirmed


def longest_waits(histories: Histories, faults: Sequence[InjectedFault]) -> LongestWaits:
    """Return the longest waits of a round; those of victims do not count."""
    longest = LongestWaits()
    cut_off = {
        name
        for name, runs in histories.items()
        if any(isinstance(each, history.ConnectionLost) for run in runs for each in run.records)
    }
    for wait in (*receipts(histories), *lags(histories)):
        if _is_victim(wait, faults):
            continue
        if wait.name in cut_off:
            longest.disconnected = max(longest.disconnected, wait.seconds)
        else:
            longest.connected = max(longest.connected, wait.seconds)
    return longest


def _is_victim(wait: Wait, faults: Sequence[InjectedFault]) -> bool:
    return any(
        wait.name in fault.victims
        and wait.since < fault.until + AFTERWARDS
        and wait.until > fault.t
        for fault in faults
    )


def receipts(histories: Histories) -> Iterator[Wait]:
    """Yield the waits from sending to the receipt, for all acknowledged messages."""
    for name, runs in histories.items():
        since: dict[str, float] = {}
        for run in runs:
            for record in run.records:
                match record:
                    case history.MessageSent(id=id, t=t):
                        since.setdefault(id, t)
                    case history.MessageAcknowledged(id=id, t=t) if id in since:
                        yield Wait(name, since.pop(id), t)
                    case _:
                        pass


def lags(histories: Histories) -> Iterator[Wait]:
    """Yield the waits from the first client that showed an event to each other client."""
    first: dict[int, float] = {}
    for runs in histories.values():
        for run in runs:
            for seq, t in _seen(run).items():
                first[seq] = min(t, first.get(seq, t))
    for name, runs in histories.items():
        for run in runs:
            caught_up = next(
                (each.t for each in run.records if isinstance(each, history.ReplayEnded)), None
            )
            if caught_up is None:
                continue
            for seq, t in _seen(run).items():
                if first[seq] >= caught_up:
                    yield Wait(name, first[seq], t)


def _seen(run: BotRun) -> dict[int, float]:
    seen: dict[int, float] = {}
    for record in run.records:
        if isinstance(record, history.EventShown):
            seen.setdefault(record.event.seq, record.t)
    return seen
