"""The checks on a join that come before the order: how often, how many, and the password.

They depend on clocks and addresses, so the core cannot make them: it checks names, places and
tokens. A failed join costs as much as one that is accepted; a wrong password counts apart
(`guesses.py`).

Whom moderation keeps out is refused first, so that nobody guesses the password for nothing. It
costs no allowance, as others at the address would pay for it. The core decides it once more:
a join that waits may be banned meanwhile. With the owner's key a join passes bans of
moderators, a locked room and the allowances of its address; it needs the password too.
"""

import hmac
import math
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from functools import lru_cache

from msgspec import structs

from server.budgets.addresses import Grouping, is_loopback, own_addresses, parse
from server.budgets.buckets import Buckets, TokenBucket
from server.budgets.refusals import Refusals
from server.budgets.table import budgets
from server.room import acts
from server.room.core import RoomCore
from server.room.interface import (
    Answer,
    JoinAccepted,
    JoinRefused,
    JoinRequest,
    JoinWaits,
    Peer,
)
from server.room.ipc import JoinAttempt
from server.room.log import rfc3339
from server.room.moderation import Traces
from server.room.operations import Join
from server.room.room_side.guesses import Guess, Guesses
from server.settings import Settings
from shared import names, passwords
from shared.problems import Problem, problem

MOST_ADDRESSES = 10_000
TRY_AGAIN_AFTER = 5.0
PLACE_AGAIN_AFTER = 10.0

type Admitted = Join | JoinRefused | JoinWaits


