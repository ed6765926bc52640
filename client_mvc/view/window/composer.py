"""The composer: the field for a message, with buttons for files, for emoji and to send.

It grows from one line to six. Above it stand the files that go with the message, what the
message is a reply to, and why it cannot be sent. The controller decides whether a text is sent;
a text that is not sent stays in the field.
"""

import tkinter as tk
from collections.abc import Callable, Sequence
from functools import partial
from itertools import takewhile
from pathlib import Path

import ttkbootstrap as tb

from client_mvc.i18n.translate import _
from client_mvc.text import markup
from client_mvc.view.contract.intents import Intents
from client_mvc.view.contract.values import Attachment, ComposerContext, Hold, Suggestions
from client_mvc.view.dialogs.file_dialogs import FileDialogs
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets import editing, shortcuts
from client_mvc.view.widgets.clipboard import Clipboard
from client_mvc.view.widgets.delayed_call import DelayedCall
from client_mvc.view.widgets.emoji_picker import EmojiPicker
from client_mvc.view.widgets.field import EditableText
from client_mvc.view.widgets.flow_layout import wrapping_label
from client_mvc.view.widgets.icon_button import icon_button
from client_mvc.view.widgets.placeholder import Placeholder
from client_mvc.view.widgets.tooltip import Area, area
from client_mvc.view.window.attachment_row import AttachmentRow
from client_mvc.view.window.context_row import ContextRow
from client_mvc.view.window.pasting import Pasting
from client_mvc.view.window.suggestions import SuggestionList

MAX_HEIGHT = 6
_NOTE_FOR = 10_000  # milliseconds


