"""What is on its way: files to the room, one row each above the composer, and one row for
files being saved together.

Knows a file only as the row it was told to show.
"""

import tkinter as tk
from collections.abc import Callable, Sequence
from typing import Any

import ttkbootstrap as tb

from client_mvc.i18n.translate import _, marked, ngettext
from client_mvc.view.contract.intents import Intents
from client_mvc.view.contract.values import SavingRow, UploadRow, UploadState
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets.flow_layout import clipped, wrap
from client_mvc.view.widgets.scrolled_form import Scrolled
from client_mvc.view.widgets.tooltip import Tooltip

_ROWS = 4
_NAME_WIDTH = 200
_SIZE_WIDTH = 74
_SAVING_WIDTH = 420
_SHARE = 0.3  # of the window
_ONE_LINE = 60  # digits: what is narrower has two
_STOP, _TAKE_AWAY = marked("Stop"), marked("Take off the list")
_STATES: dict[UploadState, str] = {
    "waiting": marked("waiting"),
    "sending": marked("sending"),
    "retrying": marked("retrying"),
    "failed": marked("failed"),
}


class Uploads(tb.Frame):
    """`rows` by the key of the upload. Its owner places it; it is there while it has rows."""

    def __init__(self, master: tk.Misc, look: Look, intents: Callable[[], Intents]) -> None:
        super().__init__(master)
        self._look = look
        self._intents = intents
        self.rows: dict[str, Row] = {}
        # Not all the window is theirs: with large text or long reasons they scroll.
        self._body = Scrolled(self, look, share=_SHARE)
        self._body.pack(fill="both", expand=True)
        self.saving = Row(
            self._body.inner,
            look,
            cancel=lambda: intents().save_all.stop(),
            retry=lambda: intents().save_all.retry(),
            wide=_SAVING_WIDTH,
        )
        self._foot = tb.Frame(self._body.inner)
        self.more = tb.Label(self._foot, style="Muted.TLabel")
        self.more.pack(side="left")
        self.clear = tb.Button(
            self._foot,
            text=_("Clear failed"),
            bootstyle="ghost",
            command=lambda: intents().files.clear_failed(),
        )

    def show(self, uploads: Sequence[UploadRow]) -> None:
        """Replace the rows; the first few are shown, the others counted."""
        shown = {upload.key: upload for upload in uploads[:_ROWS]}
        order = list(self.rows)
        for key in [key for key in self.rows if key not in shown]:
            self.rows.pop(key).destroy()
        for key in shown:
            if key not in self.rows:
                self.rows[key] = self._row(key)
        self.rows = {key: self.rows[key] for key in shown}
        if list(self.rows) != order:
            for row in self.rows.values():
                row.pack_forget()
                row.pack(fill="x")
                row.lift()  # Tab goes through the rows as they stand
        for key, upload in shown.items():
            self.rows[key].show(upload)
        self._show_foot(
            len(uploads) - len(shown), sum(upload.state == "failed" for upload in uploads)
        )
        self._come_or_go()

    def show_saving(self, saving: SavingRow | None) -> None:
        """Replace or remove the row about files being saved."""
        if saving is None:
            self.saving.pack_forget()
        else:
            self.saving.show_saving(saving)
            if not self.saving.winfo_manager():
                others = self._body.inner.pack_slaves()
                self.saving.pack(fill="x", **({"before": others[0]} if others else {}))
        self._come_or_go()

    def _come_or_go(self) -> None:
        if self.rows or self.saving.winfo_manager():
            self.grid()
        else:
            self.grid_remove()

    def _row(self, key: str) -> "Row":
        return Row(
            self._body.inner,
            self._look,
            cancel=lambda: self._intents().files.cancel(key),
            retry=lambda: self._intents().files.retry(key),
        )

    def _show_foot(self, hidden: int, failed: int) -> None:
        self.more.configure(
            text=ngettext("and {count} more", "and {count} more", hidden) if hidden else ""
        )
        if failed > 1:
            self.clear.pack(side="right")
        else:
            self.clear.pack_forget()
        # Packed anew, so that it stays below the rows.
        self._foot.pack_forget()
        if hidden or failed > 1:
            self._foot.pack(fill="x")
            self._foot.lift()


