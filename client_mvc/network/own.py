"""The client's own member: its name and number, and when it said that it types. Pure."""

from shared import conversation, limits, messages, names

TYPING = "typing"
"""The feature of a server that passes on who is writing."""


class Own:
    """`name` is the member's, or the one to join with. Times are in seconds."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._number: int | None = None
        self._as_of = 0
        self._typing_at: float | None = None

    def welcomed(self, welcome: messages.Welcome, now: float) -> None:
        """Take the name and number that the server gives, and whether it passes on `typing`."""
        self.name = welcome.you
        self._number = welcome.member or None
        self._as_of = welcome.seq
        self._typing_at = now if TYPING in welcome.features else None

    def matches(self, event: messages.Event) -> bool:
        """Return whether the member that the event names is this one.

        Names change; numbers do not, where the server has them.
        """
        if event.member and self._number is not None:
            return event.member == self._number
        return names.key_of_any(event.name) == names.key_of_any(self.name)

    def apply(self, event: messages.AnyEvent) -> None:
        """Take a new name of this member; the welcome knows those of the replay."""
        live = event.seq > self._as_of
        if isinstance(event, conversation.Renamed) and live and self.matches(event):
            self.name = event.to

    def tells_typing(self, now: float) -> bool:
        """Return whether to tell the others now that the person writes; counts as told."""
        if self._typing_at is None or now < self._typing_at:
            return False
        self._typing_at = now + limits.TYPING_EVERY
        return True
