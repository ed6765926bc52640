"""The dialog for a date to go to. Checks nothing itself; says what is wrong at the field."""

from collections.abc import Callable

import ttkbootstrap as tb

from client_mvc.i18n.translate import _
from client_mvc.view.contract.intents import Intents
from client_mvc.view.dialogs.child_window import SecondWindow
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets.field import Field
from client_mvc.view.widgets.flow_layout import Flow, wrap
from client_mvc.view.widgets.scrolled_form import Scrolled

_WRAP = 40  # digits


class DateDialog(SecondWindow):
    """`closed` is called when it goes away."""

    def __init__(
        self, look: Look, intents: Callable[[], Intents], closed: Callable[[], None]
    ) -> None:
        super().__init__(look, _("Go to a date"), closed, resizable=False)
        self._intents = intents
        px = look.px
        form = Scrolled(self, look, padding=(px(24), px(18)))
        body = form.inner
        tb.Label(body, text=_("Date")).pack(anchor="w", pady=(0, px(3)))
        self.field = Field(body, look, limit=40)
        self.field.text.configure(width=24)
        self.field.pack(fill="x")
        hint = tb.Label(
            body, text=_("year-month-day, as 2026-11-22"), style="Muted.TLabel", justify="left"
        )
        wrap(hint, look, _WRAP)
        hint.pack(fill="x", pady=(px(2), 0))
        self.error = tb.Label(body, style="Problem.TLabel", justify="left")
        wrap(self.error, look, _WRAP)
        foot = Flow(self, look)
        foot.pack(side="bottom", fill="x", padx=px(24), pady=(0, px(18)))
        form.pack(fill="both", expand=True)
        self.go = tb.Button(foot, text=_("Go"), bootstyle="primary", command=self._go)
        self.cancel = tb.Button(foot, text=_("Cancel"), command=closed)
        for button in (self.go, self.cancel):
            foot.add(button, "right")
        for key in ("<Return>", "<KP_Enter>"):
            self.field.text.bind(key, lambda _: self._go())

    def show(self, suggested: str) -> None:
        """Open with this date, ready to be typed over."""
        self.error.pack_forget()
        self.field.set(suggested)
        self._begin()

    def show_error(self, text: str) -> None:
        """Say what is wrong, and let it be put right."""
        self.error.configure(text=self.look.safe.text(text))
        self.error.pack(fill="x", pady=(self.look.px(2), 0))
        self._begin()

    def _begin(self) -> None:
        self.appear(self.field.text)
        self.field.text.tag_add("sel", "1.0", "end-1c")

    def _go(self) -> str:
        self._intents().history.go_to_date(self.field.get())
        return "break"
