"""One member's side of the room: requests in, replies and room calls out. No sockets.

    state     join                      say, history, search, report   leave
    NEW       → JOINING                 error `not_joined`             error `not_joined`
    JOINING   (nothing is read until the room has answered: → JOINED, or refused)
    JOINED    error `bad_request`       done                           → GONE, closed with 1000
    GONE      (nothing is read any more)

A connection that ends in state JOINED leaves its member away, not gone.
"""

import enum
import logging
import secrets
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from msgspec import UNSET, UnsetType

from server.ratelimit import TokenBucket
from server.room import events
from server.room.interface import (
    JoinAccepted,
    JoinRefused,
    JoinRequest,
    Peer,
    Post,
    PostResult,
    Room,
    RoomUnavailableError,
)
from server.settings import Settings
from shared import limits, protocol, searching, texts
from shared.messages import (
    Accepted,
    AskHistory,
    AskReport,
    AskSearch,
    BadMessage,
    Join,
    Leave,
    Limits,
    Report,
    Request,
    Say,
    Welcome,
    decode_request,
    encode,
    encode_page,
    error,
    refused,
)
from shared.problems import Problem, problem

log = logging.getLogger(__name__)

NONSENSE_BEFORE_JOIN = 20
RATE_STRIKES = 1000
ASKING_RATE = 10.0
ASKING_BURST = 100.0


type Rest = Coroutine[Any, Any, None]
"""What is left of a request: awaited before the next frame is received."""


class Line(Protocol):
    """What a session needs of its connection."""

    def send(self, message: bytes) -> None:
        """Send one JSON message."""

    def serve(self, start: int) -> None:
        """Send every event after `start` from now on."""

    def close(self, code: int, reason: str) -> None:
        """Close the connection with a WebSocket close code, after what was sent."""


class State(enum.Enum):
    """See the table on top."""

    NEW = enum.auto()
    JOINING = enum.auto()
    JOINED = enum.auto()
    GONE = enum.auto()


