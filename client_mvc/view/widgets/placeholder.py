"""A muted hint in an empty field.

The hint is a label over the field and not part of the text: it cannot be selected or sent.
"""

import tkinter as tk
from functools import partial

import ttkbootstrap as tb

from client_mvc.view.style.theme import Look
from client_mvc.view.widgets import editing
from client_mvc.view.widgets.flow_layout import clipped

# Keysyms that type no character: function keys, modifiers, and the space bar, which switches
# input methods (X Window System Protocol, appendix A).
_SILENT = (range(0x21), range(0xFE00, 0xFE50), range(0xFF00, 0x10000))
_COMPOSE = 0xFF20


class Placeholder:
    """Shows `label` in `text` while it is empty and no input method composes in it."""

    def __init__(self, text: tk.Text, look: Look) -> None:
        self._text = text
        self._look = look
        self._hint = ""
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
        # Tk needs both to distinguish pasting with the middle button from scrolling.
        for press in ("<Button-2>", "<ButtonRelease-2>", "<Button-3>"):
            self.label.bind(press, partial(self._pass_on, press))
        text.bind("<<Modified>>", lambda _: self._composed(), add="+")
        text.bind("<FocusOut>", lambda _: self._focus_lost(), add="+")
        # A tag of its own before the field's: Tk runs only the most specific binding of a tag.
        keys = f"Placeholder{self.label}"
        text.bindtags((keys, *text.bindtags()))
        text.bind_class(keys, "<KeyPress>", lambda event: self._pressed.add(event.keycode))
        text.bind_class(keys, "<KeyRelease>", self._released)
        text.bind("<Configure>", lambda _: self._fit(), add="+")
        look.attach(self.label, self._fit)

    def show(self, hint: str) -> None:
        """Replace the hint; an empty string removes it."""
        self._hint = self._look.safe.line(hint)
        self._fit()

    def _composed(self) -> None:
        self._composing = False
        self._fit()

    def _focus_lost(self) -> None:
        self._pressed.clear()  # other widgets receive the releases
        self._composed()

    def _released(self, event: "tk.Event[tk.Misc]") -> None:
        """Detect an input method: it takes the press of a character key, but not its release.

        The input method draws its text at the cursor; Tk reports nothing else of it.
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
        if not self._hint or not empty or self._composing:
            self.label.place_forget()
            return
        # Beside the cursor, which blinks at the left edge.
        left = look.px(2)
        room = text.winfo_width() - 2 * int(str(text.cget("padx"))) - left
        self.label.configure(text=clipped(self._hint, look.base, room))
        self.label.place(in_=text, x=left, y=0)
