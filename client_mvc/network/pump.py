"""Moves events from the network's queue into the window's main loop, in batches.

A batch is handled in one call, so that the window changes once for all of it. A batch is
bounded, so that a flood leaves the window time to react. While many events come, turns follow
faster: many small turns delay a key press less than a few large ones. The window's `after` is
a parameter: an import contract keeps tkinter out.
"""

from collections.abc import Callable
from queue import Empty, SimpleQueue

EVERY_MS = 50
"""Milliseconds between two turns while no event comes."""
SOON_MS = 20
"""After a turn that had events."""
AGAIN_MS = 5
"""After a turn that left events in the queue."""
MOST = 100
"""Events in one turn, which then takes some 10 ms."""


class Pump[T]:
    """Calls `handle` every turn, on the thread of `after`; also with an empty batch.

    `handle` returns whether to go on: False once the window is closed.
    """

    def __init__(
        self,
        queue: SimpleQueue[T],
        handle: Callable[[list[T]], bool],
        after: Callable[[int, Callable[[], None]], object],
    ) -> None:
        self._queue = queue
        self._handle = handle
        self._after = after

    def start(self) -> None:
        """Schedule the first turn."""
        self._after(0, self._turn)

    def _turn(self) -> None:
        batch = self._batch()
        go_on = True
        try:
            go_on = self._handle(batch)
        finally:
            # Also after a bug: the batches that follow may still be shown.
            if go_on:
                self._after(_wait(len(batch)), self._turn)

    def _batch(self) -> list[T]:
        batch: list[T] = []
        try:
            while len(batch) < MOST:
                batch.append(self._queue.get_nowait())
        except Empty:
            pass
        return batch


def _wait(taken: int) -> int:
    """Return the milliseconds until the next turn, after one with so many events."""
    if taken == MOST:
        return AGAIN_MS
    return SOON_MS if taken else EVERY_MS
