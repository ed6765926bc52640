"""The names and addresses under which other computers can reach this one, the likeliest first.

A computer may have many: Wi-Fi and a cable, a VPN, networks of containers. No rule finds the
right one for sure, so the startup message shows them all.
"""

import re
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import NamedTuple

import psutil

HOSTS_FILE = Path("/etc/hosts")
_VIRTUAL = re.compile(
    r"(br-|cali|cni|docker|flannel|lxc|lxd|nordlynx|podman|ppp|tailscale|tap|tun|utun|vbox|veth"
    r"|virbr|vmnet|wg|zt)"
)


class Interface(NamedTuple):
    """An address of this computer and the name of its interface."""

    name: str
    address: str


def reachable(sockets: Sequence[socket.socket]) -> list[str]:
    """Return the addresses of listening sockets; for "all addresses", all that others can use.

    Loopback addresses are in it only if the sockets have no others.
    """
    bound = [str(one.getsockname()[0]) for one in sockets]
    found: list[str] = []
    for address in bound:
        ip = ip_address(address.partition("%")[0])
        if ip.is_unspecified:
            found += [
                one.address
                for one in likeliest_first(interfaces(), default_address())
                if (":" in one.address) == (ip.version == 6)
            ]
        elif not ip.is_loopback:
            found.append(address)
    return list(dict.fromkeys(found)) or bound


def likeliest_first(found: Sequence[Interface], default: str) -> list[Interface]:
    """Sort addresses by how likely others on the network reach them.

    Args:
        found: the addresses; loopback, multicast and link-local ones are left out, unless IPv4
            has no others.
        default: the address from which this computer reaches the internet; empty without.
    """

    def rank(one: Interface) -> tuple[bool, ...]:
        ip = ip_address(one.address)
        return (
            ip.version == 6,
            ip.is_link_local,
            bool(_VIRTUAL.match(one.name)),
            not ip.is_private,
            one.address != default,
        )

    return sorted((one for one in found if _usable(ip_address(one.address))), key=rank)


def _usable(ip: IPv4Address | IPv6Address) -> bool:
    if ip.is_loopback or ip.is_multicast or ip.is_unspecified:
        return False
    return ip.version == 4 or not ip.is_link_local  # a link cannot carry the zone of fe80::


def interfaces() -> list[Interface]:
    """Return the addresses of all interfaces that are up; none if the system does not tell."""
    try:
        up = {name for name, state in psutil.net_if_stats().items() if state.isup}
        found = psutil.net_if_addrs()
    except (OSError, psutil.Error):
        return []
    return [
        Interface(name, one.address.partition("%")[0])
        for name, addresses in found.items()
        if name in up
        for one in addresses
        if one.family in (socket.AF_INET, socket.AF_INET6)
    ]


def default_address() -> str:
    """Return the address from which this computer reaches other networks; empty without.

    Connecting a datagram socket sends nothing: it only asks the routing table. The address is
    reserved for documentation (RFC 5737).
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagram:
        try:
            datagram.connect(("192.0.2.1", 9))
        except OSError:
            return ""
        return str(datagram.getsockname()[0])


def machine_names() -> set[str]:
    """Return this machine's names, as far as it knows them without asking the network."""
    own = socket.gethostname().lower().rstrip(".")
    names = {own, own.partition(".")[0]}
    try:
        lines = HOSTS_FILE.read_text("utf-8", "replace").lower().splitlines()
    except OSError:
        lines = []
    for line in lines:
        aliases = line.partition("#")[0].split()[1:]
        if not names.isdisjoint(aliases):
            names.update(aliases)
    return names | {f"{name}.local" for name in names if "." not in name}
