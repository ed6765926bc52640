"""Stand-ins for the neighbours of a unit: a clock, a room, a client, a subscriber, a store.

They record calls and answer as the test says; none of them waits for time.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec

from server.connections.fanout import FULL
from server.connections.replies import Reply
from server.room.interface import (
    Act,
    CloseReason,
    JoinAccepted,
    JoinRefused,
    JoinRequest,
    Membership,
    Overview,
    Page,
    Post,
    PostResult,
    RoomReport,
    RoomUnavailableError,
    SearchResult,
    Stats,
    StoredFile,
    UploadAccepted,
    UploadRequest,
)
from shared.codec import encode
from shared.messages import MemberInfo, ReportLine
from shared.moderation import BanInfo
from shared.problems import Problem, problem


class Clock:
    """Monotonic seconds that pass when the test says so."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def listing(members: list[MemberInfo]) -> memoryview:
    """Return a list of members as an answer to a join has it: up to its closing bracket."""
    return memoryview(encode(members)[:-1])


def accepted(**fields: Any) -> JoinAccepted:
    """Return a join that was accepted."""
    usual: dict[str, Any] = {
        "member": 7,
        "name": "ada",
        "token": "secret",
        "seq": 12,
        "start": 10,
        "reset": False,
        "journal": "j1",
        "max_users": 3,
        "members": listing([MemberInfo("ada", "2026-11-22T08:00:00.000Z", member=7)]),
    }
    return JoinAccepted(**(usual | fields))


class FakeRoom:
    """A room that answers joins with `join_answer`. `down` makes every question fail."""

    def __init__(self) -> None:
        self.join_answer: JoinAccepted | JoinRefused = accepted()
        self.down = False
        self.connected = True
        self.leaves_at_once = True
        self.gate = asyncio.Event()  # joins wait here
        self.gate.set()
        self.keeps_up = asyncio.Event()
        self.keeps_up.set()
        self.join_requests: list[JoinRequest] = []
        self.posts: list[Post] = []
        self.acts: list[Act] = []
        self.typed: list[tuple[int, str]] = []
        self.bans_answer: list[BanInfo] | Problem = []
        self.answers: list[Callable[[PostResult], None] | None] = []
        self.left: list[tuple[int, int, str]] = []
        self.leaves: list[Callable[[], None] | None] = []
        self.dropped: list[int] = []
        self.hung: list[int] = []
        self.members: list[ReportLine] = []
        self.events: list[bytes] = []
        self.oldest = 1  # the `seq` of the first of `events`
        self.asked: list[tuple[int, int]] = []
        self.upload_answer: UploadAccepted | Problem = UploadAccepted(tight=False)
        self.uploads: dict[int, tuple[UploadRequest, Callable[[], None]]] = {}
        self.searched: list[tuple[tuple[str, ...], int | None, int]] = []

    def _reached(self) -> None:
        if self.down:
            raise RoomUnavailableError("down")

    async def join(self, request: JoinRequest) -> JoinAccepted | JoinRefused:
        self.join_requests.append(request)
        await self.gate.wait()
        self._reached()
        return self.join_answer

    def post(self, post: Post, answer: Callable[[PostResult], None] | None = None) -> None:
        self.posts.append(post)
        self.answers.append(answer)

    def act(self, act: Act, answer: Callable[[PostResult], None] | None = None) -> None:
        self.acts.append(act)
        self.answers.append(answer)

    def typing(self, member: int, name: str) -> None:
        self.typed.append((member, name))

    async def bans(self, member: int) -> list[BanInfo] | Problem:
        self._reached()
        return self.bans_answer

    def answer(self, answer: PostResult, number: int = -1) -> None:
        """Settle a post or an act, the last one if not said otherwise."""
        answer_to = self.answers[number]
        assert answer_to is not None
        answer_to(answer)

    def leave(
        self,
        member: int,
        connection: int,
        reason: str = "quit",
        done: Callable[[], None] | None = None,
    ) -> None:
        self.left.append((member, connection, reason))
        self.leaves.append(done)
        if done is not None and self.leaves_at_once:
            done()

    def hung_up(self, connection: int) -> None:
        self.hung.append(connection)

    def drop(self, connection: int) -> None:
        self.dropped.append(connection)

    @property
    def congested(self) -> bool:
        return not self.keeps_up.is_set()

    async def ready(self) -> None:
        await self.keeps_up.wait()

    async def events_after(self, seq: int, limit: int) -> list[bytes] | None:
        self._reached()
        return self.events[seq : seq + limit]

    async def page_before(self, seq: int, limit: int) -> Page:
        self._reached()
        self.asked.append((seq, limit))
        events = self.events[: seq - 1][-limit:]
        first = min(seq, len(self.events) + 1) - len(events)
        return Page(events, *self._further(first, events))

    async def page_from(self, seq: int, limit: int) -> Page:
        self._reached()
        self.asked.append((seq, limit))
        events = self.events[seq - 1 : seq - 1 + limit]
        return Page(events, *self._further(seq, events))

    def _further(self, first: int, events: list[bytes]) -> tuple[int | None, int | None]:
        last = first + len(events) - 1
        return first if first > 1 else None, last if last < len(self.events) else None

    async def first_at(self, when: datetime) -> int:
        self._reached()
        return when.day

    async def search(
        self, member: int, words: Sequence[str], before: int | None, limit: int
    ) -> SearchResult:
        self._reached()
        self.searched.append((tuple(words), before, limit))
        return SearchResult(self.events[-1:], more=True, before=9)

    async def member_of(self, token: str) -> Membership | None:
        self._reached()
        return Membership(7, "ada") if token == "secret" else None

    async def begin_upload(
        self, upload: UploadRequest, ended: Callable[[], None]
    ) -> UploadAccepted | Problem:
        self._reached()
        self.uploads[upload.id] = upload, ended
        return self.upload_answer

    async def end_upload(self, id: int) -> None:
        self.uploads.pop(id, None)

    async def file(self, id: str) -> StoredFile | Problem:
        self._reached()
        return problem("not_found")

    async def event(self, seq: int) -> bytes | None:
        self._reached()
        return self.events[seq - 1] if 0 < seq <= len(self.events) else None

    async def report(self) -> RoomReport:
        self._reached()
        return RoomReport(3, "2026-11-22T08:00:00.000Z", self.members)

    async def stats(self) -> Stats:
        self._reached()
        return Stats(0, 0, 3, 0, 0, 0, 0, 0, 0, 0)

    async def overview(self) -> Overview:
        self._reached()
        return Overview(journal="j1", active=1, max_users=3, password=False)


