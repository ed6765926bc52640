"""A scrollbar that is visible only while there is something to scroll.

A hidden vertical bar keeps its width: if the text wrapped anew whenever the bar came or went,
the bar could come and go forever. A hidden horizontal bar gives its height back, since columns
do not wrap.
"""

import tkinter as tk
from collections.abc import Callable
from typing import Any

import ttkbootstrap as tb


class Scrollbar(tb.Frame):
    """A vertical bar, or a horizontal one if it lies `across`.

    Args:
        scrolled: The scrolled widget's `yview` (or `xview`); `set` is its `yscrollcommand`.
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
        """Show which part is visible, from 0 to 1."""
        if float(first) <= 0 and float(last) >= 1:
            self._bar.pack_forget()
            self._set_height(1)
        elif not self._bar.winfo_manager():
            self._bar.pack(fill="both", expand=True)
            self._set_height(self._bar.winfo_reqheight())
        self._bar.set(first, last)

    def set_background(self, colour: str) -> None:
        """Paint the bar for a background other than the window's."""
        self._bar.configure(bootstyle=f"round @{colour}")

    def _set_height(self, high: int) -> None:
        if self._across:
            self.configure(height=high)
