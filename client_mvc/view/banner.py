"""The line under the top bar that says how the connection is, when there is something to say.

Knows no connection: it shows the text it is given.
"""

import tkinter as tk
from collections.abc import Callable

import ttkbootstrap as tb

from client_mvc.view.contract import Intents
from client_mvc.view.shapes import Banner
from client_mvc.view.theme import Look

_MARGIN = 16


class BannerLine(tb.Frame):
    """Its owner makes room for it only while `show` was given a banner."""

    def __init__(self, master: tk.Misc, look: Look, intents: Callable[[], Intents]) -> None:
        super().__init__(master)
        self._look = look
        self.text = tb.Label(self, justify="left")
        self.text.pack(side="left", padx=look.px(_MARGIN), pady=look.px(6))
        self.action = tb.Button(self, command=lambda: intents().banner_action())
        self.bind("<Configure>", lambda _: self._fit())
        look.attach(self, self._fit)

    def show(self, banner: Banner) -> None:
        """Put `banner` in place of the one before."""
        safe = self._look.safe
        self.configure(style=f"{banner.kind}.Banner.TFrame")
        self.text.configure(text=safe.line(banner.text), style=f"{banner.kind}.Banner.TLabel")
        if banner.action:
            self.action.configure(
                text=safe.line(banner.action), style=f"{banner.kind}.Banner.TButton"
            )
            # Before the text, which takes more lines where there is no room for both.
            px = self._look.px
            self.action.pack(side="right", padx=px(_MARGIN), pady=px(3), before=self.text)
        else:
            self.action.pack_forget()
        self._fit()

    def _fit(self) -> None:
        """In as many lines as it takes: what matters most often stands at the end."""
        margin = 2 * self._look.px(_MARGIN)
        beside = self.action.winfo_reqwidth() + margin if self.action.winfo_manager() else 0
        self.text.configure(wraplength=max(1, self.winfo_width() - beside - margin))
