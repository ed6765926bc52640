"""The room as a worker knows it: values, and the protocols `Room` and `RoomCallbacks`.

The worker chooses which room stands behind them. Nothing here knows processes, sockets or
SQLite.
"""

import enum
from collections.abc import Callable, Sequence
from datetime import datetime
from math import inf
from typing import Protocol

from msgspec import Struct

from shared.conversation import ConversationRequest
from shared.messages import File, Presence, ReportLine
from shared.moderation import MEMBER, ActRequest, BanInfo
from shared.problems import Problem


class Peer(Struct, frozen=True, array_like=True):
    """Where a connection comes from, and by which protocol (`door`: "websocket").

    With `proxied` the address is that of a proxy which is not trusted: whoever stands behind it
    is somewhere else, so it never counts as this computer.
    """

    address: str
    port: int
    door: str
    tls: bool = False
    proxied: bool = False


class CloseReason(enum.StrEnum):
    """Why the server closes a connection; each protocol has its own code for it."""

    LEFT = "left"
    SHUTTING_DOWN = "shutting_down"
    REPLACED = "replaced"
    REFUSED = "refused"
    TOO_SLOW = "too_slow"
    RATE_LIMITED = "rate_limited"
    REMOVED = "removed"


class JoinRequest(Struct, frozen=True, kw_only=True, array_like=True):
    """A request to join (or, with `token`, to resume) by connection `connection` of `worker`.

    `connection` is 63 random bits: no two connections of a room ever share one. `device` and
    `owner` are SHA-256 hashes of the device's number and of the owner's key, empty without.
    """

    connection: int
    worker: int
    peer: Peer
    name: str
    password: str | None
    token: str | None
    after: int | None
    history: int
    journal: str | None = None
    after_at: str | None = None
    client: str = ""
    device: bytes = b""
    owner: bytes = b""


class JoinAccepted(Struct, frozen=True, kw_only=True, array_like=True, tag=1):
    """The join is done. Serve the connection the events after the `seq` `start`.

    `members` is a JSON array with a `MemberInfo` for each member, encoded already, up to the
    closing bracket: with many joins at once each list begins with the one before, and shares
    its memory. `rested` is the seconds since the last session of this membership (or, for a
    new one, of another from the same address) began or ended, 0 if it replaces one; infinite
    if there was none. The session's allowances begin as if they had been used up then. `muted`
    is until when the member cannot send (RFC 3339), empty if it can. `pins` is a JSON array of
    the newest pinned events. `hosts` are the URLs of all hosts of the room, that of this server
    first; empty for a room on one host.
    """

    member: int
    name: str
    token: str
    seq: int
    start: int
    reset: bool
    journal: str
    max_users: int
    members: memoryview
    rested: float = inf
    role: str = MEMBER
    topic: str = ""
    locked: bool = False
    slow: int = 0
    muted: str = ""
    pins: bytes = b"[]"
    hosts: tuple[str, ...] = ()


class JoinRefused(Struct, frozen=True, array_like=True, tag=2):
    """The join failed."""

    problem: Problem


class JoinWaits(Struct, frozen=True, array_like=True, tag=3):
    """The join has to wait; another answer to it follows."""


class Membership(Struct, frozen=True):
    """The member that a token belongs to."""

    member: int
    name: str


class StoredFile(Struct, frozen=True):
    """A shared file: its entry in the event, its name in the downloads folder, its encoding."""

    file: File
    stored: str
    encoding: str


class UploadRequest(Struct, frozen=True, array_like=True):
    """An upload that asks for space: `id` is 63 random bits, `size` that of the whole file.

    `part` is the name under which its bytes are kept if it is cut; empty if they are not.
    """

    id: int
    member: int
    size: int
    part: str


class UploadAccepted(Struct, frozen=True):
    """The space is reserved. With `tight`, kept bytes of other uploads must give way to it."""

    tight: bool


class Post(Struct, frozen=True, kw_only=True, array_like=True, tag=0):
    """A message for the room to sequence, or a file if `stored` is set.

    `tail` is the event's JSON from `name` on, encoded by the worker. `(member, key)` is never
    sequenced twice; `key` is empty for a message without an id, and then the room's client sets
    `number`, which has the same effect. `connection` is 0 for a post that is not bound to a
    connection, as uploads are. `reply_to` is the `seq` that a message answers, 0: none.
    """

    member: int
    connection: int
    key: str
    tail: bytes
    stored: StoredFile | None = None
    number: int = 0
    reply_to: int = 0


