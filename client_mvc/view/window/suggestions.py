"""The suggestions over the composer: members, commands, emoji. They never have the focus.

A frame placed over the conversation, since some window managers give the focus to a window.
The composer keeps the keys; while suggestions are open, a bindtag before its own takes some of
them.
"""

import tkinter as tk
from collections.abc import Callable
from functools import partial

import ttkbootstrap as tb
from PIL import ImageTk

from client_mvc.i18n.translate import _, marked
from client_mvc.view.contract.values import Suggestion, Suggestions
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets import editing, emoji_images
from client_mvc.view.widgets.flow_layout import clipped
from client_mvc.view.widgets.wheel import on_wheel

_MOST = 8
"""The rows that are visible; the list scrolls."""
_WIDEST = 52  # digits
_EMOJI = 16  # pixels
_DOT = "●"
_HINT = marked("Tab inserts  ·  ↑↓ chooses  ·  Esc closes")


class SuggestionList(tb.TkFrame):
    """`list` has a line for each of `rows`; `at` is the chosen one. Nothing else has keys here.

    Args:
        text: The field of the composer.
        look: The colours and fonts.
        offer: Is asked after each change of the text before the cursor
            (`ComposerIntents.suggest`).
        above: Returns the widget that the list stands above.
    """

    def __init__(
        self,
        text: tk.Text,
        look: Look,
        offer: Callable[[str], Suggestions | None],
        above: Callable[[], tk.Misc],
    ) -> None:
        super().__init__(text.winfo_toplevel(), autostyle=False, highlightthickness=1)
        self._text = text
        self._look = look
        self.offer = offer
        self._above = above
        self.rows: tuple[Suggestion, ...] = ()
        self.at = 0
        self._typed = 0
        self._cursor = ""
        # Where the word begins whose suggestions were closed by Escape: they stay closed.
        self._closed: int | None = None
        self._images: list[ImageTk.PhotoImage] = []
        self.list = tb.Text(
            self,
            autostyle=False,
            height=1,
            width=1,
            wrap="none",
            state="disabled",
            takefocus=False,
            cursor="arrow",
            relief="flat",
            borderwidth=0,
            highlightthickness=0,
            font=look.base,
        )
        self.hint = tb.Label(self, style="Muted.TLabel", text=_(_HINT))
        self.hint.pack(side="bottom", fill="x", padx=look.px(6), pady=(0, look.px(3)))
        self.list.pack(fill="both", expand=True)
        self._bind_events()
        look.attach(self, self._paint)

    @property
    def is_open(self) -> bool:
        """Whether suggestions are on screen."""
        return bool(self.rows)

    def close(self) -> None:
        """Remove the suggestions until the next change before the cursor."""
        self.rows = ()
        self.place_forget()

    def refresh(self) -> None:
        """Ask what the text before the cursor could become, and show it."""
        self._cursor = self._text.index("insert")
        before = "" if self._text.tag_ranges("sel") else self._text.get("1.0", "insert")
        found = self.offer(before) if before else None
        rows = () if found is None else _drawable(found)
        if found is None or not rows:
            self._closed = None
            self.close()
            return
        begin = len(before) - found.typed
        if begin == self._closed:
            return
        self._closed = None
        kept = self.rows == rows and self._typed == found.typed
        self.rows, self._typed = rows, found.typed
        self.at = self.at if kept else 0
        self._show(found.kind == "emoji")

    # --- what the person does ------------------------------------------------------------

    def _bind_events(self) -> None:
        text, keys = self._text, f"Suggestions{self}"
        text.bindtags((keys, *text.bindtags()))
        for sequences, do in (
            (("<Up>",), partial(self._step, -1)),
            (("<Down>",), partial(self._step, 1)),
            (("<Prior>",), partial(self._step, 1 - _MOST)),
            (("<Next>",), partial(self._step, _MOST - 1)),
            (("<Tab>", *editing.ENTER), self._take),
            (("<Escape>",), self._escape),
        ):
            for sequence in sequences:
                text.bind_class(keys, sequence, partial(self._if_open, do))
        # Other keys with a modifier are no business of this list.
        for sequence in ("<Control-Return>", "<Shift-Return>", "<Alt-Up>", "<Alt-Down>"):
            text.bind_class(keys, sequence, lambda _: None)
        text.bind("<KeyRelease>", lambda _: self._moved(), add="+")
        text.bind("<ButtonRelease-1>", lambda _: self._moved(), add="+")
        text.bind("<FocusOut>", lambda _: self.close(), add="+")
        # None of a Text's own bindings: no selection, no focus.
        self.list.bindtags((str(self.list),))
        self.list.bind("<Motion>", self._pointed)
        self.list.bind("<Button-1>", self._clicked)
        on_wheel(self.list, lambda way: self.list.yview_scroll(2 * way, "units"))

    def _if_open(self, do: Callable[[], None], event: object) -> str | None:
        return editing.done(do) if self.is_open else None

    def _moved(self) -> None:
        """Refresh where the cursor was moved; a change of the text refreshes by itself."""
        if self._text.index("insert") != self._cursor:
            self.refresh()

    def _step(self, step: int) -> None:
        last = len(self.rows) - 1
        if abs(step) == 1:
            self.at = (self.at + step) % (last + 1)
        else:
            self.at = max(0, min(self.at + step, last))
        self._mark()

    def _take(self) -> None:
        chosen, typed = self.rows[self.at], self._typed
        self.close()
        self._text.tag_remove("sel", "1.0", "end")
        self._text.tag_add("sel", f"insert - {typed} chars", "insert")
        editing.replace_selection(self._text, chosen.insert)

    def _escape(self) -> None:
        self._closed = len(self._text.get("1.0", "insert")) - self._typed
        self.close()

    def _row_at(self, event: "tk.Event[tk.Misc]") -> int:
        line = int(self.list.index(f"@{event.x},{event.y}").partition(".")[0]) - 1
        return min(line, len(self.rows) - 1)

    def _pointed(self, event: "tk.Event[tk.Misc]") -> None:
        self.at = self._row_at(event)
        self._mark()

    def _clicked(self, event: "tk.Event[tk.Misc]") -> None:
        self.at = self._row_at(event)
        self._take()

    # --- drawing -------------------------------------------------------------------------

    def _show(self, emoji: bool) -> None:
        self._fill(emoji)
        look, top = self._look, self.winfo_toplevel()
        edge = look.px(2)
        around = 2 * edge + self.hint.winfo_reqheight() + look.px(3)
        shown = min(len(self.rows), _MOST)
        wide = min(self._wanted(), top.winfo_width() - look.px(8))
        # Under the word; the column of the names is under its letters.
        word = self._text.bbox(f"insert - {self._typed} chars")
        left = self._text.winfo_rootx() - top.winfo_rootx() + (word[0] if word else 0)
        left = max(0, min(left - look.px(14), top.winfo_width() - wide))
        bottom = self._above().winfo_rooty() - top.winfo_rooty() - look.px(4)
        line = self._line_height()
        # Before a narrow window is too low for the list, it scrolls.
        shown = max(1, min(shown, (bottom - around) // line))
        high = shown * line + around
        self.place(x=left, y=bottom, anchor="sw", width=wide, height=high)
        self.lift()
        self._mark()

    def _line_height(self) -> int:
        """Return the height of a row, in pixels: of the tallest, since scripts differ."""
        self.list.configure(width=1)
        whole = self.list.tk.call(str(self.list), "count", "-update", "-ypixels", "1.0", "end")
        least = self._look.base.metrics("linespace") + self._look.px(7)
        return max(least, -(-int(whole or 0) // len(self.rows)))

    def _wanted(self) -> int:
        look = self._look
        widest = max(
            look.base.measure(row.label[:99]) + look.small.measure("  " + row.detail[:99])
            for row in self.rows
        )
        foot = self.hint.winfo_reqwidth()
        wide = max(look.grown(34) + widest + look.px(16), foot + look.px(16), look.grown(220))
        return min(wide, look.wide(_WIDEST))

    def _fill(self, emoji: bool) -> None:
        look, text = self._look, self.list
        with_marks = any(row.mark for row in self.rows)
        self._images = []
        room = look.wide(_WIDEST) - look.grown(34) - look.px(16)
        text.configure(state="normal")
        text.delete("1.0", "end")
        for place, row in enumerate(self.rows):
            if place:
                text.insert("end", "\n", ("row",))
            if with_marks:
                self._put_mark(row, emoji)
                text.insert("end", "\t", ("row",))
            name = () if row.colour is None else (f"name{row.colour}",)
            label = clipped(look.safe.line(row.label), look.base, room)
            self._put(label, ("row", *name))
            left = room - look.base.measure(label) - look.px(8)
            if row.detail and left > look.px(30):
                detail = clipped(look.safe.line(row.detail), look.small, left)
                self._put("  " + detail, ("row", "faint"))
        text.configure(state="disabled")

    def _put(self, words: str, tags: tuple[str, ...]) -> None:
        for run, is_emoji in self._look.safe.runs(words):
            self.list.insert("end", run, (*tags, "emoji") if is_emoji else tags)

    def _put_mark(self, row: Suggestion, emoji: bool) -> None:
        if not emoji:
            self.list.insert("end", _DOT if row.mark else "", ("row", row.mark))
            return
        image = emoji_images.photo(row.mark, self._look.grown(_EMOJI))
        if image is None:
            self.list.insert("end", self._look.safe.line(row.mark), ("row", "emoji"))
            return
        self._images.append(image)
        self.list.image_create("end", image=image)
        self.list.tag_add("row", "end - 2 chars")

    def _mark(self) -> None:
        self.list.tag_remove("chosen", "1.0", "end")
        self.list.tag_add("chosen", f"{self.at + 1}.0", f"{self.at + 2}.0")
        self.list.see(f"{self.at + 1}.0")

    def _paint(self) -> None:
        self.close()
        look, palette, tag = self._look, self._look.palette, self.list.tag_configure
        look.plain_text(self.list)
        self.list.configure(tabs=str(look.grown(28)), padx=0, pady=look.px(2))
        tag("row", spacing1=look.px(3), spacing3=look.px(4), lmargin1=look.px(8))
        tag("active", foreground=palette.active)
        tag("away", foreground=palette.away)
        for number, colour in enumerate(palette.names):
            tag(f"name{number}", foreground=colour)
        tag("faint", foreground=palette.muted, font=look.small)
        tag("emoji", font=look.emoji)
        tag("chosen", background=palette.selection, lmargincolor=palette.selection)
        self.configure(background=palette.background, highlightbackground=palette.edge)


def _drawable(found: Suggestions) -> tuple[Suggestion, ...]:
    """Return the rows without the emoji that the font of this system lacks."""
    if found.kind != "emoji" or not emoji_images.available():
        return found.rows
    return tuple(row for row in found.rows if emoji_images.draws(row.mark))
