"""What one worker has: its room, its fan-out, its sessions. Made once, passed to the doors."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from server.fanout import FanOut
from server.files import Folder
from server.policy import Policy
from server.room.interface import Room
from server.session import Session


@dataclass(slots=True)
class Context:
    """The parts of a worker that doors use.

    `sessions` are those of all open connections, by the connection's number; `joined`
    counts those that have joined.
    """

    worker: int
    room: Room
    fanout: FanOut
    folder: Folder
    policy: Policy
    origins: frozenset[str] = frozenset()
    public_metrics: bool = False
    draining: bool = False
    joined: int = 0
    sessions: dict[int, Session] = field(default_factory=dict)
    now: Callable[[], float] = time.monotonic
