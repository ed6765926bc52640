"""What a symbol does is said when pointer or keyboard rest on it: where, and until when."""

import tkinter as tk
from collections.abc import Iterator
from pathlib import Path

import pytest
import ttkbootstrap as tb
from hypothesis import given
from hypothesis import strategies as st

from client_mvc.view.contract.values import UploadRow
from client_mvc.view.widgets import tooltip
from client_mvc.view.widgets.tooltip import Area, beside
from client_mvc.view.window.main_window import ChatWindow
from tests.gui.driver import Chosen, Driver, Recorder
from tests.gui.test_contrast import everything

pytestmark = pytest.mark.gui


@pytest.fixture(autouse=True)
def soon(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A short rest is a question, but to those who say that they do not rest."""
    if "told_nothing" not in request.node.name:
        monkeypatch.setattr(tooltip, "REST", 50)


def tip(widget: tk.Misc) -> tk.Toplevel | None:
    """What is on screen about it."""
    tips = [each for each in widget.winfo_children() if isinstance(each, tk.Toplevel)]
    assert len(tips) <= 1
    return tips[0] if tips and tips[0].winfo_viewable() else None


def words(widget: tk.Misc) -> str:
    shown = tip(widget)
    return str(shown.winfo_children()[0].cget("text")) if shown else ""


def place(widget: tk.Misc) -> Area:
    return Area(
        widget.winfo_rootx(), widget.winfo_rooty(), widget.winfo_width(), widget.winfo_height()
    )


def apart(one: Area, other: Area) -> bool:
    return (
        one.x + one.wide <= other.x
        or other.x + other.wide <= one.x
        or one.y + one.high <= other.y
        or other.y + other.high <= one.y
    )


def within(inner: Area, outer: Area) -> bool:
    return (
        outer.x <= inner.x
        and outer.y <= inner.y
        and inner.x + inner.wide <= outer.x + outer.wide
        and inner.y + inner.high <= outer.y + outer.high
    )


@pytest.fixture
def plus(window: ChatWindow, driver: Driver) -> Iterator[tb.Button]:
    """The button that shares files, explained."""
    button = window.composer.share_button
    driver.hover(button)
    driver.until(lambda: tip(button))
    yield button
    driver.away()
    driver.until(lambda: not tip(button))


def test_plus_says_what_it_does_and_by_which_key(
    window: ChatWindow, driver: Driver, intents: Recorder, chosen: Chosen, plus: tb.Button
) -> None:
    assert words(plus) == "Share files (Ctrl+O)"
    chosen.files = [Path("/a.txt")]
    driver.focus(window.messages.text)
    driver.key("ctrl+o")
    driver.until(lambda: intents.named("files.share") == [([Path("/a.txt")],)])


def test_it_leaves_with_the_pointer(driver: Driver, plus: tb.Button) -> None:
    driver.away()
    driver.until(lambda: not tip(plus))


@pytest.mark.parametrize("key", ["a", "Return", "Tab", "shift", "Escape", "Up"])
def test_any_key_takes_it_away_and_does_what_it_does(
    window: ChatWindow, driver: Driver, plus: tb.Button, key: str
) -> None:
    """Also those that the composer keeps to itself."""
    before = window.composer.text.bindtags()
    driver.key(key)
    driver.until(lambda: not tip(plus))
    assert window.composer.text.get("1.0", "end-1c") == ("a" if key == "a" else "")
    tags = window.composer.text.bindtags()
    assert tags == before[1:], "nothing of it is left"


def test_a_press_takes_it_away(driver: Driver, plus: tb.Button) -> None:
    driver.click(plus)
    driver.until(lambda: not tip(plus))


def test_by_keyboard_alone_it_is_said_too(window: ChatWindow, driver: Driver) -> None:
    """From the composer, which has a Tab of its own, and from a button."""
    driver.away()
    plus, text = window.composer.share_button, window.composer.text
    driver.focus(text)
    driver.key("shift+Tab")
    driver.until(lambda: words(plus) == "Share files (Ctrl+O)")
    driver.key("Tab")
    driver.until(lambda: not tip(plus))
    driver.focus(window.composer.send_button)
    driver.key("shift+Tab")
    driver.key("shift+Tab")
    driver.until(lambda: tip(plus))
    driver.key("space")
    driver.until(lambda: not tip(plus))


def test_who_comes_back_to_the_window_is_told_nothing(
    window: ChatWindow, driver: Driver
) -> None:
    window.search.open()
    driver.focus(window.composer.share_button)
    driver.hover(window.search.up)
    driver.until(lambda: tip(window.search.up))
    assert not tip(window.composer.share_button)


def test_who_only_passes_by_is_told_nothing(window: ChatWindow, driver: Driver) -> None:
    window.search.open()
    driver.hover(window.composer.share_button)
    driver.hover(window.search.up)
    driver.until(lambda: tip(window.search.up))
    assert not tip(window.composer.share_button)


def test_it_says_what_the_button_does_now(window: ChatWindow, driver: Driver) -> None:
    window.transfers.show([UploadRow("1", "a.txt", "1 KB", "sending", 0.5)])
    cancel = window.transfers.rows["1"].cancel
    driver.hover(cancel)
    driver.until(lambda: words(cancel) == "Stop")
    window.transfers.show([UploadRow("1", "a.txt", "1 KB", "failed", note="Too large.")])
    driver.until(lambda: not tip(cancel))
    driver.hover(cancel)
    driver.until(lambda: words(cancel) == "Take off the list")
    window.transfers.show([])


@pytest.mark.parametrize("size", [10, 28])
@pytest.mark.parametrize("corner", ["+0+0", "-0+0", "+0-0", "-0-0", "+400+300"])
def test_it_is_beside_what_it_explains_and_on_the_screen(
    window: ChatWindow, driver: Driver, corner: str, size: int
) -> None:
    window.look.set_size(size)
    window.search.open()
    root = window.root
    root.geometry(f"640x500{corner}")
    driver.until(lambda: root.winfo_width() == 640)
    screen = Area(0, 0, root.winfo_screenwidth(), root.winfo_screenheight())
    for button in (window.composer.share_button, window.search.close):
        driver.hover(button)
        driver.until(lambda button=button: tip(button))
        shown = tip(button)
        assert shown is not None
        driver.until(lambda shown=shown: shown.winfo_width() > 1)
        assert apart(place(shown), place(button))
        assert within(place(shown), screen)
        driver.away()


SIDES = st.integers(1, 400)


@given(st.data())
def test_wherever_there_is_room_it_covers_nothing(data: st.DataObject) -> None:
    """Also where the window reaches beyond the screen, or the first screen is not the left."""
    wide, high = data.draw(SIDES), data.draw(SIDES)
    button = data.draw(st.integers(1, 100))
    left, top = data.draw(st.integers(-2_000, 0)), data.draw(st.integers(-2_000, 0))
    screen = Area(left, top, wide + 400, 2 * (high + 5) + button)
    x = data.draw(st.integers(left, left + screen.wide - button))
    y = data.draw(st.integers(top, top + screen.high - button))
    thing = Area(x, y, button, button)
    window = Area(x - data.draw(SIDES), y - data.draw(SIDES), 500, 500)
    found = Area(*beside(thing, (wide, high), window, screen, 4), wide, high)
    assert within(found, screen)
    assert apart(found, thing)


def test_every_button_that_is_only_a_symbol_is_explained(
    window: ChatWindow, driver: Driver
) -> None:
    window.search.open()
    buttons = [widget for widget in everything(window) if isinstance(widget, tb.Button)]
    driver.root.update()
    symbols = [each for each in buttons if each.winfo_viewable() and not each.cget("text")]
    assert len(symbols) >= 9
    for symbol in symbols:
        symbol.winfo_toplevel().lift()
        driver.hover(symbol)
        driver.until(lambda symbol=symbol: words(symbol))
