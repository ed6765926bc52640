"""The columns of a list: as wide as their words, and to be scrolled where that is too wide.

Tk squeezes no column of a list that is made narrower, and shows no sign of what it cut. Knows
nothing of what stands in them.
"""

from collections.abc import Callable, Mapping
from functools import partial

import ttkbootstrap as tb

from client_mvc.view.scrollbar import Scrollbar

_STEP = 40  # pixels

type Width = tuple[int, int]
"""The least of a column and what it wants, in pixels."""


class Columns:
    """`widths` says how wide each column is to be, by its name.

    Those that want more than their least share what there is; where there is not even the least
    for all, `bar` scrolls, and the keys Left and Right do.
    """

    def __init__(
        self, tree: tb.Treeview, bar: Scrollbar, widths: Callable[[], Mapping[str, Width]]
    ) -> None:
        self._tree = tree
        self._widths = widths
        tree.configure(xscrollcommand=bar.set)
        tree.bind("<Configure>", lambda _: self.fit(), add="+")
        for key, way in (("<Left>", -1), ("<Right>", 1)):
            tree.bind(key, partial(self._scroll, way * _STEP))

    def fit(self) -> None:
        """The words or the room for them changed."""
        tree, widths = self._tree, self._widths()
        # Before it is on screen, a widget is one pixel wide.
        room = tree.winfo_width() if tree.winfo_width() > 1 else 0
        # What all want beyond their least, and how much of that there is.
        wished = sum(wanted - least for least, wanted in widths.values())
        there = max(0, room - sum(least for least, _ in widths.values()))
        share = min(1.0, there / wished) if wished and room else 1.0
        for name, (least, wanted) in widths.items():
            wide = least + int((wanted - least) * share)
            tree.column(name, width=wide, minwidth=least, stretch=wanted > least)

    def _scroll(self, pixels: int, event: object) -> None:
        self._tree.xview_scroll(pixels, "units")
