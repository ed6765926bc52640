"""Shortcuts with keyboard layouts of other scripts, by real keys and by the mapping alone.

Keys are pressed by their codes, which name a place on the keyboard.
"""

import ctypes
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from client_mvc.view.contract.windows import ConnectForm, FileText
from client_mvc.view.widgets.keyboard import Keysyms, latin_key, windows_key
from client_mvc.view.window.main_window import ChatWindow
from tests.gui.driver import Chosen, Driver, Recorder

PLACES = {
    **dict(zip("1234567890-=", range(10, 22), strict=True)),
    **dict(zip("qwertyuiop", range(24, 34), strict=True)),
    **dict(zip("asdfghjkl", range(38, 47), strict=True)),
    **dict(zip("zxcvbnm,./", range(52, 62), strict=True)),
}
OTHER_SCRIPTS = ["ru", "gr", "il", "ara", "ge", "ua", "ir", "am", "th", "ru,us", "il,us"]

type SetLayout = Callable[[str], None]


@pytest.fixture
def layout(driver: Driver) -> Iterator[SetLayout]:
    """Return a function that sets the layouts of the display; the first is in use."""

    def set_layout(names: str) -> None:
        subprocess.run(["setxkbmap", "-layout", names, "-option", ""], check=True)
        driver.root.update()

    yield set_layout
    set_layout("us")


def press(driver: Driver, key: str, *held: str) -> None:
    driver.key("+".join((*held, str(PLACES[key]))))


@pytest.mark.gui
@pytest.mark.parametrize("names", OTHER_SCRIPTS)
def test_the_keys_of_the_menu(
    driver: Driver, intents: Recorder, chosen: Chosen, layout: SetLayout, names: str
) -> None:
    layout(names)
    chosen.target = chosen.folder = Path("/tmp/c")
    for key, call in (
        ("r", "report.ask"),
        ("f", "search.open"),
        ("g", "history.ask_date"),
        ("d", "preferences.toggle_theme"),
        (",", "preferences.open"),
        ("0", "preferences.zoom"),
        ("-", "preferences.zoom"),
        ("s", "save_conversation"),
        ("q", "quit"),
    ):
        intents.reset()
        press(driver, key, "ctrl")
        assert [name for name, *_ in intents.calls] == [call], key
    intents.reset()
    press(driver, "s", "ctrl", "shift")
    assert [name for name, *_ in intents.calls] == ["save_all.start"]
    chosen.files = [Path("/tmp/a")]
    press(driver, "o", "ctrl")
    assert intents.named("files.share") == [([Path("/tmp/a")],)]


@pytest.mark.gui
@pytest.mark.parametrize("names", OTHER_SCRIPTS)
@pytest.mark.parametrize("place", ["composer", "server", "search"])
def test_the_keys_of_a_field(
    window: ChatWindow, driver: Driver, layout: SetLayout, names: str, place: str
) -> None:
    if place == "server":
        window.connect_dialog.show(ConnectForm("", ""))
    elif place == "search":
        window.search.open()
    text = {
        "composer": window.composer.text,
        "server": window.connect_dialog.fields["server"].text,
        "search": window.search.field.text,
    }[place]
    driver.focus(text)
    driver.paste("hello")
    layout(names)
    press(driver, "a", "ctrl")
    assert text.get("sel.first", "sel.last") == "hello"
    press(driver, "c", "ctrl")
    assert window.root.clipboard_get() == "hello"
    press(driver, "x", "ctrl")
    assert text.get("1.0", "end-1c") == ""
    for _ in range(2):
        press(driver, "v", "ctrl")
    assert text.get("1.0", "end-1c") == "hellohello"
    press(driver, "z", "ctrl")
    assert text.get("1.0", "end-1c") == "hello"
    press(driver, "z", "ctrl", "shift")
    assert text.get("1.0", "end-1c") == "hellohello"


@pytest.mark.gui
def test_the_keys_of_a_text_to_read(
    window: ChatWindow, driver: Driver, layout: SetLayout
) -> None:
    layout("ru")
    window.windows.show_text("Title", "some text")
    text = window.windows.texts["Title"].text
    driver.focus(text)
    press(driver, "a", "ctrl")
    press(driver, "c", "ctrl")
    assert window.root.clipboard_get() == "some text"


@pytest.mark.gui
def test_a_window_keeps_its_own_meaning_of_a_key(
    window: ChatWindow, driver: Driver, intents: Recorder, layout: SetLayout
) -> None:
    layout("gr")
    window.windows.show_file(FileText("f1", "notes.txt", "5 bytes", "hello", ""))
    viewer = window.windows.files["f1"]
    driver.focus(viewer.page.text)
    intents.reset()
    press(driver, "f", "ctrl")
    driver.until(lambda: window.root.focus_get() is viewer.find.text)
    assert intents.calls == []


