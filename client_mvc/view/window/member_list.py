"""The members of the room: their number, and a line for each with a coloured dot.

The dot is green for a connected member, yellow for one who is reconnecting, grey if unknown.
"""

import tkinter as tk
from collections.abc import Callable, Sequence

import ttkbootstrap as tb
from PIL import Image, ImageDraw, ImageTk

from client_mvc.i18n.translate import _, marked
from client_mvc.view.contract.intents import Intents
from client_mvc.view.contract.values import MemberRow
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets.flow_layout import clipped
from client_mvc.view.widgets.focus_frame import FocusFrame
from client_mvc.view.widgets.scrollbar import Scrollbar

_WIDTH = 190
_SHARE = 0.28  # of the window, at most
_OVERSAMPLED = 8


class MemberList(tb.Frame):
    """`tree` has one item for each member; its id is the member's position."""

    def __init__(self, master: tk.Misc, look: Look, intents: Callable[[], Intents]) -> None:
        super().__init__(master, style="Chrome.TFrame")
        self._look = look
        self._intents = intents
        self._members: tuple[MemberRow, ...] = ()
        self._dots: dict[str, ImageTk.PhotoImage] = {}
        px = look.px
        self.count = tb.Label(self, style="Muted.Chrome.TLabel")
        self.count.pack(anchor="w", padx=px(14), pady=(px(10), px(4)))
        box = FocusFrame(self, look, "Chrome.Ring.TFrame")
        box.pack(fill="both", expand=True, padx=px(4), pady=(0, px(4)))
        self.tree = tb.Treeview(
            box, show="tree", selectmode="browse", style="Chrome.List.Treeview"
        )
        self.tree.column("#0", minwidth=px(80))
        self._bar = Scrollbar(box, self.tree.yview, style="Chrome.TFrame")
        self.tree.configure(yscrollcommand=self._bar.set)
        self._bar.pack(side="right", fill="y")
        self.tree.pack(side="left", fill="both", expand=True)
        self.tree.bind("<Double-1>", self._clicked)
        self.tree.bind("<Return>", lambda _: self._mention(self.tree.focus()))
        self.tree.bind("<FocusIn>", self._focused, add="+")
        box.follow(self.tree)
        look.attach(self, self._paint)
        self.show(())

    def width_in(self, window: int) -> int:
        """Return the width of the list in a window of this width, in pixels."""
        return max(self._look.px(80), min(self._look.grown(_WIDTH), int(window * _SHARE)))

    def fit(self, window: int) -> None:
        """Fit the list into a window of this width."""
        wide = self.width_in(window)
        if wide != int(self.tree.column("#0", "width")):
            self.tree.column("#0", width=wide)
            self.show(self._members)

    def show(self, members: Sequence[MemberRow]) -> None:
        """Replace the list; the selected member stays selected."""
        selected = {self._members[int(item)].name for item in self.tree.selection()}
        self._members = tuple(members)
        self.tree.delete(*self.tree.get_children())
        for place, member in enumerate(self._members):
            state = _state(member)
            self.tree.insert(
                "",
                "end",
                iid=str(place),
                text=self._label(member),
                image=self._dots[state],
                tags=() if state == "active" else ("away",),
            )
            if member.name in selected:
                self.tree.selection_set(str(place))
                self.tree.focus(str(place))
        self.count.configure(
            text=_("Members — {count}", count=len(members)) if members else _("Members")
        )

    def _label(self, member: MemberRow) -> str:
        """Return the name and, since not everybody sees the colours, the state in words.

        A name that is too long is cut, but keeps two thirds of the line.
        """
        form = marked("{name} (you)") if member.you else "{name}"
        if not member.you and _state(member) == "away":
            form = marked("{name} (reconnecting)")
        base = self._look.base
        room = int(self.tree.column("#0", "width")) - self._look.px(4)
        room -= self._dots["active"].width()
        left = max(room - base.measure(_(form, name="")), room * 2 // 3)
        name = clipped(self._look.safe.line(member.name), base, left)
        return clipped(_(form, name=name), base, room)

    def _clicked(self, event: "tk.Event[tk.Misc]") -> str:
        self._mention(self.tree.identify_row(event.y))
        return "break"

    def _mention(self, item: str) -> None:
        if item:
            self._intents().composer.mention(self._members[int(item)].name)

    def _focused(self, event: "tk.Event[tk.Misc]") -> None:
        if self._members and not self.tree.focus():
            self.tree.focus("0")
            self.tree.selection_set("0")

    def _paint(self) -> None:
        look = self._look
        palette, row = look.palette, look.row_height
        self._bar.set_background(palette.chrome)
        colours = {"active": palette.active, "away": palette.away, "unknown": palette.edge}
        self._dots = {state: self._dot(colour, row) for state, colour in colours.items()}
        self.tree.tag_configure("away", foreground=palette.muted)
        for place, member in enumerate(self._members):
            self.tree.item(
                str(place), image=self._dots[_state(member)], text=self._label(member)
            )

    def _dot(self, colour: str, row: int) -> ImageTk.PhotoImage:
        """Draw a dot in the middle of a row, large, and shrink it to get a smooth edge."""
        across = max(8, int(self._look.base.metrics("ascent") * 0.6))
        left, top = self._look.px(8), (row - across) // 2
        size = (left + across + self._look.px(7), row)
        big = Image.new("RGBA", (size[0] * _OVERSAMPLED, size[1] * _OVERSAMPLED))
        box = (left, top, left + across, top + across)
        ImageDraw.Draw(big).ellipse([edge * _OVERSAMPLED for edge in box], fill=colour)
        return ImageTk.PhotoImage(big.resize(size, Image.Resampling.LANCZOS), master=self)


def _state(member: MemberRow) -> str:
    if member.unknown:
        return "unknown"
    return "away" if member.away else "active"
