"""Typing with the focus outside a field of the main window goes to the composer.

The focus may be on the button clicked last, for example, or on the conversation. Keys that such
a widget handles itself are left to it.
"""

import tkinter as tk
from collections.abc import Sequence

from client_mvc.view.widgets import editing
from client_mvc.view.window.composer import Composer

_SEND = ("<Control-Return>", "<Control-KP_Enter>")


class GlobalTyping:
    """Passes on the keys of `root`, except those in the widget `apart` and its children.

    Return alone does something else in `lists`; Ctrl+Return sends the message there, too.
    """

    def __init__(
        self, root: tk.Tk, composer: Composer, *, apart: tk.Misc, lists: Sequence[tk.Misc]
    ) -> None:
        self._composer = composer
        self._apart = str(apart)
        # These run after the widgets' own bindings, and only for widgets of this window.
        root.bind("<Key>", self._typed)
        root.bind("<<Paste>>", self._pasted)
        for widget in (root, *lists):
            editing.on_keys(widget, _SEND, composer.send_message)

    def _typed(self, event: "tk.Event[tk.Misc]") -> None:
        is_text = event.char.isprintable() and event.char not in ("", " ")
        if is_text and not editing.is_command(event):
            self._insert(event.widget, event.char)

    def _pasted(self, event: "tk.Event[tk.Misc]") -> None:
        if self._is_free(event.widget):
            self._composer.pasting.paste()

    def _insert(self, widget: tk.Misc, text: str) -> None:
        if self._is_free(widget):
            self._composer.insert(text)

    def _is_free(self, widget: tk.Misc) -> bool:
        """Tell whether `widget` has no use for text itself."""
        is_field = isinstance(widget, tk.Text) and widget.cget("state") == "normal"
        return not is_field and not str(widget).startswith(self._apart)
