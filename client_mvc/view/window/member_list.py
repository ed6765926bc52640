"""Who is in the room: a count, and a line for each with a dot for active, away or unknown.

Knows a member only as the row it was told to show.
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
from client_mvc.view.widgets.scrollbar import Scrollbar

_WIDTH = 190
_SHARE = 0.28  # of the window, at most
_OVERSAMPLED = 8


class Members(tb.Frame):
    """`tree` has one item for each member; its id is the member's place."""

    def __init__(self, master: tk.Misc, look: Look, intents: Callable[[], Intents]) -> None:
        super().__init__(master, style="Chrome.TFrame")
        self._look = look
        self._intents = intents
        self._members: tuple[MemberRow, ...] = ()
        self._dots: dict[str, ImageTk.PhotoImage] = {}
        px = look.px
        self.count = tb.Label(self, style="Muted.Chrome.TLabel")
        self.count.pack(anchor="w", padx=px(14), pady=(px(10), px(4)))
        self._ring = tb.Frame(self, style="Chrome.Ring.TFrame", padding=px(2))
        self._ring.pack(fill="both", expand=True, padx=px(4), pady=(0, px(4)))
        self.tree = tb.Treeview(
            self._ring, show="tree", selectmode="browse", style="Chrome.List.Treeview"
        )
        self.tree.column("#0", minwidth=px(80))
        self._bar = Scrollbar(self._ring, self.tree.yview, style="Chrome.TFrame")
        self.tree.configure(yscrollcommand=self._bar.set)
        self._bar.pack(side="right", fill="y")
        self.tree.pack(side="left", fill="both", expand=True)
        self.tree.bind("<Double-1>", self._clicked)
        self.tree.bind("<Return>", lambda _: self._mention(self.tree.focus()))
        self.tree.bind("<FocusIn>", self._focused, add="+")
        self.tree.bind("<FocusOut>", lambda _: self._ring.state(["!focus"]), add="+")
        look.attach(self, self._paint)
        self.show(())

    def width_in(self, window: int) -> int:
        """How wide the list had better be in a window that is so wide."""
        return max(self._look.px(80), min(self._look.grown(_WIDTH), int(window * _SHARE)))

    def fit(self, window: int) -> None:
        """Be as wide as is right for a window that is so wide."""
        wide = self.width_in(window)
        if wide != int(self.tree.column("#0", "width")):
            self.tree.column("#0", width=wide)
            self.show(self._members)

    def show(self, members: Sequence[MemberRow]) -> None:
        """Replace the list; who was selected stays so."""
        selected = {self._members[int(item)].name for item in self.tree.selection()}
        self._members = tuple(members)
        self.tree.delete(*self.tree.get_children())
        for place, member in enumerate(self._members):
            state = _state(member)
            self.tree.insert(
                "",
                "end",
                iid=str(place),
                text=self._words(member),
                image=self._dots[state],
                tags=() if state == "active" else ("away",),
            )
            if member.name in selected:
                self.tree.selection_set(str(place))
                self.tree.focus(str(place))
        self.count.configure(
            text=_("Members — {count}", count=len(members)) if members else _("Members")
        )

    def _words(self, member: MemberRow) -> str:
        """A colour alone is not seen by everybody. A name too long is cut, not what is said."""
        form = marked("{name} (you)") if member.you else "{name}"
        if not member.you and _state(member) == "away":
            form = marked("{name} (away)")
        base = self._look.base
        room = int(self.tree.column("#0", "width")) - self._look.px(4)
        room -= self._dots["active"].width()
        # But who it is comes first.
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
        self._ring.state(["focus"])
        if self._members and not self.tree.focus():
            self.tree.focus("0")
            self.tree.selection_set("0")

    def _paint(self) -> None:
        look = self._look
        palette, row = look.palette, look.row_height
        self._bar.stand_on(palette.chrome)
        colours = {"active": palette.active, "away": palette.away, "unknown": palette.edge}
        self._dots = {state: self._dot(colour, row) for state, colour in colours.items()}
        self.tree.tag_configure("away", foreground=palette.muted)
        for place, member in enumerate(self._members):
            self.tree.item(
                str(place), image=self._dots[_state(member)], text=self._words(member)
            )

    def _dot(self, colour: str, row: int) -> ImageTk.PhotoImage:
        """A dot in the middle of a row, drawn large and made small for a smooth edge."""
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
