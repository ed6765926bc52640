"""The search bar, what it highlights in the pane, and the list of results, by real keys."""

import tkinter as tk
from functools import partial

import pytest

from client_mvc.view.contract.values import Heading, Message, Pending, ResultRow, Results
from client_mvc.view.window.main_window import ChatWindow
from tests.gui.contents import CARD, many, marked
from tests.gui.driver import Driver, Recorder

pytestmark = pytest.mark.gui

ROWS = tuple(
    ResultRow(seq, "20 Nov 2026", "10:00", "bob", f"result {seq} 👍") for seq in (90, 50, 7)
)


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
