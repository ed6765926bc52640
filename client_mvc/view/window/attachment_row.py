"""The files above the field that go with the next message, each with a preview and a button."""

import tkinter as tk
from collections.abc import Callable, Sequence
from functools import partial

import ttkbootstrap as tb
from PIL import Image, ImageTk

from client_mvc.i18n.translate import _
from client_mvc.view.contract.intents import Intents
from client_mvc.view.contract.values import Attachment
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets import pictures
from client_mvc.view.widgets.flow_layout import FlowFrame, clipped
from client_mvc.view.widgets.scrolled_form import ScrolledForm
from client_mvc.view.widgets.tooltip import Tooltip
from client_mvc.view.widgets.worker import Worker

_PREVIEW = (96, 64)  # pixels
_NAME, _WIDEST = 80, 260
_SHARE = 0.18  # of the window


class AttachmentRow(tb.Frame):
    """`cards` are the files, by key. Its owner shows it with `grid`."""

    def __init__(self, master: tk.Misc, look: Look, intents: Callable[[], Intents]) -> None:
        super().__init__(master)
        self._look = look
        self._intents = intents
        self._decoding = Worker(self)
        self.cards: dict[str, AttachmentCard] = {}
        # Many files, or large text, must leave room for the conversation.
        self._body = ScrolledForm(self, look, share=_SHARE)
        self._body.pack(fill="both", expand=True)
        self._flow = FlowFrame(self._body.inner, look)
        self._flow.pack(fill="x")

    def show(self, attachments: Sequence[Attachment]) -> None:
        """Replace the files; no files remove the row."""
        wanted = {each.key: each for each in attachments}
        for key in [key for key in self.cards if key not in wanted]:
            card = self.cards.pop(key)
            self._flow.remove(card)
            card.destroy()
        for key, attachment in wanted.items():
            if key not in self.cards:
                remove = partial(self._remove, key)
                card = AttachmentCard(self._flow, self._look, self._decoding, remove)
                self.cards[key] = card
                self._flow.add(card)
            self.cards[key].show(attachment)
        if self.cards:
            self.grid()
        else:
            self.grid_remove()

    def _remove(self, key: str) -> None:
        self._intents().attachments.remove(key)


class AttachmentCard(tb.Frame):
    """One file; `remove` is its button."""

    def __init__(
        self, master: tk.Misc, look: Look, decoding: Worker, remove: Callable[[], None]
    ) -> None:
        super().__init__(master, style="Card.TFrame", padding=look.px(6))
        self._look = look
        self._decoding = decoding
        self._shown = Attachment("", "")
        self._photo: ImageTk.PhotoImage | None = None
        px = look.px
        self._icon = tb.Label(self, style="Card.TLabel", padding=0)
        self.picture = tb.Label(self, style="Card.TLabel", padding=0)
        for label in (self._icon, self.picture):
            label.grid(row=0, column=0, rowspan=3, padx=(px(2), px(8)), pady=px(12))
        self.picture.grid(pady=0)
        self.name = tb.Label(self, style="Card.TLabel")
        self.facts = tb.Label(self, style="Muted.Card.TLabel")
        self.problem = tb.Label(self, style="Problem.Card.TLabel", justify="left")
        for row, label in enumerate((self.name, self.facts, self.problem)):
            label.grid(row=row, column=1, sticky="w")
        self.remove = tb.Button(self, command=remove)
        look.icon(self.remove, "x")
        self.remove.grid(row=0, column=2, rowspan=3, sticky="n", padx=(px(6), 0))
        Tooltip(self.remove, look, _("Remove"))
        look.attach(self, self._paint)

    def show(self, attachment: Attachment) -> None:
        """Show the current state of the file."""
        before, self._shown = self._shown, attachment
        self._paint()
        if attachment.preview and attachment.preview != before.preview:
            size = tuple(map(self._look.px, _PREVIEW))
            self._decoding.run(
                lambda: pictures.thumbnail(attachment.preview, size),  # type: ignore[arg-type]
                self._decoded,
            )

    def _decoded(self, picture: Image.Image | None) -> None:
        if picture is not None and self.winfo_exists():
            self._photo = ImageTk.PhotoImage(picture, master=self)
            self._paint()

    def _paint(self) -> None:
        look, shown = self._look, self._shown
        widest = look.grown(_WIDEST)
        if self._photo is not None:
            self.picture.configure(image=self._photo)
            self._icon.grid_remove()
        else:
            icon = "image" if shown.preview else "file-earmark-text"
            self._icon.configure(icon=icon, icon_size=look.grown(22))
        self.name.configure(text=clipped(look.safe.line(shown.name), look.base, widest))
        self.facts.configure(text=look.safe.line(shown.size))
        problem = look.safe.sentence(shown.problem)
        self.problem.configure(text=problem, wraplength=widest)
        (self.problem.grid if problem else self.problem.grid_remove)()
        self.remove.configure(bootstyle=f"ghost @{look.palette.card}")
