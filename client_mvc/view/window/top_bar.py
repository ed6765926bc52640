"""The bar at the top of the window: the names of the room and its server, invite and menu.

It cuts names and a topic that are too long for the window. Behind the names it shows whether
the connection is encrypted; a tooltip has the details.
"""

import tkinter as tk
from collections.abc import Callable

import ttkbootstrap as tb

from client_mvc.i18n.translate import _
from client_mvc.view.contract.intents import Intents
from client_mvc.view.contract.values import RoomRules, Security
from client_mvc.view.dialogs.file_dialogs import FileDialogs
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets.flow_layout import clipped
from client_mvc.view.widgets.tooltip import Tooltip
from client_mvc.view.window.menu import MainMenu
from client_mvc.view.window.topic_line import TopicLine

_TOPIC = 200  # pixels


class TopBar(tb.Frame):
    """`room`, `locked`, `server`, `security` and `topic`; `menu_button` opens `menu`,
    `invite` the window to let others in.
    """

    def __init__(
        self, master: tk.Misc, look: Look, intents: Callable[[], Intents], dialogs: FileDialogs
    ) -> None:
        super().__init__(master, style="Chrome.TFrame")
        self._look = look
        self._names = ("", "")
        self._rules = RoomRules()
        px = look.px
        self._inner = tb.Frame(self, style="Chrome.TFrame")
        self._inner.pack(fill="x", padx=px(16), pady=px(8))
        self._inner.bind("<Configure>", lambda _: self._fit())
        self.invite = tb.Button(self._inner, command=lambda: intents().invite.open())
        look.icon(self.invite, "person-plus-fill")
        Tooltip(self.invite, look, _("Copy invite link"))
        self.menu_button = tb.Button(self._inner, text=_("Menu"))
        look.icon(self.menu_button, "list")
        self.menu_button.pack(side="right")
        self.room = tb.Label(self._inner, font=look.title, style="Chrome.TLabel")
        self.room.pack(side="left")
        self.locked = tb.Label(self._inner, style="Muted.Chrome.TLabel")
        look.icon(self.locked, "door-closed-fill")
        Tooltip(self.locked, look, _("The room is locked: nobody new can join."))
        self.server = tb.Label(self._inner, style="Muted.Chrome.TLabel")
        self.server.pack(side="left", padx=px(10), pady=(px(3), 0))
        self.security = tb.Label(self._inner, compound="left")
        self._security: Security | None = None
        self.details = Tooltip(self.security, look, "")
        self.topic = TopicLine(self._inner, look, intents)
        look.attach(self._inner, self._fit)
        look.attach(self.security, self._paint_security)
        look.attach(self.invite, self._paint_invite)
        self.menu = MainMenu(look, self.menu_button, intents, dialogs)

    def show(self, room: str, server: str) -> None:
        """Show the names of room and server; empty strings outside a room."""
        safe = self._look.safe
        self._names = (f"#{safe.line(room)}" if room else "Chatroom", safe.line(server))
        self.invite.pack_forget()
        if room:
            self.invite.pack(side="right", padx=(0, self._look.px(4)), after=self.menu_button)
        self._fit()

    def show_security(self, security: Security | None) -> None:
        """Show whether the connection is encrypted; None: nothing leaves this computer."""
        self._security = security
        self.details.set_text(security.details if security is not None else "")
        self._paint_security()
        self._fit()

    def _paint_invite(self) -> None:
        self.invite.configure(bootstyle=f"ghost @{self._look.palette.chrome}")

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
        self.security.pack(
            side="left", padx=(0, look.px(10)), pady=(look.px(3), 0), after=self.server
        )

    def show_rules(self, rules: RoomRules) -> None:
        """Show topic and lock, and offer in the menu what the reader may change."""
        self._rules = rules
        self.locked.pack_forget()
        if rules.locked:
            self.locked.pack(side="left", padx=(self._look.px(6), 0), after=self.room)
        self.topic.pack_forget()
        if rules.topic:
            self.topic.pack(side="left", fill="x", expand=True, pady=(self._look.px(3), 0))
        self.topic.show(rules.topic)
        self.menu.show_rules(rules)
        self._fit()

    def _fit(self) -> None:
        """Cut the names to the width of the bar: the room's is whole, if that is possible.

        The topic has some width before the server's name has any.
        """
        look, wide = self._look, self._inner.winfo_width()
        left = wide - self.menu_button.winfo_reqwidth() - look.px(30)
        if self.invite.winfo_manager():
            left -= self.invite.winfo_reqwidth() + look.px(4)
        if self._security is not None:
            left -= self.security.winfo_reqwidth() + look.px(10)
        if self._rules.locked:
            left -= self.locked.winfo_reqwidth() + look.px(6)
        topic = min(self.topic.wanted, look.grown(_TOPIC)) if self._rules.topic else 0
        for label, text, font, kept in zip(
            (self.room, self.server),
            self._names,
            (look.title, look.small),
            (0, topic),
            strict=True,
        ):
            # Before the window is on screen its parts are one pixel wide.
            shown = clipped(text, font, max(0, left - kept)) if wide > 1 else text
            label.configure(text="" if shown == "…" else shown)
            left -= font.measure(shown)
