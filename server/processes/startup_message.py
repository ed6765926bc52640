"""The lines that the server prints when it has started."""

import socket
from collections.abc import Sequence

from server.processes import binding
from server.settings import Settings
from shared.joinlink import Address, JoinLink


def text(settings: Settings, sockets: Sequence[socket.socket]) -> str:
    """Say where the room is, who can join, and how to let others in.

    Args:
        settings: the settings of the server.
        sockets: the listening sockets, at least one.
    """
    port = sockets[0].getsockname()[1]
    link = JoinLink((Address(binding.outside_address(settings.host), port),))
    addresses = ", ".join(str(Address(*one.getsockname()[:2])) for one in sockets)
    return "\n".join(
        [
            f'The room "{settings.room}" is open. Press Ctrl-C to close it.',
            f"  join link  {link}",
            f"  join       chatroom --server {link}",
            f"  who        {_who(settings, sockets)}",
            f"  members    at most {settings.max_users}",
            f"  listening  {addresses}",
            f"  files      {settings.downloads}",
            f"  history    {settings.data_dir}",
        ]
    )


def _who(settings: Settings, sockets: Sequence[socket.socket]) -> str:
    if binding.is_loopback(sockets):
        return "only this computer; to let others in, start with --host 0.0.0.0"
    if settings.password:
        return "everybody on the network who knows the password"
    return "everybody on the network; to require a password, start with --password-file FILE"
