"""How often is too often. The clock is a parameter: `now` in seconds, never going back.

Knows neither who is limited nor what for.
"""

import math
from collections import OrderedDict
from collections.abc import Callable
from math import inf
from typing import NamedTuple


class Allowance(NamedTuple):
    """`rate` a second, `burst` at once. A rate of 0 allows everything."""

    rate: float
    burst: float


class TokenBucket:
    """`rate` a second, `burst` at once. A rate of 0 allows everything.

    It begins as one that was emptied `rested` seconds ago; full, if not said otherwise.
    """

    __slots__ = ("_at", "_burst", "_rate", "_tokens")

    def __init__(self, rate: float, burst: float, now: float, rested: float = inf) -> None:
        self._rate = rate
        self._burst = burst
        self._tokens = min(burst, rested * rate) if rate else burst
        self._at = now

    def is_full(self, now: float) -> bool:
        """Whether nothing was taken for so long that `burst` are there again."""
        if not self._rate:
            return True
        self._fill(now)
        return self._tokens >= self._burst

    def take(self, now: float, count: float = 1) -> bool:
        """Take `count`, if so many are there."""
        if not self._rate:
            return True
        self._fill(now)
        if self._tokens < count:
            return False
        self._tokens -= count
        return True

    def spend(self, now: float, count: float = 1) -> float:
        """Take `count`, also more than are there; return the seconds until none is owed."""
        if not self._rate:
            return 0.0
        self._fill(now)
        self._tokens -= count
        return max(0.0, -self._tokens) / self._rate

    def give_back(self, count: float = 1) -> None:
        """Undo that `count` were taken."""
        self._tokens = min(self._burst, self._tokens + count)

    def wait(self, now: float, count: float = 1) -> float:
        """Return the seconds until `count` are there; 0 if they are there now."""
        if not self._rate:
            return 0.0
        self._fill(now)
        return max(0.0, count - self._tokens) / self._rate

    def _fill(self, now: float) -> None:
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now


class SessionBucket(TokenBucket):
    """The allowance of a member, as one of the member's sessions counts it.

    Args:
        allowance: how much.
        now: when the session begins.
        rested: seconds since an earlier session, which may have used everything.
    """

    __slots__ = ("_new_until",)

    def __init__(self, allowance: Allowance, now: float, rested: float) -> None:
        super().__init__(*allowance, now, rested)
        rate, burst = allowance
        self._new_until = now + burst / rate - rested if rate else now

    def is_new(self, now: float) -> bool:
        """Whether it may lack what an earlier session took, which its client cannot know."""
        return now < self._new_until


class Meter:
    """The allowance of one client for one kind of thing, which may be overdrawn.

    Args:
        allowance: how much.
        now: when it begins, full.
        over: called when it is overdrawn; not again until it was full in between.
    """

    __slots__ = ("_bucket", "_over", "_overdrawn")

    def __init__(self, allowance: Allowance, now: float, over: Callable[[], None]) -> None:
        self._bucket = TokenBucket(*allowance, now)
        self._over = over
        self._overdrawn = False

    def spend(self, now: float, count: float = 1) -> float:
        """Take `count`; return the seconds to wait before the next, 0 if there is enough."""
        if self._overdrawn and self._bucket.is_full(now):
            self._overdrawn = False
        wait = self._bucket.spend(now, count)
        if wait and not self._overdrawn:
            self._overdrawn = True
            self._over()
        return wait


class Buckets[Key]:
    """A bucket for each key. Those that were not used longest are forgotten first.

    A key that is forgotten begins with a full bucket, so `most` should be more keys than can
    be busy at a time.
    """

    def __init__(self, allowance: Allowance, most: int = 10_000) -> None:
        self._allowance = allowance
        self._most = most
        self._buckets: OrderedDict[Key, TokenBucket] = OrderedDict()

    def of(self, key: Key, now: float) -> TokenBucket:
        """Return the bucket of a key."""
        bucket = self._buckets.get(key)
        if bucket is None:
            self._buckets[key] = bucket = TokenBucket(*self._allowance, now)
            if len(self._buckets) > self._most:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(key)
        return bucket


class Attempts:
    """Tries by key (an address), of which half are forgotten after `half_life` seconds.

    A right try forgets all. The keys that did not try for longest are forgotten first.
    """

    def __init__(self, half_life: float = 600.0, most: int = 20_000) -> None:
        self._half_life = half_life
        self._most = most
        self._tries: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def tried(self, key: str, now: float) -> None:
        """Count a try."""
        self._tries[key] = self.count(key, now) + 1, now
        self._tries.move_to_end(key)
        if len(self._tries) > self._most:
            self._tries.popitem(last=False)

    def count(self, key: str, now: float) -> float:
        """Return how many tries are not forgotten."""
        tries, at = self._tries.get(key, (0.0, now))
        return tries * math.exp2((at - now) / self._half_life)

    def succeeded(self, key: str) -> None:
        """Forget the tries of a key: one was right."""
        self._tries.pop(key, None)
