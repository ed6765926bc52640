"""Acting on messages by the pointer and by the keyboard's cursor, and copying them."""

import time

import pytest

from client_mvc.view.contract.items import HiddenMessage, Item, MessageRules, Notice, Quote
from client_mvc.view.messages.message_view import MessageView
from client_mvc.view.window.main_window import ChatWindow
from tests.gui.contents import ALL, BOBS_CARD, CHIPS, at, phrase, said
from tests.gui.driver import USUAL_REACTIONS, Driver, Recorder
from tests.gui.test_moderation import entries

pytestmark = pytest.mark.gui


def point(driver: Driver, view: MessageView, place: tuple[int, int]) -> None:
    """Move the pointer to a place in the view, from outside."""
    driver.away()
    text = view.text
    driver._xdotool("mousemove", text.winfo_rootx() + place[0], text.winfo_rooty() + place[1])


# --- the pointer -------------------------------------------------------------------------


def test_the_pointer_over_a_message_offers_what_can_be_done(
    view: MessageView, driver: Driver, intents: Recorder
) -> None:
    view.append([said(1), said(2)])
    point(driver, view, phrase(view, "message 1"))
    driver.until(view.cursor.bar.winfo_viewable)
    assert str(view.text.tag_ranges("hover")[0]) == "1.0"
    assert view.cursor.clock.cget("text") == "10:07"
    driver.click(view.cursor.reply_button)
    assert intents.named("conversation.reply") == [(1,)]
    driver.until(lambda: not view.cursor.bar.winfo_viewable())
    view.allow(MessageRules())
    point(driver, view, phrase(view, "message 2"))
    driver.until(view.cursor.more_button.winfo_viewable)
    assert not view.cursor.reply_button.winfo_viewable()
    assert not view.cursor.react_button.winfo_viewable()


def test_the_bar_goes_when_the_view_moves(view: MessageView, driver: Driver) -> None:
    view.append([said(seq) for seq in range(1, 90)])
    point(driver, view, phrase(view, "message 85"))
    driver.until(view.cursor.bar.winfo_viewable)
    driver._xdotool("click", 4)
    driver.until(lambda: not view.cursor.bar.winfo_viewable())
    assert not view.text.tag_ranges("hover")


def test_a_click_on_a_reaction_joins_or_leaves_it(
    view: MessageView, driver: Driver, intents: Recorder
) -> None:
    view.append([said(1), said(7, chips=CHIPS), said(8)])
    driver.click(view.text, at=at(view, "3.1"))
    driver.click(view.text, at=at(view, "3.0"))
    assert intents.named("conversation.react") == [(7, "🎉"), (7, "👍")]
    view.allow(MessageRules())
    driver.click(view.text, at=at(view, "3.0"))
    assert len(intents.named("conversation.react")) == 2


def test_the_pointer_over_a_reaction_shows_who_has_it(
    view: MessageView, driver: Driver
) -> None:
    view.append([said(7, edited="Edited at 10:14", chips=CHIPS)])
    tip = view.actions.tip
    for place, words in (("2.1", "bob, chandra"), ("2.0", "you, bob")):
        point(driver, view, at(view, place))
        driver.until(lambda: tip.tip)
        assert tip._text == words
    point(driver, view, phrase(view, "(edited)"))
    driver.until(lambda: tip.tip and tip._text == "Edited at 10:14")


def test_the_popup_reacts(view: MessageView, driver: Driver, intents: Recorder) -> None:
    view.append([said(3)])
    point(driver, view, phrase(view, "message 3"))
    driver.until(view.cursor.bar.winfo_viewable)
    driver.click(view.cursor.react_button)
    driver.until(lambda: view.reactions.frame)
    driver.click(view.reactions.buttons[2])
    assert intents.named("conversation.react") == [(3, USUAL_REACTIONS[2].emoji)]
    assert view.reactions.frame is None


