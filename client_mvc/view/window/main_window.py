"""The window: puts the parts together and is what the controller knows as `Screen`.

Shows what it is told, reports what people do to the `Intents` it was given, decides nothing.
"""

import logging
import re
import tkinter as tk
from collections.abc import Sequence
from types import TracebackType

import ttkbootstrap as tb

from client_mvc.i18n.translate import _
from client_mvc.view.contract.screen import Intents
from client_mvc.view.contract.values import (
    Banner,
    ConnectForm,
    Field,
    FileText,
    Item,
    MemberRow,
    Pending,
    PreferencesForm,
    ReportTable,
    Results,
    SavingRow,
    UploadRow,
)
from client_mvc.view.dialogs.file_dialogs import Choosers
from client_mvc.view.dialogs.file_dialogs import choosers as platform_choosers
from client_mvc.view.style.theme import Look, build_root
from client_mvc.view.widgets import editing
from client_mvc.view.window import drop, urgency
from client_mvc.view.window.banner import BannerLine
from client_mvc.view.window.composer import Composer
from client_mvc.view.window.conversation_area import Middle
from client_mvc.view.window.global_typing import Elsewhere
from client_mvc.view.window.member_list import Members
from client_mvc.view.window.top_bar import TopBar
from client_mvc.view.window.transfer_rows import Uploads
from client_mvc.view.window.window_manager import Secondary

log = logging.getLogger(__name__)

_SIZE = (1000, 700)
_LEAST = (420, 320)
_LEAST_TEXT = (28, 6)  # digits, lines
_MEMBERS_FROM = 640
_CONVERSATION = 24  # digits: with less room than that it has all of it


