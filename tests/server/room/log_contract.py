"""The contract of a log: every host gets the same operations in the same order.

A class of tests for each log inherits it.
"""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager

from server.room.hosts import Source
from server.room.log import Log
from server.room.operations import Drop, Operation
from tests.support.waiting import until


class Host:
    """The state of a host: the entries it has carried out; `failure` makes it fail."""

    def __init__(self) -> None:
        self.entries: list[tuple[int, str, list[Operation]]] = []
        self.written: list[tuple[int, str, list[Operation]]] = []
        self.own: list[bool] = []
        self.failure: Exception | None = None
        self.readable = True
        self.now = 1_795_334_400.0

    def apply(
        self,
        position: int,
        at: str,
        operations: Sequence[Operation],
        source: Source | None = None,
        *,
        own: bool = True,
    ) -> bool:
        self.entries.append((position, at, list(operations)))
        if self.failure is not None:
            raise self.failure
        self.written = list(self.entries)
        self.own.append(own)
        return True

    def restore(self) -> None:
        if not self.readable:
            raise sqlite3.OperationalError("disk I/O error")
        self.entries = list(self.written)

    @property
    def operations(self) -> list[list[Operation]]:
        return [operations for _, _, operations in self.entries]


type OpenLog = Callable[[Host], AbstractAsyncContextManager[Log]]


async def append(log: Log, host: Host, *operations: Operation) -> None:
    """Append a batch when the log takes one, and wait until it is carried out."""
    await until(lambda: log.ready)
    before = len(host.entries)
    log.append(operations)
    await until(lambda: len(host.entries) > before and log.ready)


class LogContract:
    """What each log must do; `open_log` is a fixture of the class."""

    async def test_entries_come_in_order_each_once_with_rising_positions(
        self, open_log: OpenLog
    ) -> None:
        host = Host()
        batches: list[list[Operation]] = [[Drop(1), Drop(2)], [Drop(3)], [Drop(1)]]
        async with open_log(host) as log:
            for batch in batches:
                await append(log, host, *batch)
        assert host.operations == batches
        positions = [position for position, _, _ in host.entries]
        assert positions == sorted(set(positions))
        assert host.own == [True] * 3

    async def test_a_start_goes_on_behind_what_was_carried_out(self, open_log: OpenLog) -> None:
        host, after = Host(), Host()
        async with open_log(host) as log:
            await append(log, host, Drop(1))
            await append(log, host, Drop(2))
        after.entries = list(host.entries)
        async with open_log(after) as log:
            await append(log, after, Drop(3))
        assert after.operations == [[Drop(1)], [Drop(2)], [Drop(3)]]
        assert after.entries[2][0] > after.entries[1][0]

    async def test_times_never_go_back(self, open_log: OpenLog) -> None:
        host = Host()
        async with open_log(host) as log:
            for number in range(3):
                await append(log, host, Drop(number))
        times = [at for _, at, _ in host.entries]
        assert times == sorted(times)
        assert all(len(at) == len("2026-11-22T08:00:00.000Z") and at[-1] == "Z" for at in times)
