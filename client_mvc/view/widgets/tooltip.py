"""Words beside what is only a symbol, while the pointer rests on it, or the keyboard by Tab.

Knows where on the screen there is room for them, and nothing of what the symbol does.
"""

import tkinter as tk
from typing import NamedTuple

import ttkbootstrap as tb

from client_mvc.view.style.theme import Look

REST = 600
"""Milliseconds of rest that mean a question; who only passes by is told nothing."""
_WRAP = 44  # digits
_GAP = 4


class Area(NamedTuple):
    """A rectangle of the screen, in pixels."""

    x: int
    y: int
    wide: int
    high: int


class Tooltip:
    """`tip` is the little window while there is one."""

    def __init__(self, widget: tk.Misc, look: Look, text: str, key: str = "") -> None:
        self.tip: tb.Toplevel | None = None
        self._widget = widget
        self._look = look
        self._text = f"{text} ({key})" if key else text
        self._waiting: str | None = None
        self._focus = ""
        widget.bind("<Enter>", lambda _: self._wait(), add="+")
        widget.bind("<<TraverseIn>>", lambda _: self._wait(), add="+")
        widget.bind("<Motion>", lambda _: self._moved(), add="+")
        for sequence in ("<Leave>", "<FocusOut>", "<ButtonPress>", "<Unmap>", "<Destroy>"):
            widget.bind(sequence, lambda _: self.hide(), add="+")

    def say(self, text: str) -> None:
        """It does something else now."""
        if text != self._text:
            self._text = text
            self.hide()

    def hide(self) -> None:
        """Nothing is explained until the pointer, or Tab, comes anew."""
        if self._waiting is not None:
            self._widget.after_cancel(self._waiting)
            self._waiting = None
        tip, self.tip = self.tip, None
        if tip is not None:
            self._unwatch(str(tip))
            tip.destroy()

    def _wait(self) -> None:
        self.hide()
        self._waiting = self._widget.after(REST, self._show)

    def _moved(self) -> None:
        if self._waiting is not None:
            self._wait()

    def _show(self) -> None:
        self._waiting = None
        widget, look = self._widget, self._look
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
        window = _area(widget.winfo_toplevel())
        x, y = beside(_area(widget), size, window, screen, look.px(_GAP))
        tip.geometry(f"+{x}+{y}")
        tip.deiconify()
        tip.lift()
        self._watch(tip)

    def _watch(self, tip: tb.Toplevel) -> None:
        """Any key takes it away, or the keyboard's going elsewhere.

        Whatever has the keyboard gets the tip as its first bindtag: many keys end at the
        widget that they are for. What is bound to the tip goes with it.
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
    """Where to put what is so large (width, height): below `thing`, or above it where the
    window or else the screen ends; in line with its left edge as far as they allow.
    """
    wide, high = size
    below, above = thing.y + thing.high + gap, thing.y - gap - high
    lowest = screen.y + screen.high - high
    in_window = below <= min(lowest, window.y + window.high - high)
    y = below if in_window or (above < screen.y and below <= lowest) else above
    x = min(thing.x, window.x + window.wide - wide)
    return max(screen.x, min(x, screen.x + screen.wide - wide)), y


def _area(widget: tk.Misc) -> Area:
    return Area(
        widget.winfo_rootx(), widget.winfo_rooty(), widget.winfo_width(), widget.winfo_height()
    )


def _screen(widget: tk.Misc) -> Area:
    """All screens together: on Windows, those beside the first one, too."""
    return Area(
        widget.winfo_vrootx(),
        widget.winfo_vrooty(),
        widget.winfo_vrootwidth(),
        widget.winfo_vrootheight(),
    )
