"""The rules of what members do with messages beside saying them, and with their own names.

| request | who | what |
|---|---|---|
| edit | the sender, for a while | a message |
| react | any member | a message or a file |
| pin | moderator | a message or a file |
| rename, note | any member | itself |

A muted member does none of them, except pin where it may. They are carried out as acts are; all
but a note make an event. The row of the message has it as it stands after that (`standing`).
"""

from hashlib import sha256
from typing import Protocol

from server.room import events, quotes
from server.room.interface import Act, PostResult
from server.room.moderation import (
    BAN,
    KICK,
    MUTE,
    AuditLine,
    Moderation,
    Traces,
    banned,
    seconds_between,
)
from server.room.roster import MOST_NOTED, NOTED_BYTES, Member, Roster
from shared import limits, names, protocol, standing
from shared.conversation import Edit, Edited, Pin, Pinned, React, Reacted, Rename, SetNote
from shared.messages import Presence, Said, Shared
from shared.moderation import MEMBER, OWNER, Deleted
from shared.problems import ProblemError, problem

REQUESTS = (Edit, React, Pin, Rename, SetNote)


class Entry(Protocol):
    """The entry of the log in which a change is carried out."""

    at: str

    @property
    def roster(self) -> Roster:
        """The members."""

    @property
    def moderation(self) -> Moderation:
        """The state that acts change."""

    @property
    def edit_window(self) -> float:
        """For how many seconds a message can be edited."""

    def add(self, kind: bytes, member: int, tail: bytes, act: Act | None = None) -> int:
        """Add an event; with `act`, the one that answers it. Returns its `seq`."""

    def change(self, member: Member) -> None:
        """Keep what was changed of a member, and show it in the list of members."""

    def sent(self, seq: int) -> Said | Shared | None:
        """Return a message or a file that is kept and not deleted."""

    def rewrite(self, seq: int, body: bytes) -> None:
        """Let an event be this from now on."""

    def requote(self, seq: int, quote: bytes) -> None:
        """Let replies to an event have this quote."""

    def edit(self, seq: int, target: int) -> None:
        """Note that the `edited` event `seq` gave a message another text."""

    def edits_of(self, target: int) -> list[Edited]:
        """Return the `edited` events of a message."""

    def erase(self, seq: int) -> None:
        """Leave nothing of what an event was, in any file."""

    def pin(self, seq: int, since: int | None) -> None:
        """Pin an event, by the `pinned` event `since`; None: not any more."""

    def presence(self, member: Member, id: str = "") -> Presence:
        """Return the presence of a member; `id` is that of the request for it."""

    def signal(self, member: Member, before: str = "") -> None:
        """Tell all of the presence of a member, which had the name `before`."""

    def renamed(self, member: Member, name: str) -> None:
        """Give a member another name, and keep it."""


def carry_out(entry: Entry, act: Act, actor: Member | None) -> PostResult | None:
    """Carry out a change by `actor`; by the host, if that is None.

    Returns the answer, None where the event is enough.

    Raises:
        ProblemError: it is not allowed, or there is nothing that could be changed.
    """
    request = act.request
    if isinstance(request, Pin):
        _pin(entry, act, actor, request)
        return None
    if actor is None:
        raise ProblemError(problem("not_joined"))
    if isinstance(request, SetNote) and _is_noted(actor, act.key):
        return PostResult(presence=entry.presence(actor, act.key))
    if why := entry.moderation.silenced(actor.muted, "", entry.at):
        raise ProblemError(why)
    match request:
        case Edit():
            _edit(entry, act, actor, request)
        case React():
            _react(entry, act, actor, request)
        case Rename():
            _rename(entry, act, actor, request)
            return PostResult(name=actor.name)
        case SetNote():
            actor.note = request.text
            actor.noted = (actor.noted + _noted(act.key))[-MOST_NOTED * NOTED_BYTES :]
            entry.change(actor)
            entry.signal(actor)
            return PostResult(presence=entry.presence(actor, act.key))
    return None


def delete(entry: Entry, sent: Said | Shared, by: str) -> None:
    """Leave of a message or a file that it was deleted, with all that edits said."""
    deleted = Deleted(seq=0, at=entry.at, name=by, target=sent.seq)
    now = standing.changed(sent, deleted)
    entry.rewrite(sent.seq, events.standing(now))
    entry.requote(sent.seq, quotes.of(events.standing(now)))
    for edited in entry.edits_of(sent.seq):
        entry.rewrite(edited.seq, events.emptied(edited))
    if sent.pinned is True:
        entry.pin(sent.seq, None)
    entry.erase(sent.seq)


