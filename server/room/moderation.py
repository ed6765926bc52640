"""The state of moderation: who may not join or send, how the room is set, the owner's key.

Pure: it depends on operations and their `at` only. What an entry of the log changes is
collected in `changes`, for the journal. `acts` has the rules of who may do what.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

from msgspec import Struct, UnsetType, structs

from shared.codec import decode_event
from shared.lookalikes import look
from shared.messages import Left
from shared.moderation import BanInfo
from shared.problems import Problem, problem

BAN, MUTE, KICK = "ban", "mute", "kick"
KICKED_FOR = 60.0
"""Seconds in which a member that was removed cannot join again."""
MOST = 10_000
"""So many bans, mutes, ended tokens and acts of the audit are kept; then the oldest go."""
_LAST_MOMENT, _FOR_GOOD = "9999-12-31T23:59:59.999Z", "~"


class Traces(Struct, frozen=True):
    """By what a person is known again.

    `look` is the form of the name that look-alikes share, `device` the hash of the device's
    number, `address` the group of the address; the latter two are empty where there is none, or
    many have the same.
    """

    look: str = ""
    device: bytes = b""
    address: str = ""

    @classmethod
    def of(cls, name: str, device: bytes, address: str) -> "Traces":
        """Return the traces of a member with this name."""
        return cls(look(name), device, address)

    def marks(self) -> Iterator[str | bytes]:
        """Yield a key for each trace that there is."""
        if self.look:
            yield f"={self.look}"
        if self.device:
            yield self.device
        if self.address:
            yield f"@{self.address}"


class Restriction(Struct, frozen=True, kw_only=True):
    """A ban, a mute, or the wait after a kick (`kind`), of whoever has one of the `traces`.

    `name` is whom it was meant for, `by` and `member` who did it (the host: number 0). It holds
    `until` then (RFC 3339; empty: for good).
    """

    number: int
    kind: str
    name: str
    traces: Traces
    by: str
    member: int
    at: str
    until: str
    text: str = ""

    def holds(self, at: str) -> bool:
        """Whether it holds at this time."""
        return not self.until or self.until > at

    @property
    def info(self) -> BanInfo:
        """What moderators read of a ban."""
        return BanInfo(self.number, self.name, self.by, self.at, self.until or None, self.text)


class RoomState(Struct, frozen=True):
    """How the room is set. `slow` in seconds; `owner` is the SHA-256 of the owner's key.

    `last` is the highest number that a restriction ever had.
    """

    topic: str = ""
    locked: bool = False
    slow: int = 0
    owner: bytes = b""
    last: int = 0


class AuditLine(Struct, frozen=True):
    """An act that was carried out: event `seq`, when, by whom (the host: `member` 0), what.

    `target` is whom it concerned, `value` what was set ("moderator", "10 s"), `text` why.
    """

    seq: int
    at: str
    name: str
    member: int
    act: str
    target: str = ""
    target_member: int = 0
    value: str = ""
    text: str = ""


@dataclass(slots=True)
class Changes:
    """What an entry changed, for the journal.

    `restrictions` by number, None for those that ended; `ended` what ended tokens, by their
    hashes: the number of a ban, or minus the `seq` of a kick's `left` (0: not known); None for
    those that are forgotten.
    """

    room: RoomState | None = None
    restrictions: dict[int, Restriction | None] = field(default_factory=dict)
    ended: dict[bytes, int | None] = field(default_factory=dict)
    acts: list[AuditLine] = field(default_factory=list)


@dataclass(slots=True)
class Saved:
    """What a journal has of all this."""

    room: RoomState = field(default_factory=RoomState)
    restrictions: Iterable[Restriction] = ()
    ended: Mapping[bytes, int] = field(default_factory=dict)


class Moderation:
    """The state of one room. `changes` are those since it was last set to None."""

    def __init__(self, saved: Saved) -> None:
        self.room = saved.room
        self.changes: Changes | None = None
        self._ended = dict(saved.ended)
        self._all: dict[str, dict[int, Restriction]] = {BAN: {}, MUTE: {}, KICK: {}}
        self._by_key: dict[tuple[str, str | bytes], dict[int, Restriction]] = {}
        self._ends: list[tuple[str, int, str]] = []
        for one in saved.restrictions:
            self._keep(one)

    def _changed(self) -> Changes:
        if self.changes is None:
            self.changes = Changes()
        return self.changes

    def set(self, **fields: object) -> None:
        """Change fields of `room`."""
        self.room = self._changed().room = structs.replace(self.room, **fields)

    def note(self, line: AuditLine) -> None:
        """Add a line to the audit."""
        self._changed().acts.append(line)

    # --- restrictions ------------------------------------------------------------------

    def restrict(self, restriction: Restriction) -> Restriction:
        """Let a restriction hold from its `at` on; returns it with its number."""
        self._expire(restriction.at)
        self.set(last=self.room.last + 1)
        one = structs.replace(restriction, number=self.room.last)
        alike = self._all[one.kind]
        if len(alike) >= MOST:
            self.lift(next(iter(alike.values())))
        self._keep(one)
        self._changed().restrictions[one.number] = one
        return one

    def lift(self, one: Restriction) -> None:
        """End a restriction."""
        del self._all[one.kind][one.number]
        for key in one.traces.marks():
            del self._by_key[one.kind, key][one.number]
            if not self._by_key[one.kind, key]:
                del self._by_key[one.kind, key]
        self._changed().restrictions[one.number] = None

    def _keep(self, one: Restriction) -> None:
        self._all[one.kind][one.number] = one
        for key in one.traces.marks():
            self._by_key.setdefault((one.kind, key), {})[one.number] = one
        if one.until:
            heapq.heappush(self._ends, (one.until, one.number, one.kind))
        if len(self._ends) > 4 * MOST:  # most were lifted before their end
            self._ends = [one for one in self._ends if one[1] in self._all[one[2]]]
            heapq.heapify(self._ends)

    def _expire(self, at: str) -> None:
        while self._ends and self._ends[0][0] <= at:
            _, number, kind = heapq.heappop(self._ends)
            if (one := self._all[kind].get(number)) is not None:
                self.lift(one)

    def all(self, kind: str, at: str) -> list[Restriction]:
        """Return those of a kind that hold at this time, newest first."""
        return [one for one in reversed(self._all[kind].values()) if one.holds(at)]

    def number(self, kind: str, number: int, at: str) -> Restriction | None:
        """Return the one with this number, if it is of this kind and holds."""
        one = self._all[kind].get(number)
        return one if one is not None and one.holds(at) else None

    def of(self, kind: str, traces: Traces) -> list[Restriction]:
        """Return those of a kind that share one of these traces."""
        found: dict[int, Restriction] = {}
        for key in traces.marks():
            found |= self._by_key.get((kind, key), {})
        return list(found.values())

    def find(
        self, kind: str, traces: Traces, at: str, *, owner: bool = False
    ) -> Restriction | None:
        """Return the restriction of a person that holds longest; None without one.

        Of an owner only those of the host count.
        """
        if not self._all[kind]:
            return None
        here = [
            one for one in self.of(kind, traces) if one.holds(at) and not (owner and one.member)
        ]
        return max(here, key=lambda one: one.until or _FOR_GOOD, default=None)

    def silenced(self, muted: str, spoke: str, at: str) -> Problem | None:
        """Return why a member cannot send now; None if it can.

        Args:
            muted: until when it is muted.
            spoke: when it last sent something in slow mode; empty if that does not count.
            at: the time.
        """
        if muted > at:
            return problem("muted", until=muted).after(seconds_between(at, muted))
        slow = self.room.slow
        if slow and spoke and spoke <= at:  # a clock may have been set back
            wait = slow - seconds_between(spoke, at)
            if wait > 0:
                return problem("slow", seconds=slow).after(wait)
        return None

    # --- joining -----------------------------------------------------------------------

    @property
    def concerns_joins(self) -> bool:
        """Whether anybody who joins might be refused, muted, or in slow mode."""
        room = self.room
        return bool(room.locked or room.slow or self._ended or any(self._all.values()))

    @property
    def keeps_out(self) -> bool:
        """Whether anybody might be refused."""
        return self.room.locked or bool(self._all[BAN] or self._all[KICK])

    def end_token(self, token_hash: bytes, *, ban: int = 0, kick: int = 0) -> None:
        """Note that the ban with this number, or a kick, ended a membership.

        `kick` is the `seq` of its `left`.
        """
        self._ended[token_hash] = self._changed().ended[token_hash] = ban or -kick
        if len(self._ended) > MOST:
            oldest = next(iter(self._ended))
            del self._ended[oldest]
            self._changed().ended[oldest] = None

    def token_refused(
        self, token_hash: bytes, at: str, body: Callable[[int], bytes | None]
    ) -> Problem | None:
        """Return why a token of no member is refused; None if no act ended it.

        Its owner is told by whom, and why, if it was not there to read that.

        Args:
            token_hash: the hash of the token.
            at: the time.
            body: returns the event with a `seq`, if it is kept.
        """
        ended = self._ended.get(token_hash)
        if ended is None:
            return None
        if ended > 0:
            ban = self.number(BAN, ended, at)
            return _told(banned(ban), ban.by, ban.text) if ban is not None else None
        left = decode_event(kept) if (kept := body(-ended)) else None
        why = problem("kicked")
        return _told(why, left.by, left.text) if isinstance(left, Left) else why

    def refused(self, traces: Traces, at: str, *, owner: bool, new: bool) -> Problem | None:
        """Return why a person cannot join (`new`) or resume now; None if nothing is against it.

        `owner`: with the owner's key.
        """
        if (ban := self.find(BAN, traces, at, owner=owner)) is not None:
            return banned(ban)
        if not new:
            return None
        if (kick := self.find(KICK, traces, at, owner=owner)) is not None:
            wait = seconds_between(at, kick.until)
            return problem("kicked", "again", seconds=max(1, round(wait))).after(wait)
        if self.room.locked and not owner:
            return problem("locked")
        return None


def banned(ban: Restriction) -> Problem:
    """Return the refusal of somebody who is banned."""
    return problem("banned", "until", until=ban.until) if ban.until else problem("banned")


def _told(why: Problem, by: str | UnsetType, text: str | UnsetType) -> Problem:
    told = {name: value for name, value in (("by", by), ("text", text)) if value}
    return structs.replace(why, params={**why.params, **told})


def later(at: str, seconds: float) -> str:
    """Return the time so long after `at`, as `at` of events is written."""
    try:
        then = datetime.fromisoformat(at) + timedelta(seconds=seconds)
    except OverflowError:  # a clock that is far ahead
        return _LAST_MOMENT
    return then.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@lru_cache(64)
def seconds_between(start: str, end: str) -> float:
    """Return the seconds between two times, negative if the second one is earlier."""
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()
