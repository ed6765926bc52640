"""The window that shows a shared file: line numbers, search, wrapping, copy, save."""

from collections.abc import Callable
from functools import partial

import ttkbootstrap as tb

from client_mvc.i18n.translate import _, number
from client_mvc.view.contract.windows import FileText
from client_mvc.view.dialogs.child_window import ChildWindow
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets import editing, shortcuts
from client_mvc.view.widgets.delayed_call import DelayedCall
from client_mvc.view.widgets.field import TextField
from client_mvc.view.widgets.flow_layout import FlowFrame, clipped, wrapping_label
from client_mvc.view.widgets.icon_button import icon_button
from client_mvc.view.widgets.numbered_text import MAX_FOUND, NumberedText

_NAME_WIDTH = 200
_SEARCH_DELAY = 150  # milliseconds after the last key


class FileViewer(ChildWindow):
    """Shows a file; `closed` and `save` are called when the member asks for it."""

    def __init__(
        self, look: Look, file: FileText, closed: Callable[[], None], save: Callable[[], None]
    ) -> None:
        super().__init__(look, look.safe.line(file.name), closed)
        px = look.px
        self.minsize(px(420), px(240))
        self._searching = DelayedCall(self, self._search)
        self._build_head()
        foot = FlowFrame(self, look)
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
        foot.add(self.save, self.copy, self.wrap)
        foot.add(self.close, side="right")
        self._note = tb.Frame(self, padding=(px(16), px(6)))
        self.note = wrapping_label(self._note, look, "Muted.TLabel")
        self.note.pack(fill="x")
        self.page = NumberedText(self, look)
        self.page.pack(fill="both", expand=True)
        self._bind_keys(save)

    def show(self, file: FileText) -> None:
        """Show the file from its beginning."""
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

    # --- parts ---------------------------------------------------------------------------

    def _build_head(self) -> None:
        px = self.look.px
        head = FlowFrame(self, self.look, gap=6)
        head.pack(fill="x", padx=px(16), pady=px(8))
        self.facts = tb.Label(head, style="Muted.TLabel", justify="left")
        head.add(self.facts)
        self.find = TextField(head, self.look, limit=200, width=22)
        self.count = tb.Label(head, style="Muted.TLabel", width=14, anchor="e")
        up, down = partial(self.step, -1), partial(self.step, 1)
        self.previous = icon_button(
            head, self.look, "chevron-up", up, _("Find further up"), key=_("Shift+F3")
        )
        self.next = icon_button(
            head, self.look, "chevron-down", down, _("Find further down"), key="F3"
        )
        search = tb.Label(head)
        self.look.icon(search, "search")
        head.add(search, self.find, self.count, self.previous, self.next, side="right")

    def _bind_keys(self, save: Callable[[], None]) -> None:
        next_, previous = partial(self.step, 1), partial(self.step, -1)
        # These keys do something else in the main window: its bindings must not see them.
        editing.on_keys(self, [shortcuts.event("Ctrl+F")], self._focus_search)
        editing.on_keys(self, [shortcuts.event("Ctrl+S")], save)
        editing.on_keys(self, [shortcuts.event("F3"), shortcuts.event("Ctrl+G")], next_)
        editing.on_keys(self, [shortcuts.event("Shift+F3")], previous)
        text = self.find.text
        editing.on_keys(text, editing.ENTER, next_)
        editing.on_keys(text, ["<Shift-Return>"], previous)
        editing.on_change(text, lambda: self._searching.after(_SEARCH_DELAY))

    # --- search --------------------------------------------------------------------------

    def step(self, direction: int) -> None:
        """Show the next place found (1) or the previous one (-1); the search wraps around."""
        if self._searching.waiting:
            self._search()
        else:
            self._show_count(self.page.step(direction))

    def _focus_search(self) -> None:
        self.find.text.focus_set()
        self.find.select_all()

    def _search(self) -> None:
        self._searching.cancel()
        self._show_count(self.page.search(self.find.get()))

    def _show_count(self, at: int) -> None:
        found = len(self.page.found)
        many = "+" if found == MAX_FOUND else ""
        text = _("not found") if self.find.get() else ""
        if found:
            text = _("{place} of {count}", place=number(at), count=number(found) + many)
        self.count.configure(text=text)

    def _copy(self) -> None:
        editing.copy(self, self.page.selected())
