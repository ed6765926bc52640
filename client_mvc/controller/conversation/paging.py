"""Going through history: older and newer pages, a date, a message, and back to the newest.

What memory has is taken from there, the rest is asked of the room. Knows the model, the
screen as its contract, and the network as its seam; what is searched for is not its concern.
"""

import uuid
from collections.abc import Callable
from datetime import date, datetime, time

from client_mvc.controller import wording
from client_mvc.controller.app_context import AppContext
from client_mvc.controller.conversation.presenter import Presenter
from client_mvc.i18n import translate
from client_mvc.i18n.translate import _, marked
from client_mvc.view.contract.values import Banner
from shared import messages

STEP = 200
"""How many events are loaded at once."""

FILL = 50
"""How many at once while there is room for them on screen."""

LOADING = marked("Loading older messages…")

type _Take = Callable[[messages.History], None]
type _Fail = Callable[[str], None]


class Paging:
    """One question at a time; a new one makes the answer to the last of no interest."""

    def __init__(self, context: AppContext, presenter: Presenter) -> None:
        self._context = context
        self._membership = context.model.membership
        self._presenter = presenter
        self._conversation = context.model.conversation
        self._page = context.model.conversation.page
        self._asked: tuple[str, _Take, _Fail] | None = None
        self._sees_all = False
        self._filled_from = 0
        self._conversation.cleared.subscribe(lambda _: self._forget())

    # --- what the person does ----------------------------------------------------------------

    def reads(self, further_up: bool) -> None:
        """Whether they are further up than the end."""
        self._page.read(further_up=further_up)

    def sees_all(self, everything: bool) -> None:
        """Whether all of the page is in view."""
        self._sees_all = everything

    def reached_top(self) -> None:
        """Load what is older."""
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
        """Load what is older while all of the page is in view. Once a turn, before what the
        network told is taken in: then the window has laid out what came in the last one.

        Nobody waits for it, so a failure is not said, and it is tried again only when there is
        another reason to: the page begins elsewhere, the window had no room meanwhile, the
        connection is back.
        """
        welcome = self._membership.welcome
        if welcome is None or not (self._sees_all and self._membership.caught_up):
            self._filled_from = 0
            return
        # After a resume that missed nothing the page is empty, and all there is is older.
        first = self._page.first or welcome.seq + 1
        wanted = first > 1 and first != self._filled_from and not self._page.begins
        if wanted and self._asked is None:
            self._filled_from = first
            self._load_before(first, FILL, lambda _reason: None)

    def _load_before(self, seq: int, limit: int, fail: _Fail) -> None:
        page = self._page
        if older := self._conversation.before(seq, limit):
            page.older(older, begins=False)
        else:
            self._ask(
                messages.AskHistory(_new_id(), before=seq, limit=limit),
                lambda answer: page.older(answer.events, begins=not answer.more),
                fail,
            )

    def reached_end(self) -> None:
        """Load what is newer, if this is not the newest."""
        page = self._page
        if self._asked is not None or page.live:
            return
        if newer := self._conversation.after(page.last, STEP):
            page.newer(newer, self._conversation.newest)
        else:
            self._ask(
                messages.AskHistory(_new_id(), after=page.last, limit=STEP),
                lambda answer: page.newer(answer.events, self._conversation.newest),
                lambda reason: self._context.warn(
                    _("Newer messages cannot be loaded: {reason}", reason=reason)
                ),
            )

    def to_newest(self) -> None:
        """Show what is said now."""
        self._forget()
        if self._page.live:
            self._context.screen.messages.to_bottom()
        else:
            self._conversation.show_newest()

    def go_to(self, seq: int) -> None:
        """Show this event among those around it."""
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
        """Ask which day, beginning with the one on screen."""
        first = next(iter(self._page), None)
        day = (
            wording.moment(first.at, self._context.zone)
            if first
            else datetime.now(self._context.zone)
        )
        self._context.screen.windows.show_date(f"{day:%Y-%m-%d}")

    def go_to_date(self, typed: str) -> None:
        """Show what was said from this date on."""
        windows = self._context.screen.windows
        try:
            day = date.fromisoformat(typed.strip())
            start = datetime.combine(day, time(), self._context.zone).astimezone(
                self._context.zone
            )
        except (ValueError, OverflowError, OSError):
            windows.show_date_error(_("A date looks like 2026-11-22: year, month, day."))
            return
        self._forget()
        self._ask(
            messages.AskHistory(_new_id(), at=start, limit=STEP),
            lambda answer: self._turn_to_day(answer, day),
            windows.show_date_error,
        )

    # --- what the room answers ---------------------------------------------------------------

    def answered(self, answer: messages.History) -> None:
        """The room answered."""
        if self._asked is not None and self._asked[0] == answer.id:
            take = self._asked[1]
            self._forget()
            take(answer)

    def failed(self, id: str, reason: str) -> bool:
        """A question failed; whether it was one of these."""
        if self._asked is None or self._asked[0] != id:
            return False
        fail = self._asked[2]
        self._forget()
        fail(reason)
        return True

    def _ask(self, question: messages.AskHistory, take: _Take, fail: _Fail) -> None:
        if not self._membership.active:
            fail(_(wording.NO_ROOM))
            return
        self._asked = (question.id, take, fail)
        if question.before:
            self._context.screen.messages.show_loading(_(LOADING))
        self._context.network.ask(question)

    def _turn_to_day(self, answer: messages.History, day: date) -> None:
        windows = self._context.screen.windows
        if not answer.events:
            windows.show_date_error(_("Nothing was said since then."))
            return
        windows.close_date()
        first = answer.events[0]
        found = wording.moment(first.at, self._context.zone)
        if found.date() != day:
            text = _(
                "Nothing is kept of {day}. This is what came next, on {next_day}.",
                day=day,
                next_day=translate.day(found),
            )
            self._context.banners.flash(Banner("info", text), self._context.clock())
        self._turn_to(answer, first.seq, mark=False)

    def _turn_to(self, answer: messages.History, seq: int, *, mark: bool) -> None:
        if not any(event.seq == seq for event in answer.events):
            self._context.warn(_("That message is no longer kept by the room."))
            return
        live = answer.events[-1].seq >= self._conversation.newest
        self._page.turn(answer.events, live=live, begins=not answer.more)
        self._presenter.point_at(seq, mark=mark)

    def _forget(self) -> None:
        """Nothing is asked any more."""
        self._asked = None
        self._context.screen.messages.show_loading("")


def _new_id() -> str:
    return uuid.uuid4().hex
