"""What keeps words whole where there is little room for them: labels and rows of buttons that
go on below.

Knows nothing of what stands in them.
"""

import tkinter as tk
import tkinter.font as tkfont
from dataclasses import dataclass
from typing import Literal

import ttkbootstrap as tb

from client_mvc.view.style.theme import Look

type Side = Literal["left", "right"]

_EDGES = 4
"""Pixels of a label, left and right in all, that its words have no use of: the theme's border
and padding, which do not grow with the screen's."""


def wrap(label: tb.Label, look: Look, most: int = 1) -> None:
    """Let the words of `label` go on below where it is narrower than they are.

    It asks for `most` digits of width, whatever it says: if its words had a say in the width
    that they are wrapped to, neither might ever settle. Its master gives it all there is.
    """

    def ask() -> None:
        # No more than the screen has.
        label.configure(width=look.wide(most) // look.wide(1))

    label.bind("<Configure>", lambda event: _wrap_within(label, event.width), add="+")
    look.attach(label, ask)


def _wrap_within(label: tb.Label, width: int) -> None:
    label.configure(wraplength=max(1, width - _EDGES))


def clipped(text: str, font: tkfont.Font, width: int) -> str:
    """`text`, cut with an ellipsis if it is wider than `width` pixels in `font`."""
    if font.measure(text[:400]) <= width and len(text) <= 400:
        return text
    low, high = 0, min(len(text), 400)
    while low < high:
        middle = (low + high + 1) // 2
        if font.measure(text[:middle] + "…") <= width:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + "…"


@dataclass(slots=True)
class _Part:
    widget: tk.Widget
    side: Side
    stretch: bool


class Flow(tb.Frame):
    """Widgets side by side, on further lines where there is no room for all of them.

    They are made with this as their master, in the order of Tab, and put in by `add`. It asks
    for the room of one line, but for no more than `bound` says.
    """

    def __init__(
        self, master: tk.Misc, look: Look, *, gap: int = 8, style: str = "TFrame"
    ) -> None:
        super().__init__(master, style=style)
        self._gap = look.px(gap)
        self._between = look.px(4)
        self._most = 0
        self._parts: list[_Part] = []
        self._laying: str | None = None
        self.bind("<Configure>", lambda _: self._lay())

    def destroy(self) -> None:
        """With what was still to be done."""
        if self._laying is not None:
            self.after_cancel(self._laying)
        super().destroy()

    def add(self, widget: tk.Widget, side: Side = "left", *, stretch: bool = False) -> None:
        """Show `widget` after those before it, or against the right edge; one that is to
        `stretch` takes what is left of its line.
        """
        if all(part.widget is not widget for part in self._parts):
            self._parts.append(_Part(widget, side, stretch))
            # It has its own idea of its size again when its words or fonts change.
            widget.bind("<Configure>", lambda _: self._lay_soon(), add="+")
        self._lay()

    def remove(self, widget: tk.Widget) -> None:
        """Show it no more."""
        self._parts = [part for part in self._parts if part.widget is not widget]
        widget.place_forget()
        self._lay()

    def bound(self, most: int) -> None:
        """Ask for so many pixels at most from now on."""
        self._most = most
        self._lay()

    def _lay_soon(self) -> None:
        if self._laying is None:
            self._laying = self.after_idle(self._lay)

    def _lay(self) -> None:
        if self._laying is not None:
            self.after_cancel(self._laying)
            self._laying = None
        whole = sum(part.widget.winfo_reqwidth() + self._gap for part in self._parts)
        whole = max(1, whole - self._gap)
        wide = min(whole, self._most) if self._most else whole
        room = self.winfo_width() if self.winfo_width() > 1 else wide
        for part in self._parts:
            if isinstance(part.widget, tb.Label) and not part.widget.cget("width"):
                _wrap_within(part.widget, room)
        top = 0
        for line in self._lines(room):
            top += self._place(line, top, room) + self._between
        self.configure(width=wide, height=max(1, top - self._between))

    def _lines(self, room: int) -> list[list[_Part]]:
        lines: list[list[_Part]] = []
        left = 0
        for part in self._parts:
            wide = part.widget.winfo_reqwidth() + self._gap
            if not lines or left + self._gap < wide:
                lines.append([])
                left = room
            lines[-1].append(part)
            left -= wide
        return lines

    def _place(self, line: list[_Part], top: int, room: int) -> int:
        """Put a line in place; how high it is."""
        high = max(part.widget.winfo_reqheight() for part in line)
        spare = room + self._gap
        spare -= sum(part.widget.winfo_reqwidth() + self._gap for part in line)
        at, end = 0, room
        for part in line:
            wide = part.widget.winfo_reqwidth()
            grown = min(room, wide + (max(0, spare) if part.stretch else 0))
            if part.side == "left":
                x, at = at, at + grown + self._gap
            else:
                x = (
                    end
                    - sum(
                        other.widget.winfo_reqwidth() + self._gap
                        for other in line[line.index(part) :]
                    )
                    + self._gap
                )
            y = top + (high - part.widget.winfo_reqheight()) // 2
            # Without a width it is as wide as it wants, and says so when that changes.
            own: int | str = grown if grown != wide else ""
            part.widget.place(x=max(0, x), y=y, width=own)
        return high
