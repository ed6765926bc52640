"""The window that says why the member is no longer in the room, with the way back."""

from collections.abc import Callable

import ttkbootstrap as tb

from client_mvc.i18n.translate import _
from client_mvc.view.contract.intents import Intents
from client_mvc.view.contract.windows import Removal
from client_mvc.view.dialogs.child_window import ChildWindow
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets import editing
from client_mvc.view.widgets.flow_layout import FlowFrame, wrapping_label
from client_mvc.view.widgets.scrolled_form import ScrolledForm

_WIDTH = 56  # digits


class RemovalWindow(ChildWindow):
    """`closed` is called when the member closes the window."""

    def __init__(
        self, look: Look, intents: Callable[[], Intents], closed: Callable[[], None]
    ) -> None:
        super().__init__(look, _("Removed"), closed, resizable=False)
        px = look.px
        form = ScrolledForm(self, look, padding=(px(24), px(18)))
        self.heading = wrapping_label(form.inner, look, "TLabel", width=_WIDTH, font=look.bold)
        self.heading.pack(fill="x", pady=(0, px(8)))
        self.text = wrapping_label(form.inner, look, "TLabel", width=_WIDTH)
        self.text.pack(fill="x")
        self._foot = FlowFrame(self, look)
        self._foot.pack(side="bottom", fill="x", padx=px(24), pady=(0, px(18)))
        form.pack(fill="both", expand=True)
        self.rejoin = tb.Button(self._foot, command=lambda: intents().removal.rejoin())
        self.close = tb.Button(self._foot, text=_("Close"), command=closed)
        editing.on_keys(self.close, editing.ENTER, closed)

    def show(self, removal: Removal, *, lift: bool) -> None:
        """Show why, and when the member can be back. `lift`: bring the window to the front."""
        safe = self.look.safe
        self.heading.configure(text=safe.sentence(removal.title))
        self.text.configure(text=safe.sentence(removal.text))
        self._foot.remove(self.rejoin)
        self._foot.remove(self.close)
        if removal.rejoin:
            self.rejoin.configure(text=safe.line(removal.rejoin))
            if removal.ready:
                self.rejoin.configure(bootstyle="primary")
            else:
                self.rejoin.configure(style="Held.TButton")
            self.rejoin.state(["!disabled" if removal.ready else "disabled"])
            self._foot.add(self.rejoin, side="right")
        self._foot.add(self.close, side="right")
        if lift:
            self.appear(self.close)
