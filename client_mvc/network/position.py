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
        self._other_journal = False

    def found(self, journal: str) -> bool:
        """Return whether a room with this journal can be the one held; else let go of it."""
        known = self.journal in ("", journal)
        if not known:
            self._other_journal = True
            self._forget()
        return known

    def welcomed(self, welcome: messages.Welcome) -> bool:
        """Take the target from a welcome. Return whether to forget the events held."""
        counts_anew = self.seq is not None and welcome.seq < self.seq
        forget = welcome.reset or counts_anew or self._other_journal
        if forget:
            self._forget()
        self._other_journal = False
        self.target, self.journal = welcome.seq, welcome.journal
        return forget

    def take(self, event: messages.AnyEvent) -> bool:
        """Move to the next event. Return False for one held before. Raises `Gap`."""
        if self.seq is not None and event.seq > self.seq + 1:
            raise Gap
        if self.seq is not None and event.seq <= self.seq:
            return False
        self.seq, self.at = event.seq, event.at
        return True

    @property
    def at_target(self) -> bool:
        """Whether the replay is complete."""
        return (self.seq or 0) >= self.target

    def _forget(self) -> None:
        self.seq, self.at, self.journal = None, "", ""


class Gap(Exception):
    """Events before this one are missing."""
