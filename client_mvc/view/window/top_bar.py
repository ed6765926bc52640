"""The bar at the top of the window: the names of the room and its server, the Menu button.

It cuts names that are too long for the window. Behind the names it shows whether the
connection is encrypted; a tooltip has the details.
"""

import tkinter as tk
from collections.abc import Callable

import ttkbootstrap as tb

from client_mvc.i18n.translate import _
from client_mvc.view.contract.intents import Intents
from client_mvc.view.contract.values import Security
from client_mvc.view.dialogs.file_dialogs import FileDialogs
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets.flow_layout import clipped
from client_mvc.view.widgets.tooltip import Tooltip
from client_mvc.view.window.menu import MainMenu


class TopBar(tb.Frame):
    """The labels `room`, `server` and `security`, and `menu_button` that opens `menu`."""

    def __init__(
        self, master: tk.Misc, look: Look, intents: Callable[[], Intents], dialogs: FileDialogs
    ) -> None:
        super().__init__(master, style="Chrome.TFrame")
        self._look = look
        self._names = ("", "")
        px = look.px
        self._inner = tb.Frame(self, style="Chrome.TFrame")
        self._inner.pack(fill="x", padx=px(16), pady=px(8))
        self._inner.bind("<Configure>", lambda _: self._fit())
        self.menu_button = tb.Button(self._inner, text=_("Menu"))
        look.icon(self.menu_button, "list")
        self.menu_button.pack(side="right")
        self.room = tb.Label(self._inner, font=look.title, style="Chrome.TLabel")
        self.room.pack(side="left")
        self.server = tb.Label(self._inner, style="Muted.Chrome.TLabel")
        self.server.pack(side="left", padx=px(10), pady=(px(3), 0))
        self.security = tb.Label(self._inner, compound="left")
        self._security: Security | None = None
        self.details = Tooltip(self.security, look, "")
        look.attach(self._inner, self._fit)
        look.attach(self.security, self._paint_security)
        self.menu = MainMenu(look, self.menu_button, intents, dialogs)

    def show(self, room: str, server: str) -> None:
        """Show the names of room and server; empty strings outside a room."""
        safe = self._look.safe
        self._names = (f"#{safe.line(room)}" if room else "Chatroom", safe.line(server))
        self._fit()

    def show_security(self, security: Security | None) -> None:
        """Show whether the connection is encrypted; None: nothing leaves this computer."""
        self._security = security
        self.details.set_text(security.details if security is not None else "")
        self._paint_security()
        self._fit()

    def _paint_security(self) -> None:
        """A lock says enough; what is not encrypted is said in words."""
        look, security = self._look, self._security
        self.security.pack_forget()
        if security is None:
            return
        kind = "Muted" if security.encrypted else "Problem"
        self.security.configure(
            text="" if security.encrypted else look.safe.line(security.mark),
            style=f"{kind}.Chrome.TLabel",
            icon="lock-fill" if security.encrypted else "unlock-fill",
            icon_size=look.grown(13),
        )
        self.security.pack(side="left", pady=(look.px(3), 0))

    def _fit(self) -> None:
        """Cut the names to the width of the bar; the room's name gets its width first."""
        look, wide = self._look, self._inner.winfo_width()
        left = wide - self.menu_button.winfo_reqwidth() - look.px(26)
        if self._security is not None:
            left -= self.security.winfo_reqwidth()
        for label, text, font in zip(
            (self.room, self.server), self._names, (look.title, look.small), strict=True
        ):
            # Before the window is on screen its parts are one pixel wide.
            shown = clipped(text, font, max(0, left)) if wide > 1 else text
            label.configure(text=shown)
            left -= font.measure(shown)
