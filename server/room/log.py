"""The log: it decides the order of a room's operations, and their time.

Between the gateway (where operations come from) and the core (which carries them out) stands a
`Log`. `LocalLog` serves one process, `server.cluster.log` gives several hosts the same order.
"""

import logging
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from typing import Protocol

from server.budgets.outages import Outage
from server.room.hosts import Source
from server.room.operations import Operation
from server.room.storage.errors import NoSpaceError, StorageError

log = logging.getLogger(__name__)

type Apply = Callable[[int, str, Sequence[Operation]], bool]
"""Carries out operations: (position, at, operations). Positions only ever increase; `at` is
RFC 3339, UTC, milliseconds. Returns whether anything was written."""


class Applies(Protocol):
    """An `Apply` for entries of several hosts."""

    def __call__(
        self,
        position: int,
        at: str,
        operations: Sequence[Operation],
        source: Source | None = None,
        *,
        own: bool = True,
    ) -> bool:
        """Carry out an entry that this host (`own`) or another one appended."""


class Log(Protocol):
    """Hands each batch of operations to its `Apply`: all hosts get the same order.

    Attributes:
        most_bytes: of one batch; 0: any number.
    """

    most_bytes: int

    @property
    def ready(self) -> bool:
        """Whether `append` takes a batch now. Once it does, the gateway is told."""

    def append(self, operations: Sequence[Operation]) -> None:
        """Put these operations behind all others.

        Raises:
            StorageError: they are not in the log, and none of them is carried out.
        """


class LocalLog:
    """The log of a room in one process: carries operations out as they are appended.

    Args:
        apply: carries them out, and raises `StorageError` when it cannot write.
        restore: goes back to the state that was written last.
        position: the last position that was written.
        wall: gives Unix time in seconds.
    """

    most_bytes = 0
    ready = True

    def __init__(
        self,
        apply: Apply,
        restore: Callable[[], None],
        position: int,
        wall: Callable[[], float],
    ) -> None:
        self._apply = apply
        self._restore = restore
        self._position = position
        self._wall = wall
        self._stale = False
        self._outage = Outage(log, "journal not written", logging.ERROR)

    def append(self, operations: Sequence[Operation]) -> None:
        """Carry these operations out, all or none. Raises `StorageError`."""
        try:
            if self._stale:
                self._undo()
            self._position += 1
            written = self._apply(self._position, rfc3339(self._wall()), operations)
        except (StorageError, sqlite3.Error) as failure:
            text = str(failure)
            if not isinstance(failure, NoSpaceError):  # that is logged where it is noticed
                self._outage.failed(f"error={text}")
            self._stale = True
            with suppress(StorageError, sqlite3.Error):  # tried again with the next operations
                self._undo()
            raise StorageError(text) from failure
        if written:
            self._outage.over()

    def _undo(self) -> None:
        self._restore()
        self._stale = False


def rfc3339(wall: float) -> str:
    """Return Unix time as RFC 3339, UTC, milliseconds."""
    return rfc3339_ns(round(wall * 1_000_000) * 1000)


def rfc3339_ns(wall: int) -> str:
    """Return nanoseconds of Unix time as RFC 3339, UTC, milliseconds, rounded down."""
    second, nanoseconds = divmod(wall, 1_000_000_000)
    return f"{_second(second)}.{nanoseconds // 1_000_000:03}Z"


@lru_cache(2)
def _second(wall: int) -> str:
    return datetime.fromtimestamp(wall, UTC).strftime("%Y-%m-%dT%H:%M:%S")
