"""Where others can reach this computer: without asking the computer that runs the test."""

import socket
from pathlib import Path

import pytest

from server.processes import own_addresses
from server.processes.own_addresses import Interface, likeliest_first, machine_names, reachable


def sorted_addresses(*found: tuple[str, str], default: str = "") -> list[str]:
    return [one.address for one in likeliest_first([Interface(*one) for one in found], default)]


def test_the_network_that_others_are_in_comes_first() -> None:
    assert sorted_addresses(
        ("lo", "127.0.0.1"),
        ("docker0", "172.17.0.1"),
        ("wg0", "10.8.0.2"),
        ("eth0", "fe80::1"),
        ("eth0", "2001:db8::5"),
        ("eth1", "93.184.216.34"),
        ("wlan0", "192.168.1.5"),
        ("eth0", "10.77.0.1"),
        default="10.77.0.1",
    ) == ["10.77.0.1", "192.168.1.5", "93.184.216.34", "172.17.0.1", "10.8.0.2", "2001:db8::5"]


def test_the_default_route_of_a_vpn_is_not_the_likeliest() -> None:
    found = [("tun0", "10.8.0.2"), ("eth0", "192.168.1.5")]
    assert sorted_addresses(*found, default="10.8.0.2") == ["192.168.1.5", "10.8.0.2"]


def test_a_network_without_router_or_server_for_addresses() -> None:
    assert sorted_addresses(("eth0", "169.254.7.7"), ("eth0", "fe80::1")) == ["169.254.7.7"]


@pytest.mark.parametrize(
    ("bound", "expected"),
    [
        (["0.0.0.0"], ["192.168.1.5"]),
        (["::"], ["2001:db8::5"]),
        (["0.0.0.0", "::"], ["192.168.1.5", "2001:db8::5"]),
        (["127.0.0.1"], ["127.0.0.1"]),
        (["10.0.0.1", "127.0.0.1"], ["10.0.0.1"]),
    ],
)
def test_what_listening_sockets_are_reached_by(
    monkeypatch: pytest.MonkeyPatch, bound: list[str], expected: list[str]
) -> None:
    found = [Interface("eth0", "192.168.1.5"), Interface("eth0", "2001:db8::5")]
    monkeypatch.setattr(own_addresses, "interfaces", lambda: found)
    monkeypatch.setattr(own_addresses, "default_address", lambda: "")
    assert reachable([Bound(address) for address in bound]) == expected


def test_without_any_interface_the_bound_address_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(own_addresses, "interfaces", list)
    assert reachable([Bound("0.0.0.0")]) == ["0.0.0.0"]


class Bound(socket.socket):
    """A socket that says it is bound to an address."""

    def __init__(self, address: str) -> None:
        self.address = address

    def getsockname(self) -> tuple[str, int]:
        return self.address, 18000


def test_the_interfaces_of_this_computer() -> None:
    assert "127.0.0.1" in {one.address for one in own_addresses.interfaces()}


def test_the_names_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "hosts"
    file.write_text(
        "127.0.0.1 localhost # box.wrong\n127.0.1.1\tBox.Lan.Example box\n10.0.0.1 other\n"
    )
    monkeypatch.setattr(own_addresses, "HOSTS_FILE", file)
    monkeypatch.setattr(socket, "gethostname", lambda: "Box")
    assert machine_names() == {"box", "box.local", "box.lan.example"}
    file.unlink()
    monkeypatch.setattr(socket, "gethostname", lambda: "box.lan.example")
    assert machine_names() == {"box", "box.local", "box.lan.example"}
