"""Addresses that count as one, outages logged once, refusals counted by all processes."""

import logging
from ipaddress import IPv6Network
from multiprocessing import get_context
from pathlib import Path
from socket import AF_INET6
from types import SimpleNamespace
from typing import Any

import pytest

from server.budgets.addresses import READ_EVERY, Grouping, is_loopback, own_networks
from server.budgets.outages import REMIND_EVERY, Outage
from server.budgets.refusals import Refusals
from tests.fakes import Clock


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("2001:db8:1::1", "2001:db8:1::2", True),
        ("2001:db8:1::1", "2001:db8:2::1", False),
        ("2001:db8:7::1", "2001:db8:7::2", False),  # this machine is in that network itself
        ("fe80::1%eth0", "fe80::2%eth0", False),
        ("::1", "127.0.0.1", False),
        ("", "rubbish", False),
    ],
)
def test_addresses_that_count_as_one(one: str, other: str, same: bool) -> None:
    grouping = Grouping(lambda: [IPv6Network("2001:db8:7::/64")])
    assert (grouping.group(one) == grouping.group(other)) is same


def test_networks_that_this_machine_enters_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the start of a computer the network often comes behind the server."""
    clock = Clock()
    interfaces: dict[str, list[Any]] = {}
    monkeypatch.setattr("psutil.net_if_addrs", lambda: interfaces)
    grouping = Grouping(own_networks, clock)

    def differ() -> bool:
        return grouping.group("2001:db8:7::1") != grouping.group("2001:db8:7::2")

    assert not differ()
    interfaces["eth0"] = [SimpleNamespace(family=AF_INET6, address="2001:db8:7::9")]
    clock.now += READ_EVERY
    assert differ()
    interfaces.clear()
    assert differ(), "it is not read for each address"
    clock.now += READ_EVERY
    assert not differ()


@pytest.mark.parametrize(
    ("address", "loopback"),
    [
        ("127.9.8.7", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("192.0.2.1", False),
        ("", False),
    ],
)
def test_loopback(address: str, loopback: bool) -> None:
    assert is_loopback(address) is loopback


def test_an_outage_is_two_lines_and_a_reminder(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    outage = Outage(logging.getLogger("test"), "accept failed", now=clock)
    outage.over()
    for _ in range(1000):
        outage.failed("error=x")
    assert caplog.messages == ["accept failed error=x"]
    clock.now += REMIND_EVERY
    outage.failed("error=x")
    outage.over()
    outage.over()
    assert caplog.messages[1:] == [
        "accept failed error=x times=1001",
        "accept failed: over times=1001 seconds=60.0",
    ]
    outage.failed("error=y")
    clock.now += 2
    outage.over()
    assert caplog.messages[3:] == [
        "accept failed error=y",
        "accept failed: over times=1 seconds=2.0",
    ]


def _refuse(refusals: Refusals, process: int) -> None:
    refusals.of(process).count("joins")


def test_refusals_of_all_processes_are_added_up(tmp_path: Path) -> None:
    refusals = Refusals(tmp_path / "refusals")
    refusals.count("connects")
    child = get_context("spawn").Process(target=_refuse, args=(refusals, 700))
    child.start()
    child.join()
    refusals.of(1).count("joins")
    totals = refusals.totals()
    assert (totals["connects"], totals["joins"], totals["frames"]) == (1, 2, 0)
