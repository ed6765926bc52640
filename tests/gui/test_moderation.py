"""Moderation in the window: menus, the message cursor, changes in place, the composer."""

import tkinter as tk

import pytest

from client_mvc.view.contract.items import (
    DeletedMessage,
    FileCard,
    Heading,
    Item,
    Message,
    MessageRules,
)
from client_mvc.view.contract.values import Hold, MemberRow, RoomRules
from client_mvc.view.contract.windows import Prompt, Removal
from client_mvc.view.window.main_window import ChatWindow
from tests.gui.driver import Driver, Recorder

pytestmark = pytest.mark.gui

MEMBERS = [
    MemberRow("alice", False, True, role="owner"),
    MemberRow("bob", False, False, acts=frozenset({"mute", "remove", "ban", "promote"})),
    MemberRow("chandra", False, False, muted=True, acts=frozenset({"unmute", "demote"})),
]
DELETED = DeletedMessage("Message deleted by mod", Heading("10:00", "bob", 1))
CARD = FileCard("f1", "a.txt", "1 KB", "line\n" * 6, Heading("10:00", "bob", 1), seq=50)


def messages(count: int) -> list[Item]:
    return [Message(f"message {seq}", seq=seq, own=seq % 2 == 0) for seq in range(1, count + 1)]


def entries(menu: tk.Menu) -> list[str]:
    places = range(int(menu.index("end") or 0) + 1)
    return [menu.entrycget(n, "label").strip() for n in places if menu.type(n) == "command"]


def shown(window: ChatWindow) -> str:
    return window.messages.text.get("1.0", "end-1c")


def top(window: ChatWindow) -> str:
    return window.messages.text.get("@0,0 linestart", "@0,0 lineend")


# --- changes in place ----------------------------------------------------------------------


def test_a_message_and_a_card_change_and_their_neighbours_stay(window: ChatWindow) -> None:
    view = window.messages
    view.append([*messages(2), CARD, *messages(2)])
    view.change([(1, DELETED), (2, DeletedMessage("File deleted"))])
    assert shown(window) == (
        "message 1\n10:00\tbob\nMessage deleted by mod\nFile deleted\nmessage 1\nmessage 2\n"
    )
    assert not view.cards
    view.append([Message("after")])
    view.change([(5, DeletedMessage("Message deleted"))])
    assert shown(window).endswith("message 2\nMessage deleted\n")
    view.drop(oldest=2, newest=2)
    assert shown(window) == "File deleted\nmessage 1\n"


@pytest.mark.parametrize("above", [True, False])
def test_the_view_does_not_move(window: ChatWindow, driver: Driver, above: bool) -> None:
    view = window.messages
    view.append([*messages(40), CARD, *messages(200)])
    view.show_place(40, mark=False)
    driver.until(lambda: view.cards[0].winfo_height() > 1)
    view.show_place(120, mark=False)
    driver.root.update()
    before, line = view.text.dlineinfo("@0,0"), top(window)
    changed = range(20, 60) if above else range(130, 150)
    view.change([(place, DELETED) for place in changed])
    driver.root.update()
    assert (view.text.dlineinfo("@0,0"), top(window)) == (before, line)


def test_a_reader_at_the_end_stays_there(window: ChatWindow, driver: Driver) -> None:
    view = window.messages
    view.append(messages(100))
    view.change([(place, DELETED) for place in range(60, 100)])
    driver.root.update()
    assert view.text.dlineinfo("end-1c") is not None


# --- the message cursor --------------------------------------------------------------------


