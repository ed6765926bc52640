"""The columns of a list: as wide as their words, and to be scrolled where that is too wide.

Tk squeezes no column of a list that is made narrower, and shows no sign of what it cut; and it
asks for as much room as its columns have, so that what they were given once they ask for. Here
the frame around the list asks in its place. Knows nothing of what stands in the columns.
"""

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any

import ttkbootstrap as tb

from client_mvc.view.style.theme import Look
from client_mvc.view.widgets.scrollbar import Scrollbar

_STEP = 40  # pixels

type Width = tuple[int, int]
"""The least of a column and what it wants, in pixels."""


class Columns:
    """`widths` says how wide each column is to be, by its name; those in `growing`, or all,
    share what is left.

    Where there is less than they want they come down to their least. Where there is not even
    that for all, the list scrolls, by its bar below and by the keys Left and Right. Its master
    has nothing else in it.
    """

    def __init__(
        self,
        tree: tb.Treeview,
        look: Look,
        widths: Callable[[], Mapping[str, Width]],
        growing: Collection[str] | None = None,
    ) -> None:
        self._tree = tree
        self._look = look
        self._widths = widths
        self._growing = growing
        self._ring: Any = tree.master  # a frame
        self._ring.pack_propagate(False)
        down = Scrollbar(self._ring, tree.yview)
        across = Scrollbar(self._ring, tree.xview, across=True)
        tree.configure(yscrollcommand=down.set, xscrollcommand=across.set)
        self._beside = down.winfo_reqwidth() + look.px(12)
        self._across = across
        across.bind("<Configure>", lambda _: self.fit(), add="+")
        down.pack(side="right", fill="y")
        across.pack(side="bottom", fill="x")
        tree.pack(side="left", fill="both", expand=True)
        tree.bind("<Configure>", lambda _: self._share_room(), add="+")
        # Once it knows how high its rows are with other fonts.
        tree.bind("<<ThemeChanged>>", lambda _: self.fit(), add="+")
        for key, way in (("<Left>", -1), ("<Right>", 1)):
            tree.bind(key, partial(self._scroll, way * _STEP))
        look.attach(tree, self.fit)

    def fit(self) -> None:
        """What stands in the columns is other, or how many rows there are."""
        wanted = sum(wanted for _, wanted in self._widths().values())
        high = self._tree.winfo_reqheight() + self._across.winfo_reqheight()
        high += self._look.px(8)
        self._ring.configure(width=wanted + self._beside, height=high)
        self._share_room()

    def _share_room(self) -> None:
        tree, widths = self._tree, self._widths()
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

    def _scroll(self, pixels: int, event: object) -> None:
        self._tree.xview_scroll(pixels, "units")
