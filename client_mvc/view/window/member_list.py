"""The members of the room: their number, and a line for each with a coloured dot.

The dot is green for a connected member, yellow for one who is reconnecting, grey if unknown. It
is a star for an owner and a shield for a moderator. Below the name stands what the member says
of itself, if anything. The menu of a member opens by the right button, the Menu key, and the
button at the line under the pointer.
"""

import math
import tkinter as tk
from collections.abc import Callable, Sequence
from functools import partial

import ttkbootstrap as tb
from PIL import Image, ImageDraw, ImageTk

from client_mvc.i18n.translate import _
from client_mvc.view.contract.intents import Intents
from client_mvc.view.contract.values import MemberRow, Role
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets import editing
from client_mvc.view.widgets.context_menu import KEYS, activate_first
from client_mvc.view.widgets.flow_layout import clipped, cut
from client_mvc.view.widgets.focus_frame import FocusFrame
from client_mvc.view.widgets.icon_button import icon_button
from client_mvc.view.widgets.scrollbar import Scrollbar
from client_mvc.view.window.member_menu import MemberMenu

_WIDTH = 190
_SHARE = 0.28  # of the window, at most
_OVERSAMPLED = 8
_SHAPES: dict[Role, float] = {"member": 0.6, "moderator": 0.8, "owner": 0.95}
"""The height of each shape, as a share of that of a letter."""


