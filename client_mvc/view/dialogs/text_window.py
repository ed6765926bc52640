"""A window with text to read: help, about, a shared file. Knows nothing of what it shows."""

import re
from collections.abc import Callable

import ttkbootstrap as tb

from client_mvc.i18n.translate import _
from client_mvc.view.dialogs.child_window import SecondWindow
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets import editing
from client_mvc.view.widgets.scrollbar import Scrollbar

_COLUMNS = 84
_LINES = (6, 26)
# What stands beside an explanation: it ends with two spaces or more.
_BESIDE = re.compile(r".{0,38}\s{2}(?=\S)")


class TextWindow(SecondWindow):
    """`closed` is called when it goes away."""

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
        self.text = tb.Text(
            body,
            autostyle=False,
            width=_COLUMNS,
            wrap="word",
            state="disabled",
            takefocus=True,
            cursor="arrow",
            font=look.mono,
            relief="flat",
            borderwidth=0,
            padx=px(16),
            pady=px(12),
        )
        bar = Scrollbar(body, self.text.yview)
        self.text.configure(yscrollcommand=bar.set)
        bar.pack(side="right", fill="y")
        self.text.pack(side="left", fill="both", expand=True)
        self._hanging: set[int] = set()
        self.text.bind("<Button-1>", lambda _: self.text.focus_set())
        self.text.bind("<Control-a>", editing.select_all)
        look.attach(self.text, self._paint)

    def show(self, text: str) -> None:
        """Put `text` in, from its beginning."""
        self.text.configure(state="normal")
        self.text.delete("1.0", "end")
        pieces: list[str | tuple[str, ...]] = []
        for line in text.rstrip("\n").splitlines(keepends=True):
            beside = _BESIDE.match(line)
            hang = self._hang(beside.end() if beside else 0)
            for run, emoji in self.look.safe.runs(line):
                pieces += [run, (hang, "emoji") if emoji else (hang,)]
        if pieces:
            self.text.insert("1.0", *pieces)  # type: ignore[arg-type]
        least, most = _LINES
        lines = sum(1 + len(line) // _COLUMNS for line in text.split("\n")[:most])
        self.text.configure(state="disabled", height=max(least, min(most, lines)))
        self.text.yview_moveto(0.0)
        self.appear(self.close)

    def _hang(self, characters: int) -> str:
        """The tag of a line that goes on below so far to the right."""
        if characters not in self._hanging:
            self._hanging.add(characters)
            self._indent()
        return f"hang{characters}"

    def _indent(self) -> None:
        # Half the window is left for the words, however large they are.
        most = self.winfo_screenwidth() // 3
        for characters in self._hanging:
            wide = min(most, self.look.mono.measure("0" * characters))
            self.text.tag_configure(f"hang{characters}", lmargin2=wide)

    def _paint(self) -> None:
        self._indent()
        self.look.plain_text(self.text)
        self.text.configure(
            highlightthickness=self.look.px(1),
            highlightbackground=self.look.palette.background,
            highlightcolor=self.look.palette.accent,
        )
        self.text.tag_configure("emoji", font=self.look.emoji)
