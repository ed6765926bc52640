"""Where the child processes start.

The supervisor imports this module, so it imports only what the supervisor itself needs: each
child loads its own parts.
"""

import socket

from server.processes.run_directory import RunInfo
from server.settings import Settings


def room(settings: Settings, info: RunInfo, control: socket.socket) -> None:
    """Run the room process."""
    from server.room.room_side.manager import run

    run(settings, info, control)


def worker(settings: Settings, info: RunInfo, number: int, control: socket.socket) -> None:
    """Run the worker process `number`."""
    from server.worker import run

    run(settings, info, number, control)
