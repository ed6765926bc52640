"""The pane going through history, the search bar, results and the date dialog, by real keys."""

import tkinter as tk
from functools import partial

import pytest

from client_mvc.view.pane import Pane
from client_mvc.view.shapes import (
    Beginning,
    Day,
    FileCard,
    Heading,
    Item,
    Message,
    Notice,
    Pending,
    ResultRow,
    Results,
)
from client_mvc.view.window import ChatWindow
from tests.gui.driver import Driver, Recorder

pytestmark = pytest.mark.gui

CARD = FileCard(
    "f1", "Größen 👍.txt", "2.4 KB", "# Notes\n1. first", Heading("10:00", "bob", 1)
)
ROWS = tuple(
    ResultRow(seq, "20 Nov 2026", "10:00", "bob", f"result {seq} 👍") for seq in (90, 50, 7)
)


def many(first: int, last: int) -> list[Item]:
    return [
        Message(f"message {number} " + "words " * (number % 40))
        for number in range(first, last)
    ]


def shown(pane: Pane) -> list[str]:
    return pane.text.get("1.0", "end-1c").split("\n")[:-1]


def top(pane: Pane) -> tuple[str, int]:
    """What is at the top of the view, and how many pixels of it are cut off."""
    pane.update()
    place = pane.text.dlineinfo("@0,0")
    assert place is not None
    return pane.text.get("@0,0", "@0,0 lineend"), place[1]


def marked(pane: Pane, tag: str) -> list[str]:
    ranges = pane.text.tag_ranges(tag)
    return [pane.text.get(*ends) for ends in zip(ranges[::2], ranges[1::2], strict=True)]


# --- older and newer messages ------------------------------------------------------------


def test_what_is_put_before_leaves_the_reader_where_they_are(
    window: ChatWindow, driver: Driver
) -> None:
    pane = window.pane
    window.append(many(100, 200))
    driver.focus(pane.text)
    driver.key("Prior", "Prior", "Up", "Up")
    before = top(pane)
    window.prepend([Day("Friday"), *many(50, 99), CARD, Notice("10:00", "bob left")])
    assert top(pane) == before
    window.prepend(many(0, 50))
    assert top(pane) == before
    lines = shown(pane)
    assert lines[0].startswith("message 0 ")
    assert lines.index("Friday") == 50
    assert len(pane.cards) == 1


def test_the_beginning_stands_above_all_and_counts(window: ChatWindow) -> None:
    pane = window.pane
    window.append([Day("Friday"), *many(0, 100)])
    window.prepend([Beginning("It begins.")])
    assert shown(pane)[:2] == ["It begins.", "Friday"]
    window.show_place(2, mark=True)
    assert marked(pane, "place")[0].startswith("message 0 ")
    window.drop(oldest=1)
    assert shown(pane)[0] == "Friday"


def test_what_takes_long_to_load_is_said_to(window: ChatWindow, driver: Driver) -> None:
    loading = window.pane.loading
    window.show_loading("Loading…")
    driver.root.update_idletasks()  # and no timer, however long this took
    assert not loading.winfo_ismapped()
    driver.until(loading.winfo_ismapped)
    assert loading.cget("text") == "Loading…"
    window.show_loading("")
    driver.until(lambda: not loading.winfo_ismapped())


def test_at_the_very_top_too(window: ChatWindow, driver: Driver) -> None:
    pane = window.pane
    window.append([Day("Friday"), *many(100, 200)])
    driver.focus(pane.text)
    pane.text.yview_moveto(0)
    window.prepend([Day("Friday"), *many(0, 100)], instead_of=1)
    assert top(pane)[0].startswith("message 100 ")
    assert shown(pane).count("Friday") == 1
    assert pane.text.dlineinfo("end-1c") is None


def test_who_is_at_the_end_stays_there_and_follows(window: ChatWindow, driver: Driver) -> None:
    pane = window.pane
    window.append(many(100, 103))
    window.prepend(many(0, 100))
    driver.root.update()
    assert pane.text.dlineinfo("end-1c") is not None
    window.append(many(103, 140))
    driver.root.update()
    assert pane.text.dlineinfo("end-1c") is not None


