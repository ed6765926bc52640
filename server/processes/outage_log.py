"""Log failures that repeat: one line when they begin, one when they are over."""

import asyncio
import logging

from server.budgets.outages import Outage

CALM = 10.0
"""An outage is over after so many seconds without a failure."""


class OutageLog:
    """The outages of one process, on the running event loop, by the start of their lines."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._loop = asyncio.get_running_loop()
        self._outages: dict[str, Outage] = {}
        self._last: dict[str, float] = {}

    def failed(self, what: str, detail: str, level: int = logging.WARNING) -> None:
        """Note a failure.

        Args:
            what: the start of the line, such as `accept failed`; its failures are one outage.
            detail: the rest of the line, of the first failure and of reminders.
            level: the level of the line.
        """
        outage = self._outages.get(what)
        if outage is None:
            outage = self._outages[what] = Outage(self._log, what, level, self._loop.time)
            self._loop.call_later(CALM, self._check, what)
        self._last[what] = self._loop.time()
        outage.failed(detail)

    def _check(self, what: str) -> None:
        left = self._last[what] + CALM - self._loop.time()
        if left > 0:
            self._loop.call_later(left, self._check, what)
        else:
            del self._last[what]
            self._outages.pop(what).over()
