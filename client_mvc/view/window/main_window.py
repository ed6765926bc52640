"""The main window: creates its parts and arranges them; the controller's `Screen`.

The parts show what the controller passes to them and report what the person does to the
`Intents`.
"""

import logging
import re
import tkinter as tk
from functools import partial
from types import TracebackType

import ttkbootstrap as tb

from client_mvc.view.contract.intents import Intents
from client_mvc.view.dialogs.connect import ConnectDialog
from client_mvc.view.dialogs.file_dialogs import FileDialogs, platform_dialogs
from client_mvc.view.dialogs.portal_dialogs import Portal
from client_mvc.view.style.theme import Look, build_root
from client_mvc.view.widgets import editing, shortcuts
from client_mvc.view.widgets.clipboard import Clipboard, Program
from client_mvc.view.widgets.context_menu import TextMenu
from client_mvc.view.window import drop, urgency
from client_mvc.view.window.banner import BannerLine
from client_mvc.view.window.composer import Composer
from client_mvc.view.window.conversation_area import ConversationArea
from client_mvc.view.window.garbage import GarbageCollection
from client_mvc.view.window.global_typing import GlobalTyping
from client_mvc.view.window.member_list import MemberList
from client_mvc.view.window.pin_bar import PinLine
from client_mvc.view.window.top_bar import TopBar
from client_mvc.view.window.transfer_rows import TransferRows
from client_mvc.view.window.typing_line import TypingLine
from client_mvc.view.window.window_manager import WindowManager

log = logging.getLogger(__name__)

_SIZE = (1000, 700)
_LEAST = (420, 320)
_LEAST_TEXT = (28, 6)  # digits, lines
_MEMBERS_FROM = 640
_CONVERSATION_ROW = 4
_GRIP = 80  # pixels of a window that have to be on the screen
_CONVERSATION = 24  # digits: with less room than that it has all of it


