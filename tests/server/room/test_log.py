"""The log of a single host; for its contract see `log_contract`."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from server.room.log import LocalLog, Log, rfc3339, rfc3339_ns
from server.room.operations import Drop
from server.room.storage.errors import OvertakenError, StorageError
from tests.server.room.log_contract import Host, LogContract, OpenLog


def local(host: Host) -> Log:
    last = host.entries[-1][0] if host.entries else 7
    return LocalLog(host.apply, host.restore, last, lambda: host.now)


class TestLocalLog(LogContract):
    @pytest.fixture
    def open_log(self) -> OpenLog:
        @asynccontextmanager
        async def open_log(host: Host) -> AsyncIterator[Log]:
            yield local(host)

        return open_log


def test_a_position_is_not_used_again_after_a_restart() -> None:
    host = Host()
    local(host).append([Drop(1)])
    assert host.entries[0][0] > 7


def test_an_entry_has_the_time_at_which_it_was_appended() -> None:
    host = Host()
    log = local(host)
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


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_795_334_400_123_999_999, "2026-11-22T08:00:00.123Z"),
        (1_795_334_400_999_999_999, "2026-11-22T08:00:00.999Z"),
    ],
)
def test_times_are_cut_not_rounded(nanoseconds: int, text: str) -> None:
    assert rfc3339_ns(nanoseconds) == text
