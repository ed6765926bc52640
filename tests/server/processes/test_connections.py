"""Who may connect, and who has to go for it: numbers and times, without a socket."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.budgets.addresses import Grouping
from server.budgets.buckets import Allowance
from server.budgets.table import budgets
from server.connections.kind import Kind
from server.processes.connections import Connections, Decision
from server.settings import Settings

ATTACKER, GUEST = "192.0.2.1", "192.0.2.2"
FREE = Allowance(0, 0)


class Crowd:
    """Connections whose `now` a test moves; `open` has those that are not pushed out."""

    def __init__(self, most: int = 0, proxy: str = "", **allowances: Any) -> None:
        table = replace(budgets(Settings()), **({"connects": FREE} | allowances))
        self.table = table
        self.connections = Connections(
            table, most, Grouping().group, lambda address: address == proxy
        )
        self.now = 1000.0
        self.number = 0
        self.open: dict[int, str] = {}
        self.members: set[int] = set()
        self.full = False

    def enter(self, address: str = ATTACKER) -> Decision:
        """A new connection, which is open unless it is refused."""
        self.number += 1
        decision = self.connections.enter(self.number, address, self.now, full=self.full)
        if not decision.refused:
            self.open[self.number] = address
        self.gone(decision.pushed_out)
        return decision

    def become(self, number: int, kind: Kind) -> list[int]:
        """A worker says what a connection is used for; returns those that are pushed out."""
        if kind is Kind.JOINED:
            self.members.add(number)
        return self.gone(self.connections.changed(number, kind, self.now))

    def gone(self, numbers: Sequence[int]) -> list[int]:
        """Connections are told to close, and do."""
        for number in numbers:
            assert number not in self.members
            del self.open[number]
            self.connections.ended(number)
        return list(numbers)

    def let_in(self, address: str = ATTACKER) -> list[int]:
        """A new connection, which is not refused; returns those that are pushed out."""
        decision = self.enter(address)
        assert not decision.refused
        return list(decision.pushed_out)

    def of(self, address: str) -> list[int]:
        return [number for number, one in self.open.items() if one == address]


def crowd_of(count: int, address: str = ATTACKER, **how: Any) -> Crowd:
    crowd = Crowd(**how)
    for _ in range(count):
        crowd.enter(address)
    return crowd


def test_the_newest_pushes_out_the_oldest() -> None:
    crowd = crowd_of(32)
    crowd.now += 2
    assert [crowd.let_in() for _ in range(3)] == [[1], [2], [3]]
    assert len(crowd.of(ATTACKER)) == 32
    assert crowd.let_in(GUEST) == []


def test_many_that_came_at_once_go_as_soon_as_another_comes() -> None:
    crowd = crowd_of(100)
    crowd.now += 2
    assert crowd.let_in() == list(range(1, 70))
    assert len(crowd.of(ATTACKER)) == 32


def test_one_that_had_no_time_to_join_stays() -> None:
    crowd = crowd_of(1000)
    crowd.now += 1.9
    assert crowd.let_in() == []
    assert len(crowd.open) == 1001


def test_a_class_that_joins_slowly_stays() -> None:
    """It takes each a hundred seconds from connecting to joining, as the computer is slow."""
    crowd = crowd_of(100)
    for number in range(1, 101):
        crowd.now += 1
        crowd.become(number, Kind.JOINED)
        assert crowd.let_in() == []
    crowd.now += 2
    assert crowd.let_in() == list(range(101, 170))


def test_members_are_never_pushed_out() -> None:
    crowd = crowd_of(50)
    for number in range(1, 51):
        crowd.become(number, Kind.JOINED)
    crowd.now += 1000
    crowd.full = True
    assert crowd.enter().refused == "descriptors"


@pytest.mark.parametrize("full", [False, True])
def test_pages_have_a_limit_of_their_own(full: bool) -> None:
    crowd = crowd_of(256)
    for number in range(1, 257):
        crowd.become(number, Kind.PAGE)
    crowd.now += 2
    assert crowd.let_in() == []
    assert crowd.become(crowd.number, Kind.PAGE) == [1]
    crowd.full = full
    assert crowd.let_in(GUEST) == ([2] if full else [])


def test_a_page_that_becomes_a_websocket_has_not_joined() -> None:
    crowd = crowd_of(64)
    for number in range(1, 65):
        crowd.become(number, Kind.PAGE)
    pushed_out = []
    for number in range(1, 65):
        crowd.now += 1
        pushed_out += crowd.become(number, Kind.UNJOINED)
    assert pushed_out == list(range(1, 33))


def test_one_that_joined_before_it_heard_of_it_is_a_member() -> None:
    crowd = crowd_of(32)
    crowd.now += 2
    decision = crowd.connections.enter(100, ATTACKER, crowd.now, full=False)
    assert list(decision.pushed_out) == [1]
    crowd.connections.changed(1, Kind.JOINED, crowd.now)
    crowd.now += 10
    assert crowd.let_in() == [2]
    crowd.connections.ended(1)
    assert crowd.let_in() == [3]


def test_a_full_server_pushes_out_the_greediest() -> None:
    crowd = Crowd()
    for number in range(30):
        crowd.enter(f"192.0.2.{number + 10}")
    for _ in range(3):
        crowd.enter(ATTACKER)
    crowd.now += 2
    crowd.full = True
    assert [crowd.let_in(GUEST) for _ in range(3)] == [[31], [32], [1]]


def test_a_full_server_finds_the_one_among_many_young_ones() -> None:
    crowd = crowd_of(1, GUEST)
    crowd.now += 2
    for _ in range(20):
        crowd.enter(ATTACKER)
    crowd.full = True
    assert crowd.let_in("192.0.2.3") == [1]
    assert crowd.enter("192.0.2.3").refused == "descriptors"


def test_joins_of_an_address_do_not_keep_the_server_full() -> None:
    crowd = crowd_of(20)
    crowd.now += 2
    crowd.become(20, Kind.JOINED)
    crowd.full = True
    assert crowd.let_in(GUEST) == [1]


def test_the_bound_of_an_address_pushes_out_its_own() -> None:
    crowd = crowd_of(10, most=10)
    assert crowd.enter().refused == "connections"
    crowd.now += 2
    assert crowd.let_in() == [1]
    assert crowd.let_in(GUEST) == []


def test_the_networks_of_ipv6_count_as_one() -> None:
    crowd = Crowd(most=2)
    refused = [
        crowd.enter(address).refused
        for address in (
            "2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8:0:1::1",
            "::ffff:192.0.2.9", "192.0.2.9", "::ffff:192.0.2.9",
        )
    ]  # fmt: skip
    assert refused == ["", "", "connections", "", "", "", "connections"]


def test_open_pages_keep_no_member_out() -> None:
    crowd = crowd_of(6, most=6)
    for number in (2, 4, 5):
        crowd.become(number, Kind.PAGE)
    for number in (1, 3, 6):
        crowd.become(number, Kind.JOINED)
    assert crowd.enter().refused == "connections", "they are needed just now"
    crowd.now += 2
    for oldest in (2, 4, 5):
        assert crowd.let_in() == [oldest]
        crowd.become(crowd.number, Kind.JOINED)
    assert crowd.enter().refused == "connections"


def test_a_rate_of_new_connections() -> None:
    crowd = crowd_of(5, connects=Allowance(1, 4))
    assert crowd.enter().refused == "connects"
    assert not crowd.enter(GUEST).refused
    crowd.now += 1
    assert not crowd.enter().refused
    assert crowd.enter().refused == "connects"


def test_a_proxy_has_no_limits_but_those_of_the_server() -> None:
    proxy = "192.0.2.9"
    crowd = crowd_of(300, proxy, proxy=proxy, most=1, connects=Allowance(1, 1))
    for number in crowd.of(proxy):
        crowd.become(number, Kind.PAGE)
        crowd.become(number, Kind.UNJOINED)
    assert len(crowd.open) == 300
    crowd.now += 2
    crowd.full = True
    assert crowd.let_in(proxy) == [1]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["enter", *Kind, "end", "wait"]), st.integers(0, 30), st.booleans()
    ),
    max_size=60,
)


@given(STEPS)
def test_nothing_is_left_of_connections_that_ended(steps: list[tuple[Any, int, bool]]) -> None:
    crowd = Crowd(most=6, unjoined=3, pages=2)
    for step, which, full in steps:
        crowd.full = full
        number = sorted(crowd.open)[which % len(crowd.open)] if crowd.open else 0
        if step == "enter":
            crowd.enter(f"192.0.2.{which % 3}")
        elif step == "wait":
            crowd.now += 1
        elif step == "end":
            crowd.open.pop(number, None)
            crowd.connections.ended(number)
        elif number not in crowd.members:
            crowd.become(number, step)
        assert len(crowd.connections) == len(crowd.open)
        assert all(len(crowd.of(f"192.0.2.{one}")) <= 6 for one in range(3))
    for number in list(crowd.open):
        crowd.connections.ended(number)
    assert not crowd.connections._addresses
    assert crowd.connections._sizes == ({}, {})
