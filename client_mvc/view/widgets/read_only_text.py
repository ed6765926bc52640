"""A text to read: it takes the keyboard focus, can be selected and copied, not edited."""

import tkinter as tk
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ttkbootstrap as tb

from client_mvc.view.style.safe_text import Pieces
from client_mvc.view.style.theme import Look


class ReadOnlyText(tb.Text):
    """A disabled `Text` in the window's colours, with a border that shows the focus.

    `options` are further options of `Text`.
    """

    def __init__(self, master: tk.Misc, look: Look, **options: Any) -> None:
        super().__init__(
            master,
            autostyle=False,
            state="disabled",
            takefocus=True,
            cursor="arrow",
            relief="flat",
            borderwidth=0,
            **options,
        )
        self._look = look
        # On X11 a click gives a disabled Text no focus, and Ctrl+C copies only with it.
        self.bind("<Button-1>", lambda _: self.focus_set())
        look.attach(self, self._paint)

    @contextmanager
    def editable(self) -> Iterator[None]:
        """Allow the program to change the text inside the `with` block."""
        self.configure(state="normal")
        yield
        self.configure(state="disabled")

    @contextmanager
    def holding(self, index: str) -> Iterator[None]:
        """Keep the line at `index`, near the top of the view, at its place on screen."""
        self.mark_set("held", index)
        before = self.dlineinfo("held")
        yield
        self.yview("held")
        after = self.dlineinfo("held")
        if before and after:
            self.yview_scroll(after[1] - before[1], "pixels")

    def line(self, index: str) -> int:
        """Return the number of the line at `index`, from 1."""
        return int(self.index(index).partition(".")[0])

    def insert_pieces(self, index: str, pieces: Pieces) -> None:
        """Insert text with its tags at `index`, while the text is `editable`."""
        if pieces:
            self.insert(index, *pieces)  # type: ignore[arg-type]

    def _paint(self) -> None:
        look, palette = self._look, self._look.palette
        look.plain_text(self)
        self.configure(
            highlightthickness=look.px(1),
            highlightbackground=palette.background,
            highlightcolor=palette.accent,
        )
        self.tag_configure("emoji", font=look.emoji)
