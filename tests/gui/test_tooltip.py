"""Tooltips: when they open and close, and where they appear."""

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
    """Open tooltips quickly, except in tests of a tooltip that does not open."""
    if "does_not_open" not in request.node.name:
        monkeypatch.setattr(tooltip, "DELAY", 50)


def tip(widget: tk.Misc) -> tk.Toplevel | None:
    """Return the visible tooltip of `widget`."""
    tips = [each for each in widget.winfo_children() if isinstance(each, tk.Toplevel)]
    assert len(tips) <= 1
    return tips[0] if tips and tips[0].winfo_viewable() else None


def text_of(widget: tk.Misc) -> str:
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
    """The button that shares files, with its tooltip open."""
    button = window.composer.share_button
    driver.hover(button)
    driver.until(lambda: tip(button))
    yield button
    driver.away()
    driver.until(lambda: not tip(button))


def test_the_tooltip_names_action_and_key(
    window: ChatWindow, driver: Driver, intents: Recorder, chosen: Chosen, plus: tb.Button
) -> None:
    assert text_of(plus) == "Share files (Ctrl+O)"
    chosen.files = [Path("/a.txt")]
    driver.focus(window.messages.text)
    driver.key("ctrl+o")
    driver.until(lambda: intents.named("files.share") == [([Path("/a.txt")],)])


def test_it_closes_when_the_pointer_leaves(driver: Driver, plus: tb.Button) -> None:
    driver.away()
    driver.until(lambda: not tip(plus))


@pytest.mark.parametrize("key", ["a", "Return", "Tab", "shift", "Escape", "Up"])
def test_any_key_closes_it_and_works_as_usual(
    window: ChatWindow, driver: Driver, plus: tb.Button, key: str
) -> None:
    """Also keys that only the composer handles."""
    before = window.composer.text.bindtags()
    driver.key(key)
    driver.until(lambda: not tip(plus))
    assert window.composer.text.get("1.0", "end-1c") == ("a" if key == "a" else "")
    tags = window.composer.text.bindtags()
    assert tags == before[1:], "the tag of the tooltip is removed"


def test_a_click_closes_it(driver: Driver, plus: tb.Button) -> None:
    driver.click(plus)
    driver.until(lambda: not tip(plus))


def test_tab_opens_it(window: ChatWindow, driver: Driver) -> None:
    """From the composer, which handles Tab itself, and from a button."""
    driver.away()
    plus, text = window.composer.share_button, window.composer.text
    driver.focus(text)
    driver.key("shift+Tab")
    driver.until(lambda: text_of(plus) == "Share files (Ctrl+O)")
    driver.key("Tab")
    driver.until(lambda: not tip(plus))
    driver.focus(window.composer.send_button)
    for _ in range(3):
        driver.key("shift+Tab")
    driver.until(lambda: tip(plus))
    driver.key("space")
    driver.until(lambda: not tip(plus))


def test_returning_to_the_window_does_not_open_it(window: ChatWindow, driver: Driver) -> None:
    window.search.open()
    driver.focus(window.composer.share_button)
    driver.hover(window.search.up)
    driver.until(lambda: tip(window.search.up))
    assert not tip(window.composer.share_button)


def test_a_moving_pointer_does_not_open_it(window: ChatWindow, driver: Driver) -> None:
    window.search.open()
    driver.hover(window.composer.share_button)
    driver.hover(window.search.up)
    driver.until(lambda: tip(window.search.up))
    assert not tip(window.composer.share_button)


def test_it_follows_the_action_of_the_button(window: ChatWindow, driver: Driver) -> None:
    window.transfers.show([UploadRow("1", "a.txt", "1 KB", "sending", 0.5)])
    cancel = window.transfers.rows["1"].cancel
    driver.hover(cancel)
    driver.until(lambda: text_of(cancel) == "Stop")
    window.transfers.show([UploadRow("1", "a.txt", "1 KB", "failed", note="Too large.")])
    driver.until(lambda: not tip(cancel))
    driver.hover(cancel)
    driver.until(lambda: text_of(cancel) == "Remove from the list")
    window.transfers.show([])


@pytest.mark.parametrize("size", [10, 28])
@pytest.mark.parametrize("corner", ["+0+0", "-0+0", "+0-0", "-0-0", "+400+300"])
def test_it_is_beside_its_widget_and_on_the_screen(
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
def test_it_covers_its_widget_only_if_there_is_no_room(data: st.DataObject) -> None:
    """Also if the window exceeds the screen, or a second screen lies left of the first."""
    wide, high = data.draw(SIDES), data.draw(SIDES)
    button = data.draw(st.integers(1, 100))
    left, top = data.draw(st.integers(-2_000, 0)), data.draw(st.integers(-2_000, 0))
    screen = Area(left, top, wide + 400, 2 * (high + 5) + button)
    x = data.draw(st.integers(left, left + screen.wide - button))
    y = data.draw(st.integers(top, top + screen.high - button))
    widget = Area(x, y, button, button)
    window = Area(x - data.draw(SIDES), y - data.draw(SIDES), 500, 500)
    found = Area(*beside(widget, (wide, high), window, screen, 4), wide, high)
    assert within(found, screen)
    assert apart(found, widget)


def test_every_button_without_text_has_a_tooltip(window: ChatWindow, driver: Driver) -> None:
    window.search.open()
    buttons = [widget for widget in everything(window) if isinstance(widget, tb.Button)]
    driver.root.update()
    symbols = [each for each in buttons if each.winfo_viewable() and not each.cget("text")]
    assert len(symbols) >= 9
    for symbol in symbols:
        symbol.winfo_toplevel().lift()
        driver.hover(symbol)
        driver.until(lambda symbol=symbol: text_of(symbol))
