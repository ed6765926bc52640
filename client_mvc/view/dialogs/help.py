"""The page of keys and commands: a table of them, in groups."""

from collections.abc import Callable, Sequence

import ttkbootstrap as tb

from client_mvc.i18n.translate import _
from client_mvc.view.contract.windows import HelpGroup
from client_mvc.view.dialogs.child_window import ChildWindow
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets import editing
from client_mvc.view.widgets.read_only_text import ReadOnlyText
from client_mvc.view.widgets.scrollbar import Scrollbar

_WIDTH, _LINES = 76, 30  # digits, lines
_MOST = 0.4  # of the width, for the keys
_BETWEEN = "  "


class HelpWindow(ChildWindow):
    """`text` has a line for each key; `closed` is called when the member closes the window."""

    def __init__(self, look: Look, title: str, closed: Callable[[], None]) -> None:
        super().__init__(look, look.safe.line(title), closed)
        self._groups: tuple[HelpGroup, ...] = ()
        px = look.px
        foot = tb.Frame(self, padding=px(12))
        foot.pack(side="bottom", fill="x")
        self.close = tb.Button(foot, text=_("Close"), command=closed)
        self.close.pack(side="right")
        tb.Separator(self).pack(side="bottom", fill="x")
        body = tb.Frame(self)
        body.pack(fill="both", expand=True)
        self.text = ReadOnlyText(
            body, look, width=1, height=1, wrap="word", font=look.base, padx=px(20), pady=px(8)
        )
        bar = Scrollbar(body, self.text.yview)
        self.text.configure(yscrollcommand=bar.set)
        bar.pack(side="right", fill="y")
        self.text.pack(side="left", fill="both", expand=True)
        self.text.bind(editing.SELECT_ALL, editing.select_all)
        look.attach(self.text, self._paint)

    def show(self, groups: Sequence[HelpGroup]) -> None:
        """Replace the page and show its beginning."""
        self._groups = tuple(groups)
        with self.text.editable():
            self.text.delete("1.0", "end")
            for group in self._groups:
                self._put(group.title + "\n", "title")
                for keys, does in group.rows:
                    self._put_row(keys, does)
                for paragraph in group.notes:
                    self._put(paragraph + "\n", "note")
            self.text.delete("end-2c")  # no empty line below the last
        self._paint()
        self.text.yview_moveto(0.0)
        self.appear(self.close)

    def _put_row(self, keys: Sequence[str], does: str) -> None:
        for place, key in enumerate(keys):
            if place:
                self._put(_BETWEEN, "row")
            self._put(f"\N{NO-BREAK SPACE}{key}\N{NO-BREAK SPACE}", "row", "key")
        self._put(f"\t{does}\n", "row")

    def _put(self, text: str, *tags: str) -> None:
        for run, emoji in self.look.safe.runs(text):
            self.text.insert("end", run, (*tags, "emoji") if emoji else tags)

    def _paint(self) -> None:
        look, text, tag = self.look, self.text, self.text.tag_configure
        text.configure(width=look.wide(_WIDTH) // look.wide(1), height=_LINES)
        px, widest = look.px, 0
        for group in self._groups:
            for keys, _does in group.rows:
                shown = _BETWEEN.join(f" {key} " for key in keys)
                widest = max(widest, look.base.measure(shown))
        column = min(widest + px(24), int(look.wide(_WIDTH) * _MOST))
        tag("title", font=look.bold, spacing1=px(14), spacing3=px(4))
        # A second tab stop: what is beside long keys begins there.
        stops = (column, column + px(8))
        tag("row", tabs=stops, lmargin2=column, spacing1=px(3), spacing3=px(3))
        tag("key", background=look.palette.chrome, foreground=look.palette.foreground)
        tag("note", foreground=look.palette.muted, spacing1=px(4), spacing3=px(2))
