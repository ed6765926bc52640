"""One person's connection to a room, as a state machine without I/O.

Fed with what happened (a frame, a closed socket, a wish, the passing of time), it answers
with steps: open a socket, send this, hang up, tell that. The clock is a parameter, in
seconds; whoever drives it calls `tick` at `wake_at`. Knows no socket, thread or window.

    waiting ──► connecting ──► joining ──► replaying ──► ready
       ▲             │            │            │           │
       └─────────────┴────────────┴────────────┴───────────┤  (the connection is lost)
                                            leaving ──► ended

The rules that keep the promise (no message lost, doubled or out of order):

1. Events are told once, in the order of `seq`. A known `seq` is dropped; a gap is a lost
   connection: joining again with `after` fills it.
2. One say is in flight at a time; the next waits for its `said`, `accepted` or `error`.
3. After a connection was lost nothing is said before the replay has reached the `seq` of
   the welcome: what was said in time is in the replay, and is not said again.
4. A resumed membership may say again at will, the room knows the ids. A fresh one may not:
   where the replay cannot tell (`reset`), a say of unknown fate fails and the person decides.
"""

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum, auto

from client_mvc.network import api, backoff
from shared import limits, messages, names, protocol
from shared.problems import Problem

log = logging.getLogger(__name__)

ANSWER_WITHIN = 15.0
RECEIPT_WITHIN = 30.0
LONGEST_PAUSE = 5.0
STEADY = 5.0
"""A connection that was ready for so many seconds makes the next attempt the first again."""

DISCONNECTED = Problem("disconnected")
UNKNOWN_FATE = Problem("unknown_fate")

_FINAL = ("bad_name", "bad_password", "banned", "bad_request")
_BUSY = ("rate_limited", "storage")
_CLOSED = {
    protocol.CLOSE_SHUTTING_DOWN: "server_closed",
    protocol.CLOSE_TOO_SLOW: "too_slow",
    protocol.CLOSE_RATE_LIMITED: "flooded",
}
_REMOVED = ("kicked", "banned")


class State(Enum):
    """See the top of this module."""

    WAITING = auto()
    CONNECTING = auto()
    JOINING = auto()
    REPLAYING = auto()
    READY = auto()
    LEAVING = auto()
    ENDED = auto()


_MEMBER = (State.REPLAYING, State.READY, State.LEAVING)


@dataclass(frozen=True, slots=True)
class Open:
    """Open a socket, then call `opened` or `unreachable`."""


@dataclass(frozen=True, slots=True)
class Send:
    """Send this on the open socket."""

    request: messages.Request


@dataclass(frozen=True, slots=True)
class HangUp:
    """Close the socket, or stop opening it; nothing of it is fed any more."""


type Step = Open | Send | HangUp | api.MembershipEvent | api.RoomEvent


