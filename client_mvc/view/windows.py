"""What the secondary windows have in common: where they open and how they close.

Knows nothing of what stands in them.
"""

import tkinter as tk
from collections.abc import Callable

import ttkbootstrap as tb

from client_mvc.view.theme import Look


class SecondWindow(tb.Toplevel):
    """A window over the main one. Escape and its close button do `closed`."""

    def __init__(
        self, look: Look, title: str, closed: Callable[[], None], *, resizable: bool = True
    ) -> None:
        super().__init__(title=title, master=look.root, resizable=(resizable, resizable))
        # Hidden until it has its size and place, or it would be seen to jump.
        self.withdraw()
        self.look = look
        self.transient(look.root)
        # Large text makes a window that would not fit: it is cut inside, not at its foot.
        self.maxsize(self.winfo_screenwidth(), self.winfo_screenheight())
        self.protocol("WM_DELETE_WINDOW", closed)
        self.bind("<Escape>", lambda _: closed())

    def appear(self, focus: tk.Misc) -> None:
        """Show the window over the middle of the main one and give `focus` the keyboard."""
        root = self.look.root
        if not self.winfo_viewable():
            self.update_idletasks()
            wide, high = self.winfo_reqwidth(), self.winfo_reqheight()
            x = root.winfo_rootx() + (root.winfo_width() - wide) // 2
            y = root.winfo_rooty() + (root.winfo_height() - high) // 3
            x = max(0, min(x, self.winfo_screenwidth() - wide))
            y = max(0, min(y, self.winfo_screenheight() - high))
            self.geometry(f"+{x}+{y}")
            self.deiconify()
        self.lift()
        focus.focus_set()
