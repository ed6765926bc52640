"""The start of a host: who founds the room, who gets its history, and who is refused."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, cast

import pytest
from msgspec.structs import replace

from server.cluster import agreed, entering, entries, retrying
from server.cluster.agreed import CannotEnterError, DisagreementError
from server.cluster.connection import Connection, UnavailableError
from server.cluster.entering import Copies, Entering, past, position_of
from server.cluster.objects import MissingError
from server.cluster.snapshots import SnapshotError, Snapshots
from server.cluster.stream import Stream
from server.room.core import RoomCore
from server.room.hosts import Source
from server.room.log import rfc3339_ns
from server.room.operations import Drop, OwnerKey
from server.room.storage.journal import Journal
from server.settings import Settings
from tests.fakes import turns
from tests.server.cluster.memory_stream import MemoryStream
from tests.server.room.workbench import join_operation, join_request
from tests.support.waiting import until


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a host wait for nothing longer than it must."""
    monkeypatch.setattr(retrying, "AGAIN_AFTER", 0)
    monkeypatch.setattr(entering, "OPEN_WITHIN", 0.02)


@pytest.fixture
async def stream() -> MemoryStream:
    return MemoryStream()


class Nodes:
    """The connection of a host to the nodes; `reached` or not."""

    def __init__(self) -> None:
        self.reached = True

    async def open(self, within: float) -> None:
        if not self.reached:
            raise UnavailableError("no node")


class Store:
    """Snapshots of the journal, by position; `trouble` is raised when one is loaded."""

    def __init__(self) -> None:
        self.kept: dict[int, bytes] = {}
        self.trouble: Exception | None = None
        self.loaded: list[int] = []
        self.asked = 0

    @property
    def snapshots(self) -> Snapshots:
        return cast(Snapshots, self)

    async def open(self) -> None:
        pass

    async def newest(self) -> int | None:
        self.asked += 1
        return max(self.kept, default=None)

    async def load(self, position: int, journal: Path) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.loaded.append(position)
        await asyncio.to_thread(journal.write_bytes, self.kept[position])


class Host:
    """A host with a data folder of its own, until its room is open."""

    def __init__(
        self, folder: Path, stream: MemoryStream, store: Store, epoch: int, **options: Any
    ) -> None:
        folder.mkdir(exist_ok=True)
        name = options.pop("host_name", folder.name)
        self.settings = Settings(data_dir=folder, host_name=name, **options)
        self.stream, self.store, self.epoch = stream, store, epoch
        self.nodes = Nodes()
        self.has_namesake = False
        self.entering = Entering(
            self.settings,
            cast(Connection, self.nodes),
            cast(Stream, stream),
            cast(Copies, store),
            epoch,
            namesake=self.namesake,
        )
        self.stack = ExitStack()
        self.journal: Journal

    async def namesake(self) -> bool:
        return self.has_namesake

    async def start(self) -> bool:
        """Enter the room; return whether this host founded it."""
        await self.entering.prepare()
        self.journal = self.stack.enter_context(closing(Journal(self.settings.journal)))
        return await self.entering.enter(self.journal)

    def follow(self) -> RoomCore:
        """Carry out what is in the stream behind the position of the journal."""
        core = RoomCore(self.journal, self.settings.max_users)
        for record in self.stream.records[core.position :]:
            if record.data == b"no entry":
                continue
            source, operations = entries.decode(record.data)
            core.apply(record.position, rfc3339_ns(record.at_ns), operations, source)
        return core

    def alone(self, *, joined: bool = True) -> None:
        """Have a past as a single host."""
        with closing(Journal(self.settings.journal)) as journal:
            core = RoomCore(journal, 3)
            core.apply(41, "2026-01-01T08:00:00.000Z", [OwnerKey(b"K" * 32)])
            if joined:
                core.apply(
                    42, "2026-01-01T08:00:00.000Z", [join_operation(join_request("ada"))]
                )

    def copied(self) -> None:
        """Put a snapshot of the journal into the store."""
        self.journal.empty_log()
        position, _ = self.journal.counters()
        self.store.kept[position] = self.settings.journal.read_bytes()

    def end(self) -> None:
        self.stack.close()


class Hosts:
    """Makes hosts over one stream."""

    def __init__(self, folder: Path, stream: MemoryStream) -> None:
        self.folder, self.stream, self.store = folder, stream, Store()
        self.made: list[Host] = []

    def __call__(self, name: str, **options: Any) -> Host:
        host = Host(self.folder / name, self.stream, self.store, len(self.made) + 1, **options)
        self.made.append(host)
        return host


@pytest.fixture
def hosts(tmp_path: Path, stream: MemoryStream) -> Iterator[Hosts]:
    made = Hosts(tmp_path, stream)
    yield made
    for host in made.made:
        host.end()


# --- a new room --------------------------------------------------------------------------


