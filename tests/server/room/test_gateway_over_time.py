"""The gateway over time: grace periods, a full disk, the report, the end."""

import asyncio

from server.room.interface import (
    ConnectionUsage,
    JoinRefused,
    RoomReport,
)
from server.room.ipc import (
    Answers,
    UsageReply,
    UsageRequest,
)
from server.room.operations import Drop, Leave
from server.room.room_side.gateway import Gateway
from server.room.room_side.grace import RETURN_WITHIN
from server.room.room_side.service import RoomService
from shared.messages import Presence
from tests.fakes import Clock, turns
from tests.server.room.gateway_worker import GRACE, Worker
from tests.server.room.workbench import Bench, FlakyJournal, code, post

# --- grace periods -----------------------------------------------------------------------


async def test_a_membership_ends_with_its_grace_period(
    gateway: Gateway, bench: Bench, clock: Clock
) -> None:
    one = Worker(gateway, 1)
    ada, _ = await one.join("ada"), await one.join("bob")
    one.up(Drop(ada.connection))
    await turns()
    clock.now += GRACE - 0.1
    gateway.expire()
    assert bench.states == {"ada": "away", "bob": "active"}
    clock.now += 0.1
    gateway.expire()
    assert bench.states == {"bob": "active"}
    assert [event.reason for event in one.events if hasattr(event, "reason")] == ["lost"]


async def test_coming_back_ends_a_grace_period(
    gateway: Gateway, bench: Bench, clock: Clock
) -> None:
    one = Worker(gateway, 1)
    ada = await one.join("ada")
    one.up(Drop(ada.connection))
    await turns()
    clock.now += 20
    again = await one.join("ada", token=ada.token)
    one.up(Drop(again.connection))
    await turns()
    clock.now += 20
    gateway.expire()
    assert bench.states == {"ada": "away"}, "the first grace period was over, not the second"
    clock.now += 10
    gateway.expire()
    assert bench.states == {}


async def test_a_restart_begins_all_grace_periods_anew(bench: Bench, clock: Clock) -> None:
    bench.drop(bench.join("ada"))
    clock.now += 1000
    gateway = Gateway(bench.core, 0.0, now=clock)
    clock.now += RETURN_WITHIN - 0.1
    gateway.expire()
    assert bench.states == {"ada": "away"}, "however short the grace period"
    clock.now += 0.1
    gateway.expire()
    assert bench.states == {}


async def test_a_member_whose_worker_died_with_the_room_has_time_to_come_back(
    bench: Bench, clock: Clock
) -> None:
    bench.join("ada")
    bench.reopen()
    gateway = Gateway(bench.core, 0.0, now=clock)
    Worker(gateway, 1)
    await turns()
    clock.now += RETURN_WITHIN - 0.1
    gateway.expire()
    assert bench.states == {"ada": "away"}
    clock.now += 0.1
    gateway.expire()
    assert bench.states == {}


async def test_the_timer_waits_for_the_next_end_of_a_grace_period(
    gateway: Gateway, clock: Clock
) -> None:
    loop = asyncio.get_running_loop()
    one = Worker(gateway, 1)
    ada, bob = await one.join("ada"), await one.join("bob")
    assert gateway._timer is None
    one.up(Drop(ada.connection))
    await turns()
    timer = gateway._timer
    assert timer is not None
    assert GRACE - 1 < timer.when() - loop.time() <= GRACE
    clock.now += 1
    one.up(Drop(bob.connection))
    await turns()
    assert gateway._timer is timer


# --- a full disk -------------------------------------------------------------------------


def full(bench: Bench, is_full: bool = True) -> None:
    assert isinstance(bench.journal, FlakyJournal)
    bench.journal.full = is_full


async def test_posts_and_joins_are_refused_while_nothing_can_be_written(
    gateway: Gateway, bench: Bench
) -> None:
    one = Worker(gateway, 1)
    ada = await one.join("ada")
    full(bench)
    one.up(post(ada.place, ada.connection, "1", "lost?"))
    await turns()
    assert code(one.answers[-1]) == "storage"
    _, refused = await one.ask("bob")
    assert isinstance(refused, JoinRefused)
    assert refused.problem.code == "storage"
    assert refused.problem.retry_after, "so that the client tries again"
    assert "disk" in refused.problem.reason
    full(bench, is_full=False)
    one.up(post(ada.place, ada.connection, "1", "sent again"))
    bob = await one.join("bob")
    assert bob.member == 2
    assert bench.core.journal.newest() == 3
    assert gateway.counters.storage_errors == 2


