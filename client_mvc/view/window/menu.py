"""The menu of the Menu button, and the keys that do the same, in one table."""

import tkinter as tk
import tkinter.font as tkfont
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain

import ttkbootstrap as tb

from client_mvc.i18n.translate import _, marked
from client_mvc.view.contract.intents import Intents
from client_mvc.view.contract.values import RoomRules
from client_mvc.view.dialogs.file_dialogs import FileDialogs
from client_mvc.view.style.theme import SMALLEST, Look
from client_mvc.view.widgets import shortcuts
from client_mvc.view.widgets.editing import on_keys

# Tk's menus have no margin beside their texts.
_MARGIN = "  "
_CHOSEN = "✓ "


_SLOW = (0, 5, 10, 30, 60)  # seconds


@dataclass(frozen=True, slots=True)
class _Entry:
    label: str  # empty: the name of the other theme
    key: str  # in English, as it is shown
    do: Callable[[], None]
    menu: tk.Menu | None = None  # opens in place of `do`


class MainMenu:
    """`menu` opens under `button`, also by F10 and Alt+M."""

    def __init__(
        self,
        look: Look,
        button: tb.Button,
        intents: Callable[[], Intents],
        dialogs: FileDialogs,
    ) -> None:
        self._look = look
        self._button = button
        self._intents = intents
        self._dialogs = dialogs
        self._font = tkfont.Font(look.root, font="TkMenuFont")
        self.menu = tb.Menu(button, tearoff=False, font=self._font)
        button.configure(command=self.open)
        self._rules = RoomRules()
        self.slow = tb.Menu(self.menu, tearoff=False, font=self._font)
        self._theme_place = 0  # the position of the entry that switches the theme
        self._two_columns = False
        self._fitted = 0
        self._table = self._groups()
        self._fill(0)
        self.menu.bind("<Map>", lambda _: self._paint_background(), add="+")
        self._bind_keys()
        on_keys(look.root, ("<F10>", shortcuts.add(look.root, "Alt+M")), self._open_by_key)
        look.attach(self.menu, self._paint)

    def open(self) -> None:
        """Open the menu under the button, with their right edges in line."""
        button, menu = self._button, self.menu
        if self._fitted != self._look.size:
            self._fit()
            self._fitted = self._look.size
        menu.update_idletasks()
        x = button.winfo_rootx() + button.winfo_width() - menu.winfo_reqwidth()
        menu.tk_popup(max(0, x), button.winfo_rooty() + button.winfo_height())

    def show_rules(self, rules: RoomRules) -> None:
        """Offer what the reader may change in the room."""
        if rules != self._rules:
            self._rules = rules
            self._table = self._groups()
            self._fitted = 0
            self._fill(0)

    def save_conversation(self) -> None:
        """Ask for a place, then save the conversation there."""
        target = self._dialogs.save_file(
            self._look.root,
            _("Save conversation (.txt, .html or .json)"),
            "conversation.txt",
            (".txt", ".html", ".json"),
        )
        if target is not None:
            self._intents().save_conversation(target)

    def save_all(self) -> None:
        """Ask for a folder, then save every file of the conversation there."""
        folder = self._dialogs.choose_folder(self._look.root, _("Save all files in"))
        if folder is not None:
            self._intents().save_all.start(folder)

    def _fit(self) -> None:
        """Fit the menu onto the screen, since menus do not scroll.

        It gets two columns if one is too high, and smaller text if two are too wide.
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

    def _open_by_key(self) -> None:
        self.open()
        # A menu that opens by key has its first entry active; by mouse it has none.
        self.menu.activate(0)

    def _groups(self) -> tuple[tuple[_Entry, ...], ...]:
        groups = self._usual_groups()
        room = self._room_group()
        return (groups[0], room, *groups[1:]) if room else groups

    def _room_group(self) -> tuple[_Entry, ...]:
        """The entries of owner and moderators, and the one that makes an owner."""
        do, rules = self._intents, self._rules
        entries: list[_Entry] = []
        if rules.moderates:
            self._fill_slow()
            lock = _("Unlock the room") if rules.locked else _("Lock the room")
            entries += [
                _Entry(_("Topic…"), "", lambda: do().moderation.ask_topic()),
                _Entry(lock, "", lambda: do().moderation.lock(not rules.locked)),
                _Entry(_("Slow mode"), "", lambda: None, self.slow),
                _Entry(_("Bans…"), "", lambda: do().bans.ask()),
            ]
        if rules.can_claim:
            entries.append(_Entry(_("I am the owner…"), "", lambda: do().moderation.claim()))
        return tuple(entries)

    def _fill_slow(self) -> None:
        """One entry for each wait; a mark stands before the present one."""
        self.slow.delete(0, "end")
        for seconds in _SLOW:
            label = _("One message in {seconds} s", seconds=seconds) if seconds else _("Off")
            mark = _CHOSEN if seconds == self._rules.slow else _MARGIN + _MARGIN
            self.slow.add_command(
                label=mark + label + 2 * _MARGIN,
                command=partial(self._set_slow, seconds),
            )

    def _set_slow(self, seconds: int) -> None:
        self._intents().moderation.slow(seconds)

    def _usual_groups(self) -> tuple[tuple[_Entry, ...], ...]:
        do = self._intents
        return (
            (
                _Entry(_("Copy invite link"), "", lambda: do().invite.open()),
                _Entry(_("Active users report…"), marked("Ctrl+R"), lambda: do().report.ask()),
                _Entry(_("Save conversation…"), marked("Ctrl+S"), self.save_conversation),
                _Entry(_("Save all files…"), marked("Ctrl+Shift+S"), self.save_all),
                _Entry(_("Copy unsent messages"), "", lambda: do().outgoing.copy_all()),
            ),
            (
                _Entry(_("Search…"), marked("Ctrl+F"), lambda: do().search.open()),
                _Entry(_("Find further up"), "F3", lambda: do().search.next(1)),
                _Entry(
                    _("Find further down"), marked("Shift+F3"), lambda: do().search.next(-1)
                ),
                _Entry(_("Go to a date…"), marked("Ctrl+G"), lambda: do().history.ask_date()),
                _Entry(
                    _("Back to the newest"), marked("Alt+End"), lambda: do().history.to_newest()
                ),
            ),
            (
                _Entry("", marked("Ctrl+D"), lambda: do().preferences.toggle_theme()),
                _Entry(_("Larger text"), marked("Ctrl++"), lambda: do().preferences.zoom(1)),
                _Entry(_("Smaller text"), marked("Ctrl+-"), lambda: do().preferences.zoom(-1)),
                _Entry(
                    _("Standard text size"), marked("Ctrl+0"), lambda: do().preferences.zoom(0)
                ),
            ),
            (_Entry(_("Preferences…"), marked("Ctrl+,"), lambda: do().preferences.open()),),
            (
                _Entry(_("Keys and commands"), "F1", lambda: do().help()),
                _Entry(_("About"), "", lambda: do().about()),
            ),
            (
                _Entry(_("Disconnect"), "", lambda: do().membership.leave()),
                _Entry(_("Quit"), marked("Ctrl+Q"), lambda: do().quit()),
            ),
        )

    def _fill(self, second: int) -> None:
        """Insert all entries; the group number `second` begins a second column, unless it is 0.

        With two columns there are no lines between groups: on some screens Tk draws those of
        the second column across the first.
        """
        self._two_columns = bool(second)
        self.menu.delete(0, "end")
        for number, group in enumerate(self._table):
            if number and not second:
                self.menu.add_separator()
            for entry in group:
                if entry.menu is not None:
                    self.menu.add_cascade(
                        label=_spaced(entry.label),
                        menu=entry.menu,
                        columnbreak=bool(second) and number == second and entry is group[0],
                    )
                    continue
                self.menu.add_command(
                    label=_spaced(entry.label or self._other_theme()),
                    accelerator=(_(entry.key) if entry.key else "") + _MARGIN,
                    command=entry.do,
                    columnbreak=bool(second) and number == second and entry is group[0],
                )
                if not entry.label:
                    self._theme_place = int(self.menu.index("end") or 0)

    def _bind_keys(self) -> None:
        """Bind the keys in every window of the program, for any widget with the focus."""
        for entry in chain.from_iterable(self._table):
            if entry.key:
                event = shortcuts.add(self._look.root, entry.key)
                self._look.root.bind_all(event, lambda _, do=entry.do: do())  # type: ignore[misc]

    def _other_theme(self) -> str:
        return _("Light theme") if self._look.dark else _("Dark theme")

    def _paint(self) -> None:
        self.menu.entryconfigure(self._theme_place, label=_spaced(self._other_theme()))
        palette = self._look.palette
        self._button.configure(bootstyle=f"ghost @{palette.chrome}")
        for menu in (self.menu, self.slow):
            menu.configure(
                activebackground=palette.selection, activeforeground=palette.foreground
            )

    def _paint_background(self) -> None:
        """Paint the area below the shorter of two columns in the colour of the entries.

        Tk gives the menu the colour of its border when it appears, so this comes after that.
        """
        if self._two_columns:
            self.menu.configure(background=self._look.palette.background)
        self.menu.configure(relief="raised" if self._two_columns else "flat")


def _middle(groups: Sequence[Sequence[_Entry]]) -> int:
    """Return the group that begins the second column, so that both are about as high."""
    high = [len(group) for group in groups]
    return min(range(1, len(high)), key=lambda at: max(sum(high[:at]), sum(high[at:])))


def _spaced(label: str) -> str:
    return _MARGIN + label + 2 * _MARGIN
