"""The window with the ways into the room: a QR code, links and a code, each to copy."""

import tkinter as tk
import tkinter.font as tkfont
from collections.abc import Callable

import ttkbootstrap as tb

from client_mvc.i18n.translate import _
from client_mvc.view.contract.intents import Intents
from client_mvc.view.contract.windows import Invite, InviteRow
from client_mvc.view.dialogs.child_window import ChildWindow
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets import editing
from client_mvc.view.widgets.flow_layout import FlowFrame, wrapping_label
from client_mvc.view.widgets.scrolled_form import ScrolledForm

_WIDTH = 48  # digits
_LARGER = 1.5
_MODULE = 6
"""Side of a dark square, in pixels: a phone reads it at arm's length."""
_QUIET = 4
"""Width of the white margin in squares (ISO/IEC 18004, 9.1)."""


class QrCode(tb.Label):
    """A QR code, black on white in both themes: many phones cannot read an inverted one."""

    def __init__(self, master: tk.Misc, look: Look) -> None:
        super().__init__(master)
        self._look = look
        self._squares: list[list[bool]] = []
        self.image: tk.PhotoImage | None = None
        look.attach(self, self._draw)

    def show(self, text: str) -> None:
        """Show the code of `text`."""
        import segno  # noqa: PLC0415 - only this window needs it

        code = segno.make(text, error="m", micro=False)
        self._squares = [[bool(dark) for dark in row] for row in code.matrix_iter(1, _QUIET)]
        self._draw()

    def _draw(self) -> None:
        """Each square has a whole number of pixels, so that its edges are sharp."""
        if not (wide := len(self._squares)):
            return
        most = min(self.winfo_screenwidth(), self.winfo_screenheight()) // 2
        side = max(2, min(self._look.grown(_MODULE), most // wide))
        small = tk.PhotoImage(master=self, width=wide, height=wide)
        small.put(
            " ".join(
                "{" + " ".join("#000000" if dark else "#ffffff" for dark in row) + "}"
                for row in self._squares
            )
        )
        self.image = small.zoom(side)
        self.configure(image=self.image)


class InviteWindow(ChildWindow):
    """`qr` has the QR code, `copies` the buttons of the rows; `closed` closes the window."""

    def __init__(
        self, look: Look, intents: Callable[[], Intents], closed: Callable[[], None]
    ) -> None:
        super().__init__(look, _("Invite others"), closed, resizable=False)
        self._intents = intents
        self._rows: tuple[InviteRow, ...] = ()
        self.copies: list[tb.Button] = []
        px = look.px
        form = ScrolledForm(self, look, padding=(px(24), px(18)))
        self._body = form.inner
        self.heading = wrapping_label(self._body, look, "TLabel", font=look.title)
        self.heading.pack(fill="x", pady=(0, px(10)))
        self.note = wrapping_label(self._body, look, "TLabel", width=_WIDTH)
        self._ways = FlowFrame(self._body, look, gap=24)
        self._ways.pack(fill="x")
        self._code = tb.Frame(self._ways)
        self.qr = QrCode(self._code, look)
        self.qr.pack(anchor="w")
        self.scan = tb.Label(
            self._code, style="Muted.TLabel", text=_("Scan it with a phone."), font=look.small
        )
        self.scan.pack(anchor="w", pady=(px(4), 0))
        self._list = tb.Frame(self._ways)
        self._list.columnconfigure(0, weight=1)
        self._large = tkfont.Font(self, font=look.mono)
        look.attach(self._list, self._enlarge)
        foot = FlowFrame(self, look)
        foot.pack(side="bottom", fill="x", padx=px(24), pady=(0, px(18)))
        form.pack(fill="both", expand=True)
        self.close = tb.Button(foot, text=_("Close"), command=closed)
        foot.add(self.close, side="right")
        editing.on_keys(self.close, editing.ENTER, closed)

    def show(self, invite: Invite, *, lift: bool) -> None:
        """Show the ways in. `lift`: bring the window to the front and give it the keyboard."""
        safe, px = self.look.safe, self.look.px
        self.heading.configure(text=safe.sentence(invite.title))
        self.note.configure(text=safe.sentence(invite.note))
        self.note.pack_forget()
        if invite.note:
            self.note.pack(fill="x", pady=(0, px(14)), before=self._ways)
        if invite.rows != self._rows:
            self._rows = invite.rows
            self._fill()
            self._ways.remove(self._code)
            self._ways.remove(self._list)
            if invite.qr:
                self.qr.show(invite.qr)
                self._ways.add(self._code)
            self._ways.add(self._list)
        for place, button in enumerate(self.copies):
            button.configure(text=_("Copied") if place == invite.copied else _("Copy"))
        if lift:
            self.appear(self.copies[0] if self.copies else self.close)

    def _fill(self) -> None:
        for child in self._list.winfo_children():
            child.destroy()
        self.copies = [self._add(place, row) for place, row in enumerate(self._rows)]

    def _add(self, place: int, row: InviteRow) -> tb.Button:
        """Show a row, return its button."""
        look, px, top = self.look, self.look.px, 3 * place
        label = tb.Label(self._list, text=look.safe.line(row.label), font=look.bold)
        label.grid(row=top, column=0, sticky="w", pady=(px(14) if place else 0, 0))
        text = wrapping_label(
            self._list, look, "TLabel", width=_WIDTH, text=look.safe.line(row.text)
        )
        text.configure(font=self._large if row.large else look.base)
        text.grid(row=top + 1, column=0, sticky="ew")
        button = tb.Button(
            self._list, text=_("Copy"), command=lambda: self._intents().invite.copy(place)
        )
        button.grid(row=top + 1, column=1, sticky="new", padx=(px(12), 0))
        if row.hint:
            hint = wrapping_label(
                self._list, look, "Muted.TLabel", width=_WIDTH, text=look.safe.line(row.hint)
            )
            hint.configure(font=look.small)
            hint.grid(row=top + 2, column=0, sticky="ew")
        return button

    def _enlarge(self) -> None:
        self._large.configure(size=round(self.look.base.cget("size") * _LARGER))
