"""Where the conversation shows a text: found, tagged, and brought into view.

Looks at what is on screen, as a person does, so times, names and the names of files count
too. Knows the pane as a `Text` with cards in it.
"""

import tkinter as tk
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from client_mvc.view.messages.file_card import Card
from client_mvc.view.style.theme import Look
from shared import searching

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class _Place:
    start: str
    end: str
    card: Card | None = None


class Highlights:
    """`end` is the mark up to which is looked; `cards` are those in the text."""

    def __init__(
        self, text: tk.Text, look: Look, end: str, cards: Callable[[], Iterable[Card]]
    ) -> None:
        self._text = text
        self._look = look
        self._end = end
        self._cards = cards
        self._places: list[_Place] = []
        self._phrase = ""
        self._now: Card | None = None
        look.attach(text, self._paint)

    def mark(self, phrase: str) -> int:
        """Tag every place that shows `phrase`; how many there are.

        Of the same phrase again, the place that was shown last stays so.
        """
        text, folded = self._text, searching.fold(phrase)
        now = self._now if folded == self._phrase else None
        if folded != self._phrase:
            text.tag_remove("found-now", "1.0", "end")
        text.tag_remove("found", "1.0", "end")
        self._frame(on=False)
        self._places.clear()
        self._phrase = folded
        if not folded:
            return 0
        cards = self._cards_with(folded)
        for number, line in enumerate(text.get("1.0", self._end).split("\n"), 1):
            if number in cards:
                self._places.append(_Place(f"{number}.0", f"{number}.1", cards[number]))
                continue
            # Columns are UTF-16 units, `chars` are characters.
            form = "{}.{}" if line.isascii() else "{}.0 + {} chars"
            self._places += [
                _Place(form.format(number, start), form.format(number, end))
                for start, end in searching.places(folded, line)
            ]
        self._now = now
        self._frame(on=True)
        self._tag()
        return len(self._places)

    def show(self, place: int) -> tuple[str, str]:
        """Bring this one into view; where it begins and ends."""
        found = self._places[place]
        self._text.tag_remove("found-now", "1.0", "end")
        self._now = found.card
        self._frame(on=True)
        if found.card is None:
            self._text.tag_add("found-now", found.start, found.end)
        self._text.see(found.end)
        self._text.see(found.start)
        return found.start, found.end

    def _tag(self) -> None:
        said = [place for place in self._places if place.card is None]
        for first in range(0, len(said), _AT_ONCE):
            part = said[first : first + _AT_ONCE]
            self._text.tag_add("found", *(end for one in part for end in (one.start, one.end)))

    def _cards_with(self, folded: str) -> dict[int, Card]:
        """The cards of files with such a name, by their line."""
        return {
            int(self._text.index(str(card)).partition(".")[0]): card
            for card in self._cards()
            if folded in searching.fold(card.file.name)
        }

    def _frame(self, *, on: bool) -> None:
        """A card has its edge to show that it was found, a wider one if it is shown now."""
        palette, px = self._look.palette, self._look.px
        for place in self._places:
            card = place.card
            if card is not None and card.winfo_exists():
                now = on and card is self._now
                card.configure(
                    highlightbackground=palette.accent if on else palette.line,
                    highlightthickness=px(3) if now else 1,
                )
        if not on:
            self._now = None

    def _paint(self) -> None:
        palette, tag = self._look.palette, self._text.tag_configure
        tag("place", background=palette.mention, lmargincolor=palette.mention)
        tag("found", background=palette.selection)
        tag("found-now", background=palette.accent, foreground=palette.background)
        for name in ("place", "found", "found-now", "sel"):
            self._text.tag_raise(name)
        self._text.after_idle(lambda: self._frame(on=True))
