"""Joins with a password, while more come than may be looked at.

Those wait: first come those from addresses that tried least, of these the ones from networks
with the fewest failures, and every third time the one that has waited longest. So whoever
guesses from many addresses hardly delays a guest, and shuts out nobody who shares an address
with a guest.
"""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

from server.budgets.addresses import wide_network
from server.budgets.buckets import Allowance, Attempts, TokenBucket
from server.room.ipc import JoinAttempt

log = logging.getLogger(__name__)

WAITS = 12.0
"""A join waits for so many seconds at most: clients give up after 15."""
MOST_WAITING = 500
MOST_OF_ADDRESS = 32
OLDEST_EVERY = 3
LINES_A_MINUTE = 20


@dataclass(slots=True, eq=False)
class Guess:
    """A join that waits: from whom it came, as `asker` and `number`, and since when.

    `tries` are those of its address until then; `network` is the wide one of the address.
    """

    attempt: JoinAttempt
    asker: object
    number: int
    group: str
    since: float
    tries: int = 0
    network: str = ""


class Guesses:
    """The joins that wait, at most `allowance` of which are looked at."""

    def __init__(self, allowance: Allowance, now: float) -> None:
        self._bucket = TokenBucket(*allowance, now)
        self._tries = Attempts()
        self._wrong = Attempts()
        self._waiting: list[Guess] = []
        self._of_group = Counter[str]()
        self._most_tries = 0
        """None that waits has tried more often."""
        self._looked = 0
        self._log = _FailureLog()

    def __len__(self) -> int:
        return len(self._waiting)

    def at_once(self, group: str, now: float) -> bool:
        """Count a join of an address; return whether it can be looked at now."""
        self._tries.tried(group, now)
        return not self._waiting and self._bucket.take(now)

    def add(self, guess: Guess) -> Guess | None:
        """Let one wait; return one that cannot wait any more, perhaps the same."""
        if self._of_group[guess.group] >= MOST_OF_ADDRESS:
            return guess
        guess.tries = round(self._tries.count(guess.group, guess.since))
        full = len(self._waiting) >= MOST_WAITING
        if full and guess.tries > self._most_tries:
            return guess  # as in a flood; looking at all takes 0.3 ms
        self._most_tries = max(self._most_tries, guess.tries)
        guess.network = wide_network(guess.attempt.request.peer.address)
        self._waiting.append(guess)
        self._of_group[guess.group] += 1
        if not full:
            return None
        last = max(self._waiting, key=self._suspicion(guess.since))
        self._most_tries = last.tries
        self._remove(last)
        return last

    def next(self, now: float) -> Guess | None:
        """Take out the one to look at now."""
        if not self._waiting or not self._bucket.take(now):
            return None
        self._looked += 1
        if self._looked % OLDEST_EVERY:
            # Of those that tried as often, the one that came last: those who guess have
            # mostly come before a guest does. Of one address, who came first.
            group = min(reversed(self._waiting), key=self._suspicion(now)).group
            found = next(one for one in self._waiting if one.group == group)
        else:
            found = self._waiting[0]
        self._remove(found)
        return found

    def _suspicion(self, now: float) -> Callable[[Guess], tuple[int, float]]:
        """Return what orders those who wait: tries, and failures of the network by now."""
        failures = cache(partial(self._wrong.count, now=now))
        return lambda one: (one.tries, failures(one.network))

    def _remove(self, guess: Guess) -> None:
        self._waiting.remove(guess)
        self._of_group[guess.group] -= 1
        if not self._of_group[guess.group]:
            del self._of_group[guess.group]

    def too_long(self, now: float) -> list[Guess]:
        """Take out those that have waited too long."""
        return self._take_out(lambda one: now - one.since >= WAITS)

    def take_back(self, connection: int) -> list[Guess]:
        """Take out the join of a connection that has ended."""
        return self._take_out(lambda one: one.attempt.request.connection == connection)

    def forget(self, asker: object) -> None:
        """Take out all from `asker`."""
        self._take_out(lambda one: one.asker is asker)

    def _take_out(self, which: Callable[[Guess], bool]) -> list[Guess]:
        found = [one for one in self._waiting if which(one)]
        for one in found:
            self._remove(one)
        return found

    def right(self, group: str) -> None:
        """The password was right: that was no guess, and costs nothing."""
        self._tries.succeeded(group)
        self._bucket.give_back()

    def wrong(self, address: str, now: float) -> None:
        """The password was wrong."""
        self._wrong.tried(wide_network(address), now)
        self._log.failed(address, now)

    def elsewhere(self, address: str, now: float) -> None:
        """A wrong password was tried at another host: it counts here, too."""
        self._bucket.take(now)
        self._wrong.tried(wide_network(address), now)

    def due(self, now: float) -> float | None:
        """Return the seconds until one can be looked at; None while none waits."""
        if self._waiting:
            return self._bucket.wait(now)
        return self._log.due(now)

    def sum_up(self, now: float) -> None:
        """Log the wrong passwords that had no line of their own, once a minute."""
        self._log.sum_up(now)


class _FailureLog:
    """A line for each wrong password, but a sum where they are many."""

    def __init__(self) -> None:
        self._began = float("-inf")
        self._lines = 0
        self._more: dict[str, int] = {}
        self._others = 0

    def failed(self, address: str, now: float) -> None:
        self.sum_up(now)
        if now - self._began >= 60:
            self._began, self._lines = now, 0
        self._lines += 1
        if self._lines <= LINES_A_MINUTE:
            log.warning("wrong password address=%s", address)
        elif address in self._more or len(self._more) < 1000:
            self._more[address] = self._more.get(address, 0) + 1
        else:
            self._others += 1

    def due(self, now: float) -> float | None:
        return max(0.0, self._began + 60 - now) if self._more else None

    def sum_up(self, now: float) -> None:
        if not self._more or now - self._began < 60:
            return
        worst = sorted(self._more, key=lambda one: -self._more[one])[:5]
        log.warning(
            "wrong passwords times=%d addresses=%d most=%s",
            sum(self._more.values()) + self._others,
            len(self._more),
            ",".join(worst),
        )
        self._more, self._others = {}, 0
