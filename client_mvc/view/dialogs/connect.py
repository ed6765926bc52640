"""The dialog to join a room: server, name, and a password if the room asks for one.

Shows each error beside the field that it belongs to. The controller checks the values.
"""

import tkinter as tk
from collections.abc import Callable

import ttkbootstrap as tb

from client_mvc.i18n.translate import _, marked
from client_mvc.view.contract.intents import Intents
from client_mvc.view.contract.windows import ConnectForm, Field, Nearby, PasswordOffer
from client_mvc.view.dialogs.child_window import ChildWindow
from client_mvc.view.dialogs.nearby import NearbyRooms
from client_mvc.view.dialogs.remembering import RememberChoice
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets import editing
from client_mvc.view.widgets.field import TextField
from client_mvc.view.widgets.flow_layout import FlowFrame, wrapping_label
from client_mvc.view.widgets.placeholder import Placeholder
from client_mvc.view.widgets.scrolled_form import ScrolledForm
from client_mvc.view.widgets.tree_columns import ColumnList, Width, begin_with_first

_LABELS: dict[Field, str] = {
    "server": marked("Server"),
    "name": marked("Your name"),
    "password": marked("Password"),
}
_HINT = marked("A link, a code such as R2M0-2508, or host:port")
_REMEMBERED = marked("Remembered")
_RECENT = 4
_WIDTH = 44  # digits: the hint fits into one line
# Tk draws the moving bar in tiles of a few pixels and asks the X server for each: across a
# large dialog one step took longer than the time between two, and the window hung.
_BAR, _STEP_EVERY = 220, 40  # pixels, milliseconds