def test_a_quote_leads_to_its_message_which_flashes(
    view: MessageView, driver: Driver, intents: Recorder
) -> None:
    quote = Quote(2, "ann", 3, "message 2")
    view.append([*(said(seq) for seq in range(1, 60)), said(60, quote=quote)])
    driver.root.update()
    driver.click(view.text, at=at(view, f"{view.text.tag_ranges('quote')[0]} + 3 chars"))
    assert intents.named("history.go_to") == [(2,)]
    view.show_place(1, mark=True)
    assert view.text.tag_ranges("flash")
    driver.until(lambda: not view.text.tag_ranges("flash"))
    view.show_place(1, mark=True)
    assert not view.text.tag_ranges("flash")
    assert view.text.tag_ranges("place")


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("yes", Quote(2, "ann", 3, "message 2")),
        ("see http://localhost:18000/#message=2 again", None),
    ],
)
def test_a_message_that_is_not_on_the_page_flashes_when_it_is(
    view: MessageView, driver: Driver, intents: Recorder, text: str, quote: Quote | None
) -> None:
    view.append([said(60, text, quote=quote)])
    driver.click(view.text, at=phrase(view, "message 2" if quote else "localhost"))
    called = intents.named("history.go_to") or intents.named("open_link")
    assert called in ([(2,)], [("http://localhost:18000/#message=2",)])
    # The controller turns to another page, and shows the place then.
    view.clear()
    view.append([said(seq) for seq in range(1, 40)], live=False)
    view.show_place(1, mark=True)
    assert view.text.tag_ranges("flash")
    assert not view.text.tag_ranges("place")
    driver.until(lambda: not view.text.tag_ranges("flash"))


def test_a_quote_of_a_deleted_message_leads_nowhere(
    view: MessageView, driver: Driver, intents: Recorder
) -> None:
    view.append([said(60, quote=Quote(2, "ann", 3, "message deleted", gone=True))])
    driver.click(view.text, at=at(view, "1.5"))
    assert not intents.named("history.go_to")


def test_a_hidden_message_is_shown_by_a_click(
    view: MessageView, driver: Driver, intents: Recorder
) -> None:
    view.append([HiddenMessage("Message from eve hidden", seq=9)])
    driver.click(view.text, at=phrase(view, "Message from"))
    assert intents.named("conversation.show_hidden") == [(9,)]


# --- the keyboard ------------------------------------------------------------------------


