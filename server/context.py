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
    """The parts of a worker that doors use. `sessions` are those that joined, by connection."""

    worker: int
    room: Room
    fanout: FanOut
    folder: Folder
    policy: Policy
    origins: frozenset[str] = frozenset()
    public_metrics: bool = False
    draining: bool = False
    sessions: dict[int, Session] = field(default_factory=dict)
    now: Callable[[], float] = time.monotonic
