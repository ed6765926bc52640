"""A membership's way out: messages one at a time (`outgoing`), and requests (`open_requests`).

Part of `protocol.ClientProtocol`, which says when something may be sent. No I/O; times are in
seconds.
"""

from collections.abc import Iterable

from client_mvc.network import api, codes
from client_mvc.network.open_requests import OpenRequests
from client_mvc.network.outgoing import OutgoingQueue
from client_mvc.network.steps import Steps
from shared import messages, moderation
from shared.problems import Problem

type RequestAnswer = messages.History | messages.Found | moderation.Bans | messages.Report

DISCONNECTED = Problem("disconnected")
UNKNOWN_FATE = Problem("unknown_fate")


class Sending:
    """The messages and requests of one membership.

    Args:
        outgoing: the messages that wait to be sent.
        steps: takes what to send and to tell.
    """

    def __init__(self, outgoing: Iterable[api.OutgoingMessage], steps: Steps) -> None:
        self._outgoing = OutgoingQueue(outgoing)
        self._requests = OpenRequests()
        self._steps = steps

    @property
    def wake_at(self) -> float | None:
        """When `send_due` has something to send, or a receipt is overdue."""
        times = (self._outgoing.wake_at, self._requests.wake_at)
        return min((time for time in times if time is not None), default=None)

    def __contains__(self, id: object) -> bool:
        """Return whether this message waits, or is in flight."""
        return id in self._outgoing

    def is_overdue(self, now: float) -> bool:
        """Return whether the receipt of the message in flight is overdue."""
        return self._outgoing.is_overdue(now)

    def add(self, message: api.OutgoingMessage) -> None:
        """Append a message."""
        self._outgoing.add(message)

    def ask(self, query: api.Query, now: float) -> None:
        """Send a request, or keep it behind those that could not be decided."""
        if self._requests.add(query, now):
            self._steps.send(query)

    def send_due(self, now: float) -> None:
        """Send the next message, and the requests whose pause is over."""
        if (say := self._outgoing.next(now)) is not None:
            self._steps.send(say)
        for query in self._requests.due(now):
            self._steps.send(query)

    def answered(self, id: object, now: float) -> float | None:
        """Forget a request. Return how long its answer took; None for no request of ours."""
        return self._requests.answered(id, now) if isinstance(id, str) else None

    def take_answer(self, answer: RequestAnswer, now: float) -> None:
        """Tell the answer, if it is to a request of ours."""
        latency = self.answered(answer.id, now)
        if latency is None:
            return
        if isinstance(answer, messages.Report):
            self._steps.tell(api.ReportReceived(answer, latency))
        else:
            self._steps.tell(answer)

    def confirm(self, id: object) -> None:
        """The server has this message."""
        if isinstance(id, str) and self._outgoing.remove(id):
            self._steps.tell(api.MessageConfirmed(id))

    def fail(self, id: str, problem: Problem) -> None:
        """The message is not sent."""
        self._outgoing.remove(id)
        self._steps.tell(api.MessageFailed(id, problem))

    def fail_tried(self) -> None:
        """Note that the server may or may not have the messages that were sent before."""
        for id in self._outgoing.tried:
            self.fail(id, UNKNOWN_FATE)

    def failed(self, error: messages.Error, now: float) -> None:
        """The server answered with an error."""
        # One without an id can only be about the message in flight. Taking it so is safe: a
        # message that is sent again has the same id.
        id = error.id or self._outgoing.in_flight or ""
        problem = messages.problem_of(error)
        if error.code == codes.UNDECIDED and self._requests.pause(id, problem, now):
            self._steps.tell(api.RequestDelayed(id, problem))
        elif id != self._outgoing.in_flight:
            self._requests.answered(id, now)
            self.request_failed(id, problem)
        elif error.code in codes.BUSY:
            self._outgoing.pause(problem, now)
            self._steps.tell(api.MessageDelayed(id, problem))
        else:
            self.fail(id, problem)

    def request_failed(self, id: str, problem: Problem = DISCONNECTED) -> None:
        """The request is not answered, or was not sent."""
        self._steps.tell(api.RequestFailed(id, problem))

    def end_pause(self) -> None:
        """Send at once what waits for the end of slow mode."""
        if self._outgoing.in_flight is None:
            self._outgoing.restart()

    def lost(self) -> None:
        """The connection is lost: another one does not answer its requests."""
        self._outgoing.restart()
        for id in self._requests.lost():
            self.request_failed(id)

    def end(self) -> None:
        """The membership has ended: no request can be sent again."""
        for id in self._requests.take_all():
            self.request_failed(id)
