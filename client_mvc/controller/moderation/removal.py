"""One's own removal from a room: who did it, why, and when one can be back."""

import math
from collections.abc import Callable

from client_mvc.controller import wording
from client_mvc.controller.app_context import AppContext
from client_mvc.controller.conversation.presenter import Presenter
from client_mvc.controller.notices import actor
from client_mvc.i18n.errors import sentence
from client_mvc.i18n.translate import _
from client_mvc.view.contract.windows import Removal
from shared import messages, moderation, texts
from shared.problems import Problem

KICKED = "kicked"
CODES = (KICKED, "banned")
"""Of problems that mean a removal."""


class RemovalController:
    """Implements `RemovalIntents`; `again` joins the room again."""

    def __init__(self, context: AppContext, presenter: Presenter) -> None:
        self.again: Callable[[], None] = lambda: None
        self._context = context
        self._presenter = presenter
        self._ban: moderation.Banned | None = None
        self._removal: Removal | None = None
        self._ready_at: float | None = None

    def rejoin(self) -> None:
        """Join the room again."""
        if self._removal is not None and self._removal.ready:
            self.again()

    def closed(self) -> None:
        """Stop the countdown: the window is closed."""
        self._removal = None

    def joined(self) -> None:
        """Close the window: the member is in a room."""
        self._ban = None
        if self._removal is not None:
            self._removal = None
            self._context.screen.windows.close_removal()

    def handle_event(self, event: messages.AnyEvent) -> None:
        """Keep one's own ban: its end does not stand in the `left` that follows."""
        if isinstance(event, moderation.Banned) and self._context.model.room_state.is_own(
            event.target, event.target_member or None
        ):
            self._ban = event

    def show(self, problem: Problem, kept: str) -> None:
        """Open the window about the removal.

        Args:
            problem: `kicked` or `banned`; `by` and `text` in its params say who and why.
            kept: what is kept for the next time; may be empty.
        """
        room = self._context.model.membership.room
        by, why = (str(problem.params.get(each, "")) for each in ("by", "text"))
        text = self._sentence(problem, by, room)
        if why:
            text += "\n\n" + _("Reason: {reason}", reason=texts.defuse(why))
        if kept:
            text += "\n\n" + kept
        self._ready_at = None
        if problem.code == KICKED:
            self._ready_at = self._context.clock() + (problem.retry_after or 0.0)
        self._removal = Removal(_("You are no longer in #{room}", room=room), text)
        self._show(self._context.clock(), lift=True)

    def tick(self, now: float) -> None:
        """Update the countdown."""
        if self._removal is not None:
            self._show(now, lift=False)

    def _show(self, now: float, *, lift: bool) -> None:
        removal = self._removal
        if removal is None:
            return
        rejoin, ready = "", False
        if self._ready_at is not None:
            left = math.ceil(self._ready_at - now)
            ready = left <= 0
            rejoin = _("Rejoin") if ready else _("Rejoin in {left} s", left=left)
        new = Removal(removal.title, removal.text, rejoin, ready)
        if lift or new != removal:
            self._removal = new
            self._context.screen.windows.show_removal(new, lift=lift)

    def _sentence(self, problem: Problem, by: str, room: str) -> str:
        by = actor(by)
        if problem.code == KICKED:
            if by:
                return _("{by} removed you from #{room}.", by=by, room=room)
            return _("You were removed from #{room}.", room=room)
        until = str(problem.params.get("until", "")) or (self._ban and self._ban.until) or ""
        if not by:
            return sentence(problem)
        end = wording.valid_moment(until, self._context.zone)
        if end is None:
            return _("{by} banned you from #{room} for good.", by=by, room=room)
        now = self._context.wall().astimezone(self._context.zone)
        time = self._presenter.clock.until(end, now)
        return _("{by} banned you from #{room} until {time}.", by=by, room=room, time=time)
