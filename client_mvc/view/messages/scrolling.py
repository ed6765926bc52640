"""Where the reader is in the conversation: at its end, at a place that was shown, or between.

A reader at the end follows new messages; one further up is told how many there are (`down`),
and goes on seeing the same lines whatever changes.
"""

import tkinter as tk
from collections.abc import Callable, Sequence

import ttkbootstrap as tb

from client_mvc.i18n.translate import ngettext
from client_mvc.view.contract.intents import Intents
from client_mvc.view.messages.message_buffer import MessageBuffer
from client_mvc.view.messages.message_cursor import MessageCursor
from client_mvc.view.messages.thumbnails import Thumbnails
from client_mvc.view.messages.unread_line import UnreadLine
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets.read_only_text import ReadOnlyText
from client_mvc.view.widgets.scrollbar import Scrollbar
from client_mvc.view.widgets.wheel import WHEEL, direction

_WHEEL_PIXELS = 50

# A tag after that of the widget's class: these bindings run when the view has moved.
_SCROLLED = "ChatroomMessageViewScrolled"
_MOVES = (*WHEEL, "<Key>")
_UP = ("Up", "Prior", "Home", "KP_Up", "KP_Prior", "KP_Home")
_DOWN = ("Down", "Next", "End", "KP_Down", "KP_Next", "KP_End")
# Within this many lines of an end, more history is loaded before the reader reaches the end.
_NEAR = 20


class Scrolling:
    """Scrolls `text`, which is in `frame`.

    `following`: the end is in view and stays there; `at_place`: a place was shown, and the
    reader did not scroll since; `present`: somebody looks at the window.
    """

    def __init__(
        self,
        frame: tk.Misc,
        text: ReadOnlyText,
        look: Look,
        buffer: MessageBuffer,
        *,
        intents: Callable[[], Intents],
        thumbnails: Thumbnails,
        unread: UnreadLine,
        cursor: MessageCursor,
    ) -> None:
        self.following = True
        self.at_place = False
        self.present = True
        self._sees_all = False
        self._new = 0
        self._text = text
        self._look = look
        self._buffer = buffer
        self._intents = intents
        self._thumbnails = thumbnails
        self._unread = unread
        self._cursor = cursor
        self._bar = Scrollbar(frame, self._scroll)
        self._bar.pack(side="right", fill="y")
        self.down = tb.Button(frame, bootstyle="primary", command=self.to_bottom)
        text.configure(yscrollcommand=self._moved)
        text.bindtags((*text.bindtags(), _SCROLLED))
        for sequence in _MOVES:
            text.bind_class(
                _SCROLLED, sequence, lambda event: self._scrolled(_direction(event))
            )
        text.bind_class(_SCROLLED, "<ButtonRelease>", lambda _: self._scrolled(0))
        text.bind("<Map>", lambda _: self.stay())

    # --- what the reader sees ------------------------------------------------------------

    def to_bottom(self) -> None:
        """Show the end, and keep it in view."""
        self.at_place = False
        self.follow(at_end=True)
        self._text.see("end")

    def came(self, news: int) -> None:
        """Follow items that were added at the end; `news` are the new ones among them."""
        if self.following:
            self.at_place = False
            self._text.see("end")
            self._cursor.follow()
        else:
            self._new += news
            self._show_down()

    def follow(self, *, at_end: bool | None = None) -> None:
        """Follow the end from now on, or not; None: if it is in view."""
        if at_end is None:
            at_end = self._text.dlineinfo("end-1c") is not None
        if at_end != self.following:
            self.following = at_end
            self._intents().history.reads(not at_end)
        self.seen()

    def seen(self) -> None:
        """Take note that the reader may see the end."""
        if self.following:
            self._new = 0
            self.down.place_forget()
        self._unread.seen(self.following and self.present)

    def stay_at(self, start: str, end: str) -> None:
        """Show a place, and keep it in view until the reader scrolls."""
        self._text.mark_set("place-start", start)
        self._text.mark_set("place-end", end)
        self.at_place = True
        self.follow()

    def stay(self) -> None:
        """Keep the place last shown in view, or the end if the reader follows it."""
        if self.at_place:
            self._text.see("place-end")
            self._text.see("place-start")
            self.follow()
        elif self.following:
            self._text.see("end")

    def changing(self, change: Callable[[], object], places: Sequence[int] = ()) -> None:
        """Call `change`, and keep the reader's lines where they are on screen.

        `places` are those of the items that it changes; without them it may be that at the top.
        """
        text, buffer = self._text, self._buffer
        # A mark inside a changed message would move: hold the first line below all of them.
        held = text.index("@0,0")
        if not places and (row := buffer.row_at(held)) is not None:
            place = buffer.place_of(row)
            places = () if place is None else (place,)
        for place in sorted(places):
            start, end = buffer.ends(place)
            if text.compare(start, "<=", held) and text.compare(held, "<", end):
                held = end
        with text.holding(held):
            change()
        self._thumbnails.moved()
        if self.following:
            text.see("end")
        self._cursor.follow()

    def _show_down(self) -> None:
        if self._new:
            self.down.configure(text=ngettext("↓ {count} new", "↓ {count} new", self._new))
            gap = self._look.px(10)
            self.down.place(in_=self._text, relx=0.5, rely=1.0, y=-gap, anchor="s")
            self.down.lift()

    # --- how the reader moves ------------------------------------------------------------

    def page(self, pages: int) -> None:
        """Scroll by so many pages, down if `pages` is above 0."""
        self._text.yview_scroll(pages, "pages")
        self._scrolled(pages)

    def wheel(self, way: int) -> None:
        """Scroll by the wheel over something in the text: -1 up, 1 down."""
        self._text.yview_scroll(way * _WHEEL_PIXELS, "pixels")
        self._scrolled(way)

    def reveal(self, event: "tk.Event[tk.Misc]") -> None:
        """Scroll to the widget that got the focus: a card may be higher than the view."""
        top = event.widget.winfo_rooty() - self._text.winfo_rooty()
        below = top + event.widget.winfo_height() - self._text.winfo_height()
        if top < 0 or below > 0:
            self._text.yview_scroll(min(top, below) if below > 0 else top, "pixels")
            self._scrolled(0)

    def _moved(self, first: str, last: str) -> None:
        """Note which part of the text Tk shows, from 0 to 1."""
        self._bar.set(first, last)
        self._thumbnails.moved()
        sees_all = float(first) <= 0 and float(last) >= 1
        if sees_all != self._sees_all:
            self._sees_all = sees_all
            self._intents().history.sees_all(sees_all)

    def _scroll(self, *where: str) -> None:
        before = self._text.yview()[0]
        self._text.yview(*where)
        self._scrolled(self._text.yview()[0] - before)

    def _scrolled(self, direction: float) -> None:
        """Follow the end if the reader scrolled to it, and load more near both ends.

        Args:
            direction: Below 0 for up, above 0 for down.
        """
        if direction:
            self.at_place = False
            self._cursor.hide()
        self.follow()
        text = self._text
        if direction < 0 and text.line("@0,0") <= _NEAR:
            self._intents().history.reached_top()
        elif direction > 0:
            lowest = text.line(f"@0,{text.winfo_height()}")
            if lowest + _NEAR > text.line("end-1c"):
                self._intents().history.reached_end()


def _direction(event: "tk.Event[tk.Misc]") -> int:
    """Return -1 for a wheel or key that scrolls up, 1 for down, else 0."""
    return direction(event) or (event.keysym in _DOWN) - (event.keysym in _UP)
