"""The card that shows a shared file in the conversation."""

import tkinter as tk
from collections.abc import Callable, Iterator

import ttkbootstrap as tb

from client_mvc.i18n.translate import _
from client_mvc.view.contract.items import FileCard, FileKind
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets.flow_layout import FlowFrame, clipped

ICONS: dict[FileKind, str] = {
    "text": "file-earmark-text",
    "picture": "file-earmark-image",
    "sound": "file-earmark-music",
    "film": "file-earmark-play",
    "document": "file-earmark-richtext",
    "archive": "file-earmark-zip",
    "program": "file-earmark-binary",
    "other": "file-earmark",
}
_PREVIEW_LINES = 8
_WIDEST = 560
_NARROWEST = 120


class FileCardFrame(tb.TkFrame):
    """Name, size and the first lines of a file, with buttons to save it and to open it."""

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
        self._text = master
        self._room = 0
        self.file = file
        margin = look.px(12)
        head = FlowFrame(self, look, style="Card.TFrame")
        head.pack(fill="x", padx=margin, pady=(look.px(8), look.px(2)))
        self.name = tb.Label(head, text=" ", style="Card.TLabel", font=look.bold)
        look.icon(self.name, ICONS[file.kind])
        size = look.safe.line(file.size)
        self._size = tb.Label(head, text=size, style="Muted.Card.TLabel")
        head.add(self.name, self._size)
        self.preview = tb.TkLabel(
            self, autostyle=False, font=look.mono, justify="left", anchor="w"
        )
        if file.preview.strip():
            self.preview.pack(fill="x", padx=look.px(11))
        foot = FlowFrame(self, look, style="Card.TFrame", gap=4)
        foot.pack(fill="x", padx=margin, pady=(look.px(4), look.px(8)))
        self.save = tb.Button(foot, text=_("Save…"), command=lambda: save(file))
        look.icon(self.save, "download")
        self.open = tb.Button(foot, text=_("Open"), command=lambda: open(file))
        self.copy = tb.Button(foot, text=_("Copy link"), command=lambda: copy_link(file))
        foot.add(self.save, self.open, self.copy)
        self._flows = (head, foot)
        look.attach(self, self._paint)

    def fit(self) -> None:
        """Fit the card into the width of the conversation."""
        look = self._look
        beside = 5 * look.wide(1) + look.px(86)
        # Before the window is on screen its parts are one pixel wide.
        wide = self._text.winfo_width()
        widest = look.grown(_WIDEST)
        room = max(look.px(_NARROWEST), min(widest, wide - beside)) if wide > 1 else widest
        if room != self._room:
            self._room = room
            self._fill()

    def with_parts(self) -> Iterator[tk.Misc]:
        """Yield the card and every widget in it."""
        yield self
        for child in self.winfo_children():
            yield child
            yield from child.winfo_children()

    def _fill(self) -> None:
        look, file = self._look, self.file
        for flow in self._flows:
            flow.bound(self._room)
        beside = look.grown(34) + look.small.measure(self._size.cget("text"))
        left = max(self._room - beside, self._room // 2)
        name = clipped(look.safe.line(file.name), look.bold, left)
        self.name.configure(text=" " + name)
        self.preview.configure(text=self._preview())

    def _preview(self) -> str:
        lines = self._look.safe.text(self.file.preview.expandtabs(4)).rstrip().split("\n")
        shown = [clipped(line, self._look.mono, self._room) for line in lines[:_PREVIEW_LINES]]
        if len(lines) > _PREVIEW_LINES:
            shown.append("…")
        return "\n".join(shown)

    def _paint(self) -> None:
        palette = self._look.palette
        self._room = 0  # the fonts may have changed
        self.fit()
        self.configure(
            background=palette.card,
            highlightbackground=palette.line,
            highlightcolor=palette.line,
        )
        self.preview.configure(background=palette.card, foreground=palette.muted)
        self.save.configure(bootstyle=f"neutral @{palette.card}")
        for button in (self.open, self.copy):
            button.configure(bootstyle=f"ghost @{palette.card}")
