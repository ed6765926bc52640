"""The requests of a membership that have no answer yet. Pure.

An act or a change that the room could not decide (`unavailable`) may have been carried out, or
not. It is kept and sent again under the same id, also over the next connection of the same
membership, and those that the person asks for meanwhile wait behind it. Any other request fails
with its connection.
"""

from dataclasses import dataclass
from typing import get_args

from client_mvc.network import api, backoff
from shared import conversation, moderation
from shared.problems import Problem

LONGEST_PAUSE = 5.0
_REPEATABLE = (
    *get_args(moderation.ActRequest.__value__),
    *get_args(conversation.ConversationRequest.__value__),
)
"""The server carries these out once for each id."""


@dataclass(slots=True)
class _Open:
    query: api.Query
    asked_at: float
    sent: bool
    kept: bool = False


class OpenRequests:
    """Times are in seconds; the clock is a parameter."""

    def __init__(self) -> None:
        self._open: dict[str, _Open] = {}
        self._pause_ends = 0.0
        self._failures = 0

    @property
    def wake_at(self) -> float | None:
        """When `due` has some to send; None: there are none."""
        return None if all(each.sent for each in self._open.values()) else self._pause_ends

    def add(self, query: api.Query, now: float) -> bool:
        """Note a request. Return whether to send it now."""
        waits = isinstance(query, _REPEATABLE) and self.wake_at is not None
        self._open[query.id] = _Open(query, now, sent=not waits, kept=waits)
        return not waits

    def answered(self, id: str, now: float) -> float | None:
        """Forget a request. Return how long its answer took; None for no request of ours."""
        found = self._open.pop(id, None)
        if found is None:
            return None
        self._failures = 0
        return now - found.asked_at

    def pause(self, id: str, problem: Problem, now: float) -> bool:
        """Keep a request, to be sent again after a while; False: it is none of those."""
        found = self._open.get(id)
        if found is None or not isinstance(found.query, _REPEATABLE):
            return False
        found.sent, found.kept = False, True
        self._failures += 1
        wait = backoff.wait(self._failures, problem.retry_after, longest=LONGEST_PAUSE)
        self._pause_ends = now + wait
        return True

    def due(self, now: float) -> list[api.Query]:
        """Return the requests to send now, in the order in which they were asked for."""
        if self.wake_at is None or now < self.wake_at:
            return []
        waiting = [each for each in self._open.values() if not each.sent]
        for each in waiting:
            each.sent, each.asked_at = True, now
        return [each.query for each in waiting]

    def lost(self) -> list[str]:
        """The connection is lost. Return the ids of the requests that failed with it."""
        failed = [id for id, each in self._open.items() if not each.kept]
        self._open = {id: each for id, each in self._open.items() if each.kept}
        for each in self._open.values():
            each.sent = False
        self._pause_ends, self._failures = 0.0, 0
        return failed

    def take_all(self) -> list[str]:
        """Forget all requests, and return their ids: their membership has ended."""
        ids = list(self._open)
        self._open.clear()
        return ids
