"""What a host reads when the server has started: where it listens, whom to send the link to.

Only words; knows no process.
"""

import socket
from collections.abc import Sequence

from server.processes import listener
from server.settings import Settings
from shared.joinlink import Address, JoinLink


def text(settings: Settings, sockets: Sequence[socket.socket]) -> str:
    """The lines to print. `sockets` are the bound ones, at least one."""
    port = sockets[0].getsockname()[1]
    link = JoinLink((Address(listener.outside_address(settings.host), port),))
    lines = [
        f'The room "{settings.room}" is open. Ctrl-C closes it.',
        f"  listening  {', '.join(_shown(one) for one in sockets)}",
        f"  join link  {link}",
        f"  users      0/{settings.max_users}",
        f"  files      {settings.downloads.absolute()}",
        f"  history    {settings.data_dir.absolute()}",
    ]
    if not listener.is_loopback(sockets) and not settings.password:
        lines.append(
            "  warning    No password: everybody on the network who reaches port "
            f"{port} can come in (see --password-file)."
        )
    return "\n".join(lines)


def _shown(one: socket.socket) -> str:
    host, port = one.getsockname()[:2]
    return f"[{host}]:{port}" if one.family == socket.AF_INET6 else f"{host}:{port}"
