"""Clicks, keys and menus inside the message view: links, quotes, reactions, file cards.

By mouse, and by keyboard: Tab moves through the clickable texts on screen, Enter activates one.
`parts` and `segments` set the tags by which they are recognised.
"""

import tkinter as tk
from collections.abc import Callable, Sequence

from client_mvc.i18n.translate import _
from client_mvc.view.contract.intents import Intents
from client_mvc.view.contract.items import (
    Chip,
    FileCard,
    HiddenMessage,
    Message,
    Pending,
    Quote,
)
from client_mvc.view.messages.file_card import FileCardFrame
from client_mvc.view.messages.item_row import ItemRow
from client_mvc.view.messages.message_cursor import MessageCursor
from client_mvc.view.messages.message_menu import MessageMenu
from client_mvc.view.messages.reading import Reading
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets import editing
from client_mvc.view.widgets.context_menu import KEYS
from client_mvc.view.widgets.read_only_text import ReadOnlyText
from client_mvc.view.widgets.tooltip import Area, Tooltip

_CLICKABLE = ("click", "chip")
_EXPLAINED = ("chip", "edited", "pinned", "picture")
_NOWHERE = Area(0, 0, 0, 0)


class MessageActions:
    """Acts on `text`; `pending` are the outgoing messages that it shows.

    `toggle` folds or unfolds a row, `jump` goes to the parent of a reply, `follow`
    opens a link.
    """

    def __init__(
        self,
        text: ReadOnlyText,
        look: Look,
        intents: Callable[[], Intents],
        cursor: MessageCursor,
        menu: MessageMenu,
        *,
        reading: Reading,
        toggle: Callable[[ItemRow], object],
        jump: Callable[[int], object],
        follow: Callable[[str], object],
    ) -> None:
        self._text = text
        self._look = look
        self._buffer = cursor.buffer
        self._cursor = cursor
        self._intents = intents
        self._menu = menu
        self._reading = reading
        self._toggle = toggle
        self._jump = jump
        self._follow = follow
        self.pending: Sequence[Pending] = ()
        self.menu = menu.menu
        self.tip = Tooltip(text, look, "")
        cursor.open_menu = self._message_menu
        for tag in _CLICKABLE:
            text.tag_bind(tag, "<Enter>", lambda _: text.configure(cursor="hand2"))
            text.tag_bind(tag, "<Leave>", lambda _: text.configure(cursor="arrow"))
            # On release and not on press: a drag over a link selects its text.
            text.tag_bind(tag, "<ButtonRelease-1>", self._click)
        for tag in _EXPLAINED:
            text.tag_bind(tag, "<Motion>", self._explain)
            text.tag_bind(tag, "<Leave>", lambda _: self.tip.point("", _NOWHERE))
        for sequence in ("<<ContextMenu>>", *KEYS):
            text.bind(sequence, self._text_menu)
        text.bind("<<NextWindow>>", lambda _: self._step(1))
        text.bind("<<PrevWindow>>", lambda _: self._step(-1))
        text.bind("<FocusOut>", lambda _: self._choose(None), add="+")
        editing.on_keys(text, (*editing.ENTER, "<space>"), self._act_on_chosen)

    # --- by mouse ------------------------------------------------------------------------

    def _click(self, event: "tk.Event[tk.Misc]") -> str | None:
        if self._text.tag_ranges("sel"):
            return None
        self._act(self._text.index(f"@{event.x},{event.y}"))
        return "break"

    def _explain(self, event: "tk.Event[tk.Misc]") -> None:
        """Say who reacted, when it was edited, or which file it is."""
        text = self._text
        at = text.index(f"@{event.x},{event.y}")
        row, tags, words = self._buffer.row_at(at), text.tag_names(at), ""
        if row is None or not isinstance(row.item, Message | FileCard):
            return
        extras = row.item.extras
        if chip := self._chip(row, tags):
            words = chip.names
        elif "edited" in tags:
            words = extras.edited
        elif "pinned" in tags:
            words = _("Pinned")
        elif isinstance(row.item, FileCard) and row.item.picture is not None:
            words = row.item.name
        x, y, wide, high = text.bbox(at) or (event.x, event.y, 1, 1)
        place = Area(text.winfo_rootx() + x, text.winfo_rooty() + y, wide, high)
        self.tip.point(self._look.safe.sentence(words), place)

    def _text_menu(self, event: "tk.Event[tk.Misc]") -> str:
        """Open the menu at the pointer; after a key, for the clickable text that is chosen."""
        text = self._text
        by_key = event.type is tk.EventType.KeyPress
        at = text.index(f"@{event.x},{event.y}")
        if by_key:
            chosen = "chosen.first" if text.tag_ranges("chosen") else "@0,0"
            at = text.index(self._cursor.index or chosen)
        link = self._link(at) if "link" in text.tag_names(at) else ""
        self._menu.fill(self._buffer.row_at(at), link=link, unsent=bool(self.pending))
        if by_key:
            x, y, _wide, high = text.bbox(at) or (0, 0, 0, 0)
            self._menu.open(text.winfo_rootx() + x, text.winfo_rooty() + y + high, by_key=True)
        else:
            self._menu.open(event.x_root, event.y_root, by_key=False)
        return "break"

    def _message_menu(self, row: ItemRow, at: Area, by_key: bool) -> None:
        self._menu.fill(row, unsent=bool(self.pending))
        self._menu.open(
            at.x, at.y + (at.high if at.high < self._look.px(80) else 0), by_key=by_key
        )

    # --- file cards ----------------------------------------------------------------------

    def save(self, file: FileCard) -> None:
        """Ask for a place, then save a shared file there."""
        self._menu.save(file)

    def open(self, file: FileCard) -> None:
        """Show a shared file."""
        self._intents().files.open(file.file_id)

    def copy_link(self, file: FileCard) -> None:
        """Copy the address of a shared file."""
        self._menu.copy_link(file)

    def card_menu(self, event: "tk.Event[tk.Misc]", card: FileCardFrame) -> str:
        """Open the menu of a file card: at the pointer, or at the widget after a key."""
        self._menu.fill(self._buffer.row_of_card(card))
        if event.type is tk.EventType.ButtonPress:
            self._menu.open(event.x_root, event.y_root, by_key=False)
        else:
            at = event.widget
            self._menu.open(at.winfo_rootx(), at.winfo_rooty(), by_key=True)
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
        while ranges := text.tag_nextrange("click", at, f"{last} + 1 char"):
            if text.dlineinfo(ranges[0]):  # not in the folded lines
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
        else:
            self._cursor.enter()

    # --- by mouse or keyboard ------------------------------------------------------------

    def _act(self, at: str) -> None:
        tags = self._text.tag_names(at)
        if "link" in tags:
            self._follow(self._link(at))
        elif "retry" in tags or "discard" in tags:
            self._act_on_pending(tags)
        elif row := self._buffer.row_at(at):
            self._act_on(row, tags, at)

    def _act_on(self, row: ItemRow, tags: Sequence[str], at: str) -> None:
        conversation = self._intents().conversation
        if quote := _quote_of(row) if "quote" in tags else None:
            self._jump(quote.seq)
        elif "fold-label" in tags or "more" in tags:
            self._toggle(row)
        elif "code-copy" in tags:
            self._copy_code(row, at)
        elif (chip := self._chip(row, tags)) and self._cursor.rules.react:
            conversation.react(row.seq, chip.emoji)
        elif isinstance(row.item, HiddenMessage):
            conversation.show_hidden(row.item.seq)
        elif row.picture is not None:
            self._intents().pictures.open(row.picture.file_id)

    def _act_on_pending(self, tags: Sequence[str]) -> None:
        place = next(tag.removeprefix("pending-") for tag in tags if tag.startswith("pending-"))
        key = self.pending[int(place)].key
        if "retry" in tags:
            self._intents().outgoing.retry(key)
        else:
            self._intents().outgoing.discard(key)

    def _chip(self, row: ItemRow, tags: Sequence[str]) -> Chip | None:
        place = next((tag for tag in tags if tag.startswith("chip-")), None)
        if place is None or not isinstance(row.item, Message | FileCard):
            return None
        return row.item.extras.chips[int(place.removeprefix("chip-"))]

    def _copy_code(self, row: ItemRow, at: str) -> None:
        """Copy the block of code whose button is at `at`."""
        if not isinstance(row.item, Message):
            return
        start = f"{self._buffer.part(row, 'body')}.0"
        # Each button is a range of its own; `at` can be any character of it.
        place = 0
        while ranges := self._text.tag_nextrange("code-copy", start, at):
            if self._text.compare(at, "<", ranges[1]):
                break
            place, start = place + 1, ranges[1]
        blocks = [run.text for run in row.item.runs if run.style == "block"]
        if place < len(blocks):
            editing.copy(self._text, blocks[place].removesuffix("\n"))

    def _link(self, at: str) -> str:
        """Return the address at `at`."""
        if link := self._reading.link(at):
            return link
        return self._text.get(*self._text.tag_prevrange("link", f"{at} + 1 char"))


def _quote_of(row: ItemRow) -> Quote | None:
    return row.item.extras.quote if isinstance(row.item, Message | FileCard) else None
