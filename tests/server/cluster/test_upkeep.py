"""The copy of a room's history that other hosts need before they can enter."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import pytest

from server.cluster import retrying
from server.cluster.connection import UnavailableError
from server.cluster.snapshots import SnapshotError, Snapshots
from server.cluster.stream import Stream
from server.cluster.upkeep import Upkeep
from server.room.operations import Agree
from server.room.room_side.other_hosts import OtherHosts
from server.room.storage.journal import Journal
from server.settings import Settings
from tests.fakes import turns
from tests.server.cluster.memory_stream import MemoryStream
from tests.server.room.hosts_bench import agree
from tests.support.waiting import until


class Past:
    """A journal; `known` is what its hosts agreed on."""

    def __init__(self, known: Agree | None) -> None:
        self.known = known

    def agreed(self) -> Agree | None:
        return self.known

    def stored_names(self) -> list[str]:
        return []


class Copies:
    """The snapshots of a room; `troubles` are raised by the next attempts to make one."""

    def __init__(self) -> None:
        self.made = 0
        self.troubles: list[Exception] = []
        self.asked: list[bool] = []

    async def newest(self) -> int | None:
        self.asked.append(True)
        if len(self.asked) == 1:
            raise UnavailableError("no answer yet")
        return self.made or None

    async def make(self, journal: Path, keep: int) -> int:
        await asyncio.sleep(0)
        if self.troubles:
            raise self.troubles.pop(0)
        self.made += 1
        return self.made


@pytest.fixture
def copies() -> Copies:
    return Copies()


@pytest.fixture
async def running(
    copies: Copies, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Any]:
    """Begin the upkeep of a host."""
    monkeypatch.setattr(retrying, "AGAIN_AFTER", 0)
    tasks: list[asyncio.Task[None]] = []

    async def reached() -> None:
        pass

    def begin(known: Agree | None, *, founded: bool) -> asyncio.Task[None]:
        settings = Settings(cluster=("nats://127.0.0.1:1",), host_name="a", data_dir=tmp_path)
        upkeep = Upkeep(settings)
        upkeep.snapshots = cast(Snapshots, copies)
        monkeypatch.setattr(upkeep, "open", reached)
        running = upkeep.run(
            cast(Journal, Past(known)),
            OtherHosts(),
            cast(Stream, MemoryStream()),
            in_charge=lambda: False,
            founded=founded,
        )
        tasks.append(asyncio.create_task(running))
        return tasks[-1]

    yield begin
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def test_a_founder_makes_a_copy_until_there_is_one(copies: Copies, running: Any) -> None:
    """Its nodes may not all be there yet; the others wait for it."""
    copies.troubles = [UnavailableError("no peers"), SnapshotError("busy")]
    running(None, founded=True)
    await until(lambda: copies.made == 1)


async def test_it_does_so_after_it_ended_before(copies: Copies, running: Any) -> None:
    running(agree(newest=7), founded=False)
    await until(lambda: copies.made == 1)


@pytest.mark.parametrize(("newest", "made"), [(7, 3), (0, 0)])
async def test_no_copy_is_made_that_nobody_needs(
    copies: Copies, running: Any, newest: int, made: int
) -> None:
    copies.made = made
    task = running(agree(newest=newest), founded=False)
    await until(lambda: len(copies.asked) == (2 if newest else 0))
    await turns()
    assert (copies.made, len(copies.asked), task.done()) == (made, 2 if newest else 0, False)
