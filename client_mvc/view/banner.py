"""The line under the top bar that says how the connection is, when there is something to say.

Knows no connection: it shows the text it is given.
"""

import tkinter as tk
from collections.abc import Callable

import ttkbootstrap as tb

from client_mvc.view.contract import Intents
from client_mvc.view.shapes import Banner
from client_mvc.view.theme import Look


class BannerLine(tb.Frame):
    """Its owner makes room for it only while `show` was given a banner."""

    def __init__(self, master: tk.Misc, look: Look, intents: Callable[[], Intents]) -> None:
        super().__init__(master)
        self._look = look
        self.text = tb.Label(self)
        self.text.pack(side="left", padx=look.px(16), pady=look.px(6))
        self.action = tb.Button(self, command=lambda: intents().banner_action())

    def show(self, banner: Banner) -> None:
        """Put `banner` in place of the one before."""
        safe = self._look.safe
        self.configure(style=f"{banner.kind}.Banner.TFrame")
        self.text.configure(text=safe.line(banner.text), style=f"{banner.kind}.Banner.TLabel")
        if banner.action:
            self.action.configure(
                text=safe.line(banner.action), style=f"{banner.kind}.Banner.TButton"
            )
            # Before the text, which is cut where there is not enough room for both.
            px = self._look.px
            self.action.pack(side="right", padx=px(16), pady=px(3), before=self.text)
        else:
            self.action.pack_forget()
