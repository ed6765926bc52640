"""Copying from the conversation: messages as they were written, not as they are shown.

Marks that are not seen are copied; reactions, captions and buttons, which are no part of the
text, are not.
"""

import tkinter as tk
from collections.abc import Callable

from client_mvc.view.contract.intents import Intents
from client_mvc.view.contract.items import FileCard
from client_mvc.view.messages.item_row import ItemRow
from client_mvc.view.messages.message_buffer import MessageBuffer
from client_mvc.view.messages.reading import Reading
from client_mvc.view.messages.segments import ASIDE
from client_mvc.view.widgets import editing
from client_mvc.view.widgets.read_only_text import ReadOnlyText


class Copying:
    """Answers Copy in `text`."""

    def __init__(
        self,
        text: ReadOnlyText,
        buffer: MessageBuffer,
        reading: Reading,
        intents: Callable[[], Intents],
    ) -> None:
        self._text = text
        self._reading = reading
        self._buffer = buffer
        self._intents = intents
        text.bind("<<Copy>>", self._copy)

    def selected(self) -> str:
        """Return the selected text."""
        ends = self._text.tag_ranges("sel")
        if not ends:
            return ""
        start, end = self._with_marks(str(ends[0]), str(ends[-1]))
        pieces: list[str] = []
        at = start
        while self._text.compare(at, "<", end):
            row = self._buffer.row_at(at)
            if row is None:  # outgoing messages
                pieces.append(self._plain(at, end))
                break
            place = self._buffer.place_of(row) or 0
            after = self._buffer.ends(place)[1]
            stop = after if self._text.compare(after, "<", end) else end
            pieces.append(self._of_row(row, at, stop))
            at = after
        return "".join(pieces)

    def _with_marks(self, start: str, end: str) -> tuple[str, str]:
        """Take marks beside a selection into it: nobody can select what is not seen.

        A selection within the text that they are for stays without them.
        """
        text = self._text
        if not text.tag_nextrange("mark", start, end):
            return start, end
        before = text.index(f"{start} - 1 indices")
        if "mark" in text.tag_names(before) and text.compare(before, "<", start):
            start = str((text.tag_prevrange("mark", start) or (start,))[0])
        if "mark" in text.tag_names(end):
            end = str((text.tag_nextrange("mark", end) or (end,))[-1])
        return start, end

    def original(self, row: ItemRow) -> str:
        """Return the text of a message, or name and link of a file."""
        if row.seq and (text := self._intents().conversation.original(row.seq)):
            return text
        if isinstance(row.item, FileCard):
            return row.item.name
        line = self._buffer.part(row, "body")
        return self._plain(f"{line}.0", f"{line + row.has('body')}.0").removesuffix("\n")

    def _of_row(self, row: ItemRow, start: str, stop: str) -> str:
        """Return what is selected of a row; of a message that is selected whole, its text."""
        text = self._text
        line = self._buffer.part(row, "body")
        body, after = f"{line}.0", f"{line + row.has('body')}.0"
        is_file = isinstance(row.item, FileCard)
        if not (row.seq or is_file) or not row.has("body"):
            return self._plain(start, stop)
        begun = text.compare(start, "<=", body)
        if not begun or text.compare(stop, "<", f"{after} - 1 char"):
            # A selection from one file card to the next ends in front of it.
            return self._plain(start, stop)
        above = self._plain(start, body) if text.compare(start, "<", body) else ""
        ended = is_file or text.compare(stop, ">=", after)
        return above + self.original(row) + ("\n" if ended else "")

    def _plain(self, start: str, end: str) -> str:
        """Return the text between two places as it was said, without what is aside."""
        text, reading = self._text, self._reading
        pieces: list[str] = []
        for first, flowed in reading.near(start):
            after = f"{first + len(flowed.lines)}.0"
            if text.compare(after, "<=", start) or text.compare(end, "<=", f"{first}.0"):
                continue
            if text.compare(start, "<", f"{first}.0"):
                pieces.append(self._in_order(start, f"{first}.0"))
                start = f"{first}.0"
            begun, ended = text.line(start), text.line(end)
            for number, line in enumerate(flowed.lines, first):
                if begun <= number <= ended:
                    left = reading.column(start) if number == begun else 0
                    right = reading.column(end) if number == ended else len(line.origins)
                    pieces.append(flowed.selected(number - first, left, right))
            if text.compare(end, "<", after):
                return "".join(pieces)
            pieces.append("\n")
            start = after
        return "".join([*pieces, self._in_order(start, end)])

    def _in_order(self, start: str, stop: str) -> str:
        text = self._text
        pieces: list[str] = []
        at = start
        while text.compare(at, "<", stop):
            ranges = text.tag_nextrange(ASIDE, at, stop)
            if ASIDE in text.tag_names(at):
                ranges = text.tag_prevrange(ASIDE, f"{at} + 1 indices")
                end = str(ranges[1]) if ranges else stop
                at = end if text.compare(end, ">", at) else text.index(f"{at} + 1 indices")
                continue
            until = str(ranges[0]) if ranges else stop
            pieces.append(text.get(at, until))
            at = str(ranges[1]) if ranges else stop
        return "".join(pieces)

    def _copy(self, event: "tk.Event[tk.Misc]") -> str:
        if copied := self.selected():
            editing.copy(self._text, copied)
        return "break"
