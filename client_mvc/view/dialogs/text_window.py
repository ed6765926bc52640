"""A window with a text to read."""

import re
from collections.abc import Callable

import ttkbootstrap as tb

from client_mvc.i18n.translate import _
from client_mvc.view.dialogs.child_window import ChildWindow
from client_mvc.view.style.safe_text import Pieces
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets import editing
from client_mvc.view.widgets.read_only_text import ReadOnlyText
from client_mvc.view.widgets.scrollbar import Scrollbar

_COLUMNS = 84
_LINES = (6, 26)
# The start of a line of two columns, up to the second: the first ends with two spaces or more.
_FIRST_COLUMN = re.compile(r".{0,38}\s{2}(?=\S)")


class TextWindow(ChildWindow):
    """Shows a text; `closed` is called when the member closes the window."""

    def __init__(self, look: Look, title: str, closed: Callable[[], None]) -> None:
        super().__init__(look, look.safe.line(title), closed)
        px = look.px
        foot = tb.Frame(self, padding=px(12))
        foot.pack(side="bottom", fill="x")
        self.close = tb.Button(foot, text=_("Close"), command=closed)
        self.close.pack(side="right")
        tb.Separator(self).pack(side="bottom", fill="x")
        body = tb.Frame(self)
        body.pack(fill="both", expand=True)
        self.text = ReadOnlyText(
            body, look, width=_COLUMNS, wrap="word", font=look.mono, padx=px(16), pady=px(12)
        )
        bar = Scrollbar(body, self.text.yview)
        self.text.configure(yscrollcommand=bar.set)
        bar.pack(side="right", fill="y")
        self.text.pack(side="left", fill="both", expand=True)
        self._indents: set[int] = set()
        self.text.bind(editing.SELECT_ALL, editing.select_all)
        look.attach(self.text, self._indent)

    def show(self, text: str) -> None:
        """Replace the text and show its beginning."""
        pieces: Pieces = []
        for line in text.rstrip("\n").splitlines(keepends=True):
            first = _FIRST_COLUMN.match(line)
            indent = self._indent_tag(first.end() if first else 0)
            for run, emoji in self.look.safe.runs(line):
                pieces += [run, (indent, "emoji") if emoji else (indent,)]
        with self.text.editable():
            self.text.delete("1.0", "end")
            self.text.insert_pieces("1.0", pieces)
        least, most = _LINES
        lines = sum(1 + len(line) // _COLUMNS for line in text.split("\n")[:most])
        self.text.configure(height=max(least, min(most, lines)))
        self.text.yview_moveto(0.0)
        self.appear(self.close)

    def _indent_tag(self, characters: int) -> str:
        """Return the tag that indents the wrapped rest of a line by so many characters."""
        if characters not in self._indents:
            self._indents.add(characters)
            self._indent()
        return f"indent{characters}"

    def _indent(self) -> None:
        # At least half of the window is left for the text, with any font.
        most = self.winfo_screenwidth() // 3
        for characters in self._indents:
            wide = min(most, self.look.mono.measure("0" * characters))
            self.text.tag_configure(f"indent{characters}", lmargin2=wide)
