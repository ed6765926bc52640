"""The dialog to join a room: its fields, its errors, and its state while connecting."""

import pytest

from client_mvc.view.contract.windows import ConnectForm, PasswordOffer
from client_mvc.view.contract.windows import Field as FieldName
from client_mvc.view.dialogs.connect import ConnectDialog
from client_mvc.view.window.main_window import ChatWindow
from tests.gui.driver import Driver, Recorder

pytestmark = pytest.mark.gui

RECENT = (("chat.example.org:18000", "alice"), ("[::1]:18000", "أليس"))


@pytest.fixture
def dialog(window: ChatWindow, driver: Driver) -> ConnectDialog:
    window.connect_dialog.show(ConnectForm("localhost:18000", "", RECENT))
    dialog = window.connect_dialog
    driver.until(dialog.winfo_viewable)
    return dialog


def test_enter_connects(dialog: ConnectDialog, driver: Driver, intents: Recorder) -> None:
    driver.focus(dialog.fields["name"].text)
    driver.type("alice")
    driver.key("Return")
    assert intents.named("membership.connect") == [("localhost:18000", "alice", "")]


def test_the_button_connects(dialog: ConnectDialog, driver: Driver, intents: Recorder) -> None:
    driver.click(dialog.connect)
    assert intents.named("membership.connect") == [("localhost:18000", "", "")]


def test_the_first_empty_field_has_the_focus(window: ChatWindow, driver: Driver) -> None:
    fields = window.connect_dialog.fields
    window.connect_dialog.show(ConnectForm("", ""))
    driver.focus(window.connect_dialog.cancel)
    cases: tuple[tuple[ConnectForm, FieldName], ...] = (
        (ConnectForm("", ""), "server"),
        (ConnectForm("here", ""), "name"),
        (ConnectForm("here", "bob", password=True), "password"),
    )
    for form, first in cases:
        window.connect_dialog.show(form)
        driver.root.update()
        assert driver.root.focus_get() is fields[first].text


@pytest.mark.parametrize("how", ["Escape", "Cancel", "close"])
def test_closing_is_reported(
    dialog: ConnectDialog, driver: Driver, intents: Recorder, how: str
) -> None:
    if how == "Escape":
        driver.focus(dialog.fields["server"].text)
        driver.key("Escape")
    elif how == "Cancel":
        driver.click(dialog.cancel)
    else:
        dialog.tk.call(*dialog.tk.splitlist(dialog.protocol("WM_DELETE_WINDOW")))
    driver.until(lambda: not dialog.winfo_viewable())
    assert intents.named("membership.cancel") == [()]


@pytest.mark.parametrize("field", ["server", "name", "password"])
def test_an_error_stands_beside_its_field(
    window: ChatWindow, dialog: ConnectDialog, driver: Driver, field: FieldName
) -> None:
    driver.focus(dialog.fields["server"].text)
    window.connect_dialog.error(field, "That will not do.", password=field == "password")
    label = dialog.errors[field]
    driver.until(label.winfo_viewable)
    assert label.cget("text") == "That will not do."
    below = label.winfo_rooty() - dialog.fields[field].winfo_rooty()
    assert 0 < below < 80
    driver.until(lambda: driver.root.focus_get() is dialog.fields[field].text)
    driver.type("again")
    assert dialog.fields[field].get() == "again"


def test_an_error_of_the_whole_form(window: ChatWindow, dialog: ConnectDialog) -> None:
    window.connect_dialog.error("form", "The room is full (3/3).")
    dialog.update()
    assert dialog.errors["form"].winfo_viewable()
    window.connect_dialog.error("name", "That name is taken.")
    dialog.update()
    assert not dialog.errors["form"].winfo_viewable()


def test_the_password_is_asked_for_only_if_needed(
    window: ChatWindow, dialog: ConnectDialog, driver: Driver, intents: Recorder
) -> None:
    assert not dialog.fields["password"].winfo_viewable()
    window.connect_dialog.error("password", "This room has a password.", password=True)
    driver.until(dialog.fields["password"].winfo_viewable)
    driver.focus(dialog.fields["password"].text)
    driver.type("open sesame")
    driver.key("Return")
    assert intents.named("membership.connect") == [("localhost:18000", "", "open sesame")]


