"""A form that scrolls where it is higher than the room for it.

What gets the keyboard is brought into view. Knows nothing of what stands in the form.
"""

import tkinter as tk

import ttkbootstrap as tb

from client_mvc.view.scrollbar import Scrollbar
from client_mvc.view.theme import Look

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
        self._canvas = tk.Canvas(
            self, borderwidth=0, highlightthickness=0, takefocus=False, width=1, height=1
        )
        self._bar = Scrollbar(self, self._canvas.yview)
        self._canvas.configure(yscrollcommand=self._bar.set, yscrollincrement=1)
        self._bar.pack(side="right", fill="y")
        self._canvas.pack(side="left", fill="both", expand=True)
        aside, above = padding
        # The place of the bar is part of the margin.
        right = max(0, aside - self._bar.winfo_reqwidth())
        self.inner = tb.Frame(self._canvas, padding=(aside, above, right, above))
        self._form = self._canvas.create_window(0, 0, anchor="nw", window=self.inner)
        self._fitting: str | None = None
        self.inner.bind("<Configure>", lambda _: self.fit(), add="+")
        self._canvas.bind("<Configure>", lambda _: self.fit())
        top = self.winfo_toplevel()
        top.bind("<FocusIn>", self._focused, add="+")
        for sequence in ("<MouseWheel>", "<Button-4>", "<Button-5>"):
            top.bind(sequence, self._wheel, add="+")
        if share < 1.0:
            top.bind("<Configure>", self._window_resized, add="+")
        look.attach(self._canvas, self._paint)

    def destroy(self) -> None:
        """With what was still to be done."""
        if self._fitting is not None:
            self.after_cancel(self._fitting)
        super().destroy()

    def fit(self) -> None:
        """The form is as wide as there is room; it asks for as much as it needs."""
        canvas, inner = self._canvas, self.inner
        wide, high = inner.winfo_reqwidth(), inner.winfo_reqheight()
        if canvas.winfo_width() > 1:
            canvas.itemconfigure(self._form, width=canvas.winfo_width())
        most = int(self.winfo_toplevel().winfo_height() * self._share)
        wanted = high if self._share == 1.0 else min(high, max(1, most))
        canvas.configure(width=wide, height=wanted, scrollregion=(0, 0, 1, high))

    def reveal(self, widget: tk.Misc) -> None:
        """Bring `widget` into view, with the part of the form that it belongs to."""
        self.update_idletasks()
        part = widget
        while part.master is not None and part.master is not self.inner:
            part = part.master
        if part.winfo_height() > self._canvas.winfo_height():
            part = widget
        top = part.winfo_rooty() - self._canvas.winfo_rooty()
        bottom = top + part.winfo_height()
        if top < 0:
            self._canvas.yview_scroll(top, "units")
        elif bottom > self._canvas.winfo_height():
            below = bottom - self._canvas.winfo_height()
            self._canvas.yview_scroll(min(top, below), "units")

    def _window_resized(self, event: "tk.Event[tk.Misc]") -> None:
        if event.widget is self.winfo_toplevel():
            self.fit()

    def _holds(self, widget: object) -> bool:
        return str(widget).startswith(f"{self.inner}.")

    def _focused(self, event: "tk.Event[tk.Misc]") -> None:
        if self._holds(event.widget):
            self.reveal(event.widget)

    def _wheel(self, event: "tk.Event[tk.Misc]") -> None:
        if (
            self._holds(event.widget)
            and self.inner.winfo_height() > self._canvas.winfo_height()
        ):
            up = event.num == 4 or (isinstance(event.delta, int) and event.delta > 0)
            self._canvas.yview_scroll(-_WHEEL_PIXELS if up else _WHEEL_PIXELS, "units")

    def _paint(self) -> None:
        self._canvas.configure(background=self._look.palette.background)
        if self._fitting is None:
            self._fitting = self.after_idle(self._fit_now)

    def _fit_now(self) -> None:
        self._fitting = None
        self.fit()
