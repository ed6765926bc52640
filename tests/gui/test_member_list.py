"""The list of members: colours, notes, and the acts in its menu; by real keys and clicks."""

import pytest

from client_mvc.view.contract.values import MemberRow
from client_mvc.view.window.main_window import ChatWindow
from tests.gui.driver import Driver, Recorder

pytestmark = pytest.mark.gui

ROWS = [
    MemberRow("alice", False, True, colour=0),
    MemberRow("bob", False, False, colour=1, note="at lunch 🍕", acts=frozenset({"ignore"})),
    MemberRow("cy", False, False, colour=2, ignored=True, acts=frozenset({"show", "mute"})),
]


def colour(window: ChatWindow, item: str) -> str:
    tags = window.members.tree.item(item, "tags")
    assert isinstance(tags, (list, tuple))
    (tag,) = tags
    return str(window.members.tree.tag_configure(tag, "foreground"))


def test_a_name_has_its_colour_and_a_note_stands_below_it(window: ChatWindow) -> None:
    window.members.show(ROWS)
    tree, palette = window.members.tree, window.look.palette
    assert tree.get_children() == ("0", "1", "1n", "2")
    assert [colour(window, item) for item in tree.get_children()] == [
        *palette.names[:2],
        palette.muted,
        palette.muted,
    ]
    assert tree.item("1n", "text").rstrip() == "at lunch 🍕"
    assert tree.item("2", "text") == "cy (ignored)"
    window.look.set_dark(True)
    assert colour(window, "1") == window.look.palette.names[1]


def test_keys_go_from_member_to_member(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    window.members.show(ROWS)
    driver.focus(window.members.tree)
    driver.key("Down")
    assert window.members.tree.selection() == ("1", "1n")
    driver.key("Return", "Down", "Return", "Up", "Up", "Up")
    assert intents.named("composer.mention") == [("bob",), ("cy",)]
    assert window.members.tree.selection() == ("0",)


def test_a_note_counts_as_its_member(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    window.members.show(ROWS)
    tree = window.members.tree
    driver.click_row(tree, "1n", times=2)
    assert intents.named("composer.mention") == [("bob",)]
    assert tree.selection() == ("1", "1n")
    window.members.show([*ROWS, MemberRow("dan", False, False)])
    assert tree.selection() == ("1", "1n")
    menu = window.members.menu.menu
    driver.focus(tree)
    driver.key("Menu")
    driver.until(menu.winfo_viewable)
    driver.key("Down", "Return")
    driver.until(lambda: not menu.winfo_viewable())
    assert intents.named("conversation.ignore") == [("bob", True)]


def test_somebody_ignored_can_be_shown_again(window: ChatWindow, intents: Recorder) -> None:
    menu = window.members.menu
    menu.fill(ROWS[2])
    labels = [
        menu.menu.entrycget(n, "label").strip()
        for n in range(int(menu.menu.index("end") or 0) + 1)
        if menu.menu.type(n) == "command"
    ]
    assert labels[:3] == ["Mention", "Stop ignoring", "Mute for 10 minutes"]
    menu.menu.invoke(1)
    assert intents.named("conversation.ignore") == [("cy", False)]


def test_one_who_is_alone_is_told_how_to_invite(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    window.members.show(ROWS[:1])
    driver.click(window.invite_hint.invite)
    assert intents.named("invite.open") == [()]
    window.members.show(ROWS)
    assert not window.invite_hint.winfo_ismapped()
    window.members.show([])
    assert not window.invite_hint.winfo_ismapped()
