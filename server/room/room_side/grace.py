"""Grace periods: when the memberships of those end who lost their connection.

In a full room they end sooner while somebody waits for a place. Who waits is told apart by
address, not by name: else one who asks under many names would end them all. Proposes only; the
core decides. The clock is a parameter, in monotonic seconds.
"""

from dataclasses import dataclass

from server.room.core import RoomCore
from server.room.operations import Expire

# However short the grace period: after a start everybody must have time to come back.
RETURN_WITHIN = 5.0
# In a full room, a place is free so long after its member was lost, if somebody waits for it.
FULL_ROOM_GRACE = 10.0
# Somebody waits who was refused for lack of places, until so long after the place is free.
COMES_BACK_WITHIN = 10.0
MOST_WAITING = 10_000


@dataclass(frozen=True, slots=True)
class _Loss:
    """A member was lost at `position` and time `since`; the grace period ends at `until`."""

    position: int
    since: float
    until: float


class GracePeriods:
    """The members of a room that lost their connection. `grace` is in seconds."""

    def __init__(self, core: RoomCore, grace: float, now: float) -> None:
        self._core = core
        self._grace = grace
        self._return_until = now + RETURN_WITHIN
        self._losses: dict[int, _Loss] = {}
        self._wanted: dict[str, float] = {}
        self._found: dict[str, float] = {}
        for member in core.roster.members():
            if member.disconnected is not None:
                self.lost(member.id, member.disconnected, now)

    def lost(self, member: int, position: int, now: float) -> None:
        """A member lost its connection, at this position."""
        self._losses.pop(member, None)  # the order is that of the losses
        until = max(now + self._grace, self._return_until)
        self._losses[member] = _Loss(position, now, until)

    def since(self, member: int, now: float) -> float:
        """Return for how many seconds a member has been disconnected."""
        loss = self._losses.get(member)
        return now - loss.since if loss else 0.0

    # --- somebody waits for a place ----------------------------------------------------------

    def place_wanted(self, group: str, now: float) -> float | None:
        """Note that the room was full for somebody; return in how many seconds it will not be.

        Args:
            group: the key of the address, under which all from there count as one who waits.
                Once a place was found for it, it waits for grace periods to end by themselves
                for as long as one lasts.
            now: the time.

        Returns:
            None if nobody is away whose place could become free.
        """
        waiting = self._waiting(now)
        away = [loss for _, loss in self._away()]
        if self._found.get(group, now) > now:
            return max(0.0, min(loss.until for loss in away) - now) if away else None
        ahead = len(waiting) if group not in waiting else list(waiting).index(group)
        if ahead >= len(away):
            return None
        wait = max(0.0, sorted(map(self._sooner, away))[ahead] - now)
        if group in self._wanted or len(self._wanted) < MOST_WAITING:
            self._wanted[group] = now + wait + COMES_BACK_WITHIN
        return wait

    def place_found(self, group: str, now: float) -> None:
        """Somebody from this address got a place, and does not wait any more."""
        if self._wanted.pop(group, now) > now:
            self._found = {one: until for one, until in self._found.items() if until > now}
            self._found[group] = now + self._grace

    def _waiting(self, now: float) -> dict[str, float]:
        self._wanted = {one: until for one, until in self._wanted.items() if until > now}
        return self._wanted

    def _needed(self, now: float) -> int:
        """Return how many places are wanted that are not there."""
        if not self._wanted:
            return 0
        roster = self._core.roster
        return len(self._waiting(now)) - max(0, roster.capacity - len(roster))

    def _sooner(self, loss: _Loss) -> float:
        return min(loss.until, max(loss.since + FULL_ROOM_GRACE, self._return_until))

    def _away(self) -> list[tuple[int, _Loss]]:
        """Return those who are still away; forget the others."""
        away = {}
        for id, loss in self._losses.items():
            member = self._core.roster.by_id(id)
            if member is not None and member.disconnected == loss.position:
                away[id] = loss
        self._losses = away
        return list(away.items())

    # --- their end ---------------------------------------------------------------------------

    def due(self, now: float) -> float | None:
        """Return when the next one ends; None if none will."""
        if not self._losses:
            return None
        first = next(iter(self._losses.values())).until
        if self._needed(now) > 0 and (away := self._away()):
            return min(first, *(self._sooner(loss) for _, loss in away))
        return first

    def over(self, now: float) -> list[Expire]:
        """Take out those that are over."""
        over = {id: loss for id, loss in self._losses.items() if loss.until <= now}
        needed = self._needed(now) - len(over)
        for id, loss in self._away() if needed > 0 else ():
            if needed > 0 and id not in over and self._sooner(loss) <= now:
                over[id] = loss
                needed -= 1
        for id in over:
            self._losses.pop(id, None)
        return [Expire(id, loss.position) for id, loss in over.items()]
