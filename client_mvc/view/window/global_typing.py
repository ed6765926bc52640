"""Typing beside a field of the main window means the composer: on the button that was clicked
last, say, or in the conversation. Knows no key that any of them has for itself.
"""

import tkinter as tk
from collections.abc import Sequence

from client_mvc.view.widgets import editing
from client_mvc.view.window.composer import Composer


class Elsewhere:
    """Listens to `root`, but not to what is in `apart`. In `lists`, Return means something else
    than to say what was written.
    """

    def __init__(
        self, root: tk.Tk, composer: Composer, *, apart: tk.Misc, lists: Sequence[tk.Misc]
    ) -> None:
        self._composer = composer
        self._apart = str(apart)
        # Comes to these only from widgets of this window, after their own bindings.
        root.bind("<Key>", self._typed)
        root.bind("<<Paste>>", self._pasted)
        for key in ("<Control-Return>", "<Control-KP_Enter>"):
            for widget in (root, *lists):
                widget.bind(key, lambda _: composer.say())

    def _typed(self, event: "tk.Event[tk.Misc]") -> None:
        writes = event.char.isprintable() and event.char not in ("", " ")
        if writes and not editing.is_command(event):
            self._insert(event.widget, event.char)

    def _pasted(self, event: "tk.Event[tk.Misc]") -> None:
        if pasted := editing.clipboard(event.widget):
            self._insert(event.widget, pasted)

    def _insert(self, widget: tk.Misc, text: str) -> None:
        is_field = isinstance(widget, tk.Text) and widget.cget("state") == "normal"
        if not is_field and not str(widget).startswith(self._apart):
            self._composer.insert(text)
