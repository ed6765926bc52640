"""The menu of texts, in every window, by mouse and by keyboard."""

import tkinter as tk
from collections.abc import Callable
from functools import partial

import pytest

from client_mvc.view.contract.items import Message
from client_mvc.view.contract.windows import ConnectForm, FileText
from client_mvc.view.window.main_window import ChatWindow
from tests.gui.driver import Driver

pytestmark = pytest.mark.gui

type Place = Callable[[ChatWindow], tk.Text]


def composer(window: ChatWindow) -> tk.Text:
    return window.composer.text


def connect(name: str, window: ChatWindow) -> tk.Text:
    window.connect_dialog.show(ConnectForm("", "", password=True))
    return window.connect_dialog.fields[name].text  # type: ignore[index]


def search(window: ChatWindow) -> tk.Text:
    window.search.open()
    return window.search.field.text


def date(window: ChatWindow) -> tk.Text:
    window.windows.show_date("")
    assert window.windows.date is not None
    return window.windows.date.field.text


def text_window(window: ChatWindow) -> tk.Text:
    window.windows.show_text("Title", "some text")
    return window.windows.texts["Title"].text


def file_viewer(window: ChatWindow) -> tk.Text:
    window.windows.show_file(FileText("f1", "notes.txt", "9 bytes", "some text", ""))
    return window.windows.files["f1"].page.text


FIELDS: list[Place] = [
    composer,
    partial(connect, "server"),
    partial(connect, "name"),
    search,
    date,
]
READ_ONLY: list[Place] = [text_window, file_viewer]


def entries(menu: tk.Menu) -> dict[str, bool]:
    """Return the entries, and which of them can be used."""
    places = range(int(menu.index("end") or 0) + 1)
    return {
        str(menu.entrycget(place, "label")).strip(): menu.entrycget(place, "state")
        != "disabled"
        for place in places
        if menu.type(place) == "command"
    }


def close(menu: tk.Menu, driver: Driver) -> None:
    driver.key("Escape")
    driver.until(lambda: not menu.winfo_viewable())


@pytest.mark.parametrize("place", FIELDS)
def test_cut_copy_paste_and_select_all_by_mouse(
    window: ChatWindow, driver: Driver, place: Place
) -> None:
    text, menu = place(window), window.text_menu.menu
    driver.focus(text)
    text.delete("1.0", "end")
    driver.paste("one two")

    def choose(label: str) -> None:
        driver.click(text, 3, at=(3, text.winfo_height() // 2))
        driver.until(menu.winfo_viewable)
        names = list(entries(menu))
        driver.key(*["Down"] * (names.index(label) - first_usable(menu) + 1), "Return")
        driver.until(lambda: not menu.winfo_viewable())

    choose("Select all")
    assert text.get("sel.first", "sel.last") == "one two"
    choose("Copy")
    assert window.root.clipboard_get() == "one two"
    choose("Cut")
    assert text.get("1.0", "end-1c") == ""
    choose("Paste")
    assert text.get("1.0", "end-1c") == "one two"
    assert window.root.focus_get() is text


def first_usable(menu: tk.Menu) -> int:
    return list(entries(menu).values()).index(True)


@pytest.mark.parametrize("place", [*FIELDS, *READ_ONLY])
@pytest.mark.parametrize("key", ["Menu", "shift+F10"])
def test_it_opens_by_key(window: ChatWindow, driver: Driver, place: Place, key: str) -> None:
    text, menu = place(window), window.text_menu.menu
    driver.away()  # a pointer that the menu opens under would choose an entry
    driver.focus(text)
    driver.key(key)
    driver.until(menu.winfo_viewable)
    assert menu.index("active") is not None
    assert not window.top_bar.menu.menu.winfo_viewable()
    close(menu, driver)


@pytest.mark.parametrize("place", READ_ONLY)
def test_a_text_to_read_is_not_changed(
    window: ChatWindow, driver: Driver, place: Place
) -> None:
    text, menu = place(window), window.text_menu.menu
    driver.click(text, 3, at=(20, 20))
    driver.until(menu.winfo_viewable)
    assert entries(menu) == {"Copy": False, "Select all": True}
    close(menu, driver)


def test_a_password_is_not_copied(window: ChatWindow, driver: Driver) -> None:
    driver.away()
    text = connect("password", window)
    driver.focus(text)
    driver.type("secret")
    driver.key("ctrl+a", "Menu")
    menu = window.text_menu.menu
    driver.until(menu.winfo_viewable)
    assert entries(menu) == {"Cut": False, "Copy": False, "Paste": True, "Select all": True}
    close(menu, driver)


def test_a_click_in_the_selection_keeps_it(window: ChatWindow, driver: Driver) -> None:
    text, menu = window.composer.text, window.text_menu.menu
    driver.paste("one two")
    driver.key("ctrl+a")
    driver.click(text, 3, at=(8, text.winfo_height() // 2))
    driver.until(menu.winfo_viewable)
    assert entries(menu)["Copy"]
    usual = window.look.palette.background
    assert text.cget("inactiveselectbackground") != usual, "the selection is visible"
    close(menu, driver)
    driver.until(lambda: text.cget("inactiveselectbackground") == usual)
    driver.click(text, 3)
    driver.until(menu.winfo_viewable)
    assert not entries(menu)["Copy"]
    close(menu, driver)


def test_the_empty_composer_has_it_over_its_placeholder(
    window: ChatWindow, driver: Driver
) -> None:
    driver.until(window.composer.placeholder.label.winfo_viewable)
    driver.click(window.composer.placeholder.label, 3)
    menu = window.text_menu.menu
    driver.until(menu.winfo_viewable)
    assert entries(menu)["Paste"]
    close(menu, driver)


@pytest.mark.parametrize("how", ["Menu", "shift+F10", "mouse"])
def test_the_conversation_has_its_own(window: ChatWindow, driver: Driver, how: str) -> None:
    window.messages.append([Message("https://example.org/")])
    text, menu = window.messages.text, window.messages.actions.menu
    if how == "mouse":
        driver.click(text, 3, at=(40, 10))
    else:
        driver.focus(text)
        driver.key(how)
    driver.until(menu.winfo_viewable)
    assert "Copy text" in entries(menu)
    assert not window.text_menu.menu.winfo_viewable()
    close(menu, driver)
