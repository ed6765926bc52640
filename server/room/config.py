"""What the room process, and those who look for it, must know. Knows nothing else."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from server.processes import logs
from shared import limits

type Durability = Literal["normal", "full"]

JOURNAL = "journal.sqlite3"
INDEX = "search.sqlite3"


@dataclass(frozen=True, slots=True)
class RoomConfig:
    """What the room process needs to know.

    `keep`: how many events, 0 for all. `check`: the last server did not end well, so see
    whether the journal is whole. `patient`: members wait, so if the journal cannot be opened
    (the disk is full, say), try until it can.
    """

    folder: Path
    manager_address: str
    hub_address: str
    authkey: bytes
    max_users: int = limits.DEFAULT_MAX_USERS
    grace: float = limits.DEFAULT_GRACE
    keep: int = 0
    password: str = ""
    durability: Durability = "normal"
    check: bool = False
    patient: bool = False
    logging: logs.LogConfig = field(default_factory=logs.LogConfig)

    @property
    def journal(self) -> Path:
        """The journal's file."""
        return self.folder / JOURNAL

    @property
    def index(self) -> Path:
        """The search index's file."""
        return self.folder / INDEX
