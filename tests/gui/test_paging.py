"""The message view in a long history, by real keys."""

import pytest

from client_mvc.view.contract.items import Beginning, Day, Item, Message, Notice, Pending
from client_mvc.view.window.main_window import ChatWindow
from tests.gui.contents import CARD, many, marked, shown, top
from tests.gui.driver import Driver, Recorder

pytestmark = pytest.mark.gui


def test_older_items_do_not_move_the_view(window: ChatWindow, driver: Driver) -> None:
    view = window.messages
    window.messages.append(many(100, 200))
    driver.focus(view.text)
    driver.key("Prior", "Prior", "Up", "Up")
    before = top(view)
    window.messages.prepend([Day("Friday"), *many(50, 99), CARD, Notice("10:00", "bob left")])
    assert top(view) == before
    window.messages.prepend(many(0, 50))
    assert top(view) == before
    lines = shown(view)
    assert lines[0].startswith("message 0 ")
    assert lines.index("Friday") == 50
    assert len(view.cards) == 1


def test_the_beginning_line_is_the_first_item(window: ChatWindow) -> None:
    view = window.messages
    window.messages.append([Day("Friday"), *many(0, 100)])
    window.messages.prepend([Beginning("It begins.")])
    assert shown(view)[:2] == ["It begins.", "Friday"]
    window.messages.show_place(2, mark=True)
    assert marked(view, "place")[0].startswith("message 0 ")
    window.messages.drop(oldest=1)
    assert shown(view)[0] == "Friday"


def test_a_slow_load_is_shown(window: ChatWindow, driver: Driver) -> None:
    loading = window.messages.loading
    window.messages.show_loading("Loading…")
    driver.root.update_idletasks()  # runs no timer, even if this took long
    assert not loading.winfo_ismapped()
    driver.until(loading.winfo_ismapped)
    assert loading.cget("text") == "Loading…"
    window.messages.show_loading("")
    driver.until(lambda: not loading.winfo_ismapped())


def test_older_items_do_not_move_the_view_at_the_top(
    window: ChatWindow, driver: Driver
) -> None:
    view = window.messages
    window.messages.append([Day("Friday"), *many(100, 200)])
    driver.focus(view.text)
    view.text.yview_moveto(0)
    window.messages.prepend([Day("Friday"), *many(0, 100)], instead_of=1)
    assert top(view)[0].startswith("message 100 ")
    assert shown(view).count("Friday") == 1
    assert view.text.dlineinfo("end-1c") is None


def test_older_items_do_not_move_a_view_of_the_end(window: ChatWindow, driver: Driver) -> None:
    view = window.messages
    window.messages.append(many(100, 103))
    window.messages.prepend(many(0, 100))
    driver.root.update()
    assert view.text.dlineinfo("end-1c") is not None
    window.messages.append(many(103, 140))
    driver.root.update()
    assert view.text.dlineinfo("end-1c") is not None


def test_items_are_removed_at_both_ends(window: ChatWindow) -> None:
    view = window.messages
    window.messages.append(
        [Day("Friday"), CARD, Message("a\nb", CARD.heading), Message("c"), CARD]
    )
    window.messages.show_pending([Pending("k", "mine")])
    first = view.cards[0]
    window.messages.drop(oldest=2)
    assert not first.winfo_exists()
    assert shown(view)[:4] == ["10:00\tbob", "a", "b", "c"]
    window.messages.drop(newest=1)
    assert shown(view) == ["10:00\tbob", "a", "b", "c", "mine"]
    assert not view.cards
    window.messages.drop(oldest=1, newest=1)
    assert shown(view) == ["mine"]
    window.messages.append(many(0, 1))
    assert shown(view) == ["message 0 ", "mine"]


def test_the_line_of_new_messages_is_not_an_item(window: ChatWindow, driver: Driver) -> None:
    view = window.messages
    window.messages.append(many(0, 100))
    driver.focus(view.text)
    driver.key("Prior")
    window.messages.append(many(100, 103))
    window.messages.drop(oldest=99)
    numbers = [line.split()[1] for line in shown(view)]
    assert numbers == ["99", "messages", "100", "101", "102"]
    window.messages.drop(newest=2)
    assert [line.split()[1] for line in shown(view)] == ["99", "messages", "100"]
    window.messages.drop(oldest=2)
    assert shown(view) == []


def test_neighbours_stay_apart_after_prepend(window: ChatWindow, driver: Driver) -> None:
    view = window.messages
    window.messages.append([Message("third"), Message("fourth")])
    earlier: list[list[Item]] = [
        [Message("second")],
        [Message("first"), Notice("10:00", "bob left")],
    ]
    for items in earlier:
        window.messages.prepend(items)
    window.messages.drop(newest=1)
    window.messages.append([Message("last")])
    for text in ("first", "second", "third", "last"):
        at = view.text.search(text, "1.0")
        box = view.text.bbox(at)
        assert box is not None
        driver.click(view.text, button=3, at=(box[0] + 3, box[1] + 5))
        driver.until(view.actions.menu.winfo_viewable)
        driver.key("Down", "Down", "Return")
        driver.until(lambda: not view.actions.menu.winfo_viewable())
        assert driver.root.clipboard_get() == text


def test_scrolling_up_requests_older_messages(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    view = window.messages
    window.messages.append(many(0, 300))
    driver.focus(view.text)
    driver.key("Prior")
    assert intents.named("history.reads") == [(True,)]
    assert intents.named("history.reached_top") == []
    driver.key("ctrl+Home", "Prior")
    assert intents.named("history.reached_top")
    assert intents.named("history.reached_end") == []
    driver.focus(window.composer.text)
    intents.reset()
    driver.key("Prior")
    assert intents.calls == [("history.reached_top",)]
    driver.click(view.text, button=4)
    driver.until(lambda: len(intents.named("history.reached_top")) == 2)


def test_scrolling_down_requests_newer_messages(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    window.messages.append(many(0, 300), live=False)
    window.messages.show_place(100, mark=False)
    driver.focus(window.messages.text)
    intents.reset()
    driver.key("Next")
    assert intents.calls == []
    driver.key("ctrl+End", "Next")
    assert intents.named("history.reached_end")
    before = top(window.messages)
    window.messages.append(many(300, 500), live=False)
    assert top(window.messages) == before, "the view does not move"
    assert not window.messages.down.winfo_ismapped()
    assert "New messages" not in "\n".join(shown(window.messages))


def test_a_place_is_shown_and_marked(window: ChatWindow, driver: Driver) -> None:
    window.messages.append(many(0, 300), live=False)
    window.messages.show_place(150, mark=True)
    driver.root.update()
    assert marked(window.messages, "place")[0].startswith("message 150 ")
    assert window.messages.text.bbox(window.messages.text.search("message 150", "1.0"))
    assert top(window.messages)[0].startswith("message 14")
    window.messages.show_place(20, mark=False)
    assert top(window.messages)[0].startswith("message 20 ")
    assert marked(window.messages, "place") == []


def test_an_older_page_has_a_banner_with_a_way_back(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    window.messages.append(many(0, 100), live=False)
    window.history_banner.show("You are reading older messages. 3 new messages since.")
    driver.until(window.history_banner.winfo_viewable)
    assert "3 new" in window.history_banner.text.cget("text")
    driver.click(window.history_banner.action)
    driver.focus(window.composer.text)
    driver.key("alt+End")
    assert intents.named("history.to_newest") == [(), ()]
    window.history_banner.show(None)
    driver.until(lambda: not window.history_banner.winfo_viewable())
