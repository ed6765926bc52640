"""One log line when something begins to fail, and one when it works again.

What fails is often tried again many times a second: a line for each try would fill the disk.
"""

import logging
from collections.abc import Callable
from time import monotonic

REMIND_EVERY = 60.0


class Outage:
    """One kind of failure.

    Args:
        log: where the lines go.
        what: the start of each line, such as `accept failed`.
        level: the level of the first line and of the reminders.
        now: the clock, in monotonic seconds.
    """

    def __init__(
        self,
        log: logging.Logger,
        what: str,
        level: int = logging.WARNING,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._log = log
        self._what = what
        self._level = level
        self._now = now
        self._failures = 0
        self._began = self._said = 0.0

    def failed(self, detail: str) -> None:
        """Note a failure; say so at the first, and then once in `REMIND_EVERY` seconds."""
        now = self._now()
        self._failures += 1
        if self._failures == 1:
            self._began = now
            self._log.log(self._level, "%s %s", self._what, detail)
        elif now - self._said >= REMIND_EVERY:
            self._log.log(self._level, "%s %s times=%d", self._what, detail, self._failures)
        else:
            return
        self._said = now

    def over(self) -> None:
        """Note that it works; say so if it did not before."""
        if self._failures:
            seconds = self._now() - self._began
            text = "%s: over times=%d seconds=%.1f"
            self._log.log(self._level, text, self._what, self._failures, seconds)
        self._failures = 0
