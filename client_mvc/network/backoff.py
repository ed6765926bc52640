"""How long to wait before another attempt. Pure.

One curve for connections, messages and files. It grows so slowly that after the restart of a
server the next attempt is mostly within 2 s.
"""

import random
from collections.abc import Callable

FIRST, GROWTH, LONGEST = 0.5, 1.7, 15.0
LONGEST_AFTER = 600.0
"""The most that a client waits because a server said so (`retry_after`), in seconds."""
TRANSFER_ATTEMPTS = 9
"""A transfer over a live connection fails after so many attempts in a row. They last longer
than a client needs to notice a dead connection (`websocket.HEARTBEAT`)."""
STEADY = 5.0
"""A connection that was ready for so many seconds makes the next attempt the first again."""


def wait(failures: int, retry_after: float | None = None, *, longest: float = LONGEST) -> float:
    """Return the seconds to wait after so many failures in a row (at least 1).

    Args:
        failures: attempts that failed since the last success.
        retry_after: the seconds that the server asked for, if it did.
        longest: the most that the wait grows to without `retry_after`.
    """
    if retry_after is not None:
        return min(max(retry_after, 0.0), LONGEST_AFTER)
    return min(longest, FIRST * GROWTH ** min(failures - 1, 20))


class ReconnectAttempts:
    """The attempts to reach a server again; `number` is that of the next or present one."""

    def __init__(self, uniform: Callable[[float, float], float] = random.uniform) -> None:
        self.number = 0
        self._ready_since: float | None = None
        self._uniform = uniform

    def ready(self, now: float) -> None:
        """The connection works."""
        self._ready_since = now

    def restart(self) -> None:
        """Count as if the first attempt were next: those after it follow soon."""
        self.number = 1

    def lost(self, retry_after: float | None, now: float) -> float:
        """Return the seconds until the next attempt: none the first time, then more and more.

        The wait is partly random, so that clients that lost a server together do not come back
        in step.
        """
        if self._ready_since is not None and now - self._ready_since >= STEADY:
            self.number = 0
        self._ready_since = None
        self.number += 1
        if retry_after is not None:
            return wait(self.number, retry_after)
        if self.number == 1:
            return 0.0
        longest = wait(self.number - 1)
        return self._uniform(longest / 2, longest)
