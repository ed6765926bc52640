"""The card that stands in the conversation for a shared file.

Knows its pane only as the `Text` it is embedded in, and what was asked of it as callbacks.
"""

import tkinter as tk
import tkinter.font as tkfont
from collections.abc import Callable, Iterator

import ttkbootstrap as tb

from client_mvc.view.shapes import FileCard
from client_mvc.view.theme import Look
from client_mvc.words import _

_PREVIEW_LINES = 8
_WIDEST = 560
_NARROWEST = 200


class Card(tb.TkFrame):
    """Icon, name, size, the first lines in monospace, Save…, Open and Copy link."""

    def __init__(
        self,
        master: tk.Text,
        look: Look,
        file: FileCard,
        *,
        save: Callable[[FileCard], None],
        open: Callable[[FileCard], None],
        copy_link: Callable[[FileCard], None],
    ) -> None:
        super().__init__(master, autostyle=False, highlightthickness=1)
        self._look = look
        self.file = file
        room = self._room(master)
        head = self._frame()
        head.pack(fill="x", padx=look.px(12), pady=(look.px(8), look.px(2)))
        self.name = tb.Label(
            head,
            text=" " + clipped(look.safe.line(file.name), look.bold, room - look.px(120)),
            style="Card.TLabel",
            font=look.bold,
        )
        look.icon(self.name, "file-earmark-text")
        self.name.pack(side="left")
        size = tb.Label(
            head, text=look.safe.line(file.size), style="Muted.Card.TLabel", font=look.small
        )
        size.pack(side="left", padx=look.px(8))
        self.preview = tb.TkLabel(
            self,
            autostyle=False,
            text=self._preview(file.preview, room),
            font=look.mono,
            justify="left",
            anchor="w",
        )
        if file.preview.strip():
            self.preview.pack(fill="x", padx=look.px(11))
        foot = self._frame()
        foot.pack(fill="x", padx=look.px(8), pady=(look.px(4), look.px(8)))
        self.save = tb.Button(
            foot,
            text=_("Save…"),
            command=lambda: save(file),
        )
        look.icon(self.save, "download")
        self.save.pack(side="left", padx=look.px(4))
        self.open = tb.Button(foot, text=_("Open"), command=lambda: open(file))
        self.open.pack(side="left")
        self.copy = tb.Button(foot, text=_("Copy link"), command=lambda: copy_link(file))
        self.copy.pack(side="left", padx=look.px(4))
        look.attach(self, self._paint)

    def whole(self) -> Iterator[tk.Misc]:
        """The card and everything on it."""
        yield self
        for child in self.winfo_children():
            yield child
            yield from child.winfo_children()

    def _frame(self) -> tb.TkFrame:
        return tb.TkFrame(self, autostyle=False)

    def _room(self, pane: tk.Text) -> int:
        """How wide a line of the preview may be: the card must not outgrow the pane."""
        beside = self._look.px(110)
        # Before the window is on screen its parts are one pixel wide.
        wide = pane.winfo_width() - beside if pane.winfo_ismapped() else _WIDEST
        return max(self._look.px(_NARROWEST), min(self._look.px(_WIDEST), wide))

    def _preview(self, preview: str, room: int) -> str:
        lines = self._look.safe.text(preview.expandtabs(4)).rstrip().split("\n")
        shown = [clipped(line, self._look.mono, room) for line in lines[:_PREVIEW_LINES]]
        if len(lines) > _PREVIEW_LINES:
            shown.append("…")
        return "\n".join(shown)

    def _paint(self) -> None:
        palette = self._look.palette
        self.configure(
            background=palette.card,
            highlightbackground=palette.line,
            highlightcolor=palette.line,
        )
        for child in self.winfo_children():
            child.configure(background=palette.card)  # type: ignore[call-arg]
        self.preview.configure(foreground=palette.muted)
        self.save.configure(bootstyle=f"neutral @{palette.card}")
        for button in (self.open, self.copy):
            button.configure(bootstyle=f"ghost @{palette.card}")


def clipped(text: str, font: tkfont.Font, width: int) -> str:
    """`text`, cut with an ellipsis if it is wider than `width` pixels in `font`."""
    if font.measure(text[:400]) <= width and len(text) <= 400:
        return text
    low, high = 0, min(len(text), 400)
    while low < high:
        middle = (low + high + 1) // 2
        if font.measure(text[:middle] + "…") <= width:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + "…"
