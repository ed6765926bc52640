"""A window with a shared file to read: line numbers, search, wrapping, copy, save.

Knows a file only as the text it was given.
"""

import tkinter as tk
from collections.abc import Callable

import ttkbootstrap as tb

from client_mvc.i18n.translate import _, number
from client_mvc.view.contract.values import FileText
from client_mvc.view.dialogs.child_window import SecondWindow
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets import editing
from client_mvc.view.widgets.field import Field
from client_mvc.view.widgets.flow_layout import Flow, clipped, wrap
from client_mvc.view.widgets.numbered_text import MAX_FOUND, Page
from client_mvc.view.widgets.tooltip import Tooltip

_NAME_WIDTH = 200
_SEARCH_AFTER = 150  # milliseconds after the last key


class FileWindow(SecondWindow):
    """`closed` is called when it goes away, `save` when the file is to be saved."""

    def __init__(
        self, look: Look, file: FileText, closed: Callable[[], None], save: Callable[[], None]
    ) -> None:
        super().__init__(look, look.safe.line(file.name), closed)
        px = look.px
        self.minsize(px(420), px(240))
        self._build_head()
        foot = Flow(self, look)
        foot.pack(side="bottom", fill="x", padx=px(12), pady=px(12))
        self.close = tb.Button(foot, text=_("Close"), command=closed)
        self.save = tb.Button(foot, text=_("Save…"), command=save)
        look.icon(self.save, "download")
        self.copy = tb.Button(foot, text=_("Copy"), command=self._copy)
        look.icon(self.copy, "clipboard")
        self.wrapped = tb.BooleanVar(self, value=False)
        self.wrap = tb.Checkbutton(
            foot,
            text=_("Wrap lines"),
            variable=self.wrapped,
            command=lambda: self.page.wrap(on=self.wrapped.get()),
        )
        for button in (self.save, self.copy, self.wrap):
            foot.add(button)
        foot.add(self.close, "right")
        self._note = tb.Frame(self, padding=(px(16), px(6)))
        self.note = tb.Label(self._note, style="Muted.TLabel", justify="left")
        wrap(self.note, look)
        self.note.pack(fill="x")
        self.page = Page(self, look)
        self.page.pack(fill="both", expand=True)
        self._bind_keys(save)

    def destroy(self) -> None:
        """With what was still to be done."""
        if self._searching is not None:
            self.after_cancel(self._searching)
        super().destroy()

    def show(self, file: FileText) -> None:
        """Put the file in, from its beginning."""
        safe = self.look.safe
        name = clipped(safe.line(file.name), self.look.small, self.look.grown(_NAME_WIDTH))
        self.facts.configure(text=f"{name}  ·  {safe.line(file.facts)}")
        self._note.pack_forget()
        self.page.show(file.text, lambda cut: self._loaded(file.note, cut))
        self.appear(self.page.text)

    def _loaded(self, note: str, cut: str) -> None:
        if note or cut:
            self.note.configure(text=" ".join(filter(None, (cut, note))))
            self._note.pack(side="bottom", fill="x", before=self.page)
        if self.find.get():
            self._search()

    # --- how it is made ------------------------------------------------------------------

    def _build_head(self) -> None:
        px = self.look.px
        head = Flow(self, self.look, gap=6)
        head.pack(fill="x", padx=px(16), pady=px(8))
        self.facts = tb.Label(head, style="Muted.TLabel", justify="left")
        head.add(self.facts)
        self.find = Field(head, self.look, limit=200)
        self.find.text.configure(width=22)
        self.count = tb.Label(head, style="Muted.TLabel", width=14, anchor="e")
        self.previous = tb.Button(head, bootstyle="ghost", command=lambda: self.step(-1))
        self.next = tb.Button(head, bootstyle="ghost", command=lambda: self.step(1))
        self.look.icon(self.previous, "chevron-up")
        self.look.icon(self.next, "chevron-down")
        Tooltip(self.previous, self.look, _("Find further up"), _("Shift+F3"))
        Tooltip(self.next, self.look, _("Find further down"), "F3")
        search = tb.Label(head)
        self.look.icon(search, "search")
        for widget in (search, self.find, self.count, self.previous, self.next):
            head.add(widget, "right")
        self._searching: str | None = None

    def _bind_keys(self, save: Callable[[], None]) -> None:
        # On this window and with "break": the same keys mean something else in the main one.
        for keys, do in (
            (("<Control-f>", "<Control-F>"), self._to_search),
            (("<Control-s>", "<Control-S>"), save),
            (("<F3>", "<Control-g>", "<Control-G>"), lambda: self.step(1)),
            (("<Shift-F3>",), lambda: self.step(-1)),
        ):
            for key in keys:
                self.bind(key, lambda _, do=do: editing.done(do))  # type: ignore[misc]
        text = self.find.text
        for key, step in (("<Return>", 1), ("<KP_Enter>", 1), ("<Shift-Return>", -1)):
            text.bind(key, lambda _, step=step: editing.done(lambda: self.step(step)))  # type: ignore[misc]
        text.bind("<<Modified>>", self._typed, add="+")

    # --- search --------------------------------------------------------------------------

    def step(self, direction: int) -> None:
        """To the next place found, or the one before; past the last comes the first."""
        if self._searching is not None:
            self._search()
        else:
            self._tell(self.page.step(direction))

    def _to_search(self) -> None:
        self.find.text.focus_set()
        self.find.text.tag_add("sel", "1.0", "end-1c")

    def _typed(self, event: "tk.Event[tk.Misc]") -> None:
        if self.find.text.edit_modified():
            self.find.text.edit_modified(False)
            if self._searching is not None:
                self.after_cancel(self._searching)
            self._searching = self.after(_SEARCH_AFTER, self._search)

    def _search(self) -> None:
        if self._searching is not None:
            self.after_cancel(self._searching)
            self._searching = None
        self._tell(self.page.search(self.find.get()))

    def _tell(self, at: int) -> None:
        found = len(self.page.found)
        many = "+" if found == MAX_FOUND else ""
        text = _("not found") if self.find.get() else ""
        if found:
            text = _("{place} of {count}", place=number(at), count=number(found) + many)
        self.count.configure(text=text)

    # --- the rest ------------------------------------------------------------------------

    def _copy(self) -> None:
        self.clipboard_clear()
        self.clipboard_append(self.page.selected())
