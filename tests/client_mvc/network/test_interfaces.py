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


def test_networks_of_this_computer(monkeypatch: pytest.MonkeyPatch) -> None:
    def address(family: int, text: str, mask: str | None) -> SimpleNamespace:
        return SimpleNamespace(family=family, address=text, netmask=mask)

    four, six = socket.AF_INET, socket.AF_INET6
    found = {
        "lo": [address(four, "127.0.0.1", "255.0.0.0"), address(six, "::1", None)],
        "eth0": [
            address(psutil.AF_LINK, "00:00:00:00:00:01", None),
            address(four, "10.0.0.3", "255.255.255.0"),
            address(six, "2001:db8::3", "ffff:ffff:ffff:ffff::"),
            address(six, "fe80::3%eth0", None),
        ],
        "tun0": [address(four, "10.8.0.2", None), address(four, "odd", "255.0.0.0")],
        "down0": [address(four, "10.9.0.2", "255.255.255.0")],
    }
    up = {name: SimpleNamespace(isup=name != "down0") for name in found}
    monkeypatch.setattr(psutil, "net_if_stats", lambda: up)
    monkeypatch.setattr(psutil, "net_if_addrs", lambda: found)
    assert {str(one) for one in interfaces.networks()} == {
        "10.0.0.3/24",
        "2001:db8::3/64",
        "fe80::3/128",
        "10.8.0.2/32",
    }


def test_no_networks_where_the_system_does_not_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise PermissionError

    monkeypatch.setattr(psutil, "net_if_stats", refuse)
    assert interfaces.networks() == ()
