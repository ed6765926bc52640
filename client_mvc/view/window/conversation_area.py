"""The conversation area: the messages, with the search bar above them and, below an older page,
the line that leads back to the newest message.
"""

import tkinter as tk
from collections.abc import Callable

import ttkbootstrap as tb

from client_mvc.view.contract.intents import Intents
from client_mvc.view.dialogs.file_dialogs import Choosers
from client_mvc.view.messages.history_banner import ReadingLine
from client_mvc.view.messages.message_view import Pane
from client_mvc.view.style.theme import Look
from client_mvc.view.window.search_bar import FindBar


class Middle(tb.Frame):
    """`search`, `messages` and `history_banner`, from top to bottom."""

    def __init__(
        self,
        master: tk.Misc,
        look: Look,
        intents: Callable[[], Intents],
        choosers: Choosers,
    ) -> None:
        super().__init__(master)
        self.columnconfigure(0, weight=1)
        self.rowconfigure(1, weight=1)
        # In the order in which Tab goes through them.
        self.search = FindBar(self, look, intents, lambda: self.messages.text.focus_set())
        self.messages = Pane(self, look, intents, choosers)
        self.history_banner = ReadingLine(self, look, intents)
        for row, part in enumerate((self.search, self.messages, self.history_banner)):
            part.grid(row=row, column=0, sticky="nsew")
        self.search.grid_remove()
        self.history_banner.grid_remove()
        # The results take at most half of the height, so that the messages stay visible.
        for part in (self, self.search):
            part.bind("<Configure>", lambda _: self._share(), add="+")

    def _share(self) -> None:
        if self.winfo_height() > 1:
            self.search.leave(self.winfo_height() // 2)
