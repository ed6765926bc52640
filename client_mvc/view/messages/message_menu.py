"""The menu of a message, a file or a picture: what can be done with it, by rules and item."""

import time
import tkinter as tk
from collections.abc import Callable

import ttkbootstrap as tb

from client_mvc.i18n.translate import _
from client_mvc.view.contract.intents import Intents
from client_mvc.view.contract.items import FileCard, Message
from client_mvc.view.dialogs.file_dialogs import FileDialogs
from client_mvc.view.messages.copying import Copying
from client_mvc.view.messages.item_row import ItemRow
from client_mvc.view.messages.message_cursor import MessageCursor
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets import editing
from client_mvc.view.widgets.context_menu import activate_first
from client_mvc.view.widgets.tooltip import Area


class MessageMenu:
    """`menu` is filled anew each time it opens."""

    def __init__(
        self,
        text: tk.Text,
        look: Look,
        intents: Callable[[], Intents],
        dialogs: FileDialogs,
        *,
        cursor: MessageCursor,
        copying: Copying,
    ) -> None:
        self.menu = tb.Menu(text, tearoff=False, font="TkMenuFont")
        self._text = text
        self._look = look
        self._intents = intents
        self._dialogs = dialogs
        self._cursor = cursor
        self._copying = copying
        self._place = Area(0, 0, 1, 1)
        look.attach(self.menu, self._paint)

    def fill(self, row: ItemRow | None, *, link: str = "", unsent: bool = False) -> None:
        """Set the entries for a row.

        Args:
            row: The message, file or other item; None: none is meant.
            link: The address under the pointer.
            unsent: There are outgoing messages to copy.
        """
        self.menu.delete(0, "end")
        if row is not None and row.seq and isinstance(row.item, Message | FileCard):
            self._answers(row)
        file = row.item if row is not None and isinstance(row.item, FileCard) else None
        if file is not None and row is not None:
            self._file(file, row)
        else:
            self._copies(row, link)
        if unsent:
            self._add(_("Copy unsent messages"), lambda: self._intents().outgoing.copy_all())
        if row is not None and row.seq:
            self._acts(row)

    def open(self, x: int, y: int, *, by_key: bool) -> None:
        """Open the menu at a place on screen."""
        self._place = Area(x, y, 1, 1)
        self.menu.tk_popup(x, y)
        if by_key:
            activate_first(self.menu)

    def save(self, file: FileCard) -> None:
        """Ask for a place, then save a shared file there."""
        target = self._dialogs.save_file(self._text, _("Save file"), file.name)
        if target is not None:
            self._intents().files.save(file.file_id, target)

    def open_file(self, file: FileCard) -> None:
        """Show a shared file: a picture in the viewer."""
        if file.picture is not None:
            self._intents().pictures.open(file.file_id)
        else:
            self._intents().files.open(file.file_id)

    def copy_link(self, file: FileCard) -> None:
        """Copy the address of a shared file."""
        self._intents().files.copy_link(file.file_id)

    def _answers(self, row: ItemRow) -> None:
        rules = self._cursor.rules
        if rules.react:
            self._add(_("React…"), lambda: self._cursor.react(row, self._place))
        if rules.reply:
            self._add(_("Reply"), lambda: self._cursor.reply(row))
        if rules.react or rules.reply:
            self.menu.add_separator()

    def _copies(self, row: ItemRow | None, link: str) -> None:
        selected = bool(self._text.tag_ranges("sel"))
        self._add(_("Copy"), lambda: self._text.event_generate("<<Copy>>"), usable=selected)
        if row is not None and isinstance(row.item, Message):
            self._add(_("Copy text"), lambda: self._copy_message(row))
        if link:
            self._add(_("Copy address"), lambda: editing.copy(self._text, link))

    def _copy_message(self, row: ItemRow) -> None:
        if row.seq:
            self._intents().conversation.copy_text(row.seq)
        else:
            editing.copy(self._text, self._copying.original(row))

    def _file(self, file: FileCard, row: ItemRow) -> None:
        self._add(_("Save…"), lambda: self.save(file))
        self._add(_("Open"), lambda: self.open_file(file))
        self._add(_("Copy link"), lambda: self.copy_link(file))

    def _acts(self, row: ItemRow) -> None:
        """Add what the reader can do with this message or file."""
        rules, seq, item = self._cursor.rules, row.seq, row.item
        act = self._intents().conversation
        name = item.name if isinstance(item, Message) else getattr(item, "sender", "")
        pinned = isinstance(item, Message | FileCard) and item.extras.pinned
        first: list[tuple[str, Callable[[], object]]] = []
        if isinstance(item, Message):
            first.append((_("Copy link to message"), lambda: act.copy_link(seq)))
        if rules.edit and isinstance(item, Message) and row.own and _still(item):
            first.append((_("Edit"), lambda: act.edit(seq)))
        if rules.pin:
            label = _("Unpin") if pinned else _("Pin")
            first.append((label, lambda: act.pin(seq, not pinned)))
        if not row.own and name and rules.reply:
            label = _("Mention {name}", name=self._look.safe.cell(name))
            first.append((label, lambda: act.mention(seq)))
        self._separated(first)
        last: list[tuple[str, Callable[[], object]]] = []
        if not row.own and name:
            label = _("Ignore {name}", name=self._look.safe.cell(name))
            last.append((label, lambda: act.ignore_sender(seq)))
        if self._cursor.may_delete(row):
            last.append((_("Delete…"), lambda: self._cursor.delete(row)))
        self._separated(last)

    def _separated(self, entries: list[tuple[str, Callable[[], object]]]) -> None:
        if entries:
            self.menu.add_separator()
        for label, do in entries:
            self._add(label, do)

    def _add(self, label: str, do: Callable[[], object], *, usable: bool = True) -> None:
        self.menu.add_command(
            label=f"  {label}    ", command=do, state="normal" if usable else "disabled"
        )

    def _paint(self) -> None:
        palette = self._look.palette
        self.menu.configure(
            activebackground=palette.selection, activeforeground=palette.foreground
        )


def _still(item: Message) -> bool:
    """Tell whether a message can be edited now."""
    return time.time() < item.extras.editable_until
