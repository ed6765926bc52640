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
from client_mvc.view.widgets.delayed_call import DelayedCall
from client_mvc.view.widgets.emoji_picker import EmojiPicker
from client_mvc.view.widgets.tooltip import Area, Tooltip, area, beside

_SIZE = 20
_GAP = 4


class ReactionBar:
    """`frame` is placed over the window while it is open; `buttons` are those in it."""

    def __init__(self, master: tk.Misc, look: Look, intents: Callable[[], Intents]) -> None:
        self.buttons: list[tb.Button] = []
        self.frame: tb.Frame | None = None
        self._master = master
        self._look = look
        self._intents = intents
        self._kept: list[ImageTk.PhotoImage] = []
        self._before: tk.Misc | None = None
        self._leaving = DelayedCall(master, self._close_if_left)

    def open(self, row: ItemRow, at: Area) -> None:
        """Offer reactions to a message, beside `at`."""
        self.close()
        seq = row.seq
        top = self._master.winfo_toplevel()
        self._before = top.focus_get()
        self.frame = frame = tb.Frame(top, style="Box.TFrame", padding=self._look.px(2))
        for emoji in self._intents().conversation.usual_reactions() or ():
            self._add(emoji, seq)
        more = tb.Button(frame, bootstyle="ghost", command=lambda: self._others(seq, at))
        self._look.icon(more, "three-dots")
        Tooltip(more, self._look, _("Other emoji"))
        self.buttons.append(more)
        for place, button in enumerate(self.buttons):
            button.pack(side="left")
            self._bind(button, place)
        frame.update_idletasks()
        size = frame.winfo_reqwidth(), frame.winfo_reqheight()
        x, y = beside(at, size, area(top), area(top), self._look.px(_GAP))
        frame.place(x=x - top.winfo_rootx(), y=y - top.winfo_rooty())
        frame.lift()
        self.buttons[0].focus_set()

    def close(self) -> None:
        """Close it; the keyboard goes back to where it was."""
        frame, self.frame = self.frame, None
        self.buttons, self._kept = [], []
        if frame is None:
            return
        had_focus = self._has_focus(frame)
        frame.destroy()
        if had_focus and self._before is not None and self._before.winfo_exists():
            self._before.focus_set()

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
        button.bind("<FocusOut>", lambda _: self._leaving.when_idle(), add="+")

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

    def _close_if_left(self) -> None:
        frame = self.frame
        # The keyboard may have gone to another program: then it stays.
        if frame is not None and frame.tk.call("focus") and not self._has_focus(frame):
            self.close()

    def _has_focus(self, frame: tb.Frame) -> bool:
        return f"{frame.tk.call('focus')}.".startswith(f"{frame}.")
