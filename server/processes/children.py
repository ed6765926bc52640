"""Where the child processes start.

The supervisor imports this module, so it imports only what the supervisor itself needs: each
child loads its own parts.
"""

import signal
import socket
from collections.abc import Sequence
from multiprocessing.connection import Connection

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


def announcer(
    settings: Settings, info: RunInfo, bound: Sequence[str], port: int, control: socket.socket
) -> None:
    """Run the process that announces the room on the network."""
    from server.announcing.process import run

    run(settings, info, bound, port, control)


def thumbnails(settings: Settings, info: RunInfo, control: socket.socket) -> None:
    """Run the process that makes thumbnails of pictures."""
    from server.thumbnails.process import run

    run(settings, info, control)


def certificate(key: bytes | None, names: Sequence[str], answer: Connection) -> None:
    """Make a certificate, and a key if there is none (`server.tls.issue`).

    Args:
        key: the key, in PEM.
        names: host names and addresses.
        answer: gets key and certificate, or a text if the key is damaged.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from server.tls import issue

    try:
        made = issue.new_key() if key is None else key
        answer.send((made, issue.certificate(made, names)))
    except ValueError as problem:
        answer.send(str(problem) or "damaged")
