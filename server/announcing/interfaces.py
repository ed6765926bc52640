"""The addresses on which the room is announced: those that it listens on, and others reach."""

from collections.abc import Sequence
from ipaddress import ip_address
from typing import NamedTuple

from server.processes import own_addresses
from server.processes.own_addresses import Interface


class Ways(NamedTuple):
    """`senders`: the IPv4 addresses whose networks hear of the room. `reached_at`: all the
    addresses that are announced, the likeliest first.
    """

    senders: tuple[str, ...]
    reached_at: tuple[str, ...]


def ways(bound: Sequence[str], found: Sequence[Interface], default: str = "") -> Ways:
    """Return where to announce a server.

    Args:
        bound: the addresses that it listens on; `0.0.0.0` and `::` are all of a family.
        found: the addresses of this computer.
        default: the address from which it reaches the internet; empty without.
    """
    listening = [ip_address(one.partition("%")[0]) for one in bound]
    everything = {one.version for one in listening if one.is_unspecified}
    reached = tuple(
        dict.fromkeys(
            one.address
            for one in own_addresses.likeliest_first(found, default)
            if ip_address(one.address).version in everything
            or ip_address(one.address) in listening
        )
    )
    return Ways(tuple(one for one in reached if ":" not in one), reached)
