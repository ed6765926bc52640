"""Kill child processes whose event loop does not run; who started one then starts another."""

import logging
from collections.abc import Iterable

from server.processes.child import READY_WITHIN, Child, kind_and_number
from server.processes.control_channel import beat_interval
from server.processes.outage_log import OutageLog


class Watchdog:
    """Watches the children of the main process.

    Args:
        hung_after: seconds without a beat after which a child counts as hung.
        outages: logs those that are killed.
        now: event loop time.

    Attributes:
        interval: seconds between two checks.
    """

    def __init__(self, hung_after: float, outages: OutageLog, now: float) -> None:
        self._hung_after = hung_after
        self._outages = outages
        self._last_check = now
        self.interval = beat_interval(hung_after)

    def check(self, children: Iterable[Child], now: float) -> None:
        """Kill those of these that are silent for too long."""
        children = list(children)
        if now - self._last_check > 2 * self.interval:  # this process itself did not run
            for one in children:
                one.last_heard = now
        self._last_check = now
        for one in children:
            kind, number = kind_and_number(one.process.name)
            if now - one.last_heard > self._patience(one, kind):
                self._outages.failed(f"{kind} hung", f"{number}action=kill", logging.ERROR)
                one.last_heard = now
                one.process.kill()

    def _patience(self, one: Child, kind: str) -> float:
        """Return for how many seconds a child may be silent.

        The room process may need long to open a large journal; a worker soon says something.
        """
        if one.ready:
            return self._hung_after
        return float("inf") if kind == "room" else max(READY_WITHIN, self._hung_after)
