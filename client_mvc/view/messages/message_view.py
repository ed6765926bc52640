"""The message view: the conversation, the outgoing messages below it, and where the reader is.

One `Text` with tags, kept to about 4,000 lines and filled with one `insert` per batch, so that
the window stays quick at a thousand messages a second. `message_buffer` writes the items,
`actions` handles links and menus, `highlights` shows search hits; this module scrolls.
"""

import tkinter as tk
from collections.abc import Callable, Sequence
from typing import Any

import ttkbootstrap as tb

from client_mvc.i18n.translate import ngettext
from client_mvc.view.contract.intents import Intents
from client_mvc.view.contract.values import COLOURS, Deleting, FileCard, Item, Message, Pending
from client_mvc.view.dialogs.file_dialogs import FileDialogs
from client_mvc.view.messages import segments
from client_mvc.view.messages.actions import MessageActions
from client_mvc.view.messages.file_card import FileCardFrame
from client_mvc.view.messages.highlights import Highlights
from client_mvc.view.messages.message_buffer import MAX_LINES, MessageBuffer
from client_mvc.view.messages.message_cursor import MessageCursor
from client_mvc.view.style.safe_text import Pieces
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets.delayed_call import DelayedCall
from client_mvc.view.widgets.read_only_text import ReadOnlyText
from client_mvc.view.widgets.scrollbar import Scrollbar

_WHEEL_PIXELS = 50

# A tag after that of the widget's class: these bindings run when the view has moved.
_SCROLLED = "ChatroomMessageViewScrolled"
_MOVES = ("<MouseWheel>", "<Button-4>", "<Button-5>", "<Key>")
_UP = ("Up", "Prior", "Home", "KP_Up", "KP_Prior", "KP_Home")
_DOWN = ("Down", "Next", "End", "KP_Down", "KP_Next", "KP_End")
# Within this many lines of an end, more history is loaded before the reader reaches the end.
_NEAR = 20
# A load that takes less than this many milliseconds is not shown, to avoid flicker.
_LOADING_DELAY = 300


