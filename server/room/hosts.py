"""The hosts of a room as its log knows them: which entries of each were carried out.

A host numbers the entries that it appends, from 1 at each start of its room process. When an
acknowledgement is lost, it appends the same entry again. Each is carried out once, and none
of an earlier start behind those of a later one: the workers have asked again meanwhile. Pure.
"""

from collections.abc import Mapping
from typing import NamedTuple

from msgspec import Struct

MOST_FORMER = 16
"""So many earlier starts of a host are known, of which entries may still come."""


class Source(NamedTuple):
    """Where an entry comes from: the host, a random number of its start, the entry's number."""

    host: str
    epoch: int
    number: int


class HostState(Struct, frozen=True):
    """The last entry of a host that was carried out, and the starts before this one."""

    epoch: int
    number: int
    former: tuple[int, ...] = ()


class HostStates:
    """The hosts of one room, by name."""

    def __init__(self, states: Mapping[str, HostState]) -> None:
        self._states = dict(states)

    def epoch(self, host: str) -> int | None:
        """Return the number of a host's last start; None if it is not known."""
        state = self._states.get(host)
        return state.epoch if state else None

    def names(self) -> list[str]:
        """Return the names of all hosts that ever appended an entry."""
        return list(self._states)

    def after(self, source: Source) -> HostState | None:
        """Return the state once this entry is carried out; None: it must not be."""
        state = self._states.get(source.host)
        if state is None:
            return HostState(source.epoch, source.number)
        if source.epoch == state.epoch:
            if source.number <= state.number:
                return None
            return HostState(source.epoch, source.number, state.former)
        if source.epoch in state.former:
            return None
        former = (*state.former, state.epoch)[-MOST_FORMER:]
        return HostState(source.epoch, source.number, former)

    def carried_out(self, host: str, state: HostState) -> None:
        """Take the state that `after` returned."""
        self._states[host] = state