def test_the_pointer_over_a_message_offers_to_delete_it(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    view = window.messages
    view.allow(MessageRules("own"))
    view.append(messages(2))
    driver.root.update()
    cursor = view.cursor
    menu = view.actions.menu
    for phrase, offered in (("message 1", False), ("message 2", True)):
        x, y, *_ = view.text.bbox(view.text.search(phrase, "1.0")) or (0, 0)
        driver.click(view.text, at=(x + 2, y + 4))
        driver.until(cursor.bar.winfo_viewable)
        driver.click(cursor.more_button)
        driver.until(menu.winfo_viewable)
        assert ("Delete…" in entries(menu)) == offered
        driver.key("Escape")
        driver.until(lambda: not menu.winfo_viewable())
    menu.invoke("end")
    assert intents.named("moderation.delete") == [(2,)]
    assert not cursor.bar.winfo_manager()


def test_each_line_belongs_to_its_message_on_both_sides_of_the_unread_line(
    window: ChatWindow, driver: Driver
) -> None:
    view = window.messages
    view.append(messages(40))
    driver.root.update()
    driver.key("Prior")  # the reader is elsewhere
    view.append([Message(f"message {seq}", seq=seq) for seq in (41, 42)])
    text, rows = view.text, view.cursor.buffer
    assert text.tag_ranges("unread")
    for seq in (1, 39, 40, 41, 42):
        found = rows.row_at(text.search(f"message {seq}\n", "1.0"))
        assert found is not None, seq
        line = rows.part(found, "body")
        assert (found.seq, text.get(f"{line}.0", f"{line}.end")) == (seq, f"message {seq}")
    assert rows.row_at(f"{text.tag_ranges('unread')[0]} - 1 char") is rows.row_of(40)


def test_by_keyboard(window: ChatWindow, driver: Driver, intents: Recorder) -> None:
    view = window.messages
    view.allow(MessageRules("own"))
    view.append([*messages(3), DELETED])
    driver.key("alt+Up")
    driver.until(lambda: driver.root.focus_get() is view.text)
    driver.key("Delete")
    assert intents.named("moderation.delete") == []  # not one's own
    driver.key("alt+Up", "Delete")
    driver.until(lambda: intents.named("moderation.delete") == [(2,)])
    driver.key("alt+Up", "Escape")
    driver.until(lambda: driver.root.focus_get() is window.composer.text)
    assert not view.text.tag_ranges("cursor")


def test_the_menu_of_a_message_at_the_cursor(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    view = window.messages
    view.append(messages(2))
    for which, offered in (("none", False), ("all", True)):
        view.allow(MessageRules(which))  # type: ignore[arg-type]
        driver.focus(window.composer.text)
        driver.key("alt+Up")
        driver.until(lambda: driver.root.focus_get() is view.text)
        driver.key("Menu")
        driver.until(view.actions.menu.winfo_viewable)
        assert ("Delete…" in entries(view.actions.menu)) == offered
        driver.key("Escape")
        driver.until(lambda: not view.actions.menu.winfo_viewable())
    view.actions.menu.invoke("end")
    assert intents.named("moderation.delete") == [(2,)]


# --- members -------------------------------------------------------------------------------


def test_marks_of_members(window: ChatWindow) -> None:
    window.members.show(MEMBERS)
    tree = window.members.tree
    assert [tree.item(item, "text") for item in tree.get_children()] == [
        "alice (you, owner)", "bob", "chandra (muted)",
    ]  # fmt: skip


def test_the_menu_of_a_member_has_what_the_reader_may_do(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    window.members.show(MEMBERS)
    tree, menu = window.members.tree, window.members.menu.menu
    driver.focus(tree)
    for keys, offered in (
        (["Home"], ["Mention"]),
        (
            ["Down"],
            [
                "Mention", "Mute for 10 minutes", "Mute for 1 hour", "Mute until undone",
                "Remove…", "Ban for 1 hour…", "Ban for 1 day…", "Ban for good…",
                "Make moderator",
            ],
        ),
        (["Down"], ["Mention", "Unmute", "Make member"]),
    ):  # fmt: skip
        driver.key(*keys, "Menu")
        driver.until(menu.winfo_viewable)
        assert entries(menu) == offered
        driver.key("Down", "Return") if len(offered) > 1 else driver.key("Escape")
        driver.until(lambda: not menu.winfo_viewable())
    assert intents.named("moderation.mute") == [("bob", 10), ("chandra", 0)]


def test_the_button_at_the_member_under_the_pointer(window: ChatWindow, driver: Driver) -> None:
    window.members.show(MEMBERS)
    members = window.members
    driver.click_row(members.tree, "0")
    assert not members.more.winfo_manager()
    driver.click_row(members.tree, "1")
    driver.click(members.more)
    driver.until(members.menu.menu.winfo_viewable)
    assert "Remove…" in entries(members.menu.menu)
    right = members.more.winfo_rootx() + members.more.winfo_width()
    menu = members.menu.menu
    assert abs(menu.winfo_rootx() + menu.winfo_width() - right) < 6
    driver.key("Escape")
    driver.until(lambda: not menu.winfo_viewable())


# --- the room ------------------------------------------------------------------------------


def test_the_menu_shows_the_rules_to_those_who_may(window: ChatWindow) -> None:
    menu = window.top_bar.menu
    assert "Topic…" not in entries(menu.menu)
    window.top_bar.show_rules(RoomRules(can_claim=True))
    assert "I am the owner…" in entries(menu.menu)
    assert "Bans…" not in entries(menu.menu)
    window.top_bar.show_rules(RoomRules(locked=True, slow=30, moderates=True))
    assert "Unlock the room" in entries(menu.menu)
    chosen = [menu.slow.entrycget(n, "label") for n in range(5)]
    assert [label.strip() for label in chosen if "✓" in label] == ["✓ One message in 30 s"]


def test_a_link_of_the_topic_opens(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    window.top_bar.show_rules(RoomRules("tea 👍 at https://a.example/x, " + "long " * 60))
    text = window.top_bar.topic.text
    driver.until(lambda: text.get("1.0", "end-1c").endswith("…"))
    x, y, *_ = text.bbox(text.search("https", "1.0")) or (0, 0)
    driver.click(text, at=(x + 5, y + 5))
    driver.until(lambda: intents.named("open_link") == [("https://a.example/x",)])
    driver.focus(text)
    driver.key("Return")
    driver.until(lambda: len(intents.named("open_link")) == 2)


@pytest.mark.parametrize("size", [10, 28])
def test_the_composer_on_hold_keeps_the_text(
    window: ChatWindow, driver: Driver, intents: Recorder, size: int
) -> None:
    window.look.set_size(size)
    intents.takes = False
    driver.type("hello")
    window.composer.hold(Hold("You are muted until 14:05.", "4:31"))
    driver.until(window.composer.reason.winfo_viewable)
    assert window.composer.send_button.cget("text") == "4:31"
    assert window.composer.send_button.instate(["disabled"])
    driver.key("Return")
    assert window.composer.text.get("1.0", "end-1c") == "hello"
    window.composer.hold(None)
    driver.root.update()
    assert not window.composer.reason.winfo_viewable()
    assert window.composer.send_button.cget("text") == "Send"
    assert window.composer.send_button.instate(["!disabled"])


# --- dialogs -------------------------------------------------------------------------------


def test_a_prompt_returns_the_text_and_shows_an_error(
    window: ChatWindow, driver: Driver
) -> None:
    typed: list[str] = []
    prompt = Prompt(
        "I am the owner", "Enter the key.", "Key", "OK", optional=False, secret=True
    )
    window.windows.prompt(prompt, typed.append)
    dialog = window.windows.prompter
    assert dialog is not None
    driver.focus(dialog.field.text)
    driver.key("Return")
    driver.type("secret")
    driver.key("Return")
    driver.until(lambda: typed == ["secret"])
    window.windows.show_prompt_error("This is not the owner's key.")
    driver.until(dialog.error.winfo_viewable)
    driver.key("Escape")
    driver.until(lambda: window.windows.prompter is None)
    assert typed == ["secret"]


def test_rejoin_works_once_it_is_ready(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    removal = Removal("You are no longer in #ops", "ann removed you.", "Rejoin in 2 s")
    window.windows.show_removal(removal, lift=True)
    shown = window.windows.removal
    assert shown is not None
    driver.click(shown.rejoin)
    assert intents.named("removal.rejoin") == []
    ready = Removal(removal.title, removal.text, "Rejoin", ready=True)
    window.windows.show_removal(ready, lift=False)
    driver.root.update()
    driver.click(shown.rejoin)
    driver.until(lambda: intents.named("removal.rejoin") == [()])
    driver.key("Escape")
    driver.until(lambda: window.windows.removal is None)
    assert intents.named("removal.closed") == [()]
