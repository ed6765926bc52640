"""A question whose answer is no, unless the member presses the button for yes."""

from collections.abc import Callable

import ttkbootstrap as tb

from client_mvc.i18n.translate import _
from client_mvc.view.contract.windows import Question
from client_mvc.view.dialogs.child_window import ChildWindow
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets import editing
from client_mvc.view.widgets.flow_layout import FlowFrame, wrapping_label
from client_mvc.view.widgets.scrolled_form import ScrolledForm

_WIDTH = 60  # digits


class QuestionDialog(ChildWindow):
    """Asks `question`: `yes` is called for yes, `closed` for any answer, before `yes`."""

    def __init__(
        self,
        look: Look,
        question: Question,
        yes: Callable[[], None],
        closed: Callable[[], None],
    ) -> None:
        super().__init__(look, look.safe.line(question.title), closed, resizable=False)
        px = look.px
        form = ScrolledForm(self, look, padding=(px(24), px(18)))
        text = look.safe.sentence(question.text)
        self.text = wrapping_label(form.inner, look, "TLabel", width=_WIDTH, text=text)
        self.text.pack(fill="x")
        foot = FlowFrame(self, look)
        foot.pack(side="bottom", fill="x", padx=px(24), pady=(0, px(18)))
        form.pack(fill="both", expand=True)

        def agree() -> None:
            closed()
            yes()

        self.yes = tb.Button(foot, text=look.safe.line(question.yes), command=agree)
        self.no = tb.Button(foot, text=_("Cancel"), bootstyle="primary", command=closed)
        foot.add(self.yes, self.no, side="right")
        editing.on_keys(self.no, editing.ENTER, closed)
        self.appear(self.no)
