"""The connect dialog: which server, which name, and the password if the room asks for one.

Shows what was refused beside the field it belongs to. Checks nothing itself.
"""

import tkinter as tk
from collections.abc import Callable

import ttkbootstrap as tb

from client_mvc.i18n.translate import _, marked
from client_mvc.view.contract.intents import Intents
from client_mvc.view.contract.values import ConnectForm, Field
from client_mvc.view.dialogs.child_window import SecondWindow
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets.field import Field as Line
from client_mvc.view.widgets.flow_layout import Flow, wrap
from client_mvc.view.widgets.scrolled_form import Scrolled
from client_mvc.view.widgets.tree_columns import Columns, Width

_LABELS: dict[Field, str] = {
    "server": marked("Server"),
    "name": marked("Your name"),
    "password": marked("Password"),
}
_HINT = marked("host:port, or a join link that starts with chatroom://")
_RECENT = 4
_WRAP = 44  # digits: the hint in one line
# Tk draws the moving bar in tiles of a few pixels, each with a question to the X server: right
# across a large dialog one step took longer than until the next, and nothing else was done.
_BAR, _STEP_EVERY = 220, 40  # pixels, milliseconds


class ConnectDialog(SecondWindow):
    """One for the life of the program; hidden while a room is on screen. `back` gives the
    keyboard to the main window.
    """

    def __init__(
        self, look: Look, intents: Callable[[], Intents], back: Callable[[], None]
    ) -> None:
        super().__init__(look, _("Join a room"), self._cancel, resizable=False)
        self._intents = intents
        self._back = back
        self._recent: tuple[tuple[str, str], ...] = ()
        self._busy = False
        self._password_asked = False
        px = look.px
        self._body = Scrolled(self, look, padding=(px(24), px(14)))
        form = self._body.inner
        form.columnconfigure(0, weight=1)
        tb.Label(form, text=_("Join a room"), font=look.title).grid(
            row=0, column=0, sticky="w", pady=(0, px(8))
        )
        self.fields: dict[Field, Line] = {}
        self.errors: dict[Field, tb.Label] = {}
        self._blocks: dict[Field, tb.Frame] = {}
        for row, field in enumerate(_LABELS, 1):
            self._add_field(field, row)
        self._recent_block = tb.Frame(form)
        self._ring = tb.Frame(self._recent_block, style="Box.TFrame", padding=px(2))
        self.recent = tb.Treeview(
            self._ring,
            show="tree",
            columns=("name",),
            selectmode="browse",
            style="List.Treeview",
            height=1,
        )
        self._add_recent()
        self._add_foot()
        self._body.pack(fill="both", expand=True)

    # --- what is shown -------------------------------------------------------------------

    def show(self, form: ConnectForm) -> None:
        """Open with these values; not busy, no error."""
        self._stop_waiting()
        self._clear_errors()
        self.fields["server"].set(form.server)
        self.fields["name"].set(form.name)
        self.fields["password"].set("")
        self._ask_password(form.password)
        self._show_recent(form.recent)
        first: Field = "server" if not form.server else "name"
        if form.server and form.name:
            first = "password" if form.password else "name"
        self.appear(self.fields[first].text)

    def wait(self, text: str) -> None:
        """Wait: nothing can be changed, but the dialog can be closed."""
        self._clear_errors()
        self._busy = True
        for field in self.fields.values():
            field.enable(False)
        self.recent.configure(selectmode="none")
        self.connect.state(["disabled"])
        self.waiting.configure(text=self.look.safe.line(text))
        self.waiting.grid()
        self._bar.grid()
        self._bar.start(_STEP_EVERY)
        self.appear(self.cancel)

    def error(self, field: Field, text: str, *, password: bool = False) -> None:
        """Say `text` beside `field` and put the cursor there."""
        self._stop_waiting()
        self._clear_errors()
        if password or field == "password":
            self._ask_password(True)
        self._show_error(field, text)
        wrong = self.fields.get(field, self.fields["server"])
        self.appear(wrong.text)
        wrong.text.tag_add("sel", "1.0", "end-1c")
        self._body.reveal(wrong)

    def hide(self) -> None:
        """Close, and give the keyboard back to the main window."""
        self._close()
        self._back()

    def _close(self) -> None:
        self._stop_waiting()
        self.fields["password"].set("")
        self.withdraw()

    # --- what people do ------------------------------------------------------------------

    def _connect(self) -> str:
        if not self._busy:
            values = {field: line.get() for field, line in self.fields.items()}
            password = values["password"] if self._password_asked else ""
            self._intents().membership.connect(values["server"], values["name"], password)
        return "break"

    def _cancel(self) -> None:
        self._close()
        self._intents().membership.cancel()

    def _pick(self, event: "tk.Event[tk.Misc]") -> None:
        if self._busy or not (chosen := self.recent.selection()):
            return
        server, name = self._recent[int(chosen[0])]
        self.fields["server"].set(server)
        self.fields["name"].set(name)

    # --- how it is made ------------------------------------------------------------------

    def _add_field(self, field: Field, row: int) -> None:
        px = self.look.px
        block = self._blocks[field] = tb.Frame(self._body.inner)
        block.grid(row=row, column=0, sticky="ew", pady=(px(10), 0))
        tb.Label(block, text=_(_LABELS[field])).pack(anchor="w", pady=(0, px(3)))
        line = Line(block, self.look, masked=field == "password")
        line.pack(fill="x")
        line.text.bind("<Return>", lambda _: self._connect())
        line.text.bind("<KP_Enter>", lambda _: self._connect())
        if field == "server":
            hint = tb.Label(block, text=_(_HINT), style="Muted.TLabel", justify="left")
            wrap(hint, self.look, _WRAP)
            hint.pack(fill="x", pady=(px(2), 0))
        self.fields[field] = line
        self.errors[field] = self._wrapped(block, "Problem.TLabel")

    def _wrapped(self, master: tk.Misc, style: str) -> tb.Label:
        label = tb.Label(master, style=style, justify="left")
        wrap(label, self.look, _WRAP)
        return label

    def _add_recent(self) -> None:
        px = self.look.px
        tb.Label(self._recent_block, text=_("Recent rooms"), style="Muted.TLabel").pack(
            anchor="w", pady=(0, px(3))
        )
        self._ring.pack(fill="x")
        self._columns = Columns(self.recent, self.look, self._widths)
        self.recent.bind("<<TreeviewSelect>>", self._pick)
        self.recent.bind("<Return>", lambda _: self._connect())
        self.recent.bind("<FocusIn>", lambda _: self._ring.state(["focus"]), add="+")
        self.recent.bind("<FocusOut>", lambda _: self._ring.state(["!focus"]), add="+")

    def _widths(self) -> dict[str, Width]:
        """As wide as the longest needs, or as both had better be."""
        measure, pad = self.look.base.measure, self.look.px(24)
        widest = [max((measure(part[n]) for part in self._recent), default=0) for n in (0, 1)]
        server, name = (wide + pad for wide in widest)
        room = self.look.wide(_WRAP + 2)
        return {
            "#0": (server, max(server, room * 2 // 3)),
            "name": (name, max(name, room // 3)),
        }

    def _add_foot(self) -> None:
        """Below the form and never scrolled away: what became of it, and the buttons."""
        px = self.look.px
        foot = tb.Frame(self, padding=(px(24), px(6), px(24), px(18)))
        foot.columnconfigure(0, weight=1)
        foot.pack(side="bottom", fill="x")
        self.waiting = self._wrapped(foot, "Muted.TLabel")
        self.waiting.grid(row=0, column=0, sticky="ew", pady=(0, px(6)))
        self._bar = tb.Progressbar(
            foot, mode="indeterminate", bootstyle="primary thin", length=px(_BAR)
        )
        self._bar.grid(row=1, column=0, sticky="w", pady=(0, px(14)))
        self.errors["form"] = self._wrapped(foot, "Problem.TLabel")
        buttons = Flow(foot, self.look)
        buttons.grid(row=3, column=0, sticky="ew")
        self.connect = tb.Button(
            buttons, text=_("Connect"), bootstyle="primary", command=self._connect
        )
        self.cancel = tb.Button(buttons, text=_("Cancel"), command=self._cancel)
        for button in (self.connect, self.cancel):
            buttons.add(button, "right")

    # --- small changes -------------------------------------------------------------------

    def _show_recent(self, recent: tuple[tuple[str, str], ...]) -> None:
        self._recent = recent[:_RECENT]
        self.recent.delete(*self.recent.get_children())
        for place, (server, name) in enumerate(self._recent):
            safe = self.look.safe
            self.recent.insert(
                "", "end", iid=str(place), text=safe.line(server), values=(safe.line(name),)
            )
        if self._recent:
            self.recent.configure(height=len(self._recent))
            self._columns.fit()
            row = 1 + len(self.fields)
            self._recent_block.grid(row=row, column=0, sticky="ew", pady=(self.look.px(14), 0))
        else:
            self._recent_block.grid_remove()

    def _ask_password(self, asked: bool) -> None:
        self._password_asked = asked
        if asked:
            self._blocks["password"].grid()
        else:
            self._blocks["password"].grid_remove()

    def _show_error(self, field: Field, text: str) -> None:
        label, px = self.errors[field], self.look.px
        label.configure(text=self.look.safe.text(text))
        if field == "form":
            label.grid(row=2, column=0, sticky="ew", pady=(0, px(14)))
        else:
            label.pack(fill="x", pady=(px(2), 0))

    def _clear_errors(self) -> None:
        for field, label in self.errors.items():
            label.configure(text="")
            if field == "form":
                label.grid_remove()
            else:
                label.pack_forget()

    def _stop_waiting(self) -> None:
        self._busy = False
        self._bar.stop()
        self._bar.grid_remove()
        self.waiting.grid_remove()
        for field in self.fields.values():
            field.enable(True)
        self.recent.configure(selectmode="browse")
        self.connect.state(["!disabled"])
