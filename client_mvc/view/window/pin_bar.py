"""The bar under the top bar with the newest pinned message."""

import tkinter as tk
from collections.abc import Callable

import ttkbootstrap as tb

from client_mvc.i18n.translate import _, ngettext
from client_mvc.view.contract.intents import Intents
from client_mvc.view.contract.values import PinBar
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets.flow_layout import clipped


class PinLine(tb.Frame):
    """A click on it lists all; `jump` goes to the message, `all` lists them, too.

    Its owner places it with `grid`; it is visible only while something is pinned.
    """

    def __init__(self, master: tk.Misc, look: Look, intents: Callable[[], Intents]) -> None:
        super().__init__(master)
        self._look = look
        self._intents = intents
        self._bar: PinBar | None = None
        px = look.px
        line = tb.Frame(self)
        line.pack(fill="x", padx=px(16), pady=px(2))
        tb.Separator(self).pack(side="bottom", fill="x")
        self._icon = tb.Label(line, style="Muted.TLabel")
        self._icon.pack(side="left", padx=(0, px(8)))
        # Packed before the text: in a narrow window the text goes first. Tab goes from left
        # to right.
        self.jump = tb.Button(line, text=_("Show"), bootstyle="ghost", command=self._jump)
        self.all = tb.Button(line, bootstyle="ghost", command=self._list)
        self.all.pack(side="right")
        self.jump.pack(side="right", padx=(px(8), 0))
        self.name = tb.Label(line, font=look.bold)
        self.name.pack(side="left")
        self.text = tb.Label(line)
        self.text.pack(side="left", padx=(px(8), 0))
        for part in (line, self._icon, self.name, self.text):
            part.configure(cursor="hand2")
            part.bind("<Button-1>", lambda _: self._list())
        line.bind("<Configure>", lambda _: self._fit())
        self._line = line
        look.attach(self, self._fit)

    def show(self, bar: PinBar | None) -> None:
        """Replace or remove the bar."""
        self._bar = bar
        if bar is None:
            self.grid_remove()
        else:
            self.grid()
            self._fit()

    def _fit(self) -> None:
        bar, look = self._bar, self._look
        if bar is None:
            return
        self._icon.configure(icon="pin-angle-fill", icon_size=look.grown(13))
        pinned = ngettext("{count} pinned", "{count} pinned", bar.count)
        self.all.configure(text=pinned)
        wide = self._line.winfo_width()
        taken = (self._icon, self.jump, self.all)
        room = wide - sum(part.winfo_reqwidth() for part in taken) - look.px(40)
        room = room if wide > 1 else look.px(10_000)
        name = clipped(look.safe.line(bar.name), look.bold, room // 2)
        left = room - look.bold.measure(name)
        text = clipped(look.safe.line(bar.text), look.base, max(0, left))
        self.name.configure(text=name, foreground=look.palette.names[bar.colour])
        self.text.configure(text="" if text == "…" else text)

    def _jump(self) -> None:
        if self._bar is not None:
            self._intents().history.go_to(self._bar.seq)

    def _list(self) -> None:
        self._intents().conversation.show_pins()