class ChatWindow:
    """One to a process. `root` is for the main loop and its timers.

    Window and controller know each other, so `intents` may come later, by `bind_intents`,
    but before the main loop. `geometry` is "WIDTHxHEIGHT" as `geometry()` gave it.
    """

    def __init__(
        self,
        intents: Intents | None = None,
        *,
        dark: bool,
        text_size: int,
        geometry: str = "",
        choosers: Choosers | None = None,
    ) -> None:
        self.root = build_root(dark=dark)
        self.root.withdraw()
        # Whatever goes wrong in a callback is for the log, never for the person.
        self.root.report_callback_exception = _log_exception
        self._intents = intents
        self._look = Look(self.root, dark=dark, size=text_size)
        self._choosers = choosers or platform_choosers(self._look)
        self._has_focus: bool | None = None
        editing.prepare(self.root)
        self._build()
        self._bind_events()
        self._place(geometry)
        self.root.deiconify()
        self.composer.text.focus_set()

    def bind_intents(self, intents: Intents) -> None:
        """Who is told what people do, from now on."""
        self._intents = intents

    def _ask(self) -> Intents:
        if self._intents is None:
            raise RuntimeError("bind_intents() comes before the main loop")
        return self._intents

    # --- what there is, and where ---------------------------------------------------------

    def _build(self) -> None:
        """In the order in which Tab goes through the parts."""
        root, look, px = self.root, self._look, self._look.px
        root.columnconfigure(0, weight=1)
        # What there is too little of is taken from the conversation, then from the uploads, and
        # never from the composer.
        root.rowconfigure(3, weight=1_000)
        root.rowconfigure(4, weight=1)
        self.top = TopBar(root, look, self._ask, self._choosers)
        self.top.grid(row=0, column=0, columnspan=2, sticky="ew")
        tb.Separator(root).grid(row=1, column=0, columnspan=2, sticky="ew")
        self.banner = BannerLine(root, look, self._ask)
        self.banner.grid(row=2, column=0, columnspan=2, sticky="ew")
        self.banner.grid_remove()
        self.middle = Middle(root, look, self._ask, self._choosers)
        self.middle.grid(row=3, column=0, sticky="nsew")
        self.find, self.pane = self.middle.find, self.middle.pane
        self.members = Members(root, look, self._ask)
        self.members.grid(row=3, column=1, sticky="ns")
        self.uploads = Uploads(root, look, self._ask)
        self.uploads.grid(
            row=4, column=0, columnspan=2, sticky="ew", padx=px(16), pady=(px(6), 0)
        )
        self.uploads.grid_remove()
        self.composer = Composer(root, look, self._ask, self._choosers, self.pane.page)
        self.composer.grid(
            row=5, column=0, columnspan=2, sticky="ew", padx=px(16), pady=(px(8), px(12))
        )
        back = self.composer.text.focus_set
        self.secondary = Secondary(look, self._ask, self._choosers, back)
        self.show_room("", "")

    def _bind_events(self) -> None:
        root = self.root
        root.protocol("WM_DELETE_WINDOW", lambda: self._ask().quit())
        root.bind("<Configure>", self._resized, add="+")
        for sequence in ("<FocusIn>", "<FocusOut>"):
            root.bind_all(sequence, self._focus_moved, add="+")
        self._look.attach(root, self._share_width)
        # Not in the other windows, where it would be a surprise.
        for key in ("<Control-o>", "<Control-O>"):
            root.bind(key, lambda _: self.composer.share())
        lists = (self.pane.text, self.members.tree)
        Elsewhere(root, self.composer, apart=self.find, lists=lists)
        drop.accept(root, lambda paths: self._ask().share(paths))

    # --- Screen: what each of these means stands in the contract -------------------------

    def show_connect(self, form: ConnectForm) -> None:
        self.secondary.connect_dialog.show(form)

    def connect_busy(self, text: str) -> None:
        self.secondary.connect_dialog.wait(text)

    def connect_error(self, field: Field, text: str, *, password: bool = False) -> None:
        self.secondary.connect_dialog.error(field, text, password=password)

    def hide_connect(self) -> None:
        self.secondary.hide_connect()

    def show_room(self, room: str, server: str) -> None:
        self.top.show(room, server)
        words = _("Say something in #{room}", room=room) if room else ""
        self.composer.placeholder.say(words)

    def set_title(self, text: str) -> None:
        self.root.title(self._look.safe.line(text))

    def append(self, items: Sequence[Item], *, live: bool = True) -> None:
        self.pane.append(items, live=live)

    def prepend(self, items: Sequence[Item], *, instead_of: int = 0) -> None:
        self.pane.prepend(items, instead_of=instead_of)

    def drop(self, *, oldest: int = 0, newest: int = 0) -> None:
        self.pane.drop(oldest=oldest, newest=newest)

    def clear(self) -> None:
        self.pane.clear()

    def show_end(self) -> None:
        self.pane.to_bottom()

    def show_place(self, item: int, *, mark: bool) -> None:
        self.pane.show_place(item, mark=mark)

    def show_loading(self, text: str) -> None:
        self.pane.show_loading(text)

    def show_reading(self, text: str | None) -> None:
        self.middle.show_reading(text)

    def ask_date(self, suggested: str) -> None:
        self.secondary.ask_date(suggested)

    def date_error(self, text: str) -> None:
        if self.secondary.date is not None:
            self.secondary.date.show_error(text)

    def hide_date(self) -> None:
        if self.secondary.date is not None:
            self.secondary.close_date()
            self.pane.text.focus_set()

    def open_find(self) -> None:
        self.middle.open_find()

    def mark_found(self, text: str) -> int:
        return self.pane.found.mark(text)

    def show_found(self, place: int) -> None:
        self.pane.show_found(place)

    def show_find_state(self, text: str) -> None:
        self.find.show_state(text)

    def show_results(self, results: Results | None) -> None:
        self.find.show_results(results)

    def show_pending(self, pending: Sequence[Pending]) -> None:
        self.pane.show_pending(pending)

    def show_members(self, members: Sequence[MemberRow]) -> None:
        self.members.show(members)

    def show_uploads(self, uploads: Sequence[UploadRow]) -> None:
        self.uploads.show(uploads)
        self._fit_uploads()

    def show_saving(self, saving: SavingRow | None) -> None:
        self.uploads.show_saving(saving)
        self._fit_uploads()

    def show_banner(self, banner: Banner | None) -> None:
        if banner is None:
            self.banner.grid_remove()
        else:
            self.banner.show(banner)
            self.banner.grid()

    def show_report(self, table: ReportTable, *, lift: bool) -> None:
        self.secondary.show_report(table, lift=lift)

    def show_text(self, title: str, text: str) -> None:
        self.secondary.show_text(title, text)

    def show_file(self, file: FileText) -> None:
        self.secondary.show_file(file)

    def copy(self, text: str) -> None:
        self.root.clipboard_clear()
        self.root.clipboard_append(text)

    def insert_in_composer(self, text: str) -> None:
        self.composer.insert(text)

    def show_draft(self, text: str) -> None:
        self.composer.replace(text)

    def set_theme(self, dark: bool) -> None:
        self._look.set_dark(dark)

    def set_text_size(self, points: int) -> None:
        self._look.set_size(points)

    def set_time_example(self, example: str) -> None:
        self.pane.set_time_example(example)

    def set_folder(self, folder: str) -> None:
        self._choosers.folder = folder

    def show_preferences(self, form: PreferencesForm, *, lift: bool) -> None:
        self.secondary.show_preferences(form, lift=lift)

    def ring(self, *, bell: bool) -> None:
        if bell:
            self.root.bell()
        urgency.ask(self.root)

    def geometry(self) -> str:
        return f"{self.root.winfo_width()}x{self.root.winfo_height()}"

    def close(self) -> None:
        self.root.destroy()

    def _fit_uploads(self) -> None:
        if self.uploads.wanted:
            self.uploads.grid()
        else:
            self.uploads.grid_remove()

    # --- its size, and who has the keyboard -----------------------------------------------

    def _place(self, geometry: str) -> None:
        root, px = self.root, self._look.px
        self._look.attach(root, self._bound)
        wanted = re.fullmatch(r"(\d{2,5})x(\d{2,5})", geometry)
        wide, high = (int(wanted[1]), int(wanted[2])) if wanted else map(px, _SIZE)
        wide = min(wide, root.winfo_screenwidth())
        high = min(high, root.winfo_screenheight())
        root.geometry(f"{wide}x{high}")
        icon = tb.Icon("chat-dots-fill", size=64, color=self._look.palette.accent)
        root.iconphoto(True, icon)

    def _bound(self) -> None:
        """The smallest window that is of use with this text."""
        look = self._look
        wide = max(look.px(_LEAST[0]), look.wide(_LEAST_TEXT[0]))
        high = max(look.px(_LEAST[1]), look.row_height * _LEAST_TEXT[1])
        self.root.minsize(wide, min(high, self.root.winfo_screenheight()))

    def _resized(self, event: "tk.Event[tk.Misc]") -> None:
        if event.widget is self.root:
            self._share_width()

    def _share_width(self) -> None:
        """Members stand beside the conversation if there is room for both."""
        wide, look = self.root.winfo_width(), self._look
        left = wide - self.members.width_in(wide)
        if wide < look.px(_MEMBERS_FROM) or left < _CONVERSATION * look.wide(1):
            self.members.grid_remove()
        else:
            self.members.fit(wide)
            self.members.grid()

    def _focus_moved(self, event: "tk.Event[tk.Misc]") -> None:
        # From one widget to another the focus is nowhere for a moment: ask when it settled.
        self.root.after_idle(self._report_focus)

    def _report_focus(self) -> None:
        has_focus = bool(self.root.tk.call("focus"))
        if has_focus != self._has_focus:
            self._has_focus = has_focus
            self.pane.reader(present=has_focus)
            self._ask().focused(has_focus)


def _log_exception(
    kind: type[BaseException], problem: BaseException, trace: TracebackType | None
) -> None:
    log.error("a callback of the window failed", exc_info=(kind, problem, trace))
