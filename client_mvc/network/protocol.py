"""A client's membership of one room, as a state machine without I/O.

Its inputs are what happened: a frame came, the socket closed, the person sent a message, time
passed. It answers each with steps: open a socket, send a request, close the socket, tell the
controller of an event. The clock is a parameter, in seconds; the driver calls `tick` at
`wake_at`. The states are in `state.py`.

The rules that keep the promise (no message lost, doubled or out of order):

1. Each event is told once, in the order of `seq`; an event of an unknown type counts too. An
   event with a known `seq` is dropped. A gap is a lost connection: joining again with `after`
   fills it.
2. One message is in flight at a time (`outgoing`).
3. After a connection was lost the client sends nothing before the replay has reached the `seq`
   of the welcome: messages that the server had are in the replay, and are not sent again.
4. With a resumed membership the client may send any message again: the server knows the ids.
   With a fresh one it may not: where the replay cannot tell (`reset`), a message that may have
   been sent fails, and the person decides.
5. A room on several hosts is one room: an attempt that fails at one host is made at the next
   one (`hosts`). A host that cannot take messages is left for one that can (`elsewhere`).
"""

import logging
import random
from collections.abc import Callable
from dataclasses import replace

from client_mvc.network import api, codes, joining
from client_mvc.network.backoff import ReconnectAttempts
from client_mvc.network.elsewhere import Answers, Elsewhere
from client_mvc.network.hosts import Failure, Hosts
from client_mvc.network.origin import Origin
from client_mvc.network.position import Gap, Position
from client_mvc.network.sending import DISCONNECTED, Sending
from client_mvc.network.state import MEMBER, ClientState
from client_mvc.network.steps import AskHosts, HangUp, Open, Send, Step
from shared import conversation, limits, messages, moderation, names, protocol
from shared.identity import ServerIdentity
from shared.joinlink import Address
from shared.problems import Problem

log = logging.getLogger(__name__)

ANSWER_WITHIN = 15.0
"""Seconds that the server has to answer `join`."""
REPLAY_SILENT = 30.0
"""Seconds that it has for each event of the replay."""
REPLAY_WITHIN = 600.0
"""Seconds for all of the replay. The next connection goes on where this one was."""

LATE_RESUME = 60.0
"""Seconds in which a resume without an answer may still be carried out."""

TYPING = "typing"
"""The feature of a server that passes on who is writing."""
UNKNOWN_FATE = Problem("unknown_fate")


