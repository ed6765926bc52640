"""The seam between the controller and the network: commands one way, events the other.

Plain values that cross from one thread to the other; those about files are in `api_files`,
those about rooms on this network in `api_nearby`. An event that tells of a failure has a
`problem`; the controller words it. These modules know no socket, and import contracts keep the
model, the window and translation out of this package.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from client_mvc.network import api_files, api_nearby
from shared import conversation, messages, moderation
from shared.identity import ServerIdentity
from shared.joinlink import Address, JoinLink
from shared.problems import Problem

LEAVE_WITHIN = 2.0
"""Seconds that the server has to confirm a `leave`; then the client disconnects without."""
INVITE_WITHIN = 3.0
"""Seconds that the server has to say how others reach it (`ask_invite`)."""


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A message to send. `tried`: it may have been sent before; whether it was is unknown.

    `reply_to` is the `seq` of the message that it answers; 0: none.
    """

    id: str
    text: str
    tried: bool = False
    reply_to: int = 0


@dataclass(frozen=True, slots=True)
class Trust:
    """Which server the client may talk to; about any other the person is asked (`Doubt`).

    `key`: the only key that it may have; empty: one of `known`, which are the keys of rooms
    that the person joined before. `system`: it may also have any certificate that the system
    trusts for its name; without `key` this holds always. `plain`: it may be the room with this
    journal without TLS (empty: a room of version 0.1); None: it may not. With a `key`, and on
    this computer, `plain` has no meaning.
    """

    key: str = ""
    known: frozenset[str] = frozenset()
    system: bool = False
    plain: str | None = None


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why nothing was sent to a server: it has a key that the person does not know, another
    key than expected, or no TLS.

    `key` is what it showed; `journal` is that of a room without TLS. `address` is the host that
    it is about; None: the one that was entered first.
    """

    kind: Literal["unknown_key", "other_key", "plain"]
    key: str = ""
    journal: str = ""
    address: Address | None = None


@dataclass(frozen=True, slots=True)
class JoinOptions:
    """What a client needs to join a room.

    `token` resumes a membership. `after` is the last `seq` held, of the journal `journal`, and
    `after_at` is that event's `at`. `outgoing` are the messages that wait to be sent. They and
    the token are for the room of `journal`; with an empty one, for any room at the address.
    `answers_room`: the server of that room answered `GET /room` before. `journal_key`: the key
    of the server that had `journal`; empty: not known, or without TLS. `device` is the number
    of this device; `owner_key` makes the member the owner. `others` are more hosts of the room,
    to be tried after `address`. With a `password_key` the password is sent to a server with
    this key only; empty: to any that the client joins.
    """

    address: Address
    name: str
    password: str | None = field(default=None, repr=False)
    token: str | None = None
    after: int | None = None
    outgoing: Sequence[OutgoingMessage] = ()
    journal: str = ""
    after_at: str = ""
    answers_room: bool = False
    journal_key: str = ""
    trust: Trust = Trust()
    device: str | None = None
    owner_key: str | None = None
    others: Sequence[Address] = ()
    password_key: str = ""

    def password_for(self, server: ServerIdentity | None) -> str | None:
        """Return what to send as the password to `server`; None: nothing.

        A server that is accepted for its certificate may show another key in its next
        handshake: it does not get a password that is for one key.
        """
        if not self.password_key:
            return self.password
        has_key = server is not None and server.key == self.password_key and not server.system
        return self.password if has_key else None


# --- about the membership ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RoomFound:
    """The server answered `GET /room`, before anything else was sent.

    `room` is None where the server has no such answer, as in version 0.1. `known`: it has the
    journal that the client holds, or the client holds none. Nothing is sent to another room:
    `MembershipEnded` follows. `renewed`: it has another journal under the same key, so it is
    the same room with a new history.
    """

    room: messages.RoomInfo | None
    known: bool
    server: ServerIdentity | None = None
    renewed: bool = False


@dataclass(frozen=True, slots=True)
class Welcomed:
    """The client is a member. `forget`: events held before do not connect to new ones."""

    welcome: messages.Welcome
    forget: bool


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """All events up to the `seq` of the welcome are here; those that follow are live."""


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The connection is lost; attempt number `attempt` follows in `delay` seconds."""

    problem: Problem
    attempt: int
    delay: float


@dataclass(frozen=True, slots=True)
class Reconnecting:
    """Attempt number `attempt` has begun."""

    attempt: int


@dataclass(frozen=True, slots=True)
class MajorityChanged:
    """The room can take messages no more, or again; it still sends what is there to read."""

    has: bool


@dataclass(frozen=True, slots=True)
class HostsChanged:
    """The room has these hosts now, by URL, that of the connection first."""

    hosts: list[str]


type EndReason = Literal[
    "left", "refused", "unreachable", "replaced", "removed", "other_room", "doubted"
]


