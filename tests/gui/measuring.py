"""Checks that every widget is readable and reachable: `python -m tests.gui.measuring`.

Goes through the states of the gallery at several text sizes and measures: no widget is outside
the screen or cut by its master, no text is wider than its widget, and a list or form that is
larger than its place has a scrollbar. Prints a line for each fault, and one after each size.
"""

import argparse
import tkinter as tk
import tkinter.font as tkfont
from collections.abc import Iterator
from pathlib import Path
from tkinter import ttk

from client_mvc.i18n import translate
from client_mvc.view.widgets.scrollbar import Scrollbar
from client_mvc.view.widgets.scrolled_form import ScrolledForm
from client_mvc.view.window.main_window import ChatWindow
from tests.gui.display import xvfb
from tests.gui.driver import Recorder
from tests.gui.gallery.shots import Gallery
from tests.gui.gallery.states import STATES

SIZES = (8, 10, 18, 28)
_EDGES = 4
"""Border and padding of a label, left and right together, in pixels."""
_WITH_TEXT = (ttk.Label, ttk.Button, ttk.Checkbutton, ttk.Radiobutton, tk.Label)
# Columns with texts of any length, which are cut.
_ANY_LENGTH = ("#0", "text", "name")


class Measuring(Gallery):
    """Takes no pictures; `faults` has the faults found."""

    def __init__(self, window: ChatWindow) -> None:
        super().__init__(window, Path(), "light")
        self.faults: list[str] = []

    def shoot(self, name: str, shown: tk.Misc | None = None) -> None:
        window = shown or self.window.root
        self.driver.until(window.winfo_viewable)
        self.settle()
        self.driver.until(lambda: not list(faults(window)) or self._settled())
        self.faults += [f"{name}: {fault}" for fault in faults(window)]
        menu = self.window.top_bar.menu.menu
        if menu.winfo_viewable():
            self.faults += [f"{name}: {fault}" for fault in menu_faults(menu)]

    def _settled(self) -> bool:
        """Wait a second time: a layout in an idle moment may request another one."""
        self.settle()
        return True


def faults(window: tk.Misc) -> Iterator[str]:
    """Yield the faults of a window in its current state."""
    right = window.winfo_rootx() + window.winfo_width()
    bottom = window.winfo_rooty() + window.winfo_height()
    if (
        min(window.winfo_rootx(), window.winfo_rooty()) < 0
        or right > window.winfo_screenwidth()
        or bottom > window.winfo_screenheight()
    ):
        yield f"outside the screen: {window.winfo_geometry()}"
    for widget in _within(window):
        if isinstance(widget, _WITH_TEXT):
            yield from _text_faults(widget)
        if isinstance(widget, ttk.Treeview):
            yield from _list_faults(widget)
        if isinstance(widget, ScrolledForm):
            yield from _form_faults(widget)
        if not isinstance(widget, ttk.Frame | tk.Frame | tk.Canvas | ttk.Separator):
            yield from _cut(widget, window)


def menu_faults(menu: tk.Menu) -> Iterator[str]:
    """Yield a fault if an open menu is not entirely on the screen."""
    right = menu.winfo_rootx() + menu.winfo_width()
    bottom = menu.winfo_rooty() + menu.winfo_height()
    if right > menu.winfo_screenwidth() or bottom > menu.winfo_screenheight():
        yield f"the menu is larger than the screen: {menu.winfo_geometry()}"
    if (
        menu.winfo_width() < menu.winfo_reqwidth()
        or menu.winfo_height() < menu.winfo_reqheight()
    ):
        yield f"the menu is cut: {menu.winfo_geometry()}"


def _within(widget: tk.Misc) -> Iterator[tk.Misc]:
    for child in widget.winfo_children():
        if not isinstance(child, tk.Toplevel | tk.Menu) and child.winfo_viewable():
            yield child
            yield from _within(child)


def _text_faults(widget: tk.Misc) -> Iterator[str]:
    name = _name(widget)
    if widget.winfo_height() < widget.winfo_reqheight():
        yield f"{name} is lower than its text"
    asked = isinstance(widget, ttk.Label) and widget.cget("width")
    if not asked:
        if widget.winfo_width() < widget.winfo_reqwidth():
            yield f"{name} is narrower than its text"
    elif lines := int(str(widget.cget("wraplength") or 0)):
        # Its requested width does not depend on its text, which wraps.
        if lines + _EDGES > widget.winfo_width():
            yield f"{name} is narrower than its lines"
    else:
        font = tkfont.nametofont(
            str(ttk.Style(widget).lookup(widget.cget("style"), "font")) or "TkDefaultFont"
        )
        if font.measure(str(widget.cget("text"))) > widget.winfo_width():
            yield f"{name} is narrower than its text"


