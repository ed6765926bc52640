"""What the empty composer says of itself, and that it never becomes a part of what is said."""

import subprocess
import tkinter as tk
from collections.abc import Iterator

import pytest

from client_mvc.i18n import translate
from client_mvc.view.window.main_window import ChatWindow
from tests.gui.driver import Driver, Recorder
from tests.gui.wcag import contrast

pytestmark = pytest.mark.gui

SAYS = "Say something in #ops"


def shown(window: ChatWindow) -> str:
    window.root.update()
    label = window.composer.placeholder.label
    return str(label.cget("text")) if label.winfo_viewable() else ""


def content(window: ChatWindow) -> str:
    return window.composer.text.get("1.0", "end-1c")


def test_it_stands_in_the_empty_composer_only(window: ChatWindow, driver: Driver) -> None:
    assert shown(window) == SAYS
    driver.type("a")
    assert shown(window) == ""
    driver.key("BackSpace")
    assert shown(window) == SAYS
    driver.key("ctrl+z")
    assert content(window) == "a"
    assert shown(window) == ""
    driver.key("Return")
    assert shown(window) == SAYS
    driver.key("shift+Return")
    assert shown(window) == ""


def test_it_is_never_copied_said_or_kept(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    root = driver.root
    root.clipboard_clear()
    root.clipboard_append("before")
    driver.key("ctrl+a", "ctrl+c", "ctrl+x")
    assert root.clipboard_get() == "before"
    driver.key("Return")
    driver.click(window.composer.send_button)
    assert intents.named("composer.send") == []
    assert intents.draft == content(window) == ""
    with pytest.raises(tk.TclError):
        root.selection_get()


def test_keys_that_write_nothing_leave_it(window: ChatWindow, driver: Driver) -> None:
    driver.key("Left", "shift", "ctrl+a", "Escape", "Up", "BackSpace", "Delete")
    assert shown(window) == SAYS


@pytest.fixture
def dead_keys(window: ChatWindow) -> Iterator[None]:
    """A keyboard that has some. For a key that is on none, xdotool changes the keyboard and
    back again, and a busy window may ask which key it was when that is over.
    """
    subprocess.run(["setxkbmap", "us", "intl"], check=True, timeout=30)
    yield
    subprocess.run(["setxkbmap", "us"], check=True, timeout=30)


@pytest.mark.usefixtures("dead_keys")
def test_it_is_gone_while_an_input_method_composes(window: ChatWindow, driver: Driver) -> None:
    """A dead key writes nothing yet, but what is on its way stands at the cursor."""
    driver.key("dead_acute")
    driver.until(lambda: not shown(window))
    assert content(window) == ""
    driver.key("e")
    assert content(window) == "é"
    driver.key("BackSpace")
    assert shown(window) == SAYS
    driver.key("dead_acute")
    driver.until(lambda: not shown(window))
    driver.key("Escape")
    driver.focus(window.messages.text)
    assert shown(window) == SAYS


def test_keys_that_overlap_compose_nothing(window: ChatWindow, driver: Driver) -> None:
    """As quick fingers have them."""
    driver._xdotool("keydown", "a", "key", "BackSpace", "keyup", "a")
    assert content(window) == ""
    assert shown(window) == SAYS


def test_a_key_that_was_pressed_elsewhere_composes_nothing(
    window: ChatWindow, driver: Driver
) -> None:
    """As Enter in a dialog that closes by it, and gives the keyboard back."""
    driver.focus(window.top_bar.menu_button)
    window.top_bar.menu_button.bind(
        "<Return>", lambda _: window.composer.text.focus_set() or "break"
    )
    driver.key("Return")
    assert driver.root.focus_get() is window.composer.text
    assert shown(window) == SAYS
    window.top_bar.menu_button.unbind("<Return>")


def test_a_click_on_it_is_one_into_the_field(window: ChatWindow, driver: Driver) -> None:
    driver.focus(window.messages.text)
    driver.click(window.composer.placeholder.label)
    driver.until(lambda: driver.root.focus_get() is window.composer.text)
    other = tk.Text(driver.root)
    other.insert("1.0", "what is selected")
    other.tag_add("sel", "1.0", "end-1c")
    driver.click(window.composer.placeholder.label, button=2)
    driver.until(lambda: content(window) == "what is selected")
    window.composer.replace("")
    driver.type("a")
    driver.click(window.composer.text, button=2)
    driver.until(lambda: content(window) == "awhat is selected")
    other.destroy()


def test_a_draft_stands_in_its_place(window: ChatWindow) -> None:
    window.composer.replace("begun")
    assert shown(window) == ""
    window.composer.replace("")
    assert shown(window) == SAYS


def test_in_no_room_there_is_nobody_to_say_it_to(window: ChatWindow, driver: Driver) -> None:
    window.top_bar.show("", "")
    window.composer.show_room("")
    assert shown(window) == ""
    window.top_bar.show("Größe 👍" * 40, "chat.example.org")
    window.composer.show_room("Größe 👍" * 40)
    label = window.composer.placeholder.label
    assert shown(window).endswith("…"), "what is too wide is cut"
    edge = window.composer.text.winfo_rootx() + window.composer.text.winfo_width()
    assert label.winfo_rootx() + label.winfo_width() <= edge


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_it_can_be_read_and_leaves_the_cursor_free(window: ChatWindow, dark: bool) -> None:
    window.look.set_dark(dark)
    window.look.set_size(20)
    assert shown(window)
    label, text = window.composer.placeholder.label, window.composer.text
    style = window.root.style.lookup
    ink, ground = style("Muted.TLabel", "foreground"), style("Muted.TLabel", "background")
    assert ground == text.cget("background")
    assert contrast(str(ink), str(ground)) >= 4.5
    box = text.bbox("1.0") or pytest.fail("the cursor is nowhere")
    assert label.winfo_rootx() > text.winfo_rootx() + box[0]
    assert label.winfo_rooty() == text.winfo_rooty() + box[1]
    assert label.winfo_height() <= text.winfo_height()


def test_in_german(window: ChatWindow) -> None:
    translate.choose(["de"])
    try:
        window.top_bar.show("ops", "chat.example.org")
        window.composer.show_room("ops")
    finally:
        translate.choose([])
    assert shown(window) == "Sag etwas in #ops"
