"""The message view: the conversation, the outgoing messages below it, and where the reader is.

One `Text` with tags, kept to about 4,000 lines and filled with one `insert` per batch, so that
the window stays quick at a thousand messages a second. `message_buffer` writes the items,
`actions` handles clicks, `highlights` shows search hits, `thumbnails` pictures; this module
scrolls.
"""

import tkinter as tk
from collections.abc import Callable, Sequence

import ttkbootstrap as tb

from client_mvc.i18n.translate import ngettext
from client_mvc.view.contract.intents import Intents
from client_mvc.view.contract.values import FileCard, Item, Message, MessageRules, Pending
from client_mvc.view.dialogs.file_dialogs import FileDialogs
from client_mvc.view.messages import tags
from client_mvc.view.messages.actions import MessageActions
from client_mvc.view.messages.copying import Copying
from client_mvc.view.messages.drawings import Drawings
from client_mvc.view.messages.file_card import FileCardFrame
from client_mvc.view.messages.highlights import Highlights
from client_mvc.view.messages.item_row import ItemRow
from client_mvc.view.messages.message_buffer import MAX_LINES, MessageBuffer
from client_mvc.view.messages.message_cursor import MessageCursor
from client_mvc.view.messages.message_menu import MessageMenu
from client_mvc.view.messages.parts import Parts
from client_mvc.view.messages.reaction_bar import ReactionBar
from client_mvc.view.messages.rows import Rows
from client_mvc.view.messages.thumbnails import Thumbnails
from client_mvc.view.messages.unread_line import UnreadLine
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets import emoji_images
from client_mvc.view.widgets.delayed_call import DelayedCall
from client_mvc.view.widgets.read_only_text import ReadOnlyText
from client_mvc.view.widgets.scrollbar import Scrollbar
from client_mvc.view.widgets.worker import Worker

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
# How long the message flashes that a click on a quote led to.
_FLASH = 900


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
        self._new = 0
        self._time = "00:00"
        self._jumping_to = 0  # the message that a click on a quote leads to
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
        self._unflash = DelayedCall(self, lambda: self.text.tag_remove("flash", "1.0", "end"))
        self._rewrap = DelayedCall(self, lambda: self._changing(self._renew_quotes))
        self._build(dialogs, focus_back)
        self._bind_events()
        look.attach(self, self._paint)
        self.highlights = Highlights(self.text, look, "tail", lambda: self.cards)

    def _build(self, dialogs: FileDialogs, focus_back: Callable[[], None]) -> None:
        """Make the parts that write, show and act on messages."""
        text, look, intents = self.text, self._look, self._intents
        worker = Worker(text)
        self._drawings = Drawings(look, text)
        self._parts = Parts(look, self._drawings)
        self._buffer = buffer = MessageBuffer(
            text, self._parts, self._make_card, lambda row, body: self._rows.written(row, body)
        )
        self.thumbnails = Thumbnails(
            text,
            look,
            buffer,
            self._drawings,
            worker,
            intents=intents,
            fail=lambda row: self._changing(lambda: self._rows.as_card(row)),
        )
        # Finding the font starts a program: not when the first reaction is drawn.
        text.after_idle(lambda: worker.run(emoji_images.available, lambda _found: None))
        self._rows = Rows(text, buffer, self.thumbnails, worker)
        self._unread = UnreadLine(
            self, lambda row: self._changing(lambda: buffer.set_unread(row, False))
        )
        self.cursor = MessageCursor(
            text, look, buffer, self._drawings, intents=intents, focus_back=focus_back
        )
        self.reactions = ReactionBar(self, look, intents)
        self.cursor.open_reactions = self.reactions.open
        self.cursor.has_popup = lambda: self.reactions.frame is not None
        menu = MessageMenu(
            text,
            look,
            intents,
            dialogs,
            cursor=self.cursor,
            copying=Copying(text, buffer, intents),
        )
        self.actions = MessageActions(
            text, look, intents, self.cursor, menu, toggle=self._toggle, jump=self._jump
        )

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
        looking = self._following and self._present
        line = bool(live and news and self._buffer.rows)
        line = line and self._unread.wanted(looking=looking)
        self._buffer.append(items, news[0] if line else None)
        if line:
            self._unread.put(self._buffer.rows[news[0] - len(items)])
        self.thumbnails.moved()
        if not live:
            self._follow(at_end=False)
        elif self._following:
            self._at_place = False
            self.text.see("end")
            self.cursor.follow()
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
        self._buffer.drop(oldest=oldest, newest=newest)
        self._unread.forget_dropped()
        self.thumbnails.dropped()
        self.cursor.follow()
        self.thumbnails.moved()

    def change(self, items: Sequence[tuple[int, Item]]) -> None:
        """Put items in the place of others, counted from 0; the reader sees the same lines."""
        self._changing(lambda: self._buffer.change(items), [place for place, _item in items])

    def _changing(self, change: Callable[[], None], places: Sequence[int] = ()) -> None:
        """Call `change`, and keep the reader's lines where they are on screen.

        `places` are those of the items that it changes; without them it may be that at the top.
        """
        text, buffer = self.text, self._buffer
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
        self.thumbnails.moved()
        if self._following:
            text.see("end")
        self.cursor.follow()

    def allow(self, rules: MessageRules) -> None:
        """Offer these acts on messages from now on."""
        self.cursor.allow(rules)

    def show_picture(self, file_id: str, data: bytes) -> None:
        """Show the thumbnail of a shared picture; without `data` there is none."""
        self.thumbnails.arrived(file_id, data)

    def answered(self) -> None:
        """Remove the line "New messages": the reader said something below it."""
        self._unread.remove()

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
        flash = self._jumping_to and self._buffer.rows[item].seq == self._jumping_to
        self._jumping_to = 0
        if mark:
            if flash:
                self.text.tag_add("flash", start, end)
                self._unflash.after(_FLASH)
            else:
                self.text.tag_add("place", start, end)
            # The messages above belong to the context of a search result.
            self.text.yview_scroll(-self.text.winfo_height() // 3, "pixels")
            self._stay_at(start, f"{end} - 1 char")
        self._follow(at_end=self._shows_end())

    def show_found(self, place: int) -> None:
        """Show a place that `highlights` has marked."""
        self._rows.unfold(self.highlights.start(place))
        self._stay_at(*self.highlights.show(place))
        self._follow(at_end=self._shows_end())

    def show_pending(self, pending: Sequence[Pending]) -> None:
        """Replace the outgoing messages."""
        parts = [
            part
            for place, item in enumerate(pending)
            for part in self._parts.pending(item, place)
        ]
        with self._buffer.changing(above=False):
            self.text.delete("tail", "end-1c")
            self.text.mark_set("outgoing", "tail")
            self._pending_pictures = self._buffer.write("outgoing", parts)
        self.actions.pending = tuple(pending)
        if self._following:
            self.text.see("end")

    def clear(self) -> None:
        """Remove the conversation; the outgoing messages stay."""
        self.cursor.hide()
        self._buffer.clear()
        self._unread.forget_dropped()
        self.thumbnails.dropped()
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

    def _toggle(self, row: ItemRow) -> None:
        # A click at the end opens lines below it, where they are read.
        self._at_place = self._following = False
        self._changing(lambda: self._rows.toggle(row))
        self._follow(at_end=self._shows_end())

    def _jump(self, seq: int) -> None:
        self._jumping_to = seq
        self._intents().history.go_to(seq)

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
        self.thumbnails.moved()
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
        wide = self.text.winfo_width()
        for card in self.cards:
            card.fit()
        if wide != self._parts.width:
            self._parts.width = wide
            self._drawings.fit(wide)
            tags.fit(self.text, self._look)
            self._rewrap.after(100)
        self.thumbnails.moved()
        self._stay()

    def _renew_quotes(self) -> None:
        self._buffer.renew("quote")

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
        self._unread.seen(self._following and self._present)

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
        tags.paint(self.text, self._look, self._time)
        self._drawings.clear()
        self._changing(self._buffer.renew)
        self.text.after_idle(self._stay)


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
