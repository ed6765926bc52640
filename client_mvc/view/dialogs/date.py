"""The dialog that asks for a date to go to. The controller checks the date."""

from collections.abc import Callable

import ttkbootstrap as tb

from client_mvc.i18n.translate import _
from client_mvc.view.contract.intents import Intents
from client_mvc.view.dialogs.child_window import ChildWindow
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets import editing
from client_mvc.view.widgets.field import TextField
from client_mvc.view.widgets.flow_layout import FlowFrame, wrapping_label
from client_mvc.view.widgets.scrolled_form import ScrolledForm

_WIDTH = 40  # digits


class DateDialog(ChildWindow):
    """Asks for a date; `closed` is called when the member closes it."""

    def __init__(
        self, look: Look, intents: Callable[[], Intents], closed: Callable[[], None]
    ) -> None:
        super().__init__(look, _("Go to a date"), closed, resizable=False)
        self._intents = intents
        px = look.px
        form = ScrolledForm(self, look, padding=(px(24), px(18)))
        body = form.inner
        tb.Label(body, text=_("Date")).pack(anchor="w", pady=(0, px(3)))
        self.field = TextField(body, look, limit=40, width=24)
        self.field.pack(fill="x")
        hint = wrapping_label(
            body,
            look,
            "Muted.TLabel",
            width=_WIDTH,
            text=_("year-month-day, for example 2026-11-22"),
        )
        hint.pack(fill="x", pady=(px(2), 0))
        self.error = wrapping_label(body, look, "Problem.TLabel", width=_WIDTH)
        foot = FlowFrame(self, look)
        foot.pack(side="bottom", fill="x", padx=px(24), pady=(0, px(18)))
        form.pack(fill="both", expand=True)
        self.go = tb.Button(foot, text=_("Go"), bootstyle="primary", command=self._go)
        self.cancel = tb.Button(foot, text=_("Cancel"), command=closed)
        foot.add(self.go, self.cancel, side="right")
        editing.on_keys(self.field.text, editing.ENTER, self._go)

    def show(self, suggested: str) -> None:
        """Open the dialog with this date, selected."""
        self.error.pack_forget()
        self.field.set(suggested)
        self._focus_field()

    def show_error(self, text: str) -> None:
        """Show an error in the date, so that it can be corrected."""
        self.error.configure(text=self.look.safe.text(text))
        self.error.pack(fill="x", pady=(self.look.px(2), 0))
        self._focus_field()

    def _focus_field(self) -> None:
        self.appear(self.field.text)
        self.field.select_all()

    def _go(self) -> None:
        self._intents().history.go_to_date(self.field.get())
