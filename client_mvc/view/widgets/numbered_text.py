"""A long text to read, with line numbers and a search.

Ten megabytes stay readable: the text is inserted in pieces, and what Tk cannot display (very
long lines, very many of them) is cut off and reported.
"""

import re
import tkinter as tk
from bisect import bisect_right
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice

import ttkbootstrap as tb

from client_mvc.i18n.translate import _, number
from client_mvc.view.style.safe_text import Pieces
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets import editing
from client_mvc.view.widgets.delayed_call import DelayedCall
from client_mvc.view.widgets.read_only_text import ReadOnlyText
from client_mvc.view.widgets.scrollbar import Scrollbar
from client_mvc.view.widgets.wheel import on_wheel

MAX_LINES = 200_000
MAX_COLUMNS = 4_000
MAX_FOUND = 1_000
_PIECE = 64 * 1024  # characters
_COLUMNS, _LINES = 88, 30


class NumberedText(tb.Frame):
    """`text` is the text; the line numbers are drawn beside it in `gutter`.

    `found` has the places of the last search, as (start, end) in characters.
    """

    def __init__(self, master: tk.Misc, look: Look) -> None:
        super().__init__(master)
        self._look = look
        self.found: list[tuple[int, int]] = []
        self._at = 0
        self._shown = ""
        self._starts: list[int] = [0]
        self._pieces: Iterator[None] = iter(())
        self._loading = DelayedCall(self, self._load_piece)
        self._drawing = DelayedCall(self, self._draw)
        self.gutter = tk.Canvas(self, borderwidth=0, highlightthickness=0, takefocus=False)
        self.text = ReadOnlyText(
            self,
            look,
            width=_COLUMNS,
            height=_LINES,
            wrap="none",
            font=look.mono,
            padx=look.px(8),
            pady=look.px(8),
        )
        bar = Scrollbar(self, self.text.yview)
        across = tb.Scrollbar(
            self, orient="horizontal", bootstyle="round", takefocus=False,
            command=self.text.xview,
        )  # fmt: skip

        def moved(first: str, last: str) -> None:
            bar.set(first, last)
            self._drawing.when_idle()

        self.text.configure(xscrollcommand=across.set, yscrollcommand=moved)
        self.columnconfigure(1, weight=1)
        self.rowconfigure(0, weight=1)
        self.gutter.grid(row=0, column=0, sticky="ns")
        self.text.grid(row=0, column=1, sticky="nsew")
        bar.grid(row=0, column=2, sticky="ns")
        across.grid(row=1, column=1, sticky="ew")
        self._bind_events()
        look.attach(self, self._paint)

    # --- the text ------------------------------------------------------------------------

    @property
    def loading(self) -> bool:
        """Whether pieces of the text are still to be inserted."""
        return self._loading.waiting

    def show(self, text: str, loaded: Callable[[str], None]) -> None:
        """Replace the text, in pieces.

        Args:
            text: The whole text.
            loaded: Called at the end with a note on omitted parts, or with "".
        """
        self._loading.cancel()
        self.found, self._shown, self._starts = [], "", [0]
        with self.text.editable():
            self.text.delete("1.0", "end")
        self.text.mark_set("insert", "1.0")
        self._pieces = self._insert(text, loaded)
        self._load_piece()

    def _load_piece(self) -> None:
        """Insert one piece; between two pieces the main loop handles other events."""
        if next(self._pieces, self) is None:
            self._loading.after(1)

    def _insert(self, text: str, loaded: Callable[[str], None]) -> Iterator[None]:
        """Insert a piece whenever the iterator is advanced; then call `loaded`."""
        pieces = _Pieces(text)
        shown: list[str] = []
        for piece in pieces:
            tagged: Pieces = []
            for run, emoji in self._look.safe.runs(piece):
                shown.append(run)
                tagged += [run, ("emoji",) if emoji else ()]
            with self.text.editable():
                self.text.insert_pieces("end-1c", tagged)
            yield
        self._shown = "".join(shown)
        self._starts = [0, *(found.end() for found in re.finditer("\n", self._shown))]
        loaded(pieces.cut())

    def selected(self) -> str:
        """Return the selected text, or the whole text if nothing is selected."""
        if self.text.tag_ranges("sel"):
            return self.text.get("sel.first", "sel.last")
        return self.text.get("1.0", "end-1c")

    def wrap(self, *, on: bool) -> None:
        """Wrap lines that are wider than the window, or scroll to their ends."""
        self.text.configure(wrap="word" if on else "none")
        self._drawing.when_idle()

    # --- search --------------------------------------------------------------------------

    def search(self, phrase: str) -> int:
        """Mark all places with `phrase`, show the first at or below the top of the view.

        Returns:
            The number of the place shown, from 1; 0 if there is none.
        """
        self.text.tag_remove("found", "1.0", "end")
        self.found = []
        if phrase:
            places = re.finditer(re.escape(phrase), self._shown, re.IGNORECASE)
            self.found = [place.span() for place in islice(places, MAX_FOUND)]
        for start, end in self.found:
            self.text.tag_add("found", self._index(start), self._index(end))
        top = self.text.line("@0,0")
        below = (
            number
            for number, (start, _) in enumerate(self.found)
            if bisect_right(self._starts, start) >= top
        )
        self._at = next(below, 0)
        return self.step(0)

    def step(self, by: int) -> int:
        """Show the place `by` steps further on; return its number, from 1, or 0."""
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

    # --- line numbers --------------------------------------------------------------------

    def _draw(self) -> None:
        """Draw the numbers of the visible lines, each beside the first row of its line."""
        text, gutter, look = self.text, self.gutter, self._look
        last = text.line("end-1c")
        pad = look.px(10)
        wide = look.mono.measure("0" * max(3, len(str(last)))) + 2 * pad
        if int(gutter.cget("width")) != wide:
            gutter.configure(width=wide)
        gutter.delete("all")
        first = line = text.line("@0,0")
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
            elif line > first:  # the first line may begin above the view
                return
            line += 1

    # --- events and looks ----------------------------------------------------------------

    def _bind_events(self) -> None:
        text = self.text
        text.bind("<Configure>", lambda _: self._drawing.when_idle(), add="+")
        text.bind(editing.SELECT_ALL, editing.select_all)
        # The cursor is invisible, so the keys that move it scroll.
        for key, lines in (("<Up>", -1), ("<Down>", 1)):
            editing.on_keys(text, [key], partial(text.yview_scroll, lines, "units"))
        for key, end in (("<Home>", 0.0), ("<End>", 1.0)):
            editing.on_keys(text, [key], partial(text.yview_moveto, end))
        on_wheel(self.gutter, lambda way: text.yview_scroll(3 * way, "units"))

    def _paint(self) -> None:
        look, text = self._look, self.text
        palette = look.palette
        text.configure(tabs=str(look.mono.measure(" " * 8)), tabstyle="wordprocessor")
        self.gutter.configure(background=palette.chrome)
        text.tag_configure("found", background=palette.mention)
        text.tag_configure("current", background=palette.accent, foreground=palette.background)
        text.tag_raise("current")
        text.tag_raise("sel")
        self._drawing.when_idle()


class _Pieces:
    """Yields a text in pieces of whole lines, without the parts that Tk cannot display."""

    def __init__(self, text: str) -> None:
        self._text = text.removesuffix("\n")
        self._long = False
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
        """Return, after the last piece, a note on the omitted parts; "" if there are none."""
        sentences = []
        if self._long:
            sentences.append(
                _("Long lines are cut after {most} characters.", most=number(MAX_COLUMNS))
            )
        if self._left_out:
            sentences.append(
                _("Only the first {most} lines are shown.", most=number(MAX_LINES))
            )
        if sentences:
            sentences.append(_("Save the file to read all of it."))
        return " ".join(sentences)

    def _bounded(self, line: str) -> str:
        if len(line) <= MAX_COLUMNS:
            return line
        self._long = True
        return line[:MAX_COLUMNS] + "…"
