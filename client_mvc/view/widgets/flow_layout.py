"""Labels whose text wraps, and rows of widgets that wrap onto further lines.

They keep all text readable in narrow windows and with large fonts.
"""

import tkinter as tk
import tkinter.font as tkfont
from dataclasses import dataclass
from typing import Any, Literal

import ttkbootstrap as tb

from client_mvc.text import right_to_left
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets.delayed_call import DelayedCall

type Side = Literal["left", "right"]

_EDGES = 4
"""Border and padding of a label, left and right together, in pixels on any screen: the theme
does not scale them.
"""


def wrapping_label(
    master: tk.Misc, look: Look, style: str, *, width: int = 1, **options: Any
) -> tb.Label:
    """Make a label that breaks its text into lines where the text is wider than the label.

    The label requests `width` digits for any text: if the text decided about the width that it
    is wrapped to, the layout might never settle. Its master has to stretch it.
    """
    label = tb.Label(master, style=style, justify="left", **options)
    label.bind("<Configure>", lambda event: _wrap_within(label, event.width), add="+")
    # `look.wide` is at most the width of the screen.
    look.attach(label, lambda: label.configure(width=look.wide(width) // look.wide(1)))
    return label


def _wrap_within(label: tb.Label, width: int) -> None:
    label.configure(wraplength=max(1, width - _EDGES))


def clipped(text: str, font: tkfont.Font, width: int, *, base: int | None = None) -> str:
    """Return `text` as it is drawn in one line, cut as `cut` does.

    `base` is as in `right_to_left.paragraph`: 0 for sentences of the program.
    """
    return right_to_left.one_line(cut(text, font, width), base)


def cut(text: str, font: tkfont.Font, width: int) -> str:
    """Cut `text` and end it with an ellipsis if it is wider than `width` pixels in `font`."""
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


class FlowFrame(tb.Frame):
    """Widgets side by side, on further lines if they are too wide for one.

    The widgets are made with this frame as their master, in the order of Tab, and placed by
    `add`. The frame requests the width of all of them in one line, at most that of `bound`.
    """

    def __init__(
        self, master: tk.Misc, look: Look, *, gap: int = 8, style: str = "TFrame"
    ) -> None:
        super().__init__(master, style=style)
        self._gap = look.px(gap)
        self._between = look.px(4)
        self._most = 0
        self._parts: list[_Part] = []
        self._layout = DelayedCall(self, self._lay_out)
        self.bind("<Configure>", lambda _: self._lay_out())

    def add(self, *widgets: tk.Widget, side: Side = "left", stretch: bool = False) -> None:
        """Show `widgets` behind those before them.

        Args:
            widgets: From left to right.
            side: "right" places them at the right edge.
            stretch: Give them the free width of their line.
        """
        for widget in widgets:
            if all(part.widget is not widget for part in self._parts):
                self._parts.append(_Part(widget, side, stretch))
                # Its requested size changes with its text and its font.
                widget.bind("<Configure>", lambda _: self._layout.when_idle(), add="+")
        self._lay_out()

    def remove(self, widget: tk.Widget) -> None:
        """Hide `widget`."""
        self._parts = [part for part in self._parts if part.widget is not widget]
        widget.place_forget()
        self._lay_out()

    def bound(self, most: int) -> None:
        """Request at most this width, in pixels."""
        self._most = most
        self._lay_out()

    def _lay_out(self) -> None:
        self._layout.cancel()
        whole = max(1, self._width(self._parts))
        wide = min(whole, self._most) if self._most else whole
        room = self.winfo_width() if self.winfo_width() > 1 else wide
        for part in self._parts:
            if isinstance(part.widget, tb.Label) and not part.widget.cget("width"):
                _wrap_within(part.widget, room)
        top = 0
        for line in self._lines(room):
            top += self._place(line, top, room) + self._between
        self.configure(width=wide, height=max(1, top - self._between))

    def _width(self, parts: list[_Part]) -> int:
        """Return the width of `parts` side by side."""
        return sum(part.widget.winfo_reqwidth() + self._gap for part in parts) - self._gap

    def _lines(self, room: int) -> list[list[_Part]]:
        lines: list[list[_Part]] = []
        for part in self._parts:
            if not lines or self._width([*lines[-1], part]) > room:
                lines.append([])
            lines[-1].append(part)
        return lines

    def _place(self, line: list[_Part], top: int, room: int) -> int:
        """Place the widgets of a line at `top`; return the height of the line."""
        high = max(part.widget.winfo_reqheight() for part in line)
        spare = max(0, room - self._width(line))
        left = 0
        for place, part in enumerate(line):
            wide = part.widget.winfo_reqwidth()
            grown = min(room, wide + (spare if part.stretch else 0))
            if part.side == "left":
                x, left = left, left + grown + self._gap
            else:
                x = room - self._width(line[place:])
            y = top + (high - part.widget.winfo_reqheight()) // 2
            # Without a fixed width the widget reports changes of its requested width.
            fixed: int | str = grown if grown != wide else ""
            part.widget.place(x=max(0, x), y=y, width=fixed)
        return high