class ClientProtocol:
    """See the top of this module. Every input returns the steps to take, in order.

    Args:
        options: the room, the name, and what the client holds from before.
        client: the name and version of this program, for the server's report.
        uniform: returns a random number between two.
    """

    def __init__(
        self,
        options: api.JoinOptions,
        *,
        client: str | None = None,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self.state = ClientState.WAITING
        self.token = options.token
        self.limits = messages.Limits(limits.TEXT_CHARACTERS, limits.DEFAULT_FILE_BYTES)
        self._options = options
        self._client = client
        self._you = options.name
        self._number: int | None = None
        self._typing_at: float | None = None
        self._position = Position(options.after, options.after_at, options.journal)
        self._sending = Sending(options.outgoing, self._do)
        self._origin = Origin(options, self._position)
        self._server: ServerIdentity | None = None
        self._replay_until = 0.0
        self._hosts = Hosts([options.address, *options.others])
        self._late_resume_until = 0.0
        self._deadline: float | None = None
        self._attempts = ReconnectAttempts(uniform)
        self._elsewhere = Elsewhere(uniform)
        self._welcomed = False
        self._steps: list[Step] = []

    @property
    def wake_at(self) -> float | None:
        """When `tick` is due; None while only an input can change anything."""
        if self.state is not ClientState.READY:
            return self._deadline
        times = (self._sending.wake_at, self._elsewhere.due)
        return min((time for time in times if time is not None), default=None)

    @property
    def host(self) -> Address:
        """The host to open the socket to, or of the open socket."""
        return self._hosts.current

    @property
    def answer_within(self) -> float | None:
        """The seconds that this host has to answer an attempt; None: as long as is usual."""
        return self._hosts.within

    @property
    def reconnecting(self) -> bool:
        """Whether the client was a member, and is trying to reach the server again."""
        return self._welcomed and self.state in (ClientState.WAITING, ClientState.CONNECTING)

    @property
    def room_journal(self) -> str:
        """The journal that `GET /room` names; empty if this server has no such answer."""
        return self._origin.journal

    # --- inputs --------------------------------------------------------------------------

    def start(self) -> list[Step]:
        """Make the first attempt."""
        self._open()
        return self._take_steps()

    def room_found(
        self,
        room: messages.RoomInfo | None,
        server: ServerIdentity | None = None,
        now: float = 0.0,
    ) -> list[Step]:
        """`server` answered `GET /room`; None: it has no such answer.

        Nothing else was sent on this connection. Another room gets nothing, nor does a server
        that no longer answers (`origin`).
        """
        self._server = server
        found = self._origin.found(room, server)
        if found.known:
            self._do(found)
        else:
            self._attempt_failed("other_room", self._of_host("other_room"), now, found=found)
        return self._take_steps()

    def doubted(self, doubt: api.Doubt, now: float = 0.0) -> list[Step]:
        """The server is not one that the client may talk to; nothing was sent."""
        if self.state is ClientState.LEAVING:
            self._end("left")
        else:
            doubt = self._hosts.doubt(doubt)
            self._attempt_failed("doubted", self._of_host(doubt.kind), now, doubt=doubt)
        return self._take_steps()

    def opened(self, now: float) -> list[Step]:
        """The socket is open."""
        self.state = ClientState.JOINING
        self._deadline = now + ANSWER_WITHIN
        options = self._options
        if self._welcomed and self.token:
            # The role lives with the membership: whoever resumes one has it.
            options = replace(options, owner_key=None)
        join = joining.request(options, self.token, self._position, self._client, self._server)
        self._do(Send(join))
        return self._take_steps()

    def unreachable(self, problem: Problem, now: float) -> list[Step]:
        """The socket could not be opened, or what came over it breaks the protocol."""
        if self.state is ClientState.LEAVING:
            self._end("left")
        else:
            self._lost(problem, now)
        return self._take_steps()

    def closed(self, code: int, now: float) -> list[Step]:
        """The socket closed; `code` is 1006 where the server gave none."""
        if self.state is ClientState.LEAVING:
            self._end("left", clean=code == protocol.CLOSE_LEFT)
        elif code == protocol.CLOSE_REPLACED and not self._is_own_resume(now):
            self._end("replaced", Problem("replaced"))
        elif self.state is not ClientState.ENDED:
            # A host that shuts down will not be back at once.
            own_last = code == protocol.CLOSE_SHUTTING_DOWN
            self._lost(codes.after_close(code), now, own_last=own_last)
        return self._take_steps()

    def silent(self, now: float) -> list[Step]:
        """The server answered no ping: it may be frozen, while its connections stand."""
        if self.state in MEMBER:
            self._drop(Problem("connection_lost"), now, own_last=True)
        return self._take_steps()

    def hosts_asked(self, answers: Answers, now: float) -> list[Step]:
        """These of the hosts that `AskHosts` named answered; go on at one that can."""
        of_room = [one for one in answers if self._position.is_in(one[1].journal)]
        host = self._elsewhere.chosen(of_room, now)
        if host is not None and self.state is ClientState.READY:
            self._do(HangUp())
            self._hosts.go_to(host)
            self._wait(Problem("host_cut_off"), now)
        return self._take_steps()

    def received(self, message: messages.AnyEvent | messages.Reply, now: float) -> list[Step]:
        """A frame of the server came."""
        answers_join = isinstance(message, messages.Welcome | messages.Refused)
        if self.state not in ((ClientState.JOINING,) if answers_join else MEMBER):
            log.warning("message ignored type=%s state=%s", type(message).__name__, self.state)
            return []
        match message:
            case messages.Welcome():
                self._welcome(message, now)
            case messages.Refused():
                self._refused(messages.problem_of(message), now)
            case messages.Accepted():
                self._sending.answered(message.id, now)
                self._sending.confirm(message.id)
                self._send_due(now)
            case messages.Error():
                self._error(message, now)
            case messages.Presence() | conversation.IsTyping():
                self._sending.answered(getattr(message, "id", None), now)  # of a note
                self._do(message)
            case messages.HasMajority():
                self._majority(message, now)
            case messages.History() | messages.Found() | moderation.Bans():
                if self._sending.answered(message.id, now) is not None:
                    self._do(message)
            case messages.Report():
                if (latency := self._sending.answered(message.id, now)) is not None:
                    self._do(api.ReportReceived(message, latency))
            case _:
                self._event(message, now)
        return self._take_steps()

    def send(self, message: api.OutgoingMessage, now: float) -> list[Step]:
        """Send a message after those before it."""
        self._sending.add(message)
        self._send_due(now)
        return self._take_steps()

    def ask(self, query: api.Query, now: float) -> list[Step]:
        """Send a request; an answer or `RequestFailed` with the same id follows."""
        if self.state in (ClientState.REPLAYING, ClientState.READY):
            self._sending.ask(query, now)
        else:
            self._do(api.RequestFailed(query.id, DISCONNECTED))
        return self._take_steps()

    def typing(self, now: float) -> list[Step]:
        """The person writes: tell the others, unless they were told just now."""
        at = self._typing_at
        if self.state is ClientState.READY and at is not None and now >= at:
            self._typing_at = now + limits.TYPING_EVERY
            self._do(Send(conversation.Typing()))
        return self._take_steps()

    def reconnect_now(self) -> list[Step]:
        """End the wait for the next attempt; those after it follow soon again."""
        if self.state is ClientState.WAITING:
            self._attempts.restart()
            self._hosts.restart()
            self._open()
        return self._take_steps()

    def network_back(self) -> list[Step]:
        """This computer has a new address: an attempt under way began without it."""
        if self.reconnecting and self.state is ClientState.CONNECTING:
            self._do(HangUp())
            self.state = ClientState.WAITING
        return self.reconnect_now()

    def leave(self, now: float) -> list[Step]:
        """Leave for good. Messages that are not sent yet stay so."""
        if self.state in (ClientState.JOINING, ClientState.REPLAYING, ClientState.READY):
            self.state = ClientState.LEAVING
            self._deadline = now + api.LEAVE_WITHIN
            self._do(Send(messages.Leave()))
        elif self.state in (ClientState.WAITING, ClientState.CONNECTING):
            self._end("left")
        return self._take_steps()

    def tick(self, now: float) -> list[Step]:
        """Time has passed."""
        if self.wake_at is None or now < self.wake_at:
            return []
        self._deadline = None
        match self.state:
            case ClientState.WAITING:
                self._open()
            case ClientState.JOINING:
                self._drop(Problem("no_welcome"), now)
            case ClientState.REPLAYING:
                self._drop(Problem("missed_events"), now)
            case ClientState.READY if self._sending.is_overdue(now):
                self._drop(Problem("no_receipt"), now)
            case ClientState.READY if self._elsewhere.take_due(now):
                self._do(AskHosts(self._hosts.others))
            case ClientState.READY:
                self._send_due(now)
            case ClientState.LEAVING:
                self._end("left")
            case _:
                pass
        return self._take_steps()

    # --- joining -------------------------------------------------------------------------

    def _open(self) -> None:
        self.state = ClientState.CONNECTING
        self._deadline = None
        self._do(Open())
        if self._welcomed:
            self._do(api.Reconnecting(self._attempts.number))

    def _welcome(self, welcome: messages.Welcome, now: float) -> None:
        if not self._position.is_in(welcome.journal):
            self._attempt_failed("other_room", self._of_host("other_room"), now)
            return
        resumed = self.token is not None
        forget = self._position.welcomed(welcome)
        self.token, self._you, self.limits = welcome.token, welcome.you, welcome.limits
        self._number = welcome.member or None
        self._options = replace(self._options, name=welcome.you)
        self._typing_at = now if TYPING in welcome.features else None
        self._welcomed = True
        self._hosts.welcomed(welcome.hosts or ())
        self._origin.welcomed()
        self.state = ClientState.REPLAYING
        self._replay_until = now + REPLAY_WITHIN
        self._deadline = now + REPLAY_SILENT
        self._do(api.Welcomed(welcome, forget))
        if self._position.seq is None and not resumed:
            for id in self._sending.tried:
                self._sending.fail(id, UNKNOWN_FATE)
        self._check_caught_up(now)

    def _check_caught_up(self, now: float) -> None:
        """Become ready if the replay has reached the welcome's `seq`."""
        if self.state is ClientState.REPLAYING and self._position.at_target:
            self._position.seq = self._position.seq or 0
            self.state, self._deadline = ClientState.READY, None
            self._attempts.ready(now)
            self._do(api.CaughtUp())
            self._send_due(now)

    def _refused(self, problem: Problem, now: float) -> None:
        if problem.code == "bad_token" and self.token is not None:
            self.token = None
            self._sending.end()
            self._do(HangUp())
            self._open()
        elif problem.code in codes.OF_THE_HOST:
            self._attempt_failed("refused", problem, now)
        elif self._welcomed and codes.is_temporary(problem):
            self._do(HangUp())
            self._wait(problem, now)
        else:
            self._end("refused", problem)

    # --- events and answers --------------------------------------------------------------

    def _event(self, event: messages.AnyEvent, now: float) -> None:
        try:
            is_new = self._position.take(event)
        except Gap:
            self._drop(Problem("missed_events"), now)
            return
        if isinstance(event, messages.Said) and self._is_waiting(event):
            self._sending.confirm(event.id)
        self._sending.answered(getattr(event, "id", None), now)
        if is_new:
            if isinstance(event, conversation.Renamed) and self._is_own(event):
                self._rename(event)
            self._do(api.EventReceived(event))
            if isinstance(event, moderation.Slowed):
                self._sending.end_pause()
            if self.state is ClientState.REPLAYING:
                self._deadline = min(now + REPLAY_SILENT, self._replay_until)
            if isinstance(event, messages.Left):
                self._check_own_left(event, now)
        self._check_caught_up(now)
        self._send_due(now)

    def _is_waiting(self, said: messages.Said) -> bool:
        return said.id in self._sending and self._is_own(said)

    def _is_own(self, event: messages.Event) -> bool:
        """Names change; numbers do not, where the server has them."""
        if event.member and self._number is not None:
            return event.member == self._number
        return names.key(event.name) == names.key(self._you)

    def _rename(self, renamed: conversation.Renamed) -> None:
        """Join with the new name from now on; the welcome knows those of the replay."""
        if renamed.seq > self._position.target:
            self._you = renamed.to
            self._options = replace(self._options, name=renamed.to)

    def _check_own_left(self, left: messages.Left, now: float) -> None:
        """End or reconnect after one's own `left`.

        Only a live one counts: the replay also has those of earlier memberships.
        """
        live = left.seq > self._position.target
        if not self._is_own(left) or not live or self.state is ClientState.LEAVING:
            return
        if left.reason in codes.REMOVED:
            self._end("removed", codes.removal(left))
        else:
            self._drop(Problem("dropped"), now)

    def _error(self, error: messages.Error, now: float) -> None:
        if error.code == "not_joined":
            self._drop(messages.problem_of(error), now)
        else:
            self._sending.failed(error, now)
            self._send_due(now)

    def _majority(self, told: messages.HasMajority, now: float) -> None:
        """Go on reading, and look for a host that can take messages."""
        self._do(api.MajorityChanged(told.on))
        if told.on:
            self._elsewhere.end()
        elif self._hosts.others:
            self._elsewhere.begin(now)

    def _send_due(self, now: float) -> None:
        if self.state is ClientState.READY:
            self._sending.send_due(now)

    # --- losing the connection and ending ------------------------------------------------

    def _drop(self, problem: Problem, now: float, *, own_last: bool = False) -> None:
        self._do(HangUp())
        if self.state is ClientState.LEAVING:
            self._end("left")
        else:
            self._lost(problem, now, own_last=own_last)

    def _lost(self, problem: Problem, now: float, *, own_last: bool = False) -> None:
        """Reconnect, at once or after a wait; a client that was never a member gives up.

        `own_last`: the other hosts are tried before the one that was lost.
        """
        if self.state not in MEMBER:
            if self.state is ClientState.JOINING and self.token:
                self._late_resume_until = now + LATE_RESUME
            self._attempt_failed("unreachable", problem, now)
            return
        self._hosts.restart(own_last=own_last)
        self._wait(problem, now)

    def _is_own_resume(self, now: float) -> bool:
        """Return whether an earlier resume of this client may have replaced its connection.

        One that had no answer may be carried out late, also at another host.
        """
        late, self._late_resume_until = now < self._late_resume_until, 0.0
        return late and self.state in MEMBER

    def _attempt_failed(
        self,
        why: api.EndReason,
        problem: Problem,
        now: float,
        *,
        doubt: api.Doubt | None = None,
        found: api.RoomFound | None = None,
    ) -> None:
        """Try the next host; after the last one wait, or end."""
        ended = api.MembershipEnded(why, problem, doubt=doubt)
        self._hosts.failed(Failure(ended, found))
        another = self._hosts.next() or (not self._welcomed and self._hosts.patiently())
        passes = why != "refused" or codes.is_temporary(problem)
        reason = self._hosts.reason() if self._welcomed and passes else None
        if (another or reason) and why != "unreachable":
            self._do(HangUp())
        if another:
            self._open()
        elif reason is not None:
            self._hosts.again()
            self._wait(reason, now)
        else:
            last = self._hosts.verdict()
            if last.found is not None:
                self._do(last.found)
            ended = last.ended
            self._end(ended.why, ended.problem, doubt=ended.doubt)

    def _wait(self, problem: Problem, now: float) -> None:
        """Begin a round of attempts after a while."""
        self._sending.lost()
        self._elsewhere.end()
        delay = self._attempts.lost(problem.retry_after, now)
        self.state, self._deadline = ClientState.WAITING, now + delay
        self._do(api.Disconnected(problem, self._attempts.number, delay))

    def _end(
        self,
        why: api.EndReason,
        problem: Problem | None = None,
        *,
        clean: bool = False,
        doubt: api.Doubt | None = None,
    ) -> None:
        self._sending.lost()
        self._sending.end()
        self.state, self._deadline = ClientState.ENDED, None
        self._do(HangUp())
        self._do(api.MembershipEnded(why, problem, clean, doubt))

    def _of_host(self, code: str) -> Problem:
        return Problem(code, {"server": str(self._hosts.current)})

    def _do(self, step: Step) -> None:
        self._steps.append(step)

    def _take_steps(self) -> list[Step]:
        steps, self._steps = self._steps, []
        return steps
