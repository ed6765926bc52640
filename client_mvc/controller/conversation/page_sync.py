"""What of the page is on screen: compares the two and changes the screen where they differ.

Knows the page as the model has it and the screen as its contract, and nothing of how the
page came to be as it is.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from client_mvc.controller.conversation.typesetting import Line, Typesetter
from client_mvc.i18n.translate import _, marked
from client_mvc.model.page import HistoryPage
from client_mvc.view.contract.screen import MessagesScreen
from client_mvc.view.contract.values import Beginning, Item
from shared import messages

BEGINNING = marked("This is where the history begins.")


@dataclass(slots=True)
class _Shown:
    """An event on screen: how many items it has there, and the line after it."""

    seq: int
    items: int
    after: Line


class PageSync:
    """`show` brings the screen up to the page, `place` says where on screen an event is."""

    def __init__(
        self, page: HistoryPage, screen: MessagesScreen, typesetter: Typesetter
    ) -> None:
        self.you = ""
        self._page = page
        self._screen = screen
        self._set = typesetter
        self._shown: deque[_Shown] = deque()
        self._edition = page.edition
        self._live = True
        self._begins = False

    def show(self) -> None:
        """Change what another state took the place of, and each end of what is shown."""
        page = self._page
        if page.edition != self._edition:
            self._edition = page.edition
            self._shown.clear()
            self._screen.clear()
            self._live = page.live
            self._begins = False
        # Whoever reads a page that has become live by scrolling is not taken to its end.
        live = self._live and page.live
        self._live = page.live
        if self._begins and not page.begins:
            self._begins = False
            self._screen.drop(oldest=1)
        self._drop()
        self._replace()
        if self._shown and page.first < self._shown[0].seq:
            self._prepend([event for event in page if event.seq < self._shown[0].seq])
        last = self._shown[-1].seq if self._shown else 0
        if page.last > last:
            self._append(_after(page, last), live=live)
        if self._shown and page.begins and not self._begins:
            self._begins = True
            self._screen.prepend([Beginning(_(BEGINNING))])

    @property
    def speaker(self) -> str:
        """Whose run the conversation ends with on screen; empty: nobody's."""
        run = self._shown[-1].after.run if self._shown else None
        return run[0] if run else ""

    def forget(self) -> None:
        """Everything is to be set anew with the next `show`."""
        self._edition = -1

    def place(self, seq: int) -> int | None:
        """Which item from the top it is on screen."""
        items = int(self._begins)
        for shown in self._shown:
            items += shown.items
            if shown.seq == seq:
                return max(items - 1, 0)
        return None

    def _drop(self) -> None:
        oldest = newest = 0
        first, last = self._page.first, self._page.last
        while self._shown and self._shown[0].seq < first:
            oldest += self._shown.popleft().items
        if oldest and self._shown and not self._shown[0].items and self._shown[0].after.unknown:
            # A run of unknown events lost its beginning: its line stays for the rest.
            oldest -= 1
            self._shown[0].items = 1
        while self._shown and self._shown[-1].seq > last:
            newest += self._shown.pop().items
        if oldest or newest:
            self._screen.drop(oldest=oldest, newest=newest)

    def _replace(self) -> None:
        """Set those events anew on screen that changed since they were shown."""
        if not self._page.replaced:
            return
        changed = {event.seq: event for event in self._page if event.seq in self._page.replaced}
        self._page.replaced.clear()
        items: list[tuple[int, Item]] = []
        place, line = int(self._begins) - 1, Line()
        for shown in self._shown:
            place += shown.items
            if shown.items and (event := changed.get(shown.seq)) is not None:
                items.append((place, self._set.set(event, line, self.you)[0][-1]))
            line = shown.after
        if items:
            self._screen.change(items)

    def _append(self, events: Iterable[messages.AnyEvent], *, live: bool) -> None:
        line = self._shown[-1].after if self._shown else Line()
        items, shown = self._typeset(events, line)
        self._shown.extend(shown)
        self._screen.append(items, live=live)

    def _prepend(self, events: Sequence[messages.AnyEvent]) -> None:
        items, shown = self._typeset(events, Line())
        # The first event began its day, or a run of unknown ones, which now begins further up.
        first = next((each for each in self._shown if each.items), self._shown[0])
        last = shown[-1].after
        doubled = 0
        if first.after.day == last.day:
            continues = first.after.unknown and last.unknown
            doubled = first.items if continues else max(0, min(1, first.items - 1))
        first.items -= doubled
        self._shown.extendleft(reversed(shown))
        self._screen.prepend(items, instead_of=doubled)

    def _typeset(
        self, events: Iterable[messages.AnyEvent], line: Line
    ) -> tuple[list[Item], list[_Shown]]:
        items: list[Item] = []
        shown: list[_Shown] = []
        for event in events:
            new, line = self._set.set(event, line, self.you)
            items += new
            shown.append(_Shown(event.seq, len(new), line))
        return items, shown


def _after(page: HistoryPage, seq: int) -> list[messages.AnyEvent]:
    """The events after `seq`, in order, without a walk over those before."""
    events: list[messages.AnyEvent] = []
    for event in reversed(page):
        if event.seq <= seq:
            break
        events.append(event)
    events.reverse()
    return events
