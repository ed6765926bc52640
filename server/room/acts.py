"""The rules of acts: who may do what to whom, and which events come of it.

| act | who | on whom |
|---|---|---|
| claim | who has the owner's key | themselves |
| role | owner | anybody; of owners only themselves |
| kick, ban, mute | moderator | members; an owner on moderators too |
| unban, slow, lock, topic | moderator | the room |
| delete | moderator, or the sender | a message or a file |

An owner may do all that a moderator may. Nobody acts on an owner, except the host, who may do
everything.
"""

import hmac
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from msgspec import UNSET

from server.room import changes, events
from server.room.interface import Act
from server.room.moderation import (
    BAN,
    KICK,
    KICKED_FOR,
    MUTE,
    AuditLine,
    Moderation,
    Restriction,
    Traces,
    later,
)
from server.room.roster import Member
from shared import names, protocol
from shared.moderation import (
    MEMBER,
    MODERATOR,
    OWNER,
    ROLES,
    Ban,
    Claim,
    Delete,
    Kick,
    Lock,
    Mute,
    SetRole,
    SetTopic,
    Slow,
    Target,
    Unban,
)
from shared.problems import ProblemError, problem

EXPIRED = "expired "
"""The keys of acts by which the room itself deletes what is too old begin so."""
_UNTIL_ROLE_CHARACTERS = 40


class Entry(changes.Entry, Protocol):
    """The entry of the log in which an act is carried out."""

    def end(
        self, member: Member, reason: str, by: str = "", text: str = "", act: Act | None = None
    ) -> int:
        """End a membership; returns the `seq` of its `left`, which answers `act`."""


class Person(NamedTuple):
    """Whom an act concerns: a member, or (`here` is None) one who left lately."""

    name: str
    number: int
    role: str
    traces: Traces
    here: Member | None


class Done(NamedTuple):
    """An act that was carried out: the `seq` of its event, and what the audit says of it."""

    seq: int
    target: str = ""
    target_member: int = 0
    value: str = ""
    text: str = ""


def carry_out(entry: Entry, act: Act, actor: Member | None) -> None:
    """Carry out an act of `actor`; of the host, if that is None.

    The audit has all of them but deletions of one's own, and those of old files: it keeps so
    many lines, and they would push out what people did.

    Raises:
        ProblemError: it is not allowed, or there is nothing that it could be done to.
    """
    request = act.request
    acting = _Acting(entry, act, actor)
    done = acting.by_request[type(request)](request)
    if isinstance(request, Delete) and _is_usual(act, actor, done):
        return
    kind = type(request).__struct_config__.tag
    entry.moderation.note(_line(entry, str(kind), acting.by, done))


def _is_usual(deletion: Act, actor: Member | None, done: "Done") -> bool:
    """Whether a deletion is of one's own message, or of a file that is too old."""
    if actor is None:
        return deletion.key.startswith(EXPIRED)
    return done.target_member == actor.id


def make_owner(entry: Entry, member: Member) -> None:
    """Make an owner of a member who has joined with the owner's key."""
    by = _By(member.name, member.id)
    done = Done(_set_role(entry, member, OWNER, by), member.name, member.id, OWNER)
    entry.moderation.note(_line(entry, "claim", by, done))


def change_key(entry: Entry, key: bytes) -> None:
    """Let another owner's key hold (its SHA-256), which ends the roles of the former one."""
    moderation = entry.moderation
    if moderation.room.owner == key:
        return
    if moderation.room.owner:
        for member in entry.roster.members():
            if member.role == OWNER:
                seq = _set_role(entry, member, MEMBER, _HOST)
                done = Done(seq, member.name, member.id, MEMBER, "another owner's key")
                moderation.note(_line(entry, "role", _HOST, done))
    moderation.set(owner=key)


def _line(entry: Entry, act: str, by: "_By", done: Done) -> AuditLine:
    return AuditLine(done.seq, entry.at, by.name, by.number, act, *done[1:])


def _set_role(entry: Entry, member: Member, role: str, by: "_By") -> int:
    member.role = role
    if role == OWNER:
        muted = entry.moderation.find(MUTE, member.traces, entry.at, owner=True)
        member.muted = muted.until if muted else ""
    entry.change(member)
    fields = {"target": member.name, "role": role, "target_member": member.id}
    return entry.add(b"role", by.number, events.act(by.name, fields, by.act), by.act)


class _By(NamedTuple):
    """Who does something, and the act by which, if it is one."""

    name: str
    number: int
    act: Act | None = None


