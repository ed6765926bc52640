"""How much one connection may send (`server.budgets.table`), with the clock as a parameter."""

from functools import partial

from server.budgets.buckets import Allowance, Meter
from server.budgets.refusals import Refusals
from server.budgets.table import Budgets
from server.protocols.websocket.frames import FrameCounter


class Pace:
    """The allowances of one connection. Each method returns the seconds to wait, or 0.

    An allowance is full until it is used, so its meter is made then: most connections use one.
    """

    __slots__ = ("_budgets", "_bytes", "_control", "_fragments", "_refusals", "_unjoined")

    def __init__(self, budgets: Budgets, refusals: Refusals) -> None:
        self._budgets = budgets
        self._refusals = refusals
        self._unjoined: Meter | None = None
        self._control: Meter | None = None
        self._fragments: Meter | None = None
        self._bytes: Meter | None = None

    def received(self, now: float, count: int) -> float:
        """Count bytes."""
        if self._bytes is None:
            over = partial(self._refusals.count, "bytes")
            self._bytes = Meter(self._budgets.bytes_in, now, over)
        return self._bytes.spend(now, count)

    def scanned(self, now: float, counter: FrameCounter, *, joined: bool) -> float:
        """Count frames; whole messages of a member are for its session to count."""
        if not joined:
            if self._unjoined is None:
                self._unjoined = self._frames(self._budgets.unjoined_frames, now)
            return self._unjoined.spend(now, counter.frames)
        wait = 0.0
        if counter.control:
            if self._control is None:
                self._control = self._frames(self._budgets.control_frames, now)
            wait = self._control.spend(now, counter.control)
        if counter.fragments:
            if self._fragments is None:
                self._fragments = self._frames(self._budgets.fragments, now)
            wait = max(wait, self._fragments.spend(now, counter.fragments))
        return wait

    def _frames(self, allowance: Allowance, now: float) -> Meter:
        return Meter(allowance, now, partial(self._refusals.count, "frames"))
