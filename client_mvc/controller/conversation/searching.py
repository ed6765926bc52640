"""The search bar: search the loaded page, and all history on the server.

Places on the page are numbered from the newest, like the results of the server.
"""

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import replace

from client_mvc.controller import wording
from client_mvc.controller.app_context import AppContext
from client_mvc.controller.conversation import search_results
from client_mvc.controller.conversation.presenter import Presenter
from client_mvc.controller.export import facts
from client_mvc.i18n.errors import sentence
from client_mvc.i18n.translate import _, marked, ngettext
from client_mvc.view.contract.values import ResultRow, Results
from shared import limits, messages, searching, texts
from shared.standing import Change

AT_ONCE = 50
"""How many results are shown before the person asks for more."""

NOT_HERE = marked("Not in the loaded messages. Enter searches all history.")
SEARCHING = marked("Searching all history…")


class SearchController:
    """Implements `SearchIntents`: one search at a time."""

    def __init__(self, context: AppContext, presenter: Presenter) -> None:
        self._context = context
        self._presenter = presenter
        self._membership = context.model.membership
        self._page = context.model.conversation.page
        self._open = False
        self._text = ""
        self._count = 0
        self._place: int | None = None  # from the oldest, as the screen counts
        self._edition = self._page.edition
        self._words: tuple[str, ...] = ()
        self._found: list[messages.AnyEvent] = []
        self._searched = self._shown = False
        self._more = False
        self._wanted = 0
        self._before = 0
        self._asked = ""
        presenter.page_shown.subscribe(lambda _: self._mark_again())
        context.model.conversation.cleared.subscribe(lambda _: self._forget())
        context.model.conversation.changes.subscribe(self._change)
        context.model.ignored.changed.subscribe(lambda _: self._show_again())

    # --- on the page -------------------------------------------------------------------------

    def open(self) -> None:
        """Open the bar with the last text."""
        self._open = True
        self._context.screen.search.open()
        self._mark_again()

    def close(self) -> None:
        """Remove the highlights and results: the bar is closed."""
        self._open = False
        self._place = None
        self._forget()
        self._context.screen.messages.highlights.mark("")

    def find(self, text: str) -> None:
        """Search the page for another text; show its newest place."""
        messages_shown = self._context.screen.messages
        self._text = text.strip()
        self._forget()
        self._count = messages_shown.highlights.mark(self._text)
        self._place = self._count - 1 if self._count else None
        self._edition = self._page.edition
        if self._place is not None:
            messages_shown.show_found(self._place)
        self._show_count()

    def next(self, step: int) -> None:
        """Show the next place above (1) or below (-1); if there is none, search all history."""
        if not self._open:
            self.open()
        if not self._text:
            return
        if not self._count:
            self.search_all()
            return
        if self._place is None:
            self._place = self._count if step > 0 else -1
        self._place = (self._place - step) % self._count
        self._context.screen.messages.show_found(self._place)
        self._show_count()

    def _mark_again(self) -> None:
        """Search the page again: it changed, so the places may have moved."""
        if not self._open or not self._text:
            return
        self._count = self._context.screen.messages.highlights.mark(self._text)
        if self._edition != self._page.edition or not self._count:
            self._place = None
        elif self._place is not None:
            self._place = min(self._place, self._count - 1)
        self._edition = self._page.edition
        if not self._asked:
            self._show_count()

    def _show_count(self) -> None:
        text = ""
        if self._count:
            place = 0 if self._place is None else self._count - self._place
            text = wording.found_here(place, self._count)
        elif self._text and not self._searched:
            text = _(NOT_HERE)
        self._context.screen.search.show_state(text)

    # --- in all history ----------------------------------------------------------------------

    def search_all(self) -> None:
        """Search all history for the text of the bar."""
        self._forget_results()
        try:
            self._words = searching.words(self._text)
        except texts.BadText as bad:
            self._context.screen.search.show_state(sentence(bad.problem))
            return
        self._before = 0
        self.more()

    def more(self) -> None:
        """Request further results."""
        self._wanted = len(self._found) + AT_ONCE
        self._ask()

    def answered(self, found: messages.Found) -> None:
        """Take in results; request more until there are as many as wanted."""
        if found.id != self._asked:
            return
        self._before = found.before or 0
        self._found += self._as_they_stand(found.events)
        if found.more and len(self._found) < self._wanted:
            self._ask()
            return
        self._asked, self._searched, self._more = "", True, found.more
        self._show_results()
        self._show_count()

    def failed(self, id: str, reason: str) -> bool:
        """Handle the failure of a request; return whether it was the current search."""
        if id != self._asked or not id:
            return False
        self._asked = ""
        self._more = True
        if self._found:
            self._show_results()
        self._context.screen.search.show_state(
            _("All history cannot be searched: {reason}", reason=reason)
        )
        return True

    def _ask(self) -> None:
        self._asked = uuid.uuid4().hex
        if not self._membership.active:
            self.failed(self._asked, _(wording.NO_ROOM))
            return
        self._context.screen.search.show_state(_(SEARCHING))
        wanted = min(self._wanted - len(self._found), limits.MAX_FOUND)
        request = messages.AskSearch(self._asked, self._text, limit=wanted)
        if self._before:
            request = messages.AskSearch(self._asked, self._text, self._before, wanted)
        self._context.network.ask(request)

    def _show_results(self) -> None:
        self._shown, count = True, len(self._found)
        if self._more:
            summary = ngettext(
                "{count} result, there may be more", "{count} results, there may be more", count
            )
        elif count:
            summary = ngettext(
                "{count} result in all history", "{count} results in all history", count
            )
        else:
            summary = _("Nothing found in all history")
        rows = tuple(map(self._row, self._found))
        self._context.screen.search.show_results(Results(rows, summary, self._more))

    def _row(self, event: messages.AnyEvent) -> ResultRow:
        row = search_results.row(event, self._words, self._presenter.clock, self._context.zone)
        if isinstance(event, messages.Said | messages.Shared):
            hidden = self._presenter.is_hidden(event)
            return replace(row, text=_("Message hidden")) if hidden else row
        return row

    def _as_they_stand(
        self, events: Iterable[messages.AnyEvent]
    ) -> Iterator[messages.AnyEvent]:
        """Return the results among these events: what was deleted is none."""
        for event in self._context.model.conversation.as_they_stand(events):
            match event:
                case messages.Said() | messages.Shared() if event.deleted:
                    pass
                case messages.UnknownEvent():
                    pass
                case _ if not facts.is_change(event):
                    yield event

    def _change(self, change: Change) -> None:
        """Show a result as it stands after a change, and remove one that was deleted.

        It is in the results alone where it is older than what is loaded.
        """
        if any(each.seq == change.target for each in self._found):
            self._found = list(self._as_they_stand(self._found))
            self._show_again()

    def _show_again(self) -> None:
        if self._shown:
            self._show_results()

    def _forget(self) -> None:
        """Drop the current request and all results."""
        self._asked = ""
        self._forget_results()

    def _forget_results(self) -> None:
        self._found, self._searched, self._shown = [], False, False
        self._context.screen.search.show_results(None)
