"""The rooms on this network, in the dialog to join a room, and the search for further ones.

The list has the same height from the beginning: rooms come and go while the person points at
the dialog.
"""

import tkinter as tk
from collections.abc import Callable, Sequence

import ttkbootstrap as tb

from client_mvc.i18n.translate import _
from client_mvc.view.contract.intents import Intents
from client_mvc.view.contract.windows import Nearby, NearbyRow
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets import editing
from client_mvc.view.widgets.flow_layout import FlowFrame, clipped, wrapping_label
from client_mvc.view.widgets.tree_columns import ColumnList, Width, begin_with_first

_NAME = 14  # digits: at least so much is seen of a name
_PAD = 24
_VISIBLE = 3
"""The rows that are visible; the list scrolls."""


class NearbyRooms(tb.Frame):
    """`tree` has the rooms, `further` is the button that looks for others, and stops that.

    Args:
        width: the width of the form, in digits.
        chosen: gets the server of the room that was chosen.
        connect: joins the room that was chosen.
    """

    def __init__(
        self,
        master: tk.Misc,
        look: Look,
        intents: Callable[[], Intents],
        *,
        width: int,
        chosen: Callable[[str], None],
        connect: Callable[[], None],
    ) -> None:
        super().__init__(master)
        self._look = look
        self._intents = intents
        self._width = width
        self._chosen = chosen
        self._rows: Sequence[NearbyRow] = ()
        self._looking = False
        self._enabled = True
        px = look.px
        tb.Label(self, text=_("Rooms on this network"), style="Muted.TLabel").pack(
            anchor="w", pady=(0, px(3))
        )
        self._list = ColumnList(
            self,
            look,
            self._widths,
            show="tree",
            columns=("state",),
            selectmode="browse",
            style="List.Treeview",
            height=_VISIBLE,
        )
        self._list.pack(fill="x")
        self.tree = self._list.tree
        self.tree.bind("<<TreeviewSelect>>", self._pick)
        begin_with_first(self.tree)
        editing.on_keys(self.tree, ["<Return>"], connect)
        foot = tb.Frame(self)
        foot.columnconfigure(0, weight=1)
        foot.pack(fill="x", pady=(px(4), 0))
        self.status = wrapping_label(foot, look, "Muted.TLabel", width=1)
        self.status.grid(row=0, column=0, sticky="ew")
        buttons = FlowFrame(foot, look)
        buttons.grid(row=0, column=1, sticky="e", padx=(px(8), 0))
        self.further = tb.Button(
            buttons, text=_("Look further"), bootstyle="ghost", command=self._press
        )
        buttons.add(self.further, side="right")
        self._bar = tb.Progressbar(foot, bootstyle="primary thin", maximum=1.0)
        self._bar.grid(row=1, column=0, columnspan=2, sticky="ew", pady=(px(4), 0))
        # Its place is kept: buttons that move are missed.
        foot.rowconfigure(1, minsize=self._bar.winfo_reqheight() + px(4))
        self._bar.grid_remove()
        look.attach(self, lambda: self._fill(self._rows))

    def show(self, nearby: Nearby) -> None:
        """Show these rooms. The one that is chosen stays so, as long as it is there."""
        if nearby.rows != self._rows:
            self._fill(nearby.rows)
        self.status.configure(text=self._look.safe.line(nearby.status))
        self._looking = nearby.progress is not None
        self.further.configure(text=_("Stop looking") if self._looking else _("Look further"))
        if nearby.progress is None:
            self._bar.grid_remove()
        else:
            self._bar.configure(value=nearby.progress)
            self._bar.grid()

    def clear_choice(self) -> None:
        """Choose no room."""
        self.tree.selection_set(())

    def enable(self, enabled: bool) -> None:
        """Let a room be chosen, or not."""
        self._enabled = enabled
        self.tree.configure(selectmode="browse" if enabled else "none")
        self.further.state(["!disabled" if enabled else "disabled"])

    def _fill(self, rows: Sequence[NearbyRow]) -> None:
        safe, tree, font = self._look.safe, self.tree, self._look.base
        self._rows = rows
        name = self._widths()["#0"][0] - self._look.px(_PAD)
        new = {row.server: row for row in rows}
        for server in tree.get_children():
            if server not in new:
                tree.delete(server)
        for place, (server, row) in enumerate(new.items()):
            text, values = clipped(safe.line(row.name), font, name), (safe.line(row.state),)
            if tree.exists(server):
                tree.item(server, text=text, values=values)
                tree.move(server, "", place)
            else:
                tree.insert("", place, iid=server, text=text, values=values)
        self._list.fit()

    def _widths(self) -> dict[str, Width]:
        """Together as wide as the form: a name that is longer is cut, since anybody on the
        network could make the dialog wider.
        """
        measure, pad = self._look.base.measure, self._look.px(_PAD)
        state = max((measure(row.state) for row in self._rows), default=0) + pad
        room = self._look.wide(self._width + 2)
        name = max(room - state, self._look.wide(_NAME))
        return {"#0": (name, name), "state": (state, state)}

    def _pick(self, event: "tk.Event[tk.Misc]") -> None:
        if self._enabled and (chosen := self.tree.selection()):
            self._chosen(chosen[0])

    def _press(self) -> None:
        nearby = self._intents().nearby
        if self._looking:
            nearby.stop()
        else:
            nearby.look_further()
