"""Where the child processes start.

The supervisor imports this module, so it imports only what the supervisor itself needs: each
child loads its own parts.
"""

import socket

from server.budgets.refusals import Refusals
from server.processes.run_directory import RunInfo
from server.settings import Settings


def room(settings: Settings, info: RunInfo, refusals: Refusals, control: socket.socket) -> None:
    """Run the room process."""
    from server.room.room_side.manager import run

    run(settings, info, refusals, control)


def worker(
    settings: Settings, info: RunInfo, refusals: Refusals, number: int, control: socket.socket
) -> None:
    """Run the worker process `number`."""
    from server.worker import run

    run(settings, info, refusals, number, control)