class Composer(tb.Frame):
    """`text` is the field; `page` scrolls the conversation by pages.

    `context` and `attachments` are the rows above it, `suggestions` the list over it, `note` a
    sentence about what was pasted. `pasting` is used for what is dropped, too.
    """

    def __init__(
        self,
        master: tk.Misc,
        look: Look,
        intents: Callable[[], Intents],
        *,
        dialogs: FileDialogs,
        clipboard: Clipboard,
        page: Callable[[int], None],
    ) -> None:
        super().__init__(master)
        self._look = look
        self._intents = intents
        self._dialogs = dialogs
        self.columnconfigure(0, weight=1)
        self.attachments = AttachmentRow(self, look, intents)
        self.context = ContextRow(self, look, self._end_context)
        # Why nothing can be sent now; and why nothing was pasted.
        self.reason = wrapping_label(self, look, "Muted.TLabel")
        self.note = wrapping_label(self, look, "Problem.TLabel")
        self._note_ends = DelayedCall(self, self.note.grid_remove)
        line = self._build_line()
        self._place_rows(line)
        self._has_context = self._edits = False
        self._left = ""  # how long nothing can be sent
        self.suggestions = SuggestionList(self.text, look, self._suggest, lambda: self._top)
        self.pasting = Pasting(clipboard, intents, self.insert, self.say)
        self._bind_keys(page)
        self.placeholder = Placeholder(self.text, look)
        look.attach(self, self._fit)

    def _build_line(self) -> tb.Frame:
        """Make the field and its buttons, in the order of Tab."""
        look, px = self._look, self._look.px
        line = tb.Frame(self)
        self.share_button = icon_button(
            line, look, "plus-lg", self.share, _("Share files"), key=_("Ctrl+O")
        )
        self.share_button.pack(side="left", anchor="s", padx=(0, px(6)), pady=px(1))
        box = EditableText(line, look, width=1, wrap="word", undo=True)
        self.text = box.text
        self.emoji_button = icon_button(
            line, look, "emoji-smile", self.pick_emoji, _("Emoji"), key=_("Ctrl+E")
        )
        self.send_button = tb.Button(
            line, text=_("Send"), bootstyle="primary", command=self.send_message
        )
        # Packed before the box, which takes the remaining width.
        look.icon(self.send_button, "send-fill")
        self.send_button.pack(side="right", anchor="s", padx=(px(6), 0), pady=px(1))
        self.emoji_button.pack(side="right", anchor="s", padx=(px(6), 0), pady=px(1))
        box.pack(side="left", fill="x", expand=True)
        self._box = box
        return line

    def _place_rows(self, line: tb.Frame) -> None:
        """Place the rows above the field; each is visible only while it says something."""
        px = self._look.px
        # In line with the text of the field below.
        indent = (self.share_button.winfo_reqwidth() + px(14), 0)
        self.attachments.grid(row=0, column=0, sticky="ew", pady=(0, px(6)))
        self.context.grid(row=1, column=0, sticky="ew", pady=(0, px(4)))
        for row, label in ((2, self.reason), (3, self.note)):
            label.grid(row=row, column=0, sticky="ew", padx=indent, pady=(0, px(4)))
        for part in (self.attachments, self.context, self.reason, self.note):
            part.grid_remove()
        line.grid(row=4, column=0, sticky="ew")

    @property
    def _top(self) -> tk.Misc:
        """The highest row, which the suggestions stand above."""
        rows: tuple[tk.Misc, ...] = (self.context, self.reason, self.note)
        return next((row for row in rows if row.winfo_ismapped()), self._box)

    def show_room(self, room: str) -> None:
        """Name the room in the placeholder; "" outside a room."""
        self.placeholder.show(_("Message #{room}", room=room) if room else "")

    def insert(self, text: str) -> None:
        """Insert at the cursor, in place of the selection, and take the focus."""
        editing.replace_selection(self.text, text)
        self.text.focus_set()

    def replace(self, text: str) -> None:
        """Replace the whole text; this cannot be undone."""
        self.text.delete("1.0", "end")
        self.text.insert("1.0", text)
        self.text.edit_reset()

    def show_context(self, context: ComposerContext | None) -> None:
        """Show what the next message is, above the field; None: a message like any other."""
        self._has_context = context is not None
        self._edits = context is not None and context.kind == "edit"
        self._name_button()
        self.context.show(context)

    def show_attachments(self, attachments: Sequence[Attachment]) -> None:
        """Replace the files above the field."""
        self.attachments.show(attachments)

    def say(self, text: str) -> None:
        """Show a sentence above the field for a while."""
        self.note.configure(text=self._look.safe.sentence(text))
        self.note.grid()
        self._note_ends.after(_NOTE_FOR)

    def hold(self, hold: Hold | None) -> None:
        """Show why nothing can be sent now, and for how long; None: it can."""
        self._left = left = hold.left if hold is not None else ""
        self._name_button()
        if left:
            self.send_button.configure(style="Held.TButton")
        else:
            self.send_button.configure(bootstyle="primary")
        self.send_button.state(["!disabled" if hold is None else "disabled"])
        if hold is None:
            self.reason.grid_remove()
        else:
            self.reason.configure(text=self._look.safe.sentence(hold.reason))
            self.reason.grid()

    def _name_button(self) -> None:
        does = _("Save") if self._edits else _("Send")
        self.send_button.configure(text=self._left or does)

    def send_message(self) -> None:
        """Send the text and the files above it, or carry out the command in the text."""
        text = self.text.get("1.0", "end-1c")
        if (text or self.attachments.cards) and self._intents().composer.send(text):
            self.replace("")

    def share(self) -> None:
        """Ask for files, and share them."""
        paths: Sequence[Path] = self._dialogs.open_files(self)
        if paths:
            self._intents().files.share(paths)
            self.text.focus_set()

    def pick_emoji(self) -> None:
        """Let the person choose an emoji, to insert it."""
        find = self._intents().composer.emoji
        EmojiPicker.open(self, self._look, find, self.place_for_picker(), self.insert)

    def place_for_picker(self) -> Area:
        """Return the place on screen that a picker of emoji opens beside."""
        return area(self.emoji_button)

    def _suggest(self, before: str) -> Suggestions | None:
        return self._intents().composer.suggest(before)

    def _bind_keys(self, page: Callable[[int], None]) -> None:
        text = self.text
        editing.on_keys(text, editing.ENTER, self._enter)
        with_control = ("<Control-Return>", "<Control-KP_Enter>")
        editing.on_keys(text, with_control, self.send_message)
        editing.on_keys(text, ("<Shift-Return>", "<Shift-KP_Enter>"), self._break_line)
        text.bind("<Up>", lambda _: self._if_empty(self._edit_last))
        text.bind("<Control-Up>", lambda _: self._if_empty(self._recall))
        text.bind("<Escape>", lambda _: self._escape())
        # Replaces the binding of `editing`: Tab moves on if there is no name to complete.
        editing.on_keys(text, ["<<NextWindow>>"], self._complete)
        editing.on_keys(text, ["<Prior>"], partial(page, -1))
        editing.on_keys(text, ["<Next>"], partial(page, 1))
        editing.on_keys(text, ["<<Paste>>"], self.pasting.paste)
        only_text = shortcuts.add(text, "Ctrl+Shift+V")
        editing.on_keys(text, [only_text], partial(self.pasting.paste, only_text=True))
        editing.on_keys(text, [shortcuts.event("Ctrl+E")], self.pick_emoji)
        editing.on_change(text, self._changed)
        text.bind("<Configure>", lambda _: self._fit(), add="+")

    def _enter(self) -> None:
        """Send the message; in a block of code, begin a new line."""
        if markup.in_block(self.text.get("1.0", "insert")):
            self._break_line()
        else:
            self.send_message()

    def _break_line(self) -> None:
        editing.replace_selection(self.text, "\n")

    def _if_empty(self, do: Callable[[], None]) -> str | None:
        """Carry out a key that does something else in a text."""
        if self.text.compare("end-1c", "!=", "1.0"):
            return None
        return editing.done(do)

    def _edit_last(self) -> None:
        self._intents().conversation.edit_last()

    def _recall(self) -> None:
        if last := self._intents().composer.recall():
            self.text.insert("1.0", last)

    def _escape(self) -> str | None:
        return editing.done(self._end_context) if self._has_context else None

    def _end_context(self) -> None:
        self._intents().composer.end_context()
        self.text.focus_set()

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
        self.note.grid_remove()
        self.suggestions.refresh()
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
