"""How many requests an address may send, and how slowly it may send and take."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any

import pytest

from server.budgets.table import budgets
from server.protocols.http import requests
from server.protocols.http.errors import HttpError
from server.protocols.http.pace import GRACE, LEAST, UploadPace
from server.protocols.http.requests import LONGEST_WAIT, WRONG_TOKENS, Requests
from server.protocols.http.stalls import Stalls
from server.protocols.http.turns import A_TURN, Turns
from server.settings import Settings
from tests.fakes import Clock, FakeRoom
from tests.server.protocols.connecting import (
    Answer,
    Connection,
    Server,
    Transport,
    worker_state,
)
from tests.support.waiting import until

ALLOWED = budgets(Settings()).requests


async def all_of(work: Iterable[Coroutine[Any, Any, None]]) -> None:
    for one in work:
        await one


async def test_answers_are_delayed_and_then_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    state = worker_state()
    admitting = Requests(state)
    for _ in range(int(ALLOWED.burst)):
        await admitting.admit("192.0.2.1")
    assert waits == []
    burst = (admitting.admit("192.0.2.1") for _ in range(1000))
    with pytest.raises(HttpError) as refused:
        await all_of(burst)
    assert refused.value.problem.code == "rate_limited"
    assert refused.value.problem.retry_after == LONGEST_WAIT
    assert 0 < min(waits) <= max(waits) <= LONGEST_WAIT
    assert len(waits) == pytest.approx(LONGEST_WAIT * ALLOWED.rate, abs=1)
    assert state.refusals.totals()["requests"] == 1
    await admitting.admit("192.0.2.2")
    await admitting.admit("::1")
    state.now.now += LONGEST_WAIT  # type: ignore[attr-defined]
    await admitting.admit("192.0.2.1")


async def test_a_network_of_ipv6_is_one_address() -> None:
    admitting = Requests(worker_state())
    with pytest.raises(HttpError):
        await asyncio.gather(*(admitting.admit(f"2001:db8::{n:x}") for n in range(700)))


async def test_too_many_requests_are_told_and_the_connection_ends() -> None:
    async with Server() as server:
        bucket = server.http._requests._buckets.of("127.0.0.1", server.state.now())
        bucket.spend(server.state.now(), 1000)
        connection = server.connect()
        answer = await connection.get("/room")
        assert (answer.status, answer.json["code"]) == (429, "rate_limited")
        assert answer.json["params"] == {"rule": "requests"}
        assert answer.headers["Retry-After"] == "2"
        assert answer.headers["Connection"] == "close"
        assert connection.transport.closing


async def ask_with(connection: Connection, token: str) -> int:
    await connection.ask("HEAD", "/files", Authorization=f"Bearer {token}", Idempotency_Key="k")
    await until(lambda: connection.transport.written)
    return Answer(connection.transport.written).status


async def test_wrong_tokens_do_not_ask_the_room_without_end() -> None:
    asked: list[str] = []

    class CountingRoom(FakeRoom):
        async def member_of(self, token: str):  # type: ignore[no-untyped-def]
            asked.append(token)
            return await super().member_of(token)

    async with Server() as server:
        server.state.room = CountingRoom()
        assert await ask_with(server.connect(), "secret") == 200
        found = [await ask_with(server.connect(), f"wrong {n}") for n in range(200)]
        assert set(found) == {401, 429}
        assert found[0] == 401
        most = WRONG_TOKENS.burst + requests.SUSPECTED.burst
        assert len(asked) <= 1 + most
        assert await ask_with(server.connect(), "secret") == 200, "from the same address"


async def test_the_room_is_asked_for_its_overview_only_so_often() -> None:
    asked = 0

    class CountingRoom(FakeRoom):
        async def overview(self):  # type: ignore[no-untyped-def]
            nonlocal asked
            asked += 1
            return await super().overview()

    async with Server() as server:
        server.state.room = CountingRoom()
        connection = server.connect()
        for _ in range(300):
            assert (await connection.get("/room")).status == 200
        assert asked < 50
        server.state.now.now += 1  # type: ignore[attr-defined]
        await connection.get("/room")
        assert asked < 51


async def test_few_requests_are_answered_in_one_turn_of_the_event_loop() -> None:
    taking, done = Turns(), []

    async def ask(number: int) -> None:
        await taking.wait()
        done.append(number)

    asking = [asyncio.create_task(ask(number)) for number in range(5 * A_TURN)]
    asking[1].cancel()
    before = 0
    while len(done) < len(asking) - 1:
        await asyncio.sleep(0)
        assert len(done) - before <= A_TURN
        before = len(done)
    assert done == [0, *range(2, 5 * A_TURN)]


async def test_requests_for_other_hosts_count_too() -> None:
    async with Server() as server:
        bucket = server.http._requests._buckets.of("127.0.0.1", server.state.now())
        bucket.spend(server.state.now(), 1000)
        assert (await server.connect().get("/room", host="evil.example")).status == 429


# --- slow clients ------------------------------------------------------------------------


def end_of(rate: float, every: float) -> float:
    """Return after how many seconds an upload of this rate ends; 0 if it goes on."""
    pace, now = UploadPace(GRACE), 0.0
    while now < 7200:
        now += every
        if every > pace.left:
            return now
        pace.waited(every, int(rate * every))
    return 0.0


@pytest.mark.parametrize("every", [0.01, 1.0, 10.0, 29.0])
def test_pace(every: float) -> None:
    assert end_of(0, every) <= GRACE + every
    assert 0 < end_of(1 / 59, every) <= GRACE + every
    assert 0 < end_of(0.8 * LEAST, every) < 6 * GRACE + every
    assert end_of(1.1 * LEAST, every) == 0
    assert end_of(1000 * LEAST, every) == 0


def test_a_stop_is_borne_again_after_many_bytes() -> None:
    pace = UploadPace(GRACE)
    for _ in range(100):
        pace.waited(GRACE - 1, 10**6)
        assert pace.left == GRACE


class Full(Transport):
    """A transport whose client has yet to take `unsent` bytes."""

    unsent = 0

    def get_write_buffer_size(self) -> int:
        return self.unsent


def test_who_takes_nothing_is_dropped() -> None:
    clock, stalls = Clock(), Stalls(60.0)
    idle, stuck, slow, steady, closing, ended = (Full() for _ in range(6))
    for one in (idle, stuck, slow, steady, closing, ended):
        stalls.watch(one, clock())
    ended.closing = closing.closing = True
    stuck.unsent = slow.unsent = steady.unsent = closing.unsent = 1000
    dropped = []
    for second in range(0, 200, 5):
        clock.now += 5
        slow.unsent -= second % 2
        stalls.progressed(steady, clock())
        dropped.append(stalls.check(clock()))
    assert [one.aborted for one in (idle, stuck, slow, steady, closing, ended)] == [
        False, True, False, False, True, False,
    ]  # fmt: skip
    assert sum(dropped) == 2
