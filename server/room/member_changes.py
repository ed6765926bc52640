"""The members within an entry of the log: what it changes of them, and tells others of them.

See `core` for what holds here too: no clock, no randomness, no socket, no thread.
"""

from itertools import islice

from msgspec import UNSET, structs

from server.room import events
from server.room.interface import Act, CloseReason, JoinAccepted
from server.room.outcome import Outcome
from server.room.pins import Pins
from server.room.roster import MOST_RECENT, Member, RecentName, Roster
from server.room.rows import Rows
from server.room.storage.journal import Journal
from shared import names
from shared.codec import encode
from shared.messages import Presence


class MemberChanges(Rows):
    """The changes of members in the log entry at `position`, beside its events.

    `changed` are the members whose state it changes by number, None for those that left;
    `outcome` is what others are told.
    """

    def __init__(
        self, journal: Journal, pins: Pins, roster: Roster, position: int, at: str
    ) -> None:
        super().__init__(journal, pins, at)
        self._roster = self.roster = roster
        self.position = position
        self.outcome = Outcome()
        self.changed: dict[int, Member | None] = {}
        self._names: dict[str, None] = {}
        self._unlisted: list[JoinAccepted] = []

    def add(self, kind: bytes, member: int, tail: bytes, act: Act | None = None) -> int:
        """Add an event; with `act`, the one that answers it. Returns its `seq`."""
        self.list_members()
        return super().add(kind, member, tail, act)

    def list_members(self) -> None:
        """Give the list of members to the joins that lack it yet.

        Where many resume at once, all of them get the same list: it has presence that changed
        behind a join, too. That comes to it once more, and changes nothing then.
        """
        if self._unlisted:
            members = self._roster.listing()
            for accepted in self._unlisted:
                structs.force_setattr(accepted, "members", members)
            self._unlisted.clear()

    def change(self, member: Member) -> None:
        """Keep what was changed of a member, and show it in the list of members."""
        self._roster.changed(member)
        self.changed[member.id] = member

    def renamed(self, member: Member, name: str) -> None:
        """Give a member another name, and keep it."""
        for key in self._roster.rename(member, name, self.at):
            self._name_changed(key)
        self.changed[member.id] = member

    def _name_changed(self, key: str) -> None:
        """Write what becomes of this name, in the order in which names changed."""
        self._names.pop(key, None)
        self._names[key] = None

    def _attach(self, member: Member, connection: int, worker: int, host: str) -> None:
        was_away = member.connection is None
        replaced = self._roster.attach(member, connection, worker, host)
        if replaced is not None:
            self.outcome.evictions.append((replaced, CloseReason.REPLACED))
        if was_away:
            self.signal(member)
        self.changed[member.id] = member

    def _detach(self, member: Member, *, hold: bool = False) -> None:
        if member.connection is None:
            return
        self._roster.detach(member, self.position, hold=hold)
        self.signal(member)
        self.outcome.disconnected.append(member.id)
        self.changed[member.id] = member

    def end(
        self, member: Member, reason: str, by: str = "", text: str = "", act: Act | None = None
    ) -> int:
        """End a membership; returns the `seq` of its `left`, which answers `act`."""
        if by and (member.connection or member.held):
            removed = member.connection or member.held
            self.outcome.evictions.append((removed, CloseReason.REMOVED))
        elif member.held:
            self.outcome.evictions.append((member.held, CloseReason.SHUTTING_DOWN))
        self._roster.remove(member, self.at)
        self._name_changed(names.key(member.name))
        self.outcome.signals.pop(member.name, None)
        self.outcome.signals[member.name] = b""
        self.changed[member.id] = None
        left = events.left(member.name, reason, by, text, act)
        return self.add(b"left", member.id, left, act)

    def recent_names(self) -> dict[str, RecentName | None]:
        """Return what this entry changes in the names of members that left, by key."""
        recent = self._roster.recent
        for key in list(islice(recent, max(0, len(recent) - MOST_RECENT))):
            self._roster.forget(key)
            self._name_changed(key)
        return {key: recent.get(key) for key in self._names}

    def presence(self, member: Member, id: str = "") -> Presence:
        """Return the presence of a member; `id` is that of the request for it."""
        note = member.note or UNSET
        return Presence(member.name, member.state, member.id, note, id or UNSET)

    def signal(self, member: Member, before: str = "") -> None:
        """Tell all of the presence of a member, which had the name `before`."""
        signals = self.outcome.signals
        if before:
            signals.pop(before, None)
            signals[before] = b""
        signals.pop(member.name, None)
        signals[member.name] = encode(self.presence(member))