class MemberList(tb.Frame):
    """`tree` has one item for each member; its id is the member's position. `shown` is told
    who is on the list.

    The item of a note has an "n" behind that, and counts as its member's: Tk's lists have one
    colour for a line.
    """

    def __init__(
        self,
        master: tk.Misc,
        look: Look,
        intents: Callable[[], Intents],
        shown: Callable[[Sequence[MemberRow]], object],
    ) -> None:
        super().__init__(master, style="Chrome.TFrame")
        self._tell = shown
        self._look = look
        self._intents = intents
        self._members: tuple[MemberRow, ...] = ()
        self._dots: dict[tuple[str, Role], ImageTk.PhotoImage] = {}
        self._blank: ImageTk.PhotoImage
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
        self.tree.bind("<Return>", lambda _: self._mention(_member_of(self.tree.focus())))
        for key, step in (("<Up>", -1), ("<Down>", 1)):
            editing.on_keys(self.tree, [key], partial(self._step, step))
        self.tree.bind("<<TreeviewSelect>>", lambda _: self._selected())
        self.tree.bind("<FocusIn>", self._focused, add="+")
        self.menu = MemberMenu(look, intents)
        self.tree.bind("<<ContextMenu>>", self._menu_at_pointer)
        for key in KEYS:
            self.tree.bind(key, self._menu_at_focus)
        self._under = ""  # the line under the pointer
        self.more = icon_button(
            self.tree, look, "three-dots", self._menu_at_button, _("Actions"), key=_("Menu")
        )
        self.more.configure(takefocus=False)
        self.tree.bind("<Motion>", self._pointed, add="+")
        self.tree.bind("<Leave>", self._left, add="+")
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
        self._hide_more()
        selected = {self._members[int(_member_of(item))].name for item in self.tree.selection()}
        self._members = tuple(members)
        self.tree.delete(*self.tree.get_children())
        for place, member in enumerate(self._members):
            state = _state(member)
            self.tree.insert(
                "",
                "end",
                iid=str(place),
                text=self._label(member),
                image=self._dots[state, member.role],
                tags=_tags(member),
            )
            if member.note:
                self._insert_note(place, member)
            if member.name in selected:
                self._select(str(place))
        self._tell(self._members)
        self.count.configure(
            text=_("Members — {count}", count=len(members)) if members else _("Members")
        )

    def _insert_note(self, place: int, member: MemberRow) -> None:
        look = self._look
        room = int(self.tree.column("#0", "width")) - self._blank.width() - look.px(4)
        note = clipped(look.safe.line(member.note), look.small, room)
        self.tree.insert(
            "",
            "end",
            iid=f"{place}n",
            # All lines of a list have one height. An empty second line moves the note up,
            # to its name.
            text=f"{note}\n ",
            image=self._blank,
            tags=("note",),
        )

    def _select(self, item: str) -> None:
        """Choose a member: with the note, which belongs to it."""
        note = f"{item}n"
        self.tree.selection_set([item, note] if self.tree.exists(note) else [item])
        self.tree.focus(item)

    def _selected(self) -> None:
        """Take a choice of Tk's own, by a click or by Home and End, for that of the member."""
        chosen = self.tree.selection()
        if chosen and not self.tree.exists(member := _member_of(chosen[0])):
            return
        if chosen and (
            self.tree.focus() != member
            or len(chosen) != 1 + bool(self._members[int(member)].note)
        ):
            self._select(member)

    def _step(self, step: int) -> None:
        focus = _member_of(self.tree.focus())
        place = int(focus) + step if focus else 0
        if self._members and 0 <= place < len(self._members):
            self._select(str(place))
            self.tree.see(f"{place}n" if self._members[place].note else str(place))
            self.tree.see(str(place))

    def _label(self, member: MemberRow) -> str:
        """Return the name and, since not everybody sees the colours, the state in words.

        A name that is too long is cut, but keeps two thirds of the line.
        """
        marks = [
            word
            for word, holds in (
                (_("you"), member.you),
                (_("owner"), member.role == "owner"),
                (_("moderator"), member.role == "moderator"),
                (_("muted"), member.muted),
                (_("ignored"), member.ignored),
                (_("reconnecting"), not member.you and _state(member) == "away"),
            )
            if holds
        ]
        end = f" ({', '.join(marks)})" if marks else ""
        base = self._look.base
        room = int(self.tree.column("#0", "width")) - self._look.px(4)
        room -= self._dots["active", "member"].width()
        left = max(room - base.measure(end), room * 2 // 3)
        name = clipped(self._look.safe.line(member.name), base, left)
        return cut(name + end, base, room)

    def _clicked(self, event: "tk.Event[tk.Misc]") -> str:
        self._mention(_member_of(self.tree.identify_row(event.y)))
        return "break"

    def _mention(self, item: str) -> None:
        if item:
            self._intents().composer.mention(self._members[int(item)].name)

    def _focused(self, event: "tk.Event[tk.Misc]") -> None:
        if self._members and not self.tree.focus():
            self._select("0")

    def _paint(self) -> None:
        look = self._look
        palette, row = look.palette, look.row_height
        self._bar.set_background(palette.chrome)
        colours = {"active": palette.active, "away": palette.away, "unknown": palette.edge}
        self._dots = {
            (state, role): self._dot(colour, row, role)
            for state, colour in colours.items()
            for role in _SHAPES
        }
        self.more.configure(bootstyle=f"ghost @{palette.chrome}")
        # As wide as a dot, so that a note begins below its name.
        size = self._dots["active", "member"].width(), 1
        self._blank = ImageTk.PhotoImage(Image.new("RGBA", size), master=self)
        self.tree.tag_configure("away", foreground=palette.muted)
        self.tree.tag_configure("note", foreground=palette.muted, font=look.small)
        # At the top of its line, near its name: all lines of a list have one height. The
        # types of tkinter do not know this option of Tk.
        self.tk.call(self.tree, "tag", "configure", "note", "-anchor", "nw")
        for number, colour in enumerate(palette.names):
            self.tree.tag_configure(f"name{number}", foreground=colour)
        self.show(self._members)

    def _dot(self, colour: str, row: int, role: Role) -> ImageTk.PhotoImage:
        """Draw a dot in the middle of a row, large, and shrink it to get a smooth edge.

        Owners have a star in its place, and moderators a shield.
        """
        across = max(8, int(self._look.base.metrics("ascent") * _SHAPES[role]))
        left, top = self._look.px(8), (row - across) // 2
        # All names begin in one line, whatever stands before them.
        size = (left + self._widest() + self._look.px(7), row)
        left += (self._widest() - across) // 2
        big = Image.new("RGBA", (size[0] * _OVERSAMPLED, size[1] * _OVERSAMPLED))
        box = [edge * _OVERSAMPLED for edge in (left, top, left + across, top + across)]
        draw = ImageDraw.Draw(big)
        if role == "member":
            draw.ellipse(box, fill=colour)
        else:
            draw.polygon(_outline(role, box), fill=colour)
        return ImageTk.PhotoImage(big.resize(size, Image.Resampling.LANCZOS), master=self)

    def _widest(self) -> int:
        return max(8, int(self._look.base.metrics("ascent") * max(_SHAPES.values())))

    # --- the menu of a member --------------------------------------------------------------

    def _pointed(self, event: "tk.Event[tk.Misc]") -> None:
        """Show the button at the line under the pointer."""
        item = _member_of(self.tree.identify_row(event.y))
        if item == self._under:
            return
        self._hide_more()
        self._under = item
        box = self.tree.bbox(item) if item and self._members[int(item)].acts else ""
        if box:
            _x, y, _wide, high = map(int, box)
            self.more.place(in_=self.tree, relx=1.0, x=-2, y=y + high // 2, anchor="e")
            self.more.lift()

    def _left(self, event: "tk.Event[tk.Misc]") -> None:
        under = self.tree.winfo_containing(event.x_root, event.y_root)
        if not str(under or "").startswith(str(self.tree)):
            self._hide_more()

    def _hide_more(self) -> None:
        self._under = ""
        self.more.place_forget()

    def _menu_at_button(self) -> None:
        if self._under:
            more, item = self.more, self._under
            self.menu.fill(self._members[int(item)])
            self.menu.menu.update_idletasks()
            # Their right edges are in line: the list stands at the edge of the window.
            x = more.winfo_rootx() + more.winfo_width() - self.menu.menu.winfo_reqwidth()
            self._open_menu(item, max(0, x), more.winfo_rooty() + more.winfo_height())

    def _menu_at_pointer(self, event: "tk.Event[tk.Misc]") -> str:
        if item := _member_of(self.tree.identify_row(event.y)):
            self._open_menu(item, event.x_root, event.y_root)
        return "break"

    def _menu_at_focus(self, event: "tk.Event[tk.Misc]") -> str:
        item = _member_of(self.tree.focus())
        box = self.tree.bbox(item) if item else ""
        if box:
            x, y, _wide, high = map(int, box)
            tree = self.tree
            self._open_menu(item, tree.winfo_rootx() + x, tree.winfo_rooty() + y + high)
            activate_first(self.menu.menu)
        return "break"

    def _open_menu(self, item: str, x: int, y: int) -> None:
        self._select(item)
        self.menu.open(self._members[int(item)], x, y)


def _outline(role: Role, box: Sequence[int]) -> list[tuple[float, float]]:
    """Return the corners of a star or of a shield in a box of left, top, right, bottom."""
    left, top, right, bottom = box
    wide, high = right - left, bottom - top
    if role == "owner":
        corners = []
        for number in range(10):
            far = 0.5 if number % 2 == 0 else 0.22
            turn = math.pi * number / 5
            corners.append((0.5 + far * math.sin(turn), 0.52 - far * math.cos(turn)))
    else:
        corners = [(0.5, 0), (0.92, 0.14), (0.92, 0.5), (0.8, 0.76), (0.5, 1)]
        corners += [(1 - x, y) for x, y in reversed(corners[1:4])]
    return [(left + x * wide, top + y * high) for x, y in corners]


def _member_of(item: str) -> str:
    """Return the item of the member that `item`, perhaps that of a note, belongs to."""
    return item.removesuffix("n")


def _tags(member: MemberRow) -> tuple[str, ...]:
    """A name has its colour; it is grey while the member cannot be reached, or is ignored."""
    if member.ignored or _state(member) != "active":
        return ("away",)
    return (f"name{member.colour}",)


def _state(member: MemberRow) -> str:
    if member.unknown:
        return "unknown"
    return "away" if member.away else "active"
