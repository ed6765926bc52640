"""The main window: its parts around the conversation, looks, focus, closing."""

import logging
import subprocess
import sys
import tkinter as tk
from dataclasses import replace

import pytest

from client_mvc.view.contract.items import FileCard, Message
from client_mvc.view.contract.screen import Screen
from client_mvc.view.contract.values import Banner
from client_mvc.view.style.palette import DARK, LIGHT
from client_mvc.view.window.main_window import ChatWindow
from tests.gui.contents import MEMBERS
from tests.gui.driver import Driver, Recorder

pytestmark = pytest.mark.gui


def test_text_is_copied_to_the_clipboard(window: ChatWindow, driver: Driver) -> None:
    window.copy("http://chat.example.org/files/1/gr%C3%B6%C3%9Fe.txt")
    assert driver.root.clipboard_get() == "http://chat.example.org/files/1/gr%C3%B6%C3%9Fe.txt"


def test_the_close_button_quits(window: ChatWindow, intents: Recorder) -> None:
    root = window.root
    root.tk.call(*root.tk.splitlist(root.protocol("WM_DELETE_WINDOW")))
    assert intents.calls == [("quit",)]


def test_members_are_counted_and_mentioned(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    window.members.show(MEMBERS)
    tree = window.members.tree
    assert window.members.count.cget("text") == "Members — 3"
    assert [tree.item(item, "text") for item in tree.get_children()] == [
        "alice (you)",
        "bob (reconnecting)",
        "田中",
    ]
    driver.click_row(tree, "2", times=2)
    driver.focus(tree)
    driver.key("Up", "Return")
    assert intents.named("composer.mention") == [("田中",), ("bob",)]


def test_without_a_connection_every_member_is_unknown(window: ChatWindow) -> None:
    tree = window.members.tree
    window.members.show(MEMBERS)
    there = tree.item("2", "image")
    window.members.show([replace(member, unknown=True) for member in MEMBERS])
    assert [tree.item(item, "text") for item in tree.get_children()] == [
        "alice (you)",
        "bob",
        "田中",
    ]
    assert tree.item("2", "image") != there
    window.members.show(MEMBERS)
    assert tree.item("2", "image") == there


def test_the_selected_member_stays_selected(window: ChatWindow) -> None:
    window.members.show(MEMBERS)
    window.members.tree.selection_set("2")
    window.members.show(MEMBERS[1:])
    assert window.members.tree.selection() == ("1",)


def test_the_banner_appears_and_disappears(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    window.banner.show(Banner("warning", "Connection lost.", "Try now"))
    driver.click(window.banner.action)
    assert intents.named("banner.act") == [()]
    window.banner.show(Banner("good", "Caught up."))
    driver.until(lambda: not window.banner.action.winfo_ismapped())
    window.banner.show(None)
    driver.until(lambda: not window.banner.winfo_ismapped())


def test_a_banner_wraps_in_a_narrow_window(window: ChatWindow, driver: Driver) -> None:
    banner, line = window.banner, window.look.base.metrics("linespace")
    text = "Nothing answers at localhost:18000. Is the room open? Reconnecting in 4 s."
    window.banner.show(Banner("warning", text, "Try now"))
    driver.until(lambda: line <= banner.text.winfo_height() < 2 * line)
    driver.root.geometry("420x400")
    driver.until(lambda: banner.text.winfo_height() >= 2 * line)
    assert banner.text.winfo_height() >= banner.text.winfo_reqheight()
    beside = banner.text.winfo_x() + banner.text.winfo_reqwidth() <= banner.action.winfo_x()
    below = banner.text.winfo_y() + banner.text.winfo_height() <= banner.action.winfo_y()
    assert beside or below
    driver.root.geometry("1000x700")
    driver.until(lambda: banner.text.winfo_height() < 2 * line)


def test_a_theme_changes_only_colours(window: ChatWindow, driver: Driver) -> None:
    window.messages.append([Message("said 👍"), FileCard("f", "f.txt", "1 KB", "x")])
    window.windows.show_text("Help", "keys")
    driver.focus(window.composer.text)
    driver.type("draft")
    text = window.messages.text
    before = text.get("1.0", "end")
    window.look.set_dark(True)
    driver.root.update()
    assert text.cget("background") == DARK.background
    assert window.composer.text.cget("background") == DARK.background
    assert window.windows.texts["Help"].text.cget("background") == DARK.background
    assert window.messages.cards[0].cget("background") == DARK.card
    assert text.tag_cget("body", "rmargin") == "16"
    assert text.get("1.0", "end") == before
    assert window.composer.text.get("1.0", "end-1c") == "draft"
    window.look.set_dark(False)
    assert text.cget("background") == LIGHT.background


def test_text_becomes_larger_everywhere(window: ChatWindow, driver: Driver) -> None:
    window.members.show(MEMBERS)
    window.messages.append([Message("said")])
    driver.root.update()

    def heights() -> tuple[int, ...]:
        driver.root.update()
        line = window.messages.text.dlineinfo("1.0")
        row = window.members.tree.bbox("0")
        assert line
        return line[3], int(row[3]), window.composer.winfo_height()

    small = heights()
    window.look.set_size(18)
    large = heights()
    assert all(after > before for before, after in zip(small, large, strict=True))
    window.look.set_size(10)
    assert heights() == small


@pytest.mark.parametrize("points", [-5, 0, 1_000])
def test_the_text_size_is_bounded(window: ChatWindow, points: int) -> None:
    window.look.set_size(points)
    assert 6 <= window.look.size <= 32


def test_a_text_window_is_read_only(window: ChatWindow, driver: Driver) -> None:
    window.windows.show_text("notes.txt", "one 👍\ntwo")
    opened = window.windows.texts["notes.txt"]
    driver.until(opened.winfo_viewable)
    assert opened.text.get("1.0", "end-1c") == "one 👍\ntwo"
    driver.focus(opened.text)
    driver.type("no")
    driver.key("ctrl+a", "ctrl+c")
    assert driver.root.clipboard_get() == "one 👍\ntwo"
    window.windows.show_text("notes.txt", "new")
    assert opened.text.get("1.0", "end-1c") == "new"
    driver.key("Escape")
    driver.until(lambda: not opened.winfo_exists())


def test_the_title_and_the_bar(window: ChatWindow) -> None:
    window.set_title("(3) #ops - Chatroom")
    assert window.root.title() == "(3) #ops - Chatroom"
    assert window.top_bar.room.cget("text") == "#ops"
    window.top_bar.show("", "")
    window.composer.show_room("")
    assert window.top_bar.room.cget("text") == "Chatroom"


def test_focus_is_reported(window: ChatWindow, driver: Driver, intents: Recorder) -> None:
    driver._xdotool("windowfocus", _screen())
    driver.until(lambda: intents.named("focused") == [(False,)])
    driver.focus(window.composer.text)
    driver.until(lambda: intents.named("focused") == [(False,), (True,)])
    driver.focus(window.top_bar.menu_button)
    driver.root.update()
    assert len(intents.named("focused")) == 2


def _screen() -> int:
    """Return the id of the screen's root window: with the focus there, no program has it."""
    found = subprocess.run(
        ["xdotool", "search", "--maxdepth", "0", ""], capture_output=True, text=True, check=True
    )
    return int(found.stdout.split()[0])


def test_a_narrow_window_hides_the_members(window: ChatWindow, driver: Driver) -> None:
    window.root.geometry("480x400")
    driver.until(lambda: not window.members.winfo_ismapped())
    assert window.composer.send_button.winfo_viewable()
    window.root.geometry("1000x700")
    driver.until(window.members.winfo_ismapped)


def test_exceptions_in_callbacks_are_logged(
    window: ChatWindow, driver: Driver, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> None:
        raise ValueError("on purpose")

    window.root.after(0, broken)
    driver.until(lambda: caplog.records)
    assert caplog.records[0].levelno == logging.ERROR
    assert "on purpose" in caplog.text
    caplog.clear()


def test_ring_sets_the_urgency_hint_only_without_focus(
    window: ChatWindow, driver: Driver
) -> None:
    driver.root.update()
    window.ring(bell=True)
    assert "urgency" not in _manager_hints(driver.root)
    driver._xdotool("windowfocus", _screen())
    driver.until(lambda: not driver.root.tk.call("focus"))
    window.ring(bell=True)
    assert "urgency" in _manager_hints(driver.root)


def _manager_hints(root: tk.Tk) -> str:
    """Return the hints for the window manager, which are set on the parent of Tk's window."""
    tree = subprocess.run(
        ["xwininfo", "-tree", "-id", str(root.winfo_id())],
        capture_output=True,
        text=True,
        check=True,
    )
    outer = tree.stdout.partition("Parent window id: ")[2].split()[0]
    hints = subprocess.run(
        ["xprop", "-id", outer, "WM_HINTS"], capture_output=True, text=True, check=True
    )
    return hints.stdout


def _screen_of(window: ChatWindow) -> Screen:
    """Let mypy check that the window implements `Screen`."""
    return window


def test_close_ends_the_main_loop() -> None:
    """Uses another process: this one needs its only Tk root."""
    program = """
from client_mvc.view.window.main_window import ChatWindow
from tests.gui.driver import Recorder
window = ChatWindow(Recorder(), dark=True, text_size=12, geometry="800x600")
window.root.after(100, lambda: (print(window.geometry()), window.close()))
window.root.mainloop()
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("800x600+0+0\n", "", 0)


def test_missing_intents_raise_an_error(
    window: ChatWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window, "_intents", None)
    with pytest.raises(RuntimeError, match="bind_intents"):
        window._ask()
