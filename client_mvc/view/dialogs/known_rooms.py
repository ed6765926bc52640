"""The list of known rooms in the preferences window, with a button to forget one."""

import tkinter as tk
from collections.abc import Callable, Sequence

import ttkbootstrap as tb

from client_mvc.i18n.translate import _, marked
from client_mvc.view.contract.intents import Intents
from client_mvc.view.contract.windows import KnownRoomRow
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets import editing
from client_mvc.view.widgets.flow_layout import wrapping_label
from client_mvc.view.widgets.tree_columns import ColumnList, Width

_NONE = marked("No room yet. Rooms that you join with encryption are listed here.")
_MOST = 4
"""The rows that are visible; the list scrolls."""
_WIDTH = 36  # digits
_COLUMNS = ("address", "used")


class KnownRoomsList(tb.Frame):
    """`tree` has the rooms, `forget_button` is the button for the selected one."""

    def __init__(self, master: tk.Misc, look: Look, intents: Callable[[], Intents]) -> None:
        super().__init__(master)
        self._look = look
        self._intents = intents
        self._rooms: Sequence[KnownRoomRow] = ()
        self.none = wrapping_label(self, look, "Muted.TLabel", width=_WIDTH, text=_(_NONE))
        self._list = ColumnList(
            self,
            look,
            self._widths,
            show="tree",
            columns=_COLUMNS,
            selectmode="browse",
            style="List.Treeview",
            height=1,
        )
        self.tree = self._list.tree
        self.tree.bind("<<TreeviewSelect>>", lambda _: self._allow())
        editing.on_keys(self.tree, ["<Delete>"], self._forget)
        self.forget_button = tb.Button(
            self, text=_("Forget…"), bootstyle="ghost", command=self._forget
        )

    def show(self, rooms: Sequence[KnownRoomRow]) -> None:
        """Replace the rooms."""
        for part in (self.none, self._list, self.forget_button):
            part.pack_forget()
        if rooms != self._rooms:
            self._rooms = rooms
            self._fill()
        if rooms:
            self._list.pack(fill="x")
            self.forget_button.pack(anchor="w", pady=(self._look.px(6), 0))
        else:
            self.none.pack(fill="x")
        self._allow()

    def _fill(self) -> None:
        safe, tree = self._look.safe, self.tree
        tree.delete(*tree.get_children())
        for place, room in enumerate(self._rooms):
            values = (safe.line(room.address), room.used)
            tree.insert("", "end", iid=str(place), text=safe.cell(room.name), values=values)
        tree.configure(height=min(len(self._rooms), _MOST) or 1)
        self._list.fit()

    def _widths(self) -> dict[str, Width]:
        measure, pad = self._look.base.measure, self._look.px(24)
        rows = [(room.name, room.address, room.used) for room in self._rooms]
        widest = [max((measure(row[n]) for row in rows), default=0) + pad for n in range(3)]
        return {
            name: (wide, wide) for name, wide in zip(("#0", *_COLUMNS), widest, strict=True)
        }

    def _allow(self) -> None:
        self.forget_button.state(["!disabled" if self.tree.selection() else "disabled"])

    def _forget(self) -> None:
        if chosen := self.tree.selection():
            self._intents().preferences.forget_room(self._rooms[int(chosen[0])].key)
