"""What the lines of the conversation say, as one reads them.

The `Text` has characters that are not seen, the marks of styles, and paragraphs in the order in
which they are drawn (`flow`). Copying, searching and clicks on links ask here.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from client_mvc.view.messages.flow import Flowed
from client_mvc.view.messages.item_row import ItemRow
from client_mvc.view.messages.message_buffer import MessageBuffer
from client_mvc.view.widgets.read_only_text import ReadOnlyText


@dataclass(frozen=True, slots=True)
class Line:
    """What is seen of the line with this number.

    `plain`: the n-th character is in column n. `places`, if there are any, are the places of
    the characters in the line, pictures not counted.
    """

    number: int
    text: str
    plain: bool
    places: tuple[int, ...] = ()

    def ends(self, start: int, end: int) -> tuple[str, str]:
        """Return the indices of a part of its text."""
        if self.places:
            start, end = self.places[start], self.places[end - 1] + 1
        form = "{}.{}" if self.plain else "{}.0 + {} chars"
        return form.format(self.number, start), form.format(self.number, end)


class Reading:
    """Reads `text`, in which `buffer` has written."""

    def __init__(self, text: ReadOnlyText, buffer: MessageBuffer) -> None:
        self._text = text
        self._buffer = buffer

    def flowed(self, index: str) -> tuple[Flowed, int] | None:
        """Return the reordered paragraph at `index`, and its first line, if there is one."""
        line = self._text.line(index)
        for first, flowed in self.near(index):
            if first <= line < first + len(flowed.lines):
                return flowed, first
        return None

    def link(self, index: str) -> str | None:
        """Return the link at `index` in a reordered paragraph; None: it is not in one."""
        if (found := self.flowed(index)) is None:
            return None
        flowed, first = found
        return flowed.link(self._text.line(index) - first, self.column(index))

    def near(self, index: str) -> Iterator[tuple[int, Flowed]]:
        """Yield the reordered paragraphs of the message at `index`, and their first lines."""
        return self._of(self._buffer.row_at(index))

    def column(self, index: str) -> int:
        """Return how many characters of its line are before `index`."""
        return len(self._text.get(f"{index} linestart", index))

    def reordered(self) -> dict[int, Flowed]:
        """Return all reordered paragraphs of messages, by their first lines."""
        return dict(each for row in self._buffer.rows if row.flowed for each in self._of(row))

    def lines(self, *, marks: bool) -> Iterator[Line]:
        """Yield the lines of the conversation, with or without the marks of styles."""
        text = self._text
        hidden = {} if marks else self._hidden()
        pictured = {text.line(str(at)) for at in text.tag_ranges("day")[::2]}
        for number, line in enumerate(text.get("1.0", "tail").split("\n"), 1):
            plain = line.isascii() and number not in pictured
            if (spans := hidden.get(number)) is None:
                yield Line(number, line, plain)
                continue
            ends = [(self.column(start), self.column(stop)) for start, stop in spans]
            places = tuple(
                place
                for place in range(len(line))
                if not any(start <= place < stop for start, stop in ends)
            )
            seen = "".join(line[place] for place in places)
            yield Line(number, seen, plain, places)

    def _of(self, row: ItemRow | None) -> Iterator[tuple[int, Flowed]]:
        """Yield the reordered paragraphs of a row, or of the outgoing messages."""
        flowed = self._buffer.outgoing if row is None else row.flowed
        if not flowed:
            return
        body = self._text.line("tail") if row is None else self._buffer.part(row, "body")
        for first, each in flowed:
            yield body + first, each

    def _hidden(self) -> dict[int, list[tuple[str, str]]]:
        """Return the places of the marks of styles in each line that has some."""
        text = self._text
        found: dict[int, list[tuple[str, str]]] = {}
        ranges = [str(each) for each in text.tag_ranges("mark")]
        for start, end in zip(ranges[::2], ranges[1::2], strict=True):
            first, last = text.line(start), text.line(end)
            for line in range(first, last + 1):
                left = start if line == first else f"{line}.0"
                right = end if line == last else f"{line}.end"
                found.setdefault(line, []).append((left, right))
        return found