@pytest.mark.gui
@pytest.mark.parametrize("names", ["ru", "il"])
def test_the_menu_opens_by_alt_m(
    window: ChatWindow, driver: Driver, layout: SetLayout, names: str
) -> None:
    layout(names)
    press(driver, "m", "alt")
    menu = window.top_bar.menu.menu
    driver.until(menu.winfo_viewable)
    driver.key("Escape")
    driver.until(lambda: not menu.winfo_viewable())


@pytest.mark.gui
def test_text_is_still_typed(window: ChatWindow, driver: Driver, layout: SetLayout) -> None:
    layout("ru")
    for key in "ghbdtn":
        press(driver, key)
    assert window.composer.text.get("1.0", "end-1c") == "привет"


@pytest.mark.gui
@pytest.mark.parametrize(
    ("names", "key", "call"),
    [
        ("us(dvorak)", "o", "report.ask"),  # the letter r
        ("us(dvorak)", "q", None),  # an apostrophe: this layout has a letter q elsewhere
        ("de", "q", "quit"),
        ("fr", "a", "quit"),
        ("tr", "q", "quit"),
        ("cz", "q", "quit"),
        ("de,ru", "q", "quit"),
    ],
)
def test_latin_layouts_keep_their_letters(
    driver: Driver,
    intents: Recorder,
    *,
    layout: SetLayout,
    names: str,
    key: str,
    call: str | None,
) -> None:
    layout(names)
    press(driver, key, "ctrl")
    assert [name for name, *_ in intents.calls] == ([call] if call else [])


@pytest.mark.gui
def test_the_persons_own_latin_layout_counts(
    window: ChatWindow, driver: Driver, layout: SetLayout
) -> None:
    layout("ru,de")
    text = window.composer.text
    driver.paste("hello")
    press(driver, "y", "ctrl")  # the letter z in the German layout
    assert text.get("1.0", "end-1c") == ""


@pytest.mark.gui
def test_the_second_layout_is_in_use(
    window: ChatWindow, driver: Driver, intents: Recorder, layout: SetLayout
) -> None:
    layout("us,ru")
    x11 = ctypes.CDLL("libX11.so.6")
    x11.XOpenDisplay.restype = ctypes.c_void_p
    display = ctypes.c_void_p(x11.XOpenDisplay(os.environ["DISPLAY"].encode()))
    for group in (1, 0):
        x11.XkbLockGroup(display, 0x100, group)
        x11.XSync(display, 0)
        intents.reset()
        press(driver, "f", "ctrl")
        press(driver, "q", "ctrl")
        assert [name for name, *_ in intents.calls] == ["search.open", "quit"]
    x11.XCloseDisplay(display)


# --- the mapping ---------------------------------------------------------------------------

_RUSSIAN = dict(
    zip("qwertyuiopasdfghjklzxcvbnm,.", "йцукенгшщзфывапролдячсмитьбю", strict=True)
)


def keysyms(*layouts: dict[str, str]) -> Keysyms:
    """Read layouts that are given as the characters at places of the US layout."""
    keys = {code: key for key, code in PLACES.items()}

    def read(code: int, group: int) -> int:
        at = layouts[group % len(layouts)]
        return ord(at.get(keys.get(code, ""), keys.get(code, "\0")))

    return read


@pytest.mark.parametrize("key", "acvxzfsq,-=0")
def test_without_a_latin_layout_that_of_the_us_counts(key: str) -> None:
    assert latin_key(PLACES[key], 0x6C6, 0, keysyms(_RUSSIAN)) == key


def test_the_first_latin_layout_counts() -> None:
    german = {"z": "y", "y": "z"}
    assert latin_key(PLACES["y"], 0x6C6, 1, keysyms(german, _RUSSIAN)) == "z"
    assert latin_key(PLACES["y"], 0x6C6, 0, keysyms(_RUSSIAN, german, {})) == "z"


def test_a_latin_layout_is_left_alone() -> None:
    assert latin_key(PLACES["q"], ord("'"), 0, keysyms({"q": "'", "x": "q"}, _RUSSIAN)) == ""


def test_unknown_keys_and_unreadable_layouts() -> None:
    assert latin_key(200, 0x6C6, 0, keysyms(_RUSSIAN)) == ""
    assert latin_key(PLACES["a"], 0x6C6, 0, None) == "a"
    assert latin_key(PLACES["a"], ord("a"), 0, None) == ""
    assert latin_key(200, 0x6C6, 0, None) == ""


def test_windows_names_keys_by_their_us_letters() -> None:
    assert [windows_key(code, 0x6C6) for code in (0x41, 0x30, 0xBC, 0xBD, 0xBB, 0x5B)] == [
        "a", "0", ",", "-", "=", "",
    ]  # fmt: skip
    assert windows_key(0x41, ord("a")) == ""
