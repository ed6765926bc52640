"""A scrollbar that is there only while there is something to scroll.

It keeps its place when it goes: a text that wrapped anew whenever its bar came or went could
make the bar come and go for ever. One below a list gives its place back: no column wraps.
"""

import tkinter as tk
from collections.abc import Callable
from typing import Any

import ttkbootstrap as tb


class Scrollbar(tb.Frame):
    """`set` is for the scrolled widget's `yscrollcommand`, `scrolled` its `yview`; of one that
    lies `across`, `xscrollcommand` and `xview`.
    """

    def __init__(
        self,
        master: tk.Misc,
        scrolled: Callable[..., Any],
        *,
        across: bool = False,
        style: str = "TFrame",
    ) -> None:
        super().__init__(master, style=style)
        self._across = across
        self._bar = tb.Scrollbar(
            self,
            orient="horizontal" if across else "vertical",
            bootstyle="round",
            takefocus=False,
            command=scrolled,
        )
        self.configure(width=self._bar.winfo_reqwidth(), height=1)
        self.pack_propagate(False)

    def set(self, first: str | float, last: str | float) -> None:
        """What part is in view, from 0 to 1."""
        if float(first) <= 0 and float(last) >= 1:
            self._bar.pack_forget()
            self._be_high(1)
        elif not self._bar.winfo_manager():
            self._bar.pack(fill="both", expand=True)
            self._be_high(self._bar.winfo_reqheight())
        self._bar.set(first, last)

    def stand_on(self, ground: str) -> None:
        """The colour around it is another than the window's."""
        self._bar.configure(bootstyle=f"round @{ground}")

    def _be_high(self, high: int) -> None:
        if self._across:
            self.configure(height=high)
