"""Where the conversation shows a text: found, tagged, and brought into view.

Looks at what is on screen, as a person does, so times, names and the names of files count
too. Knows the pane as a `Text` with cards in it.
"""

import tkinter as tk
from collections.abc import Callable, Iterable

from client_mvc.view.cards import Card
from client_mvc.view.theme import Look
from shared import searching

_AT_ONCE = 500


class Highlights:
    """`end` is the mark up to which is looked; `cards` are those in the text."""

    def __init__(
        self, text: tk.Text, look: Look, end: str, cards: Callable[[], Iterable[Card]]
    ) -> None:
        self._text = text
        self._look = look
        self._end = end
        self._cards = cards
        self._places: list[tuple[str, str]] = []
        self._framed: list[Card] = []
        look.attach(text, self._paint)

    def mark(self, phrase: str) -> int:
        """Tag every place that shows `phrase`; how many there are."""
        text = self._text
        for tag in ("found", "found-now"):
            text.tag_remove(tag, "1.0", "end")
        self._frame(on=False)
        self._framed.clear()
        self._places.clear()
        folded = searching.fold(phrase)
        if not folded:
            return 0
        cards = self._cards_with(folded)
        for number, line in enumerate(text.get("1.0", self._end).split("\n"), 1):
            if number in cards:
                self._places.append((f"{number}.0", f"{number}.1"))
                continue
            # Columns are UTF-16 units, `chars` are characters.
            form = "{}.{}" if line.isascii() else "{}.0 + {} chars"
            self._places += [
                (form.format(number, start), form.format(number, end))
                for start, end in searching.places(folded, line)
            ]
        self._framed += cards.values()
        self._frame(on=True)
        self._tag()
        return len(self._places)

    def show(self, place: int) -> None:
        """Bring this one into view."""
        start, end = self._places[place]
        self._text.tag_remove("found-now", "1.0", "end")
        self._text.tag_add("found-now", start, end)
        self._text.see(end)
        self._text.see(start)

    def _tag(self) -> None:
        ends = [index for place in self._places for index in place]
        for start in range(0, len(ends), _AT_ONCE):
            self._text.tag_add("found", *ends[start : start + _AT_ONCE])

    def _cards_with(self, folded: str) -> dict[int, Card]:
        """The cards of files with such a name, by their line."""
        return {
            int(self._text.index(str(card)).partition(".")[0]): card
            for card in self._cards()
            if folded in searching.fold(card.file.name)
        }

    def _frame(self, *, on: bool) -> None:
        palette = self._look.palette
        for card in self._framed:
            if card.winfo_exists():
                colour = palette.accent if on else palette.line
                card.configure(highlightbackground=colour)

    def _paint(self) -> None:
        palette, tag = self._look.palette, self._text.tag_configure
        tag("place", background=palette.mention, lmargincolor=palette.mention)
        tag("found", background=palette.selection)
        tag("found-now", background=palette.accent, foreground=palette.background)
        for name in ("place", "found", "found-now", "sel"):
            self._text.tag_raise(name)
        self._text.after_idle(lambda: self._frame(on=True))
