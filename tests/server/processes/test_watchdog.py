"""Which children are killed because they are silent."""

from types import SimpleNamespace
from typing import Any

import pytest

from server.processes.child import READY_WITHIN
from server.processes.watchdog import Watchdog

HUNG_AFTER = 5.0


class Silent:
    """A child that said something last at the time 0."""

    def __init__(self, name: str = "worker 1", *, ready: bool = True) -> None:
        self.killed = 0
        self.ready = ready
        self.last_heard = 0.0
        self.process = SimpleNamespace(name=name, kill=self._kill)

    def _kill(self) -> None:
        self.killed += 1


def killed(child: Any, until: float) -> int:
    """Check a child again and again until this time; return how often it was killed."""
    outages: Any = SimpleNamespace(failed=lambda what, detail, level: None)
    watchdog, now = Watchdog(HUNG_AFTER, outages, 0.0), 0.0
    while now < until:
        now += watchdog.interval
        watchdog.check([child], now)
    return int(child.killed)


def test_one_that_is_silent_for_too_long_is_killed_once() -> None:
    assert killed(Silent(), HUNG_AFTER) == 0
    assert killed(Silent(), HUNG_AFTER + 1.1) == 1


@pytest.mark.parametrize(("name", "times"), [("worker 1", 1), ("thumbnails", 1), ("room", 0)])
def test_one_that_starts_has_longer_and_the_room_as_long_as_it_needs(
    name: str, times: int
) -> None:
    assert killed(Silent(name, ready=False), READY_WITHIN - 1.0) == 0
    assert killed(Silent(name, ready=False), READY_WITHIN + 1.1) == times


def test_nobody_is_killed_for_a_time_in_which_the_main_process_did_not_run() -> None:
    outages: Any = SimpleNamespace(failed=lambda what, detail, level: None)
    watchdog, child = Watchdog(HUNG_AFTER, outages, 0.0), Silent()
    asleep: Any = child
    watchdog.check([asleep], 100.0)
    assert (child.killed, child.last_heard) == (0, 100.0)
