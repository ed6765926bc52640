"""Ask computers of this network whether they have a room: known ones, or all beside this one.

They receive a handshake and `GET /room`: nothing that is the person's.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv4Interface, IPv6Interface, ip_network

import aiohttp

from client_mvc.network import tls
from client_mvc.network.api_nearby import NearbyRoom
from client_mvc.network.http_answers import Unreachable, ask_room
from client_mvc.network.nearby import of_answer
from shared.identity import ServerIdentity
from shared.joinlink import Address

AT_ONCE = 50
CONNECT_WITHIN = 0.5
"""Seconds for each address."""
ANSWER_WITHIN = 2.0
"""Seconds for an address where somebody listens."""
_BITS = 24
_MOST_NETWORKS = 16


def hosts(own: Sequence[IPv4Interface | IPv6Interface]) -> list[str]:
    """Return the addresses beside those of this computer, which are not among them.

    Of each private network these are the 254 around the own address, or fewer if it is smaller.
    """
    found: dict[str, None] = {}
    mine = [one for one in own if isinstance(one, IPv4Interface) and _is_private(one)]
    for one in mine[:_MOST_NETWORKS]:
        around = ip_network(f"{one.ip}/{max(_BITS, one.network.prefixlen)}", strict=False)
        found |= dict.fromkeys(map(str, around.hosts()))
    for one in mine:
        found.pop(str(one.ip), None)
    return list(found)


def _is_private(one: IPv4Interface) -> bool:
    return one.ip.is_private and not one.ip.is_loopback and not one.ip.is_link_local


async def sweep(
    hosts: Sequence[str],
    port: int,
    ask: Callable[[Address], Awaitable[None]],
    progress: Callable[[int], None],
) -> None:
    """Try all hosts, `AT_ONCE` at a time.

    Args:
        hosts: addresses.
        port: the port to try.
        ask: is awaited with the address of each host that listens.
        progress: is called with the number of hosts that were tried.
    """
    left = iter(hosts)
    done = 0

    async def work() -> None:
        nonlocal done
        for host in left:
            if await listens(host, port):
                await ask(Address(host, port))
            done += 1
            progress(done)

    async with asyncio.TaskGroup() as group:
        for _ in range(min(AT_ONCE, len(hosts))):
            group.create_task(work())


async def listens(host: str, port: int) -> bool:
    """Return whether a program takes connections there, within `CONNECT_WITHIN`."""
    try:
        async with asyncio.timeout(CONNECT_WITHIN):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError):
        return False
    writer.transport.abort()
    return True


async def room_at(
    http: aiohttp.ClientSession, address: Address, within: float
) -> NearbyRoom | None:
    """Return the room at `address`, by TLS if it speaks it; None if there is none.

    `within`: seconds for the answer.
    """
    try:
        async with asyncio.timeout(within):
            return await _room_at(http, address)
    except (aiohttp.ClientError, OSError, TimeoutError, Unreachable):
        return None


async def _room_at(http: aiohttp.ClientSession, address: Address) -> NearbyRoom | None:
    check = tls.AnyKey()
    server = ServerIdentity(address)
    try:
        info = await ask_room(http, ServerIdentity(address, key="?"), check)
        server = ServerIdentity(address, check.found)
    except aiohttp.ClientConnectorError as error:
        if not tls.speaks_no_tls(error):
            raise
        info = await ask_room(http, server)
    return None if info is None else of_answer(server, info)
