"""The middle of the window: search bar and messages, and a line below them at times.

Below an older page there is the way back, in an empty room the way to invite others.
"""

import tkinter as tk
from collections.abc import Callable

import ttkbootstrap as tb

from client_mvc.view.contract.intents import Intents
from client_mvc.view.dialogs.file_dialogs import FileDialogs
from client_mvc.view.messages.message_view import MessageView
from client_mvc.view.style.theme import Look
from client_mvc.view.window.banner import HistoryBanner
from client_mvc.view.window.invite_hint import InviteHint
from client_mvc.view.window.search_bar import SearchBar


class ConversationArea(tb.Frame):
    """`search`, `messages`, `invite_hint` and `history_banner`, from top to bottom.

    `focus_back` gives the keyboard to the composer.
    """

    def __init__(
        self,
        master: tk.Misc,
        look: Look,
        intents: Callable[[], Intents],
        dialogs: FileDialogs,
        focus_back: Callable[[], None],
    ) -> None:
        super().__init__(master)
        self.columnconfigure(0, weight=1)
        self.rowconfigure(1, weight=1)
        # In the order in which Tab goes through them.
        self.search = SearchBar(self, look, intents, lambda: self.messages.text.focus_set())
        self.messages = MessageView(self, look, intents, dialogs, focus_back)
        self.invite_hint = InviteHint(self, look, intents)
        self.history_banner = HistoryBanner(self, look, intents)
        parts = (self.search, self.messages, self.invite_hint, self.history_banner)
        for row, part in enumerate(parts):
            part.grid(row=row, column=0, sticky="nsew")
        for part in (self.search, self.invite_hint, self.history_banner):
            part.grid_remove()
        for part in (self, self.search):
            part.bind("<Configure>", lambda _: self._share_height(), add="+")

    def _share_height(self) -> None:
        """Give the search results at most half of the height: the messages stay visible."""
        if self.winfo_height() > 1:
            self.search.fit(self.winfo_height() // 2)