def test_a_password_is_remembered_only_if_that_is_ticked(
    window: ChatWindow, dialog: ConnectDialog, driver: Driver, intents: Recorder
) -> None:
    window.connect_dialog.error("password", "This room has a password.", password=True)
    choice = dialog.remembering
    assert not choice.winfo_viewable(), "it is not offered yet"
    window.connect_dialog.offer_to_remember(PasswordOffer(offered=True, text="Kept there."))
    driver.until(choice.button.winfo_viewable)
    assert choice.note.cget("text") == "Kept there."
    driver.focus(dialog.fields["password"].text)
    driver.key("Tab", "space")
    driver.click(choice.button)
    assert intents.named("passwords.remember") == [(True,), (False,)]
    window.connect_dialog.wait("Connecting…")
    driver.click(choice.button)
    assert len(intents.named("passwords.remember")) == 2
    window.connect_dialog.offer_to_remember(PasswordOffer(text="There is no keyring."))
    driver.until(lambda: not choice.button.winfo_viewable())
    assert choice.note.winfo_viewable()


def test_a_remembered_password_is_not_typed_again(
    window: ChatWindow, dialog: ConnectDialog, driver: Driver, intents: Recorder
) -> None:
    offer = PasswordOffer(offered=True, ticked=True, kept=True, text="Kept there.")
    window.connect_dialog.offer_to_remember(offer)
    field = dialog.fields["password"]
    driver.until(field.winfo_viewable)
    assert field.get() == ""
    driver.focus(dialog.fields["name"].text)
    driver.key("Return")
    driver.focus(field.text)
    driver.type("another")
    driver.key("Return")
    assert intents.named("membership.connect") == [
        ("localhost:18000", "", ""), ("localhost:18000", "", "another")
    ]  # fmt: skip
    window.connect_dialog.offer_to_remember(PasswordOffer(offered=True, text="Kept there."))
    driver.until(lambda: not field.winfo_viewable())


def test_another_address_is_another_choice(
    dialog: ConnectDialog, driver: Driver, intents: Recorder
) -> None:
    driver.focus(dialog.fields["server"].text)
    driver.key("ctrl+a")
    driver.type("b")
    assert intents.named("passwords.entered")[-1] == ("b",)
    driver.click_row(dialog.recent, "1")
    assert intents.named("passwords.entered")[-1] == ("[::1]:18000",)


def test_the_form_is_disabled_while_connecting(
    window: ChatWindow, dialog: ConnectDialog, driver: Driver, intents: Recorder
) -> None:
    window.connect_dialog.wait("Connecting to localhost:18000…")
    driver.until(dialog.waiting.winfo_viewable)
    driver.focus(dialog.fields["name"].text)
    driver.type("x")
    driver.key("Return")
    driver.click(dialog.connect)
    assert dialog.fields["name"].get() == ""
    assert intents.named("membership.connect") == []
    window.connect_dialog.error("name", "That name is taken.")
    driver.type("bob")
    driver.key("Return")
    assert intents.named("membership.connect") == [("localhost:18000", "bob", "")]


def test_escape_cancels_connecting(
    window: ChatWindow, dialog: ConnectDialog, driver: Driver, intents: Recorder
) -> None:
    window.connect_dialog.wait("Connecting…")
    driver.focus(dialog.cancel)
    driver.key("Escape")
    assert intents.named("membership.cancel") == [()]
    window.connect_dialog.show(ConnectForm("a", "b"))
    driver.until(lambda: not dialog.waiting.winfo_viewable())


def test_a_recent_room_fills_the_fields(dialog: ConnectDialog, driver: Driver) -> None:
    driver.click_row(dialog.recent, "1")
    assert dialog.fields["server"].get() == "[::1]:18000"
    assert dialog.fields["name"].get() == "أليس"


def test_the_room_hides_the_dialog(
    window: ChatWindow, dialog: ConnectDialog, driver: Driver, intents: Recorder
) -> None:
    window.connect_dialog.hide()
    driver.until(lambda: not dialog.winfo_viewable())
    assert intents.named("membership.cancel") == []


def test_tab_goes_through_the_fields(dialog: ConnectDialog, driver: Driver) -> None:
    driver.focus(dialog.fields["server"].text)
    passed = []
    for _ in range(6):
        driver.key("Tab")
        passed.append(driver.root.focus_get())
    assert passed == [
        dialog.fields["name"].text,
        dialog.recent,
        dialog.nearby.tree,
        dialog.nearby.further,
        dialog.connect,
        dialog.cancel,
    ]
