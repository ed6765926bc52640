"""The items of the conversation as they stand in the pane's `Text`: added, taken away, counted.

Above the mark `tail` are the items, below it what is pending. One `insert` for a whole batch,
as far as there are no cards in it. Knows nothing of where the reader is.
"""

import tkinter as tk
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice

from client_mvc.view.contract.values import Beginning, Day, FileCard, Item, Message, Notice
from client_mvc.view.messages import segments
from client_mvc.view.messages.file_card import Card
from client_mvc.view.style.theme import Look

MAX_LINES = 4_000
MAX_CARDS = 200
_SLACK = 400


@dataclass(slots=True)
class _Row:
    """One item as it stands in the text."""

    lines: int
    message: bool = False
    card: Card | None = None


class Sheet:
    """`make_card` makes the card for a file, to be embedded."""

    def __init__(
        self, text: tk.Text, look: Look, make_card: Callable[[FileCard], Card]
    ) -> None:
        self.cards: deque[Card] = deque()
        self._text = text
        self._look = look
        self._make_card = make_card
        self._rows: deque[_Row] = deque()
        self._lines = 0  # of all rows, counted along: there may be thousands
        # The numbers of the first message and of the next one: neighbours differ by one.
        self._first, self._next = 0, 0
        text.mark_set("tail", "1.0")

    def begin(self, *, above: bool = True) -> None:
        """Let the text be changed, `above` the mark `tail` or below it, until `done`."""
        # The mark has to stay behind what is appended and before what is pending, though
        # both are inserted right at it.
        self._text.mark_gravity("tail", "right" if above else "left")
        self._text.configure(state="normal")

    def done(self) -> None:
        """The text is as it is to be."""
        self._text.configure(state="disabled")

    def append(self, items: Sequence[Item], line: segments.Pieces, above: int) -> None:
        """Add to the end, with `line` above one of them; if it became too much, take from the
        top.
        """
        self.begin()
        new = self._insert("tail", items, self._next, line, above)
        self._next += _messages(new)
        self._rows += new
        self._lines += _height(new)
        self.cards += [row.card for row in new if row.card]
        self.drop(oldest=self._too_many())
        self.done()

    def prepend(self, items: Sequence[Item], instead_of: int) -> None:
        """Add to the beginning, in place of the first items."""
        self.drop(oldest=instead_of)
        self.begin()
        self._text.mark_set("head", "1.0")
        self._first -= sum(isinstance(item, Message) for item in items)
        new = self._insert("head", items, self._first)
        self._rows.extendleft(reversed(new))
        self._lines += _height(new)
        self.cards.extendleft([row.card for row in reversed(new) if row.card])
        self.done()

    def drop(self, *, oldest: int = 0, newest: int = 0) -> None:
        """Take away so many items at either end."""
        self.begin()
        if oldest:
            self._text.delete("1.0", f"{self.line_of(oldest)}.0")
            gone = [self._rows.popleft() for _ in range(oldest)]
            self._first += _messages(gone)
            self._forget(gone)
        if newest:
            self._text.delete(f"{self.line_of(len(self._rows) - newest)}.0", "tail")
            gone = [self._rows.pop() for _ in range(newest)]
            self._next -= _messages(gone)
            self._forget(gone)
        self.done()

    def clear(self) -> None:
        """Take away everything but what is pending."""
        self.drop(oldest=len(self._rows))
        self.begin()
        self._text.delete("1.0", "tail")
        self.done()

    def line_of(self, item: int) -> int:
        """The line that an item begins on; for the item after the last, that behind it."""
        line = 1 + sum(row.lines for row in islice(self._rows, item))
        unread = self._text.tag_ranges("unread")
        above = unread and int(str(unread[0]).partition(".")[0]) <= line
        return line + 1 if above else line

    def ends(self, item: int) -> tuple[str, str]:
        """Where an item begins and ends."""
        line = self.line_of(item)
        return f"{line}.0", f"{line + self._rows[item].lines}.0"

    def _insert(
        self,
        mark: str,
        items: Sequence[Item],
        number: int,
        line: Sequence[str | segments.Tags] = (),
        above: int = 0,
    ) -> list[_Row]:
        """Put the items at `mark`, with `line`, which is no item, above that at `above`;
        messages are numbered from `number`.
        """
        safe = self._look.safe
        batch: segments.Pieces = []
        new: list[_Row] = []
        for place, item in enumerate(items):
            if place == above:
                batch += line
            match item:
                case FileCard():
                    pieces = segments.heading(item.heading, safe)
                    self._flush(mark, batch + pieces)
                    card = self._embed(mark, item)
                    new.append(_Row(_lines(pieces) + 1, card=card))
                    batch = []
                    continue
                case Notice():
                    pieces = segments.notice(item, safe)
                    new.append(_Row(_lines(pieces)))
                case Day():
                    pieces = segments.day(item, safe)
                    new.append(_Row(_lines(pieces)))
                case Beginning():
                    pieces = segments.beginning(item, safe)
                    new.append(_Row(_lines(pieces)))
                case Message():
                    pieces = segments.message(item, safe, number)
                    new.append(_Row(_lines(pieces), message=True))
                    number += 1
            batch += pieces
        self._flush(mark, batch)
        return new

    def _flush(self, mark: str, pieces: segments.Pieces) -> None:
        if pieces:
            self._text.insert(mark, *pieces)  # type: ignore[arg-type]

    def _embed(self, mark: str, file: FileCard) -> Card:
        card = self._make_card(file)
        start = self._text.index(mark)
        self._text.window_create(mark, window=card)
        self._text.insert(mark, "\n")
        self._text.tag_add("card", start, mark)
        return card

    def _forget(self, gone: Sequence[_Row]) -> None:
        """Tk destroys an embedded widget with its text, but Python would keep its half."""
        self._lines -= _height(gone)
        for row in gone:
            if row.card is not None:
                self.cards.remove(row.card)
                row.card.destroy()

    def _too_many(self) -> int:
        """How many of the oldest must go: whoever says what to show keeps to less."""
        lines, cards, oldest = self._lines, len(self.cards), 0
        most = MAX_LINES if lines > MAX_LINES + _SLACK else lines
        for row in self._rows:
            if lines <= most and cards <= MAX_CARDS:
                break
            lines -= row.lines
            cards -= row.card is not None
            oldest += 1
        return oldest


def _lines(pieces: segments.Pieces) -> int:
    return sum(str(piece).count("\n") for piece in pieces[::2])


def _height(some: Sequence[_Row]) -> int:
    return sum(row.lines for row in some)


def _messages(gone: Sequence[_Row]) -> int:
    return sum(row.message for row in gone)
