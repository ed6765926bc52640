"""The rooms on this network, in the dialog to join a room."""

import pytest

from client_mvc.view.contract.windows import ConnectForm, Nearby, NearbyRow
from client_mvc.view.dialogs.connect import ConnectDialog
from client_mvc.view.window.main_window import ChatWindow
from tests.gui.driver import Driver, Recorder

pytestmark = pytest.mark.gui

PARTY = NearbyRow("192.168.1.5:18000", "LAN party", "4 of 12 here · encrypted")
LAB = NearbyRow("192.168.1.7:18000", "Lab 7", "0 of 3 here · not encrypted")
RECENT = (("chat.example.org:18000", "alice"),)


@pytest.fixture
def dialog(window: ChatWindow, driver: Driver) -> ConnectDialog:
    dialog = window.connect_dialog
    dialog.show_nearby(Nearby())
    dialog.show(ConnectForm("localhost:18000", "", RECENT))
    driver.until(dialog.winfo_viewable)
    return dialog


def shown(dialog: ConnectDialog) -> list[tuple[str, str]]:
    tree = dialog.nearby.tree
    return [(tree.item(row, "text"), tree.set(row, "state")) for row in tree.get_children()]


def test_rooms_are_looked_for_while_the_dialog_is_on_screen(
    dialog: ConnectDialog, driver: Driver, intents: Recorder
) -> None:
    driver.until(lambda: intents.named("nearby.opened") == [()])
    assert intents.named("nearby.closed") == []
    driver.click(dialog.cancel)
    driver.until(lambda: intents.named("nearby.closed") == [()])


def test_rooms_come_and_go(dialog: ConnectDialog, driver: Driver) -> None:
    dialog.show_nearby(Nearby((PARTY, LAB)))
    assert shown(dialog) == [(PARTY.name, PARTY.state), (LAB.name, LAB.state)]
    fuller = NearbyRow(LAB.server, LAB.name, "1 of 3 here · not encrypted")
    dialog.show_nearby(Nearby((fuller,)))
    assert shown(dialog) == [(fuller.name, fuller.state)]


def test_the_chosen_room_fills_the_server(dialog: ConnectDialog, driver: Driver) -> None:
    dialog.show_nearby(Nearby((PARTY, LAB)))
    driver.focus(dialog.nearby.tree)
    driver.key("Down", "Down")
    driver.until(lambda: dialog.fields["server"].get() == LAB.server)
    # The list changes under the choice, and the choice stays.
    dialog.show_nearby(Nearby((LAB, PARTY)))
    assert dialog.nearby.tree.selection() == (LAB.server,)
    driver.focus(dialog.fields["server"].text)
    driver.key("ctrl+a")
    driver.type("elsewhere")
    dialog.show_nearby(Nearby((LAB,)))
    driver.root.update()
    assert dialog.fields["server"].get() == "elsewhere", "news overwrites what was typed"


def test_enter_joins_the_chosen_room(
    dialog: ConnectDialog, driver: Driver, intents: Recorder
) -> None:
    dialog.show_nearby(Nearby((PARTY,)))
    driver.focus(dialog.fields["name"].text)
    driver.type("alice")
    driver.focus(dialog.nearby.tree)
    driver.key("Down", "Return")
    driver.until(lambda: intents.named("membership.connect") == [(PARTY.server, "alice", "")])


def test_one_room_is_chosen_in_both_lists(dialog: ConnectDialog, driver: Driver) -> None:
    dialog.show_nearby(Nearby((PARTY,)))
    driver.focus(dialog.nearby.tree)
    driver.key("Down")
    driver.until(dialog.nearby.tree.selection)
    driver.focus(dialog.recent)
    driver.key("Down")
    driver.until(dialog.recent.selection)
    driver.until(lambda: not dialog.nearby.tree.selection())
    assert dialog.fields["server"].get() == RECENT[0][0]


def test_look_further_and_stop(
    dialog: ConnectDialog, driver: Driver, intents: Recorder
) -> None:
    further = dialog.nearby.further
    driver.focus(further)
    driver.key("space")
    driver.until(lambda: intents.named("nearby.look_further") == [()])
    dialog.show_nearby(Nearby(status="Looking further: 3 of 254 addresses", progress=0.1))
    assert further.cget("text") == "Stop looking"
    assert dialog.nearby.status.cget("text") == "Looking further: 3 of 254 addresses"
    driver.click(further)
    driver.until(lambda: intents.named("nearby.stop") == [()])
    dialog.show_nearby(Nearby())
    assert further.cget("text") == "Look further"


def test_nothing_is_chosen_while_connecting(
    window: ChatWindow, dialog: ConnectDialog, driver: Driver
) -> None:
    dialog.show_nearby(Nearby((PARTY,)))
    window.connect_dialog.wait("Connecting…")
    driver.focus(dialog.nearby.tree)
    driver.key("Down")
    driver.root.update()
    assert dialog.fields["server"].get() == "localhost:18000"
    assert dialog.nearby.further.instate(["disabled"])


def test_the_dialog_stays_as_large_as_it_is(dialog: ConnectDialog, driver: Driver) -> None:
    dialog.show_nearby(Nearby((PARTY,)))
    driver.root.update()
    size = dialog.winfo_width(), dialog.winfo_height()
    long = [NearbyRow(f"10.0.0.{n}:18000", "W" * 64, LAB.state) for n in range(50)]
    dialog.show_nearby(Nearby(tuple(long)))
    driver.root.update()
    assert (dialog.winfo_width(), dialog.winfo_height()) == size
    dialog.show_nearby(Nearby(tuple(long), "Looking further: 3 of 254 addresses", 0.1))
    driver.root.update()
    assert (dialog.winfo_width(), dialog.winfo_height()) == size
    assert shown(dialog)[0][0].endswith("…")
