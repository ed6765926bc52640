"""Fits the conversation to its width and to the looks of the window.

Tk wraps most of it. Cards, lines beside words, quotes of one line and the lines of reordered
paragraphs (`flow`) are fitted here: of the latter, those in view at once, the others in pieces.
"""

from collections import deque
from collections.abc import Callable

from client_mvc.view.messages import tags
from client_mvc.view.messages.drawings import Drawings
from client_mvc.view.messages.item_row import ItemRow
from client_mvc.view.messages.message_buffer import MessageBuffer
from client_mvc.view.messages.parts import Parts
from client_mvc.view.messages.scrolling import Scrolling
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets.delayed_call import DelayedCall
from client_mvc.view.widgets.read_only_text import ReadOnlyText

_AFTER = 100  # milliseconds after the last change of the width
_PIECE, _BETWEEN = 10, 5  # rows, and milliseconds from one piece to the next


class Fitting:
    """Fits what `buffer` has written. `flowed` is called when lines were broken anew."""

    def __init__(
        self,
        text: ReadOnlyText,
        look: Look,
        buffer: MessageBuffer,
        parts: Parts,
        drawings: Drawings,
        *,
        scrolling: Scrolling,
    ) -> None:
        self.time = "00:00"
        """The widest time of day that the margin has to take."""
        self._text = text
        self._look = look
        self._buffer = buffer
        self._parts = parts
        self._drawings = drawings
        self._scrolling = scrolling
        self.flowed: Callable[[], object] = lambda: None
        self._rows: deque[ItemRow] = deque()  # that have lines of another width
        self._quotes = DelayedCall(text, self._renew_quotes)
        self._reflow = DelayedCall(text, self._flow_in_view)
        self._more = DelayedCall(text, self._flow_more)

    @property
    def done(self) -> bool:
        """Whether everything has the width that it should have."""
        return not (self._quotes.waiting or self._reflow.waiting or self._more.waiting)

    def resized(self) -> None:
        """Follow the width of the text."""
        wide = self._text.winfo_width()
        for card in self._buffer.cards:
            card.fit()
        if wide != self._parts.width:
            self._parts.width = wide
            self._drawings.fit(wide)
            self._measure()
            tags.fit(self._text, self._look)
            self._quotes.after(_AFTER)
            self._reflow.when_idle()
        self._scrolling.stay()

    def paint(self) -> None:
        """Take the colours and fonts of the window."""
        tags.paint(self._text, self._look, self.time)
        self._drawings.clear()
        self._parts.flow.clear()
        self._measure()
        self._scrolling.changing(self._buffer.renew)
        self.flowed()
        self._text.after_idle(self._scrolling.stay)

    def _measure(self) -> None:
        margins = tags.indent_of(self._look, self.time) + self._look.px(tags.EDGE)
        frame = 2 * int(self._text.cget("highlightthickness"))
        self._parts.flow.width = self._parts.width - margins - frame

    def _renew_quotes(self) -> None:
        self._scrolling.changing(lambda: self._buffer.renew("quote"))

    # --- reordered paragraphs ------------------------------------------------------------

    def _flow_in_view(self) -> None:
        text = self._text
        rows = [(row, text.line(row.mark)) for row in self._buffer.rows if row.flowed]
        top, bottom = text.line("@0,0"), text.line(f"@0,{text.winfo_height()}")
        visible = [row for row, line in rows if line <= bottom and line + row.lines > top]
        self._rows = deque(row for row, _line in reversed(rows) if row not in visible)
        self._renew(visible)
        self._flow_on()

    def _flow_more(self) -> None:
        self._renew([self._rows.popleft() for _ in range(min(_PIECE, len(self._rows)))])
        self._flow_on()

    def _flow_on(self) -> None:
        if self._rows:
            self._more.after(_BETWEEN)
        else:
            self.flowed()

    def _renew(self, rows: list[ItemRow]) -> None:
        places = [self._buffer.place_of(row) for row in rows]
        here = [place for place in places if place is not None]

        def renew() -> None:
            for row in rows:
                self._buffer.renew_row(row)

        if here:
            self._scrolling.changing(renew, here)
