"""The seam between controller and network: what can be asked, and what is told in return.

Plain values that cross from one thread to the other. Knows no socket, no model, no window.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from shared import messages
from shared.joinlink import Address
from shared.problems import Problem

LEAVE_WITHIN = 2.0
"""Seconds that the room has to answer a goodbye; then one is gone without."""


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """Something to say. `tried`: it may have been sent before, its fate is not known."""

    id: str
    text: str
    tried: bool = False


@dataclass(frozen=True, slots=True)
class JoinOptions:
    """What it takes to join.

    `token` resumes a membership, `after` is the last `seq` held, of the journal `journal`.
    """

    address: Address
    name: str
    password: str | None = None
    token: str | None = None
    after: int | None = None
    unsaid: Sequence[OutgoingMessage] = ()
    journal: str = ""


# --- about the membership ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Welcomed:
    """The room let us in. `forget`: what is held no longer connects to what comes."""

    welcome: messages.Welcome
    forget: bool


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """Everything up to the `seq` of the welcome has come; what comes now is live."""


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The connection is gone; the next attempt is made in `delay` seconds."""

    problem: Problem
    attempt: int
    delay: float


@dataclass(frozen=True, slots=True)
class Reconnecting:
    """Attempt number `attempt` has begun."""

    attempt: int


type EndReason = Literal["left", "refused", "unreachable", "replaced", "removed"]


@dataclass(frozen=True, slots=True)
class MembershipEnded:
    """No further attempt is made. `clean`: the room knows that we left, the token is void."""

    why: EndReason
    problem: Problem | None = None
    clean: bool = False


type MembershipEvent = Welcomed | CaughtUp | Disconnected | Reconnecting | MembershipEnded

# --- about what is said ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EventReceived:
    """The next event in the order of `seq`: each comes once, and none is left out."""

    event: messages.AnyEvent


@dataclass(frozen=True, slots=True)
class MessageConfirmed:
    """The room has what we said under `id`."""

    id: str


@dataclass(frozen=True, slots=True)
class MessageDelayed:
    """The room cannot take `id` just now; it is said again in a moment."""

    id: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class MessageFailed:
    """`id` is not going to be said unless the person asks again."""

    id: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class RequestFailed:
    """A question failed; `id` is that of the request, if it is known."""

    id: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class ReportReceived:
    """The active-user report, and how long it took from asking to the answer, in seconds."""

    report: messages.Report
    latency: float


type MessageEvent = MessageConfirmed | MessageDelayed | MessageFailed
type RoomEvent = (
    EventReceived
    | MessageEvent
    | RequestFailed
    | ReportReceived
    | messages.Presence
    | messages.History
    | messages.Found
)

type Query = messages.AskReport | messages.AskHistory | messages.AskSearch
"""What can be asked of the room; the answer, or `RequestFailed`, has the same id."""

# --- about files -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class UploadSize:
    """The file can be read, and has so many bytes."""

    key: str
    size: int


@dataclass(frozen=True, slots=True)
class UploadProgress:
    """`fraction` of the file, 0 to 1, is sent."""

    key: str
    fraction: float


@dataclass(frozen=True, slots=True)
class UploadRetrying:
    """It could not be sent now, and will be tried again."""

    key: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class UploadDone:
    """The room has the file."""

    key: str


@dataclass(frozen=True, slots=True)
class UploadFailed:
    """The file was not shared."""

    key: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class DownloadRequest:
    """A shared file and where to save it. Without `replace` it takes the first free name of
    `notes.txt`, `notes (2).txt`, …
    """

    key: str
    file: messages.File
    target: Path
    replace: bool = True


@dataclass(frozen=True, slots=True)
class DownloadProgress:
    """`fraction` of the file, 0 to 1, is here."""

    key: str
    fraction: float


@dataclass(frozen=True, slots=True)
class DownloadDone:
    """The file is whole at `target`."""

    key: str
    target: Path


@dataclass(frozen=True, slots=True)
class DownloadFailed:
    """The file `name` could not be saved; nothing is left of it."""

    key: str
    name: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class FileFetched:
    """A shared file as text, safe to be shown. `cut`: it is longer than this."""

    file: messages.File
    text: str
    encoding: str
    cut: bool


@dataclass(frozen=True, slots=True)
class FileFetchFailed:
    """The file `name` could not be fetched to be shown."""

    name: str
    problem: Problem


type UploadEvent = UploadSize | UploadProgress | UploadRetrying | UploadDone | UploadFailed
type DownloadEvent = (
    DownloadProgress | DownloadDone | DownloadFailed | FileFetched | FileFetchFailed
)
type TransferEvent = UploadEvent | DownloadEvent

type NetworkEvent = MembershipEvent | RoomEvent | TransferEvent
type SessionEvent = tuple[int, NetworkEvent]
"""NetworkEvent and the number of the visit (`Network.connect`) that they belong to."""


class Network(Protocol):
    """What can be asked of the network, from any thread; nothing here blocks."""

    def connect(self, visit: int, ticket: JoinOptions) -> None:
        """Join; the visit before, if any, is left. NetworkEvent of this one carry `visit`."""

    def say(self, unsaid: OutgoingMessage) -> None:
        """Say it when its turn comes."""

    def reconnect_now(self) -> None:
        """Do not wait for the next attempt."""

    def leave(self) -> None:
        """Leave for good; `MembershipEnded` follows within about two seconds."""

    def report(self, id: str) -> None:
        """Ask for the active-user report."""

    def ask(self, question: Query) -> None:
        """Ask the room; without a connection the question fails."""

    def upload(self, key: str, path: Path) -> None:
        """Share a file, after those asked for before."""

    def cancel_upload(self, key: str) -> None:
        """Stop this upload, or do not begin it; nothing more is told about it."""

    def download(self, address: Address, wanted: DownloadRequest) -> None:
        """Save a shared file, whole or not at all."""

    def cancel_download(self, key: str) -> None:
        """Stop this download; nothing more is told about it, and nothing is left of it."""

    def fetch(self, address: Address, file: messages.File) -> None:
        """Read a shared file to show it."""
