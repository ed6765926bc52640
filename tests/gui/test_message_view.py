"""The message view: its content, links, copying and scrolling, by real keys and clicks."""

import os
import re
import time
import tkinter as tk
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import ImageGrab

from client_mvc.text.markup import Run
from client_mvc.view.contract.items import (
    Day,
    FileCard,
    Heading,
    Item,
    Message,
    Notice,
    Pending,
)
from client_mvc.view.messages.message_buffer import MAX_CARDS, MAX_LINES
from client_mvc.view.messages.message_view import MessageView
from client_mvc.view.window.main_window import ChatWindow
from tests.gui.driver import Chosen, Driver, Recorder

pytestmark = pytest.mark.gui

CARD = FileCard("f1", "notes 👍.txt", "2.4 KB", "# Notes\n1. first", Heading("10:00", "bob", 1))


def shown(view: MessageView) -> str:
    return view.text.get("1.0", "end-1c")


def many(count: int, start: int = 0) -> list[Item]:
    return [Message(f"message {number}") for number in range(start, start + count)]


def place(view: MessageView, phrase: str) -> tuple[int, int]:
    """Return the position of `phrase` in the view, in pixels."""
    view.update()
    at = view.text.search(phrase, "1.0")
    assert at, f"{phrase!r} is missing"
    x, y, _, high = view.text.bbox(at) or pytest.fail(f"{phrase!r} is not on screen")
    return x + 3, y + high // 2


def test_items_appear_in_order(window: ChatWindow) -> None:
    items: list[Item] = [
        Day("Friday 20 November 2026"),
        Notice("09:58", "bob joined"),
        Message("hi 👍", Heading("10:01", "bob", 1)),
        Message("again"),
    ]
    window.messages.append(items)
    assert shown(window.messages) == (
        "Friday 20 November 2026\n09:58\tbob joined\n10:01\tbob\nhi 👍\nagain\n"
    )


def test_outgoing_messages_stay_at_the_end(window: ChatWindow) -> None:
    window.messages.append(many(1))
    window.messages.show_pending([Pending("a", "on its way"), Pending("b", "this too")])
    window.messages.append(many(1, 1))
    assert shown(window.messages) == "message 0\nmessage 1\non its way\nthis too\n"
    window.messages.show_pending([Pending("b", "this too")])
    assert shown(window.messages) == "message 0\nmessage 1\nthis too\n"
    window.messages.show_pending([])
    window.messages.append(many(1, 2))
    assert shown(window.messages) == "message 0\nmessage 1\nmessage 2\n"


def test_clear_keeps_outgoing_messages(window: ChatWindow) -> None:
    window.messages.append([*many(3), CARD])
    window.messages.show_pending([Pending("a", "on its way")])
    window.messages.clear()
    assert shown(window.messages) == "on its way\n"
    window.messages.append(many(1))
    assert shown(window.messages) == "message 0\non its way\n"


def test_a_link_opens(window: ChatWindow, driver: Driver, intents: Recorder) -> None:
    window.messages.append([Message("👍 read https://a.example/b?c=1, please")])
    driver.click(window.messages.text, at=place(window.messages, "https"))
    assert intents.named("open_link") == [("https://a.example/b?c=1",)]


def test_the_pointer_changes_over_links(window: ChatWindow, driver: Driver) -> None:
    window.messages.append([Message("read https://a.example")])
    driver.click(window.messages.text, button=9, at=place(window.messages, "https"))
    driver.until(lambda: str(window.messages.text.cget("cursor")) == "hand2")
    driver.click(window.messages.text, button=9, at=place(window.messages, "read"))
    driver.until(lambda: str(window.messages.text.cget("cursor")) == "arrow")


