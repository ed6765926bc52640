"""The row above the field that says what the next message is: a reply, or an edit."""

import tkinter as tk
from collections.abc import Callable

import ttkbootstrap as tb

from client_mvc.i18n.translate import _
from client_mvc.view.contract.values import ComposerContext
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets.flow_layout import clipped
from client_mvc.view.widgets.icon_button import icon_button

_ICONS = {"reply": "reply", "edit": "pencil"}


class ContextRow(tb.Frame):
    """`title` and `text`; its owner shows it with `grid`. `end` ends the reply or edit."""

    def __init__(self, master: tk.Misc, look: Look, end: Callable[[], None]) -> None:
        super().__init__(master)
        self._look = look
        self._context: ComposerContext | None = None
        px = look.px
        self._icon = tb.Label(self)
        self._icon.pack(side="left", padx=(0, px(8)))
        self.title = tb.Label(self)
        self.title.pack(side="left")
        # Packed before the text: in a narrow window the text goes first.
        self.end = icon_button(self, look, "x-lg", end, _("Stop"), key=_("Escape"))
        self.end.configure(takefocus=False)
        self.end.pack(side="right")
        self.text = tb.Label(self, style="Muted.TLabel")
        self.text.pack(side="left", padx=(px(12), px(8)))
        self.bind("<Configure>", lambda _: self._fit())
        look.attach(self, self._fit)

    def show(self, context: ComposerContext | None) -> None:
        """Show the row with this context, or remove it."""
        self._context = context
        if context is None:
            self.grid_remove()
        else:
            self.grid()
            self._fit()

    def _fit(self) -> None:
        context, look = self._context, self._look
        if context is None:
            return
        self._icon.configure(icon=_ICONS[context.kind], icon_size=look.grown(14))
        room = self.winfo_width() - self._icon.winfo_reqwidth() - self.end.winfo_reqwidth()
        room = room - look.px(44) if self.winfo_width() > 1 else look.px(10_000)
        title = clipped(look.safe.line(context.title), look.base, max(0, room), base=0)
        left = room - look.base.measure(title)
        text = clipped(look.safe.line(context.text), look.small, max(0, left))
        self.title.configure(text=title)
        self.text.configure(text="" if text == "…" else text)
