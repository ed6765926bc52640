"""The contrast of text and background of every widget, as Tk draws them, in both themes.

`test_palette` checks the pairs of the palette; this checks those that ttkbootstrap derives:
buttons under the pointer and pressed, menus, headings, choices. Disabled widgets may have less
contrast (WCAG 2.2, 1.4.3).
"""

import tkinter as tk
from collections.abc import Iterator
from pathlib import Path

import pytest

from client_mvc.view.contract.items import FileCard, Heading, Message, Pending
from client_mvc.view.contract.values import Banner, MemberRow, SavingRow, Security, UploadRow
from client_mvc.view.contract.windows import (
    ConnectForm,
    FileText,
    Invite,
    InviteRow,
    PreferencesForm,
    Question,
    ReportTable,
)
from client_mvc.view.dialogs.file_chooser import FileChooser
from client_mvc.view.window.main_window import ChatWindow
from tests.gui.driver import Driver
from tests.gui.wcag import contrast

pytestmark = pytest.mark.gui

STATES = [
    (),
    ("active",),
    ("focus",),
    ("hover",),
    ("hover", "focus"),
    ("pressed",),
    ("pressed", "hover", "active", "focus"),
    ("selected",),
    ("selected", "focus"),
    ("selected", "active", "hover"),
]


def everything(window: ChatWindow) -> Iterator[tk.Misc]:
    """Yield every widget, with every window open."""
    window.messages.append(
        [FileCard("f", "a.txt", "1 KB", "x", Heading("10:00", "bob", 1)), Message("x")]
    )
    window.messages.show_pending([Pending("a", "x", failed=True)])
    window.members.show([MemberRow("bob", away=True, you=False)])
    failed = UploadRow("2", "b.txt", "1 KB", "failed", note="Too large.")
    window.transfers.show([UploadRow("1", "a.txt", "1 KB", "sending", 0.5), failed])
    window.transfers.show_saving(
        SavingRow("1 of 2 files not saved", 1.0, "b.txt (gone)", over=True)
    )
    window.banner.show(Banner("warning", "Lost.", "Try now"))
    window.connect_dialog.show(ConnectForm("host", "bob", (("host", "bob"),), password=True))
    window.connect_dialog.error("name", "Taken.")
    window.windows.show_report(
        ReportTable("1", ("Name",), (("bob",),), latency="1 ms"), lift=True
    )
    form = PreferencesForm("light", 11, bell=True, notify="all", hours=24, seconds=False)
    window.windows.show_preferences(form, lift=True)
    window.windows.show_text("Help", "x")
    window.windows.ask(Question("Sure?", "x", "Yes"), lambda: None)
    rows = (InviteRow("Web", "https://host/", "A hint."), InviteRow("Code", "A", large=True))
    window.windows.show_invite(Invite("Invite", rows, "x", "https://host/", 0), lift=True)
    window.top_bar.show_security(Security(False, "Not encrypted", "x"))
    window.windows.show_file(FileText("f", "a.txt", "1 KB, utf-8", "x", "A note."))
    FileChooser(window.look, window.root, "Files", mode="save", folder=Path("/"))
    waiting: list[tk.Misc] = [window.root]
    while waiting:
        widget = waiting.pop()
        yield widget
        waiting += widget.winfo_children()


def pairs(window: ChatWindow, widget: tk.Misc) -> Iterator[tuple[str, str, str]]:
    """Yield the name of a style or option, the colour of its text and of its background."""
    name, options = widget.winfo_class(), widget.keys()
    if "style" in options:
        style = str(widget.cget("style")) or name
        for kind in (style, f"{style}.Heading") if name == "Treeview" else (style,):
            for state in STATES:
                look = window.root.style.lookup
                text, ground = look(kind, "foreground", state), look(kind, "background", state)
                yield f"{kind} {' '.join(state)}", str(text), str(ground)
        return
    for text, ground in (
        ("foreground", "background"),
        ("selectforeground", "selectbackground"),
        ("activeforeground", "activebackground"),
    ):
        if text in options and ground in options and str(widget.cget(text)):
            yield f"{name} {text}", str(widget.cget(text)), str(widget.cget(ground))


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_text_can_be_read(window: ChatWindow, driver: Driver, dark: bool) -> None:
    window.look.set_dark(dark)
    seen, faint = set(), {}
    for widget in everything(window):
        for what, text, ground in pairs(window, widget):
            seen.add(what.split()[0].rpartition(".")[2])
            one, other = (
                "#{:02x}{:02x}{:02x}".format(*(c // 257 for c in widget.winfo_rgb(colour)))
                for colour in (text, ground)
            )
            if (ratio := contrast(one, other)) < 4.5:
                faint[what, one, other] = round(ratio, 2)
    assert not faint
    assert seen >= {"TButton", "TLabel", "Treeview", "Heading", "Text", "Menu", "TRadiobutton"}
