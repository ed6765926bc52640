"""What the secondary windows have in common: where they open and how they close.

Knows nothing of what stands in them.
"""

import tkinter as tk
from collections.abc import Callable

import ttkbootstrap as tb

from client_mvc.view.style.theme import Look


class SecondWindow(tb.Toplevel):
    """A window over the main one. Escape and its close button do `closed`."""

    def __init__(
        self, look: Look, title: str, closed: Callable[[], None], *, resizable: bool = True
    ) -> None:
        super().__init__(title=title, master=look.root, resizable=(resizable, resizable))
        # Hidden until it has its size and place, or it would be seen to jump.
        self.withdraw()
        self.look = look
        self._last_size = (0, 0)
        self._moving: str | None = None
        self.transient(look.root)
        # Large text makes a window that would not fit: then it scrolls inside. What the window
        # manager puts around the main window it puts around this one.
        frame = look.root.winfo_rooty() - look.root.winfo_y()
        self.maxsize(self.winfo_screenwidth(), self.winfo_screenheight() - frame)
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

    def destroy(self) -> None:
        """With what was still to be done."""
        if self._moving is not None:
            self.after_cancel(self._moving)
        super().destroy()

    def _resized(self, event: "tk.Event[tk.Misc]") -> None:
        size = (event.width, event.height)
        if event.widget is self and size != self._last_size:
            self._last_size = size
            # Tk forgets a move that is asked for while it tells of a size.
            if self._moving is None:
                self._moving = self.after_idle(self._stay_on_screen)

    def _stay_on_screen(self) -> None:
        """What it has come to show may have made it grow beyond the screen."""
        self._moving = None
        x = min(self.winfo_x(), self.winfo_screenwidth() - self.winfo_width())
        y = min(self.winfo_y(), self.maxsize()[1] - self.winfo_height())
        if self.winfo_viewable() and (x < self.winfo_x() or y < self.winfo_y()):
            self.geometry(f"+{max(0, x)}+{max(0, y)}")