class FakeClient:
    """A session's client: its replies, from where it is served, and how it was closed."""

    def __init__(self) -> None:
        self.sent: list[Reply] = []
        self.served: list[int] = []
        self.features: list[Collection[str] | None] = []
        self.closed: list[CloseReason] = []
        self.held: list[float] = []
        self.clock = Clock()

    def reply(self, reply: Reply) -> None:
        assert not self.closed, f"sent after close: {reply!r}"
        self.sent.append(reply)

    def speaks(self, features: Collection[str] | None) -> None:
        self.features.append(features)

    def serve(self, start: int) -> None:
        assert not self.closed
        self.served.append(start)

    def hold(self, seconds: float) -> None:
        self.held.append(seconds)

    async def pause(self, seconds: float) -> None:
        self.clock.now += seconds

    def close(self, reason: CloseReason) -> None:
        self.closed.append(reason)

    @property
    def last(self) -> Reply:
        """The last reply."""
        return self.sent[-1]


def lines(payloads: Sequence[bytes]) -> list[bytes]:
    """Encode events as one protocol might: one line each."""
    return [payload + b"\n" for payload in payloads]


def other_lines(payloads: Sequence[bytes]) -> list[bytes]:
    """Encode events as another protocol might."""
    return [b"* " + payload + b"\n" for payload in payloads]


class FakeSubscriber:
    """A connection of the fan-out; reads nothing while `slow`."""

    def __init__(self, encode: Callable[[Sequence[bytes]], list[bytes]] = lines) -> None:
        self.encode = encode
        self.writes: list[bytes] = []
        self.own: list[bytes] = []
        self.closed_as_slow = 0
        self.unread = 0
        self._drained = asyncio.Event()
        self._drained.set()

    def write(self, data: bytes) -> None:
        self.writes.append(data)

    def write_own(self, data: bytes) -> None:
        self.writes.append(data)
        self.own.append(data)

    def backlog(self) -> int:
        return self.unread

    @property
    def full(self) -> bool:
        return not self._drained.is_set()

    def slow(self) -> None:
        """The kernel takes nothing any more."""
        self.unread = FULL + 1
        self._drained.clear()

    def drain(self) -> None:
        """Everything was read."""
        self.unread = 0
        self._drained.set()

    async def drained(self) -> None:
        await self._drained.wait()

    def too_slow(self) -> None:
        self.closed_as_slow += 1

    @property
    def got(self) -> list[bytes]:
        """The payloads it was sent, in order."""
        return b"".join(self.writes).split(b"\n")[:-1]

    @property
    def seqs(self) -> list[int]:
        """The `seq` of the events it was sent, in order."""
        return [int(one) for one in self.got if one.isdigit()]


class FakeEventStore:
    """All events that ever were; those before `first_kept` are gone. An event is its `seq`."""

    def __init__(self) -> None:
        self.newest = 0
        self.first_kept = 1
        self.reads = 0
        self.problem: Exception | None = None

    def add(self, count: int) -> list[bytes]:
        """The next events."""
        self.newest += count
        return self.bodies(self.newest - count + 1, self.newest)

    def bodies(self, first: int, last: int) -> list[bytes]:
        """Events `first` to `last`."""
        return [b"%d" % seq for seq in range(first, last + 1)]

    async def events_after(self, seq: int, limit: int) -> list[bytes] | None:
        self.reads += 1
        await asyncio.sleep(0)
        if self.problem is not None:
            raise self.problem
        if seq + 1 < self.first_kept:
            return None
        return self.bodies(seq + 1, min(seq + limit, self.newest))


def request(type: str, **fields: Any) -> bytes:
    """A client's frame."""
    return msgspec.json.encode({"type": type, **fields})


async def turns(count: int = 20) -> None:
    """Let everything that is ready to run do so."""
    for _ in range(count):
        await asyncio.sleep(0)