def test_a_failed_message_can_be_sent_again_or_discarded(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    failed = [Pending(key, f"text {key}", failed=True, reason="no") for key in ("a", "b")]
    window.messages.show_pending(failed)
    driver.click(window.messages.text, at=place(window.messages, "send again"))
    assert intents.named("outgoing.retry") == [("a",)]
    window.messages.show_pending(failed[1:])
    driver.click(window.messages.text, at=place(window.messages, "discard"))
    assert intents.named("outgoing.discard") == [("b",)]


def test_tab_reaches_links_and_actions(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    window.messages.append([Message("https://a.example and https://b.example")])
    window.messages.show_pending([Pending("a", "text", failed=True)])
    driver.focus(window.messages.text)
    driver.key("Tab", "Tab", "Return", "Tab", "space", "Tab", "Return")
    assert intents.calls[-3:] == [
        ("open_link", "https://b.example"),
        ("outgoing.retry", "a"),
        ("outgoing.discard", "a"),
    ]
    driver.key("Tab")
    assert driver.root.focus_get() is not window.messages.text


def test_text_is_selected_by_mouse_and_copied(window: ChatWindow, driver: Driver) -> None:
    window.messages.append([Message("copy only these words")])
    start = place(window.messages, "only")
    driver.drag(window.messages.text, (start[0] - 3, start[1]), (900, start[1]))
    driver.key("ctrl+c")
    assert driver.root.clipboard_get().strip() == "only these words"
    driver.key("BackSpace", "Delete")
    assert "copy only these words" in shown(window.messages)


def test_a_formatted_message_is_copied_as_it_was_typed(
    window: ChatWindow, driver: Driver
) -> None:
    runs = (
        Run("*", "mark"), Run("do", "bold"), Run("* ", "mark"), Run("`", "mark"),
        Run("x = 1", "code"), Run("`\n```\n", "mark"), Run("y = 2\n", "block"),
        Run("```", "mark"),
    )  # fmt: skip
    typed = "".join(run.text for run in runs)
    window.messages.append([Message(typed, runs=runs), Message("after")])
    start, end = place(window.messages, "do"), place(window.messages, "after")
    driver.drag(window.messages.text, (2, start[1]), (2, end[1]))
    driver.key("ctrl+c")
    assert driver.root.clipboard_get() == typed + "\n"
    fonts = {
        tag: str(window.messages.text.tag_cget(tag, "font"))
        for tag in ("bold", "code", "block")
    }
    assert fonts["code"] == fonts["block"] != fonts["bold"]


def test_a_message_is_copied_whole(window: ChatWindow, driver: Driver) -> None:
    text = "one\ntwo 👍 https://a.example"
    window.messages.append([Message("before"), Message(text), Message("after")])
    driver.click(window.messages.text, button=3, at=place(window.messages, "two"))
    driver.until(window.messages.actions.menu.winfo_viewable)
    driver.key("Down", "Down", "Return")
    driver.until(lambda: not window.messages.actions.menu.winfo_viewable())
    assert driver.root.clipboard_get() == text


def test_the_menu_copies_all_messages_that_are_not_sent(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    window.messages.append([Message("before")])
    menu = window.messages.actions.menu
    for pending in ([Pending("a", "one"), Pending("b", "two", failed=True)], []):
        window.messages.show_pending(pending)
        driver.click(window.messages.text, button=3, at=place(window.messages, "before"))
        driver.until(menu.winfo_viewable)
        driver.key("Up", "Return")
        driver.until(lambda: not menu.winfo_viewable())
        assert intents.named("outgoing.copy_all") == [()], (
            "the last entry, while there are some"
        )


def test_a_card_saves_and_opens(
    window: ChatWindow, driver: Driver, intents: Recorder, chosen: Chosen
) -> None:
    window.messages.append([CARD])
    card = window.messages.cards[0]
    driver.click(card.save)
    assert intents.named("files.save") == []
    chosen.target = Path("/tmp/notes.txt")
    driver.click(card.save)
    assert chosen.offered == ["notes 👍.txt"] * 2
    assert intents.named("files.save") == [("f1", Path("/tmp/notes.txt"))]
    driver.click(card.open)
    assert intents.named("files.open") == [("f1",)]
    driver.click(card.copy)
    assert intents.named("files.copy_link") == [("f1",)]


@pytest.mark.parametrize("how", ["mouse", "shift+F10", "Menu"])
def test_a_card_has_a_menu(
    window: ChatWindow, driver: Driver, intents: Recorder, how: str
) -> None:
    window.messages.append([CARD])
    card = window.messages.cards[0]
    menu = window.messages.actions.menu
    if how == "mouse":
        driver.click(card.preview, button=3)
        driver.until(menu.winfo_viewable)
        driver.key("Down")
    else:
        driver.focus(card.save)
        driver.key(how)
        driver.until(menu.winfo_viewable)
    driver.key("Up", "Return")
    driver.until(lambda: not menu.winfo_viewable())
    assert intents.named("files.copy_link") == [("f1",)]


@pytest.mark.parametrize("dark", [False, True])
def test_the_focused_button_has_a_border(
    window: ChatWindow, driver: Driver, *, dark: bool
) -> None:
    window.messages.append([CARD])
    card = window.messages.cards[0]
    driver.focus(card.open)
    assert rung(window, card.open)
    assert not rung(window, card.copy)
    window.look.set_dark(dark)
    driver.key("Tab")
    assert rung(window, card.copy)
    assert not rung(window, card.open)


def rung(window: ChatWindow, button: tk.Misc) -> bool:
    """Tell whether `button` has a border of two pixels in the accent colour."""
    for _ in range(5):
        window.root.update()
        window.root.winfo_pointerxy()  # the X server answers after it has drawn
    left, top = button.winfo_rootx(), button.winfo_rooty()
    place = (left, top, left + button.winfo_width(), top + button.winfo_height())
    picture = ImageGrab.grab(place, xdisplay=os.environ["DISPLAY"])
    middle = picture.width // 2
    red, green, blue = (value >> 8 for value in button.winfo_rgb(window.look.palette.accent))
    return all(picture.getpixel((middle, y)) == (red, green, blue) for y in (0, 1))


def test_a_card_at_the_end_is_entirely_in_view(window: ChatWindow, driver: Driver) -> None:
    window.messages.append([*many(60), CARD])
    driver.until(lambda: window.messages.text.dlineinfo("end-1c"))
    card = window.messages.cards[0]
    bottom = window.messages.winfo_rooty() + window.messages.winfo_height()
    assert card.winfo_rooty() + card.winfo_height() <= bottom


def test_the_wheel_over_a_card_scrolls_the_view(window: ChatWindow, driver: Driver) -> None:
    window.messages.append([*many(60), CARD])
    driver.until(lambda: window.messages.text.dlineinfo("end-1c"))
    before = window.messages.text.yview()[1]
    driver.click(window.messages.cards[0].preview, button=4)
    driver.until(lambda: window.messages.text.yview()[1] < before)


def test_a_thousand_messages_in_batches_stay_at_the_end(
    window: ChatWindow, driver: Driver
) -> None:
    for start in range(0, 1_000, 50):
        window.messages.append(many(50, start))
        driver.root.update()
    assert window.messages.text.dlineinfo("end-1c") is not None
    assert shown(window.messages).endswith("message 999\n")


def test_the_number_of_lines_is_bounded(window: ChatWindow, driver: Driver) -> None:
    window.messages.append([CARD, *many(100)])
    first = window.messages.cards[0]
    started = time.thread_time()
    for start in range(0, 20_000, 500):
        window.messages.append(many(500, start))
    driver.root.update()
    assert time.thread_time() - started < 10
    assert shown(window.messages).count("\n") <= MAX_LINES * 1.2
    assert shown(window.messages).endswith("message 19999\n")
    assert not first.winfo_exists()
    assert str(first) not in {str(child) for child in window.messages.text.winfo_children()}


def test_the_number_of_cards_is_bounded(window: ChatWindow) -> None:
    window.messages.append([CARD] * (MAX_CARDS + 20))
    cards = [child for child in window.messages.text.winfo_children() if "card" in str(child)]
    assert len(cards) == MAX_CARDS


def test_new_messages_do_not_move_a_reader_of_older_ones(
    window: ChatWindow, driver: Driver
) -> None:
    view = window.messages
    window.messages.append(many(200))
    driver.focus(view.text)
    driver.key("Prior", "Prior")
    top = view.text.get("@0,0", "@0,0 lineend")
    assert not view.down.winfo_ismapped()
    window.messages.append([*many(2, 200), Notice("10:00", "bob left"), CARD])
    window.messages.show_pending([Pending("a", "mine")])
    driver.until(view.down.winfo_ismapped)
    assert view.text.get("@0,0", "@0,0 lineend") == top
    assert view.down.cget("text") == "↓ 3 new"
    driver.click(view.down)
    driver.until(lambda: not view.down.winfo_ismapped())
    assert view.text.dlineinfo("end-1c") is not None
    window.messages.append(many(100, 300))
    driver.root.update()
    assert view.text.dlineinfo("end-1c") is not None


def test_a_line_marks_the_first_unread_message(window: ChatWindow, driver: Driver) -> None:
    view = window.messages
    window.messages.append(many(100))
    driver.focus(view.text)
    driver.key("Prior")
    window.messages.append(many(2, 100))
    window.messages.append(many(2, 102))
    assert re.search(r"message 99\nNew messages\nmessage 100\n", shown(view))
    view.to_bottom()
    driver.key("Prior")
    window.messages.append(many(1, 104))
    assert shown(view).count("New messages") == 1
    assert re.search(r"message 103\nNew messages\nmessage 104\n", shown(view))


def test_the_line_stands_only_above_messages_of_others(
    window: ChatWindow, driver: Driver
) -> None:
    view = window.messages
    window.messages.append(many(100))
    driver.focus(view.text)
    driver.key("Prior")
    came: list[Item] = [Notice("10:00", "bob joined"), Message("my own", own=True)]
    window.messages.append(came)
    window.messages.append([replace(CARD, own=True)])
    driver.root.update()
    assert "New messages" not in shown(view)
    assert not view.down.winfo_ismapped()
    window.messages.append([*came, Day("Friday"), *many(1, 100), *came])
    assert re.search(r"my own\nFriday\nNew messages\nmessage 100\n", shown(view))
    driver.until(view.down.winfo_ismapped)
    assert view.down.cget("text") == "↓ 1 new"
    window.messages.drop(oldest=len(view._buffer.rows) - 4)
    assert re.search(r"\AFriday\nNew messages\nmessage 100\n", shown(view))


@pytest.mark.parametrize("size", ["700x420", "1200x800"])
def test_the_end_stays_in_view_when_the_window_changes(
    window: ChatWindow, driver: Driver, size: str
) -> None:
    window.messages.append([Message("some words " * 40) for _ in range(40)])
    driver.root.update()
    driver.root.geometry(size)
    driver.until(lambda: window.geometry().startswith(size))
    assert window.messages.text.dlineinfo("end-1c") is not None
    window.look.set_size(16)
    driver.until(lambda: window.messages.text.dlineinfo("end-1c") is not None)


@pytest.mark.parametrize("size", ["700x500", "1001x500"])
def test_a_line_between_days_reaches_from_side_to_side(
    window: ChatWindow, driver: Driver, size: str
) -> None:
    view = window.messages
    view.append([Day("Friday 20 November 2026"), Message("x")])
    driver.root.geometry(size)
    driver.until(lambda: window.geometry().startswith(size))
    driver.root.update()
    assert view.text.tk.call(str(view.text), "count", "-displaylines", "1.0", "2.0") == 1
    x, _y, wide, _high = view.text.bbox("1.0") or (0, 0, 0, 0)
    assert x + wide > 150
    assert x < 40


def test_long_names_and_lines_fit_the_view(window: ChatWindow, driver: Driver) -> None:
    window.messages.append(
        [FileCard("f", "n" * 120, "1 KB", "x" * 1_000), Message("y" * 8_000)]
    )
    driver.root.update()
    card = window.messages.cards[0]
    assert card.winfo_reqwidth() < window.messages.text.winfo_width()
