"""The window with the active-user report: how many are connected, and a table of them.

Sorts by the column whose heading is clicked; copies and saves in the order shown.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Literal

import ttkbootstrap as tb

from client_mvc.i18n.translate import _
from client_mvc.view.contract.intents import Intents
from client_mvc.view.contract.windows import ReportTable
from client_mvc.view.dialogs.child_window import ChildWindow
from client_mvc.view.dialogs.file_dialogs import FileDialogs
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets import editing
from client_mvc.view.widgets.flow_layout import FlowFrame
from client_mvc.view.widgets.tree_columns import ColumnList, Width

_NUMBER = re.compile(r"-?\d[\d,\u202f\u00a0]*(?:\.\d+)?")
_WIDEST_COLUMN = 260
_ROWS = (4, 16)


class ReportWindow(ChildWindow):
    """Shows the report; `closed` is called when the member closes the window."""

    def __init__(
        self,
        look: Look,
        intents: Callable[[], Intents],
        dialogs: FileDialogs,
        closed: Callable[[], None],
    ) -> None:
        super().__init__(look, _("Active users"), closed)
        self._intents = intents
        self._dialogs = dialogs
        self._table = ReportTable("", (), ())
        self._names: tuple[str, ...] = ()
        self._sorted_by: int | None = None
        self._falling = False
        px = look.px
        head = FlowFrame(self, look)
        head.pack(fill="x", padx=px(16), pady=(px(14), px(8)))
        self.summary = tb.Label(head, font=look.bold, justify="left")
        self.latency = tb.Label(head, style="Muted.TLabel", justify="left")
        head.add(self.summary)
        head.add(self.latency, side="right")
        self._list = ColumnList(
            self,
            look,
            self._widths,
            show="headings",
            selectmode="extended",
            style="Several.List.Treeview",
        )
        self.tree = self._list.tree
        # Made in the order of Tab; packed so that a low window cuts the list and not the foot.
        self._build_foot(closed).pack(side="bottom", fill="x", padx=px(16), pady=px(12))
        self._list.pack(fill="both", expand=True, padx=px(16))
        self.tree.bind("<<Copy>>", lambda _: self._copy())
        for digit in range(1, 10):
            self.tree.bind(f"<Key-{digit}>", lambda _, column=digit - 1: self.sort(column))  # type: ignore[misc]
        self.bind("<F5>", lambda _: self._intents().report.ask())

    def show(self, table: ReportTable, *, lift: bool) -> None:
        """Show new figures; order and selection stay.

        Args:
            table: The report.
            lift: Bring the window to the front and give it the keyboard.
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
        """Sort by a column, counted from 0; by the same one again in falling order."""
        if column < len(self._table.columns):
            self._falling = self._sorted_by == column and not self._falling
            self._sorted_by = column
            self._fill()

    def rows(self) -> tuple[tuple[str, ...], ...]:
        """Return the rows in the order shown."""
        if self._sorted_by is None:
            return self._table.rows
        column, numeric = self._sorted_by, self._sorted_by in self._table.numeric

        def key(row: tuple[str, ...]) -> tuple[float, str]:
            cell = row[column]
            return (_number(cell), "") if numeric else (0.0, cell.casefold())

        return tuple(sorted(self._table.rows, key=key, reverse=self._falling))

    def _build_foot(self, closed: Callable[[], None]) -> FlowFrame:
        foot = FlowFrame(self, self.look)
        self.refresh = tb.Button(
            foot, text=_("Refresh"), command=lambda: self._intents().report.ask()
        )
        self.copy = tb.Button(foot, text=_("Copy"), command=self._copy)
        self.save = tb.Button(foot, text=_("Save as CSV…"), command=self._save)
        self.close = tb.Button(foot, text=_("Close"), command=closed)
        self.look.icon(self.refresh, "arrow-clockwise")
        self.look.icon(self.copy, "clipboard")
        self.look.icon(self.save, "download")
        foot.add(self.refresh, self.copy, self.save)
        foot.add(self.close, side="right")
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
        self._list.fit()
        self._fill_rows()

    def _fill_rows(self) -> None:
        """Replace the rows; selection, focus and scroll position stay."""
        tree, safe = self.tree, self.look.safe
        selected = {self._names[int(item)] for item in tree.selection()}
        focused = self._names[int(tree.focus())] if tree.focus() else None
        top = tree.yview()[0]
        tree.delete(*tree.get_children())
        rows = self.rows()
        self._names = tuple(row[0] for row in rows)
        for place, row in enumerate(rows):
            tree.insert("", "end", iid=str(place), values=tuple(map(safe.cell, row)))
        chosen = [str(place) for place, name in enumerate(self._names) if name in selected]
        tree.selection_set(chosen)
        if focused in self._names:
            tree.focus(str(self._names.index(focused)))
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

    def _copy(self) -> None:
        lines = (self._table.columns, *self.rows())
        editing.copy(self, "".join("\t".join(line) + "\n" for line in lines))

    def _save(self) -> None:
        target = self._dialogs.save_file(self, _("Save report"), "active-users.csv")
        if target is not None:
            self._intents().report.save(replace(self._table, rows=self.rows()), target)


def _number(cell: str) -> float:
    """Return the number in a cell; without one, a number below all others."""
    found = _NUMBER.search(cell)
    if found is None:
        return float("-inf")
    return float(re.sub(r"[,\u202f\u00a0]", "", found[0]))
