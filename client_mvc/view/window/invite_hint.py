"""The line below the conversation that says how to invite others, while one is alone."""

import tkinter as tk
from collections.abc import Callable, Sequence

import ttkbootstrap as tb

from client_mvc.i18n.translate import _
from client_mvc.view.contract.intents import Intents
from client_mvc.view.contract.values import MemberRow
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets.flow_layout import FlowFrame


class InviteHint(tb.Frame):
    """Its owner places it with `grid`; `invite` copies the link and opens the window."""

    def __init__(self, master: tk.Misc, look: Look, intents: Callable[[], Intents]) -> None:
        super().__init__(master)
        px = look.px
        line = FlowFrame(self, look, gap=12)
        line.pack(padx=px(16), pady=px(10))
        self.text = tb.Label(
            line,
            style="Muted.TLabel",
            text=_("Nobody else is here yet. Send them a link to this room."),
        )
        self.invite = tb.Button(
            line, text=_("Copy invite link"), command=lambda: intents().invite.open()
        )
        look.icon(self.invite, "person-plus-fill")
        line.add(self.text, self.invite)

    def members(self, members: Sequence[MemberRow]) -> None:
        """Show the line if these are the reader alone."""
        if len(members) == 1 and members[0].you and not members[0].unknown:
            self.grid()
        else:
            self.grid_remove()
