"""The base of all windows over the main window: their place on screen, and how they close."""

import tkinter as tk
from collections.abc import Callable

import ttkbootstrap as tb

from client_mvc.view.style.theme import Look
from client_mvc.view.widgets.delayed_call import DelayedCall


class ChildWindow(tb.Toplevel):
    """A window over the main one; Escape and its close button call `closed`."""

    def __init__(
        self, look: Look, title: str, closed: Callable[[], None], *, resizable: bool = True
    ) -> None:
        super().__init__(title=title, master=look.root, resizable=(resizable, resizable))
        # Hidden until it has its size and place, so that it does not jump.
        self.withdraw()
        self.look = look
        self._last_size = (0, 0)
        self._moving = DelayedCall(self, self._stay_on_screen)
        self.transient(look.root)
        # A window with large text may be higher than the screen: then it scrolls inside. The
        # window manager's title bar is as high as that of the main window.
        title_bar = look.root.winfo_rooty() - look.root.winfo_y()
        self.maxsize(self.winfo_screenwidth(), self.winfo_screenheight() - title_bar)
        self.bind("<Configure>", self._resized, add="+")
        self.protocol("WM_DELETE_WINDOW", closed)
        self.bind("<Escape>", lambda _: closed())

    def appear(self, focus: tk.Misc) -> None:
        """Show the window over the middle of the main one and give `focus` the keyboard."""
        root = self.look.root
        if not self.winfo_viewable():
            self.update_idletasks()
            most = self.maxsize()
            wide = min(self.winfo_reqwidth(), most[0])
            high = min(self.winfo_reqheight(), most[1])
            x = root.winfo_rootx() + (root.winfo_width() - wide) // 2
            y = root.winfo_rooty() + (root.winfo_height() - high) // 3
            x = max(0, min(x, self.winfo_screenwidth() - wide))
            y = max(0, min(y, self.winfo_screenheight() - high))
            self.geometry(f"+{x}+{y}")
            self.deiconify()
        self.lift()
        focus.focus_set()

    def _resized(self, event: "tk.Event[tk.Misc]") -> None:
        size = (event.width, event.height)
        if event.widget is self and size != self._last_size:
            self._last_size = size
            # Tk ignores a move that is requested while it reports a new size.
            self._moving.when_idle()

    def _stay_on_screen(self) -> None:
        """Move the window if it grew beyond the screen."""
        x = min(self.winfo_x(), self.winfo_screenwidth() - self.winfo_width())
        y = min(self.winfo_y(), self.maxsize()[1] - self.winfo_height())
        if self.winfo_viewable() and (x < self.winfo_x() or y < self.winfo_y()):
            self.geometry(f"+{max(0, x)}+{max(0, y)}")
