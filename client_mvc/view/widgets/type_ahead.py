"""Typing in a list selects the first row whose text begins with what was typed.

The space bar alone selects the row with the focus, if none is selected.
Where no row begins so, no row is selected: Enter must not take a row that nobody asked for.
"""

import tkinter as tk
import unicodedata
from collections.abc import Callable
from tkinter import ttk

from client_mvc.view.widgets import editing

PAUSE_MS = 1_500
"""Milliseconds without a key, by the clock of the events, after which a new text begins."""


class TypeAhead:
    """Selects rows of `tree`. `missed` is called with a typed text that no row begins with."""

    def __init__(self, tree: ttk.Treeview, missed: Callable[[str], None]) -> None:
        self._tree = tree
        self._missed = missed
        self._typed = ""
        self._last = 0
        tree.bind("<Key>", self._pressed, add="+")
        for sequence in ("<Button>", "<FocusOut>"):
            tree.bind(sequence, lambda _: self.reset(), add="+")

    def reset(self) -> None:
        """Forget what was typed."""
        self._typed = ""

    def take_back(self) -> bool:
        """Remove the last character; return False if nothing is typed."""
        if not self._typed:
            return False
        self._typed = self._typed[:-1]
        self._find()
        return True

    def _pressed(self, event: "tk.Event[tk.Misc]") -> str | None:
        is_text = event.char != "" and event.char.isprintable()
        if not is_text or editing.is_command(event):
            if not event.keysym.startswith(("Shift", "Caps", "ISO", "Mode", "Multi", "dead")):
                self.reset()
            return None
        if event.time - self._last > PAUSE_MS:
            self.reset()
        if event.char == " " and not self._typed:
            if not self._tree.selection():
                self._tree.selection_set(self._tree.focus() or ())
            return "break"
        self._last = event.time
        self._typed += event.char
        self._find()
        return "break"

    def _find(self) -> None:
        tree, typed = self._tree, _folded(self._typed)
        rows = tree.get_children() if typed else ()
        found = next(
            (row for row in rows if _folded(tree.item(row, "text")).startswith(typed)), ""
        )
        tree.selection_set(found or ())
        if found:
            tree.focus(found)
            tree.see(found)
        elif typed:
            self._missed(self._typed)


def _folded(text: object) -> str:
    return unicodedata.normalize("NFKC", str(text)).casefold()
