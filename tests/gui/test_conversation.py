"""Acting on messages: hover, reactions, quotes, the keyboard's cursor, folding, copying."""

import os
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from PIL import ImageColor, ImageGrab

from client_mvc.text import markup
from client_mvc.view.contract.items import (
    Chip,
    Extras,
    FileCard,
    Heading,
    HiddenMessage,
    Item,
    Message,
    MessageRules,
    Notice,
    Quote,
)
from client_mvc.view.messages import unread_line
from client_mvc.view.messages.message_view import MessageView
from client_mvc.view.window.main_window import ChatWindow
from tests.gui.driver import USUAL_REACTIONS, Driver, Recorder
from tests.gui.test_moderation import entries

pytestmark = pytest.mark.gui

ALL = MessageRules("all", reply=True, react=True, edit=True, pin=True)
CHIPS = (Chip("👍", 4, True, "you, bob"), Chip("🎉", 2, False, "bob, chandra"))
HEAD = Heading("10:00", "bob", 1)
CARD = FileCard("f1", "a.txt", "1 KB", "line", HEAD, seq=50, sender="bob")


def said(seq: int, text: str = "", own: bool = False, **extras: object) -> Message:
    text = text or f"message {seq}"
    about = Extras(**{"time": "10:07", **extras})  # type: ignore[arg-type]
    runs = markup.split(text)
    return Message(text, runs=runs, own=own, seq=seq, name="bob", extras=about)


def at(view: MessageView, index: str) -> tuple[int, int]:
    """Return the middle of the character at `index`, in pixels."""
    # A line whose height is not known yet would move the others, and hide the bar again.
    view.text.tk.call(str(view.text), "sync")
    view.update()
    x, y, wide, high = view.text.bbox(index) or pytest.fail(f"{index} is not on screen")
    return x + wide // 2, y + high // 2


def phrase(view: MessageView, words: str) -> tuple[int, int]:
    found = view.text.search(words, "1.0")
    assert found, f"{words!r} is missing"
    return at(view, found)


def point(driver: Driver, view: MessageView, place: tuple[int, int]) -> None:
    """Move the pointer to a place in the view, from outside."""
    driver.away()
    text = view.text
    driver._xdotool("mousemove", text.winfo_rootx() + place[0], text.winfo_rooty() + place[1])


def seen(window: ChatWindow) -> str:
    """Return the text on screen, without what is elided."""
    text = window.messages.text
    return str(text.tk.call(str(text), "get", "-displaychars", "1.0", "end-1c"))