class Session:
    """The conversation of one connection. `now` gives monotonic seconds."""

    def __init__(
        self,
        room: Room,
        line: Line,
        peer: Peer,
        *,
        worker: int,
        settings: Settings,
        now: Callable[[], float],
    ) -> None:
        self._room = room
        self._line = line
        self._peer = peer
        self._worker = worker
        self._settings = settings
        self._now = now
        self._nonsense = 0
        self._strikes = 0
        self._keyless = 0
        self._bucket = TokenBucket(settings.rate, max(1.0, 2 * settings.rate), now())
        self._asking = TokenBucket(ASKING_RATE if settings.rate else 0, ASKING_BURST, now())
        self.connection = secrets.randbits(63)
        self.state = State.NEW
        self.last_active = now()
        self.wish: JoinRequest | None = None
        self.member = 0
        self.name = ""

    # --- what happens to it ----------------------------------------------------------

    def receive(self, frame: bytes) -> Rest | None:
        """One text frame from the client. Raises nothing: what is wrong is answered.

        What this returns is to be awaited before the next frame. Nearly every frame says
        something, and nearly always that is done at once: a coroutine for each, and a task
        to run it, would cost half as much again.
        """
        if self.state is State.GONE:
            return None
        self.last_active = self._now()
        try:
            request = decode_request(frame)
        except BadMessage as bad:
            self._bad(bad)
            return None
        if self.state is State.JOINED:
            if isinstance(request, Say):
                return self._say(request)
            return self._request(request)
        return self._first(request) if self.state is State.NEW else None

    def join_is_late(self) -> None:
        """The time in which a client must join is over."""
        if self.state is State.NEW:
            seconds = round(limits.JOIN_WITHIN)
            self.refuse(problem("bad_request", "join_late", seconds=seconds))

    def refuse(self, why: Problem) -> None:
        """Turn the client away."""
        self.state = State.GONE
        self._line.send(encode(refused(why)))
        self._line.close(protocol.CLOSE_REFUSED, why.code)

    def evicted(self, code: int) -> None:
        """The room wants this connection closed; the membership is not its own any more."""
        reason = "replaced" if code == protocol.CLOSE_REPLACED else "evicted"
        self.state = State.GONE
        self._line.close(code, reason)

    def gone(self) -> None:
        """The connection has ended."""
        if self.state is State.JOINED:
            self._room.drop(self.connection)
        self.state = State.GONE

    # --- joining ---------------------------------------------------------------------

    async def _first(self, request: Request) -> None:
        if not isinstance(request, Join):
            self._bad(BadMessage(problem("not_joined", "first"), _id_of(request)))
            return
        self.wish = JoinRequest(
            connection=self.connection,
            worker=self._worker,
            peer=self._peer,
            name=request.name,
            password=request.password,
            token=request.token,
            after=request.after,
            history=request.history,
            journal=request.journal,
        )
        self.state = State.JOINING
        try:
            place = await self._room.join(self.wish)
        except RoomUnavailableError:
            place = JoinRefused(problem("shutting_down", "unreachable"))
        if self.state is not State.JOINING:  # the client went away meanwhile, or was evicted
            self._undo(place, self.wish)
        elif isinstance(place, JoinRefused):
            self.refuse(place.problem)
        else:
            self._welcome(place)

    def _undo(self, place: JoinAccepted | JoinRefused, wish: JoinRequest) -> None:
        """Nobody is there to use the place: a new one is free again, an old one waits."""
        if isinstance(place, JoinAccepted) and wish.token is None:
            self._room.leave(place.member, self.connection, "lost")
        else:
            self._room.drop(self.connection)

    def _welcome(self, place: JoinAccepted) -> None:
        self.state = State.JOINED
        self.member, self.name = place.member, place.name
        welcome = Welcome(
            you=place.name,
            token=place.token,
            seq=place.seq,
            reset=place.reset,
            max_users=place.max_users,
            limits=Limits(limits.TEXT_CHARACTERS, self._settings.max_file),
            members=place.members,
            room=self._settings.room,
            journal=place.journal,
        )
        self._line.send(encode(welcome))
        self._line.serve(place.start)

    def _bad(self, bad: BadMessage) -> None:
        """Answer what is no request; before joining, only so often."""
        if self.state is State.NEW:
            self._nonsense += 1
            if self._nonsense > NONSENSE_BEFORE_JOIN:
                self.refuse(problem("bad_request", "nonsense"))
                return
            if bad.request == "join":
                self.refuse(bad.problem)
                return
        self._error(bad)

    # --- a member's requests ---------------------------------------------------------

    async def _request(
        self, request: Join | AskHistory | AskSearch | AskReport | Leave
    ) -> None:
        match request:
            case AskHistory() | AskSearch() | AskReport() if not self._asking.take(self._now()):
                self._error(BadMessage(problem("rate_limited", "requests"), request.id))
            case AskHistory():
                await self._history(request)
            case AskSearch():
                await self._search(request)
            case AskReport():
                await self._report(request)
            case Leave():
                self.state = State.GONE
                self._room.leave(self.member, self.connection)
                self._line.close(protocol.CLOSE_LEFT, "left")
            case Join():
                self._error(BadMessage(problem("bad_request", "joined")))

    def _say(self, say: Say) -> Rest | None:
        now = self.last_active
        if self._bucket.is_full(now):
            self._strikes = 0
        if not self._bucket.take(now):
            self._limited(say)
            return None
        try:
            text = texts.tidy(say.text)
        except texts.BadText as bad:
            self._error(BadMessage(bad.problem, say.id))
            return None
        key = say.id or self._keyless_key()
        tail = events.said(self.name, text, say.id)
        post = Post(member=self.member, connection=self.connection, key=key, tail=tail)
        if self._room.congested:
            return self._post_later(post, say)
        self._post(post, say)
        return None

    async def _post_later(self, post: Post, say: Say) -> None:
        await self._room.ready()
        self._post(post, say)

    def _post(self, post: Post, say: Say) -> None:
        self._room.post(post, lambda answer: self._answered(say, answer))

    def _keyless_key(self) -> str:
        """A key for a `say` without `id`, in nobody's way: longer than any `id` can be."""
        self._keyless += 1
        return f"{self.connection:019}.{self._keyless:044}."

    def _answered(self, say: Say, answer: PostResult) -> None:
        if self.state is State.GONE:
            return
        if answer.problem is not None:
            self._error(BadMessage(answer.problem, say.id))
        elif answer.seq is not None and say.id:
            self._line.send(encode(Accepted(say.id, answer.seq)))

    def _limited(self, say: Say) -> None:
        self._strikes += 1
        if self._strikes > RATE_STRIKES:
            self.gone()
            self._line.close(protocol.CLOSE_RATE_LIMITED, "rate limit exceeded for good")
            return
        why = problem("rate_limited", "messages", most=self._settings.rate)
        self._error(BadMessage(why, say.id))

    async def _history(self, ask: AskHistory) -> None:
        limit = min(ask.limit, limits.MAX_HISTORY)
        if [ask.before, ask.after, ask.around, ask.at].count(UNSET) != 3:
            self._error(BadMessage(problem("bad_request", "position"), ask.id))
            return
        try:
            events, more = await self._events(ask, limit)
        except RoomUnavailableError:
            self._error(BadMessage(problem("storage", "history"), ask.id))
            return
        self._line.send(encode_page("history", ask.id, events, more=more))

    async def _events(self, ask: AskHistory, limit: int) -> tuple[list[bytes], bool]:
        """The events asked for, and whether older ones are kept."""
        if ask.before is not UNSET:
            return await self._room.events_before(ask.before, limit)
        if ask.after is not UNSET:
            start = ask.after + 1
        elif ask.around is not UNSET:
            start = max(1, ask.around - limit // 2)
        elif ask.at is not UNSET:
            start = await self._room.first_at(ask.at)
        return await self._room.events_from(start, limit)

    async def _search(self, ask: AskSearch) -> None:
        before = None if ask.before is UNSET else ask.before
        try:
            words = searching.words(ask.text)
            found = await self._room.search(words, before, min(ask.limit, limits.MAX_FOUND))
        except texts.BadText as bad:
            self._error(BadMessage(bad.problem, ask.id))
        except RoomUnavailableError:
            self._error(BadMessage(problem("storage", "search"), ask.id))
        else:
            self._line.send(
                encode_page("found", ask.id, found.events, more=found.more, before=found.before)
            )

    async def _report(self, ask: AskReport) -> None:
        try:
            report = await self._room.report()
        except RoomUnavailableError:
            self._error(BadMessage(problem("storage", "report"), ask.id))
            return
        self._line.send(
            encode(
                Report(
                    id=ask.id,
                    active=len(report.members),
                    max_users=report.max_users,
                    started=report.started,
                    members=report.members,
                )
            )
        )

    def _error(self, bad: BadMessage) -> None:
        self._line.send(encode(error(bad.problem, bad.id)))


def _id_of(request: Request) -> str | UnsetType:
    return getattr(request, "id", UNSET)
