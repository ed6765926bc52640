"""With text as large as it gets, what one needs stays on the window and on the screen."""

import tkinter as tk

import pytest

from client_mvc.view.preferences import LARGEST
from client_mvc.view.shapes import Banner, ConnectForm, UploadRow
from client_mvc.view.window import ChatWindow
from tests.gui.driver import Driver

pytestmark = pytest.mark.gui

RECENT = tuple((f"chat{number}.example.org:18000", "alice") for number in range(4))


def inside(widget: tk.Misc, outer: tk.Misc) -> bool:
    """Whether all of `widget` is on the window `outer`."""
    right = outer.winfo_rootx() + outer.winfo_width()
    bottom = outer.winfo_rooty() + outer.winfo_height()
    return (
        bool(widget.winfo_viewable())
        and widget.winfo_width() >= widget.winfo_reqwidth()
        and widget.winfo_rootx() + widget.winfo_width() <= right
        and widget.winfo_rooty() + widget.winfo_height() <= bottom
    )


def test_the_composer_stays_whatever_stands_above_it(
    window: ChatWindow, driver: Driver
) -> None:
    window.set_text_size(LARGEST)
    note = "a long reason " * 20
    window.show_uploads([UploadRow(key, key, "1 KB", "failed", note=note) for key in "abcd"])
    window.show_banner(Banner("warning", "a long banner " * 9, "Try now"))
    driver.until(lambda: inside(window.banner.action, window.root))
    driver.until(lambda: inside(window.composer.send_button, window.root))
    driver.until(lambda: inside(window.composer.text, window.root))


def test_the_connect_dialog_keeps_its_buttons_on_the_screen(
    window: ChatWindow, driver: Driver
) -> None:
    window.set_text_size(LARGEST)
    window.show_connect(ConnectForm("", "", RECENT, password=True))
    window.connect_error("form", "The room is full. " * 9)
    dialog = window.connect_dialog
    driver.until(lambda: inside(dialog.cancel, dialog) and inside(dialog.connect, dialog))
    assert dialog.winfo_rooty() + dialog.winfo_height() <= dialog.winfo_screenheight()
    assert dialog.winfo_rootx() + dialog.winfo_width() <= dialog.winfo_screenwidth()