def _edit(entry: Entry, act: Act, actor: Member, request: Edit) -> None:
    sent = _sent(entry, request.seq)
    if sent.member != actor.id:
        raise ProblemError(problem("forbidden", "editor"))
    if not isinstance(sent, Said):
        raise ProblemError(problem("bad_request", "file_edit"))
    window = entry.edit_window
    if not window or seconds_between(sent.at, entry.at) > window:
        minutes = round(window / 60, 1)
        shown = int(minutes) if minutes.is_integer() else minutes
        raise ProblemError(problem("forbidden", "edit_window", minutes=shown))
    if len(entry.edits_of(sent.seq)) >= limits.EDITS:
        raise ProblemError(problem("bad_request", "edits"))
    change = Edited(
        seq=0, at=entry.at, name=actor.name, member=actor.id, target=sent.seq, text=request.text
    )
    fields = {"target": sent.seq, "text": request.text}
    seq = entry.add(b"edited", actor.id, events.act(actor.name, fields, act), act)
    body = events.standing(standing.changed(sent, change))
    entry.rewrite(sent.seq, body)
    entry.requote(sent.seq, quotes.of(body))
    entry.edit(seq, sent.seq)


def _react(entry: Entry, act: Act, actor: Member, request: React) -> None:
    sent = _sent(entry, request.seq)
    reactions = sent.reactions or {}
    alike = reactions.get(request.emoji, [])
    if request.on and all(one.member != actor.id for one in alike):
        too_many_kinds = not alike and len(reactions) >= limits.REACTION_KINDS
        if too_many_kinds or sum(map(len, reactions.values())) >= limits.REACTIONS:
            raise ProblemError(problem("bad_request", "reactions"))
    change = Reacted(
        seq=0, at=entry.at, name=actor.name, member=actor.id,
        target=sent.seq, emoji=request.emoji, on=request.on,
    )  # fmt: skip
    fields = {"target": sent.seq, "emoji": request.emoji, "on": request.on}
    entry.add(b"reacted", actor.id, events.act(actor.name, fields, act), act)
    _stands(entry, sent, change)


def _pin(entry: Entry, act: Act, actor: Member | None, request: Pin) -> None:
    if actor is not None and actor.role == MEMBER:
        raise ProblemError(problem("forbidden", "moderator"))
    sent = _sent(entry, request.seq)
    name, number = (actor.name, actor.id) if actor else (protocol.SERVER_NAME, 0)
    fields = {"target": sent.seq, "on": request.on}
    seq = entry.add(b"pinned", number, events.act(name, fields, act), act)
    change = Pinned(seq=seq, at=entry.at, name=name, target=sent.seq, on=request.on)
    _stands(entry, sent, change)
    if request.on or sent.pinned is True:
        entry.pin(sent.seq, seq if request.on else None)
    kind = "pin" if request.on else "unpin"
    entry.moderation.note(
        AuditLine(seq, entry.at, name, number, kind, sent.name, sent.member or 0, str(sent.seq))
    )


def _rename(entry: Entry, act: Act, actor: Member, request: Rename) -> None:
    """Rename a member, where somebody who is new could join with that name."""
    name, before = names.tidy(request.name), actor.name
    traces, owner = Traces.of(name, b"", ""), actor.role == OWNER
    if ban := entry.moderation.find(BAN, traces, entry.at, owner=owner):
        raise ProblemError(banned(ban))
    if entry.moderation.find(KICK, traces, entry.at, owner=owner):
        raise ProblemError(problem("name_taken", name=name))
    entry.roster.check_free(name, entry.at, actor)
    mute = entry.moderation.find(MUTE, traces, entry.at, owner=owner)
    if mute is not None and mute.until > actor.muted:
        actor.muted = mute.until
    tail = events.act(before, {"to": name}, act)
    entry.add(b"renamed", actor.id, tail, act)
    entry.renamed(actor, name)
    entry.signal(actor, before)


def _stands(entry: Entry, sent: Said | Shared, change: standing.Change) -> None:
    now = standing.changed(sent, change)
    if now != sent:
        entry.rewrite(sent.seq, events.standing(now))


def _sent(entry: Entry, seq: int) -> Said | Shared:
    sent = entry.sent(seq)
    if sent is None:
        raise ProblemError(problem("not_found", "message", seq=seq))
    return sent


def _noted(key: str) -> bytes:
    """Return the hash of a request; its member alone can make another one like it."""
    return sha256(key.encode("utf-8", "surrogatepass")).digest()[:NOTED_BYTES]


def _is_noted(member: Member, key: str) -> bool:
    """Whether this request for a note was carried out before."""
    known = _noted(key)
    places = range(0, len(member.noted), NOTED_BYTES)
    return any(member.noted[place : place + NOTED_BYTES] == known for place in places)
