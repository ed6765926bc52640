"""How much one connection may send (`server.budgets.table`), with the clock as a parameter."""

from functools import partial

from server.budgets.buckets import Meter
from server.budgets.refusals import Refusals
from server.budgets.table import Budgets
from server.protocols.websocket.frames import FrameCounter


class Pace:
    """The allowances of one connection. Each method returns the seconds to wait, or 0."""

    __slots__ = ("_bytes", "_control", "_fragments", "_unjoined")

    def __init__(self, budgets: Budgets, refusals: Refusals, now: float) -> None:
        frames = partial(refusals.count, "frames")
        self._unjoined = Meter(budgets.unjoined_frames, now, frames)
        self._control = Meter(budgets.control_frames, now, frames)
        self._fragments = Meter(budgets.fragments, now, frames)
        self._bytes = Meter(budgets.bytes_in, now, partial(refusals.count, "bytes"))

    def received(self, now: float, count: int) -> float:
        """Count bytes."""
        return self._bytes.spend(now, count)

    def scanned(self, now: float, counter: FrameCounter, *, joined: bool) -> float:
        """Count frames; whole messages of a member are for its session to count."""
        if not joined:
            return self._unjoined.spend(now, counter.frames)
        wait = self._control.spend(now, counter.control) if counter.control else 0.0
        if counter.fragments:
            wait = max(wait, self._fragments.spend(now, counter.fragments))
        return wait
