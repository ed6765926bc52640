"""The queue of outgoing messages of one membership, without I/O or a clock of its own.

One message is in flight at a time; the next one waits for its `said`, `accepted` or `error`.
So the room has them in the order in which they were written.
"""

from collections.abc import Iterable
from dataclasses import replace

from msgspec import UNSET

from client_mvc.network import backoff
from client_mvc.network.api import OutgoingMessage
from shared import messages
from shared.problems import Problem

RECEIPT_WITHIN = 30.0
"""Seconds that the server has to confirm a message."""
LONGEST_PAUSE = 5.0


class OutgoingQueue:
    """Messages, oldest first. `wake_at`: when the receipt is overdue, or a pause ends."""

    def __init__(self, outgoing: Iterable[OutgoingMessage]) -> None:
        self.in_flight: str | None = None
        self.wake_at: float | None = None
        self._messages = {each.id: each for each in outgoing}
        self._failures = 0

    def __contains__(self, id: object) -> bool:
        return id in self._messages

    @property
    def tried(self) -> list[str]:
        """The ids of those that may have been sent before."""
        return [each.id for each in self._messages.values() if each.tried]

    def add(self, message: OutgoingMessage) -> None:
        """Append a message, unless its id waits already."""
        self._messages.setdefault(message.id, message)

    def next(self, now: float) -> messages.Say | None:
        """Return the message to send now; None while one is in flight or a pause lasts."""
        if self.in_flight is not None or (self.wake_at is not None and now < self.wake_at):
            return None
        self.wake_at = None
        if not self._messages:
            return None
        message = next(iter(self._messages.values()))
        self._messages[message.id] = replace(message, tried=True)
        self.in_flight, self.wake_at = message.id, now + RECEIPT_WITHIN
        return messages.Say(message.text, message.id, message.reply_to or UNSET)

    def is_overdue(self, now: float) -> bool:
        """Return whether the receipt of the message in flight is overdue."""
        return self.in_flight is not None and self.wake_at is not None and now >= self.wake_at

    def remove(self, id: str) -> bool:
        """Forget a message that was confirmed or has failed. Return whether it was here."""
        if id == self.in_flight:
            self.restart()
        return self._messages.pop(id, None) is not None

    def pause(self, problem: Problem, now: float) -> None:
        """Keep the message in flight, to be sent again after a while."""
        self._failures += 1
        wait = backoff.wait(self._failures, problem.retry_after, longest=LONGEST_PAUSE)
        self.in_flight, self.wake_at = None, now + wait

    def restart(self) -> None:
        """Begin anew: nothing is in flight, and no pause lasts."""
        self.in_flight, self.wake_at, self._failures = None, None, 0
