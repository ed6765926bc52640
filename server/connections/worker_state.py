"""The state of one worker: its room, its fan-out, its sessions."""

import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from server.budgets.refusals import Refusals
from server.budgets.table import Budgets, budgets
from server.connections.fanout import FanOut
from server.connections.session import Session
from server.files.copies import Copies
from server.files.folder import Folder
from server.files.thumbnailer import Thumbnailer
from server.room.interface import Room
from server.settings import Settings


@dataclass(slots=True)
class WorkerState:
    """The parts of a worker that protocols use.

    `sessions` are those of all open connections, by the connection's number. `refusals` counts
    for `/metrics`. `thumbnailer` is there where the room takes pictures, `copies` where it has
    several hosts. `tls` has the certificate, `key` is the hash of its key (docs/protocol.md);
    None and empty without TLS. `now` is the clock, in monotonic seconds. `hosts` are the URLs
    of all hosts of the room, that of this server first, and may change at any time; empty for
    a room on one host. `pages` are all origins under which their page may have been opened.
    """

    worker: int
    room: Room
    fanout: FanOut
    folder: Folder
    settings: Settings
    refusals: Refusals
    thumbnailer: Thumbnailer | None = None
    copies: Copies | None = None
    draining: bool = False
    tls: ssl.SSLContext | None = None
    key: str = ""
    hosts: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    sessions: dict[int, Session] = field(default_factory=dict)
    now: Callable[[], float] = time.monotonic
    budgets: Budgets = field(init=False)

    def __post_init__(self) -> None:
        self.budgets = budgets(self.settings)
