"""The message view: the conversation, and the outgoing messages below it.

One `Text` with tags, kept to about 4,000 lines and filled with one `insert` per batch, so that
the window stays quick at a thousand messages a second. `message_buffer` writes the items,
`actions` handles clicks, `highlights` shows search hits, `thumbnails` pictures; `scrolling`
knows where the reader is, and `fitting` follows the width of the window.
"""

import tkinter as tk
from collections.abc import Callable, Sequence
from contextlib import suppress

import ttkbootstrap as tb

from client_mvc.view.contract.intents import Intents
from client_mvc.view.contract.items import FileCard, Item, Message, MessageRules, Pending
from client_mvc.view.dialogs.file_dialogs import FileDialogs
from client_mvc.view.messages.actions import MessageActions
from client_mvc.view.messages.copying import Copying
from client_mvc.view.messages.drawings import Drawings
from client_mvc.view.messages.file_card import FileCardFrame
from client_mvc.view.messages.fitting import Fitting
from client_mvc.view.messages.highlights import Highlights
from client_mvc.view.messages.item_row import ItemRow
from client_mvc.view.messages.message_buffer import MAX_LINES, MessageBuffer
from client_mvc.view.messages.message_cursor import MessageCursor
from client_mvc.view.messages.message_menu import MessageMenu
from client_mvc.view.messages.parts import Parts
from client_mvc.view.messages.reaction_bar import ReactionBar
from client_mvc.view.messages.reading import Reading
from client_mvc.view.messages.rows import Rows
from client_mvc.view.messages.scrolling import Scrolling
from client_mvc.view.messages.thumbnails import Thumbnails
from client_mvc.view.messages.unread_line import UnreadLine
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets import emoji_images
from client_mvc.view.widgets.delayed_call import DelayedCall
from client_mvc.view.widgets.read_only_text import ReadOnlyText
from client_mvc.view.widgets.wheel import on_wheel
from client_mvc.view.widgets.worker import Worker
from shared import joinlink

