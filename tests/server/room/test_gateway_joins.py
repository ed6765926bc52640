"""Joins at the gateway: a full room, joins that wait, and the time of events."""

from typing import cast

import pytest

from server.room.interface import JoinAccepted, JoinWaits, Peer
from server.room.ipc import Answers
from server.room.operations import Drop, Leave
from server.room.room_side.admission import Admission
from server.room.room_side.asked import MOST_JOINS
from server.room.room_side.gateway import Gateway
from server.room.room_side.grace import FULL_ROOM_GRACE
from server.settings import Settings
from tests.fakes import Clock, turns
from tests.server.room.conftest import OpenBench
from tests.server.room.gateway_worker import GRACE, Joined, Worker
from tests.server.room.workbench import Bench, attempt, code, join_request, post

# --- a full room -----------------------------------------------------------------------------


def peer(address: str) -> Peer:
    return Peer(address, 4000, "websocket")


async def wants_in(one: Worker, name: str = "joe", address: str = "10.0.0.1") -> float | None:
    """Ask for a place in a full room; return after how many seconds there may be one."""
    _, answer = await one.ask(name, peer=peer(address))
    assert code(answer) == "room_full"
    return cast(float | None, answer.problem.retry_after)


async def full(gateway: Gateway) -> tuple[Worker, list[Joined]]:
    one = Worker(gateway, 1)
    return one, [await one.join(name) for name in ("ada", "bob", "eve")]


async def test_in_a_full_room_a_lost_place_is_free_soon_for_who_waits(
    gateway: Gateway, clock: Clock
) -> None:
    one, (ada, bob, _) = await full(gateway)
    clock.now += 100
    assert await wants_in(one) is None, "all are here"
    one.up(Drop(ada.connection))
    await turns()
    clock.now += 1
    one.up(Drop(bob.connection))
    await turns()
    clock.now += 2
    wait = await wants_in(one)
    assert wait == pytest.approx(FULL_ROOM_GRACE - 3 + 0.1, abs=0.02)
    assert wait is not None
    clock.now += wait - 0.2
    gateway.expire()
    await wants_in(one)
    clock.now += 0.2
    gateway.expire()
    await turns()
    await one.join("joe")
    clock.now += 10
    gateway.expire()
    await turns()
    assert (await one.ask("bob", token=bob.token))[1].member == bob.member, (
        "one place is enough"
    )


async def test_nobody_waits_and_the_grace_period_is_whole(
    gateway: Gateway, bench: Bench, clock: Clock
) -> None:
    one, (ada, *_) = await full(gateway)
    clock.now += 100
    await wants_in(one)
    one.up(Drop(ada.connection))
    await turns()
    clock.now += GRACE - 0.1
    gateway.expire()
    assert "ada" in bench.states
    clock.now += 0.1
    gateway.expire()
    assert "ada" not in bench.states


async def test_who_gave_up_waits_no_more(gateway: Gateway, bench: Bench, clock: Clock) -> None:
    one, (ada, *_) = await full(gateway)
    clock.now += 100
    one.up(Drop(ada.connection))
    await turns()
    for _ in range(2):
        await wants_in(one)
    gateway._grace._wanted.clear()
    clock.now += FULL_ROOM_GRACE
    gateway.expire()
    assert "ada" in bench.states
    assert await wants_in(one) == pytest.approx(0.1), "a place is free at once"
    gateway.expire()
    await turns()
    await one.join("joe")


async def lose(one: Worker, *members: Joined) -> None:
    one.up(*(Drop(member.connection) for member in members))
    await turns()


async def test_each_address_that_waits_gets_a_place(gateway: Gateway, clock: Clock) -> None:
    one, (ada, bob, _) = await full(gateway)
    clock.now += 100
    await lose(one, ada)
    clock.now += 5
    await lose(one, bob)
    waits = [await wants_in(one, "joe", f"10.0.0.{number}") for number in (5, 6, 7)]
    assert waits[:2] == [pytest.approx(5.1, abs=0.02), pytest.approx(10.1, abs=0.02)]
    assert waits[2] is None
    clock.now += 5
    gateway.expire()
    await one.join("joe", peer=peer("10.0.0.5"))
    clock.now += 5
    gateway.expire()
    await one.join("zoe", peer=peer("10.0.0.6"))


async def test_many_names_from_one_address_wait_as_one(
    gateway: Gateway, bench: Bench, clock: Clock
) -> None:
    one, members = await full(gateway)
    clock.now += 100
    await lose(one, *members)
    for number in range(20):
        await wants_in(one, f"n{number}x", f"2001:db8::{number:x}")
    clock.now += FULL_ROOM_GRACE
    gateway.expire()
    assert list(bench.states) == ["bob", "eve"]
    await one.join("joe", peer=peer("2001:db8::1"))
    for number in range(20):  # also after it took the place
        wait = await wants_in(one, f"n{number}x", f"2001:db8::{number:x}")
        assert wait == pytest.approx(GRACE - FULL_ROOM_GRACE + 0.1, abs=0.02)
    gateway.expire()
    assert list(bench.states) == ["bob", "eve", "joe"]
    clock.now += GRACE - FULL_ROOM_GRACE
    gateway.expire()
    assert list(bench.states) == ["joe"]


