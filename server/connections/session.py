"""One connection's session: requests in, replies out, calls of the room.

A protocol decodes and encodes, so no wire format and no socket appears here.
"""

import logging
import random
import secrets
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from math import inf
from typing import Any

from msgspec import UNSET, UnsetType

from server.budgets.buckets import Meter, SessionBucket
from server.budgets.refusals import Refusals
from server.budgets.table import Budgets
from server.connections import acts, answers, questions
from server.connections.allowances import Allowances
from server.connections.client import Client, EndedClient
from server.connections.questions import Question
from server.connections.replies import FoundPage, HistoryPage, Welcomed
from server.connections.states import NOT_ALLOWED, TABLE, State
from server.room import events
from server.room.interface import (
    Act,
    CloseReason,
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
from shared import limits, texts
from shared.codec import BadMessage
from shared.conversation import Edit, Rename, Typing
from shared.messages import (
    Accepted,
    Join,
    Leave,
    Limits,
    Request,
    Say,
    error,
    refused,
)
from shared.problems import Problem, ProblemError, problem

log = logging.getLogger(__name__)

INVALID_BEFORE_JOIN = 20
RATE_STRIKES = 1000
# For each so many bytes of events, an answer counts as one more request.
BYTES_A_REQUEST = 64 * 1024
JOIN_AGAIN_AFTER = 1.0
LONGEST_PAUSE = 1.0
TIMER_STEP = 0.001
TYPING_JITTER = 0.5
"""Seconds by which the network may bring two notices closer together than they were sent."""
_ENDED_CLIENT = EndedClient()

# Numbers of connections are not secret; asking the kernel for each would cost 10 µs a join.
_numbers = random.Random(secrets.randbits(256))  # noqa: S311

type Pending = Coroutine[Any, Any, None]
"""The rest of a request: await it before the next request is received."""

type Handler = Callable[["Session", Any], Pending | None]


class Session:
    """The session of one connection."""

    __slots__ = (
        "_allowed", "_budgets", "_errors", "_handlers", "_invalid", "_now", "_peer",
        "_refusals", "_room", "_settings", "_strikes", "_typed_at", "_worker", "client",
        "connection", "join_request", "last_active", "member", "name", "state",
    )  # fmt: skip

    def __init__(
        self,
        room: Room,
        client: Client,
        peer: Peer,
        *,
        worker: int,
        settings: Settings,
        budgets: Budgets,
        refusals: Refusals,
        now: Callable[[], float],
    ) -> None:
        """Begin in state `NEW`.

        Args:
            room, client: the two that it stands between; `client` stays readable.
            peer, worker: where the connection comes from, and the worker that has it.
            settings, budgets, refusals: the server's.
            now: the clock, in monotonic seconds.
        """
        self._room = room
        self.client = client
        self._peer = peer
        self._worker = worker
        self._settings = settings
        self._budgets = budgets
        self._refusals = refusals
        self._now = now
        self._invalid = 0
        self._strikes = 0
        self.last_active = now()
        self._typed_at = -inf
        self._errors: Meter | None = None
        self.connection = _numbers.getrandbits(63)
        self.join_request: JoinRequest | None = None
        self.member = 0
        self.name = ""
        self._become(State.NEW)

    def _become(self, state: State) -> None:
        self.state = state
        self._handlers = _HANDLERS[state]

    # --- what the connection reports -------------------------------------------------

    def receive(self, request: Request) -> Pending | None:
        """Handle one request. Raises nothing: errors are answered.

        Nearly every request is a message, and nearly always it is posted at once: a coroutine
        for each, and a task to run it, would cost half as much again. So only those that have
        to wait return one.
        """
        self.last_active = self._now()
        handler = self._handlers.get(type(request))
        if handler is not None:
            return handler(self, request)
        if (why := NOT_ALLOWED.get(self.state)) is not None:
            self._invalid_request(why, getattr(request, "id", UNSET))
        return None

    def receive_invalid(self, bad: BadMessage) -> None:
        """Answer a request that the protocol could not decode."""
        self.last_active = self._now()
        if self.state is State.NEW and bad.request == "join":
            self.refuse(bad.problem)
        elif self.state in NOT_ALLOWED:
            self._invalid_request(bad.problem, bad.id)

    def _invalid_request(self, why: Problem, id: str | UnsetType) -> None:
        if self.state is State.NEW:
            self._invalid += 1
            if self._invalid > INVALID_BEFORE_JOIN:
                self.refuse(problem("bad_request", "too_many"))
                return
        self._error(why, id)

    def join_is_late(self) -> None:
        """Refuse a client that has not joined within `limits.JOIN_WITHIN`."""
        if self.state is State.NEW:
            seconds = round(limits.JOIN_WITHIN)
            self.refuse(problem("bad_request", "join_late", seconds=seconds))

    def refuse(self, why: Problem) -> None:
        """Refuse to let the client join."""
        self._become(State.ENDED)
        self.client.reply(refused(why))
        self.client.close(CloseReason.REFUSED)

    def evict(self, reason: CloseReason) -> None:
        """Close the connection for the room; the membership is not this session's any more."""
        self._become(State.ENDED)
        self.client.close(reason)

    def hung_up(self) -> None:
        """Note that the client is gone, though its requests are still carried out."""
        if self.state is State.JOINING:
            self._room.hung_up(self.connection)

    def disconnected(self) -> None:
        """Note that the connection has ended; a member may resume."""
        if self.state is State.JOINED:
            self._room.drop(self.connection)
        self._become(State.ENDED)

    def let_go(self) -> None:
        """Refer to the client no more: then the memory of both is free at once."""
        self.client = _ENDED_CLIENT

    # --- joining and leaving ---------------------------------------------------------

    async def _join(self, join: Join) -> None:
        self._become(State.JOINING)
        self.client.speaks(join.features)
        self.join_request = JoinRequest(
            connection=self.connection,
            worker=self._worker,
            peer=self._peer,
            name=join.name,
            password=join.password,
            token=join.token,
            after=join.after,
            history=join.history,
            journal=join.journal,
            after_at=join.after_at,
            client="".join(filter(str.isprintable, join.client or "")),
            device=acts.hashed(join.device),
            owner=acts.hashed(join.owner_key),
        )
        answer: JoinAccepted | JoinRefused
        try:
            answer = await self._room.join(self.join_request)
        except RoomUnavailableError:
            why = problem("shutting_down", "unreachable")
            answer = JoinRefused(why.after(JOIN_AGAIN_AFTER))
        if self.state is not State.JOINING:  # disconnected meanwhile, or evicted
            self._undo(answer, join)
        elif isinstance(answer, JoinRefused):
            self.refuse(answer.problem)
        else:
            self.member, self.name = answer.member, answer.name
            self._become(State.JOINED)
            self._allowed = Allowances(self._budgets, self.last_active, answer.rested)
            self.client.reply(Welcomed(answer, self._settings.room, self._limits()))
            self.client.serve(answer.start)

    def _limits(self) -> Limits:
        settings = self._settings
        return Limits(
            limits.TEXT_CHARACTERS, settings.max_file, settings.files, settings.edit_window
        )

    def _undo(self, answer: JoinAccepted | JoinRefused, join: Join) -> None:
        """End a membership that is new, and mark a resumed one as disconnected."""
        if isinstance(answer, JoinAccepted) and join.token is None:
            self._room.leave(answer.member, self.connection, "lost")
        else:
            self._room.drop(self.connection)

    def _leave(self, leave: Leave) -> None:
        self._become(State.LEAVING)
        self._room.leave(self.member, self.connection, done=self._left)

    def _left(self) -> None:
        if self.state is State.LEAVING:
            self.evict(CloseReason.LEFT)

    # --- messages --------------------------------------------------------------------

    def _say(self, say: Say) -> Pending | None:
        now = self.last_active
        messages = self._allowed.messages
        if messages.is_full(now):
            self._strikes = 0
        if not messages.take(now):
            if later := self._later(messages, say):
                return later
            self._limited(say)
            return None
        try:
            text = texts.tidy(say.text)
        except texts.BadText as bad:
            self._error(bad.problem, say.id)
            return None
        post = Post(
            member=self.member,
            connection=self.connection,
            key=say.id or "",
            tail=events.said(self.name, text, say.id, say.reply_to),
            reply_to=say.reply_to or 0,
        )
        self._spend_bytes(len(post.tail))
        return self._operate(post, say.id)

    def _spend_bytes(self, count: int) -> None:
        """Count bytes that go to everybody; who sends too many waits with the next request."""
        if wait := self._allowed.message_bytes.spend(self.last_active, count):
            self._refusals.count("bytes")
            self.client.hold(wait)

    def _operate(self, operation: Post | Act, id: str | UnsetType) -> Pending | None:
        if self._room.congested:
            return self._operate_later(operation, id)
        self._pass_on(operation, id)
        return None

    async def _operate_later(self, operation: Post | Act, id: str | UnsetType) -> None:
        await self._room.ready()
        self._pass_on(operation, id)

    def _pass_on(self, operation: Post | Act, id: str | UnsetType) -> None:
        if isinstance(operation, Post):
            self._room.post(operation, lambda result: self._answered(id, result))
        else:
            self._room.act(operation, lambda result: self._answered(id, result))

    def _answered(self, id: str | UnsetType, result: PostResult) -> None:
        if self.state is State.ENDED:
            return
        if result.problem is not None:
            self._error(result.problem, id)
        elif result.presence is not None:
            self.client.reply(result.presence)
        elif result.seq is not None and id:
            self.client.reply(Accepted(id, result.seq))

    def _later(self, bucket: SessionBucket, request: Request) -> Pending | None:
        """Receive a request again when it is allowed; None if it is to be refused now.

        Where an earlier session may have used what lacks, the client does not know of it, so
        the request waits a moment.
        """
        now = self.last_active
        wait = bucket.wait(now)
        if bucket.is_new(now) and wait < LONGEST_PAUSE:
            return self._receive_later(request, wait + TIMER_STEP)
        return None

    async def _receive_later(self, request: Request, wait: float) -> None:
        await self.client.pause(wait)
        if pending := self.receive(request):
            await pending

    def _limited(self, say: Say) -> None:
        self._strikes += 1
        if self._strikes == 1:
            self._refusals.count("messages")
        if self._strikes > RATE_STRIKES:
            self.disconnected()
            self.client.close(CloseReason.RATE_LIMITED)
            return
        rate = self._settings.rate
        most = int(rate) if rate.is_integer() else rate  # people read it: 20, not 20.0
        why = problem("rate_limited", "messages", most=most)
        wait = self._allowed.messages.wait(self.last_active)
        self.client.reply(error(why.after(wait), say.id))

    # --- acts and questions ------------------------------------------------------------

    def _act(self, request: acts.Request) -> Pending | None:
        bucket = self._allowed.of(request)
        if not bucket.take(self.last_active):
            return self._asks_too_much(bucket, request)
        try:
            prepared = acts.prepare(request)
        except ProblemError as bad:
            self._error(bad.problem, request.id)
            return None
        act = Act(
            member=self.member, connection=self.connection, key=request.id, request=prepared
        )
        if isinstance(prepared, Edit):
            self._spend_bytes(len(prepared.text.encode()))
        if isinstance(prepared, Rename):
            return self._rename(act)
        return self._operate(act, request.id)

    async def _rename(self, act: Act) -> None:
        """Let the room rename the member; what it sends behind that waits for its new name."""
        result = await answers.carried_out(self._room, act)
        self.name = result.name or self.name
        self._answered(act.key, result)

    def _typing(self, typing: Typing) -> None:
        """Tell the others; who types too often is not heard, and waits where it goes on."""
        now = self.last_active
        if now - self._typed_at < limits.TYPING_EVERY - TYPING_JITTER:
            self._spend_error()
            return
        self._typed_at = now
        self._room.typing(self.member, self.name)

    def _ask(self, question: Question) -> Pending | None:
        bucket = self._allowed.asking
        if bucket.take(self.last_active):
            return self._answer(question)
        return self._asks_too_much(bucket, question)

    def _asks_too_much(
        self, bucket: SessionBucket, request: Question | acts.Request
    ) -> Pending | None:
        if later := self._later(bucket, request):
            return later
        asks = bucket is self._allowed.asking
        self._refusals.count("asking" if asks else "changes")
        why = problem("rate_limited", "requests")
        self._error(why.after(bucket.wait(self.last_active)), request.id)
        return None

    async def _answer(self, question: Question) -> None:
        shown = self._settings.report_addresses == "all"
        answer = await questions.answer(self._room, self.member, question, addresses=shown)
        if isinstance(answer, Problem):
            self._error(answer, question.id)
            return
        if isinstance(answer, HistoryPage | FoundPage):
            size = sum(map(len, answer.events))
            self._allowed.asking.spend(self._now(), size // BYTES_A_REQUEST)
        self.client.reply(answer)

    def _error(self, why: Problem, id: str | UnsetType) -> None:
        self.client.reply(error(why, id))
        self._spend_error()

    def _spend_error(self) -> None:
        now = self._now()
        if self._errors is None:
            self._errors = Meter(
                self._budgets.errors, now, partial(self._refusals.count, "errors")
            )
        if wait := self._errors.spend(now):
            self.client.hold(wait)


_HANDLERS: Mapping[State, Mapping[type, Handler]] = {
    state: {request: getattr(Session, method) for request, method in methods.items()}
    for state, methods in TABLE.items()
}
