"""A question about a key, by real keys and clicks: only its own button means yes."""

import pytest

from client_mvc.view.contract.values import Security
from client_mvc.view.contract.windows import KeyQuestion
from client_mvc.view.dialogs.key_question import KeyDialog
from client_mvc.view.window.main_window import ChatWindow
from tests.gui.driver import Driver

pytestmark = pytest.mark.gui

FINGERPRINT = "C9A15A0E D373EA4A BE485550 B7CD3B0A"
QUESTION = KeyQuestion(
    "Is this the right room?", "Compare.", (("", FINGERPRINT),), "Ask.", no="No", yes="Join"
)


def asked(window: ChatWindow, question: KeyQuestion, agreed: list[bool]) -> KeyDialog:
    window.windows.ask_key(question, lambda: agreed.append(True))
    assert isinstance(window.windows.question, KeyDialog)
    return window.windows.question


@pytest.mark.parametrize("key", ["Return", "space", "Escape"])
def test_the_default_is_no(window: ChatWindow, driver: Driver, key: str) -> None:
    agreed: list[bool] = []
    driver.focus(asked(window, QUESTION, agreed).no)
    driver.key(key)
    driver.until(lambda: window.windows.question is None)
    assert agreed == []


def test_its_button_agrees(window: ChatWindow, driver: Driver) -> None:
    agreed: list[bool] = []
    dialog = asked(window, QUESTION, agreed)
    assert dialog.yes is not None
    driver.until(dialog.yes.winfo_viewable)
    driver.click(dialog.yes)
    driver.until(lambda: bool(agreed))
    assert window.windows.question is None


def test_the_whole_fingerprint_is_shown(window: ChatWindow, driver: Driver) -> None:
    dialog = asked(window, QUESTION, [])
    driver.until(dialog.fingerprints[0].winfo_viewable)
    assert dialog.fingerprints[0].cget("text") == FINGERPRINT
    driver.focus(dialog.no)
    driver.key("Escape")


def test_the_top_bar_says_what_is_not_encrypted(window: ChatWindow, driver: Driver) -> None:
    mark = window.top_bar.security
    window.top_bar.show_security(Security(True, "Encrypted", "The room has the key."))
    driver.until(mark.winfo_viewable)
    assert mark.cget("text") == "", "the lock says enough"
    window.top_bar.show_security(Security(False, "Not encrypted", "Others can read."))
    assert mark.cget("text") == "Not encrypted"
    driver.hover(mark)
    driver.until(lambda: window.top_bar.details.tip is not None)
    driver.away()
    window.top_bar.show_security(None)
    driver.until(lambda: not mark.winfo_viewable())
