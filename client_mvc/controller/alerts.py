"""What calls a person back to a window that nobody looks at: the bell and notifications.

Told what came in, it decides by the preferences who is disturbed, and how often.
"""

from dataclasses import dataclass

from client_mvc.controller.app_context import AppContext
from client_mvc.i18n.translate import _, ngettext

APART = 5.0
"""Seconds between two notifications: a busy room must not bury the desktop."""
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Heard:
    """Something that came in while nobody looked. `text` is one line."""

    name: str
    text: str
    mention: bool


class Alerts:
    """`heard` as things come, `tick` once a turn, `focused` as the window gets the focus."""

    def __init__(self, context: AppContext) -> None:
        self._context = context
        self._waiting: list[Heard] = []
        self._ring = False
        self._next_at = 0.0
        self._notified = False

    def heard(self, name: str, text: str, *, mention: bool) -> None:
        """Something came in while nobody looks."""
        self._ring = self._ring or mention
        wanted = self._context.model.preferences.now.notify
        if wanted == "all" or (wanted == "mentions" and mention):
            self._waiting.append(Heard(name, " ".join(text.split())[:LONGEST], mention))

    def focused(self, has_focus: bool) -> None:
        """Who looks needs no notifications, neither new nor old."""
        if has_focus:
            self._waiting.clear()
            if self._notified:
                self._notified = False
                self._context.desktop.withdraw()

    def tick(self, now: float) -> None:
        """Ring and notify, if there is reason to."""
        if self._ring:
            self._ring = False
            self._context.screen.ring(bell=self._context.model.preferences.now.bell)
        if self._waiting and now >= self._next_at:
            self._next_at = now + APART
            self._notified = True
            waiting, self._waiting = self._waiting, []
            # Of many, a mention is what one would come back for.
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
