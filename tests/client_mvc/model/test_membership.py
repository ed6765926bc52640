"""The membership through joining, losing the connection, and leaving."""

import pytest

from client_mvc.model.membership import ConnectionLoss, Membership
from shared.identity import ServerIdentity
from shared.joinlink import Address
from shared.problems import Problem
from tests.client_mvc.fakes import ADDRESS, welcome

LOSS = ConnectionLoss(Problem("connection_lost"), 1, 5.0)


@pytest.fixture
def membership() -> Membership:
    """A member that has caught up."""
    membership = Membership()
    membership.begin()
    membership.welcomed(ServerIdentity(ADDRESS), welcome(7))
    membership.catch_up()
    return membership


def test_joining_ends_with_the_welcome() -> None:
    membership = Membership()
    changes: list[bool] = []
    membership.changed.subscribe(lambda _: changes.append(membership.connected))
    membership.begin()
    assert membership.active
    assert (membership.address, membership.room, membership.you) == (None, "", "")
    membership.welcomed(ServerIdentity(ADDRESS), welcome(7))
    assert (membership.address, membership.room, membership.you) == (ADDRESS, "lobby", "alice")
    assert not membership.caught_up
    membership.catch_up()
    assert membership.caught_up
    assert changes == [False, True, True]


def test_a_lost_connection_lasts_until_the_client_has_caught_up(membership: Membership) -> None:
    membership.lose(LOSS)
    assert membership.active
    assert (membership.connected, membership.caught_up) == (False, False)
    membership.welcomed(ServerIdentity(ADDRESS), welcome(9, you="alice2"))
    assert membership.loss == LOSS
    assert (membership.history_end, membership.you) == (7, "alice2")
    membership.catch_up()
    assert (membership.connected, membership.caught_up) == (True, True)


def test_a_room_may_turn_out_to_have_several_hosts(membership: Membership) -> None:
    assert not membership.several_hosts
    membership.hosts_changed(["https://a:18000", "https://b:18000"])
    assert membership.several_hosts
    membership.end()
    membership.hosts_changed(["https://a:18000", "https://b:18000"])
    assert not membership.several_hosts


def test_the_address_stays_until_another_room_is_joined(membership: Membership) -> None:
    other = Address("elsewhere", 18000)
    membership.lose(LOSS)
    membership.end()
    assert (membership.active, membership.welcome, membership.loss) == (False, None, None)
    membership.begin()
    assert membership.address == ADDRESS
    membership.welcomed(ServerIdentity(other), welcome(3))
    assert (membership.address, membership.history_end) == (other, 3)
