"""A text to read with its line numbers, and what was searched for in it.

Ten megabytes stay readable: the text goes in by pieces, and what Tk cannot carry (very long
lines, very many of them) is cut, and said to be. Knows nothing of what the text is.
"""

import re
import tkinter as tk
from bisect import bisect_right
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice

import ttkbootstrap as tb

from client_mvc.i18n.translate import _, number
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets import editing
from client_mvc.view.widgets.scrollbar import Scrollbar

MAX_LINES = 200_000
MAX_COLUMNS = 4_000
MAX_FOUND = 1_000
_PIECE = 64 * 1024
_COLUMNS, _LINES = 88, 30


class Page(tb.Frame):
    """The text with its line numbers, which are drawn beside it and are no part of it.

    `found` are the places of the last search, as (start, end) in what is shown.
    """

    def __init__(self, master: tk.Misc, look: Look) -> None:
        super().__init__(master)
        self._look = look
        self.found: list[tuple[int, int]] = []
        self._at = 0
        self._shown = ""
        self._starts: list[int] = [0]
        self._loading: str | None = None
        self._drawing: str | None = None
        self.gutter = tk.Canvas(self, borderwidth=0, highlightthickness=0, takefocus=False)
        self.text = tb.Text(
            self,
            autostyle=False,
            width=_COLUMNS,
            height=_LINES,
            wrap="none",
            state="disabled",
            takefocus=True,
            cursor="arrow",
            font=look.mono,
            relief="flat",
            borderwidth=0,
            padx=look.px(8),
            pady=look.px(8),
        )
        bar = Scrollbar(self, self.text.yview)
        across = tb.Scrollbar(
            self, orient="horizontal", bootstyle="round", takefocus=False,
            command=self.text.xview,
        )  # fmt: skip
        self.text.configure(xscrollcommand=across.set)

        def moved(first: str, last: str) -> None:
            bar.set(first, last)
            self._draw_soon()

        self.text.configure(yscrollcommand=moved)
        self.columnconfigure(1, weight=1)
        self.rowconfigure(0, weight=1)
        self.gutter.grid(row=0, column=0, sticky="ns")
        self.text.grid(row=0, column=1, sticky="nsew")
        bar.grid(row=0, column=2, sticky="ns")
        across.grid(row=1, column=1, sticky="ew")
        self._bind_events()
        look.attach(self, self._paint)

    def destroy(self) -> None:
        """With what was still to be done."""
        for waiting in (self._loading, self._drawing):
            if waiting is not None:
                self.after_cancel(waiting)
        super().destroy()

    # --- what is shown -------------------------------------------------------------------

    def show(self, text: str, loaded: Callable[[str], None]) -> None:
        """Put `text` in by pieces; `loaded` is told in the end what was cut, in words."""
        if self._loading is not None:
            self.after_cancel(self._loading)
        self.found, self._shown, self._starts = [], "", [0]
        self.text.configure(state="normal")
        self.text.delete("1.0", "end")
        self.text.configure(state="disabled")
        self.text.mark_set("insert", "1.0")
        pieces = _Pieces(text)
        self._put(iter(pieces), [], lambda: loaded(pieces.cut()))

    def _put(self, pieces: Iterator[str], shown: list[str], loaded: Callable[[], None]) -> None:
        piece = next(pieces, None)
        if piece is not None:
            tagged: list[str | tuple[str, ...]] = []
            for run, emoji in self._look.safe.runs(piece):
                shown.append(run)
                tagged += [run, ("emoji",) if emoji else ()]
            if tagged:
                self.text.configure(state="normal")
                self.text.insert("end-1c", *tagged)  # type: ignore[arg-type]
                self.text.configure(state="disabled")
            # A turn of the main loop between two, in which keys and the room are served.
            self._loading = self.after(1, self._put, pieces, shown, loaded)
            return
        self._loading = None
        self._shown = "".join(shown)
        self._starts = [0, *(found.end() for found in re.finditer("\n", self._shown))]
        loaded()

    def selected(self) -> str:
        """What is selected, or else all of it."""
        if self.text.tag_ranges("sel"):
            return self.text.get("sel.first", "sel.last")
        return self.text.get("1.0", "end-1c")

    def wrap(self, *, on: bool) -> None:
        """Whether lines that are wider than the window go on below."""
        self.text.configure(wrap="word" if on else "none")
        self._draw_soon()

    # --- search --------------------------------------------------------------------------

    def search(self, words: str) -> int:
        """Mark every place with `words`, show the first from here on; its number, from 1."""
        self.text.tag_remove("found", "1.0", "end")
        self.found = []
        if words:
            places = re.finditer(re.escape(words), self._shown, re.IGNORECASE)
            self.found = [place.span() for place in islice(places, MAX_FOUND)]
        for start, end in self.found:
            self.text.tag_add("found", self._index(start), self._index(end))
        top = int(self.text.index("@0,0").partition(".")[0])
        below = (
            number
            for number, (start, _) in enumerate(self.found)
            if bisect_right(self._starts, start) >= top
        )
        self._at = next(below, 0)
        return self.step(0)

    def step(self, by: int) -> int:
        """To the place `by` further; its number, from 1."""
        self.text.tag_remove("current", "1.0", "end")
        if not self.found:
            return 0
        self._at = (self._at + by) % len(self.found)
        start, end = map(self._index, self.found[self._at])
        self.text.tag_add("current", start, end)
        self.text.see(end)
        self.text.see(start)
        return self._at + 1

    def _index(self, place: int) -> str:
        line = bisect_right(self._starts, place)
        return f"{line}.0 + {place - self._starts[line - 1]} chars"

    # --- numbers -------------------------------------------------------------------------

    def _draw_soon(self) -> None:
        if self._drawing is None:
            self._drawing = self.after_idle(self._draw)

    def _draw(self) -> None:
        """The numbers of the lines on screen, each beside its first row."""
        self._drawing = None
        text, gutter, look = self.text, self.gutter, self._look
        last = int(text.index("end-1c").partition(".")[0])
        pad = look.px(10)
        wide = look.mono.measure("0" * max(3, len(str(last)))) + 2 * pad
        if int(gutter.cget("width")) != wide:
            gutter.configure(width=wide)
        gutter.delete("all")
        first = line = int(text.index("@0,0").partition(".")[0])
        while line <= last:
            place = text.dlineinfo(f"{line}.0")
            if place:
                gutter.create_text(
                    wide - pad,
                    place[1],
                    text=str(line),
                    anchor="ne",
                    font=look.mono,
                    fill=look.palette.muted,
                )
            elif line > first:  # the first may begin above the window
                return
            line += 1

    # --- looks ---------------------------------------------------------------------------

    def _bind_events(self) -> None:
        text = self.text
        # Tk gives a disabled Text no focus on X11, and without it Ctrl+C copies nothing.
        text.bind("<Button-1>", lambda _: text.focus_set())
        text.bind("<Configure>", lambda _: self._draw_soon(), add="+")
        for key in ("<Control-a>", "<Control-A>"):
            text.bind(key, editing.select_all)
        # The cursor is not to be seen: keys that would move it move the text.
        for key, lines in (("<Up>", -1), ("<Down>", 1)):
            text.bind(key, partial(self._scroll, lines))
        for key, end in (("<Home>", 0.0), ("<End>", 1.0)):
            text.bind(key, partial(self._jump, end))
        for wheel, lines in (("<Button-4>", -3), ("<Button-5>", 3)):
            self.gutter.bind(wheel, partial(self._scroll, lines))

    def _scroll(self, lines: int, event: object) -> str:
        self.text.yview_scroll(lines, "units")
        return "break"

    def _jump(self, end: float, event: object) -> str:
        self.text.yview_moveto(end)
        return "break"

    def _paint(self) -> None:
        look, text = self._look, self.text
        palette = look.palette
        look.plain_text(text)
        text.configure(
            tabs=str(look.mono.measure(" " * 8)),
            tabstyle="wordprocessor",
            highlightthickness=look.px(1),
            highlightbackground=palette.background,
            highlightcolor=palette.accent,
        )
        self.gutter.configure(background=palette.chrome)
        text.tag_configure("emoji", font=look.emoji)
        text.tag_configure("found", background=palette.mention)
        text.tag_configure("current", background=palette.accent, foreground=palette.background)
        text.tag_raise("current")
        text.tag_raise("sel")
        self._draw_soon()


