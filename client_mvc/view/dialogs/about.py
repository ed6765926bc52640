"""The page about this program: its name, version, and what a report of a fault should say."""

from collections.abc import Callable

import ttkbootstrap as tb

from client_mvc.i18n.translate import _
from client_mvc.view.contract.windows import About
from client_mvc.view.dialogs.child_window import ChildWindow
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets import editing
from client_mvc.view.widgets.flow_layout import FlowFrame, wrapping_label
from client_mvc.view.widgets.scrolled_form import ScrolledForm

_WIDTH = 44  # digits
_ICON = 48  # pixels


class AboutWindow(ChildWindow):
    """`copy` copies the facts, for a report; `closed` is called to close the window."""

    def __init__(self, look: Look, about: About, closed: Callable[[], None]) -> None:
        super().__init__(look, _("About Chatroom"), closed, resizable=False)
        self._about = about
        px, safe = look.px, look.safe
        form = ScrolledForm(self, look, padding=(px(28), px(20)))
        foot = FlowFrame(self, look)
        foot.pack(side="bottom", fill="x", padx=px(28), pady=(0, px(18)))
        form.pack(fill="both", expand=True)
        body = form.inner
        head = tb.Frame(body)
        head.pack(fill="x")
        self._sign = tb.Label(head)
        self._sign.pack(side="left", padx=(0, px(16)))
        tb.Label(head, text=safe.line(about.name), font=look.title).pack(anchor="w")
        tb.Label(head, text=safe.line(about.version), style="Muted.TLabel").pack(anchor="w")
        text = wrapping_label(body, look, "TLabel", width=_WIDTH, text=safe.text(about.text))
        text.pack(fill="x", pady=(px(14), px(10)))
        facts = tb.Frame(body)
        facts.pack(fill="x")
        facts.columnconfigure(1, weight=1)
        for row, (label, value) in enumerate(about.facts):
            name = tb.Label(facts, text=safe.line(label), style="Muted.TLabel")
            name.grid(row=row, column=0, sticky="nw", padx=(0, px(16)), pady=px(2))
            shown = wrapping_label(facts, look, "TLabel", text=safe.line(value))
            shown.grid(row=row, column=1, sticky="ew", pady=px(2))
        self.copy = tb.Button(foot, text=_("Copy"), command=self._copy)
        look.icon(self.copy, "clipboard")
        self.close = tb.Button(foot, text=_("Close"), bootstyle="primary", command=closed)
        foot.add(self.copy)
        foot.add(self.close, side="right")
        editing.on_keys(self.close, editing.ENTER, closed)
        look.attach(self, self._paint)
        self.appear(self.close)

    def _copy(self) -> None:
        about = self._about
        lines = [f"{about.name} {about.version}", *(": ".join(fact) for fact in about.facts)]
        editing.copy(self, "\n".join(lines))

    def _paint(self) -> None:
        look = self.look
        accent = look.palette.accent
        self._drawn = tb.Icon("chat-dots-fill", size=look.grown(_ICON), color=accent)
        self._sign.configure(image=self._drawn)