@dataclass(frozen=True, slots=True)
class MembershipEnded:
    """The client makes no further attempt; only after `left` there may be no `problem`.

    `clean`: the server confirmed the `leave`, so the token is void. `doubt` comes with
    `doubted`: nothing is sent before the person has decided.
    """

    why: EndReason
    problem: Problem | None = None
    clean: bool = False
    doubt: Doubt | None = None

    @property
    def in_another_room(self) -> bool:
        """Whether the server is not that of the room that the client was in."""
        return self.why == "other_room" or (
            self.doubt is not None and self.doubt.kind == "other_key"
        )


type MembershipEvent = (
    RoomFound | Welcomed | CaughtUp | Disconnected | Reconnecting | MajorityChanged
    | HostsChanged | MembershipEnded
)  # fmt: skip

# --- about messages ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EventReceived:
    """The next event in the order of `seq`: each comes once, and none is left out."""

    event: messages.AnyEvent


@dataclass(frozen=True, slots=True)
class MessageConfirmed:
    """The server has the outgoing message `id`."""

    id: str


@dataclass(frozen=True, slots=True)
class MessageDelayed:
    """The server cannot take the message `id` now; the client sends it again by itself."""

    id: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class MessageFailed:
    """The message `id` is not sent unless the person asks for it again."""

    id: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class RequestFailed:
    """The request `id` failed; the id is empty where the server did not name it."""

    id: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class RequestDelayed:
    """The room cannot decide the request `id` now; the client sends it again by itself."""

    id: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class ReportReceived:
    """The active-user report, and the seconds from the request to the answer."""

    report: messages.Report
    latency: float


type MessageEvent = MessageConfirmed | MessageDelayed | MessageFailed
type RoomEvent = (
    EventReceived
    | MessageEvent
    | RequestFailed
    | RequestDelayed
    | ReportReceived
    | messages.Presence
    | conversation.IsTyping
    | messages.History
    | moderation.Bans
    | messages.Found
)

type Query = (
    messages.AskReport
    | messages.AskHistory
    | messages.AskSearch
    | moderation.AskBans
    | moderation.ActRequest
    | conversation.ConversationRequest
)
"""A request with an answer; the answer, or `RequestFailed`, has the same id."""

# --- about letting others in -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WaysIn:
    """How others reach a room. `page` is the address of its web page, by https if `encrypted`;
    `link` is its join link, which never has the owner's key.
    """

    page: Address
    encrypted: bool
    link: JoinLink


@dataclass(frozen=True, slots=True)
class InviteAnswered:
    """What `server` answered to `ask_invite`.

    `ways` is None where it does not say, or names nothing that other computers reach.
    """

    server: ServerIdentity
    ways: WaysIn | None


type NetworkEvent = (
    MembershipEvent
    | RoomEvent
    | api_files.TransferEvent
    | api_files.PictureEvent
    | api_nearby.NearbyEvent
    | InviteAnswered
)
type SessionEvent = tuple[int, NetworkEvent]
"""An event, and the number of the session (`Network.connect`) that it belongs to."""


class Network(Protocol):
    """The commands; callable from any thread, and none of them blocks."""

    def connect(self, session: int, options: JoinOptions) -> None:
        """Join a room; leave the one before, if any. Its events carry the number `session`."""

    def send(self, message: OutgoingMessage) -> None:
        """Send a message after those before it."""

    def reconnect_now(self) -> None:
        """Make the next attempt without a further wait."""

    def leave(self) -> None:
        """Leave for good; `MembershipEnded` follows within about two seconds."""

    def typing(self) -> None:
        """Tell the others that the person is writing; sends less often than it is called."""

    def report(self, id: str) -> None:
        """Request the active-user report."""

    def ask(self, query: Query) -> None:
        """Send a request with an answer; without a connection it fails."""

    def upload(self, key: str, path: Path) -> None:
        """Share a file after those before it."""

    def cancel_upload(self, key: str) -> None:
        """Stop this upload, or do not begin it; no further event tells of it."""

    def download(self, server: ServerIdentity, request: api_files.DownloadRequest) -> None:
        """Save a shared file, whole or not at all."""

    def cancel_download(self, key: str) -> None:
        """Stop this download and delete its part; no further event tells of it."""

    def fetch(self, server: ServerIdentity, file: messages.File, journal: str = "") -> None:
        """Read a shared file to show it; `journal` as in `api_files.DownloadRequest`."""

    def fetch_picture(
        self, server: ServerIdentity, file: messages.File, journal: str, whole: bool
    ) -> None:
        """Fetch a picture to show it: its small copy (`file.thumb`), or `whole` the file.

        A few are fetched at a time, in order. `journal` as in `api_files.DownloadRequest`.
        """

    def ask_invite(self, server: ServerIdentity, journal: str) -> None:
        """Ask how others reach the room with this journal; `InviteAnswered` follows."""

    def discover(self, known: Sequence[Address]) -> None:
        """List the rooms on this network until `stop_discovering`; ask at `known`, too."""

    def stop_discovering(self) -> None:
        """Listen and ask no more."""

    def look_further(self) -> None:
        """Try the addresses beside those of this computer, while rooms are discovered."""

    def stop_looking(self) -> None:
        """End `look_further` before its end."""
