"""The window with the bans that hold; each can be undone."""

from collections.abc import Callable, Sequence

import ttkbootstrap as tb

from client_mvc.i18n.translate import _, ngettext
from client_mvc.view.contract.intents import Intents
from client_mvc.view.contract.windows import BanRow
from client_mvc.view.dialogs.child_window import ChildWindow
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets.flow_layout import FlowFrame
from client_mvc.view.widgets.tree_columns import ColumnList, Width

_ROWS = (4, 12)
_WIDEST = 260
_COLUMNS = ("name", "until", "by", "at", "text")


class BansWindow(ChildWindow):
    """`tree` has a line for each ban, by its number; `closed` is called to close the window."""

    def __init__(
        self, look: Look, intents: Callable[[], Intents], closed: Callable[[], None]
    ) -> None:
        super().__init__(look, _("Bans"), closed)
        self._intents = intents
        self._bans: tuple[BanRow, ...] = ()
        titles = (_("Name"), _("Until"), _("Banned by"), _("Since"), _("Reason"))
        self._titles = dict(zip(_COLUMNS, titles, strict=True))
        px = look.px
        self.summary = tb.Label(self, font=look.bold, justify="left")
        self.summary.pack(anchor="w", padx=px(16), pady=(px(14), px(8)))
        self._list = ColumnList(
            self,
            look,
            self._widths,
            growing=("text",),
            show="headings",
            columns=_COLUMNS,
            selectmode="browse",
            style="List.Treeview",
        )
        self.tree = self._list.tree
        for column, title in self._titles.items():
            self.tree.heading(column, text=title, anchor="w")
        foot = FlowFrame(self, look)
        self.undo = tb.Button(foot, text=_("Undo ban"), command=self._undo)
        self.close = tb.Button(foot, text=_("Close"), command=closed)
        foot.add(self.undo)
        foot.add(self.close, side="right")
        foot.pack(side="bottom", fill="x", padx=px(16), pady=px(12))
        self._list.pack(fill="both", expand=True, padx=px(16))
        self.tree.bind("<<TreeviewSelect>>", lambda _: self._allow())
        self.tree.bind("<Delete>", lambda _: self._undo())
        self.bind("<F5>", lambda _: self._intents().bans.ask())

    def show(self, bans: Sequence[BanRow], *, lift: bool) -> None:
        """Replace the list. `lift`: bring the window to the front and give it the keyboard."""
        tree, safe = self.tree, self.look.safe
        selected = set(tree.selection())
        self._bans = tuple(bans)
        tree.delete(*tree.get_children())
        for ban in self._bans:
            cells = (ban.name, ban.until, ban.by, ban.at, ban.text)
            tree.insert("", "end", iid=str(ban.ban), values=tuple(map(safe.cell, cells)))
        least, most = _ROWS
        tree.configure(height=max(least, min(most, len(bans))))
        self._list.fit()
        count = ngettext("{count} ban", "{count} bans", len(bans))
        self.summary.configure(text=count if bans else _("Nobody is banned."))
        kept = [item for item in tree.get_children() if item in selected]
        chosen = kept or list(tree.get_children()[:1])
        tree.selection_set(chosen)
        if chosen:
            tree.focus(chosen[0])
        self._allow()
        if lift:
            self.appear(self.tree if bans else self.close)

    def _undo(self) -> None:
        if chosen := self.tree.selection():
            self._intents().bans.undo(int(chosen[0]))

    def _allow(self) -> None:
        self.undo.state(["!disabled" if self.tree.selection() else "disabled"])

    def _widths(self) -> dict[str, Width]:
        widths = {column: self._width(column) for column in _COLUMNS}
        return {column: (wide, wide) for column, wide in widths.items()}

    def _width(self, column: str) -> int:
        look = self.look
        title = look.bold.measure(self._titles[column])
        cells = (look.base.measure(getattr(ban, column)[:60]) for ban in self._bans[:200])
        widest = max((title, *cells)) + look.px(24)
        return min(widest, max(title, look.grown(_WIDEST)))
