"""The contract of a log: all hosts get the same operations in the same order."""

import sqlite3
from collections.abc import Callable, Sequence

import pytest

from server.room.log import LocalLog, Log, rfc3339
from server.room.operations import Drop, Operation
from server.room.storage.journal import OvertakenError, StorageError


class Host:
    """The state of a host: the entries it has carried out; `failure` makes it fail."""

    def __init__(self) -> None:
        self.entries: list[tuple[int, str, list[Operation]]] = []
        self.written: list[tuple[int, str, list[Operation]]] = []
        self.failure: Exception | None = None
        self.readable = True
        self.now = 1_795_334_400.0

    def apply(self, position: int, at: str, operations: Sequence[Operation]) -> bool:
        self.entries.append((position, at, list(operations)))
        if self.failure is not None:
            raise self.failure
        self.written = list(self.entries)
        return True

    def restore(self) -> None:
        if not self.readable:
            raise sqlite3.OperationalError("disk I/O error")
        self.entries = list(self.written)


type MakeLog = Callable[[Host], Log]


def local(host: Host) -> Log:
    return LocalLog(host.apply, host.restore, 7, lambda: host.now)


@pytest.fixture(params=[local])
def make_log(request: pytest.FixtureRequest) -> MakeLog:
    make: MakeLog = request.param
    return make


def test_entries_come_in_order_each_once_with_rising_positions(make_log: MakeLog) -> None:
    host = Host()
    log = make_log(host)
    batches: list[list[Operation]] = [[Drop(1), Drop(2)], [Drop(3)], [Drop(1)]]
    for batch in batches:
        log.append(batch)
    assert [operations for _, _, operations in host.entries] == batches
    positions = [position for position, _, _ in host.entries]
    assert positions == sorted(set(positions))
    assert positions[0] > 7, "a position is not used again after a restart"


def test_an_entry_has_the_time_at_which_it_was_appended(make_log: MakeLog) -> None:
    host = Host()
    log = make_log(host)
    log.append([Drop(1)])
    host.now += 0.25
    log.append([Drop(2)])
    assert [at for _, at, _ in host.entries] == [
        "2026-11-22T08:00:00.000Z",
        "2026-11-22T08:00:00.250Z",
    ]


@pytest.mark.parametrize("failure", [StorageError("full"), sqlite3.OperationalError("full")])
def test_an_entry_that_cannot_be_written_is_undone_and_refused(failure: Exception) -> None:
    host = Host()
    log = local(host)
    log.append([Drop(1)])
    host.failure = failure
    with pytest.raises(StorageError, match="full"):
        log.append([Drop(2)])
    assert [operations for _, _, operations in host.entries] == [[Drop(1)]]
    host.failure = None
    log.append([Drop(3)])
    assert [operations for _, _, operations in host.entries] == [[Drop(1)], [Drop(3)]]


def test_nothing_is_carried_out_before_the_last_failure_is_undone() -> None:
    host = Host()
    log = local(host)
    host.failure, host.readable = StorageError("full"), False
    with pytest.raises(StorageError):
        log.append([Drop(1)])
    host.failure = None
    with pytest.raises(StorageError):
        log.append([Drop(2)])
    host.readable = True
    log.append([Drop(3)])
    assert [operations for _, _, operations in host.entries] == [[Drop(3)]]


def test_a_room_that_was_overtaken_is_not_undone() -> None:
    """Its process ends."""
    host = Host()
    host.failure = OvertakenError("!")
    with pytest.raises(OvertakenError):
        local(host).append([Drop(1)])


@pytest.mark.parametrize(
    ("wall", "text"),
    [
        (0.0, "1970-01-01T00:00:00.000Z"),
        (1_795_334_400.123, "2026-11-22T08:00:00.123Z"),
        (1_795_334_400.9999, "2026-11-22T08:00:00.999Z"),
    ],
)
def test_at(wall: float, text: str) -> None:
    assert rfc3339(wall) == text
