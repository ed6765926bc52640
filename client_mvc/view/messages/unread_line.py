"""The line "New messages": it stands above the first item that the reader did not see.

It goes when the reader has been at the end for three seconds with the window in front, or has
said something.
"""

import tkinter as tk
from collections.abc import Callable

from client_mvc.view.messages.item_row import ItemRow
from client_mvc.view.widgets.delayed_call import DelayedCall

GOES_AFTER = 3_000
"""Milliseconds."""


class UnreadLine:
    """`row` has the line above it. `take_off` removes the line of a row from the screen."""

    def __init__(self, widget: tk.Misc, take_off: Callable[[ItemRow], object]) -> None:
        self.row: ItemRow | None = None
        self._take_off = take_off
        self._open = False  # the reader has not seen the items below the line
        self._going = DelayedCall(widget, self.remove)

    def wanted(self, *, looking: bool) -> bool:
        """Tell whether new items get a line; an old one, which was seen, goes."""
        if looking or self._open:
            return False
        self.remove()
        return True

    def put(self, row: ItemRow) -> None:
        """Take note that the line is above this row."""
        self.row, self._open = row, True

    def seen(self, looking: bool) -> None:
        """Take note whether the reader looks at the end."""
        if not looking:
            self._going.cancel()
        elif self.row is not None and not self._going.waiting:
            self._open = False
            self._going.after(GOES_AFTER)

    def remove(self) -> None:
        """Remove the line."""
        row, self.row, self._open = self.row, None, False
        self._going.cancel()
        if row is not None and row.shape:
            self._take_off(row)

    def forget_dropped(self) -> None:
        """Take note that rows were removed."""
        if self.row is not None and not self.row.shape:
            self.remove()
