"""A field of one line: what `Entry` would be, made of a `Text`.

Tk 8.6's `Entry` corrupts memory when an edit splits a character above U+FFFF; `Text` does
not. Everything that reaches the widget, typed, pasted or dropped, goes through `insert` and
`delete` of its Tcl command, so they are where line breaks are taken out, the length is kept,
and a masked field keeps its text to itself. Knows nothing of what the field is for.
"""

import tkinter as tk

import ttkbootstrap as tb

from client_mvc.view.style.theme import Look
from client_mvc.view.widgets import editing

_BULLET = "\N{BULLET}"

# `insert` and `delete` come to Python; the rest goes on to the widget as Tcl wrote it, since
# Tk's own bindings rely on catching its errors.
_ROUTE = """
proc {%(name)s} {command args} {
    switch -- $command {
        insert  { return [%(insert)s {*}$args] }
        delete  { return [%(delete)s {*}$args] }
        replace { %(delete)s {*}[lrange $args 0 1]
                  return [%(insert)s [lindex $args 0] {*}[lrange $args 2 end]] }
        default { return [uplevel 1 [list {%(inner)s} $command {*}$args]] }
    }
}
"""


class Field(tb.Frame):
    """One line of text in a frame that shows the focus. `masked`: bullets in its place.

    `limit` is in characters; more is not taken. `text` is the widget that has the focus.
    """

    def __init__(
        self, master: tk.Misc, look: Look, *, masked: bool = False, limit: int = 1_000
    ) -> None:
        super().__init__(master, style="Box.TFrame", padding=look.px(2))
        self._look = look
        self._limit = limit
        self._secret: str | None = "" if masked else None
        self.text = tb.Text(
            self,
            autostyle=False,
            height=1,
            width=36,
            wrap="none",
            undo=not masked,
            exportselection=not masked,
            font=look.base,
            relief="flat",
            borderwidth=0,
            highlightthickness=0,
        )
        self.text.pack(fill="x", expand=True, padx=look.px(6), pady=look.px(4))
        self._inner = f"{self.text}_inner"
        self._take_over()
        editing.make_editable(self.text)
        self.text.bind("<FocusIn>", self._focused, add="+")
        self.text.bind("<FocusOut>", self._unfocused, add="+")
        self.bind("<Button-1>", lambda _: self.text.focus_set())
        look.attach(self, self._paint)

    def get(self) -> str:
        """What stands in the field; of a masked one, what was typed."""
        return self.text.get("1.0", "end-1c") if self._secret is None else self._secret

    def set(self, value: str) -> None:
        """Replace what stands in the field."""
        self.enable(True)
        self.text.delete("1.0", "end")
        self.text.insert("1.0", value)
        self.text.edit_reset()

    def enable(self, on: bool) -> None:
        """Let people edit, or not."""
        self.text.configure(state="normal" if on else "disabled", takefocus=on)
        self._paint()

    def _focused(self, event: "tk.Event[tk.Text]") -> None:
        self.state(["focus"])

    def _unfocused(self, event: "tk.Event[tk.Text]") -> None:
        self.state(["!focus"])

    def _paint(self) -> None:
        self._look.field_text(self.text)
        if self.text.cget("state") == "disabled":
            self.text.configure(foreground=self._look.palette.muted)

    # --- between Tcl and the widget ------------------------------------------------------

    def _take_over(self) -> None:
        tcl, name = self.tk, str(self.text)
        commands = {
            "insert": self.text.register(self._insert),
            "delete": self.text.register(self._delete),
        }
        tcl.call("rename", name, self._inner)
        tcl.eval(_ROUTE % {"name": name, "inner": self._inner, **commands})
        self.text.bind("<Destroy>", lambda _: tcl.call("rename", name, ""), add="+")

    def _insert(self, index: str, typed: str, *tags_and_more: str) -> None:
        typed = editing.whole("".join(typed.splitlines()).replace("\t", " "))
        typed = typed[: max(0, self._limit - len(self.get()))]
        if not typed or self.text.cget("state") == "disabled":
            return
        if self._secret is None:
            self._call("insert", index, typed)
            self._look.draw_emoji(self.text)
            return
        at = self._place(index)
        self._secret = self._secret[:at] + typed + self._secret[at:]
        self._call("insert", index, _BULLET * len(typed))

    def _delete(self, first: str, last: str = "") -> None:
        if self._secret is not None and self.text.cget("state") != "disabled":
            start = self._place(first)
            end = self._place(last) if last else start + 1
            if start < end:
                self._secret = self._secret[:start] + self._secret[end:]
        self._call("delete", first, *([last] if last else []))

    def _place(self, index: str) -> int:
        """`index` as a place in the secret; a bullet is one index unit, so columns count."""
        line, _, column = str(self._call("index", index)).partition(".")
        return int(column) if line == "1" else len(self._secret or "")

    def _call(self, *words: str) -> object:
        answer: object = self.tk.call(self._inner, *words)
        return answer