async def test_a_full_room_after_a_restart(bench: Bench, clock: Clock) -> None:
    for name in ("ada", "bob", "eve"):
        bench.join(name)
    bench.reopen()
    gateway = Gateway(bench.core, GRACE, now=clock)
    one = Worker(gateway, 1)  # without a connection
    await turns()
    assert await wants_in(one) == pytest.approx(FULL_ROOM_GRACE + 0.1, abs=0.02)
    clock.now += FULL_ROOM_GRACE
    gateway.expire()
    await one.join("joe")


# --- a join that waits ------------------------------------------------------------------------


def guarded(bench: Bench, clock: Clock) -> Gateway:
    admission = Admission(bench.core, Settings(password="right"), clock())
    return Gateway(bench.core, GRACE, admission, now=clock)


async def test_a_join_that_waits_holds_nothing_up(bench: Bench, clock: Clock) -> None:
    gateway = guarded(bench, clock)
    one = Worker(gateway, 1)
    ada = await one.join("ada", password="right")
    one.up(*(attempt(join_request("eve", password="wrong")) for _ in range(10)))
    one.up(
        attempt(join_request("bob", password="right")),
        post(ada.place, ada.connection, "k"),
    )
    await turns()
    assert one.got(Answers)[-1].done == 13
    assert isinstance(dict(one.got(Answers)[-1].special)[12], JoinWaits)
    assert [type(event).__name__ for event in one.events] == ["Joined", "Said"]
    clock.now += 0.1
    gateway._joins.look()
    one.up(post(ada.place, ada.connection, "l"))
    await turns()
    late = one.got(Answers)[-1]
    assert (late.done, late.special[0][0]) == (14, 12)
    assert isinstance(late.special[0][1], JoinAccepted)
    assert bench.states == {"ada": "active", "bob": "active"}


@pytest.mark.parametrize("gone", ["connection", "worker", "worker again"])
async def test_a_join_that_waits_ends_with_its_connection(
    bench: Bench, clock: Clock, gone: str
) -> None:
    gateway = guarded(bench, clock)
    one = Worker(gateway, 1)
    one.up(*(attempt(join_request("eve", password="wrong")) for _ in range(10)))
    asked = join_request("bob", password="right")
    one.up(attempt(asked))
    await turns()
    match gone:
        case "connection":
            one.up(Drop(asked.connection))
            await turns()
            assert one.answers[-1].problem.code == "too_many"
        case "worker":
            one.lost()
        case _:
            Worker(gateway, 1)
    clock.now += 1
    gateway._joins.look()
    await turns()
    assert bench.states == {}


async def test_at_goes_back_with_a_warning(
    bench: Bench, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    wall = Clock(2e9)
    one = Worker(Gateway(bench.core, GRACE, now=clock, wall=wall))
    await one.join("ada")
    wall.now -= 1e9
    await one.join("bob")
    await one.join("eve")
    warnings = [record.getMessage() for record in caplog.records]
    assert warnings == ["time of events set back seconds=1000000000"]


# --- leaving ----------------------------------------------------------------------------------


async def test_a_leave_is_confirmed_when_the_place_is_free(open_bench: OpenBench) -> None:
    """Another worker that asks for the place at this very moment gets it."""
    gateway = Gateway(open_bench(max_users=1).core, GRACE)
    one, other = Worker(gateway, 1), Worker(gateway, 2)
    ada = await one.join("ada")
    write = one.pipe.write

    def confirmed(data: bytes) -> None:
        write(data)
        if one.got(Answers)[-1].done == 2 and not other.link.operations:
            other.up(attempt(join_request("bob", worker=2)))

    one.pipe.write = confirmed  # type: ignore[method-assign]
    one.up(Leave(ada.member, ada.connection, "quit"))
    await turns()
    assert other.link.operations == 1
    assert isinstance(other.answers[-1], JoinAccepted)


@pytest.mark.parametrize("joins", [1, 3 * MOST_JOINS])
async def test_a_leave_behind_many_joins_is_confirmed_in_its_turn(
    open_bench: OpenBench, joins: int
) -> None:
    bench = open_bench(max_users=joins + 1)
    gateway = Gateway(bench.core, GRACE)
    one, other = Worker(gateway, 1), Worker(gateway, 2)
    ada = await one.join("ada")
    seen = []
    write = one.pipe.write

    def confirmed(data: bytes) -> None:
        write(data)
        seen.append((one.got(Answers)[-1].done, "ada" in bench.states))

    one.pipe.write = confirmed  # type: ignore[method-assign]
    other.up(*(attempt(join_request(f"a{n}b", worker=2)) for n in range(joins)))
    one.up(Leave(ada.member, ada.connection, "quit"))
    await turns()
    assert (2, False) in seen
    assert (2, True) not in seen
