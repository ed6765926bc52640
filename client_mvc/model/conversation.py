"""The events of the conversation that are kept in memory, and the page of them on screen."""

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import chain

from client_mvc.model.observable import Observable
from client_mvc.model.page import Page
from shared import messages

KEPT = 20_000
"""How many events are kept; the oldest go first."""


class Conversation:
    """Events in the order of `seq`. `added` tells each, `cleared` that all are gone.

    `page` is what of it is on screen; it may be older than anything that is kept here.
    """

    def __init__(self, kept: int = KEPT) -> None:
        self.added: Observable[messages.AnyEvent] = Observable()
        self.cleared: Observable[None] = Observable()
        self.page = Page()
        self._events: deque[messages.AnyEvent] = deque(maxlen=kept)

    def __len__(self) -> int:
        return len(self._events)

    def __iter__(self) -> Iterator[messages.AnyEvent]:
        return iter(self._events)

    @property
    def newest(self) -> int:
        """The newest `seq`; 0 when nothing was said."""
        return self._events[-1].seq if self._events else 0

    def add(self, event: messages.AnyEvent) -> None:
        """The next event."""
        self._events.append(event)
        self.page.add(event)
        self.added.notify(event)

    def clear(self) -> None:
        """Forget everything: another room, or a room that forgot."""
        self._events.clear()
        self.page.clear()
        self.cleared.notify(None)

    def before(self, seq: int, limit: int) -> Sequence[messages.AnyEvent]:
        """At most `limit` events right before `seq`, oldest first; empty if none is kept."""
        older = [event for event in self._events if event.seq < seq]
        return older[-limit:]

    def after(self, seq: int, limit: int) -> Sequence[messages.AnyEvent]:
        """At most `limit` events right after `seq`; empty if the next one is not kept."""
        if not self._events or seq + 1 < self._events[0].seq:
            return ()
        return [event for event in self._events if event.seq > seq][:limit]

    def show_newest(self) -> None:
        """Turn the page to the end, and go on from there."""
        self.page.turn(tuple(self._events), live=True, begins=False)

    def file(self, id: str) -> messages.File | None:
        """The shared file `id`, if its event is still kept or on the page."""
        for event in chain(reversed(self._events), reversed(self.page)):
            if isinstance(event, messages.Shared) and event.file.id == id:
                return event.file
        return None

    def known(self) -> list[messages.AnyEvent]:
        """Every event that is kept or on the page, in order. Where the page is far older than
        what is kept, their `seq` shows the gap.
        """
        found = {event.seq: event for event in chain(self.page, self._events)}
        return [found[seq] for seq in sorted(found)]

    def files(self) -> list[messages.File]:
        """Every shared file whose event is still kept or on the page, in order."""
        return [event.file for event in self.known() if isinstance(event, messages.Shared)]
