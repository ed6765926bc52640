"""The queue of news into the window's main loop, in batches.

A batch is handed over in one call, so that the window changes once for all of it; a batch
is bounded, so that a flood leaves the window time to live. While much comes, turns come more
often: many small ones make a key wait less than a few large ones. Takes the window's `after`
as a callable: imports no tkinter, and knows nothing of what it carries.
"""

from collections.abc import Callable
from queue import Empty, SimpleQueue

EVERY_MS = 50
"""From turn to turn while nothing comes."""
SOON_MS = 20
"""After a turn that brought something."""
AGAIN_MS = 5
"""After a turn that left something behind."""
MOST = 100
"""In one turn, which then takes some 10 ms."""


class Pump[T]:
    """Calls `handle` every turn, on the thread of `after`; with an empty batch, too.

    `handle` returns whether to go on: False once there is no window any more.
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
        """The first turn comes soon."""
        self._after(0, self._turn)

    def _turn(self) -> None:
        batch = self._batch()
        go_on = True
        try:
            go_on = self._handle(batch)
        finally:
            # Also after a bug: one batch that cannot be shown must not silence the rest.
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
    """Milliseconds until the next turn, after one that took so many."""
    if taken == MOST:
        return AGAIN_MS
    return SOON_MS if taken else EVERY_MS
