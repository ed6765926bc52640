"""The pane going through older and newer messages, by real keys."""

import pytest

from client_mvc.view.contract.values import Beginning, Day, Message, Notice, Pending
from client_mvc.view.window.main_window import ChatWindow
from tests.gui.contents import CARD, many, marked, shown, top
from tests.gui.driver import Driver, Recorder

pytestmark = pytest.mark.gui


def test_what_is_put_before_leaves_the_reader_where_they_are(
    window: ChatWindow, driver: Driver
) -> None:
    pane = window.messages
    window.messages.append(many(100, 200))
    driver.focus(pane.text)
    driver.key("Prior", "Prior", "Up", "Up")
    before = top(pane)
    window.messages.prepend([Day("Friday"), *many(50, 99), CARD, Notice("10:00", "bob left")])
    assert top(pane) == before
    window.messages.prepend(many(0, 50))
    assert top(pane) == before
    lines = shown(pane)
    assert lines[0].startswith("message 0 ")
    assert lines.index("Friday") == 50
    assert len(pane.cards) == 1


def test_the_beginning_stands_above_all_and_counts(window: ChatWindow) -> None:
    pane = window.messages
    window.messages.append([Day("Friday"), *many(0, 100)])
    window.messages.prepend([Beginning("It begins.")])
    assert shown(pane)[:2] == ["It begins.", "Friday"]
    window.messages.show_place(2, mark=True)
    assert marked(pane, "place")[0].startswith("message 0 ")
    window.messages.drop(oldest=1)
    assert shown(pane)[0] == "Friday"


def test_what_takes_long_to_load_is_said_to(window: ChatWindow, driver: Driver) -> None:
    loading = window.messages.loading
    window.messages.show_loading("Loading…")
    driver.root.update_idletasks()  # and no timer, however long this took
    assert not loading.winfo_ismapped()
    driver.until(loading.winfo_ismapped)
    assert loading.cget("text") == "Loading…"
    window.messages.show_loading("")
    driver.until(lambda: not loading.winfo_ismapped())


def test_at_the_very_top_too(window: ChatWindow, driver: Driver) -> None:
    pane = window.messages
    window.messages.append([Day("Friday"), *many(100, 200)])
    driver.focus(pane.text)
    pane.text.yview_moveto(0)
    window.messages.prepend([Day("Friday"), *many(0, 100)], instead_of=1)
    assert top(pane)[0].startswith("message 100 ")
    assert shown(pane).count("Friday") == 1
    assert pane.text.dlineinfo("end-1c") is None


def test_who_is_at_the_end_stays_there_and_follows(window: ChatWindow, driver: Driver) -> None:
    pane = window.messages
    window.messages.append(many(100, 103))
    window.messages.prepend(many(0, 100))
    driver.root.update()
    assert pane.text.dlineinfo("end-1c") is not None
    window.messages.append(many(103, 140))
    driver.root.update()
    assert pane.text.dlineinfo("end-1c") is not None


def test_items_are_taken_from_either_end(window: ChatWindow) -> None:
    pane = window.messages
    window.messages.append(
        [Day("Friday"), CARD, Message("a\nb", CARD.heading), Message("c"), CARD]
    )
    window.messages.show_pending([Pending("k", "mine")])
    first = pane.cards[0]
    window.messages.drop(oldest=2)
    assert not first.winfo_exists()
    assert shown(pane)[:4] == ["10:00\tbob", "a", "b", "c"]
    window.messages.drop(newest=1)
    assert shown(pane) == ["10:00\tbob", "a", "b", "c", "mine"]
    assert not pane.cards
    window.messages.drop(oldest=1, newest=1)
    assert shown(pane) == ["mine"]
    window.messages.append(many(0, 1))
    assert shown(pane) == ["message 0 ", "mine"]


def test_the_line_of_new_messages_is_no_item(window: ChatWindow, driver: Driver) -> None:
    pane = window.messages
    window.messages.append(many(0, 100))
    driver.focus(pane.text)
    driver.key("Prior")
    window.messages.append(many(100, 103))
    window.messages.drop(oldest=99)
    numbers = [line.split()[1] for line in shown(pane)]
    assert numbers == ["99", "New", "100", "101", "102"]
    window.messages.drop(newest=2)
    assert [line.split()[1] for line in shown(pane)] == ["99", "New", "100"]
    window.messages.drop(oldest=2)
    assert shown(pane) == []


def test_messages_are_told_apart_across_what_was_put_before(
    window: ChatWindow, driver: Driver
) -> None:
    pane = window.messages
    window.messages.append([Message("third"), Message("fourth")])
    for items in ([Message("second")], [Message("first"), Notice("10:00", "bob left")]):
        window.messages.prepend(items)
    window.messages.drop(newest=1)
    window.messages.append([Message("last")])
    for text in ("first", "second", "third", "last"):
        at = pane.text.search(text, "1.0")
        box = pane.text.bbox(at)
        assert box is not None
        driver.click(pane.text, button=3, at=(box[0] + 3, box[1] + 5))
        driver.until(pane.actions.menu.winfo_viewable)
        driver.key("Down", "Down", "Return")
        driver.until(lambda: not pane.actions.menu.winfo_viewable())
        assert driver.root.clipboard_get() == text


def test_going_up_asks_for_what_is_older(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    pane = window.messages
    window.messages.append(many(0, 300))
    driver.focus(pane.text)
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
    driver.click(pane.text, button=4)
    driver.until(lambda: len(intents.named("history.reached_top")) == 2)


def test_coming_down_asks_for_what_is_newer(
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
    assert top(window.messages) == before, "nobody is dragged along"
    assert not window.messages.down.winfo_ismapped()
    assert "New messages" not in "\n".join(shown(window.messages))


def test_a_place_is_brought_into_view_and_marked(window: ChatWindow, driver: Driver) -> None:
    window.messages.append(many(0, 300), live=False)
    window.messages.show_place(150, mark=True)
    driver.root.update()
    assert marked(window.messages, "place")[0].startswith("message 150 ")
    assert window.messages.text.bbox(window.messages.text.search("message 150", "1.0"))
    assert top(window.messages)[0].startswith("message 14")
    window.messages.show_place(20, mark=False)
    assert top(window.messages)[0].startswith("message 20 ")
    assert marked(window.messages, "place") == []


def test_an_older_page_says_so_and_has_a_way_back(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    window.messages.append(many(0, 100), live=False)
    window.history_banner.show("You are reading older messages. 3 new messages since.")
    driver.until(window.history_banner.winfo_viewable)
    assert "3 new" in window.history_banner.text.cget("text")
    driver.click(window.history_banner.back)
    driver.focus(window.composer.text)
    driver.key("alt+End")
    assert intents.named("history.to_newest") == [(), ()]
    window.history_banner.show(None)
    driver.until(lambda: not window.history_banner.winfo_viewable())
