"""The beginning of a message in the composer, kept for each room until it is said."""

from client_mvc.controller.app_context import AppContext
from client_mvc.model.outbox import Box

KEEP_AFTER = 1.0
"""Seconds after the last change: not each key is worth a write to the disk."""


class Drafts:
    """`edited` on every change, `tick` once a turn, `entered` and `left` around a room."""

    def __init__(self, context: AppContext) -> None:
        self._context = context
        self._box: Box | None = None
        self._text = ""
        self._keep_at: float | None = None
        self._typed_outside = False

    def edited(self, text: str) -> None:
        """Take note that the composer now contains `text`."""
        if text != self._text:
            self._text = text
            self._keep_at = self._context.clock() + KEEP_AFTER
            self._typed_outside = self._box is None

    def tick(self, now: float) -> None:
        """Write it down when nobody has typed for a moment."""
        if self._keep_at is not None and now >= self._keep_at:
            self._keep()

    def entered(self, box: Box) -> None:
        """In a room: its draft comes back, unless the person typed meanwhile."""
        self._box = box
        if self._typed_outside and self._text:
            self._keep_at = self._context.clock()
        else:
            self._text, self._keep_at = box.draft, None
            self._context.screen.composer.replace(box.draft)
        self._typed_outside = False

    def left(self) -> None:
        """Out of the room: what stands in the composer is on disk after this."""
        self._keep()
        self._box = None

    def _keep(self) -> None:
        box, changed = self._box, self._keep_at is not None
        self._keep_at = None
        if box is not None and changed:
            self._context.store(lambda: box.keep_draft(self._text))
