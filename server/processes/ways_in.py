"""Finds the ways into a room: join links for the desktop client, an address for browsers."""

import socket
from collections.abc import Sequence
from urllib.parse import urlsplit

from server.processes import binding, own_addresses
from server.processes.run_directory import WaysIn
from server.settings import Settings
from shared.joinlink import Address, JoinLink

_PORTS = {"http": 80, "https": 443}


def find(settings: Settings, sockets: Sequence[socket.socket], key: bytes = b"") -> WaysIn:
    """Return the ways into the room of a server.

    Args:
        settings: the settings of the server.
        sockets: the listening sockets, at least one.
        key: the SHA-256 of its TLS key, empty without TLS.
    """
    alone = binding.is_loopback(sockets)
    if settings.public_url:
        # The encryption to there is that of the site, with a certificate of its own.
        url = urlsplit(settings.public_url)
        public = Address(url.hostname or "", url.port or _PORTS[url.scheme.lower()])
        return WaysIn((str(JoinLink((public,))),), settings.public_url, everybody=True)
    port = sockets[0].getsockname()[1]
    addresses = [Address(host, port) for host in _hosts(settings, sockets, alone=alone)]
    links = tuple(str(JoinLink((one,), key.hex() or None)) for one in addresses)
    scheme = "https" if key and not alone else "http"
    return WaysIn(links, f"{scheme}://{addresses[0]}/", everybody=not alone)


def _hosts(settings: Settings, sockets: Sequence[socket.socket], *, alone: bool) -> list[str]:
    """Return the hosts under which the room is reached, the name of this computer last."""
    if alone and "localhost" in settings.host:
        return ["localhost"]
    hosts = own_addresses.reachable(sockets)
    if any(one.getsockname()[0] in binding.EVERYTHING for one in sockets):
        # Not every network can look the name up, so it only stands beside the addresses.
        hosts = [*hosts, socket.gethostname().lower()]
    return list(dict.fromkeys(hosts))
