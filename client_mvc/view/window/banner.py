"""The line under the top bar that says how the connection is, when there is something to say.

Knows no connection: it shows the text it is given.
"""

import tkinter as tk
from collections.abc import Callable

import ttkbootstrap as tb

from client_mvc.view.contract.intents import Intents
from client_mvc.view.contract.values import Banner
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets.flow_layout import Flow


class BannerLine(tb.Frame):
    """Its owner places it; it is there only while it has a banner to show."""

    def __init__(self, master: tk.Misc, look: Look, intents: Callable[[], Intents]) -> None:
        super().__init__(master)
        self._look = look
        self._line = Flow(self, look, gap=16)
        self._line.pack(fill="x", padx=look.px(16), pady=look.px(3))
        self.text = tb.Label(self._line, justify="left", padding=(0, look.px(3)))
        self.action = tb.Button(self._line, command=lambda: intents().banner.act())
        self._line.add(self.text)

    def show(self, banner: Banner | None) -> None:
        """Replace or remove the banner."""
        if banner is None:
            self.grid_remove()
            return
        self.grid()
        safe = self._look.safe
        for frame in (self, self._line):
            frame.configure(style=f"{banner.kind}.Banner.TFrame")
        self.text.configure(text=safe.line(banner.text), style=f"{banner.kind}.Banner.TLabel")
        if banner.action:
            self.action.configure(
                text=safe.line(banner.action), style=f"{banner.kind}.Banner.TButton"
            )
            self._line.add(self.action, "right")
        else:
            self._line.remove(self.action)
