"""The middle of the window: the conversation, with the search bar above it and, below an
older page, the line that leads back. Knows where they stand, and where the keyboard was.
"""

import tkinter as tk
from collections.abc import Callable

import ttkbootstrap as tb

from client_mvc.view.contract.screen import Intents
from client_mvc.view.dialogs.file_dialogs import Choosers
from client_mvc.view.messages.history_banner import ReadingLine
from client_mvc.view.messages.message_view import Pane
from client_mvc.view.style.theme import Look
from client_mvc.view.window.search_bar import FindBar


class Middle(tb.Frame):
    """`find`, `pane` and `reading`, from top to bottom."""

    def __init__(
        self,
        master: tk.Misc,
        look: Look,
        intents: Callable[[], Intents],
        choosers: Choosers,
    ) -> None:
        super().__init__(master)
        self._intents = intents
        self._before: tk.Misc | None = None
        self.columnconfigure(0, weight=1)
        self.rowconfigure(1, weight=1)
        # In the order in which Tab goes through them.
        self.find = FindBar(self, look, intents, self._close_find)
        self.pane = Pane(self, look, intents, choosers)
        self.reading = ReadingLine(self, look, intents)
        for row, part in enumerate((self.find, self.pane, self.reading)):
            part.grid(row=row, column=0, sticky="nsew")
        self.find.grid_remove()
        self.reading.grid_remove()
        # What is searched for has to be seen: results take no more than half.
        for part in (self, self.find):
            part.bind("<Configure>", lambda _: self._share(), add="+")

    def open_find(self) -> None:
        """Open the search bar, or go back to it."""
        if not self.find.winfo_ismapped():
            self._before = self.focus_get()
            self.find.grid()
        self.find.begin()

    def show_reading(self, text: str | None) -> None:
        """Say that it is an older page; or no more."""
        if text is None:
            self.reading.grid_remove()
        else:
            self.reading.show(text)
            self.reading.grid()

    def _share(self) -> None:
        if self.winfo_height() > 1:
            self.find.leave(self.winfo_height() // 2)

    def _close_find(self) -> None:
        """The keyboard goes back to where it was."""
        self.find.grid_remove()
        before, self._before = self._before, None
        back = before if before is not None and before.winfo_exists() else self.pane.text
        back.focus_set()
        self._intents().close_find()
