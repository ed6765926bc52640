"""The composer: the field for a message, with buttons to share files and to send.

It grows from one line to six. The controller decides whether a text is sent; a text that is not
sent stays in the field.
"""

import tkinter as tk
from collections.abc import Callable, Sequence
from functools import partial
from itertools import takewhile
from pathlib import Path

import ttkbootstrap as tb

from client_mvc.i18n.translate import _
from client_mvc.view.contract.intents import Intents
from client_mvc.view.contract.values import Hold
from client_mvc.view.dialogs.file_dialogs import FileDialogs
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets import editing
from client_mvc.view.widgets.field import EditableText
from client_mvc.view.widgets.flow_layout import wrapping_label
from client_mvc.view.widgets.icon_button import icon_button
from client_mvc.view.widgets.placeholder import Placeholder

MAX_HEIGHT = 6


class Composer(tb.Frame):
    """`text` is the field; `page` scrolls the conversation by pages."""

    def __init__(
        self,
        master: tk.Misc,
        look: Look,
        intents: Callable[[], Intents],
        dialogs: FileDialogs,
        page: Callable[[int], None],
    ) -> None:
        super().__init__(master)
        self._look = look
        self._intents = intents
        self._dialogs = dialogs
        px = look.px
        # Why nothing can be sent now; packed while there is a reason.
        self.reason = wrapping_label(self, look, "Muted.TLabel")
        self.share_button = icon_button(
            self, look, "plus-lg", self.share, _("Share files"), key=_("Ctrl+O")
        )
        self.share_button.pack(side="left", anchor="s", padx=(0, px(6)), pady=px(1))
        box = EditableText(self, look, width=1, wrap="word", undo=True)
        self.text = box.text
        self.send_button = tb.Button(
            self, text=_("Send"), bootstyle="primary", command=self.send_message
        )
        # Packed before the box, which takes the remaining width; Tab reaches it after the box.
        look.icon(self.send_button, "send-fill")
        self.send_button.pack(side="right", anchor="s", padx=(px(8), 0), pady=px(1))
        box.pack(side="left", fill="x", expand=True)
        self._bind_keys(page)
        self.placeholder = Placeholder(self.text, look)
        look.attach(self, self._fit)

    def show_room(self, room: str) -> None:
        """Name the room in the placeholder; "" outside a room."""
        self.placeholder.show(_("Send a message to #{room}", room=room) if room else "")

    def insert(self, text: str) -> None:
        """Insert at the cursor, in place of the selection, and take the focus."""
        editing.replace_selection(self.text, text)
        self.text.focus_set()

    def replace(self, text: str) -> None:
        """Replace the whole text; this cannot be undone."""
        self.text.delete("1.0", "end")
        self.text.insert("1.0", text)
        self.text.edit_reset()

    def hold(self, hold: Hold | None) -> None:
        """Show why nothing can be sent now, and for how long; None: it can."""
        left = hold.left if hold is not None else ""
        self.send_button.configure(text=left or _("Send"))
        if left:
            self.send_button.configure(style="Held.TButton")
        else:
            self.send_button.configure(bootstyle="primary")
        self.send_button.state(["!disabled" if hold is None else "disabled"])
        if hold is None:
            self.reason.pack_forget()
            return
        self.reason.configure(text=self._look.safe.line(hold.reason))
        if not self.reason.winfo_manager():
            # In line with the text of the field below.
            px = self._look.px
            indent = (self.share_button.winfo_reqwidth() + px(14), 0)
            first = self.share_button
            self.reason.pack(side="top", fill="x", padx=indent, pady=(0, px(4)), before=first)

    def send_message(self) -> None:
        """Send the text, or carry out the command in it."""
        text = self.text.get("1.0", "end-1c")
        if text and self._intents().composer.send(text):
            self.replace("")

    def share(self) -> None:
        """Ask for files, and share them."""
        paths: Sequence[Path] = self._dialogs.open_files(self)
        if paths:
            self._intents().files.share(paths)
            self.text.focus_set()

    def _bind_keys(self, page: Callable[[int], None]) -> None:
        text = self.text
        enter = (*editing.ENTER, "<Control-Return>", "<Control-KP_Enter>")
        editing.on_keys(text, enter, self.send_message)
        line_break = partial(editing.replace_selection, text, "\n")
        editing.on_keys(text, ("<Shift-Return>", "<Shift-KP_Enter>"), line_break)
        text.bind("<Up>", self._recall)
        # Replaces the binding of `editing`: Tab moves on if there is no name to complete.
        editing.on_keys(text, ["<<NextWindow>>"], self._complete)
        editing.on_keys(text, ["<Prior>"], partial(page, -1))
        editing.on_keys(text, ["<Next>"], partial(page, 1))
        editing.on_change(text, self._changed)
        text.bind("<Configure>", lambda _: self._fit(), add="+")

    def _recall(self, event: "tk.Event[tk.Misc]") -> str | None:
        if self.text.compare("end-1c", "!=", "1.0"):
            return None
        if last := self._intents().composer.recall():
            self.text.insert("1.0", last)
        return "break"

    def _complete(self) -> None:
        text = self.text
        before = text.get("1.0", "insert")
        whole = None if text.tag_ranges("sel") else self._intents().composer.complete(before)
        if whole is None:
            editing.focus_next(text)
            return
        pairs = zip(before, whole, strict=False)
        same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        if same < len(before):
            text.tag_add("sel", f"insert - {len(before) - same} chars", "insert")
        editing.replace_selection(text, whole[same:])

    def _changed(self) -> None:
        self._look.draw_emoji(self.text)
        self._fit()
        self._intents().drafts.edited(self.text.get("1.0", "end-1c"))

    def _fit(self) -> None:
        """Fit the height to the text, up to a bound; the cursor stays in view."""
        height = min(MAX_HEIGHT, self._lines())
        if height != self.text.cget("height"):
            self.text.configure(height=height)
            self.text.see("insert")

    def _lines(self) -> int:
        """Count the lines on screen; `MAX_HEIGHT` stands for any larger number."""
        text = self.text
        # Tk counts them in time that grows with the square of the length, so a text that is
        # certainly higher than the field is not counted.
        fit = MAX_HEIGHT * text.winfo_width() // self._look.base.measure("i")
        if len(text.get("1.0", "end-1c")) > fit:
            return MAX_HEIGHT
        return int(text.tk.call(str(text), "count", "-displaylines", "1.0", "end-1c") or 0) + 1
