"""The items of the conversation as lines of a `Text`: adds, removes and counts them.

The conversation stands above the mark `tail`, the outgoing messages below it. A batch without
file cards is one `insert`.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice

from client_mvc.view.contract.values import (
    Beginning,
    Day,
    DeletedMessage,
    FileCard,
    Item,
    Message,
    Notice,
)
from client_mvc.view.messages import segments
from client_mvc.view.messages.file_card import FileCardFrame
from client_mvc.view.style.safe_text import Pieces
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets.read_only_text import ReadOnlyText

MAX_LINES = 4_000
MAX_CARDS = 200
_SLACK = 400


@dataclass(slots=True, eq=False)
class ItemRow:
    """One item: the lines it takes, those of its heading, and its card if it is a file.

    `seq` and `own` are those of a message or file; 0 for another item.
    """

    lines: int
    message: bool = False
    card: FileCardFrame | None = None
    head: int = 0
    seq: int = 0
    own: bool = False


class MessageBuffer:
    """Writes items into `text`; `make_card` makes the widget for a file."""

    def __init__(
        self, text: ReadOnlyText, look: Look, make_card: Callable[[FileCard], FileCardFrame]
    ) -> None:
        self.cards: deque[FileCardFrame] = deque()
        self._text = text
        self._look = look
        self._make_card = make_card
        self._rows: deque[ItemRow] = deque()
        self._lines = 0  # the sum of `_rows`, kept because there may be thousands
        # The numbers of the first message and of the next one: neighbours differ by one.
        self._first, self._next = 0, 0
        text.mark_set("tail", "1.0")

    @contextmanager
    def changing(self, *, above: bool = True) -> Iterator[None]:
        """Allow changes `above` the mark `tail`, or below it, inside the `with` block."""
        # Conversation and outgoing messages are both inserted exactly at the mark: it must
        # move behind the first and stay before the second.
        self._text.mark_gravity("tail", "right" if above else "left")
        with self._text.editable():
            yield

    def append(self, items: Sequence[Item], line: Pieces, above: int) -> None:
        """Add items at the end; if there are too many lines or cards, remove the oldest.

        Args:
            items: The items, oldest first.
            line: A further line that is no item; may be empty.
            above: The position of the item that `line` stands above.
        """
        with self.changing():
            new = self._insert("tail", items, self._next, line, above)
        self._next += _messages(new)
        self._rows += new
        self._lines += _height(new)
        self.cards += [row.card for row in new if row.card]
        self.drop(oldest=self._too_many())

    def prepend(self, items: Sequence[Item], instead_of: int) -> None:
        """Add items at the beginning, in place of the first `instead_of` items."""
        self.drop(oldest=instead_of)
        self._first -= sum(isinstance(item, Message) for item in items)
        with self.changing():
            self._text.mark_set("head", "1.0")
            new = self._insert("head", items, self._first)
        self._rows.extendleft(reversed(new))
        self._lines += _height(new)
        self.cards.extendleft([row.card for row in reversed(new) if row.card])

    def drop(self, *, oldest: int = 0, newest: int = 0) -> None:
        """Remove so many of the oldest and of the newest items."""
        if oldest:
            with self.changing():
                self._text.delete("1.0", f"{self.line_of(oldest)}.0")
            removed = [self._rows.popleft() for _ in range(oldest)]
            self._first += _messages(removed)
            self._forget(removed)
        if newest:
            with self.changing():
                self._text.delete(f"{self.line_of(len(self._rows) - newest)}.0", "tail")
            removed = [self._rows.pop() for _ in range(newest)]
            self._next -= _messages(removed)
            self._forget(removed)

    def change(self, items: Sequence[tuple[int, Item]]) -> None:
        """Put items in the place of others, which are counted from 0."""
        for place, item in items:
            start, end = self.ends(place)
            # A message keeps its number: its neighbours have others.
            number = self._first + sum(row.message for row in islice(self._rows, place))
            old = self._rows[place]
            with self.changing():
                self._text.delete(start, end)
                self._text.mark_set("place", start)
                (new,) = self._insert("place", [item], number)
                self._text.mark_unset("place")
            new.message = old.message
            self._rows[place] = new
            self._lines += new.lines
            self._forget([old])

    def row_at(self, index: str) -> tuple[ItemRow, int] | None:
        """Return the row of a message or file at `index`, and the first line below its heading.

        None where there is no such item.
        """
        line, first = self._text.line(index), 1
        if unread := self._text.tag_ranges("unread"):
            divider = self._text.line(str(unread[0]))
            if line == divider:
                return None
            line -= line > divider
        for place, row in enumerate(self._rows):
            if first + row.lines > line:
                return (row, self.line_of(place) + row.head) if row.seq else None
            first += row.lines
        return None

    def line_of_row(self, wanted: ItemRow) -> int | None:
        """Return the first line below the heading of a row; None if it is no longer here."""
        for place, row in enumerate(self._rows):
            if row is wanted:
                return self.line_of(place) + row.head
        return None

    def neighbour(self, row: ItemRow | None, step: int) -> ItemRow | None:
        """Return the next message or file below (1) or above (-1); from None, the last one."""
        rows = [each for each in self._rows if each.seq]
        if row is None or row not in rows:
            return rows[-1] if rows else None
        place = rows.index(row) + step
        return rows[place] if 0 <= place < len(rows) else None

    def row_of_card(self, card: FileCardFrame) -> ItemRow | None:
        """Return the row of a file card."""
        return next((row for row in self._rows if row.card is card), None)

    def clear(self) -> None:
        """Remove the whole conversation; the outgoing messages stay."""
        self.drop(oldest=len(self._rows))
        with self.changing():
            self._text.delete("1.0", "tail")

    def line_of(self, item: int) -> int:
        """Return the line that an item begins on, from 1; `item` may be one past the last."""
        line = 1 + sum(row.lines for row in islice(self._rows, item))
        unread = self._text.tag_ranges("unread")
        above = unread and self._text.line(str(unread[0])) <= line
        return line + 1 if above else line

    def ends(self, item: int) -> tuple[str, str]:
        """Return the indices of the start and the end of an item."""
        line = self.line_of(item)
        return f"{line}.0", f"{line + self._rows[item].lines}.0"

    def _insert(
        self,
        mark: str,
        items: Sequence[Item],
        number: int,
        line: Pieces | None = None,
        above: int = 0,
    ) -> list[ItemRow]:
        """Insert items at `mark`, and `line` above one of them; number messages from `number`.

        Returns:
            A row for each item.
        """
        safe = self._look.safe
        batch: Pieces = []
        new: list[ItemRow] = []
        for place, item in enumerate(items):
            if line and place == above:
                batch += line
            match item:
                case FileCard():
                    pieces = segments.heading(item.heading, safe)
                    self._text.insert_pieces(mark, batch + pieces)
                    card = self._embed(mark, item)
                    head = _lines(pieces)
                    new.append(
                        ItemRow(head + 1, card=card, head=head, seq=item.seq, own=item.own)
                    )
                    batch = []
                    continue
                case Message():
                    pieces = segments.message(item, safe, number)
                    number += 1
                case DeletedMessage():
                    pieces = segments.deleted(item, safe)
                case Notice():
                    pieces = segments.notice(item, safe)
                case Day():
                    pieces = segments.day(item, safe)
                case Beginning():
                    pieces = segments.beginning(item, safe)
            row = ItemRow(_lines(pieces))
            if isinstance(item, Message):
                row = ItemRow(
                    row.lines, True, None, int(bool(item.heading)), item.seq, item.own
                )
            new.append(row)
            batch += pieces
        self._text.insert_pieces(mark, batch)
        return new

    def _embed(self, mark: str, file: FileCard) -> FileCardFrame:
        card = self._make_card(file)
        start = self._text.index(mark)
        self._text.window_create(mark, window=card)
        self._text.insert(mark, "\n")
        self._text.tag_add("card", start, mark)
        return card

    def _forget(self, removed: Sequence[ItemRow]) -> None:
        """Forget rows whose text is deleted.

        Tk destroys an embedded widget with its text, but tkinter would keep its own object.
        """
        self._lines -= _height(removed)
        for row in removed:
            if row.card is not None:
                self.cards.remove(row.card)
                row.card.destroy()

    def _too_many(self) -> int:
        """Return how many of the oldest items must be removed.

        This is a last bound: the controller keeps to less.
        """
        lines, cards, oldest = self._lines, len(self.cards), 0
        most = MAX_LINES if lines > MAX_LINES + _SLACK else lines
        for row in self._rows:
            if lines <= most and cards <= MAX_CARDS:
                break
            lines -= row.lines
            cards -= row.card is not None
            oldest += 1
        return oldest


def _lines(pieces: Pieces) -> int:
    return sum(str(piece).count("\n") for piece in pieces[::2])


def _height(rows: Sequence[ItemRow]) -> int:
    return sum(row.lines for row in rows)


def _messages(rows: Sequence[ItemRow]) -> int:
    return sum(row.message for row in rows)