class ConnectDialog(ChildWindow):
    """One for the whole program; it is hidden while the member is in a room.

    `focus_back` gives the keyboard to the main window.
    """

    def __init__(
        self, look: Look, intents: Callable[[], Intents], focus_back: Callable[[], None]
    ) -> None:
        super().__init__(look, _("Join a room"), self._cancel, resizable=False)
        self._intents = intents
        self._focus_back = focus_back
        self._recent: tuple[tuple[str, str], ...] = ()
        self._rooms: dict[str, str] = {}
        self._busy = False
        self._password_asked = self._password_kept = False
        px = look.px
        self._body = ScrolledForm(self, look, padding=(px(24), px(14)))
        form = self._body.inner
        tb.Label(form, text=_("Join a room"), font=look.title).pack(anchor="w", pady=(0, px(8)))
        self.fields: dict[Field, TextField] = {}
        self.errors: dict[Field, tb.Label] = {}
        self._blocks: dict[Field, tb.Frame] = {}
        for field in _LABELS:
            self._add_field(field)
        self._remembered = Placeholder(self.fields["password"].text, look)
        self.remembering = RememberChoice(
            self._blocks["password"], look, lambda: intents().passwords, width=_WIDTH
        )
        self.remembering.grid(sticky="ew")
        editing.on_change(self.fields["server"].text, self._server_changed)
        self._add_recent()
        self.nearby = NearbyRooms(
            form,
            look,
            intents,
            width=_WIDTH,
            chosen=self._pick_nearby,
            connect=self._connect,
        )
        self.nearby.pack(fill="x", pady=(px(14), 0))
        self._add_foot()
        self._body.pack(fill="both", expand=True)
        # Whatever shows or hides it: what listens to the network is off while it is closed.
        self.bind("<Map>", self._mapped, add="+")
        self.bind("<Unmap>", self._unmapped, add="+")

    # --- what the controller shows -------------------------------------------------------

    def show(self, form: ConnectForm) -> None:
        """Open the dialog with these values, without an error, ready for input."""
        self._stop_waiting()
        self._clear_errors()
        self.fields["server"].set(form.server)
        self.fields["name"].set(form.name)
        self.fields["password"].set("")
        self._ask_password(form.password)
        self._rooms = dict(form.rooms)
        self._show_recent(form.recent)
        first: Field = "server" if not form.server else "name"
        if form.server and form.name and form.password:
            first = "password"
        self.appear(self.fields[first].text)

    def wait(self, text: str) -> None:
        """Disable the form and show `text` while the client connects; Cancel still works."""
        self._clear_errors()
        self._busy = True
        for field in self.fields.values():
            field.enable(False)
        self.recent.configure(selectmode="none")
        self.nearby.enable(False)
        self.remembering.enable(False)
        self.connect.state(["disabled"])
        self.waiting.configure(text=self.look.safe.sentence(text))
        self._progress.grid()
        self._bar.start(_STEP_EVERY)
        self.appear(self.cancel)

    def error(self, field: Field, text: str, *, password: bool = False) -> None:
        """Show an error and focus its field.

        Args:
            field: The field with the error; "form" for the dialog as a whole.
            text: The error.
            password: Show the password field.
        """
        self._stop_waiting()
        self._clear_errors()
        if password or field == "password":
            self._ask_password(True)
        self.errors[field].configure(text=self.look.safe.sentence(text))
        self.errors[field].grid()
        wrong = self.fields.get(field, self.fields["server"])
        self.appear(wrong.text)
        wrong.select_all()
        self._body.reveal(wrong)

    def hide(self) -> None:
        """Close the dialog and give the keyboard back to the main window."""
        self._close()
        self._focus_back()

    def show_nearby(self, nearby: Nearby) -> None:
        """Replace the list of the rooms on this network."""
        self.nearby.show(nearby)

    def offer_to_remember(self, offer: PasswordOffer) -> None:
        """Replace the choice whether the password is remembered."""
        self.remembering.show(offer)
        self.remembering.enable(not self._busy)
        self._remembered.show(_(_REMEMBERED) if offer.kept else "")
        self._password_kept = offer.kept
        self._place_password()

    def _close(self) -> None:
        self._stop_waiting()
        self.fields["password"].set("")
        self.withdraw()

    # --- what the member does ------------------------------------------------------------

    def _connect(self) -> None:
        if not self._busy:
            values = {field: line.get() for field, line in self.fields.items()}
            shown = self._password_asked or self._password_kept
            password = values["password"] if shown else ""
            self._intents().membership.connect(values["server"], values["name"], password)

    def _cancel(self) -> None:
        self._close()
        self._intents().membership.cancel()

    def _pick(self, event: "tk.Event[tk.Misc]") -> None:
        if self._busy or not (chosen := self.recent.selection()):
            return
        server, name = self._recent[int(chosen[0])]
        self.nearby.clear_choice()
        self.fields["server"].set(server)
        self.fields["name"].set(name)

    def _server_changed(self) -> None:
        if self.winfo_viewable():
            self._intents().passwords.entered(self.fields["server"].get())

    def _pick_nearby(self, server: str) -> None:
        if not self._busy:
            self.recent.selection_set(())
            self.fields["server"].set(server)

    def _mapped(self, event: "tk.Event[tk.Misc]") -> None:
        if event.widget is self:
            self._intents().nearby.opened()

    def _unmapped(self, event: "tk.Event[tk.Misc]") -> None:
        if event.widget is self:
            self._intents().nearby.closed()

    # --- parts ---------------------------------------------------------------------------

    def _add_field(self, field: Field) -> None:
        px = self.look.px
        block = self._blocks[field] = tb.Frame(self._body.inner)
        block.columnconfigure(0, weight=1)
        block.pack(fill="x", pady=(px(10), 0))
        tb.Label(block, text=_(_LABELS[field])).grid(sticky="w", pady=(0, px(3)))
        line = self.fields[field] = TextField(block, self.look, masked=field == "password")
        line.grid(sticky="ew")
        editing.on_keys(line.text, editing.ENTER, self._connect)
        if field == "server":
            hint = self._wrapping(block, "Muted.TLabel", text=_(_HINT))
            hint.grid(sticky="ew", pady=(px(2), 0))
        self.errors[field] = self._wrapping(block, "Problem.TLabel")
        self.errors[field].grid(sticky="ew", pady=(px(2), 0))

    def _wrapping(self, master: tk.Misc, style: str, text: str = "") -> tb.Label:
        return wrapping_label(master, self.look, style, width=_WIDTH, text=text)

    def _add_recent(self) -> None:
        px = self.look.px
        self._recent_block = tb.Frame(self._body.inner)
        tb.Label(self._recent_block, text=_("Recent rooms"), style="Muted.TLabel").pack(
            anchor="w", pady=(0, px(3))
        )
        self._recent_list = ColumnList(
            self._recent_block,
            self.look,
            self._widths,
            show="tree",
            columns=("server", "name"),
            selectmode="browse",
            style="List.Treeview",
            height=1,
        )
        self._recent_list.pack(fill="x")
        self.recent = self._recent_list.tree
        self.recent.bind("<<TreeviewSelect>>", self._pick)
        begin_with_first(self.recent)
        editing.on_keys(self.recent, ["<Return>"], self._connect)

    def _widths(self) -> dict[str, Width]:
        """At least as wide as the longest texts; together as wide as the form."""
        measure, pad = self.look.base.measure, self.look.px(24)
        rows = [self._cells(*part) for part in self._recent]
        widest = [max((measure(row[n]) for row in rows), default=0) for n in range(3)]
        first, server, name = (wide + pad if wide else 0 for wide in widest)
        room = self.look.wide(_WIDTH + 2) - server
        return {
            "#0": (first, max(first, room * 2 // 3)),
            "server": (server, server),
            "name": (name, max(name, room // 3)),
        }

    def _cells(self, server: str, name: str) -> tuple[str, str, str]:
        """Return what stands in the line of a room: its name and address, or the address."""
        safe = self.look.safe
        if room := self._rooms.get(server):
            return f"#{safe.cell(room)}", safe.line(server), safe.cell(name)
        return safe.line(server), "", safe.cell(name)

    def _add_foot(self) -> None:
        """Below the form and never scrolled away: progress, the form's error, the buttons."""
        px = self.look.px
        foot = tb.Frame(self, padding=(px(24), px(6), px(24), px(18)))
        foot.columnconfigure(0, weight=1)
        foot.pack(side="bottom", fill="x")
        self._progress = tb.Frame(foot)
        self._progress.grid(sticky="ew", pady=(0, px(14)))
        self.waiting = self._wrapping(self._progress, "Muted.TLabel")
        self.waiting.pack(fill="x", pady=(0, px(6)))
        self._bar = tb.Progressbar(
            self._progress, mode="indeterminate", bootstyle="primary thin", length=px(_BAR)
        )
        self._bar.pack(anchor="w")
        self.errors["form"] = self._wrapping(foot, "Problem.TLabel")
        self.errors["form"].grid(sticky="ew", pady=(0, px(14)))
        buttons = FlowFrame(foot, self.look)
        buttons.grid(sticky="ew")
        self.connect = tb.Button(
            buttons, text=_("Connect"), bootstyle="primary", command=self._connect
        )
        self.cancel = tb.Button(buttons, text=_("Cancel"), command=self._cancel)
        buttons.add(self.connect, self.cancel, side="right")

    # --- small changes -------------------------------------------------------------------

    def _show_recent(self, recent: tuple[tuple[str, str], ...]) -> None:
        self._recent = recent[:_RECENT]
        self.recent.delete(*self.recent.get_children())
        for place, part in enumerate(self._recent):
            first, *others = self._cells(*part)
            self.recent.insert("", "end", iid=str(place), text=first, values=tuple(others))
        self._recent_block.pack_forget()
        if self._recent:
            self.recent.configure(height=len(self._recent))
            self._recent_list.fit()
            self._recent_block.pack(fill="x", pady=(self.look.px(14), 0), before=self.nearby)

    def _ask_password(self, asked: bool) -> None:
        self._password_asked = asked
        self._place_password()

    def _place_password(self) -> None:
        block = self._blocks["password"]
        shown = bool(block.winfo_manager())
        if self._password_asked or self._password_kept:
            if not shown:
                block.pack(fill="x", pady=(self.look.px(10), 0), after=self._blocks["name"])
        elif shown:
            block.pack_forget()

    def _clear_errors(self) -> None:
        for label in self.errors.values():
            label.configure(text="")
            label.grid_remove()

    def _stop_waiting(self) -> None:
        self._busy = False
        self._bar.stop()
        self._progress.grid_remove()
        for field in self.fields.values():
            field.enable(True)
        self.recent.configure(selectmode="browse")
        self.nearby.enable(True)
        self.remembering.enable(True)
        self.connect.state(["!disabled"])
