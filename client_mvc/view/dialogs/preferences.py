"""The preferences window: reports each choice at once; the controller applies and keeps it."""

import tkinter as tk
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import ttkbootstrap as tb

from client_mvc.i18n.translate import _, marked
from client_mvc.view.contract.intents import Intents
from client_mvc.view.contract.windows import PreferencesForm
from client_mvc.view.dialogs.child_window import ChildWindow
from client_mvc.view.dialogs.file_dialogs import FileDialogs
from client_mvc.view.dialogs.known_rooms import KnownRoomsList
from client_mvc.view.style.theme import Look
from client_mvc.view.widgets.flow_layout import FlowFrame, wrapping_label
from client_mvc.view.widgets.icon_button import icon_button
from client_mvc.view.widgets.scrolled_form import ScrolledForm

SMALLEST, LARGEST = 8, 28
_NO_THEME = marked("Not available. Install the package darkdetect to use it.")
_NO_NOTIFICATIONS = marked("Not available. Install the package desktop-notifier to use them.")
_NO_FOLDER = marked("No folder chosen")
_WIDTH = 36  # digits
_BESIDE = 56  # digits: labels and choices side by side

type _Options = tuple[tuple[str, Any], ...]
_THEMES: _Options = (
    (marked("Light"), "light"),
    (marked("Dark"), "dark"),
    (marked("As the system"), "system"),
)
_NOTIFY: _Options = (
    (marked("Off"), "off"),
    (marked("Mentions"), "mentions"),
    (marked("All messages"), "all"),
)
_HOURS: _Options = ((marked("24 hours"), 24), (marked("12 hours"), 12))


