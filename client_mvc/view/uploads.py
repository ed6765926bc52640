"""The files on their way, one row each above the composer: name, percent, bar, cancel.

Knows a file only as the row it was told to show.
"""

import tkinter as tk
from collections.abc import Callable, Sequence
from functools import partial

import ttkbootstrap as tb

from client_mvc.view.cards import clipped
from client_mvc.view.contract import Intents, UploadRow
from client_mvc.view.theme import Look

_ROWS = 4
_NAME_WIDTH = 200


class Uploads(tb.Frame):
    """Takes no room while nothing is on its way."""

    def __init__(self, master: tk.Misc, look: Look, intents: Callable[[], Intents]) -> None:
        super().__init__(master)
        self._look = look
        self._intents = intents
        self.rows: dict[str, Row] = {}
        self._more = tb.Label(self, style="Muted.TLabel")

    def show(self, uploads: Sequence[UploadRow]) -> None:
        """Replace the rows; the first few are shown, the others counted."""
        shown = {upload.key: upload for upload in uploads[:_ROWS]}
        for key in [key for key in self.rows if key not in shown]:
            self.rows.pop(key).destroy()
        for key, upload in shown.items():
            if key not in self.rows:
                self.rows[key] = Row(self, self._look, partial(self._cancel, key))
                self.rows[key].pack(fill="x")
            self.rows[key].show(upload)
        hidden = len(uploads) - len(shown)
        # Packed anew, so that it stays below the rows.
        self._more.pack_forget()
        if hidden > 0:
            self._more.configure(text=f"and {hidden} more")
            self._more.pack(anchor="w")

    def _cancel(self, key: str) -> None:
        self._intents().cancel_upload(key)


class Row(tb.Frame):
    """One file on its way, or the reason why it is not."""

    def __init__(self, master: tk.Misc, look: Look, cancel: Callable[[], None]) -> None:
        super().__init__(master)
        self._look = look
        px = look.px
        self.name = tb.Label(self, style="Muted.TLabel")
        self.percent = tb.Label(self, style="Muted.TLabel", width=5, anchor="e")
        self.bar = tb.Progressbar(self, maximum=1.0, bootstyle="primary thin")
        self.cancel = tb.Button(self, bootstyle="ghost", command=cancel)
        look.icon(self.cancel, "x")
        # Of one width, so that the bars of several rows begin in one line.
        self.columnconfigure(0, minsize=px(_NAME_WIDTH + 10))
        self.columnconfigure(2, weight=1)
        self.name.grid(row=0, column=0, sticky="w")
        self.percent.grid(row=0, column=1, padx=(px(4), px(10)))
        self.bar.grid(row=0, column=2, sticky="ew")
        self.cancel.grid(row=0, column=3, padx=(px(6), 0))

    def show(self, upload: UploadRow) -> None:
        """The figures of this moment."""
        look = self._look
        name = clipped(look.safe.line(upload.name), look.small, look.px(_NAME_WIDTH))
        if upload.problem:
            self.percent.grid_remove()
            self.bar.grid_remove()
            self.name.configure(
                text=f"{name}: {look.safe.line(upload.problem)}", style="Problem.TLabel"
            )
            self.name.grid(columnspan=3)
        else:
            self.percent.grid()
            self.bar.grid()
            self.name.grid(columnspan=1)
            self.name.configure(text=name, style="Muted.TLabel")
            self.percent.configure(text=f"{int(upload.fraction * 100)}%")
            self.bar.configure(value=upload.fraction)
