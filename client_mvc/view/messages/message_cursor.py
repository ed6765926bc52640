"""The message that the pointer or the keyboard is at, and the bar with what can be done.

Alt+Up and Alt+Down move the cursor from anywhere in the window. Enter replies, R reacts, M
opens the menu, Delete deletes, Escape returns to the composer. One message is `at`: the pointer
and the keys share it, and the last one moved wins.
"""

import tkinter as tk
from collections.abc import Callable

import ttkbootstrap as tb

from client_mvc.i18n.translate import _
from client_mvc.view.contract.intents import Intents
from client_mvc.view.contract.items import FileCard, Message, MessageRules
from client_mvc.view.messages.drawings import Drawings
from client_mvc.view.messages.item_row import ItemRow
from client_mvc.view.messages.message_buffer import MessageBuffer
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets import editing
from client_mvc.view.widgets.delayed_call import DelayedCall
from client_mvc.view.widgets.icon_button import icon_button
from client_mvc.view.widgets.read_only_text import ReadOnlyText
from client_mvc.view.widgets.tooltip import Area, Tooltip, area

_BUTTON_1 = 0x100
_GROUNDS = ("hover", "cursor")


class MessageCursor:
    """Marks a message of `text`; `rules` say what the reader can do with messages.

    `open_reactions` and `open_menu` get a row and a place on screen; `has_popup` tells whether
    the former is open. `focus_back` gives the keyboard to the composer.
    """

    def __init__(
        self,
        text: ReadOnlyText,
        look: Look,
        buffer: MessageBuffer,
        drawings: Drawings,
        *,
        intents: Callable[[], Intents],
        focus_back: Callable[[], None],
    ) -> None:
        self.rules = MessageRules()
        self.at: ItemRow | None = None
        self.by_key = False
        self.open_reactions: Callable[[ItemRow, Area], object] = lambda _row, _area: None
        self.open_menu: Callable[[ItemRow, Area, bool], object] = lambda _r, _a, _k: None
        self.has_popup: Callable[[], bool] = lambda: False
        self.buffer = buffer
        self._text = text
        self._look = look
        self._intents = intents
        self._drawings = drawings
        self._focus_back = focus_back
        self._leaving = DelayedCall(text, self._hide_if_left)
        self.bar = tb.Frame(text, style="Box.TFrame", padding=look.px(1))
        make = self._button
        self.react_button = make("emoji-smile", self._react, _("React"), "R")
        self.reply_button = make("reply", self._reply, _("Reply"), _("Enter"))
        self.more_button = make("three-dots", self._more, _("More"), "M")
        self.clock = tb.TkLabel(text, autostyle=False, borderwidth=0, padx=0, pady=0)
        self.plus = tb.TkLabel(
            text, autostyle=False, borderwidth=0, padx=0, pady=0, cursor="hand2"
        )
        self.plus.bind("<ButtonRelease-1>", lambda _: self._react(self.plus))
        Tooltip(self.plus, look, _("React"), "R")
        self._bind_events()
        look.attach(self.bar, self._paint)
        # The theme makes the styles of the buttons when they are first drawn.
        text.after_idle(self._prepare)

    def _button(self, icon: str, do: Callable[[], object], tip: str, key: str) -> tb.Button:
        button = icon_button(self.bar, self._look, icon, do, tip, key=key)
        button.configure(takefocus=False)
        return button

    def _bind_events(self) -> None:
        text = self._text
        text.bind("<Motion>", self._moved, add="+")
        text.bind("<Leave>", self._left, add="+")
        self.bar.bind("<Leave>", self._left, add="+")
        text.bind("<Delete>", lambda _: self.delete())
        text.bind("<Escape>", self._escape)
        text.bind("<FocusOut>", lambda _: self._leaving.when_idle(), add="+")
        for keys, do in (
            (("<Key-r>", "<Key-R>"), self._react),
            (("<Key-m>", "<Key-M>"), lambda: self._more(by_key=True)),
        ):
            for key in keys:
                text.bind(key, lambda _, do=do: self._by_key(do))  # type: ignore[misc]

    def _prepare(self) -> None:
        if self.at is None and self.bar.winfo_exists():
            self._choose_buttons()
            self.bar.place(in_=self._text, x=-1_000, y=0)
            self.bar.after_idle(lambda: None if self.at else self.bar.place_forget())

    # --- what can be done ----------------------------------------------------------------

    def may_delete(self, row: ItemRow | None) -> bool:
        """Tell whether the reader may delete this message or file."""
        if row is None or not row.seq:
            return False
        return self.rules.delete == "all" or (self.rules.delete == "own" and row.own)

    def allow(self, rules: MessageRules) -> None:
        """Offer these acts from now on."""
        if rules != self.rules:
            self.hide()
            self.rules = rules

    def delete(self, row: ItemRow | None = None) -> None:
        """Delete a message or file; without one, that at the cursor."""
        row = row or self.at
        if row is not None and self.may_delete(row):
            self.hide()
            self._intents().moderation.delete(row.seq)

    def react(self, row: ItemRow, at: Area) -> None:
        """Offer reactions to a message or file, beside `at`."""
        if self.rules.react and row.seq:
            self.open_reactions(row, at)

    def reply(self, row: ItemRow) -> None:
        """Let the next message be a reply to this one."""
        if self.rules.reply and row.seq:
            self.hide()
            self._intents().conversation.reply(row.seq)
            self._focus_back()

    def enter(self) -> bool:
        """Reply to the message at the keyboard's cursor; False if there is none."""
        if not self.by_key or self.at is None:
            return False
        self.reply(self.at)
        return True

    def _reply(self) -> None:
        if self.at is not None:
            self.reply(self.at)

    def _react(self, button: tk.Misc | None = None) -> None:
        if self.at is not None:
            self.react(self.at, self._place_of(button or self.react_button))

    def _more(self, *, by_key: bool = False) -> None:
        if self.at is not None:
            self.open_menu(self.at, self._place_of(self.more_button), by_key)

    def _by_key(self, do: Callable[[], object]) -> str | None:
        """Act on the keyboard's message; without one, the key goes to the composer."""
        return editing.done(do) if self.by_key and self.at is not None else None

    def _place_of(self, button: tk.Misc) -> Area:
        button.update_idletasks()  # placed a moment ago, it may have no place on screen yet
        return area(button if button.winfo_viewable() else self._text)

    # --- where it is ---------------------------------------------------------------------

    def step(self, direction: int) -> None:
        """Move to the next message below (1) or above (-1), with the keyboard."""
        start = self.at if self.by_key else None
        row = self.buffer.neighbour(start, direction)
        if row is None and start is not None:
            if direction > 0:
                self._escape(None)  # below the last message is the composer
            return
        self._text.focus_set()
        self.show(row, by_key=True)
        if (index := self.index) is not None:
            self._text.see(index)
            self._place_bar()

    @property
    def index(self) -> str | None:
        """Where the text or the card of the message at the cursor begins."""
        if self.at is None or self.buffer.place_of(self.at) is None:
            return None
        return f"{self.buffer.part(self.at, 'body')}.0"

    def show(self, row: ItemRow | None, *, by_key: bool = False) -> None:
        """Mark a message; None: no message."""
        if row is self.at and by_key == self.by_key:
            return
        self.hide()
        if row is None or not row.seq or (ends := self.buffer.ends_of(row)) is None:
            return
        self.at, self.by_key = row, by_key
        self._text.tag_add(_GROUNDS[by_key], *ends)
        self._place_bar()

    def follow(self) -> None:
        """Take note that lines moved or changed: mark the message of the keyboard again."""
        row, by_key = self.at, self.by_key
        self.hide()
        if by_key:
            self.show(row, by_key=True)

    def hide(self) -> None:
        """Remove mark and bar: the view moved, or the message changed."""
        if self.at is not None:
            self.at, self.by_key = None, False
            for tag in _GROUNDS:
                self._text.tag_remove(tag, "1.0", "end")
            self.bar.place_forget()
            self.clock.place_forget()
            self.plus.place_forget()

    def _choose_buttons(self) -> None:
        for button, on in (
            (self.react_button, self.rules.react),
            (self.reply_button, self.rules.reply),
            (self.more_button, True),
        ):
            button.pack_forget()
            if on:
                button.pack(side="left")

    def _place_bar(self) -> None:
        row = self.at
        if row is None or (ends := self.buffer.ends_of(row)) is None:
            return
        text, px = self._text, self._look.px
        self._choose_buttons()
        first = self._first_seen(ends[0])
        line = text.dlineinfo(first)
        top = max(0, line[1] - px(14)) if line else 0
        # The button that copies a block of code is at the right end, too.
        copy = text.tag_nextrange("code-copy", first, f"{first} lineend")
        box = text.bbox(copy[0]) if copy else None
        x = box[0] - px(8) - text.winfo_width() if box else -px(16)
        self.bar.place(in_=text, relx=1.0, x=x, y=top, anchor="ne", bordermode="outside")
        self.bar.lift()
        ground = text.tag_cget(_GROUNDS[self.by_key], "background")
        self._place_clock(row, ground)
        self._place_plus(row, ground)

    def _first_seen(self, index: str) -> str:
        """Return `index`, or the line below it if that at `index` has only hidden marks."""
        line = self._text.dlineinfo(index)
        return self._text.index(f"{index} + 1 lines") if line and not line[3] else index

    def _place_clock(self, row: ItemRow, ground: str) -> None:
        """Show in the margin when it was said, where no heading does."""
        time = row.item.extras.time if isinstance(row.item, Message | FileCard) else ""
        line = self._text.dlineinfo(self._first_seen(f"{self.buffer.part(row, 'body')}.0"))
        if line and time and not row.has("head"):
            self.clock.configure(text=self._look.safe.line(time), background=ground)
            font, y = self._look.small, line[1] + self._look.px(4)
            if isinstance(row.item, Message):
                y = line[1] + line[4] - font.metrics("ascent")
            self.clock.place(in_=self._text, x=self._look.px(17), y=y, bordermode="outside")

    def _place_plus(self, row: ItemRow, ground: str) -> None:
        """Show behind the reactions the one that adds another."""
        item = row.item
        chips = item.extras.chips if isinstance(item, Message | FileCard) else ()
        if not chips or not self.rules.react:
            return
        box = self._text.bbox(f"{self.buffer.part(row, 'chips')}.end - 1 indices")
        if box:
            self.plus.configure(image=self._drawings.plus(), background=ground)
            x, y = box[0] + box[2] + self._look.px(4), box[1]
            self.plus.place(in_=self._text, x=x, y=y, bordermode="outside")

    def _moved(self, event: "tk.Event[tk.Misc]") -> None:
        if int(event.state) & _BUTTON_1:  # the reader selects text
            self.hide()
            return
        row = self.buffer.row_at(f"@{event.x},{event.y}")
        if row is not None and not row.seq:
            row = None
        if row is not self.at or self.by_key:
            if self.by_key and row is None:
                return  # the keyboard's message stays until the pointer has one
            self.show(row)

    def _left(self, event: "tk.Event[tk.Misc]") -> None:
        under = self._text.winfo_containing(event.x_root, event.y_root)
        if not self.by_key and not str(under or "").startswith(str(self._text)):
            self.hide()

    def _hide_if_left(self) -> None:
        """Hide the keyboard's cursor, unless the keyboard is in what it has opened."""
        focus = str(self._text.tk.call("focus"))
        inside = focus == str(self._text) or self.has_popup()
        if (
            self.by_key
            and not inside
            and self._text.tk.call("winfo", "class", focus or ".") != "Menu"
        ):
            self.hide()

    def _escape(self, event: "tk.Event[tk.Misc] | None") -> str:
        self.hide()
        self._focus_back()
        return "break"

    def _paint(self) -> None:
        self.hide()
        palette = self._look.palette
        self.clock.configure(
            foreground=palette.muted, background=palette.chrome, font=self._look.small
        )
