"""The Menu button's menu and the keys that do the same, in one table.

Knows what each entry asks for, not what comes of it.
"""

import tkinter.font as tkfont
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain

import ttkbootstrap as tb

from client_mvc.i18n.translate import _
from client_mvc.view.contract.intents import Intents
from client_mvc.view.dialogs.file_dialogs import Choosers
from client_mvc.view.style.theme import SMALLEST, Look

# Tk's menus leave no room beside their words.
_MARGIN = "  "


@dataclass(frozen=True, slots=True)
class _Entry:
    label: str
    shown_key: str
    keys: tuple[str, ...]
    do: Callable[[], None]


class MainMenu:
    """`menu` opens under `button`, or by F10 and Alt+M."""

    def __init__(
        self,
        look: Look,
        button: tb.Button,
        intents: Callable[[], Intents],
        choosers: Choosers,
    ) -> None:
        self._look = look
        self._button = button
        self._intents = intents
        self._choosers = choosers
        self._font = tkfont.Font(look.root, font="TkMenuFont")
        self.menu = tb.Menu(button, tearoff=False, font=self._font)
        button.configure(command=self.open)
        self._theme_place = 0
        self._broken = False
        self._fitted = 0
        self._table = self._groups()
        self._fill(0)
        self.menu.bind("<Map>", lambda _: self._ground(), add="+")
        self._bind_keys()
        for key in ("<F10>", "<Alt-m>", "<Alt-M>"):
            look.root.bind(key, lambda _: self._open_by_key())
        look.attach(self.menu, self._paint)

    def open(self) -> None:
        """Open under the button, right edges in line."""
        button, menu = self._button, self.menu
        if self._fitted != self._look.size:
            self._fit()
            self._fitted = self._look.size
        menu.update_idletasks()
        x = button.winfo_rootx() + button.winfo_width() - menu.winfo_reqwidth()
        menu.tk_popup(max(0, x), button.winfo_rooty() + button.winfo_height())

    def save_conversation(self) -> None:
        """Ask where to, then save the conversation."""
        target = self._choosers.save_file(
            self._look.root,
            _("Save conversation (.txt, .html or .json)"),
            "conversation.txt",
            (".txt", ".html", ".json"),
        )
        if target is not None:
            self._intents().save_conversation(target)

    def save_all(self) -> None:
        """Ask where to, then save every file of the conversation."""
        folder = self._choosers.choose_folder(self._look.root, _("Save all files in"))
        if folder is not None:
            self._intents().save_all.start(folder)

    def _fit(self) -> None:
        """No menu scrolls, and all of it has to be on the screen: in two columns where one is
        too high, and where both are too wide with the largest text that is not.
        """
        menu = self.menu
        most = menu.winfo_screenwidth(), menu.winfo_screenheight()
        for size in range(self._look.size, SMALLEST - 1, -1):
            self._font.configure(size=size)
            for columns in (1, 2):
                self._fill(_middle(self._table) if columns == 2 else 0)
                menu.update_idletasks()
                if menu.winfo_reqwidth() <= most[0] and menu.winfo_reqheight() <= most[1]:
                    return

    def _open_by_key(self) -> str:
        self.open()
        # A menu opened by mouse has no entry active until the pointer is on one.
        self.menu.activate(0)
        return "break"

    def _groups(self) -> tuple[tuple[_Entry, ...], ...]:
        do = self._intents
        return (
            (
                _Entry(
                    _("Active users report…"),
                    _("Ctrl+R"),
                    _ctrl("r"),
                    lambda: do().report.ask(),
                ),
                _Entry(
                    _("Save conversation…"), _("Ctrl+S"), _ctrl("s"), self.save_conversation
                ),
                _Entry(
                    _("Save all files…"),
                    _("Ctrl+Shift+S"),
                    ("<Control-Shift-s>", "<Control-Shift-S>"),
                    self.save_all,
                ),
            ),
            (
                _Entry(_("Search…"), _("Ctrl+F"), _ctrl("f"), lambda: do().search.open()),
                _Entry(_("Find further up"), "F3", ("<F3>",), lambda: do().search.next(1)),
                _Entry(
                    _("Find further down"),
                    _("Shift+F3"),
                    ("<Shift-F3>",),
                    lambda: do().search.next(-1),
                ),
                _Entry(
                    _("Go to a date…"), _("Ctrl+G"), _ctrl("g"), lambda: do().history.ask_date()
                ),
                _Entry(
                    _("Back to the newest"),
                    _("Alt+End"),
                    ("<Alt-End>",),
                    lambda: do().history.to_newest(),
                ),
            ),
            (
                _Entry("", _("Ctrl+D"), _ctrl("d"), lambda: do().preferences.toggle_theme()),
                _Entry(
                    _("Larger text"),
                    _("Ctrl++"),
                    ("<Control-plus>", "<Control-equal>", "<Control-KP_Add>"),
                    lambda: do().preferences.zoom(1),
                ),
                _Entry(
                    _("Smaller text"),
                    _("Ctrl+-"),
                    ("<Control-minus>", "<Control-KP_Subtract>"),
                    lambda: do().preferences.zoom(-1),
                ),
                _Entry(
                    _("Standard text size"),
                    _("Ctrl+0"),
                    ("<Control-Key-0>", "<Control-KP_0>"),
                    lambda: do().preferences.zoom(0),
                ),
            ),
            (
                _Entry(
                    _("Preferences…"),
                    _("Ctrl+,"),
                    ("<Control-comma>",),
                    lambda: do().preferences.open(),
                ),
            ),
            (
                _Entry(_("Keys and commands"), "F1", ("<F1>",), lambda: do().help()),
                _Entry(_("About"), "", (), lambda: do().about()),
            ),
            (
                _Entry(_("Disconnect"), "", (), lambda: do().membership.leave()),
                _Entry(_("Quit"), _("Ctrl+Q"), _ctrl("q"), lambda: do().quit()),
            ),
        )

    def _fill(self, broken: int) -> None:
        """Put all entries in; the group numbered `broken` begins a column, if it is not 0.

        In two columns there are no lines between groups: on some screens Tk draws those of the
        second across the first.
        """
        self._broken = bool(broken)
        self.menu.delete(0, "end")
        for number, group in enumerate(self._table):
            if number and not broken:
                self.menu.add_separator()
            for entry in group:
                self.menu.add_command(
                    label=_spaced(entry.label or self._other_theme()),
                    accelerator=entry.shown_key + _MARGIN,
                    command=entry.do,
                    columnbreak=bool(broken) and number == broken and entry is group[0],
                )
                if not entry.label:
                    self._theme_place = int(self.menu.index("end") or 0)

    def _bind_keys(self) -> None:
        """In every window of the program, whatever has the focus there."""
        for entry in chain.from_iterable(self._table):
            for key in entry.keys:
                self._look.root.bind_all(key, lambda _, do=entry.do: do())  # type: ignore[misc]

    def _other_theme(self) -> str:
        return _("Light theme") if self._look.dark else _("Dark theme")

    def _paint(self) -> None:
        self.menu.entryconfigure(self._theme_place, label=_spaced(self._other_theme()))
        palette = self._look.palette
        self._button.configure(bootstyle=f"ghost @{palette.chrome}")
        self.menu.configure(
            activebackground=palette.selection, activeforeground=palette.foreground
        )

    def _ground(self) -> None:
        """Where a column is shorter than the other, the menu itself is seen.

        It has the colour of its edge, once it is on screen: then it gets that of the entries.
        """
        if self._broken:
            self.menu.configure(background=self._look.palette.background)
        self.menu.configure(relief="raised" if self._broken else "flat")


def _middle(groups: Sequence[Sequence[_Entry]]) -> int:
    """The group that a second column begins with, so that both are about as high."""
    high = [len(group) for group in groups]
    return min(range(1, len(high)), key=lambda at: max(sum(high[:at]), sum(high[at:])))


def _spaced(label: str) -> str:
    return _MARGIN + label + 2 * _MARGIN


def _ctrl(letter: str) -> tuple[str, ...]:
    """With Caps Lock on, X11 reports the capital."""
    return f"<Control-{letter}>", f"<Control-{letter.upper()}>"