class PreferencesWindow(ChildWindow):
    """`buttons` are the choices, by field and value; `closed` is called to close it."""

    def __init__(
        self,
        look: Look,
        intents: Callable[[], Intents],
        dialogs: FileDialogs,
        closed: Callable[[], None],
    ) -> None:
        super().__init__(look, _("Preferences"), closed, resizable=False)
        self._intents = intents
        self._dialogs = dialogs
        self._form: PreferencesForm | None = None
        self._variables: dict[str, tk.Variable] = {}
        self.buttons: dict[tuple[str, Any], tb.Radiobutton | tb.Checkbutton] = {}
        px = look.px
        foot = tb.Frame(self, padding=px(12))
        foot.pack(side="bottom", fill="x")
        self.close = tb.Button(foot, text=_("Close"), command=closed)
        self.close.pack(side="right")
        body = ScrolledForm(self, look, padding=(px(20), px(12)))
        body.pack(fill="both", expand=True)
        self._body = body.inner
        self._body.columnconfigure(1, weight=1)
        self._rows: list[tuple[tb.Label, tb.Frame, str]] = []
        self._add_radios(_("Theme"), "theme", _THEMES)
        self.theme_hint = self._hint(_(_NO_THEME))
        self._add_size()
        self._add_check(_("When mentioned"), "bell", _("Ring the bell"))
        self._add_radios(_("Notifications"), "notify", _NOTIFY)
        self.notify_hint = self._hint(_(_NO_NOTIFICATIONS))
        self._add_radios(_("Times"), "hours", _HOURS)
        self._add_check("", "seconds", _("Show seconds"))
        self._add_check(_("Conversation"), "show_joins", _("Show who joins and leaves"))
        self._add_folder()
        self.rooms = KnownRoomsList(self._row(_("Known rooms")), look, intents)
        self.rooms.pack(fill="x")
        look.attach(self, self._arrange)

    def show(self, form: PreferencesForm, *, lift: bool) -> None:
        """Show the current choices. `lift`: bring the window to the front."""
        self._form = form
        for field, variable in self._variables.items():
            variable.set(getattr(form, field))
        self.points.configure(text=_("{size} pt", size=form.text_size))
        self.smaller.state(["disabled" if form.text_size <= SMALLEST else "!disabled"])
        self.larger.state(["disabled" if form.text_size >= LARGEST else "!disabled"])
        self.folder.configure(text=self.look.safe.cell(form.folder) or _(_NO_FOLDER))
        self.no_folder.state(["!disabled" if form.folder else "disabled"])
        self._allow(self.theme_hint, form.can_follow, ("theme", "system"))
        self.rooms.show(form.rooms)
        notify = (("notify", value) for _label, value in _NOTIFY)
        self._allow(self.notify_hint, form.can_notify, *notify)
        if lift:
            self.appear(self.buttons["theme", "light"])

    # --- what the member does ------------------------------------------------------------

    def _chosen(self, **changes: Any) -> None:
        if self._form is not None:
            self._intents().preferences.choose(replace(self._form, **changes))

    def _resize(self, step: int) -> None:
        if self._form is not None:
            size = min(max(self._form.text_size + step, SMALLEST), LARGEST)
            self._chosen(text_size=size)

    def _choose_folder(self) -> None:
        chosen = self._dialogs.choose_folder(self, _("Folder for saved files"))
        if chosen is not None:
            self._chosen(folder=str(chosen))

    # --- parts ---------------------------------------------------------------------------

    def _row(self, label: str, *, centred: bool = False) -> tb.Frame:
        frame = tb.Frame(self._body)
        self._rows.append((tb.Label(self._body, text=label), frame, "w" if centred else "nw"))
        return frame

    def _arrange(self) -> None:
        """Place the choices beside their labels, or below them if the screen is narrow."""
        px = self.look.px
        beside = self.look.wide(_BESIDE) >= _BESIDE * self.look.wide(1)
        for place, (label, frame, side) in enumerate(self._rows):
            row = 2 * place
            label.grid(
                row=row, column=0, sticky=side, pady=px(6), columnspan=1 if beside else 2
            )
            frame.grid(
                row=row if beside else row + 1,
                column=1,
                sticky="ew",
                padx=(px(18), 0),
                pady=px(6) if beside else (0, px(6)),
            )

    def _add_radios(self, label: str, field: str, options: _Options) -> None:
        frame = FlowFrame(self._row(label), self.look, gap=14)
        frame.pack(fill="x")
        numeric = isinstance(options[0][1], int)
        variable: tk.Variable = tk.IntVar(self) if numeric else tk.StringVar(self)
        self._variables[field] = variable
        for text, value in options:
            button = tb.Radiobutton(
                frame,
                text=_(text),
                value=value,
                variable=variable,
                command=lambda value=value: self._chosen(**{field: value}),
            )
            frame.add(button)
            self.buttons[field, value] = button

    def _add_check(self, label: str, field: str, text: str) -> None:
        variable = self._variables[field] = tk.BooleanVar(self)
        button = tb.Checkbutton(
            self._row(label),
            text=text,
            variable=variable,
            command=lambda: self._chosen(**{field: variable.get()}),
        )
        button.pack(side="left")
        self.buttons[field, True] = button

    def _add_size(self) -> None:
        px, frame = self.look.px, self._row(_("Text size"), centred=True)
        down, up = partial(self._resize, -1), partial(self._resize, 1)
        self.smaller = icon_button(
            frame, self.look, "dash-lg", down, _("Smaller text"), key=_("Ctrl+-")
        )
        self.points = tb.Label(frame, width=6, anchor="center")
        self.larger = icon_button(
            frame, self.look, "plus-lg", up, _("Larger text"), key=_("Ctrl++")
        )
        self.smaller.pack(side="left")
        self.points.pack(side="left", padx=px(4))
        self.larger.pack(side="left")

    def _add_folder(self) -> None:
        px, frame = self.look.px, self._row(_("Saved files"))
        self.folder = wrapping_label(frame, self.look, "Muted.TLabel", width=_WIDTH)
        self.folder.pack(fill="x", pady=(0, px(6)))
        buttons = FlowFrame(frame, self.look)
        buttons.pack(fill="x")
        self.choose = tb.Button(buttons, text=_("Choose…"), command=self._choose_folder)
        self.no_folder = tb.Button(
            buttons,
            text=_("Forget"),
            bootstyle="ghost",
            command=lambda: self._chosen(folder=""),
        )
        buttons.add(self.choose, self.no_folder)

    def _hint(self, text: str) -> tb.Label:
        """Make a hint below the choices of the last row."""
        frame = self._rows[-1][1]
        return wrapping_label(frame, self.look, "Muted.TLabel", width=_WIDTH, text=text)

    def _allow(self, hint: tb.Label, possible: bool, *places: tuple[str, Any]) -> None:
        for place in places:
            self.buttons[place].state(["!disabled" if possible else "disabled"])
        if possible:
            hint.pack_forget()
        else:
            hint.pack(fill="x", pady=(self.look.px(6), 0))