async def test_the_first_host_founds_the_room_and_others_are_of_it(hosts: Hosts) -> None:
    one, two = hosts("one"), hosts("two")
    assert await one.start()
    assert not await two.start()
    assert one.journal.id == two.journal.id
    assert len(hosts.stream.records) == 1
    for host in (one, two):
        assert host.follow().agreed == agreed.proposal(one.settings, one.journal.id, 0)
    assert hosts.store.asked == 0


async def test_two_hosts_that_found_a_room_at_once_found_one(hosts: Hosts) -> None:
    one, two = hosts("one"), hosts("two")
    results = await asyncio.gather(one.start(), two.start())
    assert sorted(results) == [False, True]
    assert len(hosts.stream.records) == 2, "both tried"
    assert one.journal.id == two.journal.id
    assert one.follow().agreed == two.follow().agreed


async def test_what_founds_the_room_is_appended_until_it_is_there(hosts: Hosts) -> None:
    hosts.stream.troubles = ["refused", "lost"]
    one = hosts("one")
    await one.start()
    assert len(hosts.stream.records) == 1
    assert one.follow().agreed is not None


async def test_an_owners_key_from_before_is_not_of_one_host_alone(hosts: Hosts) -> None:
    """Each had run as a single host, and nobody had joined there."""
    one, two = hosts("one"), hosts("two")
    for host in (one, two):
        host.alone(joined=False)
        await host.start()
    assert [host.follow().moderation.room.owner for host in (one, two)] == [b"", b""]


# --- a room with a history ---------------------------------------------------------------


async def test_a_room_of_a_single_host_goes_on(hosts: Hosts) -> None:
    one = hosts("one")
    one.alone()
    assert await one.start()
    core = one.follow()
    assert core.agreed is not None
    assert (core.agreed.newest, core.position) == (1, 1)
    assert [member.state for member in core.roster.members()] == ["away"]


async def test_others_wait_for_a_copy_of_that_history(hosts: Hosts) -> None:
    one, two = hosts("one"), hosts("two")
    one.alone()
    await one.start()
    one.follow()
    starting = asyncio.create_task(two.start())
    await until(lambda: hosts.store.asked > 3)
    assert not starting.done()
    hosts.store.trouble = MissingError("it was replaced by a newer one")
    one.copied()
    await turns()
    assert not starting.done()
    hosts.store.trouble = None
    assert not await starting
    assert hosts.store.loaded == [1]
    assert [member.name for member in two.follow().roster.members()] == ["ada"]


async def test_a_founder_that_ended_at_once_goes_on(hosts: Hosts) -> None:
    one = hosts("one")
    one.alone()
    await one.start()
    one.end()
    again = hosts("one")
    assert await again.start()
    assert len(hosts.stream.records) == 1
    assert [one.name for one in again.follow().roster.members()] == ["ada"]


async def test_a_host_that_was_away_too_long_takes_a_copy(hosts: Hosts) -> None:
    one, two = hosts("one"), hosts("two")
    for host in (one, two):
        await host.start()
        host.follow()
    two.end()
    for number in range(1, 5):
        hosts.stream.put(entries.encode(Source("one", 1, number), [Drop(1)]))
    one.follow()
    one.copied()
    hosts.stream.first = 5
    again, new = hosts("two"), hosts("new")
    for host in (again, new):
        assert not await host.start()
        assert host.follow().position == 5
    assert hosts.store.loaded == [5, 5]


async def test_who_has_all_takes_no_copy(hosts: Hosts) -> None:
    one = hosts("one")
    await one.start()
    one.follow()
    one.end()
    hosts.stream.first = 2
    assert not await hosts("one").start()
    assert hosts.store.asked == 0


async def test_a_copy_that_cannot_be_used_ends_the_start(hosts: Hosts) -> None:
    hosts.stream.put(b"")
    hosts.stream.first = 2
    hosts.store.kept[1] = b""
    hosts.store.trouble = SnapshotError("The snapshot was made by a later version.")
    with pytest.raises(CannotEnterError, match="made by a later version"):
        await hosts("one").start()


# --- who is refused ----------------------------------------------------------------------


@pytest.mark.parametrize("purged", [False, True])
async def test_the_folder_of_another_room_is_refused(hosts: Hosts, purged: bool) -> None:
    await hosts("one").start()
    if purged:
        hosts.stream.first = 2
    other = hosts("other")
    other.alone()
    with pytest.raises(DisagreementError, match="/other has the history of another room"):
        await other.start()


async def test_the_folder_of_another_room_on_several_hosts_is_refused(
    hosts: Hosts, tmp_path: Path
) -> None:
    elsewhere = Hosts(tmp_path, MemoryStream())
    stranger = elsewhere("other")
    await stranger.start()
    stranger.follow()
    stranger.end()
    await hosts("one").start()
    with pytest.raises(DisagreementError, match="the history of another room"):
        await hosts("other").start()


