"""The hosts of one room, and which of them is tried next. Pure.

A room may run on several hosts, and a member may connect to any of them. A round of attempts
begins with the host that the client was connected to last, and goes on with each of the others
at once. Only when all have failed does the client wait (`backoff`): it counts rounds. A host
that is silent must not hold up the others, so in the first round each has little time; it grows
with each round, in case the network is slow.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from client_mvc.network import api
from shared import joinlink, limits
from shared.joinlink import Address
from shared.problems import Problem

FIRST_WITHIN = 1.5
"""Seconds that a host has to answer in the first round of attempts."""
_PATIENT_WITHIN = 6.0
"""The same in the last round of a client that was never a member."""
_LONGEST_WITHIN = 10.0
LATE_RESUME = 60.0
"""Seconds in which a resume without an answer may still be carried out."""

_TELLING: tuple[api.EndReason, ...] = ("doubted", "other_room", "refused")
"""The ends that a person can do something about, the most important one first."""
_STRANGERS = ("doubted", "other_room")


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an attempt at one host failed; `found` is the other room that is there."""

    why: api.EndReason
    problem: Problem
    doubt: api.Doubt | None = None
    found: api.RoomFound | None = None


class Hosts:
    """`current` is the host of this attempt.

    Args:
        entered: the hosts of the room as far as they are known, the one to begin with first.
    """

    def __init__(self, entered: Sequence[Address]) -> None:
        self._entered = entered[0]
        self._all = list(dict.fromkeys(entered))[: limits.HOSTS]
        self._within = FIRST_WITHIN
        self._failures: list[Failure] = []
        self.current = self._entered
        self._left = self._all[1:]
        self._late_until = 0.0

    @property
    def within(self) -> float | None:
        """The seconds that the host has to answer; None: there is one host only."""
        return self._within if len(self._all) > 1 else None

    def welcomed(self, urls: Iterable[str]) -> None:
        """The current host let the client join, and names all hosts, itself first."""
        self.named(urls)
        self._within = FIRST_WITHIN
        self._failures, self._left = [], []

    def named(self, urls: Iterable[str]) -> None:
        """The current host names all hosts, itself first; one alone may be cut off from them.

        The address that the person entered stays one of them: the host may have another one by
        which this computer does not reach it.
        """
        others = joinlink.addresses(urls)[1:]
        known = self._all if not others else [*others, self._entered]
        self._all = list(dict.fromkeys([self.current, *known]))

    def restart(self, *, own_last: bool = False) -> None:
        """Begin a first round, because the connection was lost."""
        self._within = FIRST_WITHIN
        self._begin([*self._all[1:], self._all[0]] if own_last else self._all)

    @property
    def others(self) -> tuple[Address, ...]:
        """All hosts but that of the connection."""
        return tuple(host for host in self._all if host != self.current)

    def go_to(self, host: Address) -> None:
        """Begin a first round with this host; the one that is left is the last."""
        own, *others = self._all
        self._within = FIRST_WITHIN
        self._begin([host, *(each for each in others if each != host), own])

    def again(self) -> None:
        """Begin another round, in which each host has more time."""
        self._within = min(self._within * 2, _LONGEST_WITHIN)
        self._begin(self._all)

    def patiently(self) -> bool:
        """Begin the last round of a client that was never a member.

        Returns:
            False if it would not help: each host answered something, or had the time.
        """
        silent = any(each.problem.code == "no_answer" for each in self._failures)
        if self.within is None or self.within >= _PATIENT_WITHIN or not silent:
            return False
        self._within = _PATIENT_WITHIN
        self._begin(self._all)
        return True

    def next(self, failure: Failure) -> bool:
        """Note why the attempt failed, and go on to the next host; False: there is none."""
        self._failures.append(failure)
        if not self._left:
            return False
        self.current = self._left.pop(0)
        return True

    def verdict(self) -> Failure:
        """Return the failure of this round that says most, about the host that it was at."""
        for why in _TELLING:
            for each in self._failures:
                if each.why == why:
                    return each
        return self._failures[0]

    def reason(self) -> Problem | None:
        """Return why the first host that may be the room's failed; None: there is none."""
        own = (each.problem for each in self._failures if each.why not in _STRANGERS)
        return next(own, None)

    def other_room(self, found: api.RoomFound | None = None) -> Failure:
        """Return why the current host is none of this room's: another room is there."""
        return Failure("other_room", self._problem("other_room"), found=found)

    def doubted(self, doubt: api.Doubt) -> Failure:
        """Return why nothing is sent to the current host; the doubt names it unless entered."""
        if self.current != self._entered:
            doubt = replace(doubt, address=self.current)
        return Failure("doubted", self._problem(doubt.kind), doubt)

    def resume_unanswered(self, now: float) -> None:
        """A resume got no answer: it may be carried out late, also at another host."""
        self._late_until = now + LATE_RESUME

    def is_late_resume(self, now: float) -> bool:
        """Return whether that resume may have replaced a connection of this client; once."""
        late, self._late_until = now < self._late_until, 0.0
        return late

    def _begin(self, order: Sequence[Address]) -> None:
        self.current, *self._left = order
        self._failures = []

    def _problem(self, code: str) -> Problem:
        return Problem(code, {"server": str(self.current)})
