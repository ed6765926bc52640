"""The message that the pointer or the keyboard is at, and the button for what can be done.

Alt+Up and Alt+Down move the cursor from anywhere in the window; Delete, or the menu of the
message, acts on it; Escape returns to the composer. One message is `at`: the pointer and the
keys share it, and the last one moved wins.
"""

import tkinter as tk
from collections.abc import Callable

import ttkbootstrap as tb

from client_mvc.i18n.translate import _
from client_mvc.view.contract.intents import Intents
from client_mvc.view.contract.values import Deleting
from client_mvc.view.messages.message_buffer import ItemRow, MessageBuffer
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets.icon_button import icon_button
from client_mvc.view.widgets.read_only_text import ReadOnlyText

_BUTTON_1 = 0x100


class MessageCursor:
    """Marks a message of `text`; `deleting` says which messages the reader may delete.

    `focus_back` gives the keyboard to the composer.
    """

    def __init__(
        self,
        text: ReadOnlyText,
        look: Look,
        buffer: MessageBuffer,
        intents: Callable[[], Intents],
        focus_back: Callable[[], None],
    ) -> None:
        self.deleting: Deleting = "none"
        self.at: ItemRow | None = None
        self._text = text
        self._look = look
        self.buffer = buffer
        self._intents = intents
        self._focus_back = focus_back
        self._by_key = False
        self.bar = tb.Frame(text, style="Box.TFrame", padding=look.px(1))
        self.delete_button = icon_button(
            self.bar, look, "trash3", self.delete, _("Delete"), key=_("Del")
        )
        self.delete_button.configure(takefocus=False)
        self.delete_button.pack()
        text.bind("<Motion>", self._moved, add="+")
        text.bind("<Leave>", self._left, add="+")
        self.bar.bind("<Leave>", self._left, add="+")
        text.bind("<Delete>", lambda _: self.delete())
        text.bind("<Escape>", self._escape)
        text.bind("<FocusOut>", lambda _: self.hide() if self._by_key else None, add="+")

    def may_delete(self, row: ItemRow | None) -> bool:
        """Tell whether the reader may delete this message or file."""
        if row is None or not row.seq:
            return False
        return self.deleting == "all" or (self.deleting == "own" and row.own)

    def delete(self, row: ItemRow | None = None) -> None:
        """Delete a message or file; without one, that at the cursor."""
        row = row or self.at
        if row is not None and self.may_delete(row):
            self.hide()
            self._intents().moderation.delete(row.seq)

    def step(self, direction: int) -> None:
        """Move to the next message below (1) or above (-1), with the keyboard."""
        start = self.at if self._by_key else None
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
        line = self.buffer.line_of_row(self.at) if self.at is not None else None
        return None if line is None else f"{line}.0"

    def show(self, row: ItemRow | None, *, by_key: bool = False) -> None:
        """Mark a message; None: no message."""
        if row is self.at and by_key == self._by_key:
            return
        self.hide()
        if row is None or not (by_key or self.may_delete(row)):
            return
        self.at, self._by_key = row, by_key
        line = self.buffer.line_of_row(row)
        if line is not None:
            end = f"{line + row.lines - row.head}.0"
            self._text.tag_add("cursor" if by_key else "hover", f"{line}.0", end)
            self._place_bar()

    def hide(self) -> None:
        """Remove mark and button: the view moved, or the message changed."""
        if self.at is not None:
            self.at, self._by_key = None, False
            for tag in ("hover", "cursor"):
                self._text.tag_remove(tag, "1.0", "end")
            self.bar.place_forget()

    def _place_bar(self) -> None:
        index = self.index
        if index is None or not self.may_delete(self.at):
            return
        place = self._text.dlineinfo(index)
        top = place[1] - self._look.px(12) if place else 0
        self.bar.place(
            in_=self._text,
            relx=1.0,
            x=-self._look.px(10),
            y=max(0, top),
            anchor="ne",
            bordermode="outside",
        )
        self.bar.lift()

    def _moved(self, event: "tk.Event[tk.Misc]") -> None:
        if int(event.state) & _BUTTON_1:  # the reader selects text
            self.hide()
            return
        found = self.buffer.row_at(f"@{event.x},{event.y}") if self.deleting != "none" else None
        row = found[0] if found else None
        if row is not self.at or self._by_key:
            if self._by_key and not self.may_delete(row):
                return  # the keyboard's message stays until the pointer has one
            self.show(row)

    def _left(self, event: "tk.Event[tk.Misc]") -> None:
        under = self._text.winfo_containing(event.x_root, event.y_root)
        if not self._by_key and not str(under or "").startswith(str(self._text)):
            self.hide()

    def _escape(self, event: "tk.Event[tk.Misc] | None") -> str:
        self.hide()
        self._focus_back()
        return "break"
