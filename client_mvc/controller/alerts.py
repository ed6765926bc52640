"""Ring the bell and show notifications while the window has no focus."""

from dataclasses import dataclass

from client_mvc.controller.app_context import AppContext
from client_mvc.i18n.translate import _, ngettext

APART = 5.0
"""Least number of seconds between two notifications."""

LONGEST = 200
"""Most characters of a message in a notification."""


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A message or file that arrived while the window had no focus. `text` is one line."""

    seq: int
    name: str
    text: str
    mention: bool


class Alerts:
    """Collects what arrives; `tick`, in each turn of the pump, shows it as one notification."""

    def __init__(self, context: AppContext) -> None:
        self._context = context
        self._waiting: list[_Arrival] = []
        self._ring = False
        self._next_at = 0.0
        self._notified = False

    def arrived(self, seq: int, name: str, text: str, *, mention: bool) -> None:
        """Take note of a message or file that arrived while the window has no focus."""
        self._ring = self._ring or mention
        wanted = self._context.model.preferences.now.notify
        if wanted == "all" or (wanted == "mentions" and mention):
            text = " ".join(text.split())[:LONGEST]
            self._waiting.append(_Arrival(seq, name, text, mention))

    def forget(self, seq: int) -> None:
        """Show no notification of this message or file: it was deleted."""
        self._waiting = [each for each in self._waiting if each.seq != seq]

    def focused(self, has_focus: bool) -> None:
        """Withdraw all notifications once the window has the focus."""
        if has_focus:
            self._waiting.clear()
            if self._notified:
                self._notified = False
                self._context.desktop.withdraw()

    def tick(self, now: float) -> None:
        """Ring the bell and show a notification if there is a reason."""
        if self._ring:
            self._ring = False
            self._context.screen.ring(bell=self._context.model.preferences.now.bell)
        if self._waiting and now >= self._next_at:
            self._next_at = now + APART
            self._notified = True
            waiting, self._waiting = self._waiting, []
            # Of several, a mention matters most.
            shown = next((each for each in reversed(waiting) if each.mention), waiting[-1])
            text = shown.text
            if more := len(waiting) - 1:
                others = ngettext(
                    "(and {count} more message)", "(and {count} more messages)", more
                )
                text += f"\n{others}"
            room = f"#{self._context.model.membership.room}"
            title = _("{name} in {room}", name=shown.name, room=room)
            self._context.desktop.notify(title, text)
