"""The window with all pinned messages: a way to each, and for moderators a way to unpin it."""

from collections.abc import Callable, Sequence

import ttkbootstrap as tb

from client_mvc.i18n.translate import _, ngettext
from client_mvc.view.contract.intents import Intents
from client_mvc.view.contract.windows import PinRow
from client_mvc.view.dialogs.child_window import ChildWindow
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets import editing
from client_mvc.view.widgets.flow_layout import FlowFrame
from client_mvc.view.widgets.tree_columns import ColumnList, Width

_ROWS = (4, 12)
_WIDEST = {"text": 420}
_COLUMNS = ("day", "time", "name", "text")


class PinsWindow(ChildWindow):
    """`tree` has a line for each message, by its `seq`; `closed` is called to close it."""

    def __init__(
        self, look: Look, intents: Callable[[], Intents], closed: Callable[[], None]
    ) -> None:
        super().__init__(look, _("Pinned messages"), closed)
        self._intents = intents
        self._closed = closed
        self._pins: tuple[PinRow, ...] = ()
        self._may_unpin = False
        px = look.px
        self.summary = tb.Label(self, font=look.bold, justify="left")
        self.summary.pack(anchor="w", padx=px(16), pady=(px(14), px(8)))
        self._list = ColumnList(
            self,
            look,
            self._widths,
            growing=("text",),
            show="tree",
            columns=_COLUMNS,
            selectmode="browse",
            style="List.Treeview",
        )
        self.tree = tree = self._list.tree
        tree.column("#0", width=0, minwidth=0, stretch=False)
        self._foot = foot = FlowFrame(self, look)
        self.go = tb.Button(
            foot, text=_("Go to message"), bootstyle="primary", command=self._go
        )
        self.unpin = tb.Button(foot, text=_("Unpin"), command=self._unpin)
        self.close = tb.Button(foot, text=_("Close"), command=closed)
        foot.add(self.go)
        foot.add(self.close, side="right")
        foot.pack(side="bottom", fill="x", padx=px(16), pady=px(12))
        self._list.pack(fill="both", expand=True, padx=px(16))
        tree.bind("<<TreeviewSelect>>", lambda _: self._allow())
        tree.bind("<Double-1>", self._double_clicked)
        editing.on_keys(tree, editing.ENTER, self._go)
        editing.on_keys(tree, ["<Delete>"], self._unpin)

    def show(self, pins: Sequence[PinRow], *, may_unpin: bool, lift: bool) -> None:
        """Replace the list. `lift`: bring the window to the front and give it the keyboard."""
        tree, safe = self.tree, self.look.safe
        place = tree.index(chosen[0]) if (chosen := tree.selection()) else 0
        self._pins, self._may_unpin = tuple(pins), may_unpin
        tree.delete(*tree.get_children())
        for pin in self._pins:
            cells = (pin.day, pin.time, pin.name, pin.text)
            tree.insert("", "end", iid=str(pin.seq), values=tuple(map(safe.cell, cells)))
        least, most = _ROWS
        tree.configure(height=max(least, min(most, len(pins))))
        self._list.fit()
        count = ngettext("{count} pinned message", "{count} pinned messages", len(pins))
        self.summary.configure(text=count if pins else _("Nothing is pinned."))
        for button in (self.unpin, self.close):
            self._foot.remove(button)
        if may_unpin:
            self._foot.add(self.unpin)
        self._foot.add(self.close, side="right")
        # After unpinning, the next one is chosen.
        rows = tree.get_children()
        kept = [row for row in rows if row in chosen] or rows[place : place + 1] or rows[-1:]
        tree.selection_set(kept)
        if kept:
            tree.focus(kept[0])
        self._allow()
        if lift:
            self.appear(tree if pins else self.close)

    def _go(self) -> None:
        if chosen := self.tree.selection():
            self._closed()
            self._intents().history.go_to(int(chosen[0]))

    def _double_clicked(self, event: object) -> str:
        return editing.done(self._go)

    def _unpin(self) -> None:
        if self._may_unpin and (chosen := self.tree.selection()):
            self._intents().conversation.pin(int(chosen[0]), False)

    def _allow(self) -> None:
        state = ["!disabled" if self.tree.selection() else "disabled"]
        self.go.state(state)
        self.unpin.state(state)

    def _widths(self) -> dict[str, Width]:
        look = self.look
        widths = {}
        for column in _COLUMNS:
            cells = (look.base.measure(getattr(pin, column)[:99]) for pin in self._pins[:200])
            wide = max(cells, default=0) + look.px(20)
            widths[column] = min(wide, look.grown(_WIDEST.get(column, 160)))
        return {column: (wide, wide) for column, wide in widths.items()}
