"""The items of the conversation as lines of a `Text`: adds, changes, removes and finds them.

The conversation stands above the mark `tail`, the outgoing messages below it. A mark stands at
the start of each item, which ends where the next one begins: a tag for each would cost four
times as much while messages come in. A batch is one `insert`.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count, islice
from typing import Any

from client_mvc.view.contract.items import FileCard, Item
from client_mvc.view.messages.file_card import FileCardFrame
from client_mvc.view.messages.flow import Flowed
from client_mvc.view.messages.item_row import ORDER, ItemRow, Shape
from client_mvc.view.messages.parts import Name, Part, Parts
from client_mvc.view.style.safe_text import Pieces
from client_mvc.view.widgets.read_only_text import ReadOnlyText

MAX_LINES = 4_000
MAX_CARDS = 200
_SLACK = 400


class MessageBuffer:
    """Writes items into `text`; `make_card` makes the widget for a file.

    `written` is called with each row that was written or changed, and whether its body was.
    """

    def __init__(
        self,
        text: ReadOnlyText,
        parts: Parts,
        make_card: Callable[[FileCard], FileCardFrame],
        written: Callable[[ItemRow, bool], object],
    ) -> None:
        self.cards: deque[FileCardFrame] = deque()
        self.rows: deque[ItemRow] = deque()
        self.pictures: deque[ItemRow] = deque()
        self.outgoing: tuple[tuple[int, Flowed], ...] = ()
        """The reordered paragraphs of outgoing messages, by their lines below `tail`."""
        self._outgoing_pictures: tuple[Any, ...] = ()
        self._text = text
        self._parts = parts
        self._make_card = make_card
        self._written = written
        self._lines = 0  # the sum of `rows`, kept because there may be thousands
        self._names = count()
        self._shapes: dict[Shape, Shape] = {}
        text.mark_set("tail", "1.0")

    @contextmanager
    def changing(self, *, above: bool = True) -> Iterator[None]:
        """Allow changes `above` the mark `tail`, or below it, inside the `with` block."""
        # Conversation and outgoing messages are both inserted exactly at the mark: it must
        # move behind the first and stay before the second.
        self._text.mark_gravity("tail", "right" if above else "left")
        with self._text.editable():
            yield

    # --- items come and go ---------------------------------------------------------------

    def append(self, items: Sequence[Item], unread_above: int | None) -> None:
        """Add items at the end; if there are too many lines or cards, remove the oldest.

        Args:
            items: The items, oldest first.
            unread_above: The position of the item that the line "New messages" stands above.
        """
        with self.changing():
            new = self._insert("tail", items, unread_above)
        self.rows += new
        self._lines += _height(new)
        self.cards += [row.card for row in new if row.card]
        self.pictures += [row for row in new if row.picture]
        self.drop(oldest=self._too_many())
        for row in new:
            if row.shape:
                self._written(row, True)

    def prepend(self, items: Sequence[Item], instead_of: int) -> None:
        """Add items at the beginning, in place of the first `instead_of` items."""
        self.drop(oldest=instead_of)
        text = self._text
        with self.changing():
            text.mark_set("top", "1.0")
            new = self._insert("top", items, None)
            if self.rows:
                text.mark_set(self.rows[0].mark, "top")
            text.mark_unset("top")
        self.rows.extendleft(reversed(new))
        self._lines += _height(new)
        self.cards.extendleft([row.card for row in reversed(new) if row.card])
        self.pictures.extendleft([row for row in reversed(new) if row.picture])
        for row in new:
            self._written(row, True)

    def drop(self, *, oldest: int = 0, newest: int = 0) -> None:
        """Remove so many of the oldest and of the newest items."""
        if oldest:
            with self.changing():
                self._text.delete("1.0", self._start(oldest))
            self._forget([self.rows.popleft() for _ in range(oldest)])
        if newest:
            with self.changing():
                self._text.delete(self._start(len(self.rows) - newest), "tail")
            self._forget([self.rows.pop() for _ in range(newest)])

    def clear(self) -> None:
        """Remove the whole conversation; the outgoing messages stay."""
        self.drop(oldest=len(self.rows))

    def change(self, items: Sequence[tuple[int, Item]]) -> None:
        """Put items in the place of others, which are counted from 0."""
        for place, item in items:
            row = self.rows[place]
            if item != row.item:
                self._reset(place, item, opened=row.opened, as_card=row.as_card)

    def reset(self, row: ItemRow, *, opened: bool, as_card: bool) -> None:
        """Show a row with more or fewer of its lines, or a picture as a card."""
        place = self.place_of(row)
        if place is not None:
            self._reset(place, row.item, opened=opened, as_card=as_card)

    def renew(self, part: Name | None = None) -> None:
        """Write what depends on the width, the colours or the fonts again.

        Args:
            part: Only in rows that have this part.
        """
        for row in self.rows:
            if row.has(part) if part else row.kept or row.flowed:
                self.renew_row(row)

    def renew_row(self, row: ItemRow) -> None:
        """Write pictures and reordered paragraphs of a row again."""
        place = self.place_of(row)
        if place is not None:
            self._reset(place, row.item, opened=row.opened, as_card=row.as_card, anew=True)

    def set_unread(self, row: ItemRow, on: bool) -> None:
        """Put the line "New messages" above a row, or remove it."""
        place = self.place_of(row)
        if place is not None and row.unread != on:
            row.unread = on
            self._reset(place, row.item, opened=row.opened, as_card=row.as_card)

    # --- where they are ------------------------------------------------------------------

    def ends(self, place: int) -> tuple[str, str]:
        """Return the indices of the start and the end of an item."""
        return self._start(place), self._start(place + 1)

    def ends_of(self, row: ItemRow) -> tuple[str, str] | None:
        """Return the indices of a row, without the line above it; None: it is not here."""
        place = self.place_of(row)
        if place is None:
            return None
        start, end = self.ends(place)
        return (f"{self._text.line(start) + row.has('unread')}.0", end)

    def part(self, row: ItemRow, part: Name) -> int:
        """Return the first line of a part of a row."""
        return self._text.line(row.mark) + row.above(part)

    def row_at(self, index: str) -> ItemRow | None:
        """Return the row at `index`; None below the conversation, and where none is."""
        text = self._text
        if text.compare(index, ">=", "tail"):
            return None
        place = self._place(text.line(index))
        return self.rows[place] if place >= 0 else None

    def place_of(self, row: ItemRow) -> int | None:
        """Return where a row is, counted from 0; None: it is no longer here."""
        if not self.rows:
            return None
        place = self._place(self._text.line(row.mark)) if row.shape else -1
        return place if place >= 0 and self.rows[place] is row else None

    def row_of(self, seq: int) -> ItemRow | None:
        """Return the row of a message or file."""
        return next((row for row in reversed(self.rows) if row.seq == seq), None)

    def neighbour(self, row: ItemRow | None, step: int) -> ItemRow | None:
        """Return the next message or file below (1) or above (-1); from None, the last one."""
        place = self.place_of(row) if row is not None else None
        if place is None:
            place, step = len(self.rows), -1
        place += step
        while 0 <= place < len(self.rows):
            if self.rows[place].seq:
                return self.rows[place]
            place += step
        return None

    def row_of_card(self, card: FileCardFrame) -> ItemRow | None:
        """Return the row of a file card."""
        return next((row for row in self.rows if row.card is card), None)

    def _start(self, place: int) -> str:
        mark = self.rows[place].mark if place < len(self.rows) else "tail"
        return str(self._text.index(mark))

    def _place(self, line: int) -> int:
        """Return the place of the item that has this line."""
        low, high = 0, len(self.rows)
        while low < high:
            middle = (low + high) // 2
            if self._text.line(self.rows[middle].mark) <= line:
                low = middle + 1
            else:
                high = middle
        return low - 1

    # --- writing -------------------------------------------------------------------------

    def show_outgoing(self, parts: Sequence[Part]) -> None:
        """Replace the outgoing messages below the conversation."""
        text, kept = self._text, list[Any]()
        flowed: list[tuple[int, Flowed]] = []
        with self.changing(above=False):
            text.delete("tail", "end-1c")
            text.mark_set("outgoing", "tail")
            top = line = text.line("tail")
            text.insert_pieces("outgoing", [piece for part in parts for piece in part.pieces])
            for part in parts:
                kept += self._put_pictures(part, line)
                flowed += [(line - top + first, each) for first, each in part.flowed]
                line += part.lines
        self.outgoing, self._outgoing_pictures = tuple(flowed), tuple(kept)

    def _insert(
        self, mark: str, items: Sequence[Item], unread_above: int | None
    ) -> list[ItemRow]:
        """Insert items at `mark`, which has right gravity, in one piece."""
        text = self._text
        first = line = text.line(mark)
        batch: Pieces = []
        laid: list[tuple[ItemRow, list[Part]]] = []
        for place, item in enumerate(items):
            row = ItemRow(item, f"item-{next(self._names)}", unread=place == unread_above)
            parts = self._laid_out(row)
            for part in parts:
                batch += part.pieces
            laid.append((row, parts))
        text.insert_pieces(mark, batch)
        line = first
        for row, parts in laid:
            text.mark_set(row.mark, f"{line}.0")
            text.mark_gravity(row.mark, "left")
            for part in parts:
                row.kept += self._put_pictures(part, line)
                if part.card is not None:
                    self._embed(row, part.card, line)
                line += part.lines
            self._take_shape(row, parts)
        return [row for row, _parts in laid]

    def _laid_out(self, row: ItemRow) -> list[Part]:
        parts = self._parts.of(row.item, opened=row.opened, cards=row.as_card)
        return [self._parts.unread(), *parts] if row.unread else parts

    def _take_shape(self, row: ItemRow, parts: Sequence[Part]) -> None:
        shape = tuple((part.name, part.lines) for part in parts)
        row.shape = self._shapes.setdefault(shape, shape)
        flowed, top = list[tuple[int, Flowed]](), -row.above("body")
        for part in parts:
            flowed += [(top + first, each) for first, each in part.flowed]
            top += part.lines
        row.flowed = tuple(flowed)
        row.fold = next((part.fold for part in parts if part.fold), None)

    def _reset(
        self, place: int, item: Item, *, opened: bool, as_card: bool, anew: bool = False
    ) -> None:
        """Write a row again: only the parts that differ; `anew`: and all with pictures."""
        text, row = self._text, self.rows[place]
        following = self.rows[place + 1].mark if place + 1 < len(self.rows) else "tail"
        old = {part.name: part for part in self._laid_out(row)}
        before = row.shape
        was_picture = row.picture is not None
        row.item, row.opened, row.as_card = item, opened, as_card
        parts = self._laid_out(row)
        new = {part.name: part for part in parts}
        with self.changing():
            # Marks at the end of the row collapse when its last part is replaced.
            text.mark_set("edge", following)
            line, body = text.line(row.mark), False
            for name in ORDER:
                lines = dict(before).get(name, 0)
                part = new.get(name)
                pictured = anew and part is not None and bool(part.pictures)
                pictured = pictured and (name != "body" or row.picture is None)
                pictured = pictured or (anew and part is not None and bool(part.flowed))
                same = part is not None and lines and old.get(name) == part and not pictured
                if not same:
                    body = body or name == "body"
                    self._replace(row, part, line, lines)
                line += part.lines if part is not None else 0
            if following != "tail":
                text.mark_set(following, "edge")
            text.mark_unset("edge")
        row.kept = tuple(each.picture for part in parts for each in part.pictures)
        self._lines += sum(part.lines for part in parts) - row.lines
        self._take_shape(row, parts)
        self._note_picture(row, was=was_picture)
        if isinstance(row.item, FileCard) and row.card is not None:
            row.card.file = row.item
        self._written(row, body)

    def _replace(self, row: ItemRow, part: Part | None, line: int, lines: int) -> None:
        """Write `part` at `line`, in place of so many lines."""
        text = self._text
        if part is not None:
            text.mark_set("part", f"{line}.0")
            text.insert_pieces("part", part.pieces)
            text.mark_unset("part")
            line += part.lines
        if lines:
            text.delete(f"{line}.0", f"{line + lines}.0")
        name = part.name if part is not None else None
        if row.card is not None and (not row.card.winfo_exists() or name == "body"):
            self._forget_card(row)
        if part is not None:
            self._put_pictures(part, line - part.lines)
            if part.card is not None:
                self._embed(row, part.card, line - part.lines)
                self._sort_cards()

    def _put_pictures(self, part: Part, line: int) -> tuple[Any, ...]:
        text = self._text
        for each in part.pictures:
            at = f"{line + each.line}.{'end' if each.at_end else '0'}"
            at = text.index(at)
            text.image_create(
                at, image=each.picture, align=each.align, padx=each.padx, pady=each.pady
            )
            for tag in each.tags:
                text.tag_add(tag, at)
        return tuple(each.picture for each in part.pictures)

    def _embed(self, row: ItemRow, file: FileCard, line: int) -> None:
        row.card = self._make_card(row.item if isinstance(row.item, FileCard) else file)
        self._text.window_create(f"{line}.0", window=row.card)
        self._text.tag_add("card", f"{line}.0", f"{line + 1}.0")

    def _sort_cards(self) -> None:
        self.cards = deque(each.card for each in self.rows if each.card is not None)

    def _note_picture(self, row: ItemRow, *, was: bool) -> None:
        if was and row.picture is None:
            self.pictures.remove(row)
        elif row.picture is not None and not was:
            self.pictures = deque(each for each in self.rows if each.picture)

    def _forget_card(self, row: ItemRow) -> None:
        """Forget the widget of a row.

        Tk destroys an embedded widget with its text, but tkinter would keep its own object.
        """
        if row.card is not None:
            self.cards.remove(row.card)
            row.card.destroy()
            row.card = None

    def _forget(self, removed: Sequence[ItemRow]) -> None:
        """Forget rows whose text is deleted."""
        self._lines -= _height(removed)
        if removed:
            self._text.mark_unset(*(row.mark for row in removed))
        for row in removed:
            row.shape = ()  # it has no place any more
            self._forget_card(row)
            if row.picture:
                self.pictures.remove(row)

    def _too_many(self) -> int:
        """Return how many of the oldest items must be removed.

        This is a last bound: the controller keeps to less.
        """
        lines, cards = self._lines, len(self.cards)
        if lines <= MAX_LINES + _SLACK and cards <= MAX_CARDS:
            return 0
        most = MAX_LINES if lines > MAX_LINES + _SLACK else lines
        oldest = 0
        for row in islice(self.rows, len(self.rows)):
            if lines <= most and cards <= MAX_CARDS:
                break
            lines -= row.lines
            cards -= row.card is not None
            oldest += 1
        return oldest


def _height(rows: Sequence[ItemRow]) -> int:
    return sum(row.lines for row in rows)