class _Pieces:
    """A text in pieces of whole lines, without what Tk cannot carry; `cut` when all are out."""

    def __init__(self, text: str) -> None:
        self._text = text.removesuffix("\n")
        self._long = 0
        self._left_out = False

    def __iter__(self) -> Iterator[str]:
        at, lines = 0, 0
        while at < len(self._text):
            end = self._text.find("\n", at + _PIECE)
            piece = self._text[at:] if end < 0 else self._text[at : end + 1]
            at += len(piece)
            rows = piece.split("\n")
            room = MAX_LINES - lines
            if len(rows) > room:
                self._left_out = True
                at, rows = len(self._text), rows[:room]
            lines += len(rows) - 1
            yield "\n".join(map(self._bounded, rows))

    def cut(self) -> str:
        """What is not shown, in words; empty if nothing is missing."""
        words = []
        if self._long:
            words.append(
                _("Lines are shown up to {most} characters.", most=number(MAX_COLUMNS))
            )
        if self._left_out:
            words.append(_("Only the first {most} lines are shown.", most=number(MAX_LINES)))
        return " ".join([*words, _("Save the file to have all of it.")] if words else [])

    def _bounded(self, line: str) -> str:
        if len(line) <= MAX_COLUMNS:
            return line
        self._long += 1
        return line[:MAX_COLUMNS] + "…"
