"""On which interfaces a room is announced."""

import pytest

from server.announcing.interfaces import ways
from server.processes.own_addresses import Interface

FOUND = [
    Interface("lo", "127.0.0.1"),
    Interface("lo", "::1"),
    Interface("docker0", "172.17.0.1"),
    Interface("wlan0", "192.168.1.5"),
    Interface("wlan0", "fe80::5"),
    Interface("wlan0", "2001:db8::5"),
]


@pytest.mark.parametrize(
    ("bound", "senders", "reached_at"),
    [
        (["0.0.0.0"], ["192.168.1.5", "172.17.0.1"], ["192.168.1.5", "172.17.0.1"]),
        (
            ["0.0.0.0", "::"],
            ["192.168.1.5", "172.17.0.1"],
            ["192.168.1.5", "172.17.0.1", "2001:db8::5"],
        ),
        (["192.168.1.5"], ["192.168.1.5"], ["192.168.1.5"]),
        (["127.0.0.1", "192.168.1.5"], ["192.168.1.5"], ["192.168.1.5"]),
        (["127.0.0.1", "::1"], [], []),
        (["10.9.9.9"], [], []),
    ],
)
def test_where_it_listens_and_others_reach_it(
    bound: list[str], senders: list[str], reached_at: list[str]
) -> None:
    assert ways(bound, FOUND, "192.168.1.5") == (tuple(senders), tuple(reached_at))