async def test_nodes_that_lost_entries_are_refused_after_a_while(
    hosts: Hosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = hosts("one")
    await one.start()
    hosts.stream.put(entries.encode(Source("one", 1, 1), [Drop(1)]))
    one.follow()
    one.end()
    lost = hosts.stream.records.pop()
    second = hosts("one")
    again = asyncio.create_task(second.start())
    await turns()
    assert not again.done(), "a new leader may not know the end yet"
    hosts.stream.records.append(lost)
    await again
    second.end()
    hosts.stream.records.pop()
    monkeypatch.setattr(entering, "FEWER_FOR", 0.0)
    with pytest.raises(CannotEnterError, match=r"1 entries .* carried out 2"):
        await hosts("one").start()


async def test_two_histories_cannot_be_one_room(hosts: Hosts) -> None:
    one, two = hosts("one"), hosts("two")
    one.alone()
    two.alone()
    results = await asyncio.gather(one.start(), two.start(), return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["DisagreementError", "bool"]


async def test_a_stream_of_something_else_is_refused(hosts: Hosts) -> None:
    hosts.stream.put(b"something else")
    with pytest.raises(DisagreementError, match="not one of Chatroom"):
        await hosts("one").start()


async def test_a_room_of_a_later_version_is_refused(
    hosts: Hosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as later:
        later.setattr(entries, "VERSION", entries.VERSION + 1)
        await hosts("one").start()
    with pytest.raises(CannotEnterError, match="'one' runs a later version"):
        await hosts("two").start()


@pytest.mark.parametrize("known", [False, True])
async def test_a_host_with_other_settings_is_refused(hosts: Hosts, known: bool) -> None:
    await hosts("one", max_users=7).start()
    if known:
        two = hosts("two", max_users=7)
        await two.start()
        two.follow()
        two.end()
    with pytest.raises(DisagreementError, match="--max-users is 8 here, 7 there"):
        await hosts("two", max_users=8).start()


@pytest.mark.parametrize("known", [False, True])
async def test_settings_that_were_changed_meanwhile_are_right(
    hosts: Hosts, known: bool
) -> None:
    one, two = hosts("one"), hosts("two")
    await one.start()
    if known:
        await two.start()
        two.follow()
        two.end()
    changed = agreed.changed(agreed.proposal(one.settings, one.journal.id, 0), {"grace": 5.0})
    hosts.stream.put(b"no entry")
    hosts.stream.put(entries.encode(Source("one", 1, 1), [Drop(1), changed]))
    late = replace(changed, settings=b"{}", last=one.follow().journal.id.encode())
    hosts.stream.put(entries.encode(Source("one", 1, 2), [late]))
    assert not await hosts("two", grace=5.0).start()
    with pytest.raises(DisagreementError, match=r"--grace is 6\.0 here, 5\.0 there"):
        await hosts("three", grace=6.0).start()


@pytest.mark.parametrize("known", [False, True])
async def test_a_host_with_the_name_of_another_is_refused(hosts: Hosts, known: bool) -> None:
    await hosts("one").start()
    two = hosts("two")
    if known:
        await two.start()
        two.follow()
        two.end()
        two = hosts("two")
    two.has_namesake = True
    with pytest.raises(CannotEnterError, match=r"Another host has the name two\. Give each"):
        await two.start()
    assert len(hosts.stream.records) == 1, "it has said nothing"


# --- without the nodes -------------------------------------------------------------------


@pytest.mark.parametrize("trouble", ["no node", "no majority"])
async def test_a_host_that_knows_its_room_opens_to_read(hosts: Hosts, trouble: str) -> None:
    one = hosts("one")
    await one.start()
    one.follow()
    one.end()
    again = hosts("one")
    again.nodes.reached = trouble != "no node"
    hosts.stream.answers = False
    assert not await asyncio.wait_for(again.start(), 5)
    assert again.journal.agreed() is not None


async def test_one_that_does_not_waits(hosts: Hosts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entering, "OPEN_WITHIN", 0)  # it would open alone at once
    one = hosts("one")
    one.nodes.reached = hosts.stream.answers = False
    starting = asyncio.create_task(one.start())
    await turns()
    assert not starting.done()
    hosts.stream.answers = True
    assert await starting


# --- what a journal has ------------------------------------------------------------------


async def test_the_past_of_a_journal(hosts: Hosts) -> None:
    one = hosts("one")
    assert past(one.settings.journal) == entering.Past()
    one.alone()
    assert past(one.settings.journal) == entering.Past(42, 1)
    await one.start()
    one.follow()
    known = past(one.settings.journal)
    assert (known.position, known.newest) == (1, 1)
    assert known.agreed == one.journal.agreed()
    with closing(sqlite3.connect(one.settings.journal)) as db:
        assert position_of(db) == 1


def test_a_file_that_is_no_journal_has_no_past(tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite3").write_bytes(b"x" * 5000)
    assert past(tmp_path / "journal.sqlite3") == entering.Past()
