"""The records of each bot, as JSON lines: written while it runs, checked afterwards.

There is one file for each run of a bot, from its start to its end or death, so that a line torn
by a SIGKILL can only be the last one. `t` is the monotonic clock in seconds, which all
processes of one machine share.
"""

import os
import time
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from msgspec import Raw, Struct

from shared import codec, messages
from shared.wire import WireEvent


class _BotRecord(Struct, frozen=True, kw_only=True, tag_field="what", omit_defaults=True):
    t: float = msgspec.field(default_factory=time.monotonic)


class BotStarted(_BotRecord, frozen=True, tag="bot started"):
    """The bot runs as the member `name`; `resumes`: it has the token of a membership."""

    name: str
    pid: int
    resumes: bool = False


class MessageKept(_BotRecord, frozen=True, tag="message kept"):
    """This message was in the outbox at the start, unacknowledged in earlier runs."""

    id: str
    text: str


class MessageSent(_BotRecord, frozen=True, tag="message sent"):
    """The message is in the outbox, and is sent now."""

    id: str
    text: str


class MessageAcknowledged(_BotRecord, frozen=True, tag="message acknowledged"):
    """The client has the receipt: from here on the message must never be lost."""

    id: str


class MessageRejected(_BotRecord, frozen=True, tag="message rejected"):
    """The client showed that the message was not sent."""

    id: str
    reason: str


class MessageWaits(_BotRecord, frozen=True, tag="message waits"):
    """The server cannot take the message at present; the client sends it again later."""

    id: str
    reason: str


class FileQueued(_BotRecord, frozen=True, tag="file queued"):
    """The file is in the outbox, now or from an earlier run, to be uploaded under `key`."""

    key: str
    sha256: str


class FileDelivered(_BotRecord, frozen=True, tag="file delivered"):
    """The server has the file: from here on it must never be lost."""

    key: str


class FileRefused(_BotRecord, frozen=True, tag="file refused"):
    """The client showed that the file was not shared; the bot will retry."""

    key: str
    reason: str


class ChangeAsked(_BotRecord, frozen=True, tag="change asked"):
    """The client asks for a change of the message `target`; `text` is that of an edit."""

    id: str
    target: int
    text: str = ""


class ChangeConfirmed(_BotRecord, frozen=True, tag="change confirmed"):
    """The client has the answer: from here on the change must never be lost."""

    id: str


class ChangeFailed(_BotRecord, frozen=True, tag="change failed"):
    """The client does not ask for the change any more; it may have been carried out."""

    id: str
    code: str


class RoomEntered(_BotRecord, frozen=True, tag="room entered"):
    """Joined or resumed when `seq` was the newest. `forget`: the screen starts anew.

    `host` is the URL of the host that welcomed, if the room has several.
    """

    seq: int
    members: list[str]
    forget: bool = False
    host: str = ""


class ReplayEnded(_BotRecord, frozen=True, tag="replay ended"):
    """The client has every event up to the welcome's `seq`."""


class EventShown(_BotRecord, frozen=True, tag="event shown"):
    """An event reached the screen; `body` is its JSON."""

    body: Raw

    @property
    def event(self) -> messages.AnyEvent:
        """The event; of an unknown type, an `UnknownEvent`."""
        return decode(bytes(self.body))


class ResumePromised(_BotRecord, frozen=True, tag="resume promised"):
    """The server promised on this connection every event after `after`, and no others."""

    socket: int
    after: int


class EventArrived(_BotRecord, frozen=True, tag="event arrived"):
    """An event came in on the connection number `socket`, before the client handled it."""

    socket: int
    seq: int


class ConnectionLost(_BotRecord, frozen=True, tag="connection lost"):
    """The client lost its connection."""

    reason: str


class SessionEnded(_BotRecord, frozen=True, tag="session ended"):
    """The client makes no further attempt by itself; a member may ask for one."""

    why: str
    reason: str = ""


class MembersShown(_BotRecord, frozen=True, tag="members shown"):
    """The members on screen: each name, and whether the member is away."""

    away: dict[str, bool]


class ErrorLogged(_BotRecord, frozen=True, tag="error logged"):
    """The client logged an error."""

    error: str


type Record = (
    BotStarted
    | MessageKept
    | MessageSent
    | MessageAcknowledged
    | MessageRejected
    | MessageWaits
    | FileQueued
    | FileDelivered
    | FileRefused
    | ChangeAsked
    | ChangeConfirmed
    | ChangeFailed
    | RoomEntered
    | ReplayEnded
    | EventShown
    | ResumePromised
    | EventArrived
    | ConnectionLost
    | SessionEnded
    | MembersShown
    | ErrorLogged
)


class InjectedFault(Struct, frozen=True, kw_only=True):
    """A fault, from when to when; `victims` are the clients it was aimed at.

    `until` is when it was undone; the recovery may take longer.
    """

    kind: str
    target: str
    t: float
    until: float
    victims: list[str] = []


@dataclass
class BotRun:
    """The records of one run of a bot."""

    records: list[Record] = field(default_factory=list)


type Histories = dict[str, list[BotRun]]
"""The runs of each bot, in order, by its name."""

_encode = msgspec.json.Encoder().encode
_records: msgspec.json.Decoder[Record] = msgspec.json.Decoder(Record.__value__)


def shown(event: messages.AnyEvent) -> EventShown:
    """Record that an event reached the screen."""
    if isinstance(event, messages.UnknownEvent):
        return EventShown(body=Raw(event.raw))
    return EventShown(body=Raw(codec.encode(event)))


def decode(body: bytes) -> messages.AnyEvent:
    """Return the event in this JSON; of an unknown type, an `UnknownEvent`.

    Raises:
        ValueError: It is not an event.
    """
    event = codec.decode_from_server(body)
    if isinstance(event, WireEvent | messages.UnknownEvent):
        return event
    raise ValueError(f"not an event: {body!r}")


class HistoryWriter:
    """Append records to one file. Any thread may write: each record is one write of a line."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def __call__(self, record: Record | InjectedFault) -> None:
        """Write the record; the kernel has it when this returns, so it outlives the process."""
        line = _encode(record) + b"\n"
        written = os.write(self._file, line)
        if written != len(line):
            raise OSError(f"only {written} of {len(line)} bytes of the history were written")


class HistoryReader:
    """Read a file that is still being written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0

    def new(self) -> list[Record]:
        """Return the whole lines written since the last call."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                data = file.read()
        except FileNotFoundError:
            return []
        whole, newline, _ = data.rpartition(b"\n")
        self._offset += len(whole) + len(newline)
        return [_records.decode(line) for line in whole.splitlines()]


def path_of(folder: Path, name: str, run: int) -> Path:
    """Return the file of this run of a bot."""
    return folder / f"{name}.{run:04}.jsonl"


def load(folder: Path) -> Histories:
    """Read all histories in a folder."""
    histories: Histories = {}
    for path in sorted(folder.glob("*.[0-9]*.jsonl")):
        name = path.name.split(".")[0]
        histories.setdefault(name, []).append(BotRun(HistoryReader(path).new()))
    return histories


def save(folder: Path, histories: Histories) -> None:
    """Write histories as bots do."""
    for name, runs in histories.items():
        for number, run in enumerate(runs, 1):
            lines = b"".join(_encode(record) + b"\n" for record in run.records)
            path_of(folder, name, number).write_bytes(lines)
