"""The events of the conversation that are in memory, and the page on screen."""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from msgspec import UNSET, structs

from client_mvc.model.observable import Observable
from client_mvc.model.page import HistoryPage
from shared import messages, moderation

KEPT = 20_000
"""How many events stay in memory; the oldest are dropped first."""


class Conversation:
    """Events in the order of `seq`. `added` has each new event; `cleared` means none is left.

    `page` is the part on screen, which may be older than all events in memory. `deleted` has
    each message and file that a `deleted` event names, as it stood before, if it was here.
    """

    def __init__(self, kept: int = KEPT) -> None:
        self.added: Observable[messages.AnyEvent] = Observable()
        self.cleared: Observable[None] = Observable()
        self.deleted: Observable[messages.Said | messages.Shared] = Observable()
        self.page = HistoryPage()
        self._events: deque[messages.AnyEvent] = deque(maxlen=kept)
        self._deletions: dict[int, messages.Deletion] = {}

    def __len__(self) -> int:
        return len(self._events)

    def __iter__(self) -> Iterator[messages.AnyEvent]:
        return iter(self._events)

    @property
    def newest(self) -> int:
        """The `seq` of the newest event; 0 if there is none."""
        return self._events[-1].seq if self._events else 0

    def add(self, event: messages.AnyEvent) -> None:
        """Append the next event."""
        event = self._as_it_stands(event)
        self._events.append(event)
        self.page.add(event)
        self.added.notify(event)
        if isinstance(event, moderation.Deleted):
            self._delete(event)

    def as_they_stand(self, events: Iterable[messages.AnyEvent]) -> list[messages.AnyEvent]:
        """Return events that the server sent, without what was deleted meanwhile.

        A server sends each event as it stands, but a deletion may overtake its answer.
        """
        sent = list(events)
        for event in sent:
            if isinstance(event, moderation.Deleted):
                self._delete(event)
        return [self._as_it_stands(event) for event in sent]

    def _as_it_stands(self, event: messages.AnyEvent) -> messages.AnyEvent:
        deletion = self._deletions.get(event.seq)
        if deletion is None or not isinstance(event, messages.Said | messages.Shared):
            return event
        return _without_content(event, deletion)

    def _delete(self, deleted: moderation.Deleted) -> None:
        """Remove the text or file of a message, wherever it is in memory."""
        seq, deletion = deleted.target, messages.Deletion(deleted.name, deleted.at)
        self._deletions.setdefault(seq, deletion)
        place = bisect_left(self._events, seq, key=lambda each: each.seq)
        here = place < len(self._events) and self._events[place].seq == seq
        found = (
            [self._events[place]] if here else [each for each in self.page if each.seq == seq]
        )
        for event in found:
            if isinstance(event, messages.Said | messages.Shared) and not event.deleted:
                empty = _without_content(event, deletion)
                if here:
                    self._events[place] = empty
                self.page.replace(empty)
                self.deleted.notify(event)

    def clear(self) -> None:
        """Remove all events: of another room, or of a journal that no longer exists."""
        self._events.clear()
        self._deletions.clear()
        self.page.clear()
        self.cleared.notify(None)

    def before(self, seq: int, limit: int) -> Sequence[messages.AnyEvent]:
        """Return at most `limit` events right before `seq` from memory, oldest first."""
        older = [event for event in self._events if event.seq < seq]
        return older[-limit:]

    def after(self, seq: int, limit: int) -> Sequence[messages.AnyEvent]:
        """Return at most `limit` events after `seq`; none if the next is not in memory."""
        if not self._events or seq + 1 < self._events[0].seq:
            return ()
        return [event for event in self._events if event.seq > seq][:limit]

    def show_newest(self) -> None:
        """Turn the page to the newest events; it is live from there."""
        self.page.turn(tuple(self._events), live=True, begins=False)

    def find(self, seq: int) -> messages.AnyEvent | None:
        """Return the event `seq` if it is in memory or on the page."""
        return next((each for each in chain(self.page, self._events) if each.seq == seq), None)

    def file(self, id: str) -> messages.File | None:
        """Return the shared file `id` if its event is in memory or on the page."""
        for event in chain(reversed(self._events), reversed(self.page)):
            if isinstance(event, messages.Shared) and event.file and event.file.id == id:
                return event.file
        return None

    def known(self) -> list[messages.AnyEvent]:
        """Return all events in memory or on the page, in order.

        Where the page is far older than memory, their `seq` show the gap.
        """
        found = {event.seq: event for event in chain(self.page, self._events)}
        return [found[seq] for seq in sorted(found)]

    def files(self) -> list[messages.File]:
        """Return the shared files whose events are in memory or on the page, in order."""
        return [
            event.file
            for event in self.known()
            if isinstance(event, messages.Shared) and event.file
        ]


def _without_content(
    event: messages.Said | messages.Shared, deletion: messages.Deletion
) -> messages.Said | messages.Shared:
    if isinstance(event, messages.Said):
        return structs.replace(event, text="", deleted=deletion)
    return structs.replace(event, file=UNSET, deleted=deletion)
