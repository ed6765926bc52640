"""A form that scrolls where it is higher than the room for it.

What gets the keyboard is brought into view. Knows nothing of what stands in the form.
"""

import tkinter as tk

import ttkbootstrap as tb

from client_mvc.view.style.theme import Look
from client_mvc.view.widgets.scrollbar import Scrollbar

_WHEEL_PIXELS = 50


class Scrolled(tb.Frame):
    """`inner` is where the form is made; its children are what is brought into view whole.

    `padding` is left and right, top and bottom, in pixels. `share` bounds its height to that
    of the window it stands in.
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
        self._at = 0  # how far down, in pixels
        # What is placed asks its master for no room: that is done here.
        self._view = tb.Frame(self, width=1, height=1)
        self._bar = Scrollbar(self, self._scroll)
        self._bar.pack(side="right", fill="y")
        self._view.pack(side="left", fill="both", expand=True)
        aside, above = padding
        # The place of the bar is part of the margin.
        right = max(0, aside - self._bar.winfo_reqwidth())
        self.inner = tb.Frame(self._view, padding=(aside, above, right, above))
        self.inner.place(x=0, y=0, relwidth=1)
        self._fitting: str | None = None
        for part in (self.inner, self._view):
            part.bind("<Configure>", lambda _: self.fit(), add="+")
        top = self.winfo_toplevel()
        top.bind("<FocusIn>", self._focused, add="+")
        for sequence in ("<MouseWheel>", "<Button-4>", "<Button-5>"):
            top.bind(sequence, self._wheel, add="+")
        if share < 1.0:
            top.bind("<Configure>", self._window_resized, add="+")
        look.attach(self, self._fit_soon)

    def destroy(self) -> None:
        """With what was still to be done."""
        if self._fitting is not None:
            self.after_cancel(self._fitting)
        super().destroy()

    def fit(self) -> None:
        """It asks for as much room as the form does, and shows what there is room for."""
        wide, high = self.inner.winfo_reqwidth(), self.inner.winfo_reqheight()
        most = int(self.winfo_toplevel().winfo_height() * self._share)
        self._view.configure(
            width=wide, height=high if self._share == 1.0 else min(high, max(1, most))
        )
        self._move(self._at)

    def reveal(self, widget: tk.Misc) -> None:
        """Bring `widget` into view, with the part of the form that it belongs to."""
        self.update_idletasks()
        part = widget
        while part.master is not None and part.master is not self.inner:
            part = part.master
        if part.winfo_height() > self._view.winfo_height():
            part = widget
        top = part.winfo_rooty() - self._view.winfo_rooty()
        below = top + part.winfo_height() - self._view.winfo_height()
        if top < 0 or below > 0:
            self._move(self._at + (min(top, below) if below > 0 else top))

    def _move(self, at: int) -> None:
        """The form's line of pixels `at` is to be the first in view."""
        high, room = self.inner.winfo_reqheight(), self._view.winfo_height()
        self._at = max(0, min(at, high - room))
        self.inner.place_configure(y=-self._at)
        self._bar.set(self._at / high, min(1.0, (self._at + room) / high))

    def _scroll(self, what: str, amount: str, unit: str = "") -> None:
        """What a scrollbar asks for, as it does of any `yview`."""
        if what == "moveto":
            self._move(round(float(amount) * self.inner.winfo_reqheight()))
        else:
            step = self._view.winfo_height() if unit == "pages" else _WHEEL_PIXELS
            self._move(self._at + int(amount) * step)

    def _window_resized(self, event: "tk.Event[tk.Misc]") -> None:
        if event.widget is self.winfo_toplevel():
            self.fit()

    def _holds(self, widget: object) -> bool:
        return str(widget).startswith(f"{self.inner}.")

    def _focused(self, event: "tk.Event[tk.Misc]") -> None:
        if self._holds(event.widget):
            self.reveal(event.widget)

    def _wheel(self, event: "tk.Event[tk.Misc]") -> None:
        if self._holds(event.widget):
            up = event.num == 4 or (isinstance(event.delta, int) and event.delta > 0)
            self._scroll("scroll", "-1" if up else "1")

    def _fit_soon(self) -> None:
        if self._fitting is None:
            self._fitting = self.after_idle(self._fit_now)

    def _fit_now(self) -> None:
        self._fitting = None
        # Other fonts reach the form through all that stands in it, a moment for each.
        self.update_idletasks()
        self.fit()
