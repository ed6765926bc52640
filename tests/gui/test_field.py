"""The one-line field, by real keys, in the connect dialog where it is used."""

import pytest

from client_mvc.view.contract.windows import ConnectForm, Field
from client_mvc.view.widgets.field import TextField
from client_mvc.view.window.main_window import ChatWindow
from tests.gui.driver import Driver

pytestmark = pytest.mark.gui

FIELDS: list[Field] = ["server", "name", "password"]


@pytest.fixture(params=FIELDS)
def field(request: pytest.FixtureRequest, window: ChatWindow, driver: Driver) -> TextField:
    window.connect_dialog.show(ConnectForm("", "", password=True))
    chosen = window.connect_dialog.fields[request.param]
    driver.focus(chosen.text)
    return chosen


@pytest.mark.parametrize(
    ("pasted", "keys", "left"),
    [
        ("NEW👍", ["BackSpace"], "NEW"),
        ("👍NEW", ["Home", "Delete"], "NEW"),
        ("a👍b", ["Left", "Left", "x"], "ax👍b"),
        ("a👍🎉b", ["Left", "Left", "BackSpace"], "a🎉b"),
        ("a👍🎉b", ["shift+Left", "shift+Left", "x"], "a👍x"),
        ("a👍b", ["ctrl+a", "x"], "x"),
        ("one two", ["ctrl+BackSpace", "BackSpace"], "one"),
        ("ab", ["Left", "ctrl+t", "ctrl+o", "ctrl+d"], "ab"),
    ],
)
def test_edits_keep_characters_whole(
    field: TextField, driver: Driver, pasted: str, keys: list[str], left: str
) -> None:
    if field._secret is not None and "ctrl+BackSpace" in keys:
        left = ""  # bullets are one word, so that they do not show where words end
    driver.paste(pasted)
    driver.key(*keys)
    assert field.get() == left


def test_paste_replaces_the_selection(field: TextField, driver: Driver) -> None:
    driver.type("before")
    driver.key("ctrl+a")
    driver.paste("after👍")
    assert field.get() == "after👍"


def test_line_breaks_are_removed(field: TextField, driver: Driver) -> None:
    driver.paste("one\ntwo\r\nthree\u2028four")
    assert field.get() == "onetwothreefour"
    assert field.text.index("end-1c").startswith("1.")


def test_the_length_is_limited(field: TextField, driver: Driver) -> None:
    driver.paste("👍" * 5_000)
    driver.type("x")
    assert field.get() == "👍" * 1_000


def test_a_disabled_field_does_not_change(field: TextField, driver: Driver) -> None:
    driver.type("ab")
    field.enable(False)
    driver.type("c")
    driver.key("BackSpace")
    driver.paste("d")
    assert field.get() == "ab"


def test_a_password_is_neither_shown_nor_copied(window: ChatWindow, driver: Driver) -> None:
    window.connect_dialog.show(ConnectForm("s", "n", password=True))
    field = window.connect_dialog.fields["password"]
    driver.focus(field.text)
    driver.root.clipboard_clear()
    driver.root.clipboard_append("nothing")
    driver.type("s3cret")
    assert field.get() == "s3cret"
    assert field.text.get("1.0", "end-1c") == "•" * 6
    driver.key("ctrl+a", "ctrl+c")
    assert "s3cret" not in driver.root.clipboard_get()
    driver.key("ctrl+a", "ctrl+x")
    assert "s3cret" not in driver.root.clipboard_get()
    assert field.get() == ""


def test_a_password_is_not_pasted_with_the_middle_button(
    window: ChatWindow, driver: Driver
) -> None:
    window.connect_dialog.show(ConnectForm("s", "n", password=True))
    field = window.connect_dialog.fields["password"]
    driver.focus(field.text)
    driver.type("s3cret")
    driver.key("ctrl+a")
    owner = driver.root.tk.call("selection", "own")
    assert str(owner) != str(field.text)
