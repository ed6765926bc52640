"""What of the page is on screen: compares the two and changes the screen where they differ.

Knows the page as the model has it and the screen as its contract, and nothing of how the
page came to be as it is.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from client_mvc.controller.conversation.joins import JoinRun
from client_mvc.controller.conversation.typesetting import Line, Typesetter
from client_mvc.i18n.translate import _, marked
from client_mvc.model.page import HistoryPage
from client_mvc.view.contract.items import Beginning, Item
from client_mvc.view.contract.screen import MessagesScreen
from shared import messages

BEGINNING = marked("This is where the history begins.")


@dataclass(slots=True)
class _Shown:
    """An event on screen: how many items it has there, and the lines around it.

    It may have none: it is a change of another one, or part of a run, whose one item is that of
    its first event.
    """

    seq: int
    items: int
    before: Line
    after: Line

    @property
    def joins(self) -> JoinRun | None:
        """The run that it is the last of so far; None if it is no join or leave."""
        run = self.after.joins
        return run if run is not None and run.event.seq == self.seq else None


class PageSync:
    """`show` brings the screen up to the page, `place` says where on screen an event is."""

    def __init__(
        self, page: HistoryPage, screen: MessagesScreen, typesetter: Typesetter
    ) -> None:
        self._page = page
        self._screen = screen
        self._set = typesetter
        self._shown: deque[_Shown] = deque()
        self._count = 0
        self._edition = page.edition
        self._live = True
        self._begins = False

    def show(self) -> None:
        """Change what another state took the place of, and each end of what is shown."""
        page = self._page
        if page.edition != self._edition:
            self._edition = page.edition
            self._shown.clear()
            self._count = 0
            self._screen.clear()
            self._live = page.live
            self._begins = False
        # Whoever reads a page that has become live by scrolling is not taken to its end.
        live = self._live and page.live
        self._live = page.live
        if self._begins and not page.begins:
            self._begins = False
            self._screen.drop(oldest=1)
        self._drop_oldest()
        self._drop_newest()
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

    # --- what leaves the screen ------------------------------------------------------------

    def _drop_oldest(self) -> None:
        oldest, first = 0, self._page.first
        while self._shown and self._shown[0].seq < first:
            oldest += self._shown.popleft().items
        if not oldest:
            return
        kept, run = self._keep_line_of_run()
        self._count -= oldest - kept
        self._screen.drop(oldest=oldest - kept)
        if run is not None:
            self._screen.change([(int(self._begins), self._set.run(run))])

    def _keep_line_of_run(self) -> tuple[int, JoinRun | None]:
        """Give a run that lost its beginning the line that its first event had, if it goes on.

        Returns:
            How many of the last items dropped stay (0 or 1), and a run of joins as it is now.
        """
        run: JoinRun | None = None
        for shown in self._shown:
            if shown.items or not (shown.after.unknown or shown.after.joins):
                break
            if shown.after.unknown:
                shown.items = 1
                return 1, None
            shown.before = replace(shown.before, joins=run)
            if (old := shown.joins) is not None:
                shown.items = 0 if run else 1
                run = JoinRun(run.first if run else shown.seq, old.event, run)
            shown.after = replace(shown.after, joins=run)
        return int(run is not None), run

    def _drop_newest(self) -> None:
        gone: list[_Shown] = []
        while self._shown and self._shown[-1].seq > self._page.last:
            gone.append(self._shown.pop())
        if newest := sum(each.items for each in gone):
            self._count -= newest
            self._screen.drop(newest=newest)
        run = self._shown[-1].after.joins if self._shown else None
        if run is not None and any(
            each.joins and each.joins.first == run.first for each in gone
        ):
            self._change_last(run)

    def _change_last(self, run: JoinRun) -> None:
        """Let the last item, the line of a run, say what the run is now."""
        self._screen.change([(int(self._begins) + self._count - 1, self._set.run(run))])

    # --- what changes on screen ------------------------------------------------------------

    def _replace(self) -> None:
        """Set those events anew on screen that changed since they were shown."""
        if not self._page.replaced:
            return
        changed = {event.seq: event for event in self._page if event.seq in self._page.replaced}
        self._page.replaced.clear()
        items: list[tuple[int, Item]] = []
        place = int(self._begins) - 1
        for shown in self._shown:
            place += shown.items
            if shown.items and (event := changed.get(shown.seq)) is not None:
                items.append((place, self._set.set(event, shown.before)[0][-1]))
        if items:
            self._screen.change(items)

    # --- what comes to the screen ----------------------------------------------------------

    def _append(self, events: Iterable[messages.AnyEvent], *, live: bool) -> None:
        line = self._shown[-1].after if self._shown else Line()
        began = line.joins
        items, shown = self._typeset(events, line)
        run = self._grown(began, shown)
        if run is not None:
            self._change_last(run)
        self._shown.extend(shown)
        self._count += len(items)
        if items:
            self._screen.append(items, live=live)

    @staticmethod
    def _grown(began: JoinRun | None, shown: Sequence[_Shown]) -> JoinRun | None:
        """Return the run that was on screen, if the new events make it longer."""
        run = None
        if began is not None:
            for each in shown:
                if each.after.joins is None or each.after.joins.first != began.first:
                    break
                run = each.joins or run
        return run

    def _prepend(self, events: Sequence[messages.AnyEvent]) -> None:
        items, shown = self._typeset(events, Line())
        # The first event began its day, or a run, which now begins further up.
        first = next((each for each in self._shown if each.items), self._shown[0])
        last = shown[-1].after
        for each in self._shown:
            if each.items:
                break
            each.before = each.after = last  # changes, which leave the line as it is
        doubled = 0
        if first.after.day is not None and first.after.day == last.day:
            continues = first.after.unknown and last.unknown
            if first.joins is not None and last.joins is not None:
                items[-1] = self._set.run(self._join(last.joins))
                continues = True
            doubled = first.items if continues else max(0, min(1, first.items - 1))
        first.items -= doubled
        self._count += len(items) - doubled
        self._shown.extendleft(reversed(shown))
        self._screen.prepend(items, instead_of=doubled)

    def _join(self, run: JoinRun) -> JoinRun:
        """Let the run that the page begins with go on the run before it; return the whole."""
        began = False
        for shown in self._shown:
            if shown.after.joins is None or (shown.items and began):
                break
            shown.before = replace(shown.before, joins=run)
            if (old := shown.joins) is not None:
                run = JoinRun(run.first, old.event, run)
                began = True
            shown.after = replace(shown.after, joins=run)
        return run

    def _typeset(
        self, events: Iterable[messages.AnyEvent], line: Line
    ) -> tuple[list[Item], list[_Shown]]:
        """Return the items of these events; each run of joins says what it is at its end."""
        items: list[Item] = []
        shown: list[_Shown] = []
        runs: dict[int, JoinRun] = {}
        begun: int | None = None
        for event in events:
            before = line
            new, line = self._set.set(event, line)
            items += new
            shown.append(_Shown(event.seq, len(new), before, line))
            if line.joins is None or line.joins is before.joins:
                continue
            if new:
                begun = len(items) - 1
            elif begun is not None and line.joins.first != event.seq:
                runs[begun] = line.joins
        for place, run in runs.items():
            items[place] = self._set.run(run)
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
