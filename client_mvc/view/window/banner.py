"""Coloured lines with a text and a button: the state of the connection, and the older page."""

import tkinter as tk
from collections.abc import Callable

import ttkbootstrap as tb

from client_mvc.i18n.translate import _
from client_mvc.view.contract.intents import Intents
from client_mvc.view.contract.values import Banner
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets.flow_layout import FlowFrame


class _ButtonLine(tb.Frame):
    """Its owner places it with `grid`; it is visible only while it has a text.

    `pressed` is called when the member presses its button.
    """

    def __init__(self, master: tk.Misc, look: Look, pressed: Callable[[], None]) -> None:
        super().__init__(master)
        self._look = look
        self._line = FlowFrame(self, look, gap=16)
        self._line.pack(fill="x", padx=look.px(16), pady=look.px(3))
        self.text = tb.Label(self._line, justify="left", padding=(0, look.px(3)))
        self.action = tb.Button(self._line, command=pressed)
        self._line.add(self.text)

    def _show(self, kind: str, text: str, action: str) -> None:
        safe = self._look.safe
        for frame in (self, self._line):
            frame.configure(style=f"{kind}.Banner.TFrame")
        self.text.configure(text=safe.sentence(safe.line(text)), style=f"{kind}.Banner.TLabel")
        self.action.configure(text=safe.line(action), style=f"{kind}.Banner.TButton")
        if action:
            self._line.add(self.action, side="right")
        else:
            self._line.remove(self.action)
        self.grid()


class BannerLine(_ButtonLine):
    """The line under the top bar, for the connection and for errors."""

    def __init__(self, master: tk.Misc, look: Look, intents: Callable[[], Intents]) -> None:
        super().__init__(master, look, lambda: intents().banner.act())

    def show(self, banner: Banner | None) -> None:
        """Replace or remove the banner."""
        if banner is None:
            self.grid_remove()
        else:
            self._show(banner.kind, banner.text, banner.action)


class HistoryBanner(_ButtonLine):
    """The line below an older page, with the way back to the newest message."""

    def __init__(self, master: tk.Misc, look: Look, intents: Callable[[], Intents]) -> None:
        super().__init__(master, look, lambda: intents().history.to_newest())

    def show(self, text: str | None) -> None:
        """Show the line with this text, or remove it."""
        if text is None:
            self.grid_remove()
        else:
            self._show("info", text, _("Back to the newest"))
