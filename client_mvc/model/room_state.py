"""The rules of the room as the client knows them: roles, topic, lock, slow mode, own mute.

A `welcome` has them as of its `seq`; the events after it change them in order.
"""

from client_mvc.model.members import Members, Role
from client_mvc.model.observable import Observable
from shared import conversation, limits, messages, moderation

MODERATION, DELETING = "moderation", "deleting"
REPLIES, REACTIONS, EDITING = "replies", "reactions", "editing"
PINS, RENAMING, NOTES, MEDIA = "pins", "renaming", "notes", "media"
"""Features of a server (`welcome.features`)."""


class RoomState:
    """`slow` is in seconds, 0 without slow mode. `muted_until` is as `at` of events, or empty.

    `mute_began` is the time of the event that muted the client, by the clock of the server;
    empty if a `welcome` told of the mute. `features` are those that the server names, and
    `limits` what it takes; `number` is the client's own.
    """

    def __init__(self, members: Members) -> None:
        self.changed: Observable[None] = Observable()
        self._members = members
        self._as_of = 0
        self._you = ""
        self.number: int | None = None
        self.limits = messages.Limits(limits.TEXT_CHARACTERS, limits.DEFAULT_FILE_BYTES)
        self.features: frozenset[str] = frozenset()
        self.topic = ""
        self.locked = False
        self.slow = 0
        self.muted_until = ""
        self.mute_began = ""
        members.changed.subscribe(lambda _: self.changed.notify(None))

    @property
    def moderated(self) -> bool:
        """Whether the server has roles, bans and the other acts."""
        return MODERATION in self.features

    @property
    def deleting(self) -> bool:
        """Whether members can delete their messages."""
        return DELETING in self.features

    @property
    def role(self) -> Role:
        """The client's own role."""
        return self._members.role_of(self._you, self.number)

    def welcomed(self, welcome: messages.Welcome) -> None:
        """Take the rules of a `welcome`, after its members are known."""
        self._as_of = welcome.seq
        self._you, self.number = welcome.you, welcome.member or None
        self.features, self.limits = frozenset(welcome.features), welcome.limits
        self.topic, self.locked, self.slow = welcome.topic, welcome.locked, welcome.slow
        self.muted_until = welcome.muted.until if welcome.muted else ""
        self.mute_began = ""
        self.changed.notify(None)

    def apply(self, event: messages.AnyEvent) -> None:
        """Change what the event changes, unless the `welcome` includes it."""
        if event.seq <= self._as_of:
            return
        match event:
            case moderation.TopicSet(text=text):
                self.topic = text
            case moderation.Locked(on=on):
                self.locked = on
            case moderation.Slowed(seconds=seconds):
                self.slow = seconds
            case moderation.Muted(target=name, target_member=number, until=until):
                if not self.is_own(name, number or None):
                    return
                self.muted_until, self.mute_began = until or "", event.at if until else ""
            case conversation.Renamed(name=name, to=to):
                if not self.is_own(name, event.member or None):
                    return
                self._you = to
            case _:
                return
        self.changed.notify(None)

    def is_own(self, name: str, number: int | None) -> bool:
        """Tell whether an event names this client: by number where both have one."""
        if number is not None and self.number is not None:
            return number == self.number
        return name == self._you

    def clear(self) -> None:
        """Forget the room: the client has left it."""
        self._as_of, self._you, self.number = 0, "", None
        self.features = frozenset()
        self.topic, self.locked, self.slow = "", False, 0
        self.muted_until = self.mute_began = ""
        self.changed.notify(None)
