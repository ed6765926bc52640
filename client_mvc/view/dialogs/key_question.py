"""A question about the key of a server, with fingerprints to compare; the default is no."""

import tkinter.font as tkfont
from collections.abc import Callable

import ttkbootstrap as tb

from client_mvc.view.contract.windows import KeyQuestion
from client_mvc.view.dialogs.child_window import ChildWindow
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets import editing
from client_mvc.view.widgets.flow_layout import FlowFrame, wrapping_label
from client_mvc.view.widgets.scrolled_form import ScrolledForm

_WIDTH = 60  # digits
_LARGER = 1.25


class KeyDialog(ChildWindow):
    """Asks `question`: `yes` is called for yes, `closed` for any answer, before `yes`."""

    def __init__(
        self,
        look: Look,
        question: KeyQuestion,
        yes: Callable[[], None],
        closed: Callable[[], None],
    ) -> None:
        super().__init__(look, look.safe.line(question.title), closed, resizable=False)
        px = look.px
        form = ScrolledForm(self, look, padding=(px(24), px(18)))
        self._form = form.inner
        title = wrapping_label(
            self._form, look, "TLabel", width=_WIDTH, text=look.safe.sentence(question.title)
        )
        title.configure(font=look.title)
        title.pack(fill="x", pady=(0, px(10)))
        self.text = self._add_text(question.text)
        side_by_side = FlowFrame(self._form, look, gap=32)
        side_by_side.pack(fill="x", pady=px(12))
        self._large = tkfont.Font(self, font=look.mono)
        look.attach(side_by_side, self._enlarge)
        self.fingerprints = [
            self._add_key(side_by_side, label, groups) for label, groups in question.keys
        ]
        self._add_text(question.after)
        foot = FlowFrame(self, look)
        foot.pack(side="bottom", fill="x", padx=px(24), pady=(0, px(18)))
        form.pack(fill="both", expand=True)

        def agree() -> None:
            closed()
            yes()

        self.yes: tb.Button | None = None
        self.no = tb.Button(
            foot, text=look.safe.line(question.no), bootstyle="primary", command=closed
        )
        if question.yes:
            self.yes = tb.Button(foot, text=look.safe.line(question.yes), command=agree)
            foot.add(self.yes, self.no, side="right")
        else:
            foot.add(self.no, side="right")
        editing.on_keys(self.no, editing.ENTER, closed)
        self.appear(self.no)

    def _add_text(self, text: str) -> tb.Label:
        shown = self.look.safe.sentence(text)
        label = wrapping_label(self._form, self.look, "TLabel", width=_WIDTH, text=shown)
        label.pack(fill="x")
        return label

    def _enlarge(self) -> None:
        size = self.look.mono.cget("size")
        self._large.configure(size=round(size * _LARGER))

    def _add_key(self, row: FlowFrame, label: str, fingerprint: str) -> tb.Label:
        px = self.look.px
        block = tb.Frame(row)
        if label:
            name = tb.Label(block, text=self.look.safe.line(label), style="Muted.TLabel")
            name.pack(anchor="w", pady=(0, px(2)))
        shown = tb.Label(block, text=fingerprint, font=self._large)
        shown.pack(anchor="w")
        row.add(block)
        return shown