def test_items_are_taken_from_either_end(window: ChatWindow) -> None:
    pane = window.pane
    window.append([Day("Friday"), CARD, Message("a\nb", CARD.heading), Message("c"), CARD])
    window.show_pending([Pending("k", "mine")])
    first = pane.cards[0]
    window.drop(oldest=2)
    assert not first.winfo_exists()
    assert shown(pane)[:4] == ["10:00\tbob", "a", "b", "c"]
    window.drop(newest=1)
    assert shown(pane) == ["10:00\tbob", "a", "b", "c", "mine"]
    assert not pane.cards
    window.drop(oldest=1, newest=1)
    assert shown(pane) == ["mine"]
    window.append(many(0, 1))
    assert shown(pane) == ["message 0 ", "mine"]


def test_the_line_of_new_messages_is_no_item(window: ChatWindow, driver: Driver) -> None:
    pane = window.pane
    window.append(many(0, 100))
    driver.focus(pane.text)
    driver.key("Prior")
    window.append(many(100, 103))
    window.drop(oldest=99)
    numbers = [line.split()[1] for line in shown(pane)]
    assert numbers == ["99", "New", "100", "101", "102"]
    window.drop(newest=2)
    assert [line.split()[1] for line in shown(pane)] == ["99", "New", "100"]
    window.drop(oldest=2)
    assert shown(pane) == []


def test_messages_are_told_apart_across_what_was_put_before(
    window: ChatWindow, driver: Driver
) -> None:
    pane = window.pane
    window.append([Message("third"), Message("fourth")])
    for items in ([Message("second")], [Message("first"), Notice("10:00", "bob left")]):
        window.prepend(items)
    window.drop(newest=1)
    window.append([Message("last")])
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
    pane = window.pane
    window.append(many(0, 300))
    driver.focus(pane.text)
    driver.key("Prior")
    assert intents.named("reads") == [(True,)]
    assert intents.named("reached_top") == []
    driver.key("ctrl+Home", "Prior")
    assert intents.named("reached_top")
    assert intents.named("reached_end") == []
    driver.focus(window.composer.text)
    intents.reset()
    driver.key("Prior")
    assert intents.calls == [("reached_top",)]
    driver.click(pane.text, button=4)
    driver.until(lambda: len(intents.named("reached_top")) == 2)


