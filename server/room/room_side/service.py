"""Answers to the questions that come by proxy."""

import asyncio
from collections.abc import Callable, Coroutine
from time import time
from typing import Any

from msgspec import UNSET

from server.files.space import Space
from server.room.core import RoomCore
from server.room.interface import (
    MemberLine,
    MembersAnswer,
    Membership,
    Overview,
    RoomReport,
    Stats,
    UploadAccepted,
    UploadRequest,
)
from server.room.log import rfc3339
from server.room.moderation import BAN
from server.room.room_side.gateway import Gateway
from shared.codec import encode
from shared.limits import ANSWER_BYTES
from shared.messages import ReportLine
from shared.moderation import MODERATOR, OWNER, BanInfo
from shared.problems import Problem, problem

CALL_WITHIN = 10.0


class RoomService:
    """Implements `proxies.RoomQuestions`. Any thread; each call runs on the event loop."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        gateway: Gateway,
        core: RoomCore,
        *,
        started: str,
        password: bool,
        measure: Callable[[], Space] = lambda: Space(0, 0, {}, 1 << 62),
        uploads_from: float = 0.0,
    ) -> None:
        """Answer for this room.

        Args:
            loop: the event loop of the room.
            gateway: its workers.
            core: its rules and members.
            started: when it was opened, RFC 3339.
            password: whether it has one.
            measure: measures the downloads folder; it may block, and raise `OSError`.
            uploads_from: no upload is accepted before this time of the loop, as workers first
                have to name those that are under way.
        """
        self._loop = loop
        self._gateway = gateway
        self._core = core
        self._started = started
        self._password = password
        self._measure = measure
        self._uploads_from = uploads_from

    def report(self) -> RoomReport:
        """Return who is connected from where, as of now."""
        return self._on_loop(self.current_report())

    def member_of(self, token: str) -> Membership | None:
        """Return the member that this token belongs to."""
        return self._on_loop(self._call(lambda: self._core.member_of(token)))

    def begin_upload(self, worker: int, upload: UploadRequest) -> UploadAccepted | Problem:
        """Reserve the space of an upload."""
        answer = self._on_loop(self._reserve(worker, upload))
        if answer is None:
            reservations = self._gateway.reservations
            mark = reservations.released
            try:
                space = self._measure()
            except OSError:
                return problem("storage", "file")
            answer = self._on_loop(self._reserve(worker, upload, space, mark))
        return answer or problem("storage", "file")

    def end_upload(self, id: int) -> None:
        """Give the space of an upload back."""
        self._on_loop(self._call(lambda: self._gateway.reservations.release(id)))

    def stats(self) -> Stats:
        """Return figures of the whole room."""
        return self._on_loop(self._call(self._stats))

    def overview(self) -> Overview:
        """Return what anybody may know of the room before joining."""
        return self._on_loop(self._call(self._overview))

    def bans(self, member: int) -> list[BanInfo] | Problem:
        """Return the newest bans that hold; why not, if this member may not know."""
        return self._on_loop(self._call(lambda: self._bans(member)))

    def _bans(self, number: int) -> list[BanInfo] | Problem:
        member = self._core.roster.by_id(number)
        if member is None or member.role not in {OWNER, MODERATOR}:
            return problem("forbidden", "moderator")
        shown: list[BanInfo] = []
        left = ANSWER_BYTES - len("[]")
        for one in self._core.moderation.all(BAN, rfc3339(time())):
            left -= len(encode(one.info)) + len(",")
            if left < 0:
                break
            shown.append(one.info)
        return shown

    async def _reserve(
        self, worker: int, upload: UploadRequest, space: Space | None = None, mark: int = 0
    ) -> UploadAccepted | Problem | None:
        await asyncio.sleep(self._uploads_from - self._loop.time())
        reservations = self._gateway.reservations
        member = self._core.roster.by_id(upload.member)
        if member is None:
            return problem("not_joined", "files")
        if why := self._core.silenced(member, rfc3339(time())):
            return why
        if space is not None:
            if self._core.agreed is not None:  # other hosts have files that this one lacks
                space = space._replace(stored=self._core.journal.stored_bytes())
            reservations.measured(space, mark)
        return reservations.reserve(worker, upload, again=space is not None)

    async def current_report(self) -> RoomReport:
        """Return the same, on the event loop."""
        gateway = self._gateway
        here, elsewhere = await asyncio.gather(gateway.usage.ask(), gateway.others.usage())
        usage = {**elsewhere, **here}
        lines = []
        for member in self._core.roster.members():
            figures = usage.get(member.connection or 0)
            idle = figures.idle if figures else self._gateway.disconnected_for(member.id)
            lines.append(
                ReportLine(
                    name=member.name,
                    address=member.peer.address,
                    port=member.peer.port,
                    door=member.peer.door,
                    tls=member.peer.tls,
                    worker=member.worker,
                    since=member.since,
                    idle=round(idle, 1),
                    state=member.state,
                    sent=member.sent,
                    received=figures.received if figures else 0,
                    member=member.id,
                    client=member.client or UNSET,
                    role=member.role,
                    host=member.host or UNSET,
                )
            )
        return RoomReport(self._core.roster.capacity, self._started, lines)

    async def current_overview(self) -> Overview:
        """Return what anybody may know of the room, on the event loop."""
        return self._overview()

    async def current_members(self) -> MembersAnswer:
        """Return the members and how the room is set, for the command line."""
        room, at = self._core.moderation.room, rfc3339(time())
        lines = [
            MemberLine(
                one.name,
                one.id,
                one.role,
                one.state,
                one.since,
                one.peer.address,
                one.muted if one.muted > at else "",
            )
            for one in self._core.roster.members()
        ]
        capacity = self._core.roster.capacity
        return MembersAnswer(lines, capacity, room.topic, room.locked, room.slow)

    def _stats(self) -> Stats:
        members = self._core.roster.members()
        counters = self._gateway.counters
        return Stats(
            members=len(members),
            away=sum(member.connection is None for member in members),
            max_users=self._core.roster.capacity,
            seq=self._core.journal.newest(),
            posts=counters.posts,
            duplicates=counters.duplicates,
            batches=counters.batches,
            storage_errors=counters.storage_errors,
            files=self._core.journal.file_count(),
            file_bytes=counters.file_bytes,
            hosts=self._gateway.others.heard,
            position=self._core.position,
            undecided=self._gateway.others.undecided,
        )

    def _overview(self) -> Overview:
        roster = self._core.roster
        return Overview(
            self._core.journal.id,
            len(roster),
            roster.capacity,
            self._password,
            self._gateway.others.undecided,
            self._gateway.others.decides,
        )

    async def _call[T](self, function: Callable[[], T]) -> T:
        return function()

    def _on_loop[T](self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(CALL_WITHIN)
