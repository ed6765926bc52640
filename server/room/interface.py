"""The room as a worker knows it. Which room stands behind is the composition root's choice.

Everything here is values and a protocol; nothing knows processes, sockets or SQLite.
"""

import enum
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from shared.messages import File, MemberInfo, ReportLine
from shared.problems import Problem


class Peer(Struct, frozen=True):
    """Where a connection comes from, and by which door ("websocket")."""

    address: str
    port: int
    door: str
    tls: bool = False


class CloseReason(enum.StrEnum):
    """Why the server closes a connection; each protocol has its own code for it."""

    LEFT = "left"
    SHUTTING_DOWN = "shutting_down"
    REPLACED = "replaced"
    REFUSED = "refused"
    TOO_SLOW = "too_slow"
    RATE_LIMITED = "rate_limited"
    REMOVED = "removed"


class JoinRequest(Struct, frozen=True, kw_only=True):
    """A wish to join (or, with `token`, to resume), by connection `connection` of `worker`.

    `connection` is 63 random bits: no two connections of a room ever share one.
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


class JoinAccepted(Struct, frozen=True, kw_only=True, tag=True):
    """A wish granted. `start` is the `seq` after which the connection is to be served."""

    member: int
    name: str
    token: str
    seq: int
    start: int
    reset: bool
    journal: str
    max_users: int
    members: list[MemberInfo]


class JoinRefused(Struct, frozen=True, tag=True):
    """A wish refused, in the protocol's code and a person's words."""

    problem: Problem


class Membership(Struct, frozen=True):
    """Who a token belongs to."""

    member: int
    name: str


class StoredFile(Struct, frozen=True):
    """A shared file: what the room is told, its name in the downloads folder, its encoding."""

    file: File
    stored: str
    encoding: str


class Post(Struct, frozen=True, kw_only=True, array_like=True, tag=0):
    """Something for the room to sequence: words, or a file if `stored` is set.

    `tail` is the event's JSON from `name` on, encoded by the worker. `(member, key)` is
    never sequenced twice. `connection` 0: not bound to one, as uploads are not.
    """

    member: int
    connection: int
    key: str
    tail: bytes
    stored: StoredFile | None = None


class PostResult(Struct, frozen=True):
    """What became of a post: new (both unset), said before as `seq`, or failed."""

    seq: int | None = None
    problem: Problem | None = None


class RoomReport(Struct, frozen=True):
    """The active-user report, and when the room was opened (RFC 3339)."""

    max_users: int
    started: str
    members: list[ReportLine]


class Stats(Struct, frozen=True):
    """Figures of the whole room, for operators."""

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


class Overview(Struct, frozen=True):
    """The room as `GET /room` tells of it. `active` counts the members, disconnected ones too."""

    journal: str
    active: int
    max_users: int
    password: bool


class SearchResult(Struct, frozen=True):
    """What a search found, newest first; with `more`, search on `before` this seq."""

    events: list[bytes]
    more: bool
    before: int


class ConnectionUsage(Struct, frozen=True, array_like=True):
    """What only the worker knows of a connection: seconds idle, events handed to it."""

    connection: int
    idle: float
    received: int


class RoomUnavailableError(Exception):
    """The room process does not answer; it is being restarted, or the server is stopping."""


class RoomCallbacks(Protocol):
    """Who a room talks to: a worker. Called on the worker's event loop; must not block."""

    def deliver(self, first: int, bodies: Sequence[bytes]) -> None:
        """Events `first`, `first + 1`, …, as JSON: journaled, in order, without gaps."""

    def signal(self, name: str, body: bytes) -> None:
        """A `presence` event about `name`, as JSON: no seq, kept nowhere.

        Empty: what was signalled of this name before is void, it joined or left.
        """

    def evict(self, connection: int, reason: CloseReason) -> None:
        """Close this connection."""

    def usage(self) -> list[ConnectionUsage]:
        """Figures of all joined connections, now."""

    def moved(self, head: int) -> None:
        """The room is at `head` (first contact, or contact again): fetch what is missing."""

    def registered(self) -> list[tuple[int, JoinRequest]]:
        """Who is here, as (member, the wish that was granted), for a room that restarted."""


class Room(Protocol):
    """What a worker can ask of the room."""

    async def join(self, wish: JoinRequest) -> JoinAccepted | JoinRefused:
        """Join or resume; the place is taken when this returns."""

    def post(self, post: Post, answer: Callable[[PostResult], None] | None = None) -> None:
        """Sequence it. Posts of one worker keep their order. `answer` is called once."""

    def leave(
        self,
        member: int,
        connection: int,
        reason: str = "quit",
        done: Callable[[], None] | None = None,
    ) -> None:
        """End a membership, after everything that was posted before.

        `done` is called once the name and the place are free.
        """

    def drop(self, connection: int) -> None:
        """The connection is gone; its member is away, after everything posted before."""

    @property
    def congested(self) -> bool:
        """Whether the room does not keep up: then whoever posts waits for `ready` before."""

    async def ready(self) -> None:
        """Wait until the room keeps up."""

    async def events_after(self, seq: int, limit: int) -> list[bytes] | None:
        """At most `limit` events after `seq`, oldest first; None if those are not kept."""

    async def events_before(self, seq: int, limit: int) -> tuple[list[bytes], bool]:
        """The last `limit` events before `seq`, oldest first; and whether older ones are."""

    async def events_from(self, seq: int, limit: int) -> tuple[list[bytes], bool]:
        """At most `limit` kept events from `seq` on, oldest first; whether older ones are."""

    async def first_at(self, when: datetime) -> int:
        """The `seq` of the first event at this time or later; the next one if there is none."""

    async def search(
        self, words: Sequence[str], before: int | None, limit: int
    ) -> SearchResult:
        """The newest events with all these words (`searching.words`), below `before`."""

    async def member_of(self, token: str) -> Membership | None:
        """Whose token this is; None if nobody's."""

    async def file(self, id: str) -> StoredFile | None:
        """A shared file by its id."""

    async def event(self, seq: int) -> bytes | None:
        """One event by its seq."""

    async def report(self) -> RoomReport:
        """Who is connected from where, as of now."""

    async def stats(self) -> Stats:
        """Figures of the whole room."""

    async def overview(self) -> Overview:
        """What anybody may know of the room before joining."""

    @property
    def connected(self) -> bool:
        """Whether the room answers at present."""
