"""The line below an older page: that it is one, and the way back to the newest.

Knows no page: it shows the text it is given.
"""

import tkinter as tk
from collections.abc import Callable

import ttkbootstrap as tb

from client_mvc.view.contract import Intents
from client_mvc.view.fitting import wrap
from client_mvc.view.theme import Look
from client_mvc.words import _


class ReadingLine(tb.Frame):
    """Its owner makes room for it only while there is a text."""

    def __init__(self, master: tk.Misc, look: Look, intents: Callable[[], Intents]) -> None:
        super().__init__(master, style="info.Banner.TFrame")
        self._look = look
        self.text = tb.Label(self, style="info.Banner.TLabel", justify="left")
        wrap(self.text, look)
        self.back = tb.Button(
            self,
            text=_("Back to the newest"),
            style="info.Banner.TButton",
            command=lambda: intents().to_newest(),
        )
        # Before the text, which goes on below where there is not enough room for both.
        self.back.pack(side="right", padx=look.px(16), pady=look.px(3))
        self.text.pack(side="left", fill="x", expand=True, padx=look.px(16), pady=look.px(5))

    def show(self, text: str) -> None:
        """Put `text` in place of the one before."""
        self.text.configure(text=self._look.safe.line(text))