# A load that takes less than this many milliseconds is not shown, to avoid flicker.
_LOADING_DELAY = 300
# How long the message flashes that a click on a quote or a link led to.
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
        self._jumping_to = 0  # the message that a click on a quote or a link leads to
        self.text = ReadOnlyText(self, look, wrap="word", font=look.base, width=1, height=1)
        self.loading = tb.Label(
            self, style="Muted.Chrome.TLabel", anchor="center", padding=look.px(4)
        )
        self._loading = DelayedCall(self, self._show_loading)
        self._unflash = DelayedCall(self, lambda: self.text.tag_remove("flash", "1.0", "end"))
        self._build(dialogs, focus_back)
        self.down = self.scrolling.down
        self.text.pack(side="left", fill="both", expand=True)
        self.text.bind("<Configure>", lambda _: self._resized())
        look.attach(self, self._fitting.paint)
        self.highlights = Highlights(self.text, look, self._reading, lambda: self.cards)
        self._fitting.flowed = self._flowed

    def _build(self, dialogs: FileDialogs, focus_back: Callable[[], None]) -> None:
        """Make the parts that write and show messages."""
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
            fail=lambda row: self._change(lambda: self._rows.as_card(row)),
        )
        # Finding the font starts a program: not when the first reaction is drawn.
        text.after_idle(lambda: worker.run(emoji_images.available, lambda _found: None))
        self._rows = Rows(text, buffer, self.thumbnails, worker)
        self._unread = UnreadLine(
            self, lambda row: self._change(lambda: buffer.set_unread(row, False))
        )
        self.cursor = MessageCursor(
            text, look, buffer, self._drawings, intents=intents, focus_back=focus_back
        )
        self.scrolling = Scrolling(
            self,
            text,
            look,
            buffer,
            intents=intents,
            thumbnails=self.thumbnails,
            unread=self._unread,
            cursor=self.cursor,
        )
        self._fitting = Fitting(
            text,
            look,
            buffer,
            self._parts,
            self._drawings,
            scrolling=self.scrolling,
        )
        self._build_actions(dialogs)

    def _build_actions(self, dialogs: FileDialogs) -> None:
        """Make the parts that act on messages."""
        text, look, intents, buffer = self.text, self._look, self._intents, self._buffer
        self.reactions = ReactionBar(self, look, intents)
        self.cursor.open_reactions = self.reactions.open
        self.cursor.has_popup = lambda: self.reactions.frame is not None
        self._reading = reading = Reading(text, buffer)
        menu = MessageMenu(
            text,
            look,
            intents,
            dialogs,
            cursor=self.cursor,
            copying=Copying(text, buffer, reading, intents),
        )
        self.actions = MessageActions(
            text,
            look,
            intents,
            self.cursor,
            menu,
            reading=reading,
            toggle=self._toggle,
            jump=self._jump,
            follow=self._follow,
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
        looking = self.scrolling.following and self.scrolling.present
        line = bool(live and news and self._buffer.rows)
        line = line and self._unread.wanted(looking=looking)
        self._buffer.append(items, news[0] if line else None)
        if line:
            self._unread.put(self._buffer.rows[news[0] - len(items)])
        self.thumbnails.moved()
        if live:
            self.scrolling.came(len(news))
        else:
            self.scrolling.follow(at_end=False)

    def prepend(self, items: Sequence[Item], *, instead_of: int = 0) -> None:
        """Add items at the beginning; the reader goes on seeing the same lines.

        Args:
            items: Oldest first.
            instead_of: The number of first items that they replace.
        """
        with self.text.holding("@0,0"):
            self._buffer.prepend(items, instead_of)
        self.scrolling.follow()

    def drop(self, *, oldest: int = 0, newest: int = 0) -> None:
        """Remove so many of the oldest and of the newest items."""
        self._buffer.drop(oldest=oldest, newest=newest)
        self._unread.forget_dropped()
        self.thumbnails.dropped()
        self.cursor.follow()
        self.thumbnails.moved()

    def change(self, items: Sequence[tuple[int, Item]]) -> None:
        """Put items in the place of others, counted from 0; the reader sees the same lines."""
        places = [place for place, _item in items]
        self.scrolling.changing(lambda: self._buffer.change(items), places)

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
        self.scrolling.at_place = False
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
            self.scrolling.stay_at(start, f"{end} - 1 char")
            return
        self.scrolling.follow()

    def show_found(self, place: int) -> None:
        """Show a place that `highlights` has marked."""
        self._rows.unfold(self.highlights.start(place))
        self.scrolling.stay_at(*self.highlights.show(place))

    def show_pending(self, pending: Sequence[Pending]) -> None:
        """Replace the outgoing messages."""
        parts = [
            part
            for place, item in enumerate(pending)
            for part in self._parts.pending(item, place)
        ]
        self._buffer.show_outgoing(parts)
        self.actions.pending = tuple(pending)
        if self.scrolling.following:
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
        self._fitting.time = example
        self._fitting.paint()

    def reader(self, *, present: bool) -> None:
        """Tell whether somebody looks at the window; "New messages" stands where they left."""
        self.scrolling.present = present
        self.scrolling.seen()

    def to_bottom(self) -> None:
        """Show the end, and keep it in view."""
        self.scrolling.to_bottom()

    def page(self, pages: int) -> None:
        """Scroll by so many pages, down if `pages` is above 0."""
        self.scrolling.page(pages)

    def _change(self, change: Callable[[], object]) -> None:
        self.scrolling.changing(change)

    def _toggle(self, row: ItemRow) -> None:
        # A click at the end opens lines below it, where they are read.
        self.scrolling.at_place = self.scrolling.following = False
        self._change(lambda: self._rows.toggle(row))
        self.scrolling.follow()

    def _jump(self, seq: int) -> None:
        self._jumping_to = seq
        self._intents().history.go_to(seq)

    def _follow(self, url: str) -> None:
        """Open a link, which may lead to a message."""
        with suppress(joinlink.BadLink):
            self._jumping_to = joinlink.parse(url).message or 0
        self._intents().open_link(url)

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
                widget.bind("<FocusIn>", self.scrolling.reveal, add="+")
            # The pointer over the card is not over the text.
            widget.bind("<Enter>", lambda _: self._hover(card), add="+")
            on_wheel(widget, self.scrolling.wheel)
        # The card gets its height when it is laid out, and pushes the end out of view then.
        card.bind("<Configure>", lambda _: self.scrolling.stay())
        return card

    def _hover(self, card: FileCardFrame) -> None:
        self.cursor.show(self._buffer.row_of_card(card))

    def _resized(self) -> None:
        self._fitting.resized()
        self.thumbnails.moved()

    def _flowed(self) -> None:
        """Follow lines that were broken anew."""
        if self._buffer.outgoing:
            self.show_pending(self.actions.pending)
        self.highlights.again()

    def _show_loading(self) -> None:
        self.loading.place(in_=self.text, relwidth=1)
        self.loading.lift()


def _is_news(item: Item) -> bool:
    """Tell whether an item counts as new: messages and files of others."""
    return isinstance(item, Message | FileCard) and not item.own
