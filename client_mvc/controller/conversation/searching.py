"""The search bar: what is found in what is loaded, and in all history.

Places in what is loaded are counted from the newest, as results of the room are. Knows the
model, the screen as its contract, and the network as its seam.
"""

import uuid

from client_mvc.controller import wording
from client_mvc.controller.app_context import AppContext
from client_mvc.controller.conversation.presenter import Presenter
from client_mvc.i18n.errors import sentence
from client_mvc.i18n.translate import _, marked, ngettext
from client_mvc.view.contract.values import ResultRow, Results
from shared import limits, messages, searching, texts

AT_ONCE = 50
"""How many results are asked for, and at most shown before the person asks for more."""

NOT_HERE = marked("Not in what is loaded. Enter searches all history.")
SEARCHING = marked("Searching all history…")


class Searching:
    """One search at a time."""

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
        self._rows: list[ResultRow] = []
        self._searched = False
        self._wanted = 0
        self._before = 0
        self._asked = ""
        presenter.page_shown.subscribe(lambda _: self._mark_again())
        context.model.conversation.cleared.subscribe(lambda _: self._forget())

    # --- in what is loaded -------------------------------------------------------------------

    def open(self) -> None:
        """Open the bar, with what was searched for last."""
        self._open = True
        self._context.screen.search.open()
        self._mark_again()

    def close(self) -> None:
        """The bar is gone, and with it the highlights and results."""
        self._open = False
        self._place = None
        self._forget()
        self._context.screen.messages.highlights.mark("")

    def find(self, text: str) -> None:
        """Another text: show the newest place that has it."""
        messages_shown = self._context.screen.messages
        self._text = text.strip()
        self._forget()
        self._count = messages_shown.highlights.mark(self._text)
        self._place = self._count - 1 if self._count else None
        self._edition = self._page.edition
        if self._place is not None:
            messages_shown.show_found(self._place)
        self._say_count()

    def next(self, step: int) -> None:
        """The next place further up (1) or down (-1); where there is none, all history."""
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
        self._say_count()

    def _mark_again(self) -> None:
        """What is loaded is another: what was at a place may be at the next."""
        if not self._open or not self._text:
            return
        self._count = self._context.screen.messages.highlights.mark(self._text)
        if self._edition != self._page.edition or not self._count:
            self._place = None
        elif self._place is not None:
            self._place = min(self._place, self._count - 1)
        self._edition = self._page.edition
        if not self._asked:
            self._say_count()

    def _say_count(self) -> None:
        text = ""
        if self._count:
            place = 0 if self._place is None else self._count - self._place
            text = wording.found_here(place, self._count)
        elif self._text and not self._searched:
            text = _(NOT_HERE)
        self._context.screen.search.show_state(text)

    # --- in all history ----------------------------------------------------------------------

    def search_all(self) -> None:
        """Ask the room."""
        self._forget_results()
        try:
            self._words = searching.words(self._text)
        except texts.BadText as bad:
            self._context.screen.search.show_state(sentence(bad.problem))
            return
        self._before = 0
        self.more()

    def more(self) -> None:
        """Further results."""
        self._wanted = len(self._rows) + AT_ONCE
        self._ask()

    def answered(self, found: messages.Found) -> None:
        """The room answered; while it has looked at too little, it is asked on."""
        if found.id != self._asked:
            return
        self._before = found.before or 0
        self._rows += [
            wording.result(event, self._words, self._presenter.clock, self._context.zone)
            for event in found.events
            if not isinstance(event, messages.UnknownEvent)
        ]
        if found.more and len(self._rows) < self._wanted:
            self._ask()
            return
        self._asked, self._searched = "", True
        self._show_results(more=found.more)
        self._say_count()

    def failed(self, id: str, reason: str) -> bool:
        """A question failed; whether it was this one."""
        if id != self._asked or not id:
            return False
        self._asked = ""
        if self._rows:
            self._show_results(more=True)
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
        wanted = min(self._wanted - len(self._rows), limits.MAX_FOUND)
        question = messages.AskSearch(self._asked, self._text, limit=wanted)
        if self._before:
            question = messages.AskSearch(self._asked, self._text, self._before, wanted)
        self._context.network.ask(question)

    def _show_results(self, *, more: bool) -> None:
        count = len(self._rows)
        if more:
            summary = ngettext(
                "{count} result, there may be more", "{count} results, there may be more", count
            )
        elif count:
            summary = ngettext(
                "{count} result in all history", "{count} results in all history", count
            )
        else:
            summary = _("Nothing found in all history")
        self._context.screen.search.show_results(Results(tuple(self._rows), summary, more))

    def _forget(self) -> None:
        """Another room: what is asked of the last one is of no interest."""
        self._asked = ""
        self._forget_results()

    def _forget_results(self) -> None:
        self._rows, self._searched = [], False
        self._context.screen.search.show_results(None)
