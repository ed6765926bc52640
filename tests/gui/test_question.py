"""A question, by real keys and clicks: only its own button means yes."""

import pytest

from client_mvc.view.contract.windows import Question
from client_mvc.view.window.main_window import ChatWindow
from tests.gui.driver import Driver

pytestmark = pytest.mark.gui

QUESTION = Question("Open this link?", "It leads to evil.example.", "Open link")


@pytest.mark.parametrize("key", ["Return", "space", "Escape"])
def test_the_default_is_no(window: ChatWindow, driver: Driver, key: str) -> None:
    agreed: list[bool] = []
    window.windows.ask(QUESTION, lambda: agreed.append(True))
    dialog = window.windows.question
    assert dialog is not None
    driver.focus(dialog.no)
    driver.key(key)
    driver.until(lambda: window.windows.question is None)
    assert agreed == []


def test_its_button_agrees(window: ChatWindow, driver: Driver) -> None:
    agreed: list[bool] = []
    window.windows.ask(QUESTION, lambda: agreed.append(False))
    window.windows.ask(QUESTION, lambda: agreed.append(True))
    dialog = window.windows.question
    assert dialog is not None
    assert dialog.yes is not None
    driver.until(dialog.yes.winfo_viewable)
    driver.click(dialog.yes)
    driver.until(lambda: bool(agreed))
    assert agreed == [True]
    assert window.windows.question is None
