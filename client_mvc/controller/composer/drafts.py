"""Keep the text in the composer, for each room, until it is sent.

While a message is edited, the composer has its text, and the draft waits.
"""

from client_mvc.controller.app_context import AppContext
from client_mvc.controller.composer import commands
from client_mvc.controller.conversation import extras
from client_mvc.model.outbox import Box
from shared import limits

SAVE_AFTER = 1.0
"""Seconds from the last change to the write: not every key press needs one."""
SAVE_WITHIN = 4.0
"""Seconds from the first change to the write, also while the person types without a pause."""


class Drafts:
    """Implements `DraftIntents`; `tick` runs in each turn of the pump.

    `now` is what the composer contains.
    """

    def __init__(self, context: AppContext) -> None:
        self.now = ""
        self._context = context
        self._box: Box | None = None
        self._text = ""
        self._save_at: float | None = None
        self._save_by = 0.0
        self._typed_outside = False
        self._editing = False
        self._told_at = -limits.TYPING_EVERY

    def edited(self, text: str) -> None:
        """Take note that the composer now contains `text`."""
        if text != self.now:
            self._tell_typing(text)
        self.now = text
        if text != self._text and not self._editing:
            now = self._context.clock()
            if self._save_at is None:
                self._save_by = now + SAVE_WITHIN
            self._text = text
            self._save_at = min(now + SAVE_AFTER, self._save_by)
            self._typed_outside = self._box is None

    def begin_edit(self, text: str) -> None:
        """Let the composer have the text of a message; the draft waits."""
        self._editing = True
        self._show(text)

    def end_edit(self, *, keep: bool = False) -> None:
        """Let the composer have the draft again.

        `keep`: the text stays if there is none, as a new message, with which Enter carries out
        no command.
        """
        self._editing = False
        if keep and not self._text:
            now = commands.typed(self.now)
            if now != self.now:
                self._show(now)
            self.edited(now)
        else:
            self._show(self._text)

    def clear(self, text: str) -> None:
        """Empty the composer if it still contains `text`: it is not needed any more."""
        if self.now == text:
            self._show("")
            self.edited("")

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
            self._show(box.draft)
        self._typed_outside = False

    def left(self) -> None:
        """Write the draft of the room just left to disk."""
        self._save()
        self._box = None

    def _tell_typing(self, text: str) -> None:
        """Tell the others that the person is writing a message."""
        is_command = text.startswith("/") and not text.startswith("//")
        is_message = text.strip() and (not is_command or extras.emoted(text) is not None)
        if self._editing or not is_message or not self._context.model.membership.connected:
            return
        now = self._context.clock()
        if now >= self._told_at + limits.TYPING_EVERY:
            self._told_at = now
            self._context.network.typing()

    def _show(self, text: str) -> None:
        self.now = text
        self._context.screen.composer.replace(text)

    def _save(self) -> None:
        box, changed = self._box, self._save_at is not None
        self._save_at = None
        if box is not None and changed:
            self._context.store(lambda: box.save_draft(self._text))
