"""The dialog that asks for a date, by real keys."""

import pytest

from client_mvc.view.window.main_window import ChatWindow
from tests.gui.driver import Driver, Recorder

pytestmark = pytest.mark.gui


def test_a_wrong_date_can_be_corrected(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    window.windows.show_date("2026-11-22")
    dialog = window.windows.date
    assert dialog is not None
    driver.focus(dialog.field.text)
    driver.type("2026-1")
    driver.key("Return")
    assert intents.named("history.go_to_date") == [("2026-1",)]
    window.windows.show_date_error("A date looks like 2026-11-22.")
    driver.until(dialog.error.winfo_viewable)
    driver.type("2026-10-01")
    driver.click(dialog.go)
    driver.until(lambda: intents.named("history.go_to_date")[-1] == ("2026-10-01",))
    window.windows.close_date()
    assert not dialog.winfo_exists()
    window.windows.show_date("2026-11-22")
    assert window.windows.date is not None
    driver.focus(window.windows.date.field.text)
    driver.key("Escape")
    driver.until(lambda: window.windows.date is None)
