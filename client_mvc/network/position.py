"""The place of a client in a room's journal: the last event it holds. Pure."""

from shared import messages


class Position:
    """`seq` is that of the last event held, `at` its time; None before the first one.

    `target` is the `seq` that the last welcome named: events up to it are the replay.
    """

    def __init__(self, seq: int | None, at: str = "", journal: str = "") -> None:
        self.seq = seq
        self.at = at
        self.journal = journal
        self.target = 0
        self._renewed: str | None = None

    def is_in(self, journal: str) -> bool:
        """Return whether a room with this journal can be the one of this place."""
        return self.journal in ("", journal) or self._renewed == journal

    def found(self, journal: str) -> None:
        """Take `journal` for that of this room, or for its new history."""
        self.journal, self._renewed = self.journal or journal, journal

    def welcomed(self, welcome: messages.Welcome) -> bool:
        """Take the target from a welcome. Return whether to forget the events held."""
        counts_anew = self.seq is not None and welcome.seq < self.seq
        forget = welcome.reset or counts_anew
        if forget:
            self.seq, self.at = None, ""
        self.target, self.journal, self._renewed = welcome.seq, welcome.journal, None
        return forget

    def take(self, event: messages.AnyEvent) -> bool:
        """Move to the next event. Return False for one held before. Raises `Gap`."""
        highest = self.target if self.seq is None else self.seq + 1
        if event.seq > highest:
            raise Gap
        if self.seq is not None and event.seq <= self.seq:
            return False
        self.seq, self.at = event.seq, event.at
        return True

    @property
    def at_target(self) -> bool:
        """Whether the replay is complete."""
        return (self.seq or 0) >= self.target


class Gap(Exception):
    """Events before this one are missing."""
