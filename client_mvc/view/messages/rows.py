"""What follows when a row was written: it is folded, its code coloured, its pictures joined."""

from functools import partial

from client_mvc.text.markup import Run
from client_mvc.view.contract.items import Message, Notice
from client_mvc.view.messages import code_colours, segments
from client_mvc.view.messages.code_colours import Ink
from client_mvc.view.messages.item_row import ItemRow
from client_mvc.view.messages.message_buffer import MessageBuffer
from client_mvc.view.messages.thumbnails import Thumbnails, joined
from client_mvc.view.widgets.read_only_text import ReadOnlyText
from client_mvc.view.widgets.worker import Worker

_AT_ONCE = 200


class Rows:
    """Finishes and folds the rows of `buffer`."""

    def __init__(
        self,
        text: ReadOnlyText,
        buffer: MessageBuffer,
        thumbnails: Thumbnails,
        worker: Worker,
    ) -> None:
        self.opened_notices: set[int] = set()
        self._text = text
        self._buffer = buffer
        self._thumbnails = thumbnails
        self._worker = worker

    def written(self, row: ItemRow, body: bool) -> None:
        """Finish a row; `body` tells whether its body was written, too."""
        if row.has("fold"):
            self._fold(row)
        item = row.item
        if body and isinstance(item, Message) and item.runs:
            self._colour(row, item)
        if self._buffer.pictures:
            self._join(row)
            if body and row.picture:
                self._thumbnails.written(row)
        closed = isinstance(item, Notice) and bool(item.more) and not row.opened
        if closed and isinstance(item, Notice) and item.seq in self.opened_notices:
            self._buffer.reset(row, opened=True, as_card=False)

    def toggle(self, row: ItemRow) -> None:
        """Open what is folded, or fold it again."""
        if isinstance(row.item, Notice):
            act = self.opened_notices.discard if row.opened else self.opened_notices.add
            act(row.item.seq)
        self._buffer.reset(row, opened=not row.opened, as_card=row.as_card)

    def unfold(self, index: str) -> None:
        """Open the message that has `index` in its folded lines."""
        row = self._buffer.row_at(index)
        if row is not None and not row.opened and "folded" in self._text.tag_names(index):
            self.toggle(row)

    def as_card(self, row: ItemRow) -> None:
        """Show a card in place of a picture that cannot be had."""
        self._buffer.reset(row, opened=row.opened, as_card=True)

    def _fold(self, row: ItemRow) -> None:
        if (fold := row.fold) is None:
            return
        line = self._buffer.part(row, "body")
        start = f"{line + fold.lines}.0 + {fold.characters} chars"
        if not fold.characters:
            start = f"{line + fold.lines - 1}.end"  # with the line break in front of it
        ends = start, f"{line + row.has('body') - 1}.end"
        act = self._text.tag_remove if row.opened else self._text.tag_add
        act("folded", *ends)

    # --- pictures side by side -----------------------------------------------------------

    def _join(self, row: ItemRow) -> None:
        """Hide what is between two pictures of one sender, so that they share a line."""
        place = self._buffer.place_of(row)
        if place is None:
            return
        rows = self._buffer.rows
        for here in (place - 1, place):
            if here < 0 or (above := rows[here]).picture is None:
                continue
            below = rows[here + 1] if here + 1 < len(rows) else None
            line = self._buffer.part(above, "body")
            self._text.tag_remove("joined", f"{line}.0", f"{line + 2}.0")
            if joined(above, below):
                self._text.tag_add("joined", f"{line}.1", f"{line + 2}.0")

    # --- code ----------------------------------------------------------------------------

    def _colour(self, row: ItemRow, item: Message) -> None:
        if not any(run.style == "block" for run in item.runs):
            return
        for number, (language, code) in enumerate(_blocks(item.runs)):
            if language:
                work = partial(code_colours.inks, language, code)
                self._worker.run(work, partial(self._ink, row, item, number))

    def _ink(self, row: ItemRow, item: Message, number: int, inks: list[Ink]) -> None:
        """Colour a block of code, counted from 0, unless its message is gone or changed."""
        if row.item is not item or self._buffer.place_of(row) is None:
            return
        text = self._text
        line = self._buffer.part(row, "body")
        end = f"{line + row.has('body')}.0"
        ranges = text.tag_nextrange("block", f"{line}.0", end)
        for _ in range(number):
            ranges = text.tag_nextrange("block", ranges[1], end) if ranges else ()
        if not ranges:
            return
        first = text.line(ranges[0])
        found: dict[str, list[str]] = {}
        for kind, start, stop in inks:
            found.setdefault(kind, []).extend((_moved(start, first), _moved(stop, first)))
        for kind, ends in found.items():
            for at in range(0, len(ends), 2 * _AT_ONCE):
                text.tag_add(f"ink-{kind}", *ends[at : at + 2 * _AT_ONCE])


def _moved(index: str, lines: int) -> str:
    line, _, column = index.partition(".")
    return f"{int(line) + lines}.{column}"


def _blocks(runs: tuple[Run, ...]) -> list[tuple[str, str]]:
    """Return language and text of each block of code; without a language it is empty."""
    return [
        (segments.language(runs[place - 1].text if place else ""), run.text)
        for place, run in enumerate(runs)
        if run.style == "block"
    ]
