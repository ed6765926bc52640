"""What the room sends a worker, handed on in as few batches as may be.

A write to each member is what a batch costs, whatever is in it. So events of one read are one
batch; and under load, when the room is known to be at work on more of this worker's posts,
events wait for theirs: for a moment, and never when there are few. Knows the audience, no
socket and no frame.
"""

import asyncio
from collections.abc import Callable, Sequence

from server.room.interface import RoomCallbacks
from server.room.ipc import Answers

FEW = 8
MERGE_WITHIN = 0.001
"""Seconds that events wait at most; uvloop's timers know no less."""


class Inflow:
    """Events, presences and answers, in the order in which they were sent.

    `settle` is told of answers, behind the events they belong to. `awaited` tells, of the
    newest answers that came, whether more are to come.
    """

    def __init__(
        self,
        audience: RoomCallbacks,
        settle: Callable[[Answers], None],
        awaited: Callable[[Answers | None], bool],
    ) -> None:
        self._audience = audience
        self._settle = settle
        self._awaited = awaited
        self._first = 0
        self._bodies: list[bytes] = []
        self._signals: list[tuple[str, bytes]] = []
        self._answers: list[Answers] = []
        self._due: asyncio.Handle | None = None
        self.events = 0
        """How many were ever handed out."""

    def feed(
        self, first: int, bodies: Sequence[bytes], signals: Sequence[tuple[str, bytes]]
    ) -> None:
        """Events from `first` on, and presences behind them as (name, JSON).

        Presence stays between the events it came between; what only makes earlier presence
        void may wait.
        """
        if bodies:
            if self._bodies and first != self._first + len(self._bodies):
                self.hand_out()
            if not self._bodies:
                self._first = first
            self._bodies += bodies
        self._signals += signals
        if any(signal for _, signal in signals):
            self.hand_out()

    def answered(self, answers: Answers) -> None:
        """Operations were carried out; the events that came of it were fed before."""
        self._answers.append(answers)

    def end_of_read(self) -> None:
        """Nothing more is here at present."""
        if len(self._bodies) < FEW:
            self.hand_out()
        elif self._due is None:
            # What members say is read in this turn too, and asked of the room at its end.
            self._due = asyncio.get_running_loop().call_soon(self._end_of_turn)
        elif not self._more_is_coming():
            self.hand_out()

    def _end_of_turn(self) -> None:
        if self._more_is_coming():
            loop = asyncio.get_running_loop()
            self._due = loop.call_later(MERGE_WITHIN, self.hand_out)
        else:
            self.hand_out()

    def _more_is_coming(self) -> bool:
        return self._awaited(self._answers[-1] if self._answers else None)

    def hand_out(self) -> None:
        """What is here goes to the audience, and its answers to those who asked."""
        if self._due is not None:
            self._due.cancel()
            self._due = None
        if self._bodies:
            bodies, self._bodies = self._bodies, []
            self.events += len(bodies)
            self._audience.deliver(self._first, bodies)
        signals, self._signals = self._signals, []
        for name, signal in signals:
            self._audience.signal(name, signal)
        answers, self._answers = self._answers, []
        for each in answers:
            self._settle(each)
