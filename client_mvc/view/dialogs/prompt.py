"""A small dialog for one line of text: a reason, a topic, a key."""

from collections.abc import Callable

import ttkbootstrap as tb

from client_mvc.i18n.translate import _
from client_mvc.view.contract.windows import Prompt
from client_mvc.view.dialogs.child_window import ChildWindow
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets import editing
from client_mvc.view.widgets.field import TextField
from client_mvc.view.widgets.flow_layout import FlowFrame, wrapping_label
from client_mvc.view.widgets.scrolled_form import ScrolledForm

_WIDTH = 52  # digits


class PromptDialog(ChildWindow):
    """Asks `prompt`: `done` is called with the text if the member agrees, else `closed`."""

    def __init__(
        self,
        look: Look,
        prompt: Prompt,
        done: Callable[[str], None],
        closed: Callable[[], None],
    ) -> None:
        super().__init__(look, look.safe.line(prompt.title), closed, resizable=False)
        self._prompt = prompt
        self._done = done
        px = look.px
        form = ScrolledForm(self, look, padding=(px(24), px(18)))
        body = form.inner
        text = look.safe.sentence(prompt.text)
        self.text = wrapping_label(body, look, "TLabel", width=_WIDTH, text=text)
        self.text.pack(fill="x")
        label = wrapping_label(body, look, "TLabel", width=_WIDTH, text=prompt.label)
        label.pack(fill="x", pady=(px(12), px(3)))
        self.field = TextField(body, look, limit=prompt.limit, masked=prompt.secret)
        self.field.pack(fill="x")
        self.error = wrapping_label(body, look, "Problem.TLabel", width=_WIDTH)
        foot = FlowFrame(self, look)
        foot.pack(side="bottom", fill="x", padx=px(24), pady=(0, px(18)))
        form.pack(fill="both", expand=True)
        self.yes = tb.Button(
            foot, text=look.safe.line(prompt.yes), bootstyle="primary", command=self._agree
        )
        self.no = tb.Button(foot, text=_("Cancel"), command=closed)
        foot.add(self.yes, self.no, side="right")
        editing.on_keys(self.field.text, editing.ENTER, self._agree)
        self.field.set(prompt.value)
        self.appear(self.field.text)
        self.field.select_all()

    def show_error(self, text: str) -> None:
        """Show what is wrong with the text, so that it can be corrected."""
        self.error.configure(text=self.look.safe.sentence(text))
        self.error.pack(fill="x", pady=(self.look.px(4), 0))
        self.appear(self.field.text)
        self.field.select_all()

    def _agree(self) -> None:
        text = self.field.get()
        if text.strip() or self._prompt.optional:
            self._done(text)
        else:
            self.field.text.focus_set()
