"""The search bar, its highlights in the messages, and the list of results, by real keys."""

import tkinter as tk
from functools import partial

import pytest

from client_mvc.view.contract.items import Heading, Message, Pending
from client_mvc.view.contract.values import ResultRow, Results
from client_mvc.view.window.main_window import ChatWindow
from tests.gui.contents import CARD, many, marked
from tests.gui.driver import Driver, Recorder

pytestmark = pytest.mark.gui

ROWS = tuple(
    ResultRow(seq, "20 Nov 2026", "10:00", "bob", f"result {seq} 👍") for seq in (90, 50, 7)
)


@pytest.fixture
def find(window: ChatWindow, driver: Driver) -> Driver:
    """Open the search bar and focus it."""
    window.search.open()
    driver.focus(window.search.field.text)
    return driver


def test_ctrl_f_opens_the_bar_and_keeps_the_draft(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    driver.type("draft")
    driver.key("Home")
    driver.key("ctrl+f")
    assert intents.named("search.open") == [()]
    assert window.composer.text.index("insert") == "1.0"
    driver.key("F3", "shift+F3", "ctrl+g")
    assert intents.calls[-3:] == [
        ("search.next", 1),
        ("search.next", -1),
        ("history.ask_date",),
    ]


def test_typing_searches_and_enter_shows_the_next_place(
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
        # One key at a time: a slow window reports two quick keys once.
        find.until(lambda: intents.named("search.find") == texts)
    intents.reset()
    find.key("Return", "shift+Return", "KP_Enter", "F3")
    assert [call for call in intents.calls if call[0] != "search.find"] == [
        ("search.next", 1),
        ("search.next", -1),
        ("search.next", 1),
        ("search.next", 1),
    ]
    for button, call in (
        (window.search.up, ("search.next", 1)),
        (window.search.down, ("search.next", -1)),
        (window.search.all, ("search.search_all",)),
    ):
        find.click(button)
        find.until(lambda call=call: intents.calls[-1] == call)


def press_at_once(text: tk.Text, *keys: str) -> None:
    """Type so quickly that all keys wait before the window handles the first."""
    for key in keys:
        text.event_generate(f"<{key}>", when="tail")
    text.update()


@pytest.mark.parametrize(
    ("key", "call"),
    [
        ("Return", ("search.next", 1)),
        ("Shift-Return", ("search.next", -1)),
        ("F3", ("search.next", 1)),
        ("Escape", ("search.close",)),
    ],
)
def test_quick_typing_is_reported_before_the_next_key(
    window: ChatWindow, find: Driver, intents: Recorder, key: str, call: tuple[object, ...]
) -> None:
    press_at_once(window.search.field.text, "a", "b", key)
    assert [one for one in intents.calls if one[0] != "focused"] == [
        ("search.find", "ab"),
        call,
    ]


def test_escape_closes_and_restores_the_focus(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    window.messages.append(many(0, 3))
    driver.focus(window.messages.text)
    window.search.open()
    window.search.show_results(Results(ROWS, "3 results"))
    driver.focus(window.search.tree)
    driver.key("Escape")
    assert intents.named("search.close") == [()]
    driver.until(lambda: not window.search.winfo_viewable())
    assert driver.root.focus_get() is window.messages.text


def test_the_last_search_is_selected_when_the_bar_opens_again(
    window: ChatWindow, find: Driver, intents: Recorder
) -> None:
    find.type("old")
    find.key("Escape")
    window.search.open()
    find.focus(window.search.field.text)
    find.type("new")
    find.until(lambda: intents.named("search.find")[-1:] == [("new",)])


def test_every_place_is_highlighted_regardless_of_case_and_accents(
    window: ChatWindow, driver: Driver
) -> None:
    view = window.messages
    window.messages.append(
        [
            Message("👍👍 café CAFE", Heading("10:00", "cafeteria", 1)),
            Message("nothing"),
            Message("cafés\nun café"),
        ]
    )
    window.messages.show_pending([Pending("a", "cafe on its way")])
    assert window.messages.highlights.mark("CAFÉ") == 5
    assert marked(view, "found") == ["cafe", "café", "CAFE", "café", "café"]
    window.messages.show_found(2)
    assert marked(view, "found-now") == ["CAFE"]
    window.messages.append([Message("one more café")])
    assert window.messages.highlights.mark("cafe") == 6
    assert marked(view, "found-now") == ["CAFE"], "the place that was shown stays so"
    assert window.messages.highlights.mark("") == 0
    assert marked(view, "found") == marked(view, "found-now") == []


def test_the_current_place_is_scrolled_to(window: ChatWindow, driver: Driver) -> None:
    window.messages.append([Message("needle"), *many(0, 300), Message("needle")])
    assert window.messages.highlights.mark("needle") == 2
    window.messages.show_found(0)
    driver.root.update()
    assert window.messages.text.bbox("1.0") is not None
    window.messages.append(many(300, 302))
    assert window.messages.text.bbox("1.0") is not None, "results do not push it out of view"
    window.messages.show_found(1)
    driver.root.update()
    assert window.messages.text.bbox("1.0") is None


def test_files_are_found_by_their_name(window: ChatWindow, driver: Driver) -> None:
    window.messages.append([CARD, *many(0, 100), CARD])
    edge = window.messages.cards[0].cget("highlightbackground")
    assert window.messages.highlights.mark("grossen 👍") == 2
    window.messages.show_found(0)
    driver.until(window.messages.cards[0].winfo_viewable)
    found, other = (str(card.cget("highlightthickness")) for card in window.messages.cards)
    assert int(found) > int(other)
    assert window.messages.cards[1].cget("highlightbackground") != edge
    window.look.set_dark(True)
    driver.root.update()
    assert window.messages.cards[1].cget("highlightbackground") == window.look.palette.accent
    window.look.set_dark(False)
    window.messages.highlights.mark("")
    driver.root.update()
    assert window.messages.cards[1].cget("highlightbackground") == edge


def test_results_are_listed_and_one_is_chosen(
    window: ChatWindow, find: Driver, intents: Recorder
) -> None:
    tree = window.search.tree
    window.search.show_results(Results(ROWS, "3 results, there may be more", more=True))
    find.until(tree.winfo_viewable)
    assert [tree.set(row, "text") for row in tree.get_children()] == [row.text for row in ROWS]
    find.key("Down", "Down", "Return")
    assert intents.named("history.go_to") == [(50,)]
    find.click_row(tree, "7", times=2)
    find.until(lambda: intents.named("history.go_to") == [(50,), (7,)])
    find.key("Up", "Up", "Up")
    find.until(lambda: find.root.focus_get() is window.search.field.text)
    find.click(window.search.more)
    find.until(lambda: intents.named("search.more") == [()])
    window.search.show_results(Results((*ROWS, ResultRow(3, "", "", "", "older")), "4 results"))
    assert tree.focus() == "90", "the chosen row stays chosen"
    find.until(lambda: not window.search.more.winfo_viewable())
    window.search.show_results(None)
    find.until(lambda: not tree.winfo_viewable())


def test_no_results_show_a_text_and_no_list(window: ChatWindow, find: Driver) -> None:
    window.search.show_results(Results((), "Nothing found in all history"))
    find.until(window.search.summary.winfo_viewable)
    assert not window.search.tree.winfo_viewable()
    window.search.show_state("3 of 17")
    assert window.search.status.cget("text") == "3 of 17"
