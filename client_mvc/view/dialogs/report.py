"""The active-user report: how many of how many, and a table of their connections.

Sorts by the heading that was clicked; what is copied or saved is in the order shown. Knows
no member: the columns and their words come with the table.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Literal

import ttkbootstrap as tb

from client_mvc.i18n.translate import _
from client_mvc.view.contract.intents import Intents
from client_mvc.view.contract.values import ReportTable
from client_mvc.view.dialogs.child_window import SecondWindow
from client_mvc.view.dialogs.file_dialogs import Choosers
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets.flow_layout import Flow
from client_mvc.view.widgets.tree_columns import Columns, Width

_NUMBER = re.compile(r"-?\d[\d,\u202f\u00a0]*(?:\.\d+)?")
_WIDEST_COLUMN = 260
_ROWS = (4, 16)


class ReportWindow(SecondWindow):
    """`closed` is called when it goes away."""

    def __init__(
        self,
        look: Look,
        intents: Callable[[], Intents],
        choosers: Choosers,
        closed: Callable[[], None],
    ) -> None:
        super().__init__(look, _("Active users"), closed)
        self._intents = intents
        self._choosers = choosers
        self._table = ReportTable("", (), ())
        self._shown: tuple[str, ...] = ()
        self._sorted_by: int | None = None
        self._falling = False
        px = look.px
        head = Flow(self, look)
        head.pack(fill="x", padx=px(16), pady=(px(14), px(8)))
        self.summary = tb.Label(head, font=look.bold, justify="left")
        self.latency = tb.Label(head, style="Muted.TLabel", justify="left")
        head.add(self.summary)
        head.add(self.latency, "right")
        self._ring = tb.Frame(self, style="Box.TFrame", padding=px(2))
        self.tree = tb.Treeview(
            self._ring, show="headings", selectmode="extended", style="Several.List.Treeview"
        )
        self._columns = Columns(self.tree, look, self._widths)
        # Made in the order of Tab; packed so that a low window cuts the list and not the foot.
        self._foot(closed).pack(side="bottom", fill="x", padx=px(16), pady=px(12))
        self._ring.pack(fill="both", expand=True, padx=px(16))
        self.tree.bind("<FocusIn>", lambda _: self._ring.state(["focus"]), add="+")
        self.tree.bind("<FocusOut>", lambda _: self._ring.state(["!focus"]), add="+")
        self.tree.bind("<<Copy>>", lambda _: self._copy())
        for digit in range(1, 10):
            self.tree.bind(f"<Key-{digit}>", partial(self._sort_by_key, digit - 1))
        self.bind("<F5>", lambda _: self._intents().report.ask())

    def show(self, table: ReportTable, *, lift: bool) -> None:
        """New figures, in the order chosen before; who was selected stays so.

        `lift`: bring the window to front and give it the keyboard.
        """
        if table.columns != self._table.columns:
            self._sorted_by = None
            self.tree.configure(columns=[str(place) for place in range(len(table.columns))])
        self._table = table
        self.summary.configure(text=self.look.safe.line(table.summary))
        self.latency.configure(text=self.look.safe.line(table.latency))
        least, most = _ROWS
        self.tree.configure(height=max(least, min(most, len(table.rows))))
        self._fill()
        if lift:
            self.appear(self.tree)

    def sort(self, column: int) -> None:
        """Sort by a column; by the same one again, the other way round."""
        if column < len(self._table.columns):
            self._falling = self._sorted_by == column and not self._falling
            self._sorted_by = column
            self._fill()

    def rows(self) -> tuple[tuple[str, ...], ...]:
        """The rows in the order shown."""
        if self._sorted_by is None:
            return self._table.rows
        column, numeric = self._sorted_by, self._sorted_by in self._table.numeric

        def key(row: tuple[str, ...]) -> tuple[float, str]:
            cell = row[column]
            return (_number(cell), "") if numeric else (0.0, cell.casefold())

        return tuple(sorted(self._table.rows, key=key, reverse=self._falling))

    def _foot(self, closed: Callable[[], None]) -> Flow:
        foot = Flow(self, self.look)
        self.refresh = tb.Button(
            foot,
            text=_("Refresh"),
            command=lambda: self._intents().report.ask(),
        )
        self.copy = tb.Button(foot, text=_("Copy"), command=self._copy)
        self.save = tb.Button(foot, text=_("Save as CSV…"), command=self._save)
        self.close = tb.Button(foot, text=_("Close"), command=closed)
        for button in (self.refresh, self.copy, self.save):
            foot.add(button)
        self.look.icon(self.refresh, "arrow-clockwise")
        self.look.icon(self.copy, "clipboard")
        self.look.icon(self.save, "download")
        foot.add(self.close, "right")
        return foot

    def _fill(self) -> None:
        table, safe = self._table, self.look.safe
        for place, title in enumerate(table.columns):
            arrow = ""
            if place == self._sorted_by:
                arrow = " ▼" if self._falling else " ▲"
            anchor: Literal["e", "w"] = "e" if place in table.numeric else "w"
            self.tree.heading(
                str(place),
                text=safe.line(title) + arrow,
                anchor=anchor,
                command=partial(self.sort, place),
            )
            self.tree.column(str(place), anchor=anchor)
        self._columns.fit()
        self._fill_rows()

    def _fill_rows(self) -> None:
        """Who was selected, who has the keyboard and what is in view stay so."""
        tree, safe = self.tree, self.look.safe
        selected = {self._shown[int(item)] for item in tree.selection()}
        at = self._shown[int(tree.focus())] if tree.focus() else None
        top = tree.yview()[0]
        tree.delete(*tree.get_children())
        rows = self.rows()
        self._shown = tuple(row[0] for row in rows)
        for place, row in enumerate(rows):
            tree.insert("", "end", iid=str(place), values=tuple(map(safe.line, row)))
        chosen = [str(place) for place, name in enumerate(self._shown) if name in selected]
        tree.selection_set(chosen)
        if at in self._shown:
            tree.focus(str(self._shown.index(at)))
        tree.yview_moveto(top)

    def _widths(self) -> dict[str, Width]:
        widths = [self._width(place) for place in range(len(self._table.columns))]
        return {str(place): (wide, wide) for place, wide in enumerate(widths)}

    def _width(self, column: int) -> int:
        look = self.look
        title = look.bold.measure(self._table.columns[column] + " ▼")
        cells = (look.base.measure(row[column][:60]) for row in self._table.rows[:200])
        widest = max((title, *cells)) + look.px(24)
        return min(widest, max(title, look.grown(_WIDEST_COLUMN)))

    def _sort_by_key(self, column: int, event: object) -> None:
        self.sort(column)

    def _copy(self) -> None:
        lines = (self._table.columns, *self.rows())
        self.clipboard_clear()
        self.clipboard_append("".join("\t".join(line) + "\n" for line in lines))

    def _save(self) -> None:
        target = self._choosers.save_file(self, _("Save report"), "active-users.csv")
        if target is not None:
            self._intents().report.save(replace(self._table, rows=self.rows()), target)


def _number(cell: str) -> float:
    """The number a cell starts with; without one, before all numbers."""
    found = _NUMBER.search(cell)
    if found is None:
        return float("-inf")
    return float(re.sub(r"[,\u202f\u00a0]", "", found[0]))