@pytest.fixture
def view(window: ChatWindow) -> MessageView:
    """The view of a member who may do everything."""
    window.messages.allow(ALL)
    return window.messages


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
        (CARD, MessageRules("own", react=True),
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


# --- changes in place --------------------------------------------------------------------


def test_reactions_to_a_file_leave_its_card_where_it_is(
    view: MessageView, driver: Driver
) -> None:
    view.append([said(1), CARD, said(2)])
    card = view.cards[0]
    view.change([(1, replace(CARD, extras=Extras("10:00", chips=CHIPS)))])
    assert view.cards[0] is card
    assert card.winfo_exists()
    driver.root.update()
    driver.click(view.text, at=at(view, "4.0"))
    view.change([(1, CARD)])
    assert view.text.get("1.0", "end-1c") == "message 1\n10:00\tbob\n\nmessage 2\n"


@pytest.mark.parametrize("top", [5, 14, 30])
def test_changes_do_not_move_the_view(view: MessageView, driver: Driver, top: int) -> None:
    view.append([said(seq) for seq in range(1, 200)])
    view.show_place(top, mark=False)
    driver.root.update()
    # A message that does not change, the first one below those that do and are at the top.
    held = {5: "message 6\n", 14: "message 16\n", 30: "message 31\n"}[top]
    before = phrase(view, held)
    quote = Quote(1, "ann", 2, "message 1")
    last = 15 if top == 14 else 20
    longer = f"longer {'word ' * 60}"
    view.change(
        [(at, said(at + 1, longer, chips=CHIPS, quote=quote)) for at in range(10, last)]
    )
    driver.root.update()
    assert phrase(view, held) == before
    view.change([(at, said(at + 1)) for at in range(10, last)])
    driver.root.update()
    assert phrase(view, held) == before
    expected = "".join(f"message {seq}\n" for seq in range(1, 200))
    assert view.text.get("1.0", "end-1c") == expected


def test_marks_stay_right_through_all_changes(view: MessageView) -> None:
    view.append([said(1), said(2), said(3)])
    for change in (
        [(2, said(3, chips=CHIPS))],
        [(0, said(1, "a\nb\nc")), (1, said(2, chips=CHIPS))],
        [(1, said(2, quote=Quote(1, "ann", 0, "a")))],
        [(2, said(3))],
    ):
        view.change(change)  # type: ignore[arg-type]
        for seq in (1, 2, 3):
            row = view._buffer.row_of(seq)
            assert row is not None
            line = view._buffer.part(row, "body")
            text = "a" if seq == 1 and row.lines > 2 else f"message {seq}"
            assert view.text.get(f"{line}.0", f"{line}.end") == text
    view.prepend([said(0, "first")])
    view.append([said(4)])
    view.drop(oldest=1, newest=1)
    assert [row.seq for row in view._buffer.rows] == [1, 2, 3]
    assert view.text.get("1.0", "1.end") == "a"
    assert "item" not in " ".join(
        name for name in view.text.mark_names() if view.text.compare(name, ">", "tail")
    )


# --- folding -----------------------------------------------------------------------------


def test_a_long_message_unfolds_and_folds(
    view: MessageView, window: ChatWindow, driver: Driver
) -> None:
    long = "\n".join(f"line {number}" for number in range(1, 23))
    view.append([said(1, long), said(2)])
    assert "line 12\nShow 10 more lines\nmessage 2" in seen(window)
    driver.click(view.text, at=phrase(view, "Show 10"))
    assert "line 22\nShow less\nmessage 2" in seen(window)
    driver.click(view.text, at=phrase(view, "Show less"))
    assert "line 12\nShow 10 more lines\nmessage 2" in seen(window)
    view.change([(0, said(1, long + "\nline 23"))])
    assert "line 12\nShow 11 more lines\nmessage 2" in seen(window)


def test_a_long_paragraph_is_folded_within_its_line(
    view: MessageView, window: ChatWindow
) -> None:
    view.append([said(1, "word " * 400), said(2)])
    line = view.text.get("1.0", "1.end")
    assert seen(window).startswith("word " * 240 + "\nShow 8 more lines\nmessage 2")
    assert line == "word " * 400


def test_a_hit_in_folded_lines_unfolds_them(view: MessageView, window: ChatWindow) -> None:
    long = "\n".join(f"line {number}" for number in range(1, 23))
    view.append([said(1, long)])
    assert view.highlights.mark("line 17") == 1
    view.show_found(0)
    assert "line 17" in seen(window)
    assert view.text.dlineinfo(view.text.search("line 17", "1.0"))


@pytest.mark.parametrize("how", ["click", "Return"])
def test_a_notice_opens_and_stays_open_when_it_changes(
    view: MessageView, window: ChatWindow, driver: Driver, how: str
) -> None:
    notice = Notice("10:00", "ann and ben joined", ("ann joined", "ben joined"), 5 + len(how))
    view.append([notice, said(2)])
    assert "▸ ann and ben joined\nmessage 2" in seen(window)
    if how == "click":
        driver.click(view.text, at=phrase(view, "ann and"))
    else:
        driver.focus(view.text)
        driver.key("Tab", "Return")
    driver.until(lambda: "▾ ann and ben joined\n\tann joined\n" in seen(window))
    more = replace(notice, text="3 joined", more=(*notice.more, "cleo joined"))
    view.change([(0, more)])
    assert "▾ 3 joined\n\tann joined\n\tben joined\n\tcleo joined\nmessage 2" in seen(window)


# --- copying -----------------------------------------------------------------------------


def select(view: MessageView, start: str, end: str) -> None:
    view.text.tag_remove("sel", "1.0", "end")
    view.text.tag_add("sel", start, end)


def test_messages_are_copied_as_they_were_written(view: MessageView, driver: Driver) -> None:
    quote = Quote(1, "ann", 2, "message 1")
    text = "say `x = 1`, *now*\n```py\ny = 2\n```"
    view.append([
        said(1, text, edited="Edited", chips=CHIPS, quote=quote), CARD, said(2, chips=CHIPS),
    ])  # fmt: skip
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
    view.append([said(1), CARD, said(2)])
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


# --- the ground of a mention -------------------------------------------------------------


def strips(view: MessageView, row: int) -> list[set[tuple[int, ...]]]:
    """Return the colours of a message at its left edge and at its right edge, from top to
    bottom.
    """
    view.update()
    text = view.text
    start, end = view._buffer.ends(row)
    first, last = text.dlineinfo(start), text.dlineinfo(f"{end} - 1 char")
    assert first
    assert last
    top, bottom = text.winfo_rooty() + first[1], text.winfo_rooty() + last[1] + last[3]
    left, right = text.winfo_rootx() + 2, text.winfo_rootx() + text.winfo_width() - 3
    text.winfo_pointerxy()  # the X server answers this after it has drawn
    picture = ImageGrab.grab((left, top, right, bottom), xdisplay=os.environ["DISPLAY"])
    return [
        {picture.getpixel((x, y)) for y in range(picture.height)}  # type: ignore[misc]
        for x in (0, picture.width - 1)
    ]


@pytest.mark.parametrize(
    "item",
    [
        said(2, "ann: one\ntwo\nthree"),
        said(2, "ann, a long line " * 20),
        said(2, "ann", edited="Edited at 10:14", pinned=True),
        said(2, "ann", chips=CHIPS, quote=Quote(1, "ann", 3, "message 1")),
        said(2, "ann", quote=Quote(1, "ann", 3, "message deleted", gone=True)),
        said(2, "ann\n" * 20, edited="Edited at 10:14", chips=CHIPS),
        said(2, "ann שלום עולם", edited="Edited at 10:14", pinned=True),
        said(2, "ann ```py\nx = 1\n``` and"),
        replace(said(2, "ann"), heading=HEAD),
    ],
)
@pytest.mark.parametrize("live", [True, False])
def test_the_ground_of_a_mention_has_no_hole(
    view: MessageView, item: Message, live: bool
) -> None:
    view.append([said(1), replace(item, mention=True), said(3)])
    if not live:
        # Its parts are written one by one.
        view.change([(1, said(2))])
        view.change([(1, replace(item, mention=True))])
    start, end = view._buffer.ends(1)
    assert [str(each) for each in view.text.tag_ranges("mention")] == [start, end]
    ground = ImageColor.getrgb(view._look.palette.mention)
    assert strips(view, 1) == [{ground}, {ground}]
    view.change([(1, said(2))])
    assert not view.text.tag_ranges("mention")


def test_the_ground_of_a_place_goes_from_edge_to_edge(view: MessageView) -> None:
    view.append([said(1), said(2, "one\ntwo", chips=CHIPS), said(3)])
    view.show_place(1, mark=True)
    ground = ImageColor.getrgb(view._look.palette.mention)
    assert strips(view, 1) == [{ground}, {ground}]


# --- new messages ------------------------------------------------------------------------


def away_and_back(view: MessageView, driver: Driver) -> None:
    view.append([said(seq) for seq in range(1, 100)])
    driver.focus(view.text)
    driver.key("Prior")
    view.append([said(200)])
    driver.until(view.down.winfo_ismapped)


def test_the_line_goes_after_a_while_at_the_end(
    view: MessageView, driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unread_line, "GOES_AFTER", 300)
    away_and_back(view, driver)
    assert view.text.tag_ranges("unread")
    view.to_bottom()
    view.reader(present=False)  # another window is in front
    done: list[Callable[[], None] | bool] = []
    driver.root.after(500, lambda: done.append(True))
    driver.until(lambda: done)
    assert view.text.tag_ranges("unread")
    view.reader(present=True)
    driver.until(lambda: not view.text.tag_ranges("unread"))
    assert view.text.dlineinfo("end-1c") is not None


def test_an_answer_removes_the_line(view: MessageView, driver: Driver) -> None:
    away_and_back(view, driver)
    view.answered()
    assert "New messages" not in view.text.get("1.0", "end")
    assert view._buffer.rows[-1].seq == 200
