"""A membership's way out: messages one at a time (`outgoing`), and requests (`open_requests`).

Part of `protocol.ClientProtocol`, which says when something may be sent. No I/O; times are in
seconds.
"""

from collections.abc import Callable, Iterable

from client_mvc.network import api, codes
from client_mvc.network.open_requests import OpenRequests
from client_mvc.network.outgoing import OutgoingQueue
from client_mvc.network.steps import Send, Step
from shared import messages
from shared.problems import Problem

DISCONNECTED = Problem("disconnected")


class Sending:
    """The messages and requests of one membership.

    Args:
        outgoing: the messages that wait to be sent.
        do: takes the steps.
    """

    def __init__(
        self, outgoing: Iterable[api.OutgoingMessage], do: Callable[[Step], None]
    ) -> None:
        self._outgoing = OutgoingQueue(outgoing)
        self._requests = OpenRequests()
        self._do = do

    @property
    def wake_at(self) -> float | None:
        """When `send_due` has something to send, or a receipt is overdue."""
        times = (self._outgoing.wake_at, self._requests.wake_at)
        return min((time for time in times if time is not None), default=None)

    @property
    def tried(self) -> list[str]:
        """The ids of messages that may have been sent before."""
        return self._outgoing.tried

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
            self._do(Send(query))

    def send_due(self, now: float) -> None:
        """Send the next message, and the requests whose pause is over."""
        if (say := self._outgoing.next(now)) is not None:
            self._do(Send(say))
        for query in self._requests.due(now):
            self._do(Send(query))

    def answered(self, id: object, now: float) -> float | None:
        """Forget a request. Return how long its answer took; None for no request of ours."""
        return self._requests.answered(id, now) if isinstance(id, str) else None

    def confirm(self, id: object) -> None:
        """The server has this message."""
        if isinstance(id, str) and self._outgoing.remove(id):
            self._do(api.MessageConfirmed(id))

    def fail(self, id: str, problem: Problem) -> None:
        """The message is not sent."""
        self._outgoing.remove(id)
        self._do(api.MessageFailed(id, problem))

    def failed(self, error: messages.Error, now: float) -> None:
        """The server answered with an error."""
        # One without an id can only be about the message in flight. Taking it so is safe: a
        # message that is sent again has the same id.
        id = error.id or self._outgoing.in_flight or ""
        problem = messages.problem_of(error)
        if error.code == codes.UNDECIDED and self._requests.pause(id, problem, now):
            self._do(api.RequestDelayed(id, problem))
        elif id != self._outgoing.in_flight:
            self._requests.answered(id, now)
            self._do(api.RequestFailed(id, problem))
        elif error.code in codes.BUSY:
            self._outgoing.pause(problem, now)
            self._do(api.MessageDelayed(id, problem))
        else:
            self.fail(id, problem)

    def end_pause(self) -> None:
        """Send at once what waits for the end of slow mode."""
        if self._outgoing.in_flight is None:
            self._outgoing.restart()

    def lost(self) -> None:
        """The connection is lost: another one does not answer its requests."""
        self._outgoing.restart()
        self._fail_requests(self._requests.lost())

    def end(self) -> None:
        """The membership has ended: no request can be sent again."""
        self._fail_requests(self._requests.take_all())

    def _fail_requests(self, ids: list[str]) -> None:
        for id in ids:
            self._do(api.RequestFailed(id, DISCONNECTED))
