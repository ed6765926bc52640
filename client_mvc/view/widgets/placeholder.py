"""Pale words in an empty field, on what it is for.

A label over the field and no part of its text, so that nobody can select, say or keep them.
Knows nothing of what is written there.
"""

import tkinter as tk
from functools import partial

import ttkbootstrap as tb

from client_mvc.view.style.theme import Look
from client_mvc.view.widgets import editing
from client_mvc.view.widgets.flow_layout import clipped

# Keysyms that write nothing: function keys, modifiers, the space bar, which input methods are
# switched with (X Window System Protocol, appendix A).
_SILENT = (range(0x21), range(0xFE00, 0xFE50), range(0xFF00, 0x10000))
_COMPOSE = 0xFF20


class Placeholder:
    """`label` stands in `text` while that is empty and no input method is at work in it."""

    def __init__(self, text: tk.Text, look: Look) -> None:
        self._text = text
        self._look = look
        self._words = ""
        self._composing = False
        self._pressed: set[int] = set()
        self.label = tb.Label(
            text.master,
            style="Muted.TLabel",
            font=look.base,
            padding=0,
            borderwidth=0,
            cursor="xterm",
        )
        self.label.bind("<Button-1>", lambda _: text.focus_set())
        # With both Tk tells pasting what is selected from scrolling.
        for press in ("<Button-2>", "<ButtonRelease-2>"):
            self.label.bind(press, partial(self._pass_on, press))
        text.bind("<<Modified>>", lambda _: self._composed(), add="+")
        text.bind("<FocusOut>", lambda _: self._left(), add="+")
        # Before the field's own bindings, of which only the closest to an event is run.
        keys = f"Placeholder{self.label}"
        text.bindtags((keys, *text.bindtags()))
        text.bind_class(keys, "<KeyPress>", lambda event: self._pressed.add(event.keycode))
        text.bind_class(keys, "<KeyRelease>", self._released)
        text.bind("<Configure>", lambda _: self._fit(), add="+")
        look.attach(self.label, self._fit)

    def say(self, words: str) -> None:
        """Say this from now on; empty: nothing."""
        self._words = self._look.safe.line(words)
        self._fit()

    def _composed(self) -> None:
        self._composing = False
        self._fit()

    def _left(self) -> None:
        self._pressed.clear()  # they come up elsewhere
        self._composed()

    def _released(self, event: "tk.Event[tk.Misc]") -> None:
        """A key that writes and went down unseen was taken by an input method, which shows at
        the cursor what is being composed; Tk tells nothing else of that.
        """
        number = event.keysym_num
        silent = number != _COMPOSE and any(number in keys for keys in _SILENT)
        command = editing.is_command(event)
        if event.keycode not in self._pressed and not silent and not command:
            self._composing = True
            self._fit()
        self._pressed.discard(event.keycode)

    def _pass_on(self, press: str, event: "tk.Event[tk.Misc]") -> None:
        self._text.event_generate(press, x=event.x, y=event.y)

    def _fit(self) -> None:
        text, look = self._text, self._look
        empty = text.compare("end-1c", "==", "1.0")
        if not self._words or not empty or self._composing:
            self.label.place_forget()
            return
        # Beside the cursor, which goes on blinking at the very left.
        left = look.px(2)
        room = text.winfo_width() - 2 * int(str(text.cget("padx"))) - left
        self.label.configure(text=clipped(self._words, look.base, room))
        self.label.place(in_=text, x=left, y=0)
