"""Keep the text in the composer, for each room, until it is sent."""

from client_mvc.controller.app_context import AppContext
from client_mvc.model.outbox import Box

SAVE_AFTER = 1.0
"""Seconds from the last change to the write: not every key press needs one."""
SAVE_WITHIN = 4.0
"""Seconds from the first change to the write, also while the person types without a pause."""


class Drafts:
    """Implements `DraftIntents`; `tick` runs in each turn of the pump."""

    def __init__(self, context: AppContext) -> None:
        self._context = context
        self._box: Box | None = None
        self._text = ""
        self._save_at: float | None = None
        self._save_by = 0.0
        self._typed_outside = False

    def edited(self, text: str) -> None:
        """Take note that the composer now contains `text`."""
        if text != self._text:
            now = self._context.clock()
            if self._save_at is None:
                self._save_by = now + SAVE_WITHIN
            self._text = text
            self._save_at = min(now + SAVE_AFTER, self._save_by)
            self._typed_outside = self._box is None

    def tick(self, now: float) -> None:
        """Write the draft to disk once the person pauses, and every `SAVE_WITHIN` seconds."""
        if self._save_at is not None and now >= self._save_at:
            self._save()

    def entered(self, box: Box) -> None:
        """Show the draft of a room just joined, unless the person has typed meanwhile."""
        self._box = box
        if self._typed_outside and self._text:
            self._save_at = self._context.clock()
        else:
            self._text, self._save_at = box.draft, None
            self._context.screen.composer.replace(box.draft)
        self._typed_outside = False

    def left(self) -> None:
        """Write the draft of the room just left to disk."""
        self._save()
        self._box = None

    def _save(self) -> None:
        box, changed = self._box, self._save_at is not None
        self._save_at = None
        if box is not None and changed:
            self._context.store(lambda: box.save_draft(self._text))
