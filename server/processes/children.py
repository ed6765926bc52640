"""Where the child processes start, and what they are told.

Light to import: the supervisor needs it, and shall not load what only its children use.
"""

import socket
from dataclasses import dataclass, field
from pathlib import Path

from server.connections.policy import Policy
from server.processes import logs
from server.room.config import RoomConfig


@dataclass(frozen=True, slots=True)
class WorkerConfig:
    """What a worker needs to know."""

    number: int
    room: RoomConfig
    downloads: Path
    policy: Policy
    quota: int = 0
    origins: frozenset[str] = frozenset()
    public_metrics: bool = False
    logging: logs.LogConfig = field(default_factory=logs.LogConfig)


def room(config: RoomConfig, control: socket.socket) -> None:
    """The room process."""
    from server.room.room_side.manager import run

    run(config, control)


def worker(config: WorkerConfig, control: socket.socket) -> None:
    """A worker process."""
    from server.worker import run

    run(config, control)