def test_coming_down_asks_for_what_is_newer(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    window.append(many(0, 300), live=False)
    window.show_place(100, mark=False)
    driver.focus(window.pane.text)
    intents.reset()
    driver.key("Next")
    assert intents.calls == []
    driver.key("ctrl+End", "Next")
    assert intents.named("reached_end")
    before = top(window.pane)
    window.append(many(300, 500), live=False)
    assert top(window.pane) == before, "nobody is dragged along"
    assert not window.pane.down.winfo_ismapped()
    assert "New messages" not in "\n".join(shown(window.pane))


def test_a_place_is_brought_into_view_and_marked(window: ChatWindow, driver: Driver) -> None:
    window.append(many(0, 300), live=False)
    window.show_place(150, mark=True)
    driver.root.update()
    assert marked(window.pane, "place")[0].startswith("message 150 ")
    assert window.pane.text.bbox(window.pane.text.search("message 150", "1.0"))
    assert top(window.pane)[0].startswith("message 14")
    window.show_place(20, mark=False)
    assert top(window.pane)[0].startswith("message 20 ")
    assert marked(window.pane, "place") == []


def test_an_older_page_says_so_and_has_a_way_back(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    window.append(many(0, 100), live=False)
    window.show_reading("You are reading older messages. 3 new messages since.")
    driver.until(window.middle.reading.winfo_viewable)
    assert "3 new" in window.middle.reading.text.cget("text")
    driver.click(window.middle.reading.back)
    driver.focus(window.composer.text)
    driver.key("alt+End")
    assert intents.named("to_newest") == [(), ()]
    window.show_reading(None)
    driver.until(lambda: not window.middle.reading.winfo_viewable())


# --- the search bar ----------------------------------------------------------------------


@pytest.fixture
def find(window: ChatWindow, driver: Driver) -> Driver:
    """The search bar, open, with the keyboard in it."""
    window.open_find()
    driver.focus(window.find.field.text)
    return driver


def test_ctrl_f_asks_for_the_bar_and_leaves_the_draft_alone(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    driver.type("draft")
    driver.key("Home")
    driver.key("ctrl+f")
    assert intents.named("open_find") == [()]
    assert window.composer.text.index("insert") == "1.0"
    driver.key("F3", "shift+F3", "ctrl+g")
    assert intents.calls[-3:] == [("find_next", 1), ("find_next", -1), ("ask_date",)]


def test_what_is_typed_is_looked_for_and_enter_goes_on(
    window: ChatWindow, find: Driver, intents: Recorder
) -> None:
    texts: list[tuple[str]] = []
    for press, text in (
        (partial(find.type, "a"), "a"),
        (partial(find.type, "b"), "ab"),
        (partial(find.paste, "c👍"), "abc👍"),
        (partial(find.key, "BackSpace"), "abc"),
    ):
        press()
        texts.append((text,))
        # Each for itself: of two quick keys a window that is slow tells once.
        find.until(lambda: intents.named("find") == texts)
    intents.reset()
    find.key("Return", "shift+Return", "KP_Enter", "F3")
    assert [call for call in intents.calls if call[0] != "find"] == [
        ("find_next", 1),
        ("find_next", -1),
        ("find_next", 1),
        ("find_next", 1),
    ]
    for button, call in (
        (window.find.up, ("find_next", 1)),
        (window.find.down, ("find_next", -1)),
        (window.find.all, ("search_all",)),
    ):
        find.click(button)
        find.until(lambda call=call: intents.calls[-1] == call)


def press_at_once(text: tk.Text, *keys: str) -> None:
    """So quickly that all keys wait before the first is seen."""
    for key in keys:
        text.event_generate(f"<{key}>", when="tail")
    text.update()


@pytest.mark.parametrize(
    ("key", "call"),
    [
        ("Return", ("find_next", 1)),
        ("Shift-Return", ("find_next", -1)),
        ("F3", ("find_next", 1)),
        ("Escape", ("close_find",)),
    ],
)
def test_a_key_behind_quick_words_is_about_these_words(
    window: ChatWindow, find: Driver, intents: Recorder, key: str, call: tuple[object, ...]
) -> None:
    press_at_once(window.find.field.text, "a", "b", key)
    assert [one for one in intents.calls if one[0] != "focused"] == [("find", "ab"), call]


def test_escape_closes_and_gives_the_keyboard_back(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    window.append(many(0, 3))
    driver.focus(window.pane.text)
    window.open_find()
    window.show_results(Results(ROWS, "3 results"))
    driver.focus(window.find.tree)
    driver.key("Escape")
    assert intents.named("close_find") == [()]
    driver.until(lambda: not window.find.winfo_viewable())
    assert driver.root.focus_get() is window.pane.text


def test_opened_again_the_last_search_can_be_typed_over(
    window: ChatWindow, find: Driver, intents: Recorder
) -> None:
    find.type("old")
    find.key("Escape")
    window.open_find()
    find.focus(window.find.field.text)
    find.type("new")
    find.until(lambda: intents.named("find")[-1:] == [("new",)])


def test_every_place_is_highlighted_whatever_its_case_and_accents(
    window: ChatWindow, driver: Driver
) -> None:
    pane = window.pane
    window.append(
        [
            Message("👍👍 café CAFE", Heading("10:00", "cafeteria", 1)),
            Message("nothing"),
            Message("cafés\nun café"),
        ]
    )
    window.show_pending([Pending("a", "cafe on its way")])
    assert window.mark_found("CAFÉ") == 5
    assert marked(pane, "found") == ["cafe", "café", "CAFE", "café", "café"]
    window.show_found(2)
    assert marked(pane, "found-now") == ["CAFE"]
    window.append([Message("one more café")])
    assert window.mark_found("cafe") == 6
    assert marked(pane, "found-now") == ["CAFE"], "the place that was shown stays so"
    assert window.mark_found("") == 0
    assert marked(pane, "found") == marked(pane, "found-now") == []


def test_the_place_that_is_shown_comes_into_view(window: ChatWindow, driver: Driver) -> None:
    window.append([Message("needle"), *many(0, 300), Message("needle")])
    assert window.mark_found("needle") == 2
    window.show_found(0)
    driver.root.update()
    assert window.pane.text.bbox("1.0") is not None
    window.append(many(300, 302))
    assert window.pane.text.bbox("1.0") is not None, "and what comes does not push it away"
    window.show_found(1)
    driver.root.update()
    assert window.pane.text.bbox("1.0") is None


def test_files_are_found_by_their_name(window: ChatWindow, driver: Driver) -> None:
    window.append([CARD, *many(0, 100), CARD])
    edge = window.pane.cards[0].cget("highlightbackground")
    assert window.mark_found("grossen 👍") == 2
    window.show_found(0)
    driver.until(window.pane.cards[0].winfo_viewable)
    found, other = (str(card.cget("highlightthickness")) for card in window.pane.cards)
    assert int(found) > int(other)
    assert window.pane.cards[1].cget("highlightbackground") != edge
    window.set_theme(True)
    driver.root.update()
    assert window.pane.cards[1].cget("highlightbackground") == window._look.palette.accent
    window.set_theme(False)
    window.mark_found("")
    driver.root.update()
    assert window.pane.cards[1].cget("highlightbackground") == edge


def test_results_are_listed_and_one_is_chosen(
    window: ChatWindow, find: Driver, intents: Recorder
) -> None:
    tree = window.find.tree
    window.show_results(Results(ROWS, "3 results, there may be more", more=True))
    find.until(tree.winfo_viewable)
    assert [tree.set(row, "text") for row in tree.get_children()] == [row.text for row in ROWS]
    find.key("Down", "Down", "Return")
    assert intents.named("go_to_result") == [(50,)]
    find.click_row(tree, "7", times=2)
    find.until(lambda: intents.named("go_to_result") == [(50,), (7,)])
    find.key("Up", "Up", "Up")
    find.until(lambda: find.root.focus_get() is window.find.field.text)
    find.click(window.find.more)
    find.until(lambda: intents.named("search_more") == [()])
    window.show_results(Results((*ROWS, ResultRow(3, "", "", "", "older")), "4 results"))
    assert tree.focus() == "90", "who was chosen stays so"
    find.until(lambda: not window.find.more.winfo_viewable())
    window.show_results(None)
    find.until(lambda: not tree.winfo_viewable())


def test_nothing_found_is_words_and_no_list(window: ChatWindow, find: Driver) -> None:
    window.show_results(Results((), "Nothing found in all history"))
    find.until(window.find.summary.winfo_viewable)
    assert not window.find.tree.winfo_viewable()
    window.show_find_state("3 of 17")
    assert window.find.status.cget("text") == "3 of 17"


# --- a date ------------------------------------------------------------------------------


def test_a_date_is_asked_for_and_put_right(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    window.ask_date("2026-11-22")
    dialog = window._date
    assert dialog is not None
    driver.focus(dialog.field.text)
    driver.type("2026-1")
    driver.key("Return")
    assert intents.named("go_to_date") == [("2026-1",)]
    window.date_error("A date looks like 2026-11-22.")
    driver.until(dialog.error.winfo_viewable)
    driver.type("2026-10-01")
    driver.click(dialog.go)
    driver.until(lambda: intents.named("go_to_date")[-1] == ("2026-10-01",))
    window.hide_date()
    assert not dialog.winfo_exists()
    window.ask_date("2026-11-22")
    assert window._date is not None
    driver.focus(window._date.field.text)
    driver.key("Escape")
    driver.until(lambda: window._date is None)
