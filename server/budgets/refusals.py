"""How often each allowance was at its end: counted by all processes, shown by `/metrics`.

The numbers lie in a file that all processes map into their memory. Each process adds to a row
of its own, so no lock is needed, and a process that is killed leaves its numbers.
"""

import mmap
import os
from pathlib import Path

KINDS = (
    "connects", "connections", "unjoined", "descriptors", "frames", "bytes", "errors", "slow",
    "requests", "joins", "resumes", "places", "password", "messages", "asking", "changes",
    "uploads", "space", "origins",
)  # fmt: skip
_ROWS = 66
_COLUMN = {kind: number for number, kind in enumerate(KINDS)}


class Refusals:
    """The counters of one server, for one process.

    Args:
        file: where they lie; it is made if it is not there. None: only in this process.
        process: 0 is the listener, 1 the room, then come the workers. A worker that took the
            place of another may go on in another's row.

    Raises:
        OSError: the file cannot be made.
    """

    def __init__(self, file: Path | None = None, process: int = 0) -> None:
        self._file = file
        self._row = process if process < 2 else 2 + (process - 2) % (_ROWS - 2)
        self._counts = memoryview(_memory(file, 8 * _ROWS * len(KINDS))).cast("Q")

    def __reduce__(self) -> tuple[object, ...]:
        return Refusals, (self._file, self._row)

    def of(self, process: int) -> "Refusals":
        """Return the same counters for another process."""
        same = Refusals(self._file, process)
        if self._file is None:
            same._counts = self._counts
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


def _memory(file: Path | None, size: int) -> mmap.mmap:
    if file is None:
        return mmap.mmap(-1, size)
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        os.truncate(descriptor, size)
        return mmap.mmap(descriptor, size)
    finally:
        os.close(descriptor)
