"""Clicks, keys and menus inside the message view: links, failed messages, file cards.

By mouse, and by keyboard: Tab moves through the clickable texts on screen, Enter activates one.
`segments` sets the tags by which they are recognised.
"""

import tkinter as tk
from collections.abc import Callable, Sequence

import ttkbootstrap as tb

from client_mvc.i18n.translate import _
from client_mvc.view.contract.intents import Intents
from client_mvc.view.contract.values import FileCard, Pending
from client_mvc.view.dialogs.file_dialogs import FileDialogs
from client_mvc.view.messages.file_card import FileCardFrame
from client_mvc.view.messages.message_buffer import ItemRow
from client_mvc.view.messages.message_cursor import MessageCursor
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets import editing
from client_mvc.view.widgets.context_menu import KEYS, activate_first


class MessageActions:
    """Acts on `text`; `pending` are the outgoing messages that it shows."""

    def __init__(
        self,
        text: tk.Text,
        look: Look,
        intents: Callable[[], Intents],
        dialogs: FileDialogs,
        cursor: MessageCursor,
    ) -> None:
        self._text = text
        self._buffer = cursor.buffer
        self._cursor = cursor
        self._intents = intents
        self._dialogs = dialogs
        self.pending: Sequence[Pending] = ()
        self.menu = tb.Menu(text, tearoff=False, font="TkMenuFont")
        text.tag_bind("action", "<Enter>", lambda _: text.configure(cursor="hand2"))
        text.tag_bind("action", "<Leave>", lambda _: text.configure(cursor="arrow"))
        # On release and not on press: a drag over a link selects its text.
        text.tag_bind("action", "<ButtonRelease-1>", self._click)
        for sequence in ("<<ContextMenu>>", *KEYS):
            text.bind(sequence, self._text_menu)
        text.bind("<<NextWindow>>", lambda _: self._step(1))
        text.bind("<<PrevWindow>>", lambda _: self._step(-1))
        text.bind("<FocusOut>", lambda _: self._choose(None), add="+")
        editing.on_keys(text, (*editing.ENTER, "<space>"), self._act_on_chosen)

    # --- by mouse ------------------------------------------------------------------------

    def _click(self, event: "tk.Event[tk.Misc]") -> None:
        if not self._text.tag_ranges("sel"):
            self._act(self._text.index(f"@{event.x},{event.y}"))

    def _text_menu(self, event: "tk.Event[tk.Misc]") -> str:
        """Open the menu at the pointer; after a key, for the clickable text that is chosen."""
        text = self._text
        by_key = event.type is tk.EventType.KeyPress
        at = text.index(f"@{event.x},{event.y}")
        if by_key:
            chosen = "chosen.first" if text.tag_ranges("chosen") else "@0,0"
            at = text.index(self._cursor.index or chosen)
        tags = text.tag_names(at)
        self.menu.delete(0, "end")
        self.menu.add_command(
            label=_("Copy"),
            state="normal" if text.tag_ranges("sel") else "disabled",
            command=lambda: text.event_generate("<<Copy>>"),
        )
        if message := next((tag for tag in tags if tag.startswith("message")), None):
            self._add_copy(_("Copy message"), self._range(message, at).rstrip("\n"))
        if "link" in tags:
            self._add_copy(_("Copy link"), self._range("link", at))
        if self.pending:
            self.menu.add_command(
                label=_("Copy unsent messages"),
                command=lambda: self._intents().outgoing.copy_all(),
            )
        if found := self._buffer.row_at(at):
            self._add_delete(found[0])
        if by_key:
            x, y, _wide, high = text.bbox(at) or (0, 0, 0, 0)
            self.menu.tk_popup(text.winfo_rootx() + x, text.winfo_rooty() + y + high)
            activate_first(self.menu)
        else:
            self.menu.tk_popup(event.x_root, event.y_root)
        return "break"

    def _add_delete(self, row: ItemRow | None) -> None:
        if row is not None and self._cursor.may_delete(row):
            self.menu.add_separator()
            self.menu.add_command(label=_("Delete…"), command=lambda: self._cursor.delete(row))

    def _add_copy(self, label: str, text: str) -> None:
        self.menu.add_command(label=label, command=lambda: editing.copy(self._text, text))

    # --- file cards ----------------------------------------------------------------------

    def save(self, file: FileCard) -> None:
        """Ask for a place, then save a shared file there."""
        target = self._dialogs.save_file(self._text, _("Save file"), file.name)
        if target is not None:
            self._intents().files.save(file.file_id, target)

    def open(self, file: FileCard) -> None:
        """Show a shared file."""
        self._intents().files.open(file.file_id)

    def copy_link(self, file: FileCard) -> None:
        """Copy the address of a shared file."""
        self._intents().files.copy_link(file.file_id)

    def card_menu(self, event: "tk.Event[tk.Misc]", card: FileCardFrame) -> str:
        """Open the menu of a file card: at the pointer, or at the widget after a key."""
        self.menu.delete(0, "end")
        self.menu.add_command(label=_("Save…"), command=lambda: self.save(card.file))
        self.menu.add_command(label=_("Open"), command=lambda: self.open(card.file))
        self.menu.add_command(label=_("Copy link"), command=lambda: self.copy_link(card.file))
        self._add_delete(self._buffer.row_of_card(card))
        if event.type is tk.EventType.ButtonPress:
            self.menu.tk_popup(event.x_root, event.y_root)
        else:
            self.menu.tk_popup(event.widget.winfo_rootx(), event.widget.winfo_rooty())
            self.menu.activate(0)
        return "break"

    # --- by keyboard ---------------------------------------------------------------------

    def _step(self, direction: int) -> str | None:
        """Choose the next clickable text on screen; after the last, Tab leaves the view."""
        actions = self._on_screen()
        chosen = tuple(str(index) for index in self._text.tag_ranges("chosen"))
        if chosen in actions:
            place = actions.index(chosen) + direction
        else:
            place = 0 if direction > 0 else -1
        if not 0 <= place < len(actions):
            self._choose(None)
            return None
        self._choose(actions[place])
        return "break"

    def _on_screen(self) -> list[tuple[str, ...]]:
        text = self._text
        found: list[tuple[str, ...]] = []
        at = text.index("@0,0")
        last = text.index(f"@{text.winfo_width()},{text.winfo_height()}")
        while ranges := text.tag_nextrange("action", at, f"{last} + 1 char"):
            found.append(tuple(ranges))
            at = ranges[1]
        return found

    def _choose(self, ends: tuple[str, ...] | None) -> None:
        self._text.tag_remove("chosen", "1.0", "end")
        if ends:
            self._text.tag_add("chosen", *ends)

    def _act_on_chosen(self) -> None:
        if chosen := self._text.tag_ranges("chosen"):
            self._act(str(chosen[0]))

    # --- by mouse or keyboard ------------------------------------------------------------

    def _act(self, at: str) -> None:
        tags = self._text.tag_names(at)
        if "link" in tags:
            self._intents().open_link(self._range("link", at))
            return
        place = next(tag.removeprefix("pending-") for tag in tags if tag.startswith("pending-"))
        key = self.pending[int(place)].key
        if "retry" in tags:
            self._intents().outgoing.retry(key)
        else:
            self._intents().outgoing.discard(key)

    def _range(self, tag: str, at: str) -> str:
        """Return the text with `tag` around `at`."""
        return self._text.get(*self._text.tag_prevrange(tag, f"{at} + 1 char"))
