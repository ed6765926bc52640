"""Tooltips: they explain a symbol while the pointer rests on it, or after Tab moved to it."""

import tkinter as tk
from typing import NamedTuple

import ttkbootstrap as tb

from client_mvc.view.style.theme import Look
from client_mvc.view.widgets.delayed_call import DelayedCall

DELAY = 600
"""Milliseconds that the pointer has to rest before the tooltip appears."""
_WRAP = 44  # digits
_GAP = 4


class Area(NamedTuple):
    """A rectangle of the screen, in pixels."""

    x: int
    y: int
    wide: int
    high: int


class Tooltip:
    """Shows `text` and the `key` that does the same; `tip` is its window while it is open."""

    def __init__(self, widget: tk.Misc, look: Look, text: str, key: str = "") -> None:
        self.tip: tb.Toplevel | None = None
        self._widget = widget
        self._look = look
        self._text = f"{text} ({key})" if key else text
        self._opening = DelayedCall(widget, self._show)
        self._focus = ""
        self._place: Area | None = None
        widget.bind("<Enter>", lambda _: self._wait(), add="+")
        widget.bind("<<TraverseIn>>", lambda _: self._wait(), add="+")
        widget.bind("<Motion>", lambda _: self._moved(), add="+")
        for sequence in ("<Leave>", "<FocusOut>", "<ButtonPress>", "<Unmap>", "<Destroy>"):
            widget.bind(sequence, lambda _: self.hide(), add="+")

    def set_text(self, text: str) -> None:
        """Replace the text, without a key."""
        if text != self._text:
            self._text = text
            self.hide()

    def point(self, text: str, place: Area) -> None:
        """Explain a part of the widget, which the pointer is at now; empty: nothing."""
        if (text, place) != (self._text, self._place):
            self._text, self._place = text, place
            self._wait()

    def hide(self) -> None:
        """Close the tooltip until the pointer, or Tab, comes again."""
        self._opening.cancel()
        tip, self.tip = self.tip, None
        if tip is not None:
            self._unwatch(str(tip))
            tip.destroy()

    def _wait(self) -> None:
        self.hide()
        self._opening.after(DELAY)

    def _moved(self) -> None:
        if self._opening.waiting:
            self._wait()

    def _show(self) -> None:
        widget, look = self._widget, self._look
        if not self._text:
            return
        under = widget.tk.call("winfo", "containing", *widget.winfo_pointerxy())
        if str(widget) not in (str(under), str(widget.tk.call("focus"))):
            return  # something opened over it meanwhile
        self.tip = tip = tb.Toplevel(
            "", master=widget, iconphoto=None, override_redirect=True, window_type="tooltip"
        )
        tip.withdraw()
        tip.configure(background=look.palette.edge)
        screen = _screen(widget)
        wrap = min(look.wide(_WRAP), screen.wide - look.px(40))
        label = tb.Label(tip, text=self._text, style="Tooltip.TLabel", wraplength=wrap)
        label.pack(padx=look.px(1), pady=look.px(1))
        tip.update_idletasks()
        size = tip.winfo_reqwidth(), tip.winfo_reqheight()
        window = area(widget.winfo_toplevel())
        x, y = beside(self._place or area(widget), size, window, screen, look.px(_GAP))
        tip.geometry(f"+{x}+{y}")
        tip.deiconify()
        tip.lift()
        self._watch(tip)

    def _watch(self, tip: tb.Toplevel) -> None:
        """Close the tooltip at any key, and when the focus moves.

        The widget with the focus gets the tooltip as its first bindtag, because many keys are
        handled by that widget alone. The tooltip's bindings are destroyed with the tooltip.
        """
        tcl = tip.tk
        if focus := str(tcl.call("focus")):
            tags = tcl.splitlist(tcl.call("bindtags", focus))
            tcl.call("bindtags", focus, (str(tip), *tags))
            for sequence in ("<Key>", "<FocusOut>"):
                tip.bind(sequence, lambda _: self.hide())
            self._focus = focus

    def _unwatch(self, tip: str) -> None:
        tcl, focus = self._widget.tk, self._focus
        self._focus = ""
        if focus and tcl.getboolean(tcl.call("winfo", "exists", focus)):
            tags = tcl.splitlist(tcl.call("bindtags", focus))
            tcl.call("bindtags", focus, tuple(tag for tag in tags if str(tag) != tip))


def beside(
    thing: Area, size: tuple[int, int], window: Area, screen: Area, gap: int
) -> tuple[int, int]:
    """Find a place for a rectangle of `size` (width, height) next to `thing`.

    It stands below `thing`, or above it where the window, or else the screen, ends; its left
    edge is in line with that of `thing` as far as window and screen allow.

    Returns:
        Its left and top edge, in pixels of the screen.
    """
    wide, high = size
    below, above = thing.y + thing.high + gap, thing.y - gap - high
    lowest = screen.y + screen.high - high
    in_window = below <= min(lowest, window.y + window.high - high)
    y = below if in_window or (above < screen.y and below <= lowest) else above
    x = min(thing.x, window.x + window.wide - wide)
    return max(screen.x, min(x, screen.x + screen.wide - wide)), y


def area(widget: tk.Misc) -> Area:
    """Return the place of a widget on screen."""
    return Area(
        widget.winfo_rootx(), widget.winfo_rooty(), widget.winfo_width(), widget.winfo_height()
    )


def _screen(widget: tk.Misc) -> Area:
    """Return the area of all screens together, as Windows joins them."""
    return Area(
        widget.winfo_vrootx(),
        widget.winfo_vrooty(),
        widget.winfo_vrootwidth(),
        widget.winfo_vrootheight(),
    )
