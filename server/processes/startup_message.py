"""The lines that the server prints when it has started."""

import socket
from collections.abc import Sequence
from urllib.parse import urlsplit

from server.processes import binding, own_addresses
from server.settings import Settings
from shared.joinlink import Address, JoinLink

_PORTS = {"http": 80, "https": 443}


def text(settings: Settings, sockets: Sequence[socket.socket]) -> str:
    """Say where the room is, who can join, and how to let others in.

    Args:
        settings: the settings of the server.
        sockets: the listening sockets, at least one.
    """
    first, *others = _links(settings, sockets)
    addresses = ", ".join(str(Address(*one.getsockname()[:2])) for one in sockets)
    return "\n".join(
        [
            f'The room "{settings.room}" is open. Press Ctrl-C to close it.',
            f"  join link  {first}",
            *(f"  or         {link}" for link in others),
            f"  join       chatroom --server {first}",
            f"  who        {_who(settings, sockets)}",
            f"  members    at most {settings.max_users}",
            f"  listening  {addresses}",
            f"  files      {settings.downloads}",
            f"  history    {settings.data_dir}",
        ]
    )


def _links(settings: Settings, sockets: Sequence[socket.socket]) -> list[str]:
    """Return join links, the one to hand out first; the name of this computer last."""
    port = sockets[0].getsockname()[1]
    if settings.public_url:
        url = urlsplit(settings.public_url)
        public = Address(url.hostname or "", url.port or _PORTS[url.scheme.lower()])
        return [str(JoinLink((public,)))]
    named = [host for host in settings.host if host == "localhost"]
    hosts = (
        named if binding.is_loopback(sockets) and named else own_addresses.reachable(sockets)
    )
    if any(_is_everything(one) for one in sockets):
        # Not every network can look the name up, so it only stands beside the addresses.
        hosts = [*hosts, socket.gethostname().lower()]
    return [str(JoinLink((Address(host, port),))) for host in dict.fromkeys(hosts)]


def _is_everything(one: socket.socket) -> bool:
    return one.getsockname()[0] in binding.EVERYTHING


def _who(settings: Settings, sockets: Sequence[socket.socket]) -> str:
    if settings.public_url:
        whom = f"everybody who reaches {settings.public_url}"
    elif binding.is_loopback(sockets):
        return "only this computer; to let others in, start with --host 0.0.0.0"
    else:
        whom = "everybody on the network"
    if settings.password:
        return f"{whom} who knows the password"
    return f"{whom}; to require a password, start with --password-file FILE"
