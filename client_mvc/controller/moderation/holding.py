"""Mute and slow mode of the client itself: what is typed stays until it can be sent."""

import math
from datetime import timedelta

from client_mvc.controller import wording
from client_mvc.controller.app_context import AppContext
from client_mvc.controller.conversation.presenter import Presenter
from client_mvc.i18n.errors import UNDONE
from client_mvc.i18n.translate import _
from client_mvc.view.contract.values import Hold
from shared import messages
from shared.problems import Problem

_TURN = 0.1
"""Seconds; a wait that just began is not shown as a second longer than it is."""


class HoldController:
    """Knows until when nothing can be sent, and shows it in the composer.

    Times are in seconds of the context's clock. The length of a mute comes from two times of
    the server, so that a wrong clock of this computer does not matter.
    """

    def __init__(self, context: AppContext, presenter: Presenter) -> None:
        self._context = context
        self._presenter = presenter
        self._state = context.model.room_state
        self._muted_by = ("", "")
        self._muted_until = 0.0
        self._slow_until = 0.0
        self._shown: Hold | None = None
        self._state.changed.subscribe(lambda _: self._rules_changed())

    def hold(self, now: float) -> Hold | None:
        """Return why nothing can be sent now; None if it can."""
        if (left := self._muted_until - now) > 0:
            return self._mute(left)
        if (left := self._slow_until - now) > 0 and self._context.model.membership.active:
            seconds = self._state.slow
            reason = _("Slow mode: one message in {seconds} s.", seconds=seconds)
            if not seconds:
                reason = _("Slow mode is on.")
            return Hold(reason, _left(left))
        return None

    def handle_event(self, event: messages.AnyEvent) -> None:
        """Begin to wait after an own message in slow mode."""
        state, model = self._state, self._context.model
        if not isinstance(event, messages.Said | messages.Shared) or not state.slow:
            return
        live = event.seq > (model.membership.welcome.seq if model.membership.welcome else 0)
        if live and state.role == "member" and state.is_own(event.name, event.member or None):
            self._slow_until = self._context.clock() + state.slow

    def refused(self, problem: Problem) -> None:
        """Wait as long as the server says: it knows best."""
        if problem.retry_after is None:
            return
        until = self._context.clock() + problem.retry_after
        if problem.code == "muted":
            self._muted_until = until
        elif problem.code == "slow":
            self._slow_until = until

    def tick(self, now: float) -> None:
        """Show the time left, and the end of mutes of all members."""
        hold = self.hold(now)
        if hold != self._shown:
            self._shown = hold
            self._context.screen.composer.hold(hold)
        wall = None
        for member in list(self._context.model.members):
            if member.muted_until:
                wall = wall or self._context.wall()
                end = wording.valid_moment(member.muted_until)
                if end is not None and end <= wall:
                    self._context.model.members.unmute(member.name)

    def _rules_changed(self) -> None:
        state, now = self._state, self._context.clock()
        if not state.slow:
            self._slow_until = 0.0
        mute = state.muted_until, state.mute_began
        if mute == self._muted_by:
            return
        self._muted_by, self._muted_until = mute, 0.0
        end = wording.valid_moment(state.muted_until)
        if end is not None:
            began = wording.valid_moment(state.mute_began) or self._context.wall()
            self._muted_until = now + (end - began).total_seconds()

    def _mute(self, left: float) -> Hold:
        if left >= UNDONE.total_seconds():
            return Hold(_("You are muted until a moderator ends it."))
        wall = self._context.wall().astimezone(self._context.zone)
        end = wall + timedelta(seconds=left)
        time = self._presenter.clock.until(end, wall)
        return Hold(_("You are muted until {time}.", time=time), _left(left))


def _left(seconds: float) -> str:
    """Format the time left: 12 s, 4:31; empty for hours."""
    left = max(1, math.ceil(seconds - _TURN))
    if left < 60:
        return _("{seconds} s", seconds=left)
    return f"{left // 60}:{left % 60:02d}" if left < 3600 else ""
