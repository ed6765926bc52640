"""The line below an older page: that it is one, and the way back to the newest.

Knows no page: it shows the text it is given.
"""

import tkinter as tk
from collections.abc import Callable

import ttkbootstrap as tb

from client_mvc.i18n.translate import _
from client_mvc.view.contract.intents import Intents
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets.flow_layout import Flow


class ReadingLine(tb.Frame):
    """Its owner places it; it is there only while it has a text."""

    def __init__(self, master: tk.Misc, look: Look, intents: Callable[[], Intents]) -> None:
        super().__init__(master, style="info.Banner.TFrame")
        self._look = look
        line = Flow(self, look, gap=16, style="info.Banner.TFrame")
        line.pack(fill="x", padx=look.px(16), pady=look.px(3))
        self.text = tb.Label(
            line, style="info.Banner.TLabel", justify="left", padding=(0, look.px(2))
        )
        self.back = tb.Button(
            line,
            text=_("Back to the newest"),
            style="info.Banner.TButton",
            command=lambda: intents().history.to_newest(),
        )
        line.add(self.text)
        line.add(self.back, "right")

    def show(self, text: str | None) -> None:
        """Show the line with this text, or remove it."""
        if text is None:
            self.grid_remove()
            return
        self.text.configure(text=self._look.safe.line(text))
        self.grid()
