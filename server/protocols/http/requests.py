"""How many requests an address may send to a worker: more are answered later, then refused."""

import asyncio

from server.budgets.addresses import Grouping, own_networks
from server.budgets.buckets import Allowance, Buckets
from server.budgets.table import budgets
from server.connections.worker_state import WorkerState
from server.protocols.http.errors import HttpError
from server.room.interface import Membership, RoomUnavailableError
from shared.problems import UNAVAILABLE, problem

LONGEST_WAIT = 2.0
LONGEST_WAIT_FOR_PAGES = 10.0
"""A page whose parts come late still works; one that lacks a part does not."""
WRONG_TOKENS = Allowance(1, 10)
SUSPECTED = Allowance(20, 20)
_KNOWN = 1024


class Requests:
    """The requests to one worker, by address, and whose tokens they bring."""

    def __init__(self, state: WorkerState) -> None:
        self._state = state
        self._group = Grouping(own_networks).group
        table = budgets(state.settings)
        self._buckets: Buckets[str] = Buckets(table.requests)
        self._pages: Buckets[str] = Buckets(table.page_requests)
        self._wrong: Buckets[str] = Buckets(WRONG_TOKENS)
        self._suspected: Buckets[None] = Buckets(SUSPECTED)
        self._known: dict[str, None] = {}

    async def admit(self, address: str, *, page: bool = False) -> None:
        """Wait until this address may send a request.

        Args:
            address: where the request comes from.
            page: it is for a part of the browser client; these have an allowance of their own.

        Raises:
            HttpError: it would have to wait more than `LONGEST_WAIT` seconds, or
                `LONGEST_WAIT_FOR_PAGES`.
        """
        now = self._state.now()
        buckets, longest = self._buckets, LONGEST_WAIT
        if page:
            buckets, longest = self._pages, LONGEST_WAIT_FOR_PAGES
        bucket = buckets.of(self._group(address), now)
        if bucket.wait(now) > longest:
            self._state.refusals.count("requests")
            raise HttpError(problem("rate_limited", "requests").after(longest))
        if wait := bucket.spend(now):
            await asyncio.sleep(wait)

    async def member(self, token: str, address: str) -> Membership:
        """Return whose token this is.

        Each question goes to the room process. So an address that sends wrong tokens must share
        a few questions with all others that do; a token that was right before is always looked
        at.

        Raises:
            HttpError: nobody's, too many wrong ones, or the room does not answer.
        """
        now = self._state.now()
        wrong = self._wrong.of(self._group(address), now)
        if wrong.wait(now) and token not in self._known:
            lane = self._suspected.of(None, now)
            if not lane.take(now):
                self._state.refusals.count("requests")
                raise HttpError(problem("rate_limited", "requests").after(lane.wait(now)))
        try:
            member = await self._state.room.member_of(token) if token else None
        except RoomUnavailableError:
            raise HttpError(UNAVAILABLE) from None
        if member is None:
            self._known.pop(token, None)
            wrong.take(self._state.now())
            raise HttpError(problem("not_joined", "files"), {"WWW-Authenticate": "Bearer"})
        self._known.pop(token, None)
        self._known[token] = None
        if len(self._known) > _KNOWN:
            del self._known[next(iter(self._known))]
        return member
