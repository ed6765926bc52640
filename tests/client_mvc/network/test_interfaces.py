"""When the network counts as back."""

import logging
import socket
from types import SimpleNamespace

import psutil
import pytest

from client_mvc.network import interfaces
from client_mvc.network.interfaces import Addresses, InterfaceWatch

LO = ("lo", "127.0.0.1")
WIFI = ("wlan0", "192.168.1.7")
OTHER = ("wlan0", "10.0.0.3")


@pytest.mark.parametrize(
    ("looks", "gained"),
    [
        ([{LO}, {LO}], [False]),
        ([{LO}, {LO, WIFI}, {LO, WIFI}], [True, False]),
        ([{LO, WIFI}, {LO}, {LO, WIFI}], [False, True]),
        ([{LO, WIFI}, {LO, OTHER}], [True]),
        ([set(), set(), {LO}], [False, True]),
    ],
)
def test_a_new_address_is_noticed(
    looks: list[set[tuple[str, str]]], gained: list[bool]
) -> None:
    seen = iter([frozenset(each) for each in looks])

    def look() -> Addresses:
        return next(seen)

    one = InterfaceWatch(look)
    assert [one.gained() for _ in gained] == gained


def test_this_computer_has_a_loopback() -> None:
    assert "127.0.0.1" in {address for _, address in interfaces.addresses()}


def test_interfaces_that_are_down_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    card = SimpleNamespace(family=psutil.AF_LINK, address="00:00:00:00:00:01")
    address = SimpleNamespace(family=socket.AF_INET, address="10.0.0.3")
    monkeypatch.setattr(
        psutil,
        "net_if_stats",
        lambda: {"eth0": SimpleNamespace(isup=True), "eth1": SimpleNamespace(isup=False)},
    )
    monkeypatch.setattr(
        psutil, "net_if_addrs", lambda: {"eth0": [card, address], "eth1": [address]}
    )
    assert interfaces.addresses() == {("eth0", "10.0.0.3")}


def test_a_system_that_refuses_to_list_interfaces(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse() -> None:
        raise PermissionError("no")

    monkeypatch.setattr(psutil, "net_if_stats", refuse)
    with caplog.at_level(logging.DEBUG):
        assert interfaces.addresses() == frozenset()
    assert "interfaces unknown" in caplog.text
