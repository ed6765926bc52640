"""Editable fields, made of a `Text` in place of Tk's `Entry`: of several lines, and of one.

Tk 8.6's `Entry` corrupts memory when an edit splits a character above U+FFFF; `Text` does
not. All text that reaches the widget, typed, pasted or dropped, passes `insert` and `delete` of
its Tcl command. A field of one line replaces them: they remove line breaks, limit the length,
and put bullets into a masked field in place of its text.
"""

import tkinter as tk
from typing import Any

import ttkbootstrap as tb

from client_mvc.view.style.theme import Look
from client_mvc.view.widgets import editing
from client_mvc.view.widgets.focus_frame import FocusFrame

_BULLET = "\N{BULLET}"

# `insert` and `delete` call Python; Tcl passes everything else on to the widget itself, since
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


class EditableText(FocusFrame):
    """A `Text` to write in, with a frame that shows the focus; `text` is the widget inside.

    `options` are further options of `Text`.
    """

    def __init__(self, master: tk.Misc, look: Look, **options: Any) -> None:
        super().__init__(master, look)
        self._look = look
        self.text = tb.Text(
            self,
            autostyle=False,
            height=1,
            font=look.base,
            relief="flat",
            borderwidth=0,
            highlightthickness=0,
            **options,
        )
        self.text.pack(fill="x", expand=True, padx=look.px(6), pady=look.px(4))
        editing.make_editable(self.text)
        self.follow(self.text)
        self.bind("<Button-1>", lambda _: self.text.focus_set())
        look.attach(self, self._paint)

    def _paint(self) -> None:
        self._look.field_text(self.text)
        if self.text.cget("state") == "disabled":
            self.text.configure(foreground=self._look.palette.muted)


class TextField(EditableText):
    """One line of text.

    Args:
        masked: Show bullets in place of the characters.
        limit: The longest text, in characters; the rest of a longer one is cut off.
        width: In digits.
    """

    def __init__(
        self,
        master: tk.Misc,
        look: Look,
        *,
        masked: bool = False,
        limit: int = 1_000,
        width: int = 36,
    ) -> None:
        private = {"undo": not masked, "exportselection": not masked}
        super().__init__(master, look, width=width, wrap="none", **private)
        self._limit = limit
        self._secret: str | None = "" if masked else None
        self._inner = f"{self.text}_inner"
        self._replace_command()

    def get(self) -> str:
        """Return the text; of a masked field the characters, not the bullets."""
        return self.text.get("1.0", "end-1c") if self._secret is None else self._secret

    def set(self, value: str) -> None:
        """Enable the field and replace its text."""
        self.enable(True)
        self.text.delete("1.0", "end")
        self.text.insert("1.0", value)
        self.text.edit_reset()

    def select_all(self) -> None:
        """Select the text, so that typing replaces it."""
        self.text.tag_add("sel", "1.0", "end-1c")

    def enable(self, on: bool) -> None:
        """Allow or forbid editing."""
        self.text.configure(state="normal" if on else "disabled", takefocus=on)
        self._paint()

    # --- between Tcl and the widget ------------------------------------------------------

    def _replace_command(self) -> None:
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
        """Turn `index` into a place in the secret: a bullet is one column of an index."""
        line, _, column = str(self._call("index", index)).partition(".")
        return int(column) if line == "1" else len(self._secret or "")

    def _call(self, *arguments: str) -> object:
        answer: object = self.tk.call(self._inner, *arguments)
        return answer
