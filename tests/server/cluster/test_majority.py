"""How a host finds out that too few nodes reach each other."""

import asyncio
from contextlib import suppress
from time import monotonic
from typing import Any

import pytest

from server.cluster.connection import UnavailableError
from server.cluster.majority import (
    FRESH_FOR,
    SILENT_AFTER,
    WAITS_AFTER,
    Majority,
    keep_asking,
    reaches_majority,
)
from server.cluster.stream import Stream
from tests.server.cluster.conftest import Connect
from tests.support.nats_servers import NatsServers
from tests.support.waiting import until, until_asked

FRESH_NS = int(FRESH_FOR * 1e9) - 1


def _replica(active: int = FRESH_NS) -> dict[str, Any]:
    return {"name": "node", "current": True, "active": active}


@pytest.mark.parametrize(
    ("replicas", "reaches"),
    [
        ([_replica(), _replica()], True),
        ([_replica(), _replica(FRESH_NS + 2)], True),
        ([_replica(FRESH_NS + 2), _replica(FRESH_NS + 2)], False),
        ([_replica(), _replica(0)], True),
        ([_replica(0), _replica(0)], False),
        ([_replica()], True),
        ([_replica(0)], False),
        ([_replica()] * 2 + [_replica(0)] * 2, True),
        ([_replica()] + [_replica(0)] * 3, False),
        ([], True),
        (None, True),
    ],
)
def test_a_leader_must_hear_most_nodes(replicas: Any, reaches: bool) -> None:
    assert reaches_majority({"cluster": {"leader": "n", "replicas": replicas}}) is reaches


def test_a_node_that_answers_without_a_leader_shows_none() -> None:
    assert not reaches_majority({"cluster": {"replicas": [_replica(), _replica(0)]}})


def test_a_node_alone_is_its_own_majority() -> None:
    assert reaches_majority({"config": {}})


def test_nothing_is_known_before_the_first_answer() -> None:
    majority = Majority(0.0)
    assert not majority.update(0.0, 1.0)
    assert majority.has is None
    assert not majority.is_fresh(1.0)
    assert majority.update(0.0, SILENT_AFTER + 0.1)
    assert majority.has is False


def test_it_is_lost_after_a_silence_and_found_by_an_answer() -> None:
    majority = Majority(0.0)
    majority.heard(1.0)
    assert majority.update(0.0, 1.0)
    assert majority.has
    assert not majority.update(0.0, 1.0 + SILENT_AFTER), "the nodes may choose a leader"
    assert majority.update(0.0, 1.1 + SILENT_AFTER)
    assert majority.has is False
    majority.heard(20.0)
    assert majority.update(0.0, 20.1)
    assert majority.has


def test_it_is_lost_sooner_where_somebody_sends() -> None:
    majority = Majority(0.0)
    majority.heard(1.0)
    majority.update(0.0, 1.0)
    assert majority.update(WAITS_AFTER + 0.1, 1.5), "also where the leader answers questions"
    assert majority.has is False
    assert not majority.update(WAITS_AFTER + 1.1, 2.0)
    assert majority.update(0.0, 3.0)
    assert majority.has


def test_an_entry_shows_it_too() -> None:
    majority = Majority(0.0)
    majority.moved(7, 1.0)
    assert not majority.is_fresh(1.0), "the position at the start says nothing"
    majority.moved(8, 2.0)
    assert majority.is_fresh(2.0 + FRESH_FOR)
    majority.moved(8, 3.0)
    assert not majority.is_fresh(2.1 + FRESH_FOR)


@pytest.mark.parametrize("leads", [True, False])
async def test_the_nodes_are_asked(
    nats3: NatsServers, connect: Connect, *, leads: bool
) -> None:
    """One node of three is left, the leader or another one; then the others are back."""
    stream = Stream(await connect(nats3.urls))
    await stream.open()
    majority = Majority(monotonic())
    asking = asyncio.ensure_future(keep_asking(majority, stream._api))
    try:
        await until(lambda: majority.is_fresh(monotonic()), within=15)
        leader = await asyncio.to_thread(nats3.leader, stream._api.name)
        left = next(one for one in range(3) if (one == leader) is leads)
        for node in {0, 1, 2} - {left}:
            nats3.kill(node)
        await until(lambda: not majority.is_fresh(monotonic()), within=10)
        lost = majority.heard_at
        # After a while a node without a leader answers.
        await until_asked(lambda: _has_leader(stream), lambda led: led is False, within=40)
        assert majority.heard_at == lost
        await asyncio.to_thread(nats3.mend)
        await until(lambda: majority.heard_at > lost, within=40)
    finally:
        asking.cancel()
        with suppress(asyncio.CancelledError):
            await asking


async def _has_leader(stream: Stream) -> bool | None:
    """None: nobody answers."""
    try:
        async with asyncio.timeout(1):
            return bool((await stream._api.ask("STREAM.INFO"))["cluster"].get("leader"))
    except (UnavailableError, TimeoutError):
        return None