class Admission:
    """Lets joins pass to the log.

    Args:
        core: the room.
        settings: the server's.
        now: the time, in monotonic seconds, as in all calls.
        group: returns the key under which an address is counted.
        refusals: counts for `/metrics`.
        wall: gives Unix time in seconds.
    """

    def __init__(
        self,
        core: RoomCore,
        settings: Settings,
        now: float,
        group: Callable[[str], str] | None = None,
        refusals: Refusals | None = None,
        *,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._core = core
        self._wall = wall
        self._host = settings.host_name
        self.tell_wrong: Callable[[str], None] = lambda address: None
        """Tells other hosts from where a wrong password came."""
        self._trusted = settings.trusted_proxy
        self._traceable = lru_cache(1024)(self._is_traceable)
        self._password = _comparable(settings.password)
        self.group = group or Grouping().group
        """Returns the key under which an address is counted."""
        self._refusals = refusals or Refusals()
        self._budgets = allowed = budgets(settings)
        self._joins = Buckets[str](allowed.joins, MOST_ADDRESSES)
        self._resumes_from = Buckets[str](allowed.resumes_from_address, MOST_ADDRESSES)
        self._resumes: dict[int, TokenBucket] = {}
        self._active: set[int] = set()
        self._last_of_member: dict[int, float] = {}
        self._last_of_group: OrderedDict[str, float] = OrderedDict()
        self._places = Counter[str]()
        self._entering: dict[int, str] = {}
        self._place_of: dict[int, str] = {}
        self._pushed_out: list[Guess] = []
        self.guesses = Guesses(allowed.password_tries, now)
        for member in core.roster.members():
            self._has_place(member.id, self.group(member.peer.address))
            self._used(member.id, now)  # before a crash it may have used everything
            if member.connection is not None:
                self._active.add(member.id)

    # --- before the log --------------------------------------------------------------------

    def admit(self, attempt: JoinAttempt, asker: object, number: int, now: float) -> Admitted:
        """Return the operation for a join, or why there is none.

        With `JoinWaits`, `released` returns the rest later, with `asker` and `number`.
        """
        request = attempt.request
        if request.token is not None:
            return self._resume(attempt, now)
        if self._core.roster.by_token(attempt.token_hash):
            return self._to_log(attempt)  # it was carried out before; the worker asks again
        if why := self._kept_out(request):
            return JoinRefused(why)
        if not self._password:
            return self._enter(attempt, now)
        if request.password is None:
            return JoinRefused(problem("bad_password", "missing"))
        group = self.group(request.peer.address)
        if self.guesses.at_once(group, now):
            return self._look(attempt, now)
        refused = self.guesses.add(Guess(attempt, asker, number, group, now))
        if refused is None:
            return JoinWaits()
        if refused.number == number and refused.asker is asker:
            return self._cannot_wait()
        self._pushed_out.append(refused)
        return JoinWaits()

    def _kept_out(self, request: JoinRequest) -> Problem | None:
        moderation = self._core.moderation
        owner = self._has_key(request)
        if request.owner and not owner:
            return problem("forbidden", "owner_key")
        if not moderation.keeps_out:
            return None
        try:
            name = names.tidy(request.name)
        except names.BadName:
            return None  # the core refuses it
        traces = Traces.of(name, request.device, self._address_of(request.peer))
        return moderation.refused(traces, rfc3339(self._wall()), owner=owner, new=True)

    def _has_key(self, request: JoinRequest) -> bool:
        return bool(request.owner) and acts.is_key(self._core.moderation, request.owner)

    def _address_of(self, peer: Peer) -> str:
        """Return the group of an address; empty if it may be that of many people.

        `proxied` does not matter: everybody can send the header of a proxy.
        """
        return self.group(peer.address) if self._traceable(peer.address) else ""

    def _is_traceable(self, text: str) -> bool:
        address = parse(text)
        if address is None or address.is_loopback or address in own_addresses():
            return False
        return not any(address in network for network in self._trusted)

    def due(self, now: float) -> float | None:
        """Return the seconds until `released` has something to do."""
        return 0.0 if self._pushed_out else self.guesses.due(now)

    def hung_up(self, connection: int) -> list[tuple[Admitted, Guess]]:
        """Return the join of a connection that has ended, if it waits."""
        return [(self._cannot_wait(), one) for one in self.guesses.take_back(connection)]

    def released(self, now: float) -> list[tuple[Admitted, Guess]]:
        """Return the joins that need not wait any more."""
        refused = [*self._pushed_out, *self.guesses.too_long(now)]
        self._pushed_out.clear()
        found: list[tuple[Admitted, Guess]] = [(self._cannot_wait(), one) for one in refused]
        while guess_now := self.guesses.next(now):
            found.append((self._look(guess_now.attempt, now), guess_now))
        self.guesses.sum_up(now)
        return found

    def _cannot_wait(self) -> JoinRefused:
        self._refusals.count("password")
        return _too_many("waiting", TRY_AGAIN_AFTER)

    def _look(self, attempt: JoinAttempt, now: float) -> Admitted:
        address = attempt.request.peer.address
        if not self._is_right(attempt.request.password or ""):
            self.guesses.wrong(address, now)
            self.tell_wrong(address)
            return JoinRefused(problem("bad_password", "wrong"))
        self.guesses.right(self.group(address))
        return self._enter(attempt, now)

    def wrong_elsewhere(self, address: str, now: float) -> None:
        """Count a wrong password that somebody tried at another host."""
        self.guesses.elsewhere(address, now)

    def _is_right(self, password: str) -> bool:
        return hmac.compare_digest(_comparable(password), self._password)

    def _resume(self, attempt: JoinAttempt, now: float) -> Admitted:
        member = self._core.roster.by_token(attempt.token_hash)
        buckets = [self._resumes_from.of(self.group(attempt.request.peer.address), now)]
        if member is not None:
            allowed = self._budgets.resumes
            fresh = TokenBucket(*allowed, now)
            buckets.append(self._resumes.setdefault(member.id, fresh))
        if wait := max(bucket.wait(now) for bucket in buckets):
            self._refusals.count("resumes")
            return _too_many("resumes", wait)
        for bucket in buckets:
            bucket.take(now)
        address = self._address_of(attempt.request.peer)
        has = member.connection if member is not None else None
        return operation(attempt, address, self._host, instead=has or 0)

    def _enter(self, attempt: JoinAttempt, now: float) -> Admitted:
        if self._has_key(attempt.request):
            return self._to_log(attempt)
        peer = attempt.request.peer
        group = self.group(peer.address)
        bucket = self._joins.of(group, now)
        if not bucket.take(now):
            self._refusals.count("joins")
            return _too_many("joins", bucket.wait(now))
        here = is_loopback(peer.address) and not peer.proxied
        if self._places[group] >= self._budgets.places and not here:
            self._refusals.count("places")
            why = problem("too_many", "places", most=self._budgets.places)
            return JoinRefused(why.after(PLACE_AGAIN_AFTER))
        return self._to_log(attempt)

    def _to_log(self, attempt: JoinAttempt) -> Join:
        peer = attempt.request.peer
        join = operation(attempt, self._address_of(peer), self._host)
        if join.connection not in self._entering:  # it has a place until it is answered
            self._entering[join.connection] = group = self.group(peer.address)
            self._places[group] += 1
        return join

    # --- behind the log --------------------------------------------------------------------

    def answered(self, join: Join, answer: Answer | None, now: float) -> Answer | None:
        """Take in the answer to a join; return it with what only this side knows."""
        group = self.group(join.peer.address)
        entering = self._entering.pop(join.connection, None)
        if entering is not None:
            self._free(entering)
        if not isinstance(answer, JoinAccepted):
            return answer
        member = answer.member
        if member in self._active:  # the session that this one replaces may just have sent
            last: float | None = now
        else:
            last = self._last_of_member.get(member, self._last_of_group.get(group))
        self._active.add(member)
        self._has_place(member, group)
        self._used(member, now)
        return answer if last is None else structs.replace(answer, rested=now - last)

    def lost(self, member: int, now: float) -> None:
        """Note that a member's connection has ended."""
        self._active.discard(member)
        self._used(member, now)

    def _used(self, member: int, now: float) -> None:
        """Note until when a member may have used its allowances, and its address with it."""
        self._last_of_member[member] = now
        if (group := self._place_of.get(member)) is not None:
            self._last_of_group[group] = now
            self._last_of_group.move_to_end(group)
            if len(self._last_of_group) > MOST_ADDRESSES:
                self._last_of_group.popitem(last=False)

    def left(self, member: int, now: float) -> None:
        """Forget a member whose membership has ended."""
        if member in self._active:
            self.lost(member, now)
        self._resumes.pop(member, None)
        self._last_of_member.pop(member, None)
        group = self._place_of.pop(member, None)
        if group is not None:
            self._free(group)

    def _has_place(self, member: int, group: str) -> None:
        before = self._place_of.get(member)
        if before != group:
            if before is not None:
                self._free(before)
            self._place_of[member] = group
            self._places[group] += 1

    def _free(self, group: str) -> None:
        self._places[group] -= 1
        if self._places[group] <= 0:
            del self._places[group]


def operation(
    attempt: JoinAttempt, address: str = "", host: str = "", instead: int = 0
) -> Join:
    """Return the operation for a join at a host.

    `address` is by what the person is known again, `instead` the connection to be replaced.
    """
    request = attempt.request
    return Join(
        connection=request.connection,
        worker=request.worker,
        peer=request.peer,
        client=request.client,
        name=request.name,
        token_hash=attempt.token_hash,
        resume=request.token is not None,
        after=request.after,
        after_at=request.after_at,
        history=request.history,
        journal=request.journal,
        device=request.device,
        owner=request.owner,
        address=address,
        host=host,
        instead=instead,
    )


def _comparable(password: str) -> bytes:
    return passwords.prepare(password).encode("utf-8", "surrogatepass")


def _too_many(rule: str, wait: float) -> JoinRefused:
    return JoinRefused(problem("too_many", rule, seconds=math.ceil(wait)).after(wait))
