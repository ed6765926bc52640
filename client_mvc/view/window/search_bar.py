"""The search bar above the conversation, and the results of a search of all history.

The controller searches; this reports the text and the choices, and shows the results.
"""

import tkinter as tk
from collections.abc import Callable
from datetime import date
from functools import partial

import ttkbootstrap as tb

from client_mvc.i18n.translate import _, short_day
from client_mvc.view.contract.intents import Intents
from client_mvc.view.contract.values import ResultRow, Results
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets import editing
from client_mvc.view.widgets.field import TextField
from client_mvc.view.widgets.flow_layout import FlowFrame, wrapping_label
from client_mvc.view.widgets.icon_button import icon_button
from client_mvc.view.widgets.tree_columns import ColumnList, Width

_COLUMNS = ("day", "time", "name", "text")
_ROWS = 6
_CHARACTERS = 200
_WIDE_DAY = date(2026, 11, 30)


class SearchBar(tb.Frame):
    """Its owner places it with `grid`; `open` and its close button show and hide it.

    When it closes, the keyboard goes to the widget that had it before, or by `focus_back`.
    """

    def __init__(
        self,
        master: tk.Misc,
        look: Look,
        intents: Callable[[], Intents],
        focus_back: Callable[[], None],
    ) -> None:
        super().__init__(master)
        self._look = look
        self._intents = intents
        self._focus_back = focus_back
        self._focus_before: tk.Misc | None = None
        self._reported = ""
        self._found: tuple[ResultRow, ...] = ()
        px = look.px
        line = FlowFrame(self, look, gap=4)
        line.pack(fill="x", padx=px(16), pady=px(6))
        self.field = TextField(line, look, limit=_CHARACTERS, width=16)
        up, down = partial(self._next, 1), partial(self._next, -1)
        self.up = icon_button(line, look, "chevron-up", up, _("Find further up"), key="F3")
        self.down = icon_button(
            line, look, "chevron-down", down, _("Find further down"), key=_("Shift+F3")
        )
        self.all = tb.Button(
            line, text=_("All history"), bootstyle="ghost", command=self._search_all
        )
        look.icon(self.all, "search")
        self.close = icon_button(
            line, look, "x-lg", self._close, _("Close the search"), key=_("Escape")
        )
        line.add(self.field, stretch=True)
        line.add(self.up, self.down, self.all, self.close, side="right")
        self.status = wrapping_label(self, look, "Muted.TLabel")
        self.status.pack(fill="x", padx=px(18), pady=(0, px(4)))
        self._build_results()
        tb.Separator(self).pack(fill="x", side="bottom")
        self._bind_events()

    # --- what the controller shows -------------------------------------------------------

    def open(self) -> None:
        """Open the bar, if it is closed, and focus the field with its text selected."""
        if not self.winfo_ismapped():
            self._focus_before = self.focus_get()
            self.grid()
        self.field.select_all()
        self.field.text.focus_set()

    def fit(self, high: int) -> None:
        """Show as many results as fit into a bar of at most `high` pixels."""
        others = self.winfo_reqheight() - self.tree.winfo_reqheight()
        most = (high - others) // self._look.row_height if self.tree.winfo_ismapped() else _ROWS
        rows = max(1, min(_ROWS, most, len(self._found)))
        if rows != int(str(self.tree.cget("height"))):
            self.tree.configure(height=rows)
            self._list.fit()

    def show_state(self, text: str) -> None:
        """Show the state of the search below the field."""
        self.status.configure(text=self._look.safe.line(text))

    def show_results(self, results: Results | None) -> None:
        """Replace or remove the results; the chosen row stays chosen."""
        tree, safe = self.tree, self._look.safe
        chosen = tree.focus()
        self._found = results.rows if results else ()
        if results is None and tree.focus_displayof() is tree:
            self.field.text.focus_set()
        tree.delete(*tree.get_children())
        if results is None:
            self._results.pack_forget()
            return
        for row in self._found:
            values = tuple(map(safe.cell, (row.day, row.time, row.name, row.text)))
            tree.insert("", "end", iid=str(row.seq), values=values)
        self.summary.configure(text=safe.line(results.summary))
        if results.more:
            self._foot.add(self.more, side="right")
        else:
            self._foot.remove(self.more)
        self._list.fit()
        if self._found:
            self._list.pack(fill="both", expand=True)
        else:
            self._list.pack_forget()
        self._results.pack(fill="x", padx=self._look.px(16), pady=(0, self._look.px(8)))
        if chosen and tree.exists(chosen):
            self._select(chosen)

    # --- what the member does ------------------------------------------------------------

    def _report(self) -> None:
        """Report the text in the field before the next action.

        Tk reports a change after the keys that already wait: while somebody types quickly, or
        the window is slow, Enter arrives before the change of the text.
        """
        if (typed := self.field.get()) != self._reported:
            self._reported = typed
            self._intents().search.find(typed)

    def _next(self, step: int) -> None:
        self._report()
        self._intents().search.next(step)

    def _search_all(self) -> None:
        self._report()
        self._intents().search.search_all()

    def _to_results(self) -> None:
        if self._found:
            self._select(self.tree.focus() or str(self._found[0].seq))
            self.tree.focus_set()

    def _from_results(self, event: "tk.Event[tk.Misc]") -> str | None:
        """Move from the first row to the field."""
        if self._found and self.tree.focus() == str(self._found[0].seq):
            self.field.text.focus_set()
            return "break"
        return None

    def _select(self, row: str) -> None:
        self.tree.focus(row)
        self.tree.selection_set(row)

    def _choose(self, row: str) -> str:
        if row:
            self._intents().history.go_to(int(row))
        return "break"

    def _close(self) -> None:
        self._report()
        self.grid_remove()
        before, self._focus_before = self._focus_before, None
        if before is not None and before.winfo_exists():
            before.focus_set()
        else:
            self._focus_back()
        self._intents().search.close()

    # --- parts ---------------------------------------------------------------------------

    def _build_results(self) -> None:
        look, px = self._look, self._look.px
        self._results = tb.Frame(self)
        self._foot = foot = FlowFrame(self._results, look)
        foot.pack(side="bottom", fill="x", pady=(px(4), 0))
        self.summary = tb.Label(foot, style="Muted.TLabel", justify="left")
        foot.add(self.summary)
        self.more = tb.Button(
            foot, text=_("More"), command=lambda: self._intents().search.more()
        )
        self._list = ColumnList(
            self._results,
            look,
            self._widths,
            ("text",),
            show="tree",
            columns=_COLUMNS,
            selectmode="browse",
            style="List.Treeview",
            height=1,
        )
        self.tree = self._list.tree
        self.tree.column("#0", width=0, minwidth=0, stretch=False)

    def _widths(self) -> dict[str, Width]:
        measure, pad = self._look.base.measure, self._look.px(20)
        samples = {"day": short_day(_WIDE_DAY) + " ", "time": "00:00 ", "name": "m" * 9}
        if self._found:
            # Days and times of one search have the same form; names have any length.
            first = self._found[0]
            samples["day"] = max(samples["day"], first.day + " ", key=len)
            samples["time"] = max(samples["time"], first.time + " ", key=len)
        widths = {name: (measure(sample) + pad,) * 2 for name, sample in samples.items()}
        text = self._look.grown(160)
        return {**widths, "text": (text, text)}

    def _bind_events(self) -> None:
        text, tree = self.field.text, self.tree
        editing.on_change(text, self._report)
        editing.on_keys(text, (*editing.ENTER, "<Up>", "<F3>"), lambda: self._next(1))
        down = ("<Shift-Return>", "<Shift-KP_Enter>", "<Shift-F3>")
        editing.on_keys(text, down, lambda: self._next(-1))
        editing.on_keys(text, ["<Down>"], self._to_results)
        tree.bind("<Up>", self._from_results)
        editing.on_keys(tree, (*editing.ENTER, "<space>"), lambda: self._choose(tree.focus()))
        tree.bind("<Double-1>", lambda event: self._choose(tree.identify_row(event.y)))
        for widget in (text, tree, self.up, self.down, self.all, self.close, self.more):
            editing.on_keys(widget, ["<Escape>"], self._close)
