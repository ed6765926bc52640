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
from client_mvc.network.own import Own
from client_mvc.network.position import Gap, Position
from client_mvc.network.sending import Sending
from client_mvc.network.state import (
    ANSWER_WITHIN,
    MEMBER,
    REPLAY_SILENT,
    REPLAY_WITHIN,
    ClientState,
)
from client_mvc.network.steps import AskHosts, Open, Step, Steps
from shared import conversation, limits, messages, moderation, protocol
from shared.identity import ServerIdentity
from shared.problems import Problem

log = logging.getLogger(__name__)

_LEFT = api.MembershipEnded("left")


class ClientProtocol:
    """See the top of this module. Every input returns the steps to take, in order.

    `hosts.current` is the host to open the socket to, or of the open socket.

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
        self.hosts = Hosts([options.address, *options.others])
        self._options = options
        self._client = client
        self._steps = Steps()
        self._own = Own(options.name)
        self._position = Position(options.after, options.after_at, options.journal)
        self.origin = Origin(options, self._position)
        self._sending = Sending(options.outgoing, self._steps)
        self._server: ServerIdentity | None = None
        self._replay_until = 0.0
        self._deadline: float | None = None
        self._attempts = ReconnectAttempts(uniform)
        self._elsewhere = Elsewhere(self.hosts, uniform)
        self._welcomed = False

    @property
    def wake_at(self) -> float | None:
        """When `tick` is due; None while only an input can change anything."""
        if self.state is not ClientState.READY:
            return self._deadline
        times = (self._sending.wake_at, self._elsewhere.due)
        return min((time for time in times if time is not None), default=None)

    @property
    def reconnecting(self) -> bool:
        """Whether the client was a member, and is trying to reach the server again."""
        return self._welcomed and self.state in (ClientState.WAITING, ClientState.CONNECTING)

    # --- inputs --------------------------------------------------------------------------

    def start(self) -> list[Step]:
        """Make the first attempt."""
        self._open()
        return self._steps.take()

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
        found = self.origin.found(room, server)
        if found.known:
            self._steps.tell(found)
        else:
            self._attempt_failed(self.hosts.other_room(found), now)
        return self._steps.take()

    def doubted(self, doubt: api.Doubt, now: float = 0.0) -> list[Step]:
        """The server is not one that the client may talk to; nothing was sent."""
        if self.state is ClientState.LEAVING:
            self._end(_LEFT)
        else:
            self._attempt_failed(self.hosts.doubted(doubt), now)
        return self._steps.take()

    def opened(self, now: float) -> list[Step]:
        """The socket is open."""
        self.state = ClientState.JOINING
        self._deadline = now + ANSWER_WITHIN
        options = replace(self._options, name=self._own.name)
        if self._welcomed and self.token:
            # The role lives with the membership: whoever resumes one has it.
            options = replace(options, owner_key=None)
        join = joining.request(options, self.token, self._position, self._client, self._server)
        self._steps.send(join)
        return self._steps.take()

    def unreachable(self, problem: Problem, now: float) -> list[Step]:
        """The socket could not be opened, or what came over it breaks the protocol."""
        self._lost(problem, now)
        return self._steps.take()

    def closed(self, code: int, now: float) -> list[Step]:
        """The socket closed; `code` is 1006 where the server gave none."""
        if self.state is ClientState.LEAVING:
            self._end(replace(_LEFT, clean=code == protocol.CLOSE_LEFT))
        elif code == protocol.CLOSE_REPLACED and not self.hosts.is_late_resume(now):
            self._end(api.MembershipEnded("replaced", Problem("replaced")))
        elif self.state is not ClientState.ENDED:
            # A host that shuts down will not be back at once.
            own_last = code == protocol.CLOSE_SHUTTING_DOWN
            self._lost(codes.after_close(code), now, own_last=own_last)
        return self._steps.take()

    def silent(self, now: float) -> list[Step]:
        """The server answered no ping: it may be frozen, while its connections stand."""
        if self.state in MEMBER:
            self._drop(Problem("connection_lost"), now, own_last=True)
        return self._steps.take()

    def hosts_asked(self, answers: Answers, now: float) -> list[Step]:
        """These of the hosts that `AskHosts` named answered; go on at one that can."""
        of_room = [one for one in answers if self._position.is_in(one[1].journal)]
        host = self._elsewhere.chosen(of_room, now)
        if host is not None and self.state is ClientState.READY:
            self._steps.hang_up()
            self.hosts.go_to(host)
            self._wait(Problem("host_cut_off"), now)
        return self._steps.take()

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
            case messages.Presence():
                self._sending.answered(message.id, now)  # the request for a note
                self._steps.tell(message)
            case conversation.IsTyping():
                self._steps.tell(message)
            case messages.HasMajority(has):
                self._steps.tell(api.MajorityChanged(has))
                self._elsewhere.majority(now, has=has)
            case messages.HostList(hosts):
                self._steps.tell(api.HostsChanged(hosts))
                self._elsewhere.named(hosts, now)
            case messages.History() | messages.Found() | moderation.Bans() | messages.Report():
                self._sending.take_answer(message, now)
            case _:
                self._event(message, now)
        return self._steps.take()

    def send(self, message: api.OutgoingMessage, now: float) -> list[Step]:
        """Send a message after those before it."""
        self._sending.add(message)
        self._send_due(now)
        return self._steps.take()

    def ask(self, query: api.Query, now: float) -> list[Step]:
        """Send a request; an answer or `RequestFailed` with the same id follows."""
        if self.state in (ClientState.REPLAYING, ClientState.READY):
            self._sending.ask(query, now)
        else:
            self._sending.request_failed(query.id)
        return self._steps.take()

    def typing(self, now: float) -> list[Step]:
        """The person writes: tell the others, unless they were told just now."""
        if self.state is ClientState.READY and self._own.tells_typing(now):
            self._steps.send(conversation.Typing())
        return self._steps.take()

    def reconnect_now(self) -> list[Step]:
        """End the wait for the next attempt; those after it follow soon again."""
        if self.state is ClientState.WAITING:
            self._attempts.restart()
            self.hosts.restart()
            self._open()
        return self._steps.take()

    def network_back(self) -> list[Step]:
        """This computer has a new address: an attempt under way began without it."""
        if self.reconnecting and self.state is ClientState.CONNECTING:
            self._steps.hang_up()
            self.state = ClientState.WAITING
        return self.reconnect_now()

    def leave(self, now: float) -> list[Step]:
        """Leave for good. Messages that are not sent yet stay so."""
        if self.state in (ClientState.JOINING, ClientState.REPLAYING, ClientState.READY):
            self.state = ClientState.LEAVING
            self._deadline = now + api.LEAVE_WITHIN
            self._steps.send(messages.Leave())
        elif self.state in (ClientState.WAITING, ClientState.CONNECTING):
            self._end(_LEFT)
        return self._steps.take()

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
                self._steps.add(AskHosts(self.hosts.others))
            case ClientState.READY:
                self._send_due(now)
            case ClientState.LEAVING:
                self._end(_LEFT)
            case _:
                pass
        return self._steps.take()

    # --- joining -------------------------------------------------------------------------

    def _open(self) -> None:
        self.state = ClientState.CONNECTING
        self._deadline = None
        self._steps.add(Open())
        if self._welcomed:
            self._steps.tell(api.Reconnecting(self._attempts.number))

    def _welcome(self, welcome: messages.Welcome, now: float) -> None:
        if not self._position.is_in(welcome.journal):
            self._attempt_failed(self.hosts.other_room(), now)
            return
        resumed = self.token is not None
        forget = self._position.welcomed(welcome)
        self.token, self.limits = welcome.token, welcome.limits
        self._own.welcomed(welcome, now)
        self._welcomed = True
        self.hosts.welcomed(welcome.hosts or ())
        self.origin.welcomed()
        self.state = ClientState.REPLAYING
        self._replay_until = now + REPLAY_WITHIN
        self._deadline = now + REPLAY_SILENT
        self._steps.tell(api.Welcomed(welcome, forget))
        if self._position.seq is None and not resumed:
            self._sending.fail_tried()
        self._check_caught_up(now)

    def _check_caught_up(self, now: float) -> None:
        """Become ready if the replay has reached the welcome's `seq`."""
        if self.state is ClientState.REPLAYING and self._position.at_target:
            self._position.seq = self._position.seq or 0
            self.state, self._deadline = ClientState.READY, None
            self._attempts.ready(now)
            self._steps.tell(api.CaughtUp())
            self._send_due(now)

    def _refused(self, problem: Problem, now: float) -> None:
        if problem.code == "bad_token" and self.token is not None:
            self.token = None
            self._sending.end()
            self._steps.hang_up()
            self._open()
        elif problem.code in codes.OF_THE_HOST:
            self._attempt_failed(Failure("refused", problem), now)
        elif self._welcomed and codes.is_temporary(problem):
            self._steps.hang_up()
            self._wait(problem, now)
        else:
            self._end(api.MembershipEnded("refused", problem))

    # --- events and errors ---------------------------------------------------------------

    def _event(self, event: messages.AnyEvent, now: float) -> None:
        try:
            is_new = self._position.take(event)
        except Gap:
            self._drop(Problem("missed_events"), now)
            return
        if (
            isinstance(event, messages.Said)
            and event.id in self._sending
            and self._own.matches(event)
        ):
            self._sending.confirm(event.id)
        self._sending.answered(getattr(event, "id", None), now)
        if is_new:
            self._own.apply(event)
            self._steps.tell(api.EventReceived(event))
            if isinstance(event, moderation.Slowed):
                self._sending.end_pause()
            if self.state is ClientState.REPLAYING:
                self._deadline = min(now + REPLAY_SILENT, self._replay_until)
            if isinstance(event, messages.Left):
                self._check_own_left(event, now)
        self._check_caught_up(now)
        self._send_due(now)

    def _check_own_left(self, left: messages.Left, now: float) -> None:
        """End or reconnect after one's own `left`; the replay has those of earlier joins."""
        live = left.seq > self._position.target
        if not self._own.matches(left) or not live or self.state is ClientState.LEAVING:
            return
        if left.reason in codes.REMOVED:
            self._end(api.MembershipEnded("removed", codes.removal(left)))
        else:
            self._drop(Problem("dropped"), now)

    def _error(self, error: messages.Error, now: float) -> None:
        if error.code == "not_joined":
            self._drop(messages.problem_of(error), now)
        else:
            self._sending.failed(error, now)
            self._send_due(now)

    def _send_due(self, now: float) -> None:
        if self.state is ClientState.READY:
            self._sending.send_due(now)

    # --- losing the connection and ending ------------------------------------------------

    def _drop(self, problem: Problem, now: float, *, own_last: bool = False) -> None:
        self._steps.hang_up()
        self._lost(problem, now, own_last=own_last)

    def _lost(self, problem: Problem, now: float, *, own_last: bool = False) -> None:
        """Reconnect, at once or after a wait; a client that was never a member gives up.

        `own_last`: the other hosts are tried before the one that was lost.
        """
        if self.state is ClientState.LEAVING:
            self._end(_LEFT)
        elif self.state in MEMBER:
            self.hosts.restart(own_last=own_last)
            self._wait(problem, now)
        else:
            if self.state is ClientState.JOINING and self.token:
                self.hosts.resume_unanswered(now)
            self._attempt_failed(Failure("unreachable", problem), now)

    def _attempt_failed(self, failure: Failure, now: float) -> None:
        """Try the next host; after the last one wait, or end."""
        another = self.hosts.next(failure) or (not self._welcomed and self.hosts.patiently())
        passes = failure.why != "refused" or codes.is_temporary(failure.problem)
        reason = self.hosts.reason() if self._welcomed and passes else None
        if (another or reason) and failure.why != "unreachable":
            self._steps.hang_up()
        if another:
            self._open()
        elif reason is not None:
            self.hosts.again()
            self._wait(reason, now)
        else:
            last = self.hosts.verdict()
            if last.found is not None:
                self._steps.tell(last.found)
            self._end(api.MembershipEnded(last.why, last.problem, doubt=last.doubt))

    def _wait(self, problem: Problem, now: float) -> None:
        """Begin a round of attempts after a while."""
        self._sending.lost()
        self._elsewhere.end()
        delay = self._attempts.lost(problem.retry_after, now)
        self.state, self._deadline = ClientState.WAITING, now + delay
        self._steps.tell(api.Disconnected(problem, self._attempts.number, delay))

    def _end(self, ended: api.MembershipEnded) -> None:
        self._sending.lost()
        self._sending.end()
        self.state, self._deadline = ClientState.ENDED, None
        self._steps.hang_up()
        self._steps.tell(ended)
