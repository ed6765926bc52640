"""The part of the conversation that is on screen, and its moves through history.

Events without a gap, oldest first, and few enough that the window stays fast.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from client_mvc.model.observable import Observable
from shared import messages
from shared.conversation import Edited, Reacted
from shared.moderation import Deleted

LINES = 3_400
"""About how many lines of the window a page may fill."""
_SLACK = 200
_CARD_LINES = 20
_OF_A_LINE = 0.125


class HistoryPage:
    """While it is `live`, a page ends with the newest event and grows with each new one.

    `begins`: the server has no older event. `missed` counts the messages and files since the
    page stopped being live. `edition` changes with each `turn`, which replaces all events.
    `replaced` are the `seq` of events that another state took the place of since the screen
    last showed the page; who shows them removes them.
    """

    def __init__(self, lines: int = LINES) -> None:
        self.changed: Observable[None] = Observable()
        self.live = True
        self.begins = False
        self.missed = 0
        self.edition = 0
        self.replaced: set[int] = set()
        self._events: deque[messages.AnyEvent] = deque()
        self._most = lines
        self._lines = 0.0
        self._reading = False

    def __len__(self) -> int:
        return len(self._events)

    def __iter__(self) -> Iterator[messages.AnyEvent]:
        return iter(self._events)

    def __reversed__(self) -> Iterator[messages.AnyEvent]:
        return reversed(self._events)

    def __contains__(self, seq: int) -> bool:
        return bool(self._events) and self.first <= seq <= self.last

    @property
    def first(self) -> int:
        """The oldest `seq`; 0 on an empty page."""
        return self._events[0].seq if self._events else 0

    @property
    def last(self) -> int:
        """The newest `seq`; 0 on an empty page."""
        return self._events[-1].seq if self._events else 0

    def read(self, *, further_up: bool) -> None:
        """Note whether the reader has scrolled up; then no event they may read is removed."""
        self._reading = further_up

    def add(self, event: messages.AnyEvent) -> None:
        """Append a new event if the page is live, otherwise count it as missed."""
        full = self._lines + _lines(event) > self._most + _SLACK
        if self.live and full and self._reading:
            self.live = False
        if self.live:
            self._append([event])
        elif isinstance(event, messages.Said | messages.Shared):
            self.missed += 1
        self.changed.notify(None)

    def turn(self, events: Sequence[messages.AnyEvent], *, live: bool, begins: bool) -> None:
        """Replace all events."""
        self._events.clear()
        self.replaced.clear()
        self._lines = 0.0
        self.edition += 1
        self.live, self.begins, self.missed = live, begins, 0
        self._reading = not live
        self._append(events)
        self.changed.notify(None)

    def older(self, events: Sequence[messages.AnyEvent], *, begins: bool) -> None:
        """Prepend older events, and remove the newest where the page gets too long."""
        if events and self._events and events[-1].seq + 1 != self.first:
            return  # the page was turned meanwhile
        for event in reversed(events):
            self._events.appendleft(event)
            self._lines += _lines(event)
        self.begins = begins
        if self._lines > self._most + _SLACK:
            self.live = False
            while self._lines > self._most:
                self._lines -= _lines(self._events.pop())
        self.changed.notify(None)

    def newer(self, events: Sequence[messages.AnyEvent], newest: int) -> None:
        """Append the events that follow; the page is live once it reaches `newest`."""
        if events and events[0].seq != self.last + 1:
            return
        self._append(events)
        if self.last >= newest:
            self.live, self.missed = True, 0
        self.changed.notify(None)

    def find(self, seq: int) -> messages.AnyEvent | None:
        """Return the event `seq` if it is on the page."""
        place = self._place(seq)
        return None if place is None else self._events[place]

    def again(self, seqs: Iterable[int]) -> None:
        """Let these events be shown anew: they look different now."""
        self.replaced.update(seqs)
        self.changed.notify(None)

    def replace(self, event: messages.AnyEvent) -> None:
        """Put an event in the place of the one with its `seq`, if the page has that."""
        if (place := self._place(event.seq)) is not None:
            self._lines += _lines(event) - _lines(self._events[place])
            self._events[place] = event
            self.replaced.add(event.seq)
            self.changed.notify(None)

    def _place(self, seq: int) -> int | None:
        place = bisect_left(self._events, seq, key=lambda each: each.seq)
        if place < len(self._events) and self._events[place].seq == seq:
            return place
        return None

    def clear(self) -> None:
        """Remove all events; the page is live."""
        self.turn((), live=True, begins=False)

    def _append(self, events: Iterable[messages.AnyEvent]) -> None:
        for event in events:
            self._events.append(event)
            self._lines += _lines(event)
        if self._lines > self._most + _SLACK:
            self.begins = False
            while self._lines > self._most and len(self._events) > 1:
                self._lines -= _lines(self._events.popleft())


def _lines(event: messages.AnyEvent) -> float:
    """Return about how many lines of the window the event takes."""
    match event:
        case messages.Said(text=text):
            return 2 + text.count("\n")
        case messages.Shared(file=messages.File()):
            return _CARD_LINES
        case Edited() | Reacted() | Deleted() | messages.Joined() | messages.Left():
            # They have no line of their own, or one for many; but a page has an end.
            return _OF_A_LINE
        case _:
            return 1