class ChatWindow:
    """The only one in a process. `root` is for the main loop and its timers.

    Window and controller need each other, so `bind_intents` may pass the `intents` later, but
    before the main loop. `geometry` is "WIDTHxHEIGHT+X+Y" as `geometry()` returned it; the
    place may be missing.
    """

    def __init__(
        self,
        intents: Intents | None = None,
        *,
        dark: bool,
        text_size: int,
        geometry: str = "",
        choosers: FileDialogs | None = None,
        portal: Portal | None = None,
        clipboard: Program | None = None,
    ) -> None:
        self.root = build_root(dark=dark)
        self.root.withdraw()
        # An exception in a callback goes to the log; Tk's default would print it.
        self.root.report_callback_exception = _log_exception
        self._intents = intents
        self.look = Look(self.root, dark=dark, size=text_size)
        self.choosers = choosers or platform_dialogs(self.look, portal)
        self._garbage = GarbageCollection(self.root)
        self._clipboard = Clipboard(self.root, clipboard)
        self._has_focus: bool | None = None
        editing.prepare(self.root)
        self.text_menu = TextMenu(self.look)
        self._build()
        self._bind_events()
        self._place(geometry)
        self.root.deiconify()
        self.composer.text.focus_set()

    def bind_intents(self, intents: Intents) -> None:
        """Report what the person does to `intents` from now on."""
        self._intents = intents

    def _ask(self) -> Intents:
        if self._intents is None:
            raise RuntimeError("bind_intents() comes before the main loop")
        return self._intents

    # --- its parts --------------------------------------------------------------------------

    def _build(self) -> None:
        """Create the parts in the order in which Tab goes through them."""
        root, look = self.root, self.look
        root.columnconfigure(0, weight=1)
        # Where height is short, the conversation shrinks first, then the transfers, and the
        # composer never.
        root.rowconfigure(_CONVERSATION_ROW, weight=1_000)
        root.rowconfigure(6, weight=1)
        self.top_bar = TopBar(root, look, self._ask, self.choosers)
        self.top_bar.grid(row=0, column=0, columnspan=2, sticky="ew")
        tb.Separator(root).grid(row=1, column=0, columnspan=2, sticky="ew")
        self.banner = BannerLine(root, look, self._ask)
        self.banner.grid(row=2, column=0, columnspan=2, sticky="ew")
        self.banner.grid_remove()

        self.pins = PinLine(root, look, self._ask)
        self.pins.grid(row=3, column=0, columnspan=2, sticky="ew")
        self.pins.grid_remove()

        def write() -> None:
            self.composer.text.focus_set()

        area = ConversationArea(root, look, self._ask, self.choosers, write)
        area.grid(row=_CONVERSATION_ROW, column=0, sticky="nsew")
        self.search, self.messages = area.search, area.messages
        self.history_banner = area.history_banner
        self.invite_hint = area.invite_hint
        self.members = MemberList(root, look, self._ask, area.invite_hint.members)
        self.members.grid(row=_CONVERSATION_ROW, column=1, sticky="ns")
        self._build_foot()
        read = self.messages.text.focus_set
        copy_picture = self._clipboard.copy_picture
        self.windows = WindowManager(
            look, self._ask, self.choosers, write, read, copy_picture=copy_picture
        )
        self.connect_dialog = ConnectDialog(look, self._ask, write)
        self.top_bar.show("", "")

    def _build_foot(self) -> None:
        """Create the parts below the conversation."""
        root, look, px = self.root, self.look, self.look.px
        below = {"column": 0, "columnspan": 2, "sticky": "ew", "padx": px(16)}
        self.typing = TypingLine(root, look)
        self.typing.grid(row=5, pady=(px(2), 0), **below)
        self.transfers = TransferRows(root, look, self._ask)
        self.transfers.grid(row=6, pady=(px(4), 0), **below)
        self.transfers.grid_remove()
        self.composer = Composer(
            root,
            look,
            self._ask,
            dialogs=self.choosers,
            clipboard=self._clipboard,
            page=self.messages.page,
        )
        self.composer.grid(row=7, pady=(px(4), px(12)), **below)

    def _bind_events(self) -> None:
        root = self.root
        root.protocol("WM_DELETE_WINDOW", lambda: self._ask().quit())
        root.bind("<Configure>", self._resized, add="+")
        for sequence in ("<FocusIn>", "<FocusOut>"):
            root.bind_all(sequence, self._focus_moved, add="+")
        self.look.attach(root, self._share_width)
        # Not in the other windows, where it would be a surprise.
        root.bind(shortcuts.event("Ctrl+O"), lambda _: self.composer.share())
        for key, step in (("<Alt-Up>", -1), ("<Alt-Down>", 1)):
            # In the composer, Up alone has a binding of its own, which would win.
            for widget in (root, self.composer.text, self.messages.text):
                editing.on_keys(widget, [key], partial(self.messages.cursor.step, step))
        lists = (self.messages.text, self.members.tree)
        GlobalTyping(root, self.composer, apart=self.search, lists=lists)
        drop.accept(root, lambda paths: self._ask().attachments.add(paths))

    # --- as the controller asks ------------------------------------------------------------

    def set_title(self, text: str) -> None:
        """Set the title of the window."""
        self.root.title(self.look.safe.line(text))

    def copy(self, text: str) -> None:
        """Put `text` on the clipboard."""
        self.root.clipboard_clear()
        self.root.clipboard_append(text)

    def ring(self, *, bell: bool) -> None:
        """Ask the window manager for attention, with or without the bell."""
        if bell:
            self.root.bell()
        urgency.ask(self.root)

    def geometry(self) -> str:
        """Return size and place of the window as "WIDTHxHEIGHT+X+Y", in pixels."""
        return str(self.root.geometry())

    def close(self) -> None:
        """Destroy the window; the main loop ends."""
        self._garbage.end()
        self.root.destroy()

    # --- its size, and who has the keyboard -----------------------------------------------

    def _place(self, geometry: str) -> None:
        root, px = self.root, self.look.px
        self.look.attach(root, self._bound)
        wanted = re.fullmatch(r"(\d{2,5})x(\d{2,5})(?:\+(-?\d{1,5})\+(-?\d{1,5}))?", geometry)
        wide, high = (int(wanted[1]), int(wanted[2])) if wanted else map(px, _SIZE)
        wide = min(wide, root.winfo_screenwidth())
        high = min(high, root.winfo_screenheight())
        root.geometry(f"{wide}x{high}")
        if wanted and wanted[3] and self._on_screen(int(wanted[3]), int(wanted[4]), wide):
            root.geometry(f"+{wanted[3]}+{wanted[4]}")
        icon = tb.Icon("chat-dots-fill", size=64, color=self.look.palette.accent)
        root.iconphoto(True, icon)

    def _on_screen(self, x: int, y: int, wide: int) -> bool:
        """Tell whether a window's title bar could be taken hold of at this place.

        The screen where it was may be gone by now.
        """
        root, least = self.root, self.look.px(_GRIP)
        left, top = root.winfo_vrootx(), root.winfo_vrooty()
        right, bottom = left + root.winfo_vrootwidth(), top + root.winfo_vrootheight()
        return left - wide + least <= x <= right - least and top <= y <= bottom - least

    def _bound(self) -> None:
        """The smallest window that is of use with this text."""
        look = self.look
        wide = max(look.px(_LEAST[0]), look.wide(_LEAST_TEXT[0]))
        high = max(look.px(_LEAST[1]), look.row_height * _LEAST_TEXT[1])
        self.root.minsize(wide, min(high, self.root.winfo_screenheight()))

    def _resized(self, event: "tk.Event[tk.Misc]") -> None:
        if event.widget is self.root:
            self._share_width()

    def _share_width(self) -> None:
        """Members stand beside the conversation if there is room for both."""
        wide, look = self.root.winfo_width(), self.look
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
            self.messages.reader(present=has_focus)
            self._ask().focused(has_focus)


def _log_exception(
    kind: type[BaseException], problem: BaseException, trace: TracebackType | None
) -> None:
    log.error("a callback of the window failed", exc_info=(kind, problem, trace))
