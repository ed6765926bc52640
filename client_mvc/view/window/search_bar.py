"""The search bar over the conversation, and below it what a search of all history found.

Reports what is typed and chosen, shows what it is told. Searches nothing itself.
"""

import tkinter as tk
from collections.abc import Callable
from datetime import date

import ttkbootstrap as tb

from client_mvc.i18n.translate import _, short_day
from client_mvc.view.contract.intents import Intents
from client_mvc.view.contract.values import Results
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets.field import Field
from client_mvc.view.widgets.flow_layout import Flow, wrap
from client_mvc.view.widgets.tooltip import Tooltip
from client_mvc.view.widgets.tree_columns import Columns, Width

_COLUMNS = ("day", "time", "name", "text")
_ROWS = 6
_CHARACTERS = 200
_WIDE_DAY = date(2026, 11, 30)


class FindBar(tb.Frame):
    """Its owner places it. Once closed it gives the keyboard to the widget that had it before,
    or else by `back`.
    """

    def __init__(
        self,
        master: tk.Misc,
        look: Look,
        intents: Callable[[], Intents],
        back: Callable[[], None],
    ) -> None:
        super().__init__(master)
        self._look = look
        self._intents = intents
        self._back = back
        self._focus_before: tk.Misc | None = None
        self._typed = ""
        px = look.px
        line = Flow(self, look, gap=4)
        line.pack(fill="x", padx=px(16), pady=px(6))
        self.field = Field(line, look, limit=_CHARACTERS)
        self.field.text.configure(width=16)
        self.up = self._button(line, "", "chevron-up", lambda: self._next(1))
        self.down = self._button(line, "", "chevron-down", lambda: self._next(-1))
        self.all = self._button(line, _("All history"), "search", self._search_all)
        self.close = self._button(line, "", "x-lg", self._close)
        line.add(self.field, stretch=True)
        for button in (self.up, self.down, self.all, self.close):
            line.add(button, "right")
        Tooltip(self.up, look, _("Find further up"), "F3")
        Tooltip(self.down, look, _("Find further down"), _("Shift+F3"))
        Tooltip(self.close, look, _("Close the search"), _("Escape"))
        self.status = tb.Label(self, style="Muted.TLabel", justify="left")
        wrap(self.status, look)
        self.status.pack(fill="x", padx=px(18), pady=(0, px(4)))
        self._build_results()
        self._separator = tb.Separator(self)
        self._separator.pack(fill="x", side="bottom")
        self._bind_events()

    # --- what is shown -------------------------------------------------------------------

    def open(self) -> None:
        """Open, or take the keyboard, with the text of the field selected."""
        if not self.winfo_ismapped():
            self._focus_before = self.focus_get()
            self.grid()
        self.field.text.tag_add("sel", "1.0", "end-1c")
        self.field.text.focus_set()

    def leave(self, high: int) -> None:
        """So high it may be: as many results are in view as that has room for."""
        others = self.winfo_reqheight() - self.tree.winfo_reqheight()
        most = (high - others) // self._look.row_height if self.tree.winfo_ismapped() else _ROWS
        rows = max(1, min(_ROWS, most, len(self.tree.get_children())))
        if rows != int(str(self.tree.cget("height"))):
            self.tree.configure(height=rows)
            self._columns.fit()

    def show_state(self, text: str) -> None:
        """How the search stands."""
        self.status.configure(text=self._look.safe.line(text))

    def show_results(self, results: Results | None) -> None:
        """Replace or remove the list; who was chosen stays so."""
        if results is None:
            self._results.pack_forget()
            if self.tree.focus_displayof() is self.tree:
                self.field.text.focus_set()
            self.tree.delete(*self.tree.get_children())
            return
        chosen, safe = self.tree.focus(), self._look.safe
        self.tree.delete(*self.tree.get_children())
        for row in results.rows:
            words = (row.day, row.time, row.name, row.text)
            values = tuple(safe.line(word) for word in words)
            self.tree.insert("", "end", iid=str(row.seq), values=values)
        self.summary.configure(text=safe.line(results.summary))
        if results.more:
            self._foot.add(self.more, "right")
        else:
            self._foot.remove(self.more)
        self._columns.fit()
        if results.rows:
            self._ring.pack(fill="both", expand=True)
        else:
            self._ring.pack_forget()
        self._results.pack(fill="x", padx=self._look.px(16), pady=(0, self._look.px(8)))
        if self.tree.exists(chosen) and chosen:
            self.tree.focus(chosen)
            self.tree.selection_set(chosen)

    # --- what people do ------------------------------------------------------------------

    def _changed(self, event: object) -> None:
        text = self.field.text
        if text.edit_modified():
            text.edit_modified(False)
            self._tell()

    def _tell(self) -> None:
        """What was typed, before what is to be done with it.

        Tk says that a text was modified behind the keys that wait already: where somebody
        types quickly, or the window is slow, the Enter after the words comes first.
        """
        if (typed := self.field.get()) != self._typed:
            self._typed = typed
            self._intents().search.find(typed)

    def _next(self, step: int) -> str:
        self._tell()
        self._intents().search.next(step)
        return "break"

    def _search_all(self) -> None:
        self._tell()
        self._intents().search.search_all()

    def _to_results(self) -> str:
        if rows := self.tree.get_children():
            first = self.tree.focus() or rows[0]
            self.tree.focus(first)
            self.tree.selection_set(first)
            self.tree.focus_set()
        return "break"

    def _from_results(self) -> str | None:
        """Up from the first row is the field."""
        rows = self.tree.get_children()
        if rows and self.tree.focus() == rows[0]:
            self.field.text.focus_set()
            return "break"
        return None

    def _choose(self, row: str) -> str:
        if row:
            self._intents().history.go_to(int(row))
        return "break"

    def _close(self) -> str:
        self._tell()
        self.grid_remove()
        before, self._focus_before = self._focus_before, None
        if before is not None and before.winfo_exists():
            before.focus_set()
        else:
            self._back()
        self._intents().search.close()
        return "break"

    # --- how it is made ------------------------------------------------------------------

    def _button(
        self, master: tk.Misc, text: str, icon: str, command: Callable[[], object]
    ) -> tb.Button:
        button = tb.Button(master, text=text, bootstyle="ghost", command=command)
        self._look.icon(button, icon)
        return button

    def _build_results(self) -> None:
        look, px = self._look, self._look.px
        self._results = tb.Frame(self)
        foot = Flow(self._results, look)
        foot.pack(side="bottom", fill="x", pady=(px(4), 0))
        self.summary = tb.Label(foot, style="Muted.TLabel", justify="left")
        foot.add(self.summary)
        self._foot = foot
        self.more = tb.Button(
            foot, text=_("More"), command=lambda: self._intents().search.more()
        )
        self._ring = tb.Frame(self._results, style="Box.TFrame", padding=px(2))
        self.tree = tb.Treeview(
            self._ring,
            show="tree",
            columns=_COLUMNS,
            selectmode="browse",
            style="List.Treeview",
            height=1,
        )
        self._columns = Columns(self.tree, look, self._widths, ("text",))
        self.tree.column("#0", width=0, minwidth=0, stretch=False)

    def _widths(self) -> dict[str, Width]:
        """What was said has what is left, or else as much as a few words need."""
        measure, pad = self._look.base.measure, self._look.px(20)
        samples = {"day": short_day(_WIDE_DAY) + " ", "time": "00:00 ", "name": "m" * 9}
        if rows := self.tree.get_children():
            # Those of one search are alike; a name may be of any length.
            for name in ("day", "time"):
                samples[name] = max(samples[name], self.tree.set(rows[0], name) + " ", key=len)
        widths = {name: (measure(words) + pad,) * 2 for name, words in samples.items()}
        text = self._look.grown(160)
        return {**widths, "text": (text, text)}

    def _bind_events(self) -> None:
        text, tree = self.field.text, self.tree
        text.bind("<<Modified>>", self._changed)
        for key in ("<Return>", "<KP_Enter>", "<Up>", "<F3>"):
            text.bind(key, lambda _: self._next(1))
        for key in ("<Shift-Return>", "<Shift-KP_Enter>", "<Shift-F3>"):
            text.bind(key, lambda _: self._next(-1))
        text.bind("<Down>", lambda _: self._to_results())
        tree.bind("<Up>", lambda _: self._from_results())
        for key in ("<Return>", "<KP_Enter>", "<space>"):
            tree.bind(key, lambda _: self._choose(tree.focus()))
        tree.bind("<Double-1>", lambda event: self._choose(tree.identify_row(event.y)))
        tree.bind("<FocusIn>", lambda _: self._ring.state(["focus"]), add="+")
        tree.bind("<FocusOut>", lambda _: self._ring.state(["!focus"]), add="+")
        for widget in (text, tree, self.up, self.down, self.all, self.close, self.more):
            widget.bind("<Escape>", lambda _: self._close())
