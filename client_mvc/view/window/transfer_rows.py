"""The rows above the composer: one for each upload, and one for all files being saved."""

import tkinter as tk
from collections.abc import Callable, Sequence

import ttkbootstrap as tb

from client_mvc.i18n.translate import _, marked, ngettext
from client_mvc.view.contract.intents import Intents
from client_mvc.view.contract.values import SavingRow, UploadRow, UploadState
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets.flow_layout import clipped, wrapping_label
from client_mvc.view.widgets.scrolled_form import ScrolledForm
from client_mvc.view.widgets.tooltip import Tooltip

_ROWS = 4
_NAME_WIDTH = 200
_SIZE_WIDTH = 74
_SAVING_WIDTH = 420
_SHARE = 0.25  # of the window
_ONE_LINE = 60  # digits: a narrower row has two lines
_STOP, _REMOVE = marked("Stop"), marked("Remove from the list")
_STATES: dict[UploadState, str] = {
    "waiting": marked("waiting"),
    "sending": marked("sending"),
    "retrying": marked("retrying"),
    "failed": marked("failed"),
}


class TransferRows(tb.Frame):
    """`rows` are the uploads, by key, and `saving` the files being saved.

    Its owner places it with `grid`; it is visible only while it has rows.
    """

    def __init__(self, master: tk.Misc, look: Look, intents: Callable[[], Intents]) -> None:
        super().__init__(master)
        self._look = look
        self._intents = intents
        self.rows: dict[str, TransferRow] = {}
        # With large text or long reasons the rows scroll and leave room for the conversation.
        self._body = ScrolledForm(self, look, share=_SHARE)
        self._body.pack(fill="both", expand=True)
        self.saving = TransferRow(
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
        """Replace the rows of the uploads; the first few are shown, the others counted."""
        shown = {upload.key: upload for upload in uploads[:_ROWS]}
        order = list(self.rows)
        for key in [key for key in self.rows if key not in shown]:
            self.rows.pop(key).destroy()
        self.rows = {key: self.rows.get(key) or self._row(key) for key in shown}
        if list(self.rows) != order:
            for row in self.rows.values():
                row.pack_forget()
                row.pack(fill="x")
                row.lift()  # Tab goes through the rows in this order
        for key, upload in shown.items():
            self.rows[key].show(upload)
        self._show_foot(
            len(uploads) - len(shown), sum(upload.state == "failed" for upload in uploads)
        )
        self._show_or_hide()

    def show_saving(self, saving: SavingRow | None) -> None:
        """Replace or remove the row of the files being saved."""
        if saving is None:
            self.saving.pack_forget()
        else:
            self.saving.show_saving(saving)
            if not self.saving.winfo_manager():
                others = self._body.inner.pack_slaves()
                self.saving.pack(fill="x", **({"before": others[0]} if others else {}))
        self._show_or_hide()

    def _show_or_hide(self) -> None:
        if self.rows or self.saving.winfo_manager():
            self.grid()
        else:
            self.grid_remove()

    def _row(self, key: str) -> "TransferRow":
        return TransferRow(
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
        # Packed again, so that it stays below the rows.
        self._foot.pack_forget()
        if hidden or failed > 1:
            self._foot.pack(fill="x")
            self._foot.lift()


class TransferRow(tb.Frame):
    """Name and progress of a transfer, or the reason why it does not proceed."""

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
        self._sending, self._may_retry = False, False
        self.name = tb.Label(self, style="Muted.TLabel")
        self.amount = tb.Label(self, style="Muted.TLabel", anchor="e")
        self.percent = tb.Label(self, style="Muted.TLabel", width=5, anchor="e")
        self.bar = tb.Progressbar(self, maximum=1.0, bootstyle="primary thin")
        self.note = wrapping_label(self, look, "Muted.TLabel")
        self.retry = tb.Button(self, text=_("Retry"), bootstyle="ghost", command=retry)
        self.cancel = tb.Button(self, bootstyle="ghost", command=cancel)
        look.icon(self.cancel, "x")
        self._cancel_tooltip = Tooltip(self.cancel, look, _(_STOP))
        self.columnconfigure(3, weight=1)
        self.bind("<Configure>", lambda _: self._arrange())
        look.attach(self, self._arrange)

    def show(self, upload: UploadRow) -> None:
        """Show the current state of an upload."""
        self.amount.configure(text=self._look.safe.line(upload.size))
        self._show(
            upload.name,
            upload.fraction if upload.state == "sending" else None,
            upload.note or _(_STATES[upload.state]),
            failed=upload.state == "failed",
            retry=upload.retry,
        )

    def show_saving(self, saving: SavingRow) -> None:
        """Show the current state of the files being saved."""
        fraction = None if saving.over else saving.fraction
        self._show(saving.text, fraction, saving.problem, failed=saving.over)

    def _show(
        self, name: str, fraction: float | None, note: str, *, failed: bool, retry: bool = True
    ) -> None:
        self._may_retry = failed and retry
        self._title = self._look.safe.line(name)
        self._sending = fraction is not None
        self.note.configure(
            text=self._look.safe.sentence(note),
            style="Problem.TLabel" if failed else "Muted.TLabel",
        )
        self._cancel_tooltip.set_text(_(_REMOVE if failed else _STOP))
        if fraction is not None:
            self.percent.configure(text=f"{int(fraction * 100)}%")
            self.bar.configure(value=fraction)
        self._arrange()

    def _arrange(self) -> None:
        """Place the parts in one line, or in two if the window is narrow."""
        look, px, room = self._look, self._look.px, self.winfo_width()
        two = 1 < room < _ONE_LINE * look.wide(1)
        beside = self.amount.winfo_reqwidth() + self.cancel.winfo_reqwidth() + px(40)
        beside += self.retry.winfo_reqwidth() if self._may_retry else 0
        most = room - beside if two else min(look.grown(self._wide), max(px(80), room // 2))
        self.name.configure(
            text=clipped(self._title, look.small, most if room > 1 else look.grown(self._wide))
        )
        # All rows have columns of the same width.
        self.columnconfigure(0, minsize=0 if two else most + px(10))
        sized = not two and self._wide == _NAME_WIDTH
        self.columnconfigure(1, minsize=look.grown(_SIZE_WIDTH) if sized else 0)
        row, column, across = (1, 0, 6) if two else (0, 2, 2)
        self.name.grid(row=0, column=0, sticky="w")
        self.amount.grid(row=0, column=1, sticky="e", padx=(px(10), 0) if two else 0)
        self.percent.configure(anchor="w" if two else "e")
        if self._sending:
            self.note.grid_remove()
            self.percent.grid(
                row=row, column=column, sticky="w", padx=(0 if two else px(4), px(10))
            )
            # In two lines, the bar shares its cells with the percentage.
            left = self.percent.winfo_reqwidth() + px(10) if two else 0
            place = {"column": 0, "columnspan": across} if two else {"column": 3}
            self.bar.grid(row=row, sticky="ew", padx=(left, 0), **place)
        else:
            self.percent.grid_remove()
            self.bar.grid_remove()
            left = 0 if two else px(12)
            self.note.grid(
                row=row, column=column, columnspan=across, sticky="ew", padx=(left, 0)
            )
        if self._may_retry:
            self.retry.grid(row=0, column=4, padx=(px(6), 0))
        else:
            self.retry.grid_remove()
        self.cancel.grid(row=0, column=5, padx=(px(6), 0))
