"""What each client did and saw, as JSON lines: written while it happens, checked afterwards.

One file for each life of a client, from its start to its end or death, so that a line torn by
a SIGKILL can only be the last one. `t` is the monotonic clock, in seconds, which all processes
of one machine share. Knows neither what is right nor who was at fault.
"""

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from msgspec import Struct

from shared import messages


class _Record(Struct, frozen=True, kw_only=True, tag_field="what", omit_defaults=True):
    t: float = msgspec.field(default_factory=time.monotonic)


class Started(_Record, frozen=True, tag="started"):
    """The client runs, as the member `name`; it resumes a membership or not."""

    name: str
    pid: int
    resumes: bool = False


class Holds(_Record, frozen=True, tag="holds"):
    """At the start this was in the outbox: the life before this did not see it come back."""

    id: str
    text: str


class Says(_Record, frozen=True, tag="says"):
    """It is in the outbox, and is said now."""

    id: str
    text: str


class Confirmed(_Record, frozen=True, tag="confirmed"):
    """The room has it: from here on it must never be lost."""

    id: str


class Failed(_Record, frozen=True, tag="failed"):
    """The person was told that it was not said."""

    id: str
    reason: str


class Waits(_Record, frozen=True, tag="waits"):
    """The room cannot take it just now."""

    id: str
    reason: str


class Shares(_Record, frozen=True, tag="shares"):
    """A file is in the outbox, now or from the life before this, to be shared under `key`."""

    key: str
    sha256: str


class Delivered(_Record, frozen=True, tag="delivered"):
    """The room has the file: from here on it must never be lost."""

    key: str


class Refused(_Record, frozen=True, tag="refused"):
    """The person was told that the file was not shared, and will press Retry."""

    key: str
    reason: str


class Welcomed(_Record, frozen=True, tag="welcomed"):
    """Joined or resumed when `seq` was the newest. `forget`: the view begins anew."""

    seq: int
    members: list[str]
    forget: bool = False


class CaughtUp(_Record, frozen=True, tag="caught up"):
    """Everything up to the welcome's `seq` was seen."""


class Saw(_Record, frozen=True, tag="saw"):
    """An event reached the person."""

    event: messages.Event


class Resumed(_Record, frozen=True, tag="resumed"):
    """The room has promised, on this connection, every event after `after`, and no other."""

    socket: int
    after: int


class Wire(_Record, frozen=True, tag="wire"):
    """An event came off the wire, before the client looked. `socket`: which connection."""

    socket: int
    seq: int


class Lost(_Record, frozen=True, tag="lost"):
    """The connection is gone."""

    reason: str


class Ended(_Record, frozen=True, tag="ended"):
    """No further attempt is made by itself; the person may ask for one."""

    why: str
    reason: str = ""


class Members(_Record, frozen=True, tag="members"):
    """Who is in the room, as the person is shown it: name to whether they are away."""

    away: dict[str, bool]


class Broken(_Record, frozen=True, tag="broken"):
    """The client logged an error."""

    error: str


type Record = (
    Started
    | Holds
    | Says
    | Confirmed
    | Failed
    | Waits
    | Shares
    | Delivered
    | Refused
    | Welcomed
    | CaughtUp
    | Saw
    | Resumed
    | Wire
    | Lost
    | Ended
    | Members
    | Broken
)


class Fault(Struct, frozen=True, kw_only=True):
    """What the nemesis did, from when to when; `victims` are the clients it aimed at.

    `until` is when it was undone; what was broken may need a while after that.
    """

    kind: str
    target: str
    t: float
    until: float
    victims: list[str] = []


@dataclass
class Life:
    """One life of a client."""

    records: list[Record] = field(default_factory=list)


type Histories = dict[str, list[Life]]
"""The lives of each client, in order, by its name."""

_encode = msgspec.json.Encoder().encode
_records: msgspec.json.Decoder[Record] = msgspec.json.Decoder(Record.__value__)


class Writer:
    """Appends to one file. Any thread: each record is one write of one whole line."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def __call__(self, record: Record | Fault) -> None:
        """It is the kernel's when this returns, and outlives this process."""
        line = _encode(record) + b"\n"
        written = os.write(self._file, line)
        if written != len(line):
            raise OSError(f"only {written} of {len(line)} bytes of the history were written")


class Follower:
    """Reads a file that is still being written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0

    def new(self) -> list[Record]:
        """The whole lines since the last time."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                data = file.read()
        except FileNotFoundError:
            return []
        whole, newline, _ = data.rpartition(b"\n")
        self._offset += len(whole) + len(newline)
        return [_records.decode(line) for line in whole.splitlines()]


def path_of(folder: Path, name: str, life: int) -> Path:
    """Where the history of this life lies."""
    return folder / f"{name}.{life:04}.jsonl"


def load(folder: Path) -> Histories:
    """The histories in a folder, to be looked at again."""
    histories: Histories = {}
    for path in sorted(folder.glob("*.[0-9]*.jsonl")):
        name = path.name.split(".")[0]
        histories.setdefault(name, []).append(Life(Follower(path).new()))
    return histories


def save(folder: Path, histories: Histories) -> None:
    """Write histories as bots do."""
    for name, lives in histories.items():
        for number, life in enumerate(lives, 1):
            path_of(folder, name, number).write_bytes(_lines(life.records))


def _lines(records: Iterable[Record]) -> bytes:
    return b"".join(_encode(record) + b"\n" for record in records)
