"""A form that scrolls if it is higher than its place, and follows the keyboard focus."""

import tkinter as tk

import ttkbootstrap as tb

from client_mvc.view.style.theme import Look
from client_mvc.view.widgets.delayed_call import DelayedCall
from client_mvc.view.widgets.scrollbar import Scrollbar
from client_mvc.view.widgets.wheel import WHEEL, direction

_WHEEL_PIXELS = 50


class ScrolledForm(tb.Frame):
    """The form's widgets are made in `inner`; its direct children are scrolled to as a whole.

    Args:
        padding: Left and right, top and bottom, in pixels.
        share: The most of the window's height that the form requests, from 0 to 1.
    """

    def __init__(
        self,
        master: tk.Misc,
        look: Look,
        *,
        padding: tuple[int, int] = (0, 0),
        share: float = 1.0,
    ) -> None:
        super().__init__(master)
        self._look = look
        self._share = share
        self._top = 0  # the first visible line of pixels of the form
        # `place` requests no size of its master; `fit` does.
        self._view = tb.Frame(self, width=1, height=1)
        self._bar = Scrollbar(self, self._scroll)
        self._bar.pack(side="right", fill="y")
        self._view.pack(side="left", fill="both", expand=True)
        aside, above = padding
        # The scrollbar stands in the right margin.
        right = max(0, aside - self._bar.winfo_reqwidth())
        self.inner = tb.Frame(self._view, padding=(aside, above, right, above))
        self.inner.place(x=0, y=0, relwidth=1)
        self._fitting = DelayedCall(self, self._fit_now)
        for part in (self.inner, self._view):
            part.bind("<Configure>", lambda _: self.fit(), add="+")
        window = self.winfo_toplevel()
        window.bind("<FocusIn>", self._focused, add="+")
        for sequence in WHEEL:
            window.bind(sequence, self._wheel, add="+")
        if share < 1.0:
            window.bind("<Configure>", self._window_resized, add="+")
        look.attach(self, self._fitting.when_idle)

    def fit(self) -> None:
        """Request the size of the form, and scroll if there is less room."""
        wide, high = self.inner.winfo_reqwidth(), self.inner.winfo_reqheight()
        most = int(self.winfo_toplevel().winfo_height() * self._share)
        self._view.configure(
            width=wide, height=high if self._share == 1.0 else min(high, max(1, most))
        )
        self._scroll_to(self._top)

    def reveal(self, widget: tk.Misc) -> None:
        """Scroll to the part of the form that holds `widget`."""
        self.update_idletasks()
        part = widget
        while part.master is not None and part.master is not self.inner:
            part = part.master
        if part.winfo_height() > self._view.winfo_height():
            part = widget
        top = part.winfo_rooty() - self._view.winfo_rooty()
        below = top + part.winfo_height() - self._view.winfo_height()
        if top < 0 or below > 0:
            self._scroll_to(self._top + (min(top, below) if below > 0 else top))

    def _scroll_to(self, top: int) -> None:
        high, room = self.inner.winfo_reqheight(), self._view.winfo_height()
        self._top = max(0, min(top, high - room))
        self.inner.place_configure(y=-self._top)
        self._bar.set(self._top / high, min(1.0, (self._top + room) / high))

    def _scroll(self, what: str, amount: str, unit: str = "") -> None:
        """Scroll as a scrollbar requests it, with the arguments of a Tk `yview`."""
        if what == "moveto":
            self._scroll_to(round(float(amount) * self.inner.winfo_reqheight()))
        else:
            step = self._view.winfo_height() if unit == "pages" else _WHEEL_PIXELS
            self._scroll_to(self._top + int(amount) * step)

    def _window_resized(self, event: "tk.Event[tk.Misc]") -> None:
        if event.widget is self.winfo_toplevel():
            self.fit()

    def _contains(self, widget: object) -> bool:
        return str(widget).startswith(f"{self.inner}.")

    def _focused(self, event: "tk.Event[tk.Misc]") -> None:
        if self._contains(event.widget):
            self.reveal(event.widget)

    def _wheel(self, event: "tk.Event[tk.Misc]") -> None:
        if self._contains(event.widget):
            self._scroll("scroll", str(direction(event)))

    def _fit_now(self) -> None:
        # New fonts change the requested sizes of the form's widgets one after the other.
        self.update_idletasks()
        self.fit()