def _form_faults(form: ScrolledForm) -> Iterator[str]:
    hidden = form.inner.winfo_height() > form._view.winfo_height()
    if hidden and not form._bar._bar.winfo_ismapped():
        yield "a form is higher than its place, without a scrollbar"
    if form._view.winfo_height() < tkfont.nametofont("TkTextFont").metrics("linespace"):
        yield "a form is lower than a line"


def _list_faults(tree: ttk.Treeview) -> Iterator[str]:
    shown = [str(column) for column in tree.cget("columns")]
    if "tree" in str(tree.cget("show")):
        shown.insert(0, "#0")
    bars = [each for each in tree.master.winfo_children() if isinstance(each, Scrollbar)]
    mapped = [bar for bar in bars if bar._bar.winfo_ismapped()]
    wide = sum(int(tree.column(column, "width")) for column in shown)
    if wide > tree.winfo_width() + 1 and not any(bar._across for bar in mapped):
        yield f"a list is {wide} wide in {tree.winfo_width()} without a scrollbar"
    first, last = map(float, tree.yview())
    if (first > 0 or last < 1) and all(bar._across for bar in mapped):
        yield "a list is longer than it is high, without a scrollbar"
    bold, plain = tkfont.nametofont("TkHeadingFont"), tkfont.nametofont("TkTextFont")
    pad = 12  # of a cell, in all
    for column in shown:
        room = int(tree.column(column, "width"))
        if "headings" in str(tree.cget("show")):
            title = str(tree.heading(column, "text"))
            if bold.measure(title) + pad > room:
                yield f"the heading {title!r} is cut"
        if column not in _ANY_LENGTH:
            cells = [tree.set(row, column) for row in tree.get_children()]
            yield from (
                f"{cell!r} is cut"
                for cell in filter(None, cells)
                if plain.measure(cell) + pad > room
            )


def _cut(widget: tk.Misc, window: tk.Misc) -> Iterator[str]:
    """Yield a fault if a master cuts `widget`; one that scrolls may cut top and bottom."""
    left, top = widget.winfo_rootx(), widget.winfo_rooty()
    right, bottom = left + widget.winfo_width(), top + widget.winfo_height()
    outer, scrolls = widget.master, False
    while outer is not None:
        outer_right = outer.winfo_rootx() + outer.winfo_width()
        outer_bottom = outer.winfo_rooty() + outer.winfo_height()
        scrolls = (
            scrolls or isinstance(outer, tk.Text) or isinstance(outer.master, ScrolledForm)
        )
        if left < outer.winfo_rootx() or right > outer_right:
            yield f"{_name(widget)} is cut at a side: {right} > {outer_right}"
            return
        if not scrolls and (top < outer.winfo_rooty() or bottom > outer_bottom):
            yield f"{_name(widget)} is cut at the foot: {bottom} > {outer_bottom}"
            return
        if outer is window:
            return
        outer = outer.master


def _name(widget: tk.Misc) -> str:
    text = str(widget.cget("text")) if isinstance(widget, _WITH_TEXT) else ""
    return f"{widget.winfo_class()} {text[:50]!r}"


def main() -> None:
    """Measure every state at every size."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--dpi", type=int, default=96)
    options.add_argument("--screen", default="1280x900")
    options.add_argument("--language", default="en")
    options.add_argument("--text", type=int, nargs="*", default=SIZES)
    chosen = options.parse_args()
    translate.choose([chosen.language])
    with xvfb(dpi=chosen.dpi, size=chosen.screen):
        window = ChatWindow(Recorder(), dark=False, text_size=chosen.text[0])
        window.root.geometry("+0+0")
        for size in chosen.text:
            window.look.set_size(size)
            measuring = Measuring(window)
            for state in STATES:
                state(measuring)
            for fault in dict.fromkeys(measuring.faults):
                print(f"{size} pt: {fault}")
            print(f"{size} pt: measured", flush=True)
        window.close()


if __name__ == "__main__":
    main()
