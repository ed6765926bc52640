"""The usual reactions, to choose one from: six emoji, and a button for all others."""

import tkinter as tk
from collections.abc import Callable

import ttkbootstrap as tb
from PIL import ImageTk

from client_mvc.i18n.translate import _
from client_mvc.view.contract.intents import Intents
from client_mvc.view.contract.values import EmojiRow
from client_mvc.view.messages.item_row import ItemRow
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets import editing, emoji_images
from client_mvc.view.widgets.emoji_picker import EmojiPicker
from client_mvc.view.widgets.popup import Popup
from client_mvc.view.widgets.tooltip import Area, Tooltip

_SIZE = 20


class ReactionBar:
    """`frame` is placed over the window while it is open; `buttons` are those in it."""

    def __init__(self, master: tk.Misc, look: Look, intents: Callable[[], Intents]) -> None:
        self.buttons: list[tb.Button] = []
        self.frame: tb.Frame | None = None
        self._master = master
        self._look = look
        self._intents = intents
        self._kept: list[ImageTk.PhotoImage] = []
        self._popup: Popup | None = None

    def open(self, row: ItemRow, at: Area) -> None:
        """Offer reactions to a message, beside `at`."""
        self.close()
        seq = row.seq
        top = self._master.winfo_toplevel()
        self.frame = frame = tb.Frame(top, style="Box.TFrame", padding=self._look.px(2))
        self._popup = popup = Popup(frame, self._look, self.close)
        for emoji in self._intents().conversation.usual_reactions() or ():
            self._add(emoji, seq)
        more = tb.Button(frame, bootstyle="ghost", command=lambda: self._others(seq, at))
        self._look.icon(more, "three-dots")
        Tooltip(more, self._look, _("Other emoji"))
        self.buttons.append(more)
        for place, button in enumerate(self.buttons):
            button.pack(side="left")
            self._bind(button, place)
            popup.watch(button)
        popup.place(at)
        self.buttons[0].focus_set()

    def close(self) -> None:
        """Close it; the keyboard goes back to where it was."""
        popup, self._popup, self.frame = self._popup, None, None
        self.buttons, self._kept = [], []
        if popup is not None:
            popup.destroy()

    def _add(self, emoji: EmojiRow, seq: int) -> None:
        look = self._look
        button = tb.Button(
            self.frame, bootstyle="ghost", command=lambda: self._chosen(seq, emoji.emoji)
        )
        picture = emoji_images.photo(emoji.emoji, look.grown(_SIZE))
        if picture is not None:
            self._kept.append(picture)
            button.configure(image=picture)
        else:
            button.configure(text=look.safe.line(emoji.emoji))
        Tooltip(button, look, look.safe.line(emoji.name))
        self.buttons.append(button)

    def _bind(self, button: tb.Button, place: int) -> None:
        for key, step in (("<Left>", -1), ("<Right>", 1)):
            button.bind(key, lambda _, to=place + step: self._focus(to))  # type: ignore[misc]
        editing.on_keys(button, editing.ENTER, button.invoke)
        editing.on_keys(button, ["<Escape>"], self.close)

    def _focus(self, place: int) -> str:
        self.buttons[place % len(self.buttons)].focus_set()
        return "break"

    def _chosen(self, seq: int, emoji: str) -> None:
        self.close()
        self._intents().conversation.react(seq, emoji)

    def _others(self, seq: int, at: Area) -> None:
        self.close()
        EmojiPicker.open(
            self._master,
            self._look,
            lambda words: self._intents().composer.emoji(words),
            at,
            lambda emoji: self._intents().conversation.react(seq, emoji),
        )
