"""The picker: all emoji in a grid, with a search field that has the keyboard.

Only the rows in view are drawn.
"""

import tkinter as tk
from collections.abc import Callable, Sequence
from functools import partial

import ttkbootstrap as tb
from PIL import ImageTk

from client_mvc.i18n.translate import _
from client_mvc.view.contract.values import EmojiRow
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets import editing, emoji_images
from client_mvc.view.widgets.field import TextField
from client_mvc.view.widgets.flow_layout import clipped
from client_mvc.view.widgets.placeholder import Placeholder
from client_mvc.view.widgets.popup import Popup
from client_mvc.view.widgets.scrollbar import Scrollbar
from client_mvc.view.widgets.tooltip import Area
from client_mvc.view.widgets.wheel import on_wheel

_COLUMNS, _ROWS = 9, 6
_CELL, _EMOJI = 34, 24  # pixels
_WHEEL = 2  # rows
_STEPS = {
    "<Left>": (0, -1),
    "<Right>": (0, 1),
    "<Up>": (-1, 0),
    "<Down>": (1, 0),
    "<Prior>": (1 - _ROWS, 0),
    "<Next>": (_ROWS - 1, 0),
}


class EmojiPicker(tb.TkFrame):
    """`open` shows one; `field` is its search field, `rows` are the emoji found.

    It closes when one is chosen, by Escape and Tab, and when the keyboard or a click goes
    elsewhere. The widget that had the keyboard before gets it back.
    """

    def __init__(
        self,
        master: tk.Misc,
        look: Look,
        find: Callable[[str], Sequence[EmojiRow]],
        at: Area,
        chosen: Callable[[str], None],
    ) -> None:
        self._top = master.winfo_toplevel()
        super().__init__(self._top, autostyle=False, highlightthickness=1)
        self._look = look
        self._find = find
        self._beside = at
        self._chosen = chosen
        self._popup = Popup(self, look, self.close)
        self.rows: tuple[EmojiRow, ...] = ()
        self.at = 0
        self._first = 0  # the first row of the grid that is in view
        self._size = (_COLUMNS, _ROWS)
        self._shown: list[ImageTk.PhotoImage] = []
        px = look.px
        self._inner = tb.Frame(self, padding=px(8))
        self._inner.pack(fill="both", expand=True)
        self.field = TextField(self._inner, look, limit=60, width=1)
        self.field.pack(fill="x")
        Placeholder(self.field.text, look).show(_("Search emoji"))
        self.name = tb.Label(self._inner, style="Muted.TLabel")
        self.name.pack(side="bottom", fill="x", pady=(px(4), 0))
        body = tb.Frame(self._inner)
        body.pack(fill="both", expand=True, pady=(px(6), 0))
        self.grid_view = tk.Canvas(
            body, highlightthickness=0, borderwidth=0, takefocus=False, cursor="hand2"
        )
        self._bar = Scrollbar(body, self._scrolled)
        self._bar.pack(side="right", fill="y")
        self.grid_view.pack(side="left")
        self._bind_events()
        look.attach(self, self._paint)

    @classmethod
    def open(
        cls,
        master: tk.Misc,
        look: Look,
        find: Callable[[str], Sequence[EmojiRow]],
        at: Area,
        chosen: Callable[[str], None],
    ) -> "EmojiPicker":
        """Open the picker over the window of `master`, in place of one that is open there.

        Args:
            master: Any widget of the window.
            look: The colours and fonts.
            find: Returns the emoji that typed words find, all for none
                (`ComposerIntents.emoji`).
            at: The place on screen that it opens beside (`tooltip.area(widget)`).
            chosen: Is called with the emoji after the picker closed.
        """
        for other in master.winfo_toplevel().winfo_children():
            if isinstance(other, EmojiPicker):
                other.close()
        picker = cls(master, look, find, at, chosen)
        picker.field.text.focus_set()
        return picker

    def close(self) -> None:
        """Close the picker; the keyboard goes back to where it was."""
        self._top.unbind("<Button-1>", self._outside)
        self._popup.destroy()

    # --- what the person does ------------------------------------------------------------

    def _bind_events(self) -> None:
        text, view = self.field.text, self.grid_view
        for key, (down, right) in _STEPS.items():
            editing.on_keys(text, [key], partial(self._step, down, right))
        editing.on_keys(text, editing.ENTER, self._choose)
        editing.on_keys(text, ("<Escape>", "<<NextWindow>>", "<<PrevWindow>>"), self.close)
        editing.on_change(text, self._search)
        self._popup.watch(text)
        view.bind("<Motion>", self._pointed)
        view.bind("<Button-1>", self._clicked)
        on_wheel(view, lambda way: self._scroll(way * _WHEEL))
        self._outside = self._top.bind("<Button-1>", self._clicked_outside, add="+")

    def _step(self, down: int, right: int) -> None:
        """Move the choice; at an edge of the grid it stays."""
        place = self.at + down * self._size[0] + right
        if down and not 0 <= place < len(self.rows):
            place = self.at % self._size[0] if down < 0 else len(self.rows) - 1
        self._point_at(max(0, min(place, len(self.rows) - 1)))

    def _choose(self) -> None:
        if self.rows:
            emoji = self.rows[self.at].emoji
            self.close()
            self._chosen(emoji)

    def _place(self, event: "tk.Event[tk.Misc]") -> int | None:
        """Return the place of the emoji under the pointer."""
        columns, cell = self._size[0], self._cell
        column, row = event.x // cell, event.y // cell + self._first
        place = row * columns + column
        return place if 0 <= column < columns and 0 <= place < len(self.rows) else None

    def _pointed(self, event: "tk.Event[tk.Misc]") -> None:
        place = self._place(event)
        if place is not None and place != self.at:
            self._point_at(place)

    def _clicked(self, event: "tk.Event[tk.Misc]") -> str:
        place = self._place(event)
        if place is not None:
            self.at = place
            self._choose()
        return "break"

    def _clicked_outside(self, event: "tk.Event[tk.Misc]") -> None:
        if not f"{event.widget}.".startswith(f"{self}."):
            self.close()

    # --- the grid ------------------------------------------------------------------------

    @property
    def _cell(self) -> int:
        return self._look.grown(_CELL)

    def _search(self) -> None:
        found = self._find(self.field.get())
        if emoji_images.available():
            found = [row for row in found if emoji_images.draws(row.emoji)]
        self.rows = tuple(found)
        self._first = 0
        self._point_at(0)

    def _point_at(self, place: int) -> None:
        self.at = place
        columns, rows = self._size
        row = place // columns
        self._first = max(min(self._first, row), row - rows + 1)
        self._draw()

    def _scrolled(self, command: str, *values: str) -> None:
        """Scroll as the scrollbar asks."""
        if command == "moveto":
            self._scroll(round(float(values[0]) * self._lines()) - self._first)
        else:
            step = self._size[1] if values[1] == "pages" else 1
            self._scroll(int(values[0]) * step)

    def _scroll(self, rows: int) -> None:
        most = max(0, self._lines() - self._size[1])
        self._first = max(0, min(self._first + rows, most))
        self._draw()

    def _lines(self) -> int:
        return -(-len(self.rows) // self._size[0])

    def _draw(self) -> None:
        view, look, cell = self.grid_view, self._look, self._cell
        columns, rows = self._size
        first = self._first * columns
        seen = self.rows[first : first + columns * rows]
        view.delete("all")
        shown = []
        for number, row in enumerate(seen, first):
            down, right = divmod(number - first, columns)
            x, y = right * cell, down * cell
            if number == self.at:
                ground = look.palette.selection
                view.create_rectangle(x, y, x + cell, y + cell, fill=ground, outline="")
            middle = (x + cell // 2, y + cell // 2)
            image = emoji_images.photo(row.emoji, look.grown(_EMOJI))
            if image is not None:
                shown.append(image)
                view.create_image(*middle, image=image)
            else:
                text = look.safe.line(row.emoji)
                ink = look.palette.foreground
                view.create_text(*middle, text=text, font=look.emoji, fill=ink)
        self._shown = shown
        lines = max(1, self._lines())
        self._bar.set(self._first / lines, (self._first + rows) / lines)
        name = self.rows[self.at].name if self.rows else _("No emoji has such a name.")
        self.name.configure(text=clipped(name, look.small, columns * cell))

    def _paint(self) -> None:
        look, palette, top = self._look, self._look.palette, self._top
        # Tk draws the border in the second colour while the field has the keyboard.
        self.configure(
            background=palette.background,
            highlightbackground=palette.edge,
            highlightcolor=palette.edge,
        )
        self.grid_view.configure(background=palette.background)
        # As large as the window allows.
        cell = self._cell
        around = self._bar.winfo_reqwidth() + look.px(20), look.row_height * 3 + look.px(30)
        columns = max(3, min(_COLUMNS, (top.winfo_width() - around[0]) // cell))
        rows = max(2, min(_ROWS, (top.winfo_height() - around[1]) // cell))
        self._size = columns, rows
        self.grid_view.configure(width=columns * cell, height=rows * cell)
        self._search()
        self._popup.place(self._beside)