class Act(Struct, frozen=True, kw_only=True, array_like=True, tag=7):
    """An act of a member, or of the host if `member` is 0, for the room to carry out.

    It is answered as a post is: `(member, key)` is never carried out twice. `key` is the
    request's id. In a `Claim` the owner's key is replaced by its SHA-256 in hexadecimal.
    """

    member: int
    connection: int
    key: str
    request: ActRequest | ConversationRequest


class PostResult(Struct, frozen=True, array_like=True, tag=0):
    """The result of a post or an act: new (both unset), done before as `seq`, or failed.

    Of a `rename` that did not fail, new or not, `name` is the name that the member has now. Of
    a `note`, which makes no event, `presence` is the answer to the member, new or not.
    """

    seq: int | None = None
    problem: Problem | None = None
    name: str = ""
    presence: Presence | None = None


type Answer = PostResult | JoinAccepted | JoinRefused | JoinWaits


class Page(Struct, frozen=True):
    """Consecutive events, oldest first.

    `before` is the `seq` to ask `page_before` with for older events, and `after + 1` the one to
    ask `page_from` with for newer ones; None where there are none.
    """

    events: list[bytes]
    before: int | None
    after: int | None


class RoomReport(Struct, frozen=True):
    """The active-user report, and when the room was opened (RFC 3339)."""

    max_users: int
    started: str
    members: list[ReportLine]


class MemberLine(Struct, frozen=True):
    """A member, for the command line; `muted` is until when, empty if it is not."""

    name: str
    member: int
    role: str
    state: str
    since: str
    address: str
    muted: str = ""


class MembersAnswer(Struct, frozen=True):
    """The members, and how the room is set (`slow` in seconds), for the command line."""

    members: list[MemberLine]
    max_users: int
    topic: str
    locked: bool
    slow: int


class Stats(Struct, frozen=True):
    """Figures of the whole room, for operators.

    `hosts` are those that are heard, 0 in a room on one host; `position` is the last entry of
    the log that was carried out here. `undecided`: too few hosts reach each other.
    """

    members: int
    away: int
    max_users: int
    seq: int
    posts: int
    duplicates: int
    batches: int
    storage_errors: int
    files: int
    file_bytes: int
    hosts: int = 0
    position: int = 0
    undecided: bool = False


class Overview(Struct, frozen=True):
    """The room's part of `GET /room`. `active` counts all members, disconnected ones too.

    `undecided`: too few hosts reach each other to decide anything. `decides`: enough did just
    now, so members who cannot send at another host may come to this one.
    """

    journal: str
    active: int
    max_users: int
    password: bool
    undecided: bool = False
    decides: bool = True


class SearchResult(Struct, frozen=True):
    """The events found, newest first; with `more`, search again `before` this `seq`."""

    events: list[bytes]
    more: bool
    before: int


class ConnectionUsage(Struct, frozen=True, array_like=True):
    """Figures of a connection that only its worker has: seconds idle, events sent to it."""

    connection: int
    idle: float
    received: int


class RoomUnavailableError(Exception):
    """The room does not answer: it is being restarted, or the server is stopping."""


class RoomCallbacks(Protocol):
    """A worker, as its room calls it: on the worker's event loop, so no method may block."""

    def deliver(self, first: int, bodies: Sequence[bytes]) -> None:
        """Send out events `first`, `first + 1`, …, as JSON: in order, without gaps."""

    def rewrite(self, seq: int, body: bytes) -> None:
        """From now on, send out this event as it stands now; it was delivered before."""

    def requote(self, seq: int, quote: bytes) -> None:
        """From now on, quote this event so (`Quote` as JSON) in replies to it."""

    def signal(self, presences: Sequence[tuple[str, bytes]]) -> None:
        """Send out `presence` events: names, and JSON that has no `seq` and is not kept.

        Empty JSON makes earlier presence of this name void: its member has left.
        """

    def typing(self, member: int, body: bytes) -> None:
        """Send out that this member is typing, as JSON, to the others; it may be left out."""

    def evict(self, connection: int, reason: CloseReason) -> None:
        """Close this connection; ignore one that is not this worker's."""

    def usage(self) -> list[ConnectionUsage]:
        """Return the figures of all joined connections, as of now."""

    def hosts(self, urls: tuple[str, ...], pages: tuple[str, ...]) -> None:
        """Take the URLs of all hosts of the room, that of this one first, and tell the members.

        `pages` are the origins under which people may have their page.
        """

    def majority(self, *, has: bool) -> None:
        """Tell the members whether enough hosts of the room reach each other to decide."""

    def moved(self, head: int) -> None:
        """Fetch the missing events up to the `seq` `head`: contact with the room is new."""

    def registered(self) -> list[tuple[int, JoinRequest]]:
        """Return the joined connections as (member, its request), for a room that restarted."""


