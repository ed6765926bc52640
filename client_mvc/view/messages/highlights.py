"""Highlights the places where the conversation shows a search phrase.

It searches the text on screen, so times, names and file names count, too. Marks of styles are
not seen, so they count only in a phrase that has some itself.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from client_mvc.view.messages.file_card import FileCardFrame
from client_mvc.view.messages.flow import Flowed
from client_mvc.view.messages.reading import Reading
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets.read_only_text import ReadOnlyText
from shared import folding, searching

_AT_ONCE = 500
_MARKS = "`*"


@dataclass(frozen=True, slots=True)
class _Place:
    """A place of the phrase: the ends of its pieces on screen, and its card."""

    ends: tuple[str, ...]
    card: FileCardFrame | None = None

    @property
    def start(self) -> str:
        return self.ends[0]

    @property
    def end(self) -> str:
        return self.ends[-1]


class Highlights:
    """Searches the conversation in `text`, and the file `cards` embedded in it."""

    def __init__(
        self,
        text: ReadOnlyText,
        look: Look,
        reading: Reading,
        cards: Callable[[], Iterable[FileCardFrame]],
    ) -> None:
        self._text = text
        self._look = look
        self._reading = reading
        self._cards = cards
        self._places: list[_Place] = []
        self._phrase = self._words = ""
        self._shown: int | None = None  # the place shown last
        self._current: FileCardFrame | None = None
        look.attach(text, self._paint)

    def mark(self, phrase: str) -> int:
        """Mark every place that shows `phrase`, and return their number.

        With the same phrase as before, the place shown last stays emphasised.
        """
        text, folded = self._text, folding.fold(phrase)
        current = self._current if folded == self._phrase else None
        if folded != self._phrase:
            self._shown = None
            text.tag_remove("found-now", "1.0", "end")
        text.tag_remove("found", "1.0", "end")
        self._frame_cards(on=False)
        self._places.clear()
        self._phrase, self._words = folded, phrase
        if not folded:
            return 0
        marks = any(mark in phrase for mark in _MARKS)
        cards, reordered = self._cards_with(folded), self._reading.reordered()
        quotes = {text.line(str(at)) for at in text.tag_ranges("quote")[::2]}
        skipped = 0  # the last line that was found with one above
        for line in self._reading.lines(marks=marks):
            number = line.number
            if number in cards:
                self._places.append(_Place((f"{number}.0", f"{number}.1"), cards[number]))
            elif flowed := reordered.get(number):
                self._places += _in_paragraph(folded, number, flowed)
                skipped = number + len(flowed.lines) - 1
            elif number not in quotes and number > skipped:  # it is found where it was said
                self._places += [
                    _Place(line.ends(start, end))
                    for start, end in searching.places(folded, line.text)
                ]
        self._current = current
        self._frame_cards(on=True)
        self._tag_texts()
        return len(self._places)

    def again(self) -> None:
        """Mark the same phrase again: lines were written anew."""
        if not self._phrase:
            return
        shown = self._shown
        self.mark(self._words)
        if shown is not None and shown < len(self._places):
            self._emphasise(shown)

    def start(self, place: int) -> str:
        """Return where a place begins, counted from 0 for the oldest."""
        return self._places[place].start

    def show(self, place: int) -> tuple[str, str]:
        """Scroll to a place and emphasise it.

        Args:
            place: Its number, from 0 for the oldest.

        Returns:
            The indices of its start and its end.
        """
        found = self._emphasise(place)
        self._text.see(found.end)
        self._text.see(found.start)
        return found.start, found.end

    def _emphasise(self, place: int) -> _Place:
        found, self._shown = self._places[place], place
        self._text.tag_remove("found-now", "1.0", "end")
        self._current = found.card
        self._frame_cards(on=True)
        if found.card is None:
            self._text.tag_add("found-now", *found.ends)
        return found

    def _tag_texts(self) -> None:
        texts = [place for place in self._places if place.card is None]
        for first in range(0, len(texts), _AT_ONCE):
            part = texts[first : first + _AT_ONCE]
            self._text.tag_add("found", *(end for one in part for end in one.ends))

    def _cards_with(self, folded: str) -> dict[int, FileCardFrame]:
        """Return the cards whose file name has the phrase, by their line."""
        return {
            self._text.line(str(card)): card
            for card in self._cards()
            if folded in folding.fold(card.file.name)
        }

    def _frame_cards(self, *, on: bool) -> None:
        """Colour the borders of the cards that were found, or restore them.

        The current one gets a wider border.
        """
        palette, px = self._look.palette, self._look.px
        for place in self._places:
            card = place.card
            if card is not None and card.winfo_exists():
                current = on and card is self._current
                card.configure(
                    highlightbackground=palette.accent if on else palette.line,
                    highlightthickness=px(3) if current else 1,
                )
        if not on:
            self._current = None

    def _paint(self) -> None:
        palette, tag = self._look.palette, self._text.tag_configure
        ground = palette.mention
        tag("place", background=ground, lmargincolor=ground, rmargincolor=ground)
        tag("found", background=palette.selection)
        tag("found-now", background=palette.accent, foreground=palette.background)
        for name in ("place", "found", "found-now", "sel"):
            self._text.tag_raise(name)
        # After the cards have painted themselves.
        self._text.after_idle(lambda: self._frame_cards(on=True))


def _in_paragraph(folded: str, first: int, flowed: Flowed) -> Iterator[_Place]:
    """Yield the places of a phrase in a reordered paragraph, which begins in this line."""
    for start, end in searching.places(folded, flowed.text):
        ends: list[str] = []
        for line, left, right in flowed.places(start, end):
            ends += [f"{first + line}.0 + {column} chars" for column in (left, right)]
        if ends:
            yield _Place(tuple(ends))