class Row(tb.Frame):
    """One on its way, or the reason why it is not."""

    def __init__(
        self,
        master: tk.Misc,
        look: Look,
        *,
        cancel: Callable[[], None],
        retry: Callable[[], None],
        wide: int = _NAME_WIDTH,
    ) -> None:
        super().__init__(master)
        self._look = look
        self._wide = wide
        self._title = ""
        self._sending, self._failed = False, False
        self.name = tb.Label(self, style="Muted.TLabel")
        self.amount = tb.Label(self, style="Muted.TLabel", anchor="e")
        self.percent = tb.Label(self, style="Muted.TLabel", width=5, anchor="e")
        self.bar = tb.Progressbar(self, maximum=1.0, bootstyle="primary thin")
        self.note = tb.Label(self, justify="left")
        wrap(self.note, look)
        self.retry = tb.Button(self, text=_("Retry"), bootstyle="ghost", command=retry)
        self.cancel = tb.Button(self, bootstyle="ghost", command=cancel)
        look.icon(self.cancel, "x")
        self._cancel_tooltip = Tooltip(self.cancel, look, _(_STOP))
        self.columnconfigure(3, weight=1)
        self.bind("<Configure>", lambda _: self._arrange())
        look.attach(self, self._arrange)

    def show(self, upload: UploadRow) -> None:
        """The figures of this moment."""
        self.amount.configure(text=self._look.safe.line(upload.size))
        failed = upload.state == "failed"
        self._show(
            upload.name,
            upload.fraction if upload.state == "sending" else None,
            upload.note or _(_STATES[upload.state]),
            failed=failed,
        )

    def show_saving(self, saving: SavingRow) -> None:
        """The figures of this moment."""
        fraction = None if saving.over else saving.fraction
        self._show(saving.text, fraction, saving.problem, failed=saving.over)

    def _show(self, name: str, fraction: float | None, note: str, *, failed: bool) -> None:
        self._title = self._look.safe.line(name)
        self._sending, self._failed = fraction is not None, failed
        self.note.configure(
            text=self._look.safe.line(note),
            style="Problem.TLabel" if failed else "Muted.TLabel",
        )
        self._cancel_tooltip.say(_(_TAKE_AWAY if failed else _STOP))
        if fraction is not None:
            self.percent.configure(text=f"{int(fraction * 100)}%")
            self.bar.configure(value=fraction)
        self._arrange()

    def _arrange(self) -> None:
        """In one line, or in two: what it is, and how it stands with it."""
        look, px, room = self._look, self._look.px, self.winfo_width()
        two = 1 < room < _ONE_LINE * look.wide(1)
        beside = self.amount.winfo_reqwidth() + self.cancel.winfo_reqwidth() + px(40)
        beside += self.retry.winfo_reqwidth() if self._failed else 0
        most = room - beside if two else min(look.grown(self._wide), max(px(80), room // 2))
        self.name.configure(
            text=clipped(self._title, look.small, most if room > 1 else look.grown(self._wide))
        )
        # Of one width, so that what stands in several rows begins in one line.
        self.columnconfigure(0, minsize=0 if two else most + px(10))
        sized = not two and self._wide == _NAME_WIDTH
        self.columnconfigure(1, minsize=look.grown(_SIZE_WIDTH) if sized else 0)
        row, across = (1, 6) if two else (0, 2)
        self.name.grid(row=0, column=0, sticky="w")
        self.amount.grid(row=0, column=1, sticky="e", padx=(px(10), 0) if two else 0)
        self.percent.configure(anchor="w" if two else "e")
        _put(
            self.percent,
            shown=self._sending,
            row=row,
            column=0 if two else 2,
            sticky="w" if two else "",
            padx=(0 if two else px(4), px(10)),
        )
        _put(
            self.bar,
            shown=self._sending,
            row=row,
            column=0 if two else 3,
            columnspan=across if two else 1,
            sticky="ew",
            padx=(self.percent.winfo_reqwidth() + px(10) if two else 0, 0),
        )
        _put(
            self.note,
            shown=not self._sending,
            row=row,
            column=0 if two else 2,
            columnspan=across,
            sticky="ew",
            padx=(0 if two else px(12), 0),
        )
        _put(self.retry, shown=self._failed, row=0, column=4, padx=(px(6), 0))
        self.cancel.grid(row=0, column=5, padx=(px(6), 0))


def _put(widget: tk.Widget, *, shown: bool, **place: Any) -> None:
    if shown:
        widget.grid(**place)
    else:
        widget.grid_remove()
