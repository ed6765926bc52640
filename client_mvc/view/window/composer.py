"""The composer: where a message is written, with its buttons to share a file and to send.

Grows from one line to six. Whether a text may be sent is not for it to know: what was not
taken stays in it.
"""

import tkinter as tk
from collections.abc import Callable, Sequence
from functools import partial
from itertools import takewhile
from pathlib import Path

import ttkbootstrap as tb

from client_mvc.i18n.translate import _
from client_mvc.view.contract.intents import Intents
from client_mvc.view.dialogs.file_dialogs import Choosers
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets import editing
from client_mvc.view.widgets.placeholder import Placeholder
from client_mvc.view.widgets.tooltip import Tooltip

MAX_HEIGHT = 6


class Composer(tb.Frame):
    """`text` is the field, `placeholder` what it shows while that is empty; `page` scrolls the
    conversation from here.
    """

    def __init__(
        self,
        master: tk.Misc,
        look: Look,
        intents: Callable[[], Intents],
        choosers: Choosers,
        page: Callable[[int], None],
    ) -> None:
        super().__init__(master)
        self._look = look
        self._intents = intents
        self._choosers = choosers
        px = look.px
        self.share_button = tb.Button(self, bootstyle="ghost", command=self.share)
        look.icon(self.share_button, "plus-lg")
        Tooltip(self.share_button, look, _("Share files"), _("Ctrl+O"))
        self.share_button.pack(side="left", anchor="s", padx=(0, px(6)), pady=px(1))
        self._box = tb.Frame(self, style="Box.TFrame", padding=px(2))
        self.send_button = tb.Button(
            self, text=_("Send"), bootstyle="primary", command=self.say
        )
        self.text = tb.Text(
            self._box,
            autostyle=False,
            height=1,
            width=1,
            wrap="word",
            undo=True,
            font=look.base,
            relief="flat",
            borderwidth=0,
            highlightthickness=0,
        )
        # Send is packed before the box, which takes what is left, but comes after it by Tab.
        look.icon(self.send_button, "send-fill")
        self.send_button.pack(side="right", anchor="s", padx=(px(8), 0), pady=px(1))
        self._box.pack(side="left", fill="x", expand=True)
        self.text.pack(fill="x", padx=px(6), pady=px(4))
        self._bind_events(page)
        self.placeholder = Placeholder(self.text, look)
        look.attach(self, self._paint)

    def show_room(self, room: str) -> None:
        """Name the room in the placeholder; empty outside a room."""
        self.placeholder.say(_("Say something in #{room}", room=room) if room else "")

    def insert(self, text: str) -> None:
        """Insert at the cursor, in place of what is selected, and take the focus."""
        editing.replace_selection(self.text, text)
        self.text.focus_set()

    def replace(self, text: str) -> None:
        """Put `text` in place of all that stands here; there is no way back to that."""
        self.text.delete("1.0", "end")
        self.text.insert("1.0", text)
        self.text.edit_reset()

    def _paint(self) -> None:
        self._look.field_text(self.text)
        self._fit()

    def _bind_events(self, page: Callable[[int], None]) -> None:
        text = self.text
        editing.make_editable(text)
        for sequence in ("<Return>", "<KP_Enter>", "<Control-Return>", "<Control-KP_Enter>"):
            text.bind(sequence, lambda _: self.say())
        for sequence in ("<Shift-Return>", "<Shift-KP_Enter>"):
            text.bind(sequence, self._break_line)
        text.bind("<Up>", self._recall)
        # In place of what `editing` binds: Tab moves on only if there is no name to complete.
        text.bind("<<NextWindow>>", self._complete)
        for sequence, pages in (("<Prior>", -1), ("<Next>", 1)):
            text.bind(sequence, partial(self._page, page, pages))
        text.bind("<FocusIn>", lambda _: self._box.state(["focus"]), add="+")
        text.bind("<FocusOut>", lambda _: self._box.state(["!focus"]), add="+")
        text.bind("<<Modified>>", self._changed)
        text.bind("<Configure>", lambda _: self._fit(), add="+")
        self._box.bind("<Button-1>", lambda _: text.focus_set())

    def say(self) -> str:
        """Handler: what stands here is to be said, or done."""
        text = self.text.get("1.0", "end-1c")
        if text and self._intents().composer.send(text):
            self.text.delete("1.0", "end")
            self.text.edit_reset()
        return "break"

    def _break_line(self, event: "tk.Event[tk.Misc]") -> str:
        editing.replace_selection(self.text, "\n")
        return "break"

    def _recall(self, event: "tk.Event[tk.Misc]") -> str | None:
        if self.text.compare("end-1c", "!=", "1.0"):
            return None
        if said := self._intents().composer.recall():
            self.text.insert("1.0", said)
        return "break"

    def _complete(self, event: "tk.Event[tk.Misc]") -> str:
        text = self.text
        before = text.get("1.0", "insert")
        whole = None if text.tag_ranges("sel") else self._intents().composer.complete(before)
        if whole is None:
            return editing.focus_next(text)
        pairs = zip(before, whole, strict=False)
        same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        if same < len(before):
            text.tag_add("sel", f"insert - {len(before) - same} chars", "insert")
        editing.replace_selection(text, whole[same:])
        return "break"

    def share(self) -> None:
        """Ask for files, and share them."""
        paths: Sequence[Path] = self._choosers.open_files(self)
        if paths:
            self._intents().files.share(paths)
            self.text.focus_set()

    def _page(self, page: Callable[[int], None], pages: int, event: object) -> str:
        page(pages)
        return "break"

    def _changed(self, event: "tk.Event[tk.Misc]") -> None:
        if self.text.edit_modified():
            self.text.edit_modified(False)
            self._look.draw_emoji(self.text)
            self._fit()
            self._intents().drafts.edited(self.text.get("1.0", "end-1c"))

    def _fit(self) -> None:
        """As high as the text, within limits; the last line stays in view while it grows."""
        height = min(MAX_HEIGHT, self._lines())
        if height != self.text.cget("height"):
            self.text.configure(height=height)
            self.text.see("insert")

    def _lines(self) -> int:
        """How many lines it takes, as far as that matters here."""
        text = self.text
        # To count them takes Tk time by the square of their length. What is longer than this is
        # higher than the field can be, whatever it is.
        fit = MAX_HEIGHT * text.winfo_width() // self._look.base.measure("i")
        if len(text.get("1.0", "end-1c")) > fit:
            return MAX_HEIGHT
        return int(text.tk.call(str(text), "count", "-displaylines", "1.0", "end-1c") or 0) + 1