async def test_members_who_left_meanwhile_leave_when_it_can_be_written(
    gateway: Gateway, bench: Bench, clock: Clock
) -> None:
    one = Worker(gateway, 1)
    ada, bob, eve = [await one.join(name) for name in ("ada", "bob", "eve")]
    one.up(Drop(eve.connection))
    await turns()
    full(bench)
    clock.now += GRACE
    gateway.expire()
    one.up(Leave(ada.member, ada.connection, "quit"), Drop(bob.connection))
    await turns()
    assert one.got(Answers)[-1] == Answers(6, []), "the room goes on trying"
    assert bench.states == {"ada": "active", "bob": "active", "eve": "away"}
    gateway.expire()
    assert len(one.events) == 3
    full(bench, is_full=False)
    gateway.expire()
    assert bench.states == {"bob": "away"}
    assert [event.name for event in one.events[3:]] == ["eve", "ada"]
    assert one.presence[-1] == Presence("bob", "away", 2)


# --- the report --------------------------------------------------------------------------


async def test_the_report_has_the_figures_of_room_and_workers(
    gateway: Gateway, bench: Bench, clock: Clock
) -> None:
    one, other = Worker(gateway, 1), Worker(gateway, 2)
    ada = await one.join("ada", client="Desktop 1")
    bob = await other.join("bob")
    one.up(post(ada.place, ada.connection, "k"), Drop(bob.connection))
    await turns()
    clock.now += 5
    loop = asyncio.get_running_loop()
    service = RoomService(loop, gateway, bench.core, started="2026", password=False)
    asking = asyncio.ensure_future(asyncio.to_thread(service.report))
    while not one.got(UsageRequest):
        await turns()
    assert one.got(UsageRequest) == [UsageRequest(1)]
    other.up(UsageReply(1, []))
    await turns()
    assert not asking.done(), "it waits for every worker"
    one.up(UsageReply(1, [ConnectionUsage(ada.connection, 12.34, 5)]))
    report: RoomReport = await asking
    lines = {line.name: line for line in report.members}
    assert (lines["ada"].idle, lines["ada"].received, lines["ada"].sent) == (12.3, 5, 1)
    assert (lines["ada"].worker, lines["ada"].address) == (1, "10.0.0.1")
    assert (lines["ada"].member, lines["ada"].client) == (1, "Desktop 1")
    assert (lines["bob"].state, lines["bob"].idle) == ("away", 5.0)
    one.up(UsageReply(1, []))  # late: it is ignored


# --- the end -----------------------------------------------------------------------------


async def test_the_end_waits_for_all_operations(gateway: Gateway, bench: Bench) -> None:
    one = Worker(gateway, 1)
    ada = await one.join("ada")
    ending = asyncio.ensure_future(gateway.emptied(5))
    await turns()
    one.up(post(ada.place, ada.connection, "k", "last words"))
    one.lost()
    await ending
    assert bench.journal.newest() == 2


async def test_members_do_not_leave_when_the_server_ends(bench: Bench) -> None:
    """However short the grace period: they come back at the next start."""
    gateway = Gateway(bench.core, 0.0)
    one = Worker(gateway, 1)
    ada = await one.join("ada")
    gateway.hold()
    one.up(Drop(ada.connection))
    one.lost()
    await turns()
    assert gateway._timer is None
    assert [member.name for member in bench.journal.members()] == ["ada"]


async def test_nothing_is_written_once_it_is_closed(gateway: Gateway, bench: Bench) -> None:
    """A grace period may end, and a worker send operations, when the journal is closed."""
    one = Worker(gateway, 1)
    ada, bob = await one.join("ada"), await one.join("bob")
    one.up(Drop(bob.connection))
    await turns()
    grace = gateway._timer
    assert grace is not None
    newest = bench.journal.newest()
    gateway.close()
    one.up(post(ada.place, ada.connection, "k"))
    one.lost()
    await turns()
    assert grace.cancelled()
    assert bench.journal.newest() == newest