def test_keys_act_on_the_message_at_the_cursor(
    view: MessageView, window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    view.append([said(1), Notice("10:00", "bob left"), said(2)])
    driver.key("alt+Up", "alt+Up")
    driver.until(lambda: view.cursor.at and view.cursor.at.seq == 1)
    driver.key("r")
    driver.until(lambda: view.reactions.frame)
    driver.key("Right", "Return")
    driver.until(lambda: intents.named("conversation.react"))
    assert intents.named("conversation.react") == [(1, USUAL_REACTIONS[1].emoji)]
    driver.until(lambda: driver.root.focus_get() is view.text)
    driver.key("m")
    driver.until(view.actions.menu.winfo_viewable)
    driver.key("Escape")
    driver.until(lambda: not view.actions.menu.winfo_viewable())
    assert view.cursor.at, "the menu leaves the cursor where it is"
    driver.key("Return")
    assert intents.named("conversation.reply") == [(1,)]
    driver.until(lambda: driver.root.focus_get() is window.composer.text)
    driver.key("alt+Up", "Escape")
    driver.until(lambda: driver.root.focus_get() is window.composer.text)
    assert not view.text.tag_ranges("cursor")


def test_without_a_cursor_letters_go_to_the_composer(
    view: MessageView, window: ChatWindow, driver: Driver
) -> None:
    view.append([said(1)])
    driver.focus(view.text)
    driver.key("r", "m")
    driver.until(lambda: window.composer.text.get("1.0", "end-1c") == "rm")


@pytest.mark.parametrize(
    ("item", "rules", "offered"),
    [
        (said(1), MessageRules(), ["Copy", "Copy text", "Copy link to message", "Ignore bob"]),
        (said(1, own=True, editable_until=time.time() + 600), ALL,
         ["React…", "Reply", "Copy", "Copy text", "Copy link to message", "Edit", "Pin",
          "Delete…"]),
        (said(1, own=True, editable_until=1), ALL,
         ["React…", "Reply", "Copy", "Copy text", "Copy link to message", "Pin", "Delete…"]),
        (said(1, pinned=True), ALL,
         ["React…", "Reply", "Copy", "Copy text", "Copy link to message", "Unpin",
          "Mention bob", "Ignore bob", "Delete…"]),
        (BOBS_CARD, MessageRules("own", react=True),
         ["React…", "Save…", "Open", "Copy link", "Ignore bob"]),
    ],
)  # fmt: skip
def test_the_menu_offers_what_rules_and_message_allow(
    view: MessageView, driver: Driver, item: Item, rules: MessageRules, offered: list[str]
) -> None:
    view.allow(rules)
    view.append([item])
    driver.key("alt+Up")
    driver.until(lambda: view.cursor.at)
    driver.key("m")
    driver.until(view.actions.menu.winfo_viewable)
    assert entries(view.actions.menu) == offered
    driver.key("Escape")
    driver.until(lambda: not view.actions.menu.winfo_viewable())


def test_the_menu_offers_reactions_by_the_pointer(
    view: MessageView, driver: Driver, intents: Recorder
) -> None:
    view.allow(ALL)
    view.append([said(1)])
    driver.root.update()
    x, y, *_ = view.text.bbox(view.text.search("message 1", "1.0")) or (0, 0)
    driver.click(view.text, 3, at=(x + 2, y + 4))
    driver.until(view.actions.menu.winfo_viewable)
    driver.key("Down", "Return")
    driver.until(lambda: view.reactions.frame)
    driver.until(lambda: driver.root.focus_get() is view.reactions.buttons[0])
    driver.key("Return")
    driver.until(lambda: intents.named("conversation.react"))
    assert intents.named("conversation.react") == [(1, USUAL_REACTIONS[0].emoji)]


# --- copying -----------------------------------------------------------------------------


def select(view: MessageView, start: str, end: str) -> None:
    view.text.tag_remove("sel", "1.0", "end")
    view.text.tag_add("sel", start, end)


def test_messages_are_copied_as_they_were_written(view: MessageView, driver: Driver) -> None:
    quote = Quote(1, "ann", 2, "message 1")
    text = "say `x = 1`, *now*\n```py\ny = 2\n```"
    edited = said(1, text, edited="Edited", chips=CHIPS, quote=quote)
    view.append([edited, BOBS_CARD, said(2, chips=CHIPS)])
    driver.focus(view.text)
    select(view, "1.0", "tail")
    driver.key("ctrl+c")
    assert driver.root.clipboard_get() == f"{text}\n10:00\tbob\na.txt\nmessage 2\n"
    place = view.text.search("x = 1", "1.0")
    select(view, place, f"{place} + 5 chars")
    driver.key("ctrl+c")
    assert driver.root.clipboard_get() == "x = 1"


def test_the_original_is_asked_for(
    view: MessageView, driver: Driver, intents: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def record(name: str, *arguments: object) -> object:
        return f"original {arguments[0]}" if name == "conversation.original" else None

    monkeypatch.setattr(intents, "record", record)
    view.append([said(1), BOBS_CARD, said(2)])
    driver.focus(view.text)
    select(view, "1.3", "tail - 4 chars")
    driver.key("ctrl+c")
    copied = driver.root.clipboard_get()
    assert copied.startswith("sage 1\n10:00\tbob\noriginal 50\nmessag")


def test_the_bar_leaves_the_button_of_a_block_of_code_free(
    view: MessageView, driver: Driver
) -> None:
    view.append([said(1, "```py\nx = 1\n```")])
    point(driver, view, phrase(view, "Copy code"))
    driver.until(view.cursor.bar.winfo_viewable)
    x, y = phrase(view, "Copy code")
    text = view.text
    under = text.winfo_containing(text.winfo_rootx() + x, text.winfo_rooty() + y)
    assert under is text


def test_a_block_of_code_is_copied_by_its_button(view: MessageView, driver: Driver) -> None:
    view.append([said(1, "```py\nx = 1\n```\nand\n```\ny = 2\nz = 3\n```")])
    copies = view.text.tag_ranges("code-copy")
    driver.click(view.text, at=at(view, str(copies[0])))
    driver.until(lambda: driver.root.clipboard_get() == "x = 1")
    driver.click(view.text, at=at(view, str(copies[2])))
    driver.until(lambda: driver.root.clipboard_get() == "y = 2\nz = 3")
    driver.until(lambda: view.text.tag_ranges("ink-number"))


@pytest.mark.parametrize("letter", [0, 4, 8])
def test_any_letter_of_the_button_copies_its_block(
    view: MessageView, driver: Driver, letter: int
) -> None:
    view.append([said(1, "see\n```py\nx = 1\n```\nand\n```\ny = 2\n```")])
    first, _, second, _ = map(str, view.text.tag_ranges("code-copy"))
    driver.click(view.text, at=at(view, f"{second} + {letter} chars"))
    driver.until(lambda: driver.root.clipboard_get() == "y = 2")
    driver.click(view.text, at=at(view, f"{first} + {letter} chars"))
    driver.until(lambda: driver.root.clipboard_get() == "x = 1")