class ClientProtocol:
    """See the top of this module. Every input returns the steps to take, in order."""

    def __init__(
        self,
        ticket: api.JoinOptions,
        *,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self.state = State.WAITING
        self.token = ticket.token
        self.limits = messages.Limits(limits.TEXT_CHARACTERS, limits.DEFAULT_FILE_BYTES)
        self._ticket = ticket
        self._you = ticket.name
        self._held = ticket.after
        self._journal = ticket.journal
        self._target = 0
        self._unsaid = {unsaid.id: unsaid for unsaid in ticket.unsaid}
        self._flight: str | None = None
        self._pause = 0.0
        self._asked: dict[str, float] = {}
        self._deadline: float | None = None
        self._attempt = 0
        self._welcomed = False
        self._ready_since: float | None = None
        self._uniform = uniform
        self._steps: list[Step] = []

    @property
    def wake_at(self) -> float | None:
        """When `tick` is due; None while nothing but an input can change anything."""
        return self._deadline

    @property
    def missed(self) -> bool:
        """The room was there and cannot be reached just now: it is tried again and again."""
        return self._welcomed and self.state in (State.WAITING, State.CONNECTING)

    # --- inputs --------------------------------------------------------------------------

    def start(self) -> list[Step]:
        """The first attempt."""
        self._open()
        return self._taken()

    def opened(self, now: float) -> list[Step]:
        """The socket is open."""
        self.state = State.JOINING
        self._deadline = now + ANSWER_WITHIN
        ticket = self._ticket
        self._do(
            Send(
                messages.Join(
                    ticket.name,
                    ticket.password,
                    self.token,
                    self._held,
                    journal=self._journal or None,
                )
            ),
        )
        return self._taken()

    def unreachable(self, problem: Problem, now: float) -> list[Step]:
        """The socket could not be opened."""
        self._lost(problem, now)
        return self._taken()

    def closed(self, code: int, now: float) -> list[Step]:
        """The socket closed; `code` is 1006 where none was given."""
        if self.state is State.LEAVING:
            self._end("left", clean=code == protocol.CLOSE_LEFT)
        elif code == protocol.CLOSE_REPLACED:
            self._end("replaced", Problem("replaced"))
        elif self.state is not State.ENDED:
            self._lost(Problem(_CLOSED.get(code, "connection_lost")), now)
        return self._taken()

    def received(self, message: messages.AnyEvent | messages.Reply, now: float) -> list[Step]:
        """One frame of the server."""
        match message:
            case messages.Welcome() if self.state is State.JOINING:
                self._welcome(message, now)
            case messages.Refused() if self.state is State.JOINING:
                self._refused(message, now)
            case messages.Accepted() if self.state in _MEMBER:
                self._confirm(message.id, now)
            case messages.Error() if self.state in _MEMBER:
                self._error(message, now)
            case messages.Presence() if self.state in _MEMBER:
                self._do(message)
            case messages.History() | messages.Found() if self.state in _MEMBER:
                self._asked.pop(message.id, None)
                self._do(message)
            case messages.Report() if self.state in _MEMBER:
                asked = self._asked.pop(message.id, now)
                self._do(api.ReportReceived(message, now - asked))
            case messages.Said() | messages.Shared() | messages.Joined() | messages.Left() if (
                self.state in _MEMBER
            ):
                self._event(message, now)
            case _:
                log.warning("%s in state %s is ignored", type(message).__name__, self.state)
        return self._taken()

    def say(self, unsaid: api.OutgoingMessage, now: float) -> list[Step]:
        """Say it after what is still to be said."""
        self._unsaid.setdefault(unsaid.id, unsaid)
        self._say_next(now)
        return self._taken()

    def report(self, id: str, now: float) -> list[Step]:
        """Ask for the active-user report."""
        return self.ask(messages.AskReport(id), now)

    def ask(self, question: api.Query, now: float) -> list[Step]:
        """Ask the room; an answer or `RequestFailed` with the same id follows."""
        if self.state in (State.REPLAYING, State.READY):
            self._asked[question.id] = now
            self._do(Send(question))
        else:
            self._do(api.RequestFailed(question.id, DISCONNECTED))
        return self._taken()

    def reconnect_now(self) -> list[Step]:
        """Do not wait for the next attempt; those after it come soon again."""
        if self.state is State.WAITING:
            self._attempt = 1
            self._open()
        return self._taken()

    def network_back(self) -> list[Step]:
        """This computer has an address that it had not: what is tried began without it."""
        if self.missed and self.state is State.CONNECTING:
            self._do(HangUp())
            self.state = State.WAITING
        return self.reconnect_now()

    def leave(self, now: float) -> list[Step]:
        """Leave for good. What is unsaid stays so."""
        if self.state in (State.JOINING, State.REPLAYING, State.READY):
            self.state = State.LEAVING
            self._deadline = now + api.LEAVE_WITHIN
            self._do(Send(messages.Leave()))
        elif self.state in (State.WAITING, State.CONNECTING):
            self._end("left")
        return self._taken()

    def tick(self, now: float) -> list[Step]:
        """Time has passed."""
        if self._deadline is None or now < self._deadline:
            return []
        self._deadline = None
        match self.state:
            case State.WAITING:
                self._open()
            case State.JOINING:
                self._drop(Problem("no_welcome"), now)
            case State.READY if self._flight is not None:
                self._drop(Problem("no_receipt"), now)
            case State.READY:
                self._say_next(now)
            case State.LEAVING:
                self._end("left")
            case _:
                pass
        return self._taken()

    # --- joining -------------------------------------------------------------------------

    def _open(self) -> None:
        self.state = State.CONNECTING
        self._deadline = None
        self._do(Open())
        if self._welcomed:
            self._do(api.Reconnecting(self._attempt))

    def _welcome(self, welcome: messages.Welcome, now: float) -> None:
        resumed = self.token is not None
        forget = welcome.reset or (self._held is not None and welcome.seq < self._held)
        if forget:
            self._held = None
        self.token, self._you, self.limits = welcome.token, welcome.you, welcome.limits
        self._target, self._journal = welcome.seq, welcome.journal
        self._welcomed = True
        self.state = State.REPLAYING
        self._deadline = None
        self._do(api.Welcomed(welcome, forget))
        if self._held is None and not resumed:
            for unsaid in [each for each in self._unsaid.values() if each.tried]:
                self._fail(unsaid.id, UNKNOWN_FATE)
        self._settle(now)

    def _settle(self, now: float) -> None:
        """Ready, if the replay has reached the welcome's `seq`."""
        if self.state is not State.REPLAYING or (self._held or 0) < self._target:
            return
        self._held = self._held or 0
        self.state = State.READY
        self._ready_since = now
        self._do(api.CaughtUp())
        self._say_next(now)

    def _refused(self, refused: messages.Refused, now: float) -> None:
        self._do(HangUp())
        problem = messages.problem_of(refused)
        if refused.code == "bad_token" and self.token is not None:
            self.token = None
            self._open()
        elif refused.code in _FINAL or not self._welcomed:
            self._end("refused", problem)
        else:
            self._lost(problem, now)

    # --- events and receipts -------------------------------------------------------------

    def _event(self, event: messages.AnyEvent, now: float) -> None:
        if self._held is not None and event.seq > self._held + 1:
            self._drop(Problem("missed_events"), now)
            return
        if isinstance(event, messages.Said) and self._is_own(event):
            self._confirm(str(event.id), now, then_next=False)
        if self._held is None or event.seq > self._held:
            self._held = event.seq
            self._do(api.EventReceived(event))
            if isinstance(event, messages.Left):
                self._somebody_left(event, now)
        self._settle(now)
        self._say_next(now)

    def _is_own(self, said: messages.Said) -> bool:
        return said.id in self._unsaid and names.key(said.name) == names.key(self._you)

    def _somebody_left(self, left: messages.Left, now: float) -> None:
        """Whether it was us: live only, for the replay also tells of earlier memberships."""
        if left.name != self._you or left.seq <= self._target or self.state is State.LEAVING:
            return
        if left.reason in _REMOVED:
            self._do(HangUp())
            self._end("removed", Problem(left.reason))
        else:
            self._drop(Problem("dropped"), now)

    def _confirm(self, id: str, now: float, *, then_next: bool = True) -> None:
        if self._unsaid.pop(id, None) is not None:
            self._do(api.MessageConfirmed(id))
        self._landed(id)
        if then_next:
            self._say_next(now)

    def _error(self, error: messages.Error, now: float) -> None:
        # An error without an id can only be about what is in flight. Taking it so is safe:
        # whatever is said again goes under the same id.
        id = error.id or self._flight or ""
        problem = messages.problem_of(error)
        if error.code == "not_joined":
            self._drop(problem, now)
        elif id != self._flight:
            self._asked.pop(id, None)
            self._do(api.RequestFailed(id, problem))
        elif error.code in _BUSY:
            self._flight = None
            self._pause = min(self._pause + 1.0, LONGEST_PAUSE)
            self._deadline = now + self._pause if self.state is State.READY else self._deadline
            self._do(api.MessageDelayed(id, problem))
        else:
            self._fail(id, problem)
            self._landed(id)
            self._say_next(now)

    # --- saying --------------------------------------------------------------------------

    def _say_next(self, now: float) -> None:
        """Send the oldest unsaid, unless one is in flight or the room asked for a pause."""
        if self.state is not State.READY or self._flight is not None or not self._unsaid:
            return
        if self._deadline is not None and now < self._deadline:
            return
        unsaid = next(iter(self._unsaid.values()))
        self._unsaid[unsaid.id] = replace(unsaid, tried=True)
        self._flight = unsaid.id
        self._deadline = now + RECEIPT_WITHIN
        self._do(Send(messages.Say(unsaid.text, unsaid.id)))

    def _landed(self, id: str) -> None:
        """The fate of what is in flight is known, if it is `id`."""
        if self._flight == id:
            self._flight = None
            self._pause = 0.0
            if self.state is State.READY:
                self._deadline = None

    def _fail(self, id: str, problem: Problem) -> None:
        del self._unsaid[id]
        self._do(api.MessageFailed(id, problem))

    # --- losing and ending ---------------------------------------------------------------

    def _drop(self, problem: Problem, now: float) -> None:
        self._do(HangUp())
        if self.state is State.LEAVING:
            self._end("left")
        else:
            self._lost(problem, now)

    def _lost(self, problem: Problem, now: float) -> None:
        """Try again: at once the first time, then after a wait that grows, each by chance."""
        self._unanswered()
        self._flight, self._pause, self._deadline = None, 0.0, None
        if not self._welcomed:
            self._end("unreachable", problem)
            return
        if self._ready_since is not None and now - self._ready_since >= STEADY:
            self._attempt = 0
        self._ready_since = None
        self._attempt += 1
        delay = self._uniform(*backoff.wait(self._attempt)) if self._attempt > 1 else 0.0
        self.state = State.WAITING
        self._deadline = now + delay
        self._do(api.Disconnected(problem, self._attempt, delay))

    def _end(
        self,
        why: api.EndReason,
        problem: Problem | None = None,
        *,
        clean: bool = False,
    ) -> None:
        self._unanswered()
        self.state = State.ENDED
        self._flight, self._deadline = None, None
        self._do(HangUp())
        self._do(api.MembershipEnded(why, problem, clean))

    def _unanswered(self) -> None:
        """What was asked on this connection will not be answered on another."""
        asked, self._asked = list(self._asked), {}
        for id in asked:
            self._do(api.RequestFailed(id, DISCONNECTED))

    def _do(self, step: Step) -> None:
        self._steps.append(step)

    def _taken(self) -> list[Step]:
        steps, self._steps = self._steps, []
        return steps
