"""Moves events from the network's queue into the window's main loop, in batches.

A batch is handled in one call, so that the window changes once for all of it. A batch is
bounded by the work that its events cause, so that a flood leaves the window time to react.
While many events come, turns follow faster: many small turns delay a key press less than a few
large ones. The window's `after` is a parameter: an import contract keeps tkinter out.
"""

from collections.abc import Callable
from queue import Empty, SimpleQueue

from client_mvc.network import api
from shared import messages

EVERY_MS = 50
"""Milliseconds between two turns while no event comes."""
SOON_MS = 20
"""After a turn that had events."""
AGAIN_MS = 5
"""After a turn that left events in the queue."""
MOST = 100
"""The work of one turn, in short messages; it takes some 10 ms. One event is always taken."""
CHARACTERS = 100
"""A message with so many characters is twice the work of an empty one."""
FILE = 8
"""The work of a shared file, whose card is a window of its own to Tk."""


def work(told: api.SessionEvent) -> int:
    """Return the work that an event causes, in short messages."""
    match told[1]:
        case api.EventReceived(messages.Said(text=text)):
            return 1 + len(text) // CHARACTERS
        case api.EventReceived(messages.Shared()):
            return FILE
        case _:
            return 1


class Pump[T]:
    """Calls `handle` every turn, on the thread of `after`; also with an empty batch.

    `handle` returns whether to go on: False once the window is closed. `work` tells how much
    an event counts in a batch.
    """

    def __init__(
        self,
        queue: SimpleQueue[T],
        handle: Callable[[list[T]], bool],
        after: Callable[[int, Callable[[], None]], object],
        work: Callable[[T], int] = lambda _: 1,
    ) -> None:
        self._queue = queue
        self._handle = handle
        self._after = after
        self._work = work

    def start(self) -> None:
        """Schedule the first turn."""
        self._after(0, self._turn)

    def _turn(self) -> None:
        batch, full = self._batch()
        go_on = True
        try:
            go_on = self._handle(batch)
        finally:
            # Also after a bug: the batches that follow may still be shown.
            if go_on:
                self._after(AGAIN_MS if full else SOON_MS if batch else EVERY_MS, self._turn)

    def _batch(self) -> tuple[list[T], bool]:
        """Return the next events, and whether they are as many as one turn may have."""
        batch: list[T] = []
        work = 0
        try:
            while work < MOST:
                batch.append(self._queue.get_nowait())
                work += self._work(batch[-1])
        except Empty:
            return batch, False
        return batch, True
