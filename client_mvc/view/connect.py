"""The connect dialog: which server, which name, and the password if the room asks for one.

Shows what was refused beside the field it belongs to. Checks nothing itself.
"""

import tkinter as tk
from collections.abc import Callable

import ttkbootstrap as tb

from client_mvc.view.contract import Intents
from client_mvc.view.field import Field as Line
from client_mvc.view.shapes import ConnectForm, Field
from client_mvc.view.theme import Look
from client_mvc.view.windows import SecondWindow
from client_mvc.words import _, marked

_LABELS: dict[Field, str] = {
    "server": marked("Server"),
    "name": marked("Your name"),
    "password": marked("Password"),
}
_HINT = marked("host:port, or a join link that starts with chatroom://")
_RECENT = 4
_WRAP = 40  # digits


class ConnectDialog(SecondWindow):
    """One for the life of the program; hidden while a room is on screen."""

    def __init__(self, look: Look, intents: Callable[[], Intents]) -> None:
        super().__init__(look, _("Join a room"), self._cancel, resizable=False)
        self._intents = intents
        self._recent: tuple[tuple[str, str], ...] = ()
        self._busy = False
        self._password_asked = False
        px = look.px
        self._body = tb.Frame(self, padding=(px(24), px(18)))
        self._body.pack(fill="both", expand=True)
        self._body.columnconfigure(0, weight=1)
        tb.Label(self._body, text=_("Join a room"), font=look.title).grid(
            row=0, column=0, sticky="w", pady=(0, px(8))
        )
        self.fields: dict[Field, Line] = {}
        self.errors: dict[Field, tb.Label] = {}
        self._rows: dict[Field, list[tk.Widget]] = {}
        for place, field in enumerate(_LABELS):
            self._add_field(field, 1 + 4 * place)
        tb.Label(self._body, text=_(_HINT), style="Muted.TLabel").grid(
            row=3, column=0, sticky="w", pady=(px(2), 0)
        )
        self._recent_title = tb.Label(self._body, text=_("Recent rooms"), style="Muted.TLabel")
        self._ring = tb.Frame(self._body, style="Box.TFrame", padding=px(2))
        self.recent = tb.Treeview(
            self._ring,
            show="tree",
            columns=("name",),
            selectmode="browse",
            style="List.Treeview",
            height=1,
        )
        self._add_recent()
        self.waiting = tb.Label(self._body, style="Muted.TLabel")
        self._wrap(self.waiting)
        self._bar = tb.Progressbar(self._body, mode="indeterminate", bootstyle="primary thin")
        self.errors["form"] = self._error_label()
        self._add_buttons()

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
        self.waiting.grid(row=16, column=0, sticky="w", pady=(self.look.px(12), 0))
        self._bar.grid(row=17, column=0, sticky="ew", pady=(self.look.px(6), 0))
        self._bar.start(12)
        self.appear(self.cancel)

    def error(self, field: Field, text: str, *, password: bool) -> None:
        """Say `text` beside `field` and put the cursor there."""
        self._stop_waiting()
        self._clear_errors()
        if password or field == "password":
            self._ask_password(True)
        label = self.errors[field]
        label.configure(text=self.look.safe.text(text))
        label.grid()
        wrong = self.fields.get(field, self.fields["server"])
        self.appear(wrong.text)
        wrong.text.tag_add("sel", "1.0", "end-1c")

    def hide(self) -> None:
        """Close, without a word to anyone."""
        self._stop_waiting()
        self.fields["password"].set("")
        self.withdraw()

    # --- what people do ------------------------------------------------------------------

    def _connect(self) -> str:
        if not self._busy:
            values = {field: line.get() for field, line in self.fields.items()}
            password = values["password"] if self._password_asked else ""
            self._intents().connect(values["server"], values["name"], password)
        return "break"

    def _cancel(self) -> None:
        self.hide()
        self._intents().cancel_connect()

    def _pick(self, event: "tk.Event[tk.Misc]") -> None:
        if self._busy or not (chosen := self.recent.selection()):
            return
        server, name = self._recent[int(chosen[0])]
        self.fields["server"].set(server)
        self.fields["name"].set(name)

    # --- how it is made ------------------------------------------------------------------

    def _add_field(self, field: Field, row: int) -> None:
        px = self.look.px
        label = tb.Label(self._body, text=_(_LABELS[field]))
        label.grid(row=row, column=0, sticky="w", pady=(px(10), px(3)))
        line = Line(self._body, self.look, masked=field == "password")
        line.grid(row=row + 1, column=0, sticky="ew")
        line.text.bind("<Return>", lambda _: self._connect())
        line.text.bind("<KP_Enter>", lambda _: self._connect())
        error = self._error_label()
        error.grid(row=row + 3, column=0, sticky="w", pady=(px(2), 0))
        error.grid_remove()
        self.fields[field] = line
        self.errors[field] = error
        self._rows[field] = [label, line]

    def _error_label(self) -> tb.Label:
        label = tb.Label(self._body, style="Problem.TLabel", justify="left")
        self._wrap(label)
        return label

    def _wrap(self, label: tb.Label) -> None:
        self.look.attach(label, lambda: label.configure(wraplength=self.look.wide(_WRAP)))

    def _add_recent(self) -> None:
        self.recent.column("#0", width=self.look.px(220))
        self.recent.column("name", width=self.look.px(120))
        self.recent.pack(fill="both", expand=True)
        self.recent.bind("<<TreeviewSelect>>", self._pick)
        self.recent.bind("<Return>", lambda _: self._connect())
        self.recent.bind("<FocusIn>", lambda _: self._ring.state(["focus"]), add="+")
        self.recent.bind("<FocusOut>", lambda _: self._ring.state(["!focus"]), add="+")

    def _add_buttons(self) -> None:
        px = self.look.px
        self.errors["form"].grid(row=15, column=0, sticky="w", pady=(px(10), 0))
        self.errors["form"].grid_remove()
        foot = tb.Frame(self)
        foot.pack(side="bottom", fill="x", padx=px(24), pady=(0, px(18)), before=self._body)
        self.connect = tb.Button(
            foot, text=_("Connect"), bootstyle="primary", command=self._connect
        )
        self.cancel = tb.Button(foot, text=_("Cancel"), command=self._cancel)
        self.cancel.pack(side="right")
        self.connect.pack(side="right", padx=px(8))

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
            px = self.look.px
            self.recent.configure(height=len(self._recent))
            self._recent_title.grid(row=13, column=0, sticky="w", pady=(px(14), px(3)))
            self._ring.grid(row=14, column=0, sticky="ew")
        else:
            self._recent_title.grid_remove()
            self._ring.grid_remove()

    def _ask_password(self, asked: bool) -> None:
        self._password_asked = asked
        for widget in self._rows["password"]:
            if asked:
                widget.grid()
            else:
                widget.grid_remove()

    def _clear_errors(self) -> None:
        for label in self.errors.values():
            label.configure(text="")
            label.grid_remove()

    def _stop_waiting(self) -> None:
        self._busy = False
        self._bar.stop()
        self._bar.grid_remove()
        self.waiting.grid_remove()
        for field in self.fields.values():
            field.enable(True)
        self.recent.configure(selectmode="browse")
        self.connect.state(["!disabled"])
