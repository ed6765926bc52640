"""The hint in the empty composer, which never becomes part of a message."""

import subprocess
import tkinter as tk
from collections.abc import Iterator

import pytest

from client_mvc.i18n import translate
from client_mvc.view.window.main_window import ChatWindow
from tests.gui.driver import Driver, Recorder
from tests.gui.wcag import contrast

pytestmark = pytest.mark.gui

HINT = "Message #ops"


def shown(window: ChatWindow) -> str:
    window.root.update()
    label = window.composer.placeholder.label
    return str(label.cget("text")) if label.winfo_viewable() else ""


def content(window: ChatWindow) -> str:
    return window.composer.text.get("1.0", "end-1c")


def test_it_is_visible_only_in_the_empty_composer(window: ChatWindow, driver: Driver) -> None:
    assert shown(window) == HINT
    driver.type("a")
    assert shown(window) == ""
    driver.key("BackSpace")
    assert shown(window) == HINT
    driver.key("ctrl+z")
    assert content(window) == "a"
    assert shown(window) == ""
    driver.key("Return")
    assert shown(window) == HINT
    driver.key("shift+Return")
    assert shown(window) == ""


def test_it_is_never_copied_sent_or_saved(
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


def test_keys_without_a_character_keep_it(window: ChatWindow, driver: Driver) -> None:
    driver.key("Left", "shift", "ctrl+a", "Escape", "Up", "BackSpace", "Delete")
    assert shown(window) == HINT


@pytest.fixture
def dead_keys(window: ChatWindow) -> Iterator[None]:
    """A keyboard with dead keys. For a key that is on none, xdotool changes the keyboard and
    back again, and a busy window may ask which key it was when that is over.
    """
    subprocess.run(["setxkbmap", "us", "intl"], check=True, timeout=30)
    yield
    subprocess.run(["setxkbmap", "us"], check=True, timeout=30)


@pytest.mark.usefixtures("dead_keys")
def test_an_input_method_hides_it(window: ChatWindow, driver: Driver) -> None:
    """A dead key inserts nothing yet, but its accent is shown at the cursor."""
    driver.key("dead_acute")
    driver.until(lambda: not shown(window))
    assert content(window) == ""
    driver.key("e")
    assert content(window) == "é"
    driver.key("BackSpace")
    assert shown(window) == HINT
    driver.key("dead_acute")
    driver.until(lambda: not shown(window))
    driver.key("Escape")
    driver.focus(window.messages.text)
    assert shown(window) == HINT


def test_overlapping_keys_do_not_hide_it(window: ChatWindow, driver: Driver) -> None:
    """The next key is pressed before the last one is released."""
    driver._xdotool("keydown", "a", "key", "BackSpace", "keyup", "a")
    assert content(window) == ""
    assert shown(window) == HINT


def test_a_key_pressed_in_another_window_does_not_hide_it(
    window: ChatWindow, driver: Driver
) -> None:
    """Enter closes a dialog; its release arrives in the composer."""
    driver.focus(window.top_bar.menu_button)

    def closed(_: object) -> str:
        window.composer.text.focus_set()
        return "break"

    window.top_bar.menu_button.bind("<Return>", closed)
    driver.key("Return")
    assert driver.root.focus_get() is window.composer.text
    assert shown(window) == HINT
    window.top_bar.menu_button.unbind("<Return>")


def test_a_click_on_it_focuses_the_field(window: ChatWindow, driver: Driver) -> None:
    driver.focus(window.messages.text)
    driver.click(window.composer.placeholder.label)
    driver.until(lambda: driver.root.focus_get() is window.composer.text)
    other = tk.Text(driver.root)
    other.insert("1.0", "selected text")
    other.tag_add("sel", "1.0", "end-1c")
    driver.click(window.composer.placeholder.label, button=2)
    driver.until(lambda: content(window) == "selected text")
    window.composer.replace("")
    driver.type("a")
    driver.click(window.composer.text, button=2)
    driver.until(lambda: content(window) == "aselected text")
    other.destroy()


def test_a_draft_replaces_it(window: ChatWindow) -> None:
    window.composer.replace("begun")
    assert shown(window) == ""
    window.composer.replace("")
    assert shown(window) == HINT


def test_it_is_hidden_outside_a_room(window: ChatWindow, driver: Driver) -> None:
    window.top_bar.show("", "")
    window.composer.show_room("")
    assert shown(window) == ""
    window.top_bar.show("Größe 👍" * 40, "chat.example.org")
    window.composer.show_room("Größe 👍" * 40)
    label = window.composer.placeholder.label
    assert shown(window).endswith("…"), "a hint that is too wide is cut"
    edge = window.composer.text.winfo_rootx() + window.composer.text.winfo_width()
    assert label.winfo_rootx() + label.winfo_width() <= edge


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_it_has_contrast_and_does_not_hide_the_cursor(window: ChatWindow, dark: bool) -> None:
    window.look.set_dark(dark)
    window.look.set_size(20)
    assert shown(window)
    label, text = window.composer.placeholder.label, window.composer.text
    style = window.root.style.lookup
    text_colour, background = (
        style("Muted.TLabel", "foreground"),
        style("Muted.TLabel", "background"),
    )
    assert background == text.cget("background")
    assert contrast(str(text_colour), str(background)) >= 4.5
    box = text.bbox("1.0") or pytest.fail("the cursor is nowhere")
    assert label.winfo_rootx() > text.winfo_rootx() + box[0]
    assert label.winfo_rooty() == text.winfo_rooty() + box[1]
    assert label.winfo_height() <= text.winfo_height()


def test_it_is_translated(window: ChatWindow) -> None:
    translate.choose(["de"])
    try:
        window.top_bar.show("ops", "chat.example.org")
        window.composer.show_room("ops")
    finally:
        translate.choose([])
    assert shown(window) == "Nachricht an #ops"
