"""Move through history: older and newer pages, a date, a message, back to the newest.

Events come from memory if it has them, otherwise from the server.
"""

import uuid
from collections.abc import Callable, Sequence
from datetime import date, datetime, time

from msgspec import structs

from client_mvc.controller import wording
from client_mvc.controller.app_context import AppContext
from client_mvc.controller.conversation.presenter import Presenter
from client_mvc.i18n import translate
from client_mvc.i18n.translate import _, marked
from client_mvc.view.contract.values import Banner
from shared import messages

STEP = 200
"""How many events one request loads."""

FILL = 50
"""How many events one request loads while the page does not fill the window."""

LOADING = marked("Loading older messages…")

type _Take = Callable[[messages.History], None]
type _Fail = Callable[[str], None]


class HistoryController:
    """Implements `HistoryIntents`: one request at a time; a new one replaces the last."""

    def __init__(self, context: AppContext, presenter: Presenter) -> None:
        self._context = context
        self._membership = context.model.membership
        self._presenter = presenter
        self._conversation = context.model.conversation
        self._page = context.model.conversation.page
        self._asked: tuple[str, _Take, _Fail] | None = None
        self._sees_all = False
        self._filled_from = self._filled_to = 0
        self._conversation.cleared.subscribe(lambda _: self._forget())

    # --- intents -----------------------------------------------------------------------------

    def reads(self, further_up: bool) -> None:
        """Note whether the reader has scrolled up."""
        self._page.read(further_up=further_up)

    def sees_all(self, everything: bool) -> None:
        """Note whether the whole page is in view."""
        self._sees_all = everything

    def reached_top(self) -> None:
        """Load older events."""
        page = self._page
        if self._asked is not None or page.begins or not len(page):
            return
        if page.first <= 1:
            page.older((), begins=True)
        else:
            self._load_before(
                page.first,
                STEP,
                lambda reason: self._context.warn(
                    _("Older messages cannot be loaded: {reason}", reason=reason)
                ),
            )

    def fill(self) -> None:
        """Load older events while the whole page is in view.

        Runs once a turn, before the network's events: by then the window has laid out those of
        the last turn. The person did not ask for it, so a failure is not shown, and the next
        attempt waits until the page starts elsewhere, the window was full meanwhile, or the
        connection is new.
        """
        welcome = self._membership.welcome
        if welcome is None or not (self._sees_all and self._membership.caught_up):
            self._filled_from = self._filled_to = 0
            return
        # After a resume without a missed event the page is empty, and all events are older.
        first = self._page.first or welcome.seq + 1
        wanted = first > 1 and first != self._filled_from and not self._page.begins
        if wanted and self._asked is None:
            self._filled_from = first
            self._load_before(first, FILL, lambda _reason: None)
        elif self._asked is None and self._page.last != self._filled_to:
            self._filled_to = self._page.last
            self.reached_end()

    def _load_before(self, seq: int, limit: int, fail: _Fail) -> None:
        """Load older events, and more of them while nothing is seen of those that came."""
        page = self._page

        def take(answer: messages.History) -> None:
            page.older(answer.events, begins=not answer.more)
            if answer.more and page.first < seq and not self._seen(answer.events):
                self._load_before(page.first, limit, fail)

        if older := self._conversation.before(seq, limit):
            page.older(older, begins=False)
            if not self._seen(older) and 1 < page.first < seq:
                self._load_before(page.first, limit, fail)
        else:
            self._ask(messages.AskHistory(_new_id(), before=seq, limit=limit), take, fail)

    def _seen(self, events: Sequence[messages.AnyEvent]) -> bool:
        """Tell whether the page is longer with these: not with changes only, or one run."""
        return any(self._presenter.has_own_line(event) for event in events)

    def reached_end(self) -> None:
        """Load newer events if the page does not end with the newest."""
        page = self._page
        if self._asked is not None or page.live:
            return

        last = page.last

        def take(answer: messages.History) -> None:
            page.newer(answer.events, self._conversation.newest)
            if page.last > last and not self._seen(answer.events):
                self.reached_end()

        if newer := self._conversation.after(page.last, STEP):
            page.newer(newer, self._conversation.newest)
            if page.last > last and not self._seen(newer):
                self.reached_end()
        else:
            self._ask(
                messages.AskHistory(_new_id(), after=page.last, limit=STEP),
                take,
                lambda reason: self._context.warn(
                    _("Newer messages cannot be loaded: {reason}", reason=reason)
                ),
            )

    def to_newest(self) -> None:
        """Show the newest events."""
        self._forget()
        if self._page.live:
            self._context.screen.messages.to_bottom()
        else:
            self._conversation.show_newest()

    def go_to(self, seq: int) -> None:
        """Show this event with those around it."""
        self._forget()
        if seq in self._page:
            self._presenter.point_at(seq)
            return
        self._ask(
            messages.AskHistory(_new_id(), around=seq, limit=STEP),
            lambda answer: self._turn_to(answer, seq, mark=True),
            lambda reason: self._context.warn(
                _("That message cannot be loaded: {reason}", reason=reason)
            ),
        )

    def ask_date(self) -> None:
        """Ask for a date; the suggestion is the day on screen."""
        first = next(iter(self._page), None)
        day = (
            wording.moment(first.at, self._context.zone)
            if first
            else datetime.now(self._context.zone)
        )
        self._context.screen.windows.show_date(f"{day:%Y-%m-%d}")

    def go_to_date(self, typed: str) -> None:
        """Show the events from this date on."""
        windows = self._context.screen.windows
        try:
            day = date.fromisoformat(typed.strip())
            start = datetime.combine(day, time(), self._context.zone).astimezone(
                self._context.zone
            )
        except (ValueError, OverflowError, OSError):
            windows.show_date_error(_("Write the date as year-month-day, like 2026-11-22."))
            return
        self._forget()
        self._ask(
            messages.AskHistory(_new_id(), at=start, limit=STEP),
            lambda answer: self._turn_to_day(answer, day),
            windows.show_date_error,
        )

    # --- answers of the server ---------------------------------------------------------------

    def answered(self, answer: messages.History) -> None:
        """Take in the answer to the current request."""
        if self._asked is not None and self._asked[0] == answer.id:
            take = self._asked[1]
            self._forget()
            events = self._conversation.as_they_stand(answer.events)
            take(structs.replace(answer, events=events))

    def failed(self, id: str, reason: str) -> bool:
        """Handle the failure of a request; return whether it was the current one."""
        if self._asked is None or self._asked[0] != id:
            return False
        fail = self._asked[2]
        self._forget()
        fail(reason)
        return True

    def _ask(self, request: messages.AskHistory, take: _Take, fail: _Fail) -> None:
        if not self._membership.active:
            fail(_(wording.NO_ROOM))
            return
        self._asked = (request.id, take, fail)
        if request.before:
            self._context.screen.messages.show_loading(_(LOADING))
        self._context.network.ask(request)

    def _turn_to_day(self, answer: messages.History, day: date) -> None:
        windows = self._context.screen.windows
        if not answer.events:
            windows.show_date_error(_("There are no messages since then."))
            return
        windows.close_date()
        first = answer.events[0]
        found = wording.moment(first.at, self._context.zone)
        if found.date() != day:
            text = _(
                "There are no messages from {day}. The next ones are from {next_day}.",
                day=day,
                next_day=translate.day(found),
            )
            self._context.banners.flash(Banner("info", text), self._context.clock())
        self._turn_to(answer, first.seq, mark=False)

    def _turn_to(self, answer: messages.History, seq: int, *, mark: bool) -> None:
        if not any(event.seq == seq for event in answer.events):
            self._context.warn(_("The server no longer has that message."))
            return
        live = answer.events[-1].seq >= self._conversation.newest
        self._page.turn(answer.events, live=live, begins=not answer.more)
        self._presenter.point_at(seq, mark=mark)

    def _forget(self) -> None:
        """Drop the current request."""
        self._asked = None
        self._context.screen.messages.show_loading("")


def _new_id() -> str:
    return uuid.uuid4().hex