_HOST = _By(protocol.SERVER_NAME, 0)


class _Acting:
    """One act, while it is carried out."""

    def __init__(self, entry: Entry, act: Act, actor: Member | None) -> None:
        self._entry = entry
        self._moderation = entry.moderation
        self._act = act
        self._actor = actor
        name, number = (actor.name, actor.id) if actor else (protocol.SERVER_NAME, 0)
        self.by = _By(name, number, act)
        self.by_request: Mapping[type, Callable[[Any], Done]] = {
            Claim: self._claim,
            SetRole: self._role,
            Kick: self._kick,
            Ban: self._ban,
            Unban: self._unban,
            Mute: self._mute,
            Slow: self._slow,
            Lock: self._lock,
            SetTopic: self._topic,
            Delete: self._delete,
        }

    # --- the acts ----------------------------------------------------------------------

    def _claim(self, claim: Claim) -> Done:
        if self._actor is None or not is_key(self._moderation, claim.key):
            raise ProblemError(problem("forbidden", "owner_key"))
        seq = _set_role(self._entry, self._actor, OWNER, self.by)
        return Done(seq, self.by.name, self.by.number, OWNER)

    def _role(self, request: SetRole) -> Done:
        self._needs(OWNER)
        if request.role not in ROLES:
            shown = request.role[:_UNTIL_ROLE_CHARACTERS]
            raise ProblemError(problem("bad_request", "role", role=shown))
        person = self._find(request.target)
        if person.here is None:
            raise _no_member(request.target)
        if person.here is not self._actor:
            self._may_act_on(person.role)
        seq = _set_role(self._entry, person.here, request.role, self.by)
        return Done(seq, person.name, person.number, request.role)

    def _kick(self, request: Kick) -> Done:
        self._needs(MODERATOR)
        person = self._find(request.target)
        if person.here is None:
            raise _no_member(request.target)
        self._may_act_on(person.role)
        traces = Traces(person.traces.look, self._device_of(person))
        self._restrict(KICK, person, traces, KICKED_FOR, request.text)
        seq = self._entry.end(person.here, "kicked", self.by.name, request.text, self._act)
        self._moderation.end_token(person.here.token_hash, kick=seq)
        return Done(seq, person.name, person.number, "", request.text)

    def _ban(self, request: Ban) -> Done:
        self._needs(MODERATOR)
        person = self._find(request.target)
        self._may_act_on(person.role)
        traces = self._traces_of(person)
        ban = self._restrict(BAN, person, traces, request.minutes * 60, request.text)
        fields = {
            "target": person.name,
            "until": ban.until,
            "text": request.text,
            "target_member": person.number,
        }
        seq = self._add(b"banned", fields)
        for member in self._entry.roster.members():
            if member is person.here or (traces.device and member.device == traces.device):
                self._moderation.end_token(member.token_hash, ban=ban.number)
                self._entry.end(member, "banned", self.by.name, request.text)
        return Done(seq, person.name, person.number, ban.until or "for good", request.text)

    def _unban(self, request: Unban) -> Done:
        self._needs(MODERATOR)
        ban = self._moderation.number(BAN, request.ban, self._entry.at)
        if ban is None:
            raise ProblemError(problem("not_found", "ban", ban=request.ban))
        self._moderation.lift(ban)
        return Done(self._add(b"unbanned", {"target": ban.name}), ban.name)

    def _mute(self, request: Mute) -> Done:
        self._needs(MODERATOR)
        person = self._find(request.target)
        self._may_act_on(person.role)
        traces = self._traces_of(person)
        former = Traces(person.traces.look, person.traces.device)
        for one in self._moderation.of(MUTE, former):
            self._moderation.lift(one)
        until = ""
        if request.minutes:
            until = self._restrict(MUTE, person, traces, request.minutes * 60, "").until
        for member in self._entry.roster.members():
            if member is person.here or (traces.device and member.device == traces.device):
                member.muted = until
                self._entry.change(member)
        fields = {"target": person.name, "until": until, "target_member": person.number}
        seq = self._add(b"muted", fields)
        return Done(seq, person.name, person.number, until or "ended")

    def _slow(self, request: Slow) -> Done:
        self._needs(MODERATOR)
        self._moderation.set(slow=request.seconds)
        seq = self._add(b"slowed", {"seconds": request.seconds})
        return Done(seq, value=f"{request.seconds} s" if request.seconds else "off")

    def _lock(self, request: Lock) -> Done:
        self._needs(MODERATOR)
        self._moderation.set(locked=request.on)
        return Done(
            self._add(b"locked", {"on": request.on}), value="on" if request.on else "off"
        )

    def _topic(self, request: SetTopic) -> Done:
        self._needs(MODERATOR)
        muted = self._actor.muted if self._actor else ""
        if why := self._moderation.silenced(muted, "", self._entry.at):
            raise ProblemError(why)  # it would be a message to everybody
        self._moderation.set(topic=request.text)
        return Done(
            self._add(b"topic", {"text": request.text}, keep=("text",)), value=request.text
        )

    def _delete(self, request: Delete) -> Done:
        sent = self._entry.sent(request.seq)
        if sent is None:
            raise ProblemError(problem("not_found", "message", seq=request.seq))
        by_member = self._actor is not None and self._actor.role == MEMBER
        if by_member and sent.member != self.by.number:
            raise ProblemError(problem("forbidden", "sender"))
        changes.delete(self._entry, sent, self.by.name)
        seq = self._add(b"deleted", {"target": sent.seq})
        member = 0 if sent.member is UNSET else sent.member
        return Done(seq, sent.name, member, str(sent.seq))

    # --- what they share ---------------------------------------------------------------

    def _add(
        self, kind: bytes, fields: Mapping[str, object], keep: tuple[str, ...] = ()
    ) -> int:
        """Add the event that answers the act."""
        tail = events.act(self.by.name, fields, self._act, keep)
        return self._entry.add(kind, self.by.number, tail, self._act)

    def _needs(self, role: str) -> None:
        """Check that the actor has this role at least."""
        if self._actor is None or self._actor.role == OWNER:
            return
        if role == OWNER or self._actor.role != MODERATOR:
            raise ProblemError(problem("forbidden", role))

    def _may_act_on(self, role: str) -> None:
        if not self._may(role):
            on = "on_owner" if role == OWNER else "on_moderator"
            raise ProblemError(problem("forbidden", on))

    def _may(self, role: str) -> bool:
        """Whether the actor may act on those of this role."""
        if self._actor is None:
            return True
        return role != OWNER and (role != MODERATOR or self._actor.role == OWNER)

    def _find(self, target: Target) -> Person:
        """Return the member with this name or number, or who had it and left lately."""
        roster = self._entry.roster
        if isinstance(target, int):
            here = roster.by_id(target)
            left = None if here else roster.left(target)
        else:
            try:
                key = names.key(names.tidy(target))
            except ProblemError:
                raise _no_member(target) from None
            here, left = roster.by_key(key), roster.recent.get(key)
        if here is None and left is not None:  # perhaps its name from before
            here = roster.by_id(left.member)
        if here is not None:
            return Person(here.name, here.id, here.role, here.traces, here)
        if left is None:
            raise _no_member(target)
        return Person(left.name, left.member, left.role, left.traces, None)

    def _traces_of(self, person: Person) -> Traces:
        """Return by what a ban or mute holds: not by the address of who acts."""
        mine = self._actor.address if self._actor else ""
        address = "" if person.traces.address == mine else person.traces.address
        return Traces(person.traces.look, self._device_of(person), address)

    def _device_of(self, person: Person) -> bytes:
        """Return the device, unless somebody has it too on whom the actor may not act."""
        device = person.traces.device
        others = [
            member
            for member in self._entry.roster.members()
            if device and member.device == device and member is not person.here
        ]
        shared = any(one is self._actor or not self._may(one.role) for one in others)
        return b"" if shared else device

    def _restrict(
        self, kind: str, person: Person, traces: Traces, seconds: float, text: str
    ) -> Restriction:
        """Restrict a person for so long; 0 seconds: for good."""
        at = self._entry.at
        return self._moderation.restrict(
            Restriction(
                number=0,
                kind=kind,
                name=person.name,
                traces=traces,
                by=self.by.name,
                member=self.by.number,
                at=at,
                until=later(at, seconds) if seconds else "",
                text=text,
            )
        )


def is_key(moderation: Moderation, key: str | bytes) -> bool:
    """Whether this is the owner's key: its SHA-256, also in hexadecimal."""
    if isinstance(key, str):
        try:
            key = bytes.fromhex(key)
        except ValueError:
            return False
    owner = moderation.room.owner
    return bool(owner) and hmac.compare_digest(key, owner)


def _no_member(target: Target) -> ProblemError:
    shown = target if isinstance(target, int) else target[: 2 * 32]
    return ProblemError(problem("not_found", "member", target=shown))
