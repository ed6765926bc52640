"""A frame over a window, which has the keyboard while it is open.

It is no window of its own, which some window managers would give a place and a focus of their
choosing.
"""

import tkinter as tk
from collections.abc import Callable

from client_mvc.view.style.theme import Look
from client_mvc.view.widgets.delayed_call import DelayedCall
from client_mvc.view.widgets.tooltip import Area, area, beside

_GAP = 4


class Popup:
    """Places `frame`, a child of its window, and watches the keyboard.

    `left` is called when the keyboard goes elsewhere in the window. What had it before gets it
    back when the frame is destroyed.
    """

    def __init__(self, frame: tk.Widget, look: Look, left: Callable[[], object]) -> None:
        self._frame = frame
        self._look = look
        self._left = left
        self._top = frame.winfo_toplevel()
        self._before = self._top.focus_get()
        self._leaving = DelayedCall(frame, self._leave)

    def place(self, at: Area) -> None:
        """Place the frame beside a part of the screen."""
        frame, top = self._frame, self._top
        frame.update_idletasks()
        size = frame.winfo_reqwidth(), frame.winfo_reqheight()
        x, y = beside(at, size, area(top), area(top), self._look.px(_GAP))
        frame.place(x=x - top.winfo_rootx(), y=y - top.winfo_rooty())
        frame.lift()

    def watch(self, widget: tk.Misc) -> None:
        """Take note when this widget of the frame loses the keyboard."""
        widget.bind("<FocusOut>", lambda _: self._leaving.when_idle(), add="+")

    def destroy(self) -> None:
        """Destroy the frame; if it has the keyboard, that goes back to where it was."""
        had_focus = self._has_focus()
        self._frame.destroy()
        if had_focus and self._before is not None and self._before.winfo_exists():
            self._before.focus_set()

    def _leave(self) -> None:
        # The keyboard may have gone to another program: then the frame stays.
        if self._top.tk.call("focus") and not self._has_focus():
            self._left()

    def _has_focus(self) -> bool:
        return f"{self._top.tk.call('focus')}.".startswith(f"{self._frame}.")
