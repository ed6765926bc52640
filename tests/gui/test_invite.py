"""The window with the ways into the room: its QR code, and what its buttons copy."""

from dataclasses import replace

import pytest
import segno

from client_mvc.view.contract.windows import Invite, InviteRow
from client_mvc.view.dialogs.invite import InviteWindow
from client_mvc.view.window.main_window import ChatWindow
from tests.gui.driver import Driver, Recorder

pytestmark = pytest.mark.gui

PAGE = "https://192.168.1.20:18000/"
INVITE = Invite(
    "Invite others to #ops",
    (
        InviteRow("In a browser", PAGE, "A hint."),
        InviteRow("In the desktop client", "chatroom://192.168.1.20:18000/#sha256=" + 43 * "A"),
        InviteRow("Code", "R2M0-2508", large=True),
    ),
    qr=PAGE,
    copied=0,
)


@pytest.fixture
def invite(window: ChatWindow, driver: Driver) -> InviteWindow:
    window.windows.show_invite(INVITE, lift=True)
    assert window.windows.invite is not None
    driver.until(window.windows.invite.winfo_viewable)
    return window.windows.invite


def squares(invite: InviteWindow) -> tuple[list[list[bool]], int]:
    """Read the drawn code back: dark or not, and the pixels of a square's side.

    Fails unless each square has one colour, black or white.
    """
    image = invite.qr.image
    assert image is not None
    wide = segno.make(PAGE, error="m", micro=False).symbol_size(border=4)[0]
    side, rest = divmod(image.width(), int(wide))
    assert (rest, image.height()) == (0, image.width())
    colours = [
        [
            {
                image.get(x * side + dx, y * side + dy)
                for dx in (0, side - 1)
                for dy in (0, side - 1)
            }
            for x in range(int(wide))
        ]
        for y in range(int(wide))
    ]
    assert all(each in ({(0, 0, 0)}, {(255, 255, 255)}) for row in colours for each in row)
    return [[each == {(0, 0, 0)} for each in row] for row in colours], side


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [6, 10, 17, 32])
def test_the_code_is_sharp_and_black_on_white(
    window: ChatWindow, driver: Driver, invite: InviteWindow, size: int, dark: bool
) -> None:
    window.look.set_dark(dark)
    window.look.set_size(size)
    driver.until(invite.winfo_viewable)
    drawn, side = squares(invite)
    code = segno.make(PAGE, error="m", micro=False)
    assert drawn == [[bool(one) for one in row] for row in code.matrix_iter(border=4)]
    assert side >= 3


def test_a_larger_text_makes_a_larger_code(window: ChatWindow, invite: InviteWindow) -> None:
    usual = squares(invite)[1]
    window.look.set_size(20)
    assert squares(invite)[1] > usual


def test_each_row_is_copied_by_its_button(
    window: ChatWindow, driver: Driver, intents: Recorder, invite: InviteWindow
) -> None:
    assert [str(each.cget("text")) for each in invite.copies] == ["Copied", "Copy", "Copy"]
    driver.focus(invite.copies[0])
    for key in ("space", "Tab", "space", "Tab", "space"):
        driver.key(key)
    driver.until(lambda: intents.named("invite.copy") == [(0,), (1,), (2,)])
    before = invite.copies
    window.windows.show_invite(replace(INVITE, copied=2), lift=False)
    assert invite.copies is before, "the focus stays where it is"
    assert [str(each.cget("text")) for each in invite.copies] == ["Copy", "Copy", "Copied"]
    driver.key("Escape")
    driver.until(lambda: window.windows.invite is None)


def test_without_a_code_to_scan(window: ChatWindow, driver: Driver) -> None:
    alone = Invite("Invite", INVITE.rows[:1], "This computer only.")
    window.windows.show_invite(alone, lift=True)
    invite = window.windows.invite
    assert invite is not None
    driver.until(invite.copies[0].winfo_viewable)
    assert invite.note.winfo_viewable()
    assert not invite.qr.winfo_viewable()
    window.windows.show_invite(INVITE, lift=True)
    driver.until(invite.qr.winfo_viewable)
    driver.until(lambda: not invite.note.winfo_viewable())


def test_rows_that_come_later(window: ChatWindow, driver: Driver, intents: Recorder) -> None:
    window.windows.show_invite(replace(INVITE, rows=(), qr="", note="Asking."), lift=True)
    invite = window.windows.invite
    assert invite is not None
    driver.until(lambda: driver.root.focus_get() is invite.close)
    assert invite.note.winfo_viewable()
    window.windows.show_invite(INVITE, lift=False)
    driver.until(invite.qr.winfo_viewable)
    driver.until(lambda: not invite.note.winfo_viewable())
    driver.click(invite.copies[1])
    driver.until(lambda: intents.named("invite.copy") == [(1,)])
    driver.focus(invite.close)
    driver.key("Return")
    driver.until(lambda: window.windows.invite is None)
    assert intents.named("invite.closed") == [()]


def test_button_and_menu_open_it(window: ChatWindow, driver: Driver, intents: Recorder) -> None:
    driver.click(window.top_bar.invite)
    driver.until(lambda: len(intents.named("invite.open")) == 1)
    driver.key("F10")
    driver.until(window.top_bar.menu.menu.winfo_viewable)
    driver.key("Return")
    driver.until(lambda: len(intents.named("invite.open")) == 2)


def test_outside_a_room_there_is_no_button(window: ChatWindow, driver: Driver) -> None:
    driver.until(window.top_bar.invite.winfo_viewable)
    window.top_bar.show("", "")
    driver.until(lambda: not window.top_bar.invite.winfo_viewable())
    window.top_bar.show("ops", "chat.example.org")
    driver.until(window.top_bar.invite.winfo_viewable)
    assert window.top_bar.menu_button.winfo_x() > window.top_bar.invite.winfo_x()
