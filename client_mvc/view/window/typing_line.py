"""The line above the composer that says who is writing. It is always there: nothing moves."""

import tkinter as tk

import ttkbootstrap as tb

from client_mvc.view.style.theme import Look
from client_mvc.view.widgets.flow_layout import clipped


class TypingLine(tb.Frame):
    """`label` has the text."""

    def __init__(self, master: tk.Misc, look: Look) -> None:
        super().__init__(master)
        self._look = look
        self._text = ""
        self.label = tb.Label(self, style="Muted.TLabel", padding=0)
        # Placed, so that a long text does not widen the window.
        self.label.place(x=0, y=0)
        self.bind("<Configure>", lambda _: self._fit())
        look.attach(self, self._fit)

    def show(self, text: str) -> None:
        """Replace the text; empty: nobody is writing."""
        self._text = self._look.safe.line(text)
        self._fit()

    def _fit(self) -> None:
        look = self._look
        self.configure(height=self.label.winfo_reqheight())
        wide = self.winfo_width()
        shown = clipped(self._text, look.small, wide, base=0) if wide > 1 else self._text
        self.label.configure(text=shown)
