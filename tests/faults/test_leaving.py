"""Members whose host cannot serve them, though their connections stand, go on at another one.

Each of three hosts has a network of its own with its node, and the members reach all of them.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager

import pytest

from tests.faults import figures
from tests.faults.hosts_room import HostsRoom
from tests.faults.test_faults import GRACE, SETTLE_WITHIN, START_WITHIN
from tests.support.hosts import BETWEEN
from tests.support.running import eventually

pytestmark = pytest.mark.network

MEMBERS = ("ann", "ben", "cid", "dan", "eva", "fay")
MESSAGES, PAUSE = 100, 0.2


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostsRoom]:
    folder = tmp_path_factory.mktemp("leaving")
    options = ("--grace", str(GRACE))
    with closing(HostsRoom(folder, MEMBERS, *options, separate=True, files=False)) as running:
        running.settle(START_WITHIN)
        yield running


@contextmanager
def cut_off(room: HostsRoom, host: int) -> Iterator[None]:
    """The host and its node do not reach the others; its members reach all of them."""
    assert room.networks is not None
    room.networks.unplug(room.computers[host], BETWEEN)
    try:
        yield
    finally:
        room.networks.plug(room.computers[host], BETWEEN)


@contextmanager
def frozen(room: HostsRoom, host: int) -> Iterator[None]:
    """The host answers nothing, and its connections stay open."""
    room.down.add(host)
    room.hosts.stop(host)
    try:
        yield
    finally:
        room.hosts.go_on(host)
        room.down.discard(host)


def _left(room: HostsRoom, host: int, failing: AbstractContextManager[None]) -> None:
    """Let a host fail while all talk: each member leaves it, and is heard, while it fails."""
    members = room.members_at(host)
    assert members, "somebody must be there"
    room.send(MESSAGES, PAUSE)
    with failing:
        eventually(lambda: not set(members) & set(room.members_at(host)), within=GRACE)
        for name in members:
            room.bots[name].send(1, 0)
        eventually(
            lambda: not any(room.bots[name].missing(_any(room, name)) for name in members)
        )
    _, findings = room.check(SETTLE_WITHIN)
    assert findings == []
    sent, acknowledged = figures.count(room.histories())
    assert sent == acknowledged


def _any(room: HostsRoom, name: str) -> int:
    """The newest event that a bot has: of others it need not know yet."""
    return room.bots[name].newest


def test_a_host_that_is_cut_off_is_left(room: HostsRoom) -> None:
    _left(room, 0, cut_off(room, 0))


def test_a_frozen_host_is_left(room: HostsRoom) -> None:
    _left(room, 1, frozen(room, 1))