class MessageView(tb.Frame):
    """`text` shows the conversation; `down` leads to new messages below the view.

    `focus_back` gives the keyboard to the composer.
    """

    def __init__(
        self,
        master: tk.Misc,
        look: Look,
        intents: Callable[[], Intents],
        dialogs: FileDialogs,
        focus_back: Callable[[], None],
    ) -> None:
        super().__init__(master)
        self._look = look
        self._intents = intents
        self._following = True  # the end is in view and stays there
        self._at_place = False  # a place was shown, and the reader did not scroll since
        self._sees_all = False
        self._present = True
        self._unread_open = False  # the reader has not seen the items below the unread line
        self._new = 0
        self._time = "00:00"
        self.text = ReadOnlyText(self, look, wrap="word", font=look.base, width=1, height=1)
        self._bar = Scrollbar(self, self._scroll)
        self.text.configure(yscrollcommand=self._moved)
        self._bar.pack(side="right", fill="y")
        self.text.pack(side="left", fill="both", expand=True)
        self.down = tb.Button(self, bootstyle="primary", command=self.to_bottom)
        self.loading = tb.Label(
            self, style="Muted.Chrome.TLabel", anchor="center", padding=look.px(4)
        )
        self._loading = DelayedCall(self, self._show_loading)
        self._buffer = MessageBuffer(self.text, look, self._make_card)
        self.cursor = MessageCursor(self.text, look, self._buffer, intents, focus_back)
        self.actions = MessageActions(self.text, look, intents, dialogs, self.cursor)
        self._bind_events()
        look.attach(self, self._paint)
        self.highlights = Highlights(self.text, look, "tail", lambda: self.cards)

    # --- content -------------------------------------------------------------------------

    @property
    def cards(self) -> Sequence[FileCardFrame]:
        """The file cards, oldest first."""
        return self._buffer.cards

    def append(self, items: Sequence[Item], *, live: bool = True) -> None:
        """Add items at the end, in one redraw.

        Args:
            items: Oldest first.
            live: The items are new: a view that shows the end goes on showing it.
        """
        items = items[-MAX_LINES:]
        if not items:
            return
        news = [place for place, item in enumerate(items) if _is_news(item)]
        unread = self._unread_line() if live and news else []
        self._buffer.append(items, unread, news[0] if news else 0)
        if not live:
            self._follow(at_end=False)
        elif self._following:
            self._at_place = False
            self.text.see("end")
        else:
            self._new += len(news)
            self._show_down()

    def prepend(self, items: Sequence[Item], *, instead_of: int = 0) -> None:
        """Add items at the beginning; the reader goes on seeing the same lines.

        Args:
            items: Oldest first.
            instead_of: The number of first items that they replace.
        """
        with self.text.holding("@0,0"):
            self._buffer.prepend(items, instead_of)
        self._follow(at_end=self._shows_end())

    def drop(self, *, oldest: int = 0, newest: int = 0) -> None:
        """Remove so many of the oldest and of the newest items."""
        self.cursor.hide()
        self._buffer.drop(oldest=oldest, newest=newest)
        if not self.text.tag_ranges("unread"):
            self._unread_open = False

    def change(self, items: Sequence[tuple[int, Item]]) -> None:
        """Put items in the place of others, counted from 0; the reader sees the same lines."""
        text = self.text
        self.cursor.hide()
        # A mark inside a changed message would move: hold the first line below all of them.
        held = text.index("@0,0")
        for place, _item in sorted(items, key=lambda each: each[0]):
            start, end = self._buffer.ends(place)
            if text.compare(start, "<=", held) and text.compare(held, "<", end):
                held = end
        with text.holding(held):
            self._buffer.change(items)
        if self._following:
            text.see("end")

    def allow_deleting(self, which: Deleting) -> None:
        """Offer to delete these messages from now on."""
        if which != self.cursor.deleting:
            self.cursor.hide()
            self.cursor.deleting = which

    def show_loading(self, text: str) -> None:
        """Show `text` over the top of the view, unless it is cleared soon; "" clears it."""
        self._loading.cancel()
        self.loading.place_forget()
        if text:
            self.loading.configure(text=self._look.safe.line(text))
            self._loading.after(_LOADING_DELAY)

    def show_place(self, item: int, *, mark: bool) -> None:
        """Show an item at the top of the view, or marked and with the lines above it."""
        start, end = self._buffer.ends(item)
        self._at_place = False
        self.text.tag_remove("place", "1.0", "end")
        self.text.yview(start)
        if mark:
            self.text.tag_add("place", start, end)
            # The messages above belong to the context of a search result.
            self.text.yview_scroll(-self.text.winfo_height() // 3, "pixels")
            self._stay_at(start, f"{end} - 1 char")
        self._follow(at_end=self._shows_end())

    def show_found(self, place: int) -> None:
        """Show a place that `highlights` has marked."""
        self._stay_at(*self.highlights.show(place))
        self._follow(at_end=self._shows_end())

    def show_pending(self, pending: Sequence[Pending]) -> None:
        """Replace the outgoing messages."""
        pieces: Pieces = []
        for place, item in enumerate(pending):
            pieces += segments.pending(item, self._look.safe, place)
        with self._buffer.changing(above=False):
            self.text.delete("tail", "end-1c")
            self.text.insert_pieces("tail", pieces)
        self.actions.pending = tuple(pending)
        if self._following:
            self.text.see("end")

    def clear(self) -> None:
        """Remove the conversation; the outgoing messages stay."""
        self.cursor.hide()
        self._buffer.clear()
        self._unread_open = False
        self.to_bottom()

    def set_time_example(self, example: str) -> None:
        """Make the margin as wide as the time `example`."""
        self._time = example
        self._paint()

    def reader(self, *, present: bool) -> None:
        """Tell whether somebody looks at the window; "New messages" stands where they left."""
        self._present = present
        self._seen()

    def to_bottom(self) -> None:
        """Show the end, and keep it in view."""
        self._at_place = False
        self._follow(at_end=True)
        self.text.see("end")

    def page(self, pages: int) -> None:
        """Scroll by so many pages, down if `pages` is above 0."""
        self.text.yview_scroll(pages, "pages")
        self._scrolled(pages)

    def _unread_line(self) -> Pieces:
        """Return the line to stand above the first new item that the reader does not see.

        There is at most one such line; it is empty where none is needed.
        """
        looking = self._following and self._present
        if looking or self._unread_open or self.text.compare("tail", "==", "1.0"):
            return []
        if old := self.text.tag_ranges("unread"):
            with self._buffer.changing():
                self.text.delete(old[0], old[-1])
        self._unread_open = True
        return segments.unread()

    def _make_card(self, file: FileCard) -> FileCardFrame:
        do = self.actions
        card = FileCardFrame(
            self.text, self._look, file, save=do.save, open=do.open, copy_link=do.copy_link
        )
        for widget in card.with_parts():
            # Tab would stop at a label that has a binding for a key.
            keys = ("<Key-Menu>", "<Shift-F10>") if isinstance(widget, tb.Button) else ()
            for sequence in ("<Button-3>", *keys):
                widget.bind(sequence, lambda event: do.card_menu(event, card))
            if isinstance(widget, tb.Button):
                widget.bind("<FocusIn>", self._reveal, add="+")
            # The pointer over the card is not over the text.
            widget.bind("<Enter>", lambda _: self._hover(card), add="+")
            for wheel in ("<MouseWheel>", "<Button-4>", "<Button-5>"):
                widget.bind(wheel, self._wheel)
        # The card gets its height when it is laid out, and pushes the end out of view then.
        card.bind("<Configure>", lambda _: self._stay())
        return card

    def _hover(self, card: FileCardFrame) -> None:
        self.cursor.show(self._buffer.row_of_card(card))

    # --- scrolling -----------------------------------------------------------------------

    def _bind_events(self) -> None:
        text = self.text
        text.bindtags((*text.bindtags(), _SCROLLED))
        for sequence in _MOVES:
            text.bind_class(
                _SCROLLED, sequence, lambda event: self._scrolled(_direction(event))
            )
        text.bind_class(_SCROLLED, "<ButtonRelease>", lambda _: self._scrolled(0))
        text.bind("<Configure>", lambda _: self._resized())
        text.bind("<Map>", lambda _: self._stay())

    def _moved(self, first: str, last: str) -> None:
        """Note which part of the text Tk shows, from 0 to 1."""
        self._bar.set(first, last)
        sees_all = float(first) <= 0 and float(last) >= 1
        if sees_all != self._sees_all:
            self._sees_all = sees_all
            self._intents().history.sees_all(sees_all)

    def _scroll(self, *where: str) -> None:
        before = self.text.yview()[0]
        self.text.yview(*where)
        self._scrolled(self.text.yview()[0] - before)

    def _wheel(self, event: "tk.Event[tk.Misc]") -> str:
        direction = _direction(event)
        self.text.yview_scroll(direction * _WHEEL_PIXELS, "pixels")
        self._scrolled(direction)
        return "break"

    def _scrolled(self, direction: float) -> None:
        """Follow the end if the reader scrolled to it, and load more near both ends.

        Args:
            direction: Below 0 for up, above 0 for down.
        """
        if direction:
            self._at_place = False
            self.cursor.hide()
        self._follow(at_end=self._shows_end())
        text = self.text
        if direction < 0 and text.line("@0,0") <= _NEAR:
            self._intents().history.reached_top()
        elif direction > 0:
            lowest = text.line(f"@0,{text.winfo_height()}")
            if lowest + _NEAR > text.line("end-1c"):
                self._intents().history.reached_end()

    def _follow(self, *, at_end: bool) -> None:
        if at_end != self._following:
            self._following = at_end
            self._intents().history.reads(not at_end)
        self._seen()

    def _shows_end(self) -> bool:
        return self.text.dlineinfo("end-1c") is not None

    def _reveal(self, event: "tk.Event[tk.Misc]") -> None:
        """Scroll to the widget that got the focus: a card may be higher than the view."""
        top = event.widget.winfo_rooty() - self.text.winfo_rooty()
        below = top + event.widget.winfo_height() - self.text.winfo_height()
        if top < 0 or below > 0:
            self.text.yview_scroll(min(top, below) if below > 0 else top, "pixels")
            self._scrolled(0)

    def _resized(self) -> None:
        for card in self.cards:
            card.fit()
        self._stay()

    def _stay_at(self, start: str, end: str) -> None:
        self.text.mark_set("place-start", start)
        self.text.mark_set("place-end", end)
        self._at_place = True

    def _stay(self) -> None:
        """Keep the place last shown in view, or the end if the reader follows it."""
        if self._at_place:
            self.text.see("place-end")
            self.text.see("place-start")
            self._follow(at_end=self._shows_end())
        elif self._following:
            self.text.see("end")

    def _seen(self) -> None:
        if self._following:
            self._new = 0
            self.down.place_forget()
            if self._present:
                self._unread_open = False

    def _show_down(self) -> None:
        if self._new:
            self.down.configure(text=ngettext("↓ {count} new", "↓ {count} new", self._new))
            self.down.place(in_=self.text, relx=0.5, rely=1.0, y=-self._look.px(10), anchor="s")
            self.down.lift()

    def _show_loading(self) -> None:
        self.loading.place(in_=self.text, relwidth=1)
        self.loading.lift()

    # --- looks ---------------------------------------------------------------------------

    def _paint(self) -> None:
        look, text = self._look, self.text
        palette, px = look.palette, look.px
        indent = look.base.measure(self._time) + px(14)
        text.configure(padx=px(16), pady=px(8), tabs=str(indent))
        aside: dict[str, Any] = {"foreground": palette.muted, "font": look.small}
        body: dict[str, Any] = {
            "lmargin1": indent,
            "lmargin2": indent,
            "lmargincolor": palette.background,
        }
        tag = text.tag_configure
        tag("head", lmargin2=indent, spacing1=px(10), spacing3=px(1))
        tag("time", **aside)
        tag("notice", lmargin2=indent, spacing1=px(8), **aside)
        tag("day", justify="center", spacing1=px(12), spacing3=px(4), **aside)
        tag("beginning", justify="center", spacing1=px(12), **aside)
        tag("unread", justify="center", spacing1=px(10), spacing3=px(2), font=look.small)
        tag("unread", foreground=palette.problem)
        tag("body", spacing1=px(1), spacing3=px(2), **body)
        tag("card", spacing1=px(4), spacing3=px(4), lmargin1=indent, lmargin2=indent)
        tag("mention", background=palette.mention)
        tag("bold", font=look.bold)
        tag("code", font=look.mono, background=palette.card)
        tag("block", font=look.mono, background=palette.card, **body)
        tag("mark", foreground=palette.muted)
        tag("deleted", foreground=palette.muted, font=look.italic)
        tag("hover", background=palette.chrome)
        tag("cursor", background=palette.banners["info"][0])
        tag("pending", foreground=palette.muted)
        tag("failed", foreground=palette.problem, font=look.small)
        for number in range(COLOURS):
            tag(f"name{number}", foreground=palette.names[number], font=look.bold)
        tag("action", foreground=palette.link, underline=True)
        tag("chosen", background=palette.accent, foreground=palette.background)
        # A tag ranks by its first use, and some were used earlier: rank them again.
        for above in ("action", "emoji", "chosen", "sel"):
            text.tag_raise(above)
        for below in ("hover", "cursor"):
            text.tag_lower(below)
        text.after_idle(self._stay)


def _is_news(item: Item) -> bool:
    """Tell whether an item counts as new: messages and files of others."""
    return isinstance(item, Message | FileCard) and not item.own


def _direction(event: "tk.Event[tk.Misc]") -> int:
    """Return -1 for a wheel or key that scrolls up, 1 for down, else 0."""
    if event.num in (4, 5):
        return -1 if event.num == 4 else 1
    if isinstance(event.delta, int) and event.delta:
        return -1 if event.delta > 0 else 1
    return (event.keysym in _DOWN) - (event.keysym in _UP)
