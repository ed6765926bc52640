"""Keys, the menu, and typing outside the composer."""

import tkinter as tk
from pathlib import Path

import pytest

from client_mvc.view.contract.items import FileCard, Message
from client_mvc.view.contract.values import Banner
from client_mvc.view.widgets import editing
from client_mvc.view.window.main_window import ChatWindow
from tests.gui.contents import MEMBERS
from tests.gui.driver import Chosen, Driver, Recorder

pytestmark = pytest.mark.gui


@pytest.mark.parametrize(
    ("keys", "call"),
    [
        ("ctrl+r", ("report.ask",)),
        ("ctrl+d", ("preferences.toggle_theme",)),
        ("ctrl+plus", ("preferences.zoom", 1)),
        ("ctrl+equal", ("preferences.zoom", 1)),
        ("ctrl+minus", ("preferences.zoom", -1)),
        ("ctrl+0", ("preferences.zoom", 0)),
        ("ctrl+comma", ("preferences.open",)),
        ("F1", ("help",)),
        ("ctrl+q", ("quit",)),
    ],
)
def test_keys(driver: Driver, intents: Recorder, keys: str, call: tuple[object, ...]) -> None:
    driver.key(keys)
    assert intents.calls == [call]


@pytest.mark.parametrize(
    ("keys", "call"), [("ctrl+s", "save_conversation"), ("ctrl+shift+s", "save_all.start")]
)
def test_saving_asks_for_a_place(
    driver: Driver, intents: Recorder, chosen: Chosen, keys: str, call: str
) -> None:
    driver.key(keys)
    chosen.target = chosen.folder = Path("/tmp/c")
    driver.key(keys)
    assert intents.calls == [(call, Path("/tmp/c"))]


@pytest.mark.parametrize("opener", ["F10", "alt+m", "mouse"])
def test_the_menu_by_keyboard_and_mouse(
    window: ChatWindow, driver: Driver, intents: Recorder, opener: str
) -> None:
    menu = window.top_bar.menu.menu
    if opener == "mouse":
        driver.click(window.top_bar.menu_button)
        driver.until(menu.winfo_viewable)
        driver.key("Down")
    else:
        # Not where the menu opens; outside of the window it might lose the focus.
        driver.hover(window.composer.text)
        driver.key(opener)
        driver.until(menu.winfo_viewable)
    driver.key("Up", "Up", "Return")
    driver.until(lambda: not menu.winfo_viewable())
    assert [call for call in intents.calls if call[0] != "focused"] == [("membership.leave",)]


def test_every_menu_entry_reports_its_action(
    window: ChatWindow, intents: Recorder, chosen: Chosen
) -> None:
    chosen.target = chosen.folder = Path("/tmp/c")
    menu = window.top_bar.menu.menu
    last = menu.index("end") or 0
    for place in range(last + 1):
        if menu.type(place) == "command":
            menu.invoke(place)
    assert [call[0] for call in intents.calls] == [
        "invite.open",
        "report.ask",
        "save_conversation",
        "save_all.start",
        "outgoing.copy_all",
        "search.open",
        "search.next",
        "search.next",
        "history.ask_date",
        "history.to_newest",
        "preferences.toggle_theme",
        "preferences.zoom",
        "preferences.zoom",
        "preferences.zoom",
        "preferences.open",
        "help",
        "about",
        "membership.leave",
        "quit",
    ]


@pytest.mark.parametrize("where", ["send", "menu", "members", "card", "conversation"])
def test_typing_outside_fields_goes_to_the_composer(
    window: ChatWindow, driver: Driver, intents: Recorder, where: str
) -> None:
    window.members.show(MEMBERS)
    window.messages.append([FileCard("f", "f.txt", "1 KB", "x")])
    widgets = {
        "send": window.composer.send_button,
        "menu": window.top_bar.menu_button,
        "members": window.members.tree,
        "card": window.messages.cards[0].copy,
        "conversation": window.messages.text,
    }
    driver.focus(widgets[where])
    driver.type("hi there")
    assert window.composer.text.get("1.0", "end-1c") == "hi there"
    assert driver.root.focus_get() is window.composer.text
    driver.focus(widgets[where])
    driver.paste(", größe 👍")
    assert window.composer.text.get("1.0", "end-1c") == "hi there, größe 👍"
    assert intents.calls == [("focused", True)] * len(intents.named("focused"))


@pytest.mark.parametrize("where", ["send", "members", "conversation"])
def test_ctrl_enter_sends_from_anywhere(
    window: ChatWindow, driver: Driver, intents: Recorder, where: str
) -> None:
    window.members.show(MEMBERS)
    window.messages.append([Message("see https://a.example/")])
    window.composer.insert("hello")
    widgets = {
        "send": window.composer.share_button,
        "members": window.members.tree,
        "conversation": window.messages.text,
    }
    driver.focus(widgets[where])
    driver.key("ctrl+Return")
    assert [call for call in intents.calls if call[0] != "focused"] == [
        ("composer.send", "hello")
    ]


@pytest.mark.parametrize(
    ("system", "state", "command"),
    [
        ("x11", 0x0, False),
        ("x11", 0x1 | 0x2 | 0x10, False),  # Shift, Caps Lock, Num Lock
        ("x11", 0x4, True),
        ("x11", 0x8, True),
        ("win32", 0x8, False),  # Num Lock
        ("win32", 0x4, True),
        ("win32", 0x20000, True),
        ("win32", 0x4 | 0x20000 | 0x8, False),  # AltGr: @ on many keyboards
        ("aqua", 0x8, True),
        ("aqua", 0x10, False),  # Option
    ],
)
def test_modifiers_distinguish_commands_from_text(
    system: str, state: int, command: bool
) -> None:
    assert editing.holds_command_key(state, system) is command


def test_typing_in_other_fields_and_windows_stays_there(
    window: ChatWindow, driver: Driver
) -> None:
    window.search.open()
    driver.focus(window.search.field.text)
    driver.type("abc")
    driver.paste("def")
    assert window.search.field.get() == "abcdef"
    driver.focus(window.search.close)
    driver.type("x")
    window.windows.show_text("Keys", "keys")
    driver.focus(window.windows.texts["Keys"].close)
    driver.type("y")
    driver.paste("z")
    assert window.composer.text.get("1.0", "end-1c") == ""


def test_tab_reaches_every_part(window: ChatWindow, driver: Driver) -> None:
    window.members.show(MEMBERS)
    window.banner.show(Banner("info", "Disconnected.", "Connect"))
    window.messages.append([FileCard("f", "f.txt", "1 KB", "x")])
    driver.root.update()
    passed: list[tk.Misc | None] = []
    for _ in range(14):
        driver.key("Tab")
        passed.append(driver.root.focus_get())
    card = window.messages.cards[0]
    assert passed == [
        window.composer.emoji_button,
        window.composer.send_button,
        window.top_bar.invite,
        window.top_bar.menu_button,
        window.banner.action,
        window.messages.text,
        card.save,
        card.open,
        card.copy,
        window.members.tree,
        window.composer.share_button,
        window.composer.text,
        window.composer.emoji_button,
        window.composer.send_button,
    ]
