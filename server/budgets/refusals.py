"""How often each allowance was at its end: counted by all processes, shown by `/metrics`.

The numbers lie in memory that the processes share. Each process adds to a row of its own, so no
lock is needed, and a process that is killed leaves its numbers.
"""

from multiprocessing.sharedctypes import RawArray

KINDS = (
    "connects", "connections", "unjoined", "descriptors", "frames", "bytes", "errors", "slow",
    "requests", "joins", "resumes", "places", "password", "messages", "asking", "uploads",
    "space",
)  # fmt: skip
_ROWS = 66
_COLUMN = {kind: number for number, kind in enumerate(KINDS)}


class Refusals:
    """The counters of one server. The listener makes them and hands them to its children."""

    def __init__(self) -> None:
        self._counts = RawArray("Q", _ROWS * len(KINDS))
        self._row = 0

    def of(self, process: int) -> "Refusals":
        """Return the same counters for a process: 0 is the listener, 1 the room, then workers.

        A worker that took the place of another goes on in the other's row.
        """
        same = object.__new__(Refusals)
        same._counts = self._counts
        same._row = process if process < 2 else 2 + (process - 2) % (_ROWS - 2)
        return same

    def count(self, kind: str) -> None:
        """Add one. `kind` is one of `KINDS`."""
        self._counts[self._row * len(KINDS) + _COLUMN[kind]] += 1

    def totals(self) -> dict[str, int]:
        """Return the counts of all processes together, by kind."""
        width = len(KINDS)
        return {
            kind: sum(self._counts[row * width + column] for row in range(_ROWS))
            for kind, column in _COLUMN.items()
        }