class Room(Protocol):
    """What a worker can ask of the room.

    Operations (`join`, `post`, `act`, `leave`, `drop`) are carried out in the order in which
    they are called. Methods that wait raise `RoomUnavailableError`.
    """

    async def join(self, request: JoinRequest) -> JoinAccepted | JoinRefused:
        """Join or resume; the name is taken when this returns.

        A caller that is cancelled takes the request back.
        """

    def hung_up(self, connection: int) -> None:
        """Let the join of this connection wait no more, if it does: its client is gone."""

    def post(self, post: Post, answer: Callable[[PostResult], None] | None = None) -> None:
        """Sequence it; `answer` is called once."""

    def act(self, act: Act, answer: Callable[[PostResult], None] | None = None) -> None:
        """Carry it out; `answer` is called once."""

    def typing(self, member: int, name: str) -> None:
        """Tell the other members that this one is typing; the room may leave it out."""

    async def bans(self, member: int) -> list[BanInfo] | Problem:
        """Return the bans that hold, newest first; why not, if this member may not know."""

    def leave(
        self,
        member: int,
        connection: int,
        reason: str = "quit",
        done: Callable[[], None] | None = None,
    ) -> None:
        """End a membership; `done` is called once that is done and the name is free.

        While the journal cannot be written `done` is called at once; the room tries again.
        """

    def drop(self, connection: int) -> None:
        """Mark the member of a connection that has ended as disconnected."""

    @property
    def congested(self) -> bool:
        """Whether the room is behind: then wait for `ready` before each post."""

    async def ready(self) -> None:
        """Wait until the room is not `congested`."""

    async def events_after(self, seq: int, limit: int) -> list[bytes] | None:
        """Return at most `limit` events after `seq`, oldest first; None if not kept.

        They have at most `ANSWER_BYTES` together, or are one event.
        """

    async def page_before(self, seq: int, limit: int) -> Page:
        """Return the last kept events before `seq`: at most `limit`, and `ANSWER_BYTES`."""

    async def page_from(self, seq: int, limit: int) -> Page:
        """Return the kept events from `seq` on: at most `limit`, and `ANSWER_BYTES`."""

    async def first_at(self, when: datetime) -> int:
        """Return the `seq` of the first event at this time or later; else the next one."""

    async def search(
        self, member: int, words: Sequence[str], before: int | None, limit: int
    ) -> SearchResult:
        """Return the newest events with all these words (`searching.words`), below `before`.

        Members take turns. A search that would take long answers with a part, and `more`.
        """

    async def member_of(self, token: str) -> Membership | None:
        """Return the member that this token belongs to."""

    async def begin_upload(
        self, upload: UploadRequest, ended: Callable[[], None]
    ) -> UploadAccepted | Problem:
        """Reserve the space of an upload, until `end_upload`.

        `ended` is called when its membership ends; then its space is not reserved any more.
        """

    async def end_upload(self, id: int) -> None:
        """Give the space of an upload back: its file is in the folder now, or never will be."""

    async def file(self, id: str) -> StoredFile | Problem:
        """Return a shared file by its id; why not, if there is none or it was deleted."""

    async def event(self, seq: int) -> bytes | None:
        """Return one event."""

    async def report(self) -> RoomReport:
        """Return who is connected from where, as of now."""

    async def stats(self) -> Stats:
        """Return figures of the whole room."""

    async def overview(self) -> Overview:
        """Return what anybody may know of the room before joining."""

    @property
    def connected(self) -> bool:
        """Whether the room answers at present."""
