"""The columns of a list: as wide as their texts, with a scrollbar where that is too wide.

Tk does not shrink the columns of a list that becomes narrower, and shows no sign of what it
cut; and a list requests the width of its columns, so columns that grew never shrink again. Here
the frame around the list requests the width in its place.
"""

import tkinter as tk
from collections.abc import Callable, Collection, Mapping
from tkinter import ttk
from typing import Any

import ttkbootstrap as tb

from client_mvc.view.style.theme import Look
from client_mvc.view.widgets.focus_frame import FocusFrame
from client_mvc.view.widgets.scrollbar import Scrollbar

_STEP = 40  # pixels

type Width = tuple[int, int]
"""The least and the wanted width of a column, in pixels."""


class ColumnList(FocusFrame):
    """A frame for one list, its `tree`, with scrollbars.

    Where the columns have less room than they want they shrink to their least width; where
    there is less than that, the list scrolls, by its bar and by the keys Left and Right.

    Args:
        widths: Returns the width of each column, by its name.
        growing: The columns that share the free width; None: all of them.
        options: Further options of the `Treeview`.
    """

    def __init__(
        self,
        master: tk.Misc,
        look: Look,
        widths: Callable[[], Mapping[str, Width]],
        growing: Collection[str] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(master, look)
        self._look = look
        self._widths = widths
        self._growing = growing
        self.pack_propagate(False)
        self.tree = tree = tb.Treeview(self, **options)
        down = Scrollbar(self, tree.yview)
        self._across = across = Scrollbar(self, tree.xview, across=True)
        tree.configure(yscrollcommand=down.set, xscrollcommand=across.set)
        self._beside = down.winfo_reqwidth() + look.px(12)
        across.bind("<Configure>", lambda _: self.fit(), add="+")
        down.pack(side="right", fill="y")
        across.pack(side="bottom", fill="x")
        tree.pack(side="left", fill="both", expand=True)
        tree.bind("<Configure>", lambda _: self._share_width(), add="+")
        # Then the list knows the height of its rows in the new font.
        tree.bind("<<ThemeChanged>>", lambda _: self.fit(), add="+")
        tree.bind("<Left>", lambda _: tree.xview_scroll(-_STEP, "units"))
        tree.bind("<Right>", lambda _: tree.xview_scroll(_STEP, "units"))
        self.follow(tree)
        look.attach(tree, self.fit)

    def fit(self) -> None:
        """Request the size of the list; call it after a change of columns or rows."""
        wanted = sum(wanted for _, wanted in self._widths().values())
        high = self.tree.winfo_reqheight() + self._across.winfo_reqheight()
        self.configure(width=wanted + self._beside, height=high + self._look.px(8))
        self._share_width()

    def _share_width(self) -> None:
        tree, widths = self.tree, self._widths()
        least = sum(least for least, _ in widths.values())
        wanted = sum(wanted for _, wanted in widths.values())
        # Before it is on screen, a widget is one pixel wide.
        room = tree.winfo_width() if tree.winfo_width() > 1 else wanted
        share = min(1.0, max(0, room - least) / max(1, wanted - least))
        growing = widths if self._growing is None else self._growing
        more = max(0, room - wanted) // max(1, len(growing))
        for name, (low, high) in widths.items():
            wide = low + int((high - low) * share) + (more if name in growing else 0)
            tree.column(name, width=wide, minwidth=low, stretch=name in growing)


def begin_with_first(tree: ttk.Treeview) -> None:
    """Let Down choose the first row while none is chosen: Tk moves only from one to another."""

    def down(event: "tk.Event[tk.Misc]") -> str | None:
        rows = tree.get_children()
        if not rows or tree.selection() or str(tree.cget("selectmode")) == "none":
            return None
        tree.focus(rows[0])
        tree.selection_set(rows[0])
        tree.see(rows[0])
        return "break"

    tree.bind("<Down>", down)
